"""Rows of ``plugtorch.ops.matmul``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ShapeError
from plugtorch.testing.cases.row import (
    FLOATS,
    WHOLE,
    Case,
    Draw,
    Host,
    Refusal,
    Row,
    filled,
    python,
)
from plugtorch.testing.compare import Estimate


def _dot(x: list[Any], y: list[Any]) -> Any:
    terms = [a * b for a, b in zip(x, y)]
    if all(isinstance(term, float) and math.isfinite(term) for term in terms):
        return math.fsum(terms)
    return sum(terms)


def _product(x: Host, y: Host) -> Host:
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    rows, columns = x.shape[-2], y.shape[-1]
    xs = python(np.broadcast_to(x, (*batch, *x.shape[-2:])))
    ys = python(np.broadcast_to(y, (*batch, *y.shape[-2:])))

    def element(place: tuple[int, ...]) -> Any:
        *stack, i, j = place
        at = tuple(stack)
        return _dot(xs[at][i].tolist(), ys[at][:, j].tolist())

    return filled((*batch, rows, columns), element)


def _matmul(x: Host, y: Host) -> Any:
    value = _product(x, y)
    return Estimate(value, _product(np.abs(x), np.abs(y))) if x.dtype.kind == "f" else value


def _linear(x: Host, weight: Host, bias: Host) -> Estimate:
    rows = (
        x.reshape(-1, x.shape[-1]) if x.size else np.zeros((math.prod(x.shape[:-1]), x.shape[-1]))
    )
    shape = (*x.shape[:-1], weight.shape[0])
    value = _product(rows, weight.T) + python(bias)
    size = _product(np.abs(rows), np.abs(weight.T)) + python(np.abs(bias))
    return Estimate(value.reshape(shape), size.reshape(shape))


def _matmul_cases(kind: str) -> Iterator[Case]:
    draw = Draw(1)
    shapes: Any = [
        ((1, 1), (1, 1)),
        ((2, 3), (3, 4)),
        ((3, 3), (3, 3)),
        ((7, 5), (5, 11)),
        ((3, 17), (17, 1)),
        ((2, 2, 3), (2, 3, 4)),
        ((2, 1, 2, 3), (3, 3, 2)),
        ((3, 2), (4, 2, 5)),
        ((0, 3), (3, 2)),
        ((2, 3), (3, 0)),
        ((2, 0), (0, 3)),  # sums of nothing are 0
    ]
    for x, y in shapes:
        yield Case((draw(kind, *x), draw(kind, *y)))


def _linear_cases(kind: str) -> Iterator[Case]:
    draw = Draw(2)
    for x, weight in (
        ((1, 1), (1, 1)),
        ((5, 3), (2, 3)),
        ((7, 11), (13, 11)),
        ((2, 3, 4), (5, 4)),
        ((4,), (3, 4)),
        ((0, 3), (2, 3)),
    ):
        yield Case((draw(kind, *x), draw(kind, *weight), draw(kind, weight[0])))


def _extremes(kind: DType) -> Iterator[Case]:
    if kind.is_floating_point:
        x = np.array([[np.nan, 1, 1], [np.inf, 1, 1], [1, 1, 1]])
        y = np.array([[1, 2], [1, np.inf], [1, 1]])
        yield Case((x, y))


def _linear_extremes(kind: DType) -> Iterator[Case]:
    for case in _extremes(kind):
        x, y = case.operands
        yield Case((x, y.T.copy(), np.zeros(2)))


def _matmul_smooth() -> Iterator[Case]:
    draw = Draw(3)
    for x, y in (((2, 3), (3, 2)), ((2, 1, 2), (2, 2)), ((1, 2), (3, 2, 1))):
        yield Case((draw.distinct(*x), draw.distinct(*y)))


def _linear_smooth() -> Iterator[Case]:
    draw = Draw(4)
    for x in ((2, 3), (2, 2, 3), (3,)):
        yield Case((draw.distinct(*x), draw.distinct(2, 3), draw.distinct(2)))


def _refused(*shapes: tuple[int, ...]) -> Refusal:
    return Refusal(Case(tuple(np.ones(shape) for shape in shapes)), ShapeError)


ROWS = {
    "matmul": Row(
        reference=_matmul,
        cases=_matmul_cases,
        extremes=_extremes,
        smooth=_matmul_smooth,
        refused=(_refused((2, 3), (2, 3)), _refused((2, 2, 3), (3, 3, 2))),
        kinds=FLOATS + WHOLE,
        ulps=4,
    ),
    "linear": Row(
        reference=_linear,
        cases=_linear_cases,
        extremes=_linear_extremes,
        smooth=_linear_smooth,
        refused=(_refused((5, 3), (2, 4), (2,)), _refused((5, 3), (2, 3), (3,))),
        kinds=FLOATS,
        ulps=4,
    ),
}
