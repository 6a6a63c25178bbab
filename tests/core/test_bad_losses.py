"""What every registered loss refuses: options that are no numbers, classes that there are not."""

import math

import pytest

import plugtorch
from plugtorch import losses
from plugtorch.errors import ArgumentError, IndexRangeError

OPTIONS = [
    (name, option)
    for name in losses.names()
    for option, value in losses.describe(name)["options"].items()
    if isinstance(value, int | float) and not isinstance(value, bool)
]
NORM = ("triplet_margin", "p")  # the largest difference is a norm, and PyTorch takes any


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(("name", "option"), OPTIONS)
def test_a_number_that_is_none(name, option, wrong):
    if (name, option) == NORM and not math.isnan(wrong):
        losses.create(name, **{option: wrong})
        return
    with pytest.raises(ArgumentError, match=rf"^\[\w+\] {option} is {wrong}, needed "):
        losses.create(name, **{option: wrong})


def test_a_distance_that_cannot_be_called():
    with pytest.raises(ArgumentError, match="distance_function is 2, needed a function"):
        losses.create("triplet_margin_with_distance", distance_function=2)


SCORES = plugtorch.linspace(-1, 1, 24).reshape(6, 4)
FRAMES = plugtorch.linspace(-3, -1, 84).reshape(7, 3, 4)
LENGTHS = plugtorch.full((3,), 7), plugtorch.full((3,), 2)


def classes(number, *shape):
    target = plugtorch.zeros(*shape, dtype=plugtorch.int64)
    target[-1] = number
    return target


@pytest.mark.parametrize("wrong", [4, 100, -2])
@pytest.mark.parametrize("name", ["cross_entropy", "nll", "multi_margin"])
def test_a_class_that_there_is_not(name, wrong):
    with pytest.raises(IndexRangeError, match=f"a target is {wrong}, but there are 4 classes"):
        losses.create(name)(SCORES, classes(wrong, 6))


@pytest.mark.parametrize("wrong", [4, 100, -2])
def test_a_label_that_there_is_not(wrong):
    with pytest.raises(IndexRangeError, match=f"a target is {wrong}, but there are 4 classes"):
        losses.create("multi_label_margin")(SCORES, classes(wrong, 6, 4))
    with pytest.raises(IndexRangeError, match=f"a target is {wrong}, but there are 4 classes"):
        losses.create("ctc")(FRAMES, classes(wrong, 3, 2), *LENGTHS)


def test_what_is_out_of_a_range_that_is_no_class():
    half, more = plugtorch.full((2,), 0.5), plugtorch.full((2,), 1.5)
    with pytest.raises(ArgumentError, match=r"an input is 1.5, needed probabilities from 0 to 1"):
        losses.create("bce")(more, half)
    with pytest.raises(ArgumentError, match=r"a var is -0.5, needed variances of at least 0"):
        losses.create("gaussian_nll")(half, half, -half)
    with pytest.raises(ArgumentError, match="one of input_lengths is 8, needed from 0 to 7"):
        losses.create("ctc")(FRAMES, classes(1, 3, 2), LENGTHS[0] + 1, LENGTHS[1])
    with pytest.raises(ArgumentError, match="blank is 4, needed one of the 4 classes"):
        losses.create("ctc", blank=4)(FRAMES, classes(1, 3, 2), *LENGTHS)
