"""Rows of ``plugtorch.ops.softmax``."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.testing.cases.ordering import SHAPES, along
from plugtorch.testing.cases.row import FLOATS, Case, Draw, Host, Row
from plugtorch.testing.compare import Estimate


def _log_softmax(line: list[float]) -> list[float]:
    high = max(line, default=0.0)
    total = math.log(math.fsum(math.exp(n - high) for n in line) or 1.0)
    return [(n - high) - total for n in line]


def _log_softmax_size(line: list[float]) -> list[float]:
    """What the terms add up to in size: a result near 0 is as inexact as they are."""
    return [abs(n - max(line)) + math.log(len(line)) + 1 for n in line]


def _log_softmax_reference(x: Host, axis: int) -> Estimate:
    return Estimate(along(_log_softmax, x, axis), along(_log_softmax_size, x, axis))


def _slope_reference(x: Host, output: Host, axis: int) -> Estimate:
    if not x.ndim:
        x, output, axis = x.reshape(1), output.reshape(1), 0
        value = _slope_reference(x, output, axis)
        return Estimate(value.value.reshape(()), value.scale.reshape(()))
    share = np.exp(output)
    total = along(lambda line: [math.fsum(line)] * len(line), x, axis)
    size = along(lambda line: [math.fsum(map(abs, line))] * len(line), x, axis)
    return Estimate(x - share * total, np.abs(x) + share * size)


def _log_softmax_cases(kind: str) -> Iterator[Case]:
    draw = Draw(1)
    for shape, axis in SHAPES:
        yield Case((draw(kind, *shape),), {"axis": axis})
    yield Case((draw(kind, 3, 70),), {"axis": 1})


def _log_softmax_extremes(kind: DType) -> Iterator[Case]:
    # 1e4 is beyond the exponent's range of every dtype; a half's own largest is 65504
    yield Case((np.array([[1e4, 1e4, 0.0], [-1e4, 0.0, 1e4]]),), {"axis": 1})


def _slope_cases(kind: str) -> Iterator[Case]:
    draw = Draw(2)
    for shape, axis in SHAPES:
        yield Case((draw(kind, *shape), draw(kind, *shape, low=-3, high=0)), {"axis": axis})


def _smooth(operands: int) -> Any:
    def smooth() -> Iterator[Case]:
        draw = Draw(3)
        for shape, axis in (((4,), 0), ((2, 3), 0), ((2, 3), 1)):
            arrays = tuple([draw.distinct(*shape, low=-2, high=0) for _ in range(operands)])
            yield Case(arrays, {"axis": axis})

    return smooth


ROWS = {
    "log_softmax": Row(
        reference=_log_softmax_reference,
        cases=_log_softmax_cases,
        extremes=_log_softmax_extremes,
        smooth=_smooth(1),
        kinds=FLOATS,
        ulps=4,
    ),
    "log_softmax_slope": Row(
        reference=_slope_reference,
        cases=_slope_cases,
        smooth=_smooth(2),
        kinds=FLOATS,
        ulps=4,
    ),
}
