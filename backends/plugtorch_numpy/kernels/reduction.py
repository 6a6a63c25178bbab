"""Kernels that fold axes together."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet, quietly

Array = Any
Axes = tuple[int, ...]


def _wide(x: Array) -> Array:
    """Half-precision sums are taken in float32, as PyTorch does: 2048 + 1 is 2048 in float16."""
    return np.float32 if x.dtype.itemsize == 2 and x.dtype.kind not in "iub" else None


def _narrowed(x: Array, kind: Any) -> Array:
    return x.astype(kind)


def total(x: Array, axes: Axes, keep: bool) -> Array:
    kind = x.dtype.char
    if kind not in "fdlq":
        wide = _wide(x)
        if wide is not None:
            return quietly(_narrowed, _quiet_keeping(x, axes, wide, None, keep), x.dtype)
        if kind == "?":
            return _any(x, axes, keep)
        return _quiet_keeping(x, axes, x.dtype, None, keep)  # NumPy would make small integers int64
    if keep:
        if len(axes) == 1 and x.shape[axes[0]] > _LONG:
            return np.expand_dims(total(x, axes, False), axes[0])
        return _quiet_keeping(x, axes, None, None, True)
    if len(axes) == x.ndim:
        return quietly(np.add.reduce, x, None)
    if len(axes) == 1 and x.shape[axes[0]] > _LONG and kind in "fd":
        return quietly(_in_parts, x, axes[0])
    return quietly(np.add.reduce, x, axes[0] if len(axes) == 1 else axes)


_quiet_keeping = quiet(np.add.reduce)
_LONG = 2048
_PART = 256


def _in_parts(x: Array, axis: int) -> Array:
    """The sum over a long axis as the sum of sums of its parts.

    NumPy does so only where elements are neighbours; row by row, a million float32 of 0.1 lose the
    second digit.
    """
    size = x.shape[axis]
    if size <= _LONG or x.strides[axis] == x.itemsize:
        return np.add.reduce(x, axis)
    even = size - size % _PART
    place: list[Any] = [slice(None)] * x.ndim
    place[axis] = slice(even)
    parts = x[tuple(place)].reshape(*x.shape[:axis], -1, _PART, *x.shape[axis + 1 :])
    place[axis] = slice(even, None)
    return _in_parts(np.add.reduce(parts, axis + 1), axis) + np.add.reduce(x[tuple(place)], axis)


def mean(x: Array, axes: Axes, keep: bool) -> Array:
    if x.dtype.itemsize == 2:
        return mean(x.astype(np.float32), axes, keep).astype(x.dtype)
    result = total(x, axes, keep)
    # nothing by nothing is NaN, as the mean of nothing should be
    return quietly(np.true_divide, result, x.dtype.type(x.size // (result.size or 1)))


def _fold(ufunc: Any) -> Any:
    reduce = ufunc.reduce

    def fold(x: Array, axes: Axes, keep: bool) -> Array:
        # by position: names cost as much as the folding of a small array
        return reduce(x, axes[0] if len(axes) == 1 else axes, None, None, keep)

    return fold


_any = _fold(np.logical_or)


def _place(function: Any) -> Any:
    def place(x: Array, axis: int, keep: bool) -> Array:
        return function(x, axis=axis, keepdims=keep)

    return place


TABLE = {
    "sum": total,
    "mean": mean,
    "reduce_max": quiet(_fold(np.maximum)),
    "reduce_min": quiet(_fold(np.minimum)),
    "reduce_any": _fold(np.logical_or),
    "reduce_all": _fold(np.logical_and),
    "argmax": _place(np.argmax),
    "argmin": _place(np.argmin),
}
