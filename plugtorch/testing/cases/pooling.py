"""Rows of ``plugtorch.ops.pooling``."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ShapeError
from plugtorch.testing.cases.elementwise import special
from plugtorch.testing.cases.row import (
    FLOATS,
    WHOLE,
    Case,
    Draw,
    Host,
    Refusal,
    Row,
    each_index,
)
from plugtorch.testing.compare import Estimate

Shape = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]

# shape, kernel, stride, padding, dilation
SIZES: list[tuple[Shape, Shape, Shape, Pairs, Shape]] = [
    ((2, 3, 7), (2,), (2,), ((0, 0),), (1,)),
    ((2, 2, 6, 5), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
    ((2, 2, 6, 5), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1)),
    ((1, 2, 5, 7), (3, 2), (1, 2), ((1, 0), (0, 1)), (1, 1)),
    ((2, 1, 5, 5), (2, 3), (3, 1), ((0, 1), (1, 2)), (1, 1)),
    ((2, 1, 6, 6), (2, 2), (2, 2), ((0, -1), (0, -2)), (1, 1)),  # the last are never reached
    ((1, 3, 4, 4), (1, 1), (2, 3), ((0, 0), (0, 0)), (1, 1)),
    ((1, 2, 3, 4, 5), (2, 2, 3), (1, 2, 1), ((1, 1), (0, 0), (1, 1)), (1, 1, 1)),
    ((3, 5, 7, 6), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
    ((0, 2, 4, 4), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
]
DILATED: list[tuple[Shape, Shape, Shape, Pairs, Shape]] = [
    ((1, 2, 8), (3,), (1,), ((1, 1),), (2,)),
    ((1, 2, 6, 7), (2, 2), (2, 1), ((1, 1), (0, 1)), (2, 3)),
]
SMALL: list[tuple[Shape, Shape, Shape, Pairs, Shape]] = [
    ((1, 2, 4), (2,), (1,), ((0, 0),), (1,)),
    ((1, 1, 3, 3), (2, 2), (1, 2), ((0, 1), (1, 0)), (1, 1)),
]


def _windows(
    x: Shape, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape
) -> Iterator[tuple[Shape, list[Shape]]]:
    """For each window its place, and the places of x that it has, in order."""
    counts = [
        (n + before + after - d * (k - 1) - 1) // s + 1
        for n, k, s, (before, after), d in zip(x[2:], kernel, stride, padding, dilation)
    ]
    for place in each_index((*x[:2], *counts)):
        inside = []
        for slot in each_index(kernel):
            at = [
                i * s + k * d - before
                for i, k, s, (before, _), d in zip(place[2:], slot, stride, padding, dilation)
            ]
            if all(0 <= a < n for a, n in zip(at, x[2:])):
                inside.append((*place[:2], *at))
        yield place, inside


def _result(windows: list[tuple[Shape, Any]], x: Host, kind: Any) -> Host:
    shape = np.max([place for place, _ in windows], axis=0) + 1 if windows else None
    result = np.empty(shape if shape is not None else 0, kind)
    for place, value in windows:
        result[place] = value
    return result


def _empty(x: Host, **options: Any) -> Host:
    """The result for a batch of none, made as for a batch of one."""
    one = np.zeros((1, *x.shape[1:]))
    places = [place for place, _ in _windows(one.shape, **options)]
    return np.zeros((0, *(np.max(places, axis=0) + 1)[1:]))


def _max_pool(x: Host, **options: Any) -> Host:
    if not x.size:
        return _empty(x, **options)
    found = [
        (place, max([x[at].item() for at in inside], key=lambda v: (v != v, v)))
        for place, inside in _windows(x.shape, **options)
    ]
    return _result(found, x, object)


def _max_pool_index(x: Host, largest: Host, **options: Any) -> Host:
    if not x.size:
        return _empty(x, **options)
    found = []
    for place, inside in _windows(x.shape, **options):
        best = largest[place].item()
        if best != best:
            at = [at for at in inside if np.isnan(x[at])][-1]
        else:
            at = next(at for at in inside if x[at] == best)
        found.append((place, int(np.ravel_multi_index(at[2:], x.shape[2:]))))
    return _result(found, x, object)


def _sum_pool(x: Host, kernel: Shape, stride: Shape, padding: Pairs) -> Any:
    options: Any = {"kernel": kernel, "stride": stride, "padding": padding}
    options["dilation"] = (1,) * len(kernel)
    if not x.size:
        return _empty(x, **options)
    terms = [(p, [x[at].item() for at in inside]) for p, inside in _windows(x.shape, **options)]
    value = _result([(place, _total(listed)) for place, listed in terms], x, float)
    size = _result([(place, _total(map(abs, listed))) for place, listed in terms], x, float)
    return Estimate(value, np.where(np.isfinite(size), size, 1))


def _total(terms: Any) -> float:
    listed = list(terms)
    return math.fsum(listed) if all(map(math.isfinite, listed)) else sum(listed)


def _sum_pool_input(
    gradient: Host, size: Shape, kernel: Shape, stride: Shape, padding: Pairs
) -> Any:
    value, scale = np.zeros((*gradient.shape[:2], *size)), np.zeros((*gradient.shape[:2], *size))
    ones = (1,) * len(kernel)
    for place, inside in _windows(value.shape, kernel, stride, padding, ones):
        for at in inside:
            value[at] += gradient[place]
            scale[at] += abs(gradient[place])
    return Estimate(value, scale)


def _options(case: Any, dilated: bool = True) -> dict[str, Any]:
    names = ("kernel", "stride", "padding", "dilation")
    options = dict(zip(names, case[1:]))
    if not dilated:
        del options["dilation"]
    return options


def _count(case: Any) -> Shape:
    shape, kernel, stride, padding, dilation = case
    return (
        *shape[:2],
        *[
            (n + before + after - d * (k - 1) - 1) // s + 1
            for n, k, s, (before, after), d in zip(shape[2:], kernel, stride, padding, dilation)
        ],
    )


def _max_cases(kind: str) -> Iterator[Case]:
    draw = Draw(1)
    for case in SIZES + DILATED:
        yield Case((draw(kind, *case[0], low=-2, high=2),), _options(case))


def _index_cases(kind: str) -> Iterator[Case]:
    for case in _max_cases(kind):
        (x,) = case.operands
        largest = _max_pool(x, **case.parameters).astype(x.dtype)
        yield Case((x, largest), case.parameters)


def _max_extremes(kind: DType) -> Iterator[Case]:
    if kind.is_floating_point:
        x = np.arange(36.0).reshape(1, 1, 6, 6)
        x[0, 0, 0, 1] = x[0, 0, 2, 2] = x[0, 0, 1, 0] = np.nan
        x[0, 0, 4], x[0, 0, 5], x[0, 0, 3, 3:] = -np.inf, -np.inf, np.inf
        yield Case((x,), _options(((), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1))))
        yield Case((x,), _options(((), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1))))
    values = np.asarray(special(kind)).reshape(1, 1, -1)
    yield Case((values,), _options(((), (2,), (1,), ((1, 1),), (1,))))


def _index_extremes(kind: DType) -> Iterator[Case]:
    for case in _max_extremes(kind):
        (x,) = case.operands
        yield Case((x, _max_pool(x, **case.parameters).astype(x.dtype)), case.parameters)


def _sum_cases(kind: str) -> Iterator[Case]:
    draw = Draw(2)
    for case in SIZES:
        yield Case((draw(kind, *case[0]),), _options(case, dilated=False))


def _spread_cases(kind: str) -> Iterator[Case]:
    draw = Draw(3)
    for case in SIZES:
        options = {"size": case[0][2:], **_options(case, dilated=False)}
        yield Case((draw(kind, *_count(case)),), options)


def _max_smooth() -> Iterator[Case]:
    draw = Draw(4)
    for case in SMALL + DILATED[:1]:
        yield Case((draw.distinct(*case[0]),), _options(case))


def _smooth(spread: bool) -> Callable[[], Iterator[Case]]:
    def smooth() -> Iterator[Case]:
        draw = Draw(5)
        for case in SMALL:
            options = _options(case, dilated=False)
            if spread:
                options["size"] = case[0][2:]
            yield Case((draw.distinct(*(_count(case) if spread else case[0])),), options)

    return smooth


def _refused(*shapes: Shape, dilated: bool = True, **more: Any) -> Refusal:
    options = _options(((), (3, 3), (1, 1), ((0, 0), (0, 0)), (1, 1)), dilated)
    return Refusal(Case(tuple(np.ones(shape) for shape in shapes), options | more), ShapeError)


_SHORT, _FLAT = (1, 1, 2, 5), (1, 5, 5)

ROWS = {
    "max_pool": Row(
        reference=_max_pool,
        cases=_max_cases,
        extremes=_max_extremes,
        smooth=_max_smooth,
        refused=(_refused(_SHORT), _refused(_FLAT)),
        kinds=FLOATS + WHOLE,
    ),
    "max_pool_index": Row(
        reference=_max_pool_index,
        cases=_index_cases,
        extremes=_index_extremes,
        refused=(_refused(_SHORT, (1, 1, 1, 3)),),
        kinds=FLOATS + WHOLE,
    ),
    "sum_pool": Row(
        reference=_sum_pool,
        cases=_sum_cases,
        smooth=_smooth(spread=False),
        refused=(_refused(_SHORT, dilated=False), _refused(_FLAT, dilated=False)),
        kinds=FLOATS,
        ulps=4,
    ),
    "sum_pool_input": Row(
        reference=_sum_pool_input,
        cases=_spread_cases,
        smooth=_smooth(spread=True),
        refused=(_refused((1, 1, 2, 2), dilated=False, size=(5, 5)),),
        kinds=FLOATS,
        ulps=4,
    ),
}
