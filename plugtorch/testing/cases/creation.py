"""Rows of ``plugtorch.ops.creation``: no operands, so references are told the dtype."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.dtypes import dtype as DType
from plugtorch.testing.cases.elementwise import special
from plugtorch.testing.cases.philox import pairs, words
from plugtorch.testing.cases.row import FLOATS, TRUTH, WHOLE, Case, Host, Row, filled
from plugtorch.testing.compare import Estimate

Shape = tuple[int, ...]

SIGNIFICAND = {
    dtypes.float16: 11,
    dtypes.bfloat16: 8,
    dtypes.float32: 24,
    dtypes.float64: 53,
}  # bits


def _full(shape: Shape, value: Any, dtype: DType) -> Host:
    return filled(shape, lambda place: value)


def _full_cases(kind: str) -> Iterator[Case]:
    value = {FLOATS: 0.25, WHOLE: 7, TRUTH: True}[kind]
    for shape in ((), (0,), (7,), (2, 3)):
        yield Case((), {"shape": shape, "value": value})


def _full_extremes(kind: DType) -> Iterator[Case]:
    for value in special(kind).tolist():
        yield Case((), {"shape": (3,), "value": value})


def _arange(start: Any, step: Any, length: int, dtype: DType) -> Host:
    return filled((length,), lambda place: start + place[0] * step)


def _arange_cases(kind: str) -> Iterator[Case]:
    calls: Any = [(0, 1, 0), (0, 1, 1), (3, 2, 7), (10, -3, 4)]
    if kind == FLOATS:
        calls = [*calls, (0.5, 0.25, 9), (1.0, -0.125, 3)]
    for start, step, length in calls:
        yield Case((), {"start": start, "step": step, "length": length})


STREAMS = (
    # shape, seed, offset: odd lengths, both halves of the seed and of the counter, and the end of
    # the counter
    ((), 0, 0),
    ((0,), 1, 0),
    ((1,), 1, 5),
    ((7,), 42, 3),
    ((3, 5), 2**40 + 17, 2**33 - 1),
    ((2, 0, 3), 0, 0),
    ((10,), 2**64 - 1, 2**64 - 1),
    ((101,), 67280421310721, 510),
)


def _stream_cases(kind: str) -> Iterator[Case]:
    for shape, seed, offset in STREAMS:
        yield Case((), {"shape": shape, "seed": seed, "offset": offset})


def _arranged(numbers: list[Any], shape: Shape) -> Host:
    result = np.empty(len(numbers), object)
    result[:] = numbers
    return result.reshape(shape)


def _uniform(count: int, seed: int, offset: int, dtype: DType) -> list[float]:
    bits = SIGNIFICAND[dtype]
    if dtype is dtypes.float64:
        return [(pair >> 64 - bits) / 2**bits for pair in pairs(seed, offset, count)]
    return [(word >> 32 - bits) / 2**bits for word in words(seed, offset, count)]


def _random_uniform(shape: Shape, seed: int, offset: int, dtype: DType) -> Host:
    return _arranged(_uniform(math.prod(shape), seed, offset, dtype), shape)


def _random_normal(shape: Shape, seed: int, offset: int, dtype: DType) -> Estimate:
    count = math.prod(shape)
    wide = (
        dtypes.float64 if dtype is dtypes.float64 else dtypes.float32
    )  # half precision is rounded from it
    uniform = _uniform(count + count % 2, seed, offset, wide)
    values, sizes = [], []
    for u, v in zip(uniform[::2], uniform[1::2]):
        radius = math.sqrt(-2 * math.log(1 - u))
        values += [radius * math.cos(2 * math.pi * v), radius * math.sin(2 * math.pi * v)]
        sizes += [
            radius + 1,
            radius + 1,
        ]  # near 1 - u = 1 the logarithm is as exact as its argument
    return Estimate(_arranged(values[:count], shape), _arranged(sizes[:count], shape))


def _random_bits(shape: Shape, seed: int, offset: int, dtype: DType) -> Host:
    return _arranged([pair >> 1 for pair in pairs(seed, offset, math.prod(shape))], shape)


ROWS = {
    "full": Row(reference=_full, cases=_full_cases, extremes=_full_extremes),
    "arange": Row(reference=_arange, cases=_arange_cases, kinds=FLOATS + WHOLE, ulps=2),
    "random_uniform": Row(reference=_random_uniform, cases=_stream_cases, kinds=FLOATS),
    "random_normal": Row(reference=_random_normal, cases=_stream_cases, kinds=FLOATS, ulps=16),
    "random_bits": Row(reference=_random_bits, cases=_stream_cases, only=(dtypes.int64,)),
}
