"""Pooling, axis by axis where the windows' elements may be combined so, some planes at a time, so
that what is in between stays in the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet
from plugtorch_numpy.windows import counts, reach

Array = Any
Shape = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]

BLOCK = 1 << 16  # elements


def _planes(x: Array, *others: Array) -> Iterator[tuple[Array, ...]]:
    """Some of the planes of each array, given with batch and channels as one first axis."""
    step = max(1, BLOCK // max(1, prod(x.shape[1:])))
    for start in range(0, x.shape[0], step):
        yield tuple([a[start : start + step] for a in (x, *others)])


def _merged(x: Array) -> Array:
    return x.reshape(x.shape[0] * x.shape[1], *x.shape[2:])


def _at(axis: int, part: slice) -> tuple[slice, ...]:
    return (slice(None),) * axis + (part,)


def _combine(
    function: Callable[..., Array],
    start: Any,
    x: Array,
    axis: int,
    count: int,
    offsets: list[int],
    stride: int,
) -> Array:
    """The elements of each window along one axis, combined."""
    size = x.shape[axis]
    places = [reach(size, count, stride, offset) for offset in offsets]
    # a place that all windows have saves filling the result with what to start from
    full = [there for here, there in places if here == slice(0, count)]
    if full:
        whole = [x[_at(axis, there)] for there in full]
        result = function(whole[0], whole[1]) if len(full) > 1 else np.array(whole[0])
        for part in whole[2:]:
            function(result, part, out=result)
        places = [(here, there) for here, there in places if here != slice(0, count)]
    else:
        shape = (*x.shape[:axis], count, *x.shape[axis + 1 :])
        result = np.full(shape, start, x.dtype)
    for here, there in places:
        target = result[_at(axis, here)]
        function(target, x[_at(axis, there)], out=target)
    return result


def _half(x: Array) -> bool:
    return x.dtype.itemsize == 2 and x.dtype.kind not in "iu"


def _offsets(kernel: int, before: int, dilation: int = 1) -> list[int]:
    return [place * dilation - before for place in range(kernel)]


def max_pool(x: Array, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape) -> Array:
    if _half(x):
        wide = max_pool(x.astype(np.float32), kernel, stride, padding, dilation)
        return wide.astype(x.dtype)
    count = counts(x.shape[2:], kernel, stride, padding, dilation)
    result = np.empty((*x.shape[:2], *count), x.dtype)
    start = -np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min
    for part, out in _planes(_merged(x), _merged(result)):
        for axis, n in enumerate(count):
            offsets = _offsets(kernel[axis], padding[axis][0], dilation[axis])
            part = _combine(np.maximum, start, part, axis + 1, n, offsets, stride[axis])
        out[...] = part
    return result


def max_pool_index(
    x: Array, largest: Array, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape
) -> Array:
    size = x.shape[2:]
    count = counts(size, kernel, stride, padding, dilation)
    if largest.shape != (*x.shape[:2], *count):
        raise ValueError("shapes do not fit")
    if _half(x):
        x, largest = x.astype(np.float32), largest.astype(np.float32)
    steps = [prod(size[axis + 1 :]) for axis in range(len(size))]
    base = np.zeros(count, np.int64)  # where in the plane each window begins
    for axis, n in enumerate(count):
        begins = (np.arange(n) * stride[axis] - padding[axis][0]) * steps[axis]
        base += begins.reshape(-1, *(1,) * (len(count) - axis - 1))
    slots = list(np.ndindex(*kernel))
    distance = [sum(map(_times, slot, dilation, steps)) for slot in slots]
    # what is found gets a rank, the largest wins: the first element that is equal, or the last NaN
    table = np.array([distance[0], *reversed(distance), *distance], np.int64)
    result = np.empty(largest.shape, np.int64)
    kind = np.uint8 if table.size <= 256 else np.int32
    for part, best, out in _planes(_merged(x), _merged(largest), _merged(result)):
        found = np.zeros(best.shape, kind)
        undefined = part.dtype.kind == "f" and bool(np.isnan(best).any())
        for number, slot in enumerate(slots):
            here, there = _slot(slot, size, count, stride, padding, dilation)
            target, elements = found[here], part[there]
            # a choice by arithmetic: NumPy's own has a branch for each element
            hit = np.equal(elements, best[here]).view(np.uint8)
            np.maximum(target, np.multiply(hit, len(slots) - number, dtype=kind), out=target)
            if undefined:
                hit = np.isnan(elements).view(np.uint8)
                rank = len(slots) + 1 + number
                np.maximum(target, np.multiply(hit, rank, dtype=kind), out=target)
        np.add(table.take(found), base, out=out)
    if result.size and not _covered(size, kernel, count, stride, padding, dilation):
        np.clip(result, 0, prod(size) - 1, out=result)  # a window of nothing but padding
    return result


def _times(place: int, dilation: int, step: int) -> int:
    return place * dilation * step


def _slot(
    slot: Shape, size: Shape, count: Shape, stride: Shape, padding: Pairs, dilation: Shape
) -> tuple[Any, Any]:
    """Keys of the windows that have a place, and of the elements of x that are there."""
    pairs = [
        reach(size[axis], count[axis], stride[axis], place * dilation[axis] - padding[axis][0])
        for axis, place in enumerate(slot)
    ]
    return (slice(None), *[a for a, _ in pairs]), (slice(None), *[b for _, b in pairs])


def _covered(
    size: Shape, kernel: Shape, count: Shape, stride: Shape, padding: Pairs, dilation: Shape
) -> bool:
    """Whether every window has an element of x."""
    for axis, n in enumerate(count):
        offsets = _offsets(kernel[axis], padding[axis][0], dilation[axis])
        begins = range(0, n * stride[axis], stride[axis])
        if not all(any(0 <= b + o < size[axis] for o in offsets) for b in begins):
            return False
    return True


def sum_pool(x: Array, kernel: Shape, stride: Shape, padding: Pairs) -> Array:
    if _half(x):
        return sum_pool(x.astype(np.float32), kernel, stride, padding).astype(x.dtype)
    count = counts(x.shape[2:], kernel, stride, padding, (1,) * len(kernel))
    result = np.empty((*x.shape[:2], *count), x.dtype)
    for part, out in _planes(_merged(x), _merged(result)):
        for axis, n in enumerate(count):
            offsets = _offsets(kernel[axis], padding[axis][0])
            part = _combine(np.add, 0, part, axis + 1, n, offsets, stride[axis])
        out[...] = part
    return result


def sum_pool_input(
    gradient: Array, size: Shape, kernel: Shape, stride: Shape, padding: Pairs
) -> Array:
    if _half(gradient):
        wide = sum_pool_input(gradient.astype(np.float32), size, kernel, stride, padding)
        return wide.astype(gradient.dtype)
    if gradient.shape[2:] != counts(size, kernel, stride, padding, (1,) * len(kernel)):
        raise ValueError("shapes do not fit")
    result = np.empty((*gradient.shape[:2], *size), gradient.dtype)
    for out, part in _planes(_merged(result), _merged(gradient)):
        for axis in reversed(range(len(size))):
            part = _spread(part, axis + 1, size[axis], kernel[axis], stride[axis], padding[axis][0])
        out[...] = part
    return result


def _spread(x: Array, axis: int, size: int, kernel: int, stride: int, before: int) -> Array:
    """Each element added to all that its window has along one axis."""
    count = x.shape[axis]
    result = np.zeros((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)
    for offset in _offsets(kernel, before):
        here, there = reach(size, count, stride, offset)
        target = result[_at(axis, there)]
        if kernel <= stride:  # no two windows meet
            target[...] = x[_at(axis, here)]
        else:
            target += x[_at(axis, here)]
    return result


TABLE = {
    "max_pool": quiet(max_pool),
    "max_pool_index": quiet(max_pool_index),
    "sum_pool": quiet(sum_pool),
    "sum_pool_input": quiet(sum_pool_input),
}
