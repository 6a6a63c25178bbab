"""Every function of nn.functional against PyTorch: values, dtypes, first and second derivatives."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same, same_error, spaced

import plugtorch
import plugtorch.nn.functional as F

TF: Any = torch.nn.functional
RANDOM = numpy.random.default_rng(7)


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 2, shape)


def both(name: str, *args: Any, **options: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    ours, theirs = getattr(F, name), getattr(TF, name)
    return (
        lambda *x: ours(*x, *args, **options),
        lambda *x: theirs(*x, *args, **options),
    )


# -- softmax ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
@pytest.mark.parametrize(
    ("shape", "dim"),
    [((5,), 0), ((3, 4), 0), ((3, 4), 1), ((3, 4), -1), ((2, 3, 4), 1), ((), 0), ((), -1)]
    + [((0, 3), 1), ((3, 0), 1), ((1, 1), 0)],
)
def test_softmax(name: str, shape: tuple[int, ...], dim: int) -> None:
    same(*both(name, dim=dim), [numpy.asarray(random(*shape))])


@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax"])
def test_softmax_of_extremes(name: str) -> None:
    rows = [[0.0, 1000.0, -1000.0], [1e30, 1e30, 0.0], [-1e30, 0.0, 1e30], [3.0, 3.0, 3.0]]
    same(*both(name, dim=1), [numpy.array(rows)])
    infinite = [[numpy.inf, 0.0], [-numpy.inf, 0.0], [-numpy.inf, -numpy.inf], [numpy.nan, 0.0]]
    same(*both(name, dim=1), [numpy.array(infinite)], grad=False)


@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_softmax_in_narrower_dtypes(name: str, kind: str) -> None:
    values = random(3, 700).astype(BFLOAT16 if kind == "bfloat16" else kind)
    same(*both(name, dim=1), [values], second=kind == "float32")


def test_softmax_converts_first() -> None:
    same(
        lambda x: F.softmax(x, 0, dtype=plugtorch.float64),
        lambda x: TF.softmax(x, 0, dtype=torch.float64),
        [numpy.array([1, 2, 3])],
    )


def test_softmax_refuses_whole_numbers() -> None:
    same_error(*both("softmax", dim=0), [numpy.array([1, 2])])


def test_softmax_refuses_an_axis_that_is_not_there() -> None:
    same_error(*both("softmax", dim=2), [random(2, 3)])


@pytest.mark.parametrize("shape", [(3,), (3, 4), (2, 3, 4), (2, 3, 4, 5)])
def test_softmax_guesses_the_axis_with_a_warning(shape: tuple[int, ...]) -> None:
    def ours(x: Any) -> Any:
        with pytest.warns(UserWarning, match="no dim"):
            return F.softmax(x)

    def theirs(x: Any) -> Any:
        with warnings.catch_warnings(action="ignore"):
            return TF.softmax(x)

    same(ours, theirs, [random(*shape)], second=False)


# -- products --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("lead", [(), (5,), (2, 3), (0,), (2, 0, 3), (1, 1, 1, 1)])
def test_linear(lead: tuple[int, ...], bias: bool) -> None:
    arrays = [random(*lead, 4), random(3, 4), *([random(3)] if bias else [])]
    same(*both("linear"), arrays)


def test_linear_of_other_layouts() -> None:
    same(*both("linear"), [random(4, 5).T, spaced(random(3, 4)), spaced(random(3))])
    same(*both("linear"), [random(5, 4), random(4)])
    same(*both("linear"), [random(5, 1), random(1, 1), random(1)])


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_linear_in_narrower_dtypes(kind: str) -> None:
    dtype = BFLOAT16 if kind == "bfloat16" else kind
    arrays = [random(5, 4).astype(dtype), random(3, 4).astype(dtype), random(3).astype(dtype)]
    same(*both("linear"), arrays, second=kind == "float32")


@pytest.mark.parametrize(
    "arrays",
    [
        [random(2, 5), random(3, 4), random(3)],
        [random(2, 5), random(3, 4)],
        [random(2, 4), random(3, 4), random(4)],
        [random(2, 4).astype("float32"), random(3, 4), random(3)],
        [random(2, 4).astype("float32"), random(3, 4)],
    ],
)
def test_linear_refuses_what_does_not_fit(arrays: list[Any]) -> None:
    same_error(*both("linear"), arrays)


@pytest.mark.parametrize("lead", [(), (5,), (2, 3)])
def test_bilinear(lead: tuple[int, ...]) -> None:
    same(*both("bilinear"), [random(*lead, 3), random(*lead, 4), random(2, 3, 4), random(2)])
    same(*both("bilinear"), [random(*lead, 3), random(*lead, 4), random(2, 3, 4)])


def test_bilinear_refuses_what_does_not_fit() -> None:
    same_error(*both("bilinear"), [random(5, 3), random(5, 3), random(2, 3, 4)])


# -- the rest --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "axes"),
    [((5, 4), (4,)), ((2, 3, 4), (3, 4)), ((4,), (4,)), ((0, 4), (4,)), ((2, 1), (1,))],
)
def test_layer_norm(shape: tuple[int, ...], axes: tuple[int, ...]) -> None:
    functions = (
        lambda x, w, b: F.layer_norm(x, axes, w, b, 1e-3),
        lambda x, w, b: TF.layer_norm(x, axes, w, b, 1e-3),
    )
    same(*functions, [random(*shape), random(*axes), random(*axes)])
    same(*both("layer_norm", axes), [random(*shape)])


def test_layer_norm_in_narrower_dtypes() -> None:
    same(*both("layer_norm", (300,)), [(random(3, 300) + 5).astype("float32")], second=False)
    # a sum of 300 squares would not fit float16
    same(*both("layer_norm", (300,)), [(random(3, 300) * 30).astype("float16")], second=False)
    same(*both("layer_norm", (300,)), [random(3, 300).astype(BFLOAT16)], second=False)


@pytest.mark.parametrize("axes", [(3,), (4, 3), (2, 3, 4), ()])
def test_layer_norm_refuses_what_does_not_fit(axes: tuple[int, ...]) -> None:
    same_error(*both("layer_norm", axes), [random(3, 4)])


@pytest.mark.parametrize("eps", [None, 1e-3])
@pytest.mark.parametrize("kind", ["float64", "float32", "float16", "bfloat16"])
def test_rms_norm(eps: float | None, kind: str) -> None:
    dtype = BFLOAT16 if kind == "bfloat16" else kind
    functions = (
        lambda x, w: F.rms_norm(x, (4,), w, eps),
        lambda x, w: TF.rms_norm(x, (4,), w, eps),
    )
    arrays = [random(2, 3, 4).astype(dtype), random(4).astype(dtype)]
    same(*functions, arrays, second=kind in ("float32", "float64"))
    tiny = (random(3, 4) * 1e-4).astype(dtype)  # where eps matters
    same(*functions, [tiny, arrays[1]], second=False)


@pytest.mark.parametrize(("p", "dim"), [(2.0, 1), (1.0, 0), (3.0, -1), (2.0, (0, 1))])
def test_normalize(p: float, dim: Any) -> None:
    same(*both("normalize", p, dim), [random(3, 4)])


def test_normalize_of_zeros() -> None:
    same(*both("normalize"), [numpy.array([[0.0, 0.0], [3.0, 4.0]])], second=False)


def test_cosine_similarity() -> None:
    same(*both("cosine_similarity"), [random(3, 4), random(3, 4)])
    same(*both("cosine_similarity", dim=0), [random(3, 4), random(3, 1)])
    same(*both("cosine_similarity", dim=-1), [random(2, 1, 4), random(3, 4)])
    zeros = numpy.zeros((2, 3))
    same(*both("cosine_similarity"), [zeros, random(2, 3)], second=False)


@pytest.mark.parametrize("p", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("keepdim", [True, False])
def test_pairwise_distance(p: float, keepdim: bool) -> None:
    same(*both("pairwise_distance", p, keepdim=keepdim), [random(3, 4), random(3, 4)])
    same(*both("pairwise_distance", p, keepdim=keepdim), [random(4), random(4)])


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_glu(dim: int) -> None:
    same(*both("glu", dim), [random(4, 6)])


def test_glu_refuses_odd_sizes() -> None:
    same_error(*both("glu"), [random(4, 5)])
    same_error(*both("glu"), [numpy.array(1.0)])


@pytest.mark.parametrize(
    ("shape", "weights"),
    [((2, 3), 3), ((2, 3), 1), ((2, 3, 4), 3), ((5,), 1), ((), 1), ((2, 1), 1), ((0, 3), 3)],
)
def test_prelu(shape: tuple[int, ...], weights: int) -> None:
    same(*both("prelu"), [numpy.asarray(random(*shape)), random(weights)])


def test_prelu_at_zero() -> None:
    same(*both("prelu"), [numpy.array([0.0, -0.0, 1.0]), random(1)], second=False)


def test_prelu_refuses_another_number_of_weights() -> None:
    same_error(*both("prelu"), [random(2, 3), random(2)])


@pytest.mark.parametrize("kind", ["int64", "int32"])
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (0,)])
def test_embedding(shape: tuple[int, ...], kind: str) -> None:
    index = RANDOM.integers(0, 5, shape).astype(kind)
    for options in ({}, {"padding_idx": 2}, {"padding_idx": -1}, {"scale_grad_by_freq": True}):
        same(
            lambda i, w, o=options: F.embedding(i, w, **o),
            lambda i, w, o=options: TF.embedding(i, w, **o),
            [numpy.asarray(index), random(5, 3)],
            # of a shared gradient, and of nothing, torch has no second derivative
            second=index.size > 0 and not options.get("scale_grad_by_freq"),
        )


@pytest.mark.parametrize("norm_type", [2.0, 1.0])
def test_embedding_with_a_largest_norm(norm_type: float) -> None:
    index, weight = numpy.array([1, 3, 1, 0]), random(5, 3)
    functions = (
        lambda i, w: (F.embedding(i, w, max_norm=1.0, norm_type=norm_type), w),
        lambda i, w: (TF.embedding(i, w, max_norm=1.0, norm_type=norm_type), w),
    )
    same(*functions, [index, weight], grad=False)


@pytest.mark.parametrize("index", [[5], [-1], [0, 7]])
def test_embedding_refuses_what_is_no_row(index: list[int]) -> None:
    error = same_error(*both("embedding"), [numpy.array(index), random(5, 3)])
    assert "num_embeddings is 5" in str(error)


def test_embedding_refuses_floats() -> None:
    same_error(*both("embedding"), [numpy.array([1.0]), random(5, 3)])


@pytest.mark.parametrize("shape", [(), (4,), (2, 3)])
def test_one_hot(shape: tuple[int, ...]) -> None:
    index = numpy.asarray(RANDOM.integers(0, 5, shape))
    same(*both("one_hot"), [index])
    same(*both("one_hot", 7), [index])


def test_one_hot_of_nothing() -> None:
    same(*both("one_hot", 3), [numpy.zeros((0,), "int64")])
    same_error(*both("one_hot"), [numpy.zeros((0,), "int64")])


@pytest.mark.parametrize(
    ("pad", "mode", "shape"),
    [
        ((1, 2), "constant", (3, 4)),
        ((1, 2, 3, 0), "constant", (3, 4)),
        ((-1, 2), "constant", (3, 4)),
    ]
    + [((-1, -1, 1, 1), "constant", (3, 4)), ((), "constant", (3,)), ((0, 0), "constant", (3,))]
    + [((-2, -2), "constant", (4,)), ((1, 2), "constant", (0,))]
    + [((2, 3), "reflect", (2, 4)), ((2, 3), "replicate", (2, 4)), ((2, 3), "circular", (2, 4))]
    + [((1, 1, 2, 0), "reflect", (2, 3, 4)), ((1, 5, 2, 0), "replicate", (2, 3, 4))]
    + [((1, 1, 2, 0), "circular", (2, 3, 4)), ((-1, 2), "replicate", (2, 4))],
)
def test_pad(pad: tuple[int, ...], mode: str, shape: tuple[int, ...]) -> None:
    same(*both("pad", pad, mode), [random(*shape)])


def test_pad_with_a_value() -> None:
    same(*both("pad", (1, 1), value=2.5), [random(2, 3)])
    same(*both("pad", (1, 1), value=7), [numpy.array([[1, 2]])])
    same(*both("pad", (1, 1), value=True), [numpy.array([True, False])])


@pytest.mark.parametrize("pad", [(1,), (1, 1, 1, 1), (-3, -3)])
def test_pad_refuses_what_does_not_fit(pad: tuple[int, ...]) -> None:
    same_error(*both("pad", pad), [random(3)])


def test_reflecting_further_than_there_is_is_refused() -> None:
    same_error(*both("pad", (4, 0), "reflect"), [random(2, 4)])


# -- what is random --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["dropout", "alpha_dropout", "feature_alpha_dropout"])
def test_dropout_outside_training_is_the_identity(name: str) -> None:
    same(*both(name, 0.4, training=False), [random(3, 4)])


@pytest.mark.parametrize("name", ["dropout", "alpha_dropout"])
def test_dropout_of_everything_and_of_nothing(name: str) -> None:
    same(*both(name, 0.0, training=True), [random(3, 4)], second=False)
    same(*both(name, 1.0, training=True), [random(3, 4)], second=False)


@pytest.mark.parametrize("p", [-0.1, 1.1])
def test_dropout_refuses_what_is_no_probability(p: float) -> None:
    same_error(*both("dropout", p), [random(3)])


@pytest.mark.parametrize(
    ("name", "shape"),
    [("dropout", (200, 300)), ("dropout1d", (300, 200, 2)), ("dropout2d", (300, 200, 2, 2))]
    + [("dropout3d", (300, 200, 1, 2, 1)), ("alpha_dropout", (200, 300))]
    + [("feature_alpha_dropout", (300, 200, 2))],
)
def test_dropout_draws_from_the_same_distribution(name: str, shape: tuple[int, ...]) -> None:
    values = numpy.ones(shape)
    ours = getattr(F, name)(plugtorch.tensor(values), 0.3, training=True).numpy()
    theirs = getattr(TF, name)(torch.tensor(values), 0.3, training=True).numpy()
    assert numpy.allclose(numpy.unique(ours), numpy.unique(theirs))
    low = numpy.unique(theirs)[0]
    assert abs((ours == low).mean() - 0.3) < 0.01  # sigma is 0.002
    if len(shape) > 2:  # whole channels
        flat = ours.reshape(*shape[:2], -1)
        assert (flat == flat[..., :1]).all()
