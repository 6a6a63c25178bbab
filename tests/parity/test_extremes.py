"""Elementwise functions and reductions on infinity, NaN, -0, the smallest and largest numbers."""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy
import pytest
import torch
from helpers import TOLERANCES, assert_same, same, to_numpy, to_plugtorch, to_torch
from samples.sample import DTYPES, FLOATS

import plugtorch

UNARY = (
    "exp exp2 expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos tan asin acos atan sinh "
    "cosh tanh "
    "asinh acosh atanh sigmoid relu erf erfc floor ceil trunc round isnan isinf isfinite isposinf "
    "isneginf "
    "neg abs sign signbit frac square sinc deg2rad rad2deg nan_to_num logical_not logit"
).split()
BINARY = (
    "add sub mul div atan2 hypot maximum minimum fmax fmin logaddexp logaddexp2 remainder fmod "
    "floor_divide "
    "eq ne lt le gt ge pow copysign xlogy logical_and logical_or logical_xor isclose heaviside"
).split()
BITS = ["bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift"]
REDUCTIONS = (
    "sum mean prod amax amin max min argmax argmin any all var std logsumexp nansum cumsum cumprod "
    "sort median"
).split()


def specials(dtype: str) -> Any:
    if dtype == "bool":
        return numpy.array([False, True])
    if dtype not in FLOATS:
        limits = numpy.iinfo(dtype)
        wanted = {limits.min, limits.min + 1, -2, -1, 0, 1, 2, 7, limits.max - 1, limits.max}
        return numpy.array(sorted(x for x in wanted if x >= limits.min), dtype)
    limits = (ml_dtypes if dtype == "bfloat16" else numpy).finfo(dtype)
    numbers = [
        0.0,
        0.5,
        1.0,
        2.0,
        3.0,
        10.0,
        100.0,
        float(limits.tiny),
        float(limits.eps),
        float(limits.max),
    ]
    numbers += [numpy.inf]
    return numpy.array([*numbers, *[-x for x in numbers], numpy.nan]).astype(
        ml_dtypes.bfloat16 if dtype == "bfloat16" else dtype
    )


def outcome(library: Any, name: str, *tensors: Any) -> Any:
    try:
        return getattr(library, name)(*tensors)
    except Exception as error:
        return error


def agree(name: str, dtype: str, arrays: list[Any]) -> None:
    theirs = outcome(torch, name, *[to_torch(a) for a in arrays])
    ours = outcome(plugtorch, name, *[to_plugtorch(a) for a in arrays])
    if isinstance(theirs, Exception):
        if "not implemented for" not in str(theirs):
            assert isinstance(ours, type(theirs)), f"{ours!r}, PyTorch {theirs!r}"
        return
    if isinstance(ours, Exception):
        raise ours
    rounding = 2e-8 if name.startswith("logaddexp") else 1e-12 if name in REDUCTIONS else 0.0
    assert_same(
        ours,
        theirs,
        tolerances={**TOLERANCES, "float64": (1e-9, rounding), "float32": (3e-5, rounding)},
    )
    if name in (
        "add",
        "sub",
        "mul",
        "div",
        "neg",
        "abs",
        "sqrt",
        "floor",
        "ceil",
        "trunc",
        "round",
        "copysign",
    ):
        a, b = to_numpy(ours).astype("float64"), to_numpy(theirs).astype("float64")
        numpy.testing.assert_array_equal(
            numpy.signbit(a[a == 0]), numpy.signbit(b[b == 0]), "signs of zeros"
        )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*UNARY, "bitwise_not"])
def test_unary(name: str, dtype: str) -> None:
    if name == "bitwise_not" and dtype in FLOATS:
        return
    agree(name, dtype, [specials(dtype)])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", [*BINARY, *BITS])
def test_binary(name: str, dtype: str) -> None:
    values = specials(dtype)
    first, second = numpy.meshgrid(values, values, indexing="ij")
    if name in ("remainder", "fmod", "floor_divide"):
        whole = dtype not in FLOATS
        # PyTorch's vectorised remainder is NaN where the quotient is very large
        fits = (
            second != 0
            if whole
            else (abs(second) > 0.1) & ~(abs(first) > 1e4) | ~numpy.isfinite(first)
        )
        first, second = first[fits], second[fits]
    if dtype not in FLOATS and name == "floor_divide":  # the one quotient that does not fit
        fits = ~((first == values.min()) & (second == -1)) if dtype != "uint8" else first == first
        first, second = first[fits], second[fits]
    agree(name, dtype, [first, second])


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions(name: str, dtype: str) -> None:
    values = specials(dtype)
    # without the largest numbers, whose sums and products depend on the order, and -0, whose place
    # does
    values = values[~(abs(values) > 1e4) | ~numpy.isfinite(values)]
    values = values[~((values == 0) & numpy.signbit(values.astype("float64")))]
    with numpy.errstate(all="ignore"):
        rows = [
            values,
            values[~numpy.isnan(values)],
            values[numpy.isfinite(values)],
            numpy.full(5, numpy.inf),
        ]
        rows += [
            numpy.full(3, -numpy.inf),
            numpy.array([numpy.inf, -numpy.inf]),
            numpy.full(2, numpy.nan),
        ]
    for row in rows:
        row = row.astype(values.dtype)
        if name in ("logsumexp", "cumsum", "cumprod"):
            agree_along(name, row)
        else:
            agree(name, dtype, [row])


def agree_along(name: str, row: Any) -> None:
    assert_same(
        getattr(plugtorch, name)(to_plugtorch(row), 0), getattr(torch, name)(to_torch(row), 0)
    )


@pytest.mark.parametrize("name", UNARY)
def test_gradients_at_the_edges(name: str) -> None:
    """Where a function has no derivative, or an infinite one, PyTorch's choice is taken."""
    values = numpy.array(
        [0.0, -0.0, 1.0, -1.0, 0.5, 30.0, -30.0, 800.0, -800.0, numpy.inf, -numpy.inf]
    )
    if name == "logit":
        values = numpy.array([0.0, 1.0, 0.5])
    same(getattr(plugtorch, name), getattr(torch, name), [values], second=False)


@pytest.mark.parametrize(
    "name", [n for n in BINARY if n not in ("floor_divide", "heaviside", "isclose", "xlogy")]
)
def test_gradients_of_two_at_the_edges(name: str) -> None:
    values = numpy.array([0.0, 1.0, -1.0, 2.0, -2.5, 0.5])
    first, second = numpy.meshgrid(values, values, indexing="ij")
    same(getattr(plugtorch, name), getattr(torch, name), [first, second], second=False)
