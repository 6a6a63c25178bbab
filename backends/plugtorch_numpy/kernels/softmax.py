"""The logarithm of softmax, some rows at a time, so that what is in between stays in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any

# called by position, (x, axis, dtype, out, keepdims), which is faster and unknown to NumPy's types
_largest: Any = np.maximum.reduce
_total: Any = np.add.reduce

BLOCK = 32768  # elements


def _rows(x: Array) -> Iterator[slice]:
    """Slices that take a matrix some rows at a time."""
    step = max(1, BLOCK // max(1, x.shape[1]))
    for start in range(0, x.shape[0], step):
        yield slice(start, start + step)


def _matrix(x: Array, axis: int) -> Array:
    """x with the axis last, as a matrix: a view where it can be one."""
    if axis != x.ndim - 1:
        x = np.moveaxis(x, axis, -1)
    return x.reshape(-1, x.shape[-1])


def _back(rows: Array, like: Array, axis: int) -> Array:
    """A matrix from ``_matrix`` in the shape of ``like``."""
    if axis == like.ndim - 1:
        return rows.reshape(like.shape)
    moved = (*like.shape[:axis], *like.shape[axis + 1 :], like.shape[axis])
    return np.moveaxis(rows.reshape(moved), -1, axis)


def log_softmax(x: Array, axis: int) -> Array:
    if not np.ndim(x):
        return x - x
    if not x.size:
        return x
    if x.dtype.itemsize == 2:  # a sum of many e^x needs more digits
        return log_softmax(x.astype(np.float32), axis).astype(x.dtype)
    rows = _matrix(x, axis)
    result = np.empty(rows.shape, x.dtype)
    for block in _rows(rows):
        shifted = result[block]
        np.subtract(rows[block], _largest(rows[block], 1, None, None, True), out=shifted)
        total = _total(np.exp(shifted), 1, None, None, True)
        np.subtract(shifted, np.log(total, out=total), out=shifted)
    return _back(result, x, axis)


def log_softmax_slope(x: Array, log_p: Array, axis: int) -> Array:
    if not np.ndim(x):
        return log_softmax_slope(x.reshape(1), log_p.reshape(1), 0).reshape(())
    if not x.size:
        return x
    if x.dtype.itemsize == 2:
        wide = log_softmax_slope(x.astype(np.float32), log_p.astype(np.float32), axis)
        return wide.astype(x.dtype)
    rows, logarithms = _matrix(x, axis), _matrix(log_p, axis)
    result = np.empty(rows.shape, x.dtype)
    for block in _rows(rows):
        slope = np.exp(logarithms[block], out=result[block])
        slope *= _total(rows[block], 1, None, None, True)
        np.subtract(rows[block], slope, out=slope)
    return _back(result, x, axis)


TABLE = {
    "log_softmax": quiet(log_softmax),
    "log_softmax_slope": quiet(log_softmax_slope),
}
