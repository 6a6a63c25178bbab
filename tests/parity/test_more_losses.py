"""The losses of pairs, rows and distributions, with every option, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from helpers import to_plugtorch
from loss_cases import DTYPES, LISTS, REDUCTIONS, SHAPES, both, classes, draw, grid, signs

import plugtorch
from plugtorch import losses

# ---- distributions -------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", [*REDUCTIONS, "batchmean"])
@pytest.mark.parametrize("log_target", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_kl_div(reduction: str, log_target: bool, dtype: str) -> None:
    for shape in SHAPES:
        target = draw(*shape, dtype=dtype, low=-3 if log_target else 0.05, high=1, seed=1)
        both("kl_div", [draw(*shape, dtype=dtype), target],
             reduction=reduction, log_target=log_target)  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
def test_kl_div_of_certainty(dtype: str) -> None:
    """Targets of 0 and 1. PyTorch's gradient to a target of 0 is NaN; the input's is compared."""
    x = numpy.array([[-1e4, 0.0, -1.0], [-200.0, -1e4, 0.0]], dtype)
    target = numpy.array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]], dtype)
    for reduction in REDUCTIONS:
        both("kl_div", [x, target], fixed=True, reduction=reduction)
    both("kl_div", [x, x * 1.5], log_target=True, reduction="none")
    leaf = to_plugtorch(target, requires_grad=True)
    losses.create("kl_div")(to_plugtorch(x), leaf).backward()
    assert numpy.isfinite(leaf.grad.numpy()).all()


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", grid(log_input=[True, False], full=[True, False]))
@pytest.mark.parametrize("dtype", DTYPES)
def test_poisson(reduction: str, options: dict[str, Any], dtype: str) -> None:
    for shape in SHAPES:
        low = -3 if options["log_input"] else 0.1
        inputs = [
            draw(*shape, dtype=dtype, low=low),
            draw(*shape, dtype=dtype, seed=1, low=0.1, high=5),
        ]
        both("poisson_nll", inputs, reduction=reduction, **options)
        both("poisson_nll", inputs, reduction=reduction, eps=0.1, **options)


def test_poisson_of_nothing_seen_and_of_much() -> None:
    """PyTorch's second derivative by a target of 0 is NaN with full; the input's is compared."""
    target = numpy.array([0.0, 1.0, 0.0, 1e4, 1.0])
    for options in grid(log_input=[True, False], full=[True, False], reduction=REDUCTIONS):
        x = numpy.array([-1e4, -50.0, 50.0, 9.0, 0.0]) if options["log_input"] else target
        both("poisson_nll", [x, target], fixed=True, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_gaussian(reduction: str, full: bool, dtype: str) -> None:
    for shape in [(7,), (3, 4), (2, 3, 4), (0,), (3, 0)]:
        x, target = draw(*shape, dtype=dtype), draw(*shape, dtype=dtype, seed=1)
        spans = [shape, shape[:-1], (*shape[:-1], 1)]
        if shape == (2, 3, 4):
            spans.append((2, 1, 4))
        for span in spans:
            var = draw(*span, dtype=dtype, low=0.1, seed=2)
            both("gaussian_nll", [x, target, var], reduction=reduction, full=full)
            both("gaussian_nll", [x, target, var], reduction=reduction, full=full, eps=1.0)
        both("gaussian_nll", [x, target, 0.5], reduction=reduction, full=full)
    scalars = [numpy.asarray(v, dtype) for v in (0.5, 1.5, 0.7)]
    both("gaussian_nll", scalars, reduction=reduction, full=full)


def test_gaussian_without_variance() -> None:
    """A var below eps counts as eps, but its gradient goes through."""
    x, target = draw(3, 4), draw(3, 4, seed=1)
    both("gaussian_nll", [x, target, numpy.zeros((3, 4))], reduction="none")
    both("gaussian_nll", [x, target, 0.0], reduction="none")
    both("gaussian_nll", [x * 1e4, target, numpy.zeros((3, 4))], reduction="sum")


# ---- 1 or -1 -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("margin", [1.0, 0.3, 0.0, -0.5, 2])
@pytest.mark.parametrize("dtype", DTYPES)
def test_margins_of_pairs(reduction: str, margin: float, dtype: str) -> None:
    for shape in SHAPES:
        x, y = draw(*shape, dtype=dtype), draw(*shape, dtype=dtype, seed=1)
        target = signs(*shape, dtype=dtype)
        for given in (target, target.astype("int64")):
            both("hinge_embedding", [x, given], reduction=reduction, margin=margin)
            both("margin_ranking", [x, y, given], reduction=reduction, margin=margin)
        both("margin_ranking", [x, x.copy(), target], reduction=reduction, margin=margin)


def test_a_target_that_is_neither() -> None:
    x, target = draw(5), numpy.array([0.0, 2.0, 0.5, 1.0, -1.0])
    both("hinge_embedding", [x, target], reduction="none")
    both("margin_ranking", [x, draw(5, seed=1), target], reduction="none")
    both("soft_margin", [x, target], reduction="none")
    vectors = [draw(5, 3), draw(5, 3, seed=1)]
    both("cosine_embedding", [*vectors, target], reduction="none")


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_soft_margin(reduction: str, dtype: str) -> None:
    for shape in SHAPES:
        target = signs(*shape, dtype=dtype)
        both("soft_margin", [draw(*shape, dtype=dtype), target], reduction=reduction)
        x = draw(*shape, dtype=dtype, low=-80, high=80)
        both("soft_margin", [x, target.astype("int64")], reduction=reduction)


def test_soft_margin_stays_finite() -> None:
    """Where PyTorch's e^1000 overflows."""
    x = plugtorch.tensor([-1e4, 1e4, -3e38], requires_grad=True)
    loss = losses.create("soft_margin", reduction="none")(x, plugtorch.ones(3))
    assert loss.tolist() == [1e4, 0.0, plugtorch.tensor(3e38).item()]
    loss.sum().backward()
    assert x.grad.tolist() == [-1.0, 0.0, -1.0]


@pytest.mark.parametrize(
    ("name", "shapes"),
    [
        ("kl_div", ((3, 1), (3,))),
        ("poisson_nll", ((2, 3), (1, 3))),
        ("hinge_embedding", ((2, 3), (2, 1))),
        ("soft_margin", ((3, 4), (1, 4))),
        ("margin_ranking", ((3, 1), (1, 4), (3, 4))),
        ("margin_ranking", ((3, 4), (3, 4), (3, 1))),
        ("multi_label_soft_margin", ((3, 4), (1, 4))),
        ("triplet_margin", ((3, 4), (1, 4), (3, 1))),
        ("cosine_embedding", ((3, 4), (1, 4), (3,))),
        ("cosine_embedding", ((3, 4), (3, 4), (1,))),
        ("cosine_embedding", ((1, 4), (1, 4), (3,))),
        ("gaussian_nll", ((3, 4), (1, 4), (3, 4))),
    ],
)
def test_shapes_that_broadcast(name: str, shapes: Any) -> None:
    inputs = [draw(*shape, seed=i, low=0.1) for i, shape in enumerate(shapes)]
    if name in ("hinge_embedding", "cosine_embedding"):
        inputs[-1] = signs(*shapes[-1])
    both(name, inputs)


# ---- vectors -------------------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("margin", [0.0, 0.4, -0.5])
@pytest.mark.parametrize("dtype", DTYPES)
def test_cosine_embedding(reduction: str, margin: float, dtype: str) -> None:
    for shape in [(5, 4), (1, 1), (0, 3), (3, 0), (4,)]:
        x, y = draw(*shape, dtype=dtype), draw(*shape, dtype=dtype, seed=1)
        target = signs(*shape[:-1], dtype=dtype)
        for given in (target, target.astype("int64")):
            both("cosine_embedding", [x, y, given], reduction=reduction, margin=margin)


def test_cosine_embedding_far_out() -> None:
    x, y, target = draw(4, 3), draw(4, 3, seed=1), signs(4)
    wide = {"float64": (1e-8, 1e-11)}  # PyTorch's 1e-12 is one of float32
    for factor in (0.0, 1e-4, 1e4):
        # of vectors of zeros the second derivatives are 1e12, and their cancelled parts differ
        second = factor > 1e-3
        both("cosine_embedding", [x * factor, y, target], second, tolerances=wide, reduction="none")
        both("cosine_embedding", [x * factor, x * factor, target], second, tolerances=wide)


TRIPLETS = grid(p=[2.0, 1.0, 3.0, float("inf")], swap=[False, True], margin=[1.0, 0.3])


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", TRIPLETS, ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_triplets(reduction: str, options: dict[str, Any], dtype: str) -> None:
    for shape in [(5, 4), (4,), (2, 3, 4), (1, 1)]:
        inputs = [draw(*shape, dtype=dtype, seed=i) for i in range(3)]
        second = options["p"] in (2.0, 3.0)
        both("triplet_margin", inputs, second=second, reduction=reduction, **options)
        both("triplet_margin", inputs, second=second, reduction=reduction, eps=0.1, **options)
    if options["p"] < 4:  # PyTorch has no largest of nothing
        both("triplet_margin", [draw(0, 4, dtype=dtype)] * 3, reduction=reduction, **options)


def test_triplets_that_coincide() -> None:
    x = draw(3, 4)
    both("triplet_margin", [x, x.copy(), x.copy()], reduction="none", second=False)
    both("triplet_margin", [x, x + 1, x.copy()], swap=True, reduction="none", second=False)
    both("triplet_margin", [x * 1e4, -x * 1e4, x], reduction="none")


def absolute(x: Any, y: Any) -> Any:
    return (x - y).abs().sum(-1)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("distance", [None, absolute])
def test_triplets_with_a_distance(reduction: str, swap: bool, distance: Any) -> None:
    for shape in [(5, 4), (4,), (2, 3, 4)]:
        both(
            "triplet_margin_with_distance", [draw(*shape, seed=i) for i in range(3)],
            distance is None, distance_function=distance, swap=swap, margin=0.7,
            reduction=reduction,
        )  # fmt: skip


# ---- several classes -----------------------------------------------------------------------------


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("options", grid(p=[1, 2], margin=[1.0, 0.3, 0.0, -0.2]), ids=str)
@pytest.mark.parametrize("dtype", DTYPES)
def test_multi_margin(reduction: str, options: dict[str, Any], dtype: str) -> None:
    for shape, target in [((5, 4), (5,)), ((4,), ()), ((4,), (1,)), ((1, 1), (1,)), ((0, 4), (0,))]:
        if target == (0,) and reduction != "none":
            continue  # PyTorch gives what was in the memory before
        x, index = draw(*shape, dtype=dtype), classes(target, shape[-1])
        for weight in (None, draw(shape[-1], dtype=dtype, low=0.1, seed=2)):
            both(
                "multi_margin", [x, index],
                second=False, reduction=reduction, weight=weight, **options,
            )  # fmt: skip


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_multi_label_margin(reduction: str, dtype: str) -> None:
    target = numpy.array(LISTS)
    for x, given in [
        (draw(5, 4, dtype=dtype), target),
        (numpy.ones((5, 4), dtype), target),
        (draw(4, dtype=dtype), target[0]),
        (draw(4, dtype=dtype), target[2]),
        (draw(dtype=dtype), numpy.array(0)),
        (draw(2, 4, dtype=dtype) * 1e4, target[:2]),
    ]:
        both("multi_label_margin", [x, given], second=False, reduction=reduction)
    inputs = [draw(0, 4, dtype=dtype), target[:0]]  # else PyTorch gives what was in the memory
    both("multi_label_margin", inputs, second=False, reduction="none")


@pytest.mark.parametrize("name", ["multi_margin", "multi_label_margin"])
def test_the_mean_and_sum_of_no_rows(name: str) -> None:
    target = plugtorch.zeros((0,) if name == "multi_margin" else (0, 3), dtype=plugtorch.int64)
    assert losses.create(name, reduction="sum")(plugtorch.zeros(0, 3), target).item() == 0
    assert losses.create(name)(plugtorch.zeros(0, 3), target).isnan()


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_multi_label_soft_margin(reduction: str, dtype: str) -> None:
    for shape in SHAPES[1:]:
        x = draw(*shape, dtype=dtype)
        target = draw(*shape, dtype=dtype, low=0, high=1, seed=1)
        for weight in (None, draw(*shape, dtype=dtype, low=0.1, seed=2),
                       draw(shape[-1], dtype=dtype, low=0.1, seed=3)):  # fmt: skip
            for given in (target, numpy.round(target), numpy.round(target).astype("int64")):
                both("multi_label_soft_margin", [x, given], reduction=reduction, weight=weight)
        both("multi_label_soft_margin", [x * 1e4, target], reduction=reduction)
