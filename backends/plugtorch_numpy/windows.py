"""Windows over spatial axes: how many, as a strided view, and which elements lie at one place of
all of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = Any
Shape = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]


def counts(size: Shape, kernel: Shape, stride: Shape, padding: Pairs, dilation: Shape) -> Shape:
    """How many windows there are along each axis. Raises ValueError where not one fits."""
    if not len(size) == len(kernel) == len(stride) == len(padding) == len(dilation):
        raise ValueError("a number for each axis is needed")
    result = tuple(
        [
            (n + before + after - d * (k - 1) - 1) // s + 1
            for n, k, s, (before, after), d in zip(size, kernel, stride, padding, dilation)
        ]
    )
    if min(result, default=1) < 1:
        raise ValueError("no window fits")
    return result


def padded(x: Array, padding: Pairs) -> Array:
    """x in one piece of memory, with zeros around its spatial axes, or less of it."""
    if not any(map(any, padding)):
        return np.ascontiguousarray(x)
    size = x.shape[2:]
    room = [n + before + after for n, (before, after) in zip(size, padding)]
    result = np.zeros((*x.shape[:2], *room), x.dtype)
    inner, outer = _overlap(size, padding)
    result[outer] = x[inner]
    return result


def unpadded(x: Array, size: Shape, padding: Pairs) -> Array:
    """The adjoint of ``padded``: what lies over the elements it was given."""
    if not any(map(any, padding)):
        return x
    inner, outer = _overlap(size, padding)
    if all(before >= 0 and after >= 0 for before, after in padding):
        return x[outer]
    result = np.zeros((*x.shape[:2], *size), x.dtype)  # what was cut off gets nothing
    result[inner] = x[outer]
    return result


def _overlap(size: Shape, padding: Pairs) -> tuple[Any, Any]:
    """The elements that a tensor and its padded form share, as a key of each."""
    inner, outer = [slice(None), slice(None)], [slice(None), slice(None)]
    for n, (before, after) in zip(size, padding):
        first, last = max(0, -before), n + min(0, after)
        inner.append(slice(first, last))
        outer.append(slice(first + before, last + before))
    return tuple(inner), tuple(outer)


def windows(x: Array, kernel: Shape, stride: Shape, dilation: Shape, count: Shape) -> Array:
    """(N, C, *kernel, *count): every window of a contiguous x, without a copy."""
    steps = x.strides[2:]
    inside = [step * d for step, d in zip(steps, dilation)]
    between = [step * s for step, s in zip(steps, stride)]
    shape = (*x.shape[:2], *kernel, *count)
    # what as_strided does, at a tenth of its price
    return np.ndarray(shape, x.dtype, x, 0, (*x.strides[:2], *inside, *between))


def reach(size: int, count: int, stride: int, offset: int) -> tuple[slice, slice]:
    """Of ``count`` windows along an axis those whose element at ``offset`` from where the first
    begins lies inside, and the places of these elements.
    """
    first = max(0, -(offset // stride))  # the least i with i stride + offset >= 0
    last = min(count, (size - 1 - offset) // stride + 1)
    if last <= first:
        return slice(0, 0), slice(0, 0)
    start = first * stride + offset
    return slice(first, last), slice(start, start + (last - first - 1) * stride + 1, stride)
