"""What is refused: numbers that are none, classes that there are not, states of others."""

from __future__ import annotations

import copy
import math
from typing import Any

import pytest

import plugtorch
from plugtorch import losses, optimizers
from plugtorch.errors import ArgumentError, IndexRangeError, StateError
from plugtorch.optimizer.options import COMMON


def offered(face: Any) -> list[str]:
    return [n for n in face.names() if face.describe(n)["distribution"] == "plugtorch-extras"]


def numbers(face: Any) -> list[tuple[str, str]]:
    return [
        (name, option)
        for name in offered(face)
        for option, value in face.describe(name)["options"].items()
        if isinstance(value, int | float) and not isinstance(value, bool) and option not in COMMON
    ]


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf, "0.1", None])
@pytest.mark.parametrize(("name", "option"), numbers(optimizers))
def test_a_number_of_an_optimizer_that_is_none(name: str, option: str, wrong: Any) -> None:
    parameter = plugtorch.ones(2, 2, requires_grad=True)
    with pytest.raises(ArgumentError, match=rf"\] {option} is .*, needed "):
        optimizers.create(name, [parameter], **{option: wrong})


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize(("name", "option"), numbers(losses))
def test_a_number_of_a_loss_that_is_none(name: str, option: str, wrong: float) -> None:
    classes = plugtorch.zeros(6, dtype=plugtorch.int64)
    with pytest.raises(ArgumentError, match=rf"\] {option} is {wrong}, needed "):
        losses.create(name, **{option: wrong})(SCORES, classes)


SCORES = plugtorch.linspace(-1, 1, 24).reshape(6, 4)


@pytest.mark.parametrize("wrong", [4, 100, -2])
@pytest.mark.parametrize("name", ["focal", "smoothed_kl", "arcface", "dice", "tversky"])
def test_a_class_that_there_is_not(name: str, wrong: int) -> None:
    target = plugtorch.zeros(6, dtype=plugtorch.int64)
    target[-1] = wrong
    with pytest.raises(IndexRangeError, match=rf"{wrong}.*(4 classes|num_classes is 4)"):
        losses.create(name)(SCORES, target)


def made(name: str, shapes: Any = ((3, 2), (2, 2))) -> Any:
    parameters = [plugtorch.full(shape, 0.7, requires_grad=True) for shape in shapes]
    options = {"momentum": 0.9} if name == "sam" else {}  # else sgd remembers nothing
    optimizer = optimizers.create(name, parameters, **options)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = sum((p**4).sum() for p in parameters)
        loss.backward()
        return loss

    for _ in range(3):
        optimizer.step(closure)
    return optimizer


ALIKE = {"lamb", "adam", "adamw", "radam"}
"""A step, a mean and a mean of squares: nothing in such a state tells them apart."""


@pytest.mark.parametrize("into", offered(optimizers))
def test_the_state_of_every_other_optimizer(into: str) -> None:
    optimizer = made(into)
    before = str(optimizer.state_dict())
    for name in sorted({*optimizers.names()} - {into, *(ALIKE if into in ALIKE else ())}):
        with pytest.raises(StateError, match=r"of (another|an) optimizer|of another model"):
            optimizer.load_state_dict(made(name).state_dict())
        assert str(optimizer.state_dict()) == before


@pytest.mark.parametrize("name", offered(optimizers))
def test_the_state_of_another_model(name: str) -> None:
    optimizer, other = made(name), made(name, ((3, 2), (5, 4)))
    before = str(optimizer.state_dict())
    with pytest.raises(StateError, match="of another model"):
        optimizer.load_state_dict(other.state_dict())
    assert str(optimizer.state_dict()) == before


@pytest.mark.parametrize("name", ["lookahead", "sam"])
def test_what_is_no_state_of_a_wrapper(name: str) -> None:
    optimizer = made(name)
    own = optimizer.state_dict()
    before = str(own)
    strange = copy.deepcopy(own)
    strange["state"][0]["strange"] = 1.0
    for junk in (None, [own], {}, {**own, "state": []}, {**own, "state": {0: 3}}, strange):
        with pytest.raises(StateError, match=rf"^\[{type(optimizer).__name__}\] "):
            optimizer.load_state_dict(junk)
        assert str(optimizer.state_dict()) == before
