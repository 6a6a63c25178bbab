"""Rows of ``plugtorch.ops.reduction``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.errors import IndexRangeError
from plugtorch.testing.cases.elementwise import special
from plugtorch.testing.cases.row import (
    FLOATS,
    WHOLE,
    Case,
    Draw,
    Host,
    Refusal,
    Row,
    filled,
    kind_of,
)
from plugtorch.testing.cases.scalars import inf, nan
from plugtorch.testing.compare import Estimate

Axes = tuple[int, ...]


def folded(fold: Callable[[list[Any]], Any]) -> Callable[..., Host]:
    """A function of a list of Python numbers, as one that folds axes of an array."""

    def reference(x: Host, axes: Axes, keep: bool) -> Host:
        rest = [axis for axis in range(x.ndim) if axis not in axes]
        lines = (
            x.transpose([*rest, *axes]).reshape(*[x.shape[axis] for axis in rest], -1)
            if x.size
            else x
        )
        shape = tuple([x.shape[axis] for axis in rest])
        result = filled(shape, lambda place: fold(lines[place].ravel().tolist() if x.size else []))
        return (
            result.reshape([1 if i in axes else n for i, n in enumerate(x.shape)])
            if keep
            else result
        )

    return reference


def _sum(numbers: list[Any]) -> Any:
    if all(isinstance(n, float) and math.isfinite(n) for n in numbers):
        return math.fsum(numbers)
    return sum(numbers)


def _sum_reference(x: Host, axes: Axes, keep: bool) -> Any:
    value = folded(_sum)(x, axes, keep)
    if x.dtype.kind != "f":
        return value
    return Estimate(value, folded(lambda numbers: float(sum(map(abs, numbers))))(x, axes, keep))


def _mean_reference(x: Host, axes: Axes, keep: bool) -> Estimate:
    total = _sum_reference(x, axes, keep)
    count = math.prod(x.shape[axis] for axis in axes)
    return Estimate(
        total.value / count if count else total.value + nan, total.scale / max(count, 1)
    )


def _largest(numbers: list[Any]) -> Any:
    return next((n for n in numbers if n != n), None) or max(numbers)


def _smallest(numbers: list[Any]) -> Any:
    return next((n for n in numbers if n != n), None) or min(numbers)


def _first(better: Callable[[Any, Any], bool]) -> Callable[[list[Any]], int]:
    def place(numbers: list[Any]) -> int:
        found = 0
        for i, number in enumerate(numbers):
            if number != number:
                return i
            if better(number, numbers[found]):
                found = i
        return found

    return place


SHAPES: tuple[tuple[tuple[int, ...], Axes], ...] = (
    ((), ()),
    ((7,), ()),
    ((7,), (0,)),
    ((1,), (0,)),
    ((3, 5), (0,)),
    ((3, 5), (1,)),
    ((3, 5), (0, 1)),
    ((2, 3, 5), (1,)),
    ((2, 3, 5), (0, 2)),
    ((2, 1, 3), (1, 2)),
    ((0, 3), (1,)),
)
EMPTY: tuple[tuple[tuple[int, ...], Axes], ...] = (
    ((0,), (0,)),
    ((3, 0), (1,)),
    ((2, 0, 3), (0, 1)),
)


def _cases(empty: bool, much: bool) -> Callable[[str], Iterator[Case]]:
    def cases(kind: str) -> Iterator[Case]:
        draw = Draw(1)
        for shape, axes in (*SHAPES, *(EMPTY if empty else ())):
            for keep in (False, True):
                yield Case((draw(kind, *shape),), {"axes": axes, "keep": keep})
        if much and kind == FLOATS:
            # added up in half precision the sum would stand still at 256 or 2048
            yield Case((np.ones((2, 4096)),), {"axes": (1,), "keep": False})

    return cases


def _extremes(kind: DType) -> Iterator[Case]:
    numbers = special(kind)
    rows = np.stack([numbers, numbers[::-1], np.roll(numbers, 3)])
    if kind_of(kind) == FLOATS:
        rows = np.concatenate(
            [rows, np.full((2, numbers.size), inf), np.full((1, numbers.size), -inf)]
        )
    for axis in (0, 1):
        yield Case((rows,), {"axes": (axis,), "keep": False})


def _sum_extremes(kind: DType) -> Iterator[Case]:
    if kind_of(kind) == FLOATS:
        numbers = np.array([[np.nan, 1, 2], [inf, 1, 2], [-inf, 1, 2], [inf, -inf, 1]])
        yield Case((numbers,), {"axes": (1,), "keep": False})
    else:
        yield from _extremes(kind)


def _smooth() -> Iterator[Case]:
    draw = Draw(2)
    for shape, axes in (
        ((5,), (0,)),
        ((2, 3), (1,)),
        ((2, 3), (0, 1)),
        ((2, 2, 2), (0, 2)),
        ((3,), ()),
    ):
        for keep in (False, True):
            yield Case((draw.distinct(*shape),), {"axes": axes, "keep": keep})


def _one_axis(kind: str) -> Iterator[Case]:
    for case in _cases(False, False)(kind):
        axes = case.parameters["axes"]
        if len(axes) == 1:
            yield Case(case.operands, {"axis": axes[0], "keep": case.parameters["keep"]})


def _one_axis_extremes(kind: DType) -> Iterator[Case]:
    for case in _extremes(kind):
        yield Case(case.operands, {"axis": case.parameters["axes"][0], "keep": False})


def _extreme(fold: Callable[[list[Any]], Any]) -> Row:
    nothing = Case((np.zeros((3, 0)),), {"axes": (1,), "keep": False})
    return Row(
        reference=folded(fold),
        cases=_cases(False, False),
        extremes=_extremes,
        smooth=_smooth,
        refused=(Refusal(nothing, IndexRangeError),),
    )


def _place(better: Callable[[Any, Any], bool]) -> Row:
    find = folded(_first(better))
    nothing = Case((np.zeros((3, 0)),), {"axis": 1, "keep": False})
    return Row(
        reference=lambda x, axis, keep: find(x, (axis,), keep),
        cases=_one_axis,
        extremes=_one_axis_extremes,
        refused=(Refusal(nothing, IndexRangeError),),
        kinds=FLOATS + WHOLE,
    )


def _truth(fold: Callable[[list[Any]], bool]) -> Row:
    return Row(reference=folded(fold), cases=_cases(True, False), extremes=_extremes)


ROWS = {
    "sum": Row(
        reference=_sum_reference,
        cases=_cases(True, True),
        extremes=_sum_extremes,
        smooth=_smooth,
        ulps=4,
    ),
    "mean": Row(
        reference=_mean_reference,
        cases=_cases(True, True),
        extremes=_sum_extremes,
        smooth=_smooth,
        kinds=FLOATS,
        ulps=4,
    ),
    "reduce_max": _extreme(_largest),
    "reduce_min": _extreme(_smallest),
    "reduce_any": _truth(any),
    "reduce_all": _truth(all),
    "argmax": _place(lambda a, b: a > b),
    "argmin": _place(lambda a, b: a < b),
}
