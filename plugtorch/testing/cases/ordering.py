"""Rows of ``plugtorch.ops.ordering``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.testing.cases.elementwise import special
from plugtorch.testing.cases.row import FLOATS, WHOLE, Case, Draw, Host, Row, kind_of, python
from plugtorch.testing.compare import Estimate


def along(function: Callable[[list[Any]], list[Any]], x: Host, axis: int) -> Host:
    """A function from a list to a list of the same length, along an axis."""
    if x.ndim == 0:  # it has one axis then, of size 1
        return np.array(function([x.item()]), object).reshape(())
    moved = python(np.moveaxis(x, axis, -1))
    result = np.empty(moved.shape, object)
    for place in np.ndindex(moved.shape[:-1]):
        result[place] = function(moved[place].tolist())
    return np.moveaxis(result, -1, axis)


def _cumsum(x: Host, axis: int) -> Any:
    value = along(lambda line: list(accumulate(line)), x, axis)
    if x.dtype.kind != "f":
        return value
    return Estimate(value, along(lambda line: list(accumulate(map(abs, line))), x, axis))


def _argsort(x: Host, axis: int, descending: bool) -> Host:
    def order(line: list[Any]) -> list[int]:
        # NaN, which compares with nothing, is made the largest; Python's sort is stable both ways
        keys = [(True, 0) if n != n else (False, n) for n in line]
        return sorted(range(len(line)), key=keys.__getitem__, reverse=descending)

    return along(order, x, axis)


SHAPES: tuple[tuple[tuple[int, ...], int], ...] = (
    ((), 0),
    ((1,), 0),
    ((7,), 0),
    ((3, 5), 0),
    ((3, 5), 1),
    ((2, 3, 5), 1),
    ((0, 3), 0),
    ((3, 0), 0),
)


def _cumsum_cases(kind: str) -> Iterator[Case]:
    draw = Draw(1)
    for shape, axis in SHAPES:
        yield Case((draw(kind, *shape),), {"axis": axis})


def _cumsum_smooth() -> Iterator[Case]:
    draw = Draw(2)
    for shape, axis in (((4,), 0), ((2, 3), 0), ((2, 3), 1)):
        yield Case((draw.distinct(*shape),), {"axis": axis})


def _argsort_cases(kind: str) -> Iterator[Case]:
    draw = Draw(3)
    for shape, axis in (*SHAPES, ((4, 31), 1)):  # the last one has many equal elements
        for descending in (False, True):
            operand = draw(kind, *shape, low=-1, high=1)
            yield Case((operand,), {"axis": axis, "descending": descending})


def _argsort_extremes(kind: DType) -> Iterator[Case]:
    numbers = special(kind)
    numbers = np.concatenate([numbers, numbers[:3]])  # two NaN among them
    for descending in (False, True):
        yield Case((numbers,), {"axis": 0, "descending": descending})


def _cumsum_extremes(kind: DType) -> Iterator[Case]:
    if kind_of(kind) == FLOATS:
        yield Case((np.array([1, np.inf, 2, np.nan, 3]),), {"axis": 0})
    else:
        yield Case((special(kind),), {"axis": 0})


ROWS = {
    "cumsum": Row(
        reference=_cumsum,
        cases=_cumsum_cases,
        extremes=_cumsum_extremes,
        smooth=_cumsum_smooth,
        kinds=FLOATS + WHOLE,
        ulps=4,
    ),
    "argsort": Row(reference=_argsort, cases=_argsort_cases, extremes=_argsort_extremes),
}
