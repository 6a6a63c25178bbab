"""Every loss, with every option, against PyTorch: values, first and second derivatives."""

from __future__ import annotations

import warnings
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same, to_plugtorch, to_torch

import plugtorch
from plugtorch import losses

REDUCTIONS = ("mean", "sum", "none")
SHAPES = [(), (1,), (7,), (3, 4), (2, 3, 4), (0,), (3, 0), (2, 1, 5)]
DTYPES = ["float64", "float32"]


def draw(
    *shape: int, dtype: str = "float64", seed: int = 0, low: float = -3, high: float = 3
) -> Any:
    return numpy.random.default_rng(seed).uniform(low, high, shape).astype(dtype)


def both(name: str, inputs: list[Any], **options: Any) -> None:
    """The module and the function of a loss against PyTorch's. Arrays in options become tensors."""
    ours_class = losses.get(name)
    theirs_class = getattr(torch.nn, ours_class.__name__)
    ours = {k: to_plugtorch(v) if isinstance(v, numpy.ndarray) else v for k, v in options.items()}
    theirs = {k: to_torch(v) if isinstance(v, numpy.ndarray) else v for k, v in options.items()}
    # PyTorch has none for |e|; of nothing, its mean has a derivative 0 where it is 0/0
    kinked = name == "l1" or options.get("beta") == 0
    second = not kinked and inputs[0].size > 0
    same(ours_class(**ours), theirs_class(**theirs), inputs, second=second)
    same(
        lambda *a: ours_class.functional(*a, **ours), theirs_class(**theirs), inputs, second=second
    )


def targets(shape: tuple[int, ...], classes: int, ignored: int | None = None, seed: int = 1) -> Any:
    random = numpy.random.default_rng(seed)
    index = random.integers(0, classes, shape)
    if ignored is not None:
        index = numpy.where(random.uniform(size=shape) < 0.4, ignored, index)
    return numpy.asarray(index, numpy.int64)


# ---- regression ----------------------------------------------------------------------------------


REGRESSION = [
    ("mse", {}),
    ("l1", {}),
    ("smooth_l1", {}),
    ("smooth_l1", {"beta": 0.3}),
    ("smooth_l1", {"beta": 2.5}),
    ("smooth_l1", {"beta": 0.0}),
    ("huber", {}),
    ("huber", {"delta": 0.4}),
    ("huber", {"delta": 2.0}),
]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "options"), REGRESSION)
@pytest.mark.parametrize("dtype", DTYPES)
def test_regression(name: str, options: dict[str, Any], reduction: str, dtype: str) -> None:
    for shape in SHAPES:
        inputs = [draw(*shape, dtype=dtype), draw(*shape, dtype=dtype, seed=1)]
        both(name, inputs, **options, reduction=reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize(("name", "options"), REGRESSION)
def test_regression_where_input_and_target_are_equal(
    name: str, options: dict[str, Any], reduction: str
) -> None:
    values = draw(3, 4)
    both(name, [values, values.copy()], **options, reduction=reduction)


BROADCASTING = [((3, 1), (3,)), ((2, 3), (1, 3)), ((4,), ()), ((0, 2), (1, 2))]


@pytest.mark.parametrize("name", ["mse", "l1", "smooth_l1", "huber"])
@pytest.mark.parametrize("shapes", BROADCASTING)
def test_shapes_that_broadcast(name: str, shapes: Any) -> None:
    inputs = [draw(*shapes[0]), draw(*shapes[1], seed=1)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both(name, inputs)


@pytest.mark.parametrize("name", ["mse", "l1", "smooth_l1"])  # PyTorch's huber keeps float32
def test_mixed_dtypes(name: str) -> None:
    ours, theirs = losses.create(name), getattr(torch.nn, losses.get(name).__name__)()
    same(ours, theirs, [draw(3, dtype="float32"), draw(3, seed=1)], second=False)
    same(ours, theirs, [draw(3, dtype="float32"), numpy.array([1, 0, 2])], second=False)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["mse", "l1", "huber"])
def test_elements_that_weigh(name: str, reduction: str) -> None:
    ours, theirs = losses.get(name), getattr(torch.nn.functional, f"{name}_loss")
    same(
        lambda x, y, w: ours.functional(x, y, reduction=reduction, weight=w),
        lambda x, y, w: theirs(x, y, reduction=reduction, weight=w),
        [draw(3, 4), draw(3, 4, seed=1), draw(3, 4, seed=2, low=0)],
        second=name != "l1",
    )


def test_regression_far_out() -> None:
    inputs = [numpy.array([1e20, -1e20, 1e4, 0.0], "float32"), numpy.zeros(4, "float32")]
    for name in ("l1", "smooth_l1", "huber"):
        both(name, inputs, reduction="none")


# ---- binary --------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_bce(reduction: str, dtype: str) -> None:
    for shape in SHAPES:
        p = draw(*shape, dtype=dtype, low=0.01, high=0.99)
        target = draw(*shape, dtype=dtype, low=0, high=1, seed=1)
        both("bce", [p, target], reduction=reduction)
        both("bce", [p, numpy.round(target)], reduction=reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_bce_with_logits(reduction: str, dtype: str) -> None:
    for shape in SHAPES:
        x = draw(*shape, dtype=dtype)
        target = draw(*shape, dtype=dtype, low=0, high=1, seed=1)
        both("bce_with_logits", [x, target], reduction=reduction)
        both("bce_with_logits", [x, numpy.round(target)], reduction=reduction)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("shape", [(3, 4), (4,), (3, 1), (1,), ()])
def test_binary_weights(reduction: str, shape: tuple[int, ...]) -> None:
    target = draw(3, 4, low=0, high=1, seed=1)
    weight, pos_weight = draw(*shape, low=0, seed=2), draw(*shape, low=0, seed=3)
    both("bce", [draw(3, 4, low=0.1, high=0.9), target], reduction=reduction, weight=weight)
    for options in (
        {"weight": weight},
        {"pos_weight": pos_weight},
        {"weight": weight, "pos_weight": pos_weight},
    ):
        both("bce_with_logits", [draw(3, 4), target], reduction=reduction, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_binary_at_the_ends(reduction: str, dtype: str) -> None:
    p = numpy.array([0.0, 0.0, 1.0, 1.0, 1e-30, 1e-8, 0.5], dtype)
    x = numpy.array([-1e4, -1e4, 1e4, 1e4, 0.0, 30.0, -120.0], dtype)
    target = numpy.array([0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 0.0], dtype)
    # no gradient to the target: PyTorch's is infinite, although the loss is clamped; nor a second
    # one: it is that of a clamped quotient here, of one with 1e-12 added there
    same(
        lambda p: losses.create("bce", reduction=reduction)(p, to_plugtorch(target)),
        lambda p: torch.nn.BCELoss(reduction=reduction)(p, to_torch(target)),
        [p],
        second=False,
        tolerances={"float64": (1e-8, 0)},  # its 1e-12 is one of float32
    )
    both("bce_with_logits", [x, target], reduction=reduction)


# ---- classification ------------------------------------------------------------------------------


LAYOUTS = [  # the input's shape, the target's, where the classes are
    ((5,), (), 0),
    ((4, 5), (4,), 1),
    ((1, 1), (1,), 1),
    ((2, 3, 4), (2, 4), 1),
    ((2, 3, 4, 2), (2, 4, 2), 1),
    ((0, 5), (0,), 1),
    ((2, 3, 0), (2, 0), 1),
]


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_class_indices(name: str, reduction: str, dtype: str) -> None:
    for shape, target_shape, axis in LAYOUTS:
        x, classes = draw(*shape, dtype=dtype), shape[axis]
        weight = draw(classes, dtype=dtype, low=0.1, seed=2)
        for ignored in (None, -100, 0):
            target = targets(target_shape, classes, ignored)
            for options in ({}, {"weight": weight}):
                extra = {} if ignored is None else {"ignore_index": ignored}
                both(name, [x, target], reduction=reduction, **options, **extra)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.1, 1.0])
def test_label_smoothing(reduction: str, smoothing: float) -> None:
    for shape, target_shape, axis in LAYOUTS:
        x, classes = draw(*shape), shape[axis]
        weight = draw(classes, low=0.1, seed=2)
        for ignored in (-100, 0):
            for options in ({}, {"weight": weight}):
                target = targets(target_shape, classes, ignored)
                both(
                    "cross_entropy", [x, target],
                    reduction=reduction, ignore_index=ignored, label_smoothing=smoothing, **options,
                )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_class_probabilities(reduction: str, smoothing: float) -> None:
    for shape, _, axis in LAYOUTS:
        x, target = draw(*shape), draw(*shape, low=0, high=1, seed=1)
        weight = draw(shape[axis], low=0.1, seed=2)
        for options in ({}, {"weight": weight}):
            both(
                "cross_entropy", [x, target],
                reduction=reduction, label_smoothing=smoothing, **options,
            )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
def test_nothing_that_counts(name: str, reduction: str) -> None:
    target = numpy.full(3, -100)
    both(name, [draw(3, 5), target], reduction=reduction)
    both(name, [draw(3, 5), target], reduction=reduction, weight=draw(5, low=0.1, seed=2))
    weightless = numpy.array([0.0, 1.0, 1.0, 1.0, 1.0])
    both(name, [draw(3, 5), numpy.zeros(3, "int64")], reduction=reduction, weight=weightless)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_logits_far_out(dtype: str, smoothing: float) -> None:
    x = numpy.array(
        [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [1e4, 1e4, 1e4], [3e38, 0.0, 0.0]], dtype
    )
    if smoothing:  # PyTorch's own sum over the classes overflows there
        x = x[:3]
    target = numpy.array([0, 1, 2, 0])[: len(x)]
    both("cross_entropy", [x, target], reduction="none", label_smoothing=smoothing)
    both("cross_entropy", [x, (target + 1) % 3], reduction="none", label_smoothing=smoothing)


def test_classes_that_are_masked_out() -> None:
    x = numpy.array([[1.0, -numpy.inf, 2.0], [0.0, 1.0, -numpy.inf]])
    both("cross_entropy", [x, numpy.array([0, 1])], reduction="none")


@pytest.mark.parametrize("name", ["cross_entropy", "nll"])
def test_other_dtypes_of_indices(name: str) -> None:
    x = draw(4, 5)
    both(name, [x, numpy.array([0, 4, 2, 1], "uint8")])
    ours, theirs = losses.create(name), getattr(torch.nn, losses.get(name).__name__)()
    same(ours, theirs, [x[0], numpy.array([3])], grad=False)  # one index for one input


@pytest.mark.parametrize("dtype", ["float16", BFLOAT16])
@pytest.mark.parametrize("name", ["mse", "l1", "smooth_l1", "huber", "bce", "bce_with_logits"])
def test_half_precision(name: str, dtype: Any) -> None:
    x, y = (draw(4, 5, low=0.1, high=0.9, seed=i).astype(dtype) for i in range(2))
    both(name, [x, y])


@pytest.mark.parametrize("dtype", ["float16", BFLOAT16])
@pytest.mark.parametrize("options", [{}, {"ignore_index": 1}])  # smoothed, torch overflows
def test_many_classes_in_half_precision(dtype: Any, options: Any) -> None:
    """A sum of 70,000 e^x is more than a half can hold."""
    x, target = draw(4, 70_000).astype(dtype), numpy.array([0, 1, 69_999, 17])
    ours, theirs = losses.create("cross_entropy", **options), torch.nn.CrossEntropyLoss(**options)
    same(ours, theirs, [x, target], second=False)
    if not options:
        same(ours, theirs, [x, (numpy.exp(x.astype("float64")) / 1e5).astype(dtype)], second=False)


def test_inputs_that_are_not_contiguous() -> None:
    both("mse", [draw(3, 4).T, draw(4, 3, seed=1)])
    both("cross_entropy", [draw(5, 4).T, targets((4,), 5)])
    both("bce_with_logits", [draw(3, 4).T, draw(4, 3, low=0, high=1, seed=1)])


# ---- PyTorch's older options and its functions ---------------------------------------------------


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
def test_older_options(size_average: bool | None, reduce: bool | None) -> None:
    inputs = [draw(3), draw(3, seed=1)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        both("mse", inputs, size_average=size_average, reduce=reduce)


def test_options_by_position() -> None:
    """In the order of PyTorch's functions, which differs from loss to loss."""
    f = torch.nn.functional
    x, y = draw(3, 4), draw(3, 4, low=0, high=1, seed=1)
    p, index = draw(3, 4, low=0.1, high=0.9), targets((3,), 4, 1)
    w, c = draw(4, low=0.1, seed=2), draw(4, low=0.1, seed=3)
    calls = [
        ("mse", f.mse_loss, (x, y), (None, None, "sum")),
        ("l1", f.l1_loss, (x, y), (None, None, "sum")),
        ("smooth_l1", f.smooth_l1_loss, (x, y), (None, None, "sum", 0.5)),
        ("huber", f.huber_loss, (x, y), ("sum", 0.5)),
        ("bce", f.binary_cross_entropy, (p, y), (w, None, None, "sum")),
        ("bce_with_logits", f.binary_cross_entropy_with_logits, (x, y), (w, None, None, "sum", c)),
        ("nll", f.nll_loss, (x, index), (w, None, 1, None, "sum")),
        ("cross_entropy", f.cross_entropy, (x, index), (w, None, 1, None, "sum", 0.1)),
    ]
    for name, theirs, inputs, options in calls:
        ours = losses.get(name).functional
        same(ours, theirs, [*inputs, *options], grad=False)


def test_names_as_in_pytorch() -> None:
    for name in losses.names():
        if name.startswith("plugtorch_") or ":" in name:
            continue
        found = losses.get(name)
        if found.__module__.startswith("plugtorch_losses"):
            assert hasattr(torch.nn, found.__name__)
    for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy",
                 "binary_cross_entropy_with_logits", "nll_loss", "cross_entropy"):  # fmt: skip
        assert hasattr(torch.nn.functional, name)
        assert issubclass(losses.get(name), plugtorch.Loss)
