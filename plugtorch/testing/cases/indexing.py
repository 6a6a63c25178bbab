"""Rows of ``plugtorch.ops.indexing``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.errors import IndexRangeError, ShapeError
from plugtorch.testing.cases.elementwise import special
from plugtorch.testing.cases.row import (
    Case,
    Draw,
    Fixed,
    Host,
    Refusal,
    Row,
    each_index,
    filled,
    python,
)
from plugtorch.testing.compare import Estimate

Shape = tuple[int, ...]


def _places(x: Host, indices: tuple[Host, ...], axes: tuple[int, ...]) -> Host:
    """For each element of x read at ``indices`` its place in x."""
    common = np.broadcast_arrays(*indices)
    rest = [axis for axis in range(x.ndim) if axis not in axes]
    front = axes[0] if list(axes) == list(range(axes[0], axes[-1] + 1)) else 0
    shape = [x.shape[axis] for axis in rest]
    shape[front:front] = common[0].shape
    width = common[0].ndim

    def source(place: Shape) -> Shape:
        inside, outside = place[front : front + width], place[:front] + place[front + width :]
        by_axis = dict(zip(rest, outside))
        for axis, index in zip(axes, common):
            by_axis[axis] = int(index[inside]) % x.shape[axis]
        return tuple(by_axis[axis] for axis in range(x.ndim))

    return filled(tuple(shape), source)


def _index(x: Host, *indices: Host, axes: tuple[int, ...]) -> Host:
    places = _places(x, indices, axes)
    return filled(places.shape, lambda place: x[places[place]].item())


def _index_put(
    x: Host, values: Host, *indices: Host, axes: tuple[int, ...], accumulate: bool
) -> Any:
    places = _places(x, indices, axes)
    given = np.broadcast_to(values, places.shape)
    result, size = python(x).copy(), np.abs(python(x)) if x.dtype.kind == "f" else None
    for place in each_index(places.shape):
        to, value = places[place], given[place].item()
        if not accumulate:
            result[to] = value
        else:
            result[to] = result[to] + value
            if size is not None:
                size[to] += abs(value)
    return result if size is None or not accumulate else Estimate(result, size)


def _at(place: Shape, axis: int, index: Host) -> Shape:
    return (*place[:axis], int(index[place]), *place[axis + 1 :])


def _gather(x: Host, index: Host, axis: int) -> Host:
    if not x.ndim:
        return python(x)
    return filled(index.shape, lambda place: x[_at(place, axis, index)].item())


def _scatter_add(x: Host, index: Host, source: Host, axis: int) -> Any:
    result, size = python(x).copy(), python(np.abs(x)).copy() if x.dtype.kind == "f" else None
    for place in each_index(index.shape):
        to = _at(place, axis, index) if x.ndim else ()
        result[to] += source[place].item()
        if size is not None:
            size[to] += abs(source[place].item())
    return result if size is None else Estimate(result, size)


def _scatter(x: Host, index: Host, source: Host, axis: int) -> Host:
    result = python(x).copy()
    for place in each_index(index.shape):
        result[_at(place, axis, index) if x.ndim else ()] = source[place].item()
    return result


def _nonzero(x: Host) -> Host:
    found = [place for place in each_index(x.shape) if x[place].item() != 0]
    return np.array(found, np.int64).reshape(len(found), x.ndim)


INDEXED: tuple[tuple[Shape, tuple[Any, ...], tuple[int, ...]], ...] = (
    # shape of x, indices, axes
    ((5,), ([3, 0, -1],), (0,)),
    ((5,), (2,), (0,)),
    ((5,), ([],), (0,)),
    ((5, 3), ([[0, 4], [-3, 1]],), (0,)),
    ((5, 3), ([2, 0],), (1,)),
    ((5, 3), ([4, 0], [1, -3]), (0, 1)),
    ((5, 3), ([[4], [0]], [1, 2]), (0, 1)),
    ((4, 5, 3), ([3, 1], [0, 2]), (1, 2)),
    ((4, 5, 3), ([3, 1], [0, 2]), (0, 2)),  # not neighbours: their shape goes to the front
    ((2, 0, 3), ([1, 0],), (2,)),
)


def _fixed(index: Any) -> Fixed:
    return Fixed(np.array(index, np.int64))


def _index_cases(kind: str) -> Iterator[Case]:
    draw = Draw(1)
    for shape, indices, axes in INDEXED:
        yield Case((draw(kind, *shape), *map(_fixed, indices)), {"axes": axes})


def _put_cases(again: bool) -> Callable[[str], Iterator[Case]]:
    """Cases of index_put. again: with places named several times."""

    def cases(kind: str) -> Iterator[Case]:
        draw = Draw(2)
        repeated: Any = [
            ((5,), ([1, 1, 3, 1],), (0,)),
            ((5, 3), ([4, 2, 4],), (0,)),
            ((3, 5), ([4, 4],), (1,)),
        ]
        for shape, indices, axes in (*INDEXED, *(repeated if again else ())):
            hosts = tuple(np.array(index, np.int64) for index in indices)
            places = _places(np.zeros(shape), hosts, axes)
            for accumulate in (True,) if kind != "b" and shape else ():
                yield _put(draw, kind, shape, places.shape, indices, axes, accumulate)
            yield _put(draw, kind, shape, places.shape, indices, axes, False)
            yield _put(draw, kind, shape, (), indices, axes, False)

    return cases


def _put(
    draw: Draw,
    kind: str,
    shape: Shape,
    values: Shape,
    indices: Any,
    axes: tuple[int, ...],
    accumulate: bool,
) -> Case:
    operands = (draw(kind, *shape), draw(kind, *values), *map(_fixed, indices))
    return Case(operands, {"axes": axes, "accumulate": accumulate})


GATHERED: tuple[tuple[Shape, Any, int], ...] = (
    # shape of x, index, axis
    ((), 0, 0),
    ((5,), [4, 0, 0], 0),
    ((5,), [], 0),
    ((3, 5), [[4, 0], [1, 1], [0, 3]], 1),
    ((3, 5), [[2, 0, 1]], 0),  # a smaller index: only the corner that it covers
    ((2, 3, 2), [[[1, 0]], [[2, 2]]], 1),
)


def _gather_cases(kind: str) -> Iterator[Case]:
    draw = Draw(3)
    for shape, index, axis in GATHERED:
        yield Case((draw(kind, *shape), _fixed(index)), {"axis": axis})


def _scatter_cases(adding: bool) -> Callable[[str], Iterator[Case]]:
    def cases(kind: str) -> Iterator[Case]:
        draw = Draw(4)
        for shape, index, axis in GATHERED:
            fixed = np.array(index, np.int64)
            if not adding and fixed.ndim:  # where a place is named twice, either may stay
                lines = np.argsort(draw.random.random(shape), axis=axis)
                fixed = lines[tuple(slice(n) for n in np.minimum(fixed.shape, shape))]
            larger = tuple(n + 1 for n in fixed.shape)
            for source in (fixed.shape, larger):  # of a larger source the corner is used
                yield Case((draw(kind, *shape), Fixed(fixed), draw(kind, *source)), {"axis": axis})

    return cases


def _nonzero_cases(kind: str) -> Iterator[Case]:
    draw = Draw(5)
    for shape in ((), (0,), (7,), (3, 5), (2, 1, 3)):
        yield Case((draw(kind, *shape, low=-1, high=1),))


def _nonzero_extremes(kind: DType) -> Iterator[Case]:
    yield Case((special(kind),))


def _smooth(cases: Callable[[str], Iterator[Case]]) -> Callable[[], Iterator[Case]]:
    def points() -> Iterator[Case]:
        for case in cases("f"):
            if all(operand.size for operand in case.operands if not isinstance(operand, Fixed)):
                yield case

    return points


def _misfit(*operands: Any, error: type[Exception], **parameters: Any) -> Refusal:
    hosts = tuple(o if isinstance(o, Fixed) else np.ones(o) for o in operands)
    return Refusal(Case(hosts, parameters), error)


def _outside(name: str, *more: Shape) -> tuple[Refusal, ...]:
    """An index beyond the end, and one before the beginning."""
    refused = []
    for wrong in (5, -6):
        if name == "index":
            refused.append(
                _misfit((5,), *more, _fixed([0, wrong]), error=IndexRangeError, axes=(0,))
            )
        else:
            refused.append(_misfit((5,), _fixed([0, wrong]), *more, error=IndexRangeError, axis=0))
    return tuple(refused)


def _put_outside(accumulate: bool) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            Case(refusal.case.operands, {"axes": (0,), "accumulate": accumulate}), IndexRangeError
        )
        for refusal in _outside("index", (2,))
    )


_narrow = _misfit((5,), (3,), _fixed([0, 1]), error=ShapeError, axes=(0,), accumulate=False)
_short = _misfit((5, 2), _fixed([0, 1]), error=ShapeError, axis=0)

ROWS = {
    "index": Row(
        reference=_index,
        cases=_index_cases,
        smooth=_smooth(_index_cases),
        refused=_outside("index"),
    ),
    "index_put": Row(
        reference=_index_put,
        cases=_put_cases(True),
        smooth=_smooth(_put_cases(False)),
        refused=(*_put_outside(True), *_put_outside(False), _narrow),
        ulps=4,
    ),
    "gather": Row(
        reference=_gather,
        cases=_gather_cases,
        smooth=_smooth(_gather_cases),
        refused=(*_outside("gather"), _short),
    ),
    "scatter_add": Row(
        reference=_scatter_add,
        cases=_scatter_cases(True),
        smooth=_smooth(_scatter_cases(True)),
        refused=_outside("scatter_add", (2,)),
        kinds="fi",
        ulps=4,
    ),
    "scatter": Row(
        reference=_scatter,
        cases=_scatter_cases(False),
        smooth=_smooth(_scatter_cases(False)),
        refused=_outside("scatter", (2,)),
    ),
    "nonzero": Row(reference=_nonzero, cases=_nonzero_cases, extremes=_nonzero_extremes),
}
