"""Rows of ``plugtorch.ops.movement``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from plugtorch.errors import ShapeError
from plugtorch.testing.cases.row import Case, Draw, Host, Refusal, Row, each_index, filled, python

Shape = tuple[int, ...]
Spans = tuple[tuple[int, int, int] | int, ...]


def _reshape(x: Host, shape: Shape) -> Host:
    numbers = [x[place].item() for place in each_index(x.shape)]  # in the order of rows
    places = {place: i for i, place in enumerate(each_index(shape))}
    return filled(shape, lambda place: numbers[places[place]])


def _permute(x: Host, axes: tuple[int, ...]) -> Host:
    def source(place: Shape) -> Shape:
        return tuple(place[axes.index(axis)] for axis in range(x.ndim))

    return filled(tuple(x.shape[axis] for axis in axes), lambda place: x[source(place)].item())


def _expand(x: Host, shape: Shape) -> Host:
    new = len(shape) - x.ndim

    def source(place: Shape) -> Shape:
        return tuple(0 if size == 1 else i for i, size in zip(place[new:], x.shape))

    return filled(shape, lambda place: x[source(place)].item())


def _shown(x: Shape, spans: Spans) -> tuple[Shape, Callable[[Shape], Shape]]:
    """The shape that spans of x show, and where in x a place of it is.

    A number drops its axis; axes left out stay whole.
    """
    whole = [*spans, *[(0, size, 1) for size in x[len(spans) :]]]
    ranges = [span if isinstance(span, int) else range(*span) for span in whole]
    shape = tuple(len(r) for r in ranges if isinstance(r, range))

    def source(place: Shape) -> Shape:
        rest = iter(place)
        return tuple(r[next(rest)] if isinstance(r, range) else r for r in ranges)

    return shape, source


def _slice(x: Host, spans: Spans) -> Host:
    shape, source = _shown(x.shape, spans)
    return filled(shape, lambda place: x[source(place)].item())


def _put_slice(whole: Host, part: Host, spans: Spans) -> Host:
    result = python(whole).copy()
    shape, source = _shown(whole.shape, spans)
    for place in each_index(shape):
        result[source(place)] = part[place].item()
    return result


def _concatenate(*parts: Host, axis: int) -> Host:
    shape = list(parts[0].shape)
    owner = [(part, i) for part in parts for i in range(part.shape[axis])]
    shape[axis] = len(owner)

    def element(place: Shape) -> Any:
        part, i = owner[place[axis]]
        return part[(*place[:axis], i, *place[axis + 1 :])].item()

    return filled(tuple(shape), element)


def _flip(x: Host, axes: tuple[int, ...]) -> Host:
    def source(place: Shape) -> Shape:
        return tuple(
            n - 1 - i if axis in axes else i for axis, (i, n) in enumerate(zip(place, x.shape))
        )

    return filled(x.shape, lambda place: x[source(place)].item())


def _table(name: str, *calls: tuple[Shape, Any]) -> Callable[[str], Iterator[Case]]:
    """Cases with one operand and one parameter ``name``."""

    def cases(kind: str) -> Iterator[Case]:
        draw = Draw(1)
        for shape, value in calls:
            yield Case((draw(kind, *shape),), {name: value})

    return cases


SPANS: tuple[tuple[Shape, Spans], ...] = (
    ((), ()),
    ((7,), ((0, 7, 1),)),
    ((7,), ((2, 5, 1),)),
    ((7,), ((1, 7, 3),)),
    ((7,), ((3, 3, 1),)),
    ((0,), ((0, 0, 1),)),
    ((3, 5), ((1, 2, 1), (0, 5, 2))),
    ((2, 3, 5), ((0, 2, 1), (2, 3, 1), (1, 4, 2))),
    ((2, 3, 5), ((1, 2, 1),)),
    ((7,), (3,)),
    ((3, 5), (2,)),
    ((3, 5), ((0, 3, 2), 4)),
    ((2, 3, 5), (1, (0, 3, 1), 0)),
)


def _put_slice_cases(kind: str) -> Iterator[Case]:
    draw = Draw(2)
    for shape, spans in SPANS:
        part, _ = _shown(shape, spans)
        yield Case((draw(kind, *shape), draw(kind, *part)), {"spans": spans})


def _concatenate_cases(kind: str) -> Iterator[Case]:
    draw = Draw(3)
    calls: tuple[tuple[tuple[Shape, ...], int], ...] = (
        (((3,),), 0),
        (((3,), (1,), (4,)), 0),
        (((2, 3), (2, 1)), 1),
        (((1, 3), (4, 3), (0, 3)), 0),
        (((2, 1, 3), (2, 2, 3)), 1),
    )
    for shapes, axis in calls:
        yield Case(tuple(draw(kind, *shape) for shape in shapes), {"axis": axis})


def _smooth(cases: Callable[[str], Iterator[Case]]) -> Callable[[], Iterator[Case]]:
    """These primitives are linear: every case that has elements can be differentiated."""

    def points() -> Iterator[Case]:
        for case in cases("f"):
            if all(operand.size for operand in case.operands):
                yield case

    return points


def _row(
    reference: Callable[..., Any], cases: Callable[[str], Iterator[Case]], *refused: Refusal
) -> Row:
    return Row(reference=reference, cases=cases, smooth=_smooth(cases), refused=refused)


def _misfit(*shapes: Shape, **parameters: Any) -> Refusal:
    return Refusal(Case(tuple(np.ones(shape) for shape in shapes), parameters), ShapeError)


ROWS = {
    "reshape": _row(
        _reshape,
        _table(
            "shape",
            ((), ()),
            ((), (1, 1)),
            ((1,), ()),
            ((6,), (2, 3)),
            ((2, 3), (6,)),
            ((2, 3, 5), (5, 6)),
            ((0, 3), (3, 0, 2)),
        ),
        _misfit((6,), shape=(4,)),
    ),
    "permute": _row(
        _permute,
        _table(
            "axes",
            ((), ()),
            ((3,), (0,)),
            ((2, 3), (1, 0)),
            ((2, 3, 5), (2, 0, 1)),
            ((2, 0, 3), (1, 2, 0)),
        ),
    ),
    "expand": _row(
        _expand,
        _table(
            "shape",
            ((), ()),
            ((), (2, 3)),
            ((1,), (4,)),
            ((3,), (2, 3)),
            ((2, 1, 3), (2, 4, 3)),
            ((1, 1), (5, 2, 3)),
            ((1,), (0,)),
        ),
        _misfit((3,), shape=(4,)),
    ),
    "slice": _row(_slice, _table("spans", *SPANS)),
    "put_slice": _row(_put_slice, _put_slice_cases),
    "concatenate": _row(_concatenate, _concatenate_cases, _misfit((2, 3), (2, 4), axis=0)),
    "flip": _row(
        _flip,
        _table("axes", ((), ()), ((7,), (0,)), ((3, 5), (1,)), ((2, 3, 5), (0, 2)), ((0, 2), (0,))),
    ),
}
