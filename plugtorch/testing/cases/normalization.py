"""Rows of ``plugtorch.ops.normalization``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.errors import IndexRangeError
from plugtorch.testing.cases.row import FLOATS, Case, Draw, Host, Refusal, Row
from plugtorch.testing.compare import Estimate

Shape = tuple[int, ...]

SHAPES: list[tuple[Shape, Shape]] = [
    ((5,), (0,)),
    ((3, 4), (1,)),
    ((3, 4), (0,)),
    ((2, 3, 4), (1, 2)),
    ((2, 3, 4), (0, 2)),
    ((2, 3, 4), (1,)),
    ((2, 3, 4), (0, 1, 2)),
    ((4, 2, 3, 2), (0, 2, 3)),
    ((2, 3, 1, 2), (0, 2)),
    ((3, 1), (1,)),
    ((6, 900), (1,)),
    ((0, 3), (1,)),
]
EPS = 1e-2


def _parts(x: Host, axes: Shape, eps: float) -> tuple[Host, Host]:
    mean = x.mean(axes, keepdims=True)
    factor = 1 / np.sqrt(((x - mean) ** 2).mean(axes, keepdims=True) + eps)
    return (x - mean) * factor, factor


def _size(x: Host, axes: Shape) -> Host:
    """How large the terms of a difference from a mean are."""
    return np.abs(x) + np.abs(x).mean(axes, keepdims=True)


def _standardize(x: Host, axes: Shape, eps: float) -> Any:
    if not x.size:
        return x
    z, factor = _parts(x, axes, eps)
    return Estimate(z, _size(x, axes) * factor * (1 + np.abs(z)))


def _slope(gradient: Host, x: Host, axes: Shape, eps: float) -> Any:
    if not x.size:
        return x
    z, factor = _parts(x, axes, eps)
    along = (gradient * z).mean(axes, keepdims=True)
    value = factor * (gradient - gradient.mean(axes, keepdims=True) - z * along)
    wide = _size(x, axes) * factor * (1 + np.abs(z))
    heavy = np.abs(gradient * wide).mean(axes, keepdims=True)
    return Estimate(value, factor * (_size(gradient, axes) + (1 + wide) * (1 + np.abs(z)) * heavy))


def _cases(operands: int) -> Any:
    def cases(kind: str) -> Iterator[Case]:
        draw = Draw(1)
        for shape, axes in SHAPES:
            given = tuple([draw(kind, *shape) for _ in range(operands)])
            yield Case(given, {"axes": axes, "eps": EPS})

    return cases


def _extremes(kind: DType) -> Iterator[Case]:
    # equal numbers have no variance: 0, whatever their size
    yield Case((np.full((2, 4), 1000.0),), {"axes": (1,), "eps": EPS})
    yield Case((np.array([[np.nan, 1.0], [2.0, 2.0]]),), {"axes": (1,), "eps": EPS})


def _smooth(operands: int) -> Any:
    def smooth() -> Iterator[Case]:
        draw = Draw(2)
        for shape, axes in (((4,), (0,)), ((2, 3), (1,)), ((2, 2, 2), (0, 2)), ((2, 2, 2), (1,))):
            given = tuple([draw.distinct(*shape, low=-1, high=1) for _ in range(operands)])
            yield Case(given, {"axes": axes, "eps": 0.3})

    return smooth


def _refused(operands: int) -> tuple[Refusal, ...]:
    case = Case((np.ones((2, 3)),) * operands, {"axes": (2,), "eps": EPS})
    return (Refusal(case, IndexRangeError),)


ROWS = {
    "standardize": Row(
        reference=_standardize,
        cases=_cases(1),
        extremes=_extremes,
        smooth=_smooth(1),
        refused=_refused(1),
        kinds=FLOATS,
        ulps=4,
    ),
    "standardize_slope": Row(
        reference=_slope,
        cases=_cases(2),
        smooth=_smooth(2),
        refused=_refused(2),
        kinds=FLOATS,
        ulps=4,
    ),
}
