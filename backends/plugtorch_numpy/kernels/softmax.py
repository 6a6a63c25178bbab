"""The logarithm of softmax, some rows at a time, so that what is in between stays in the cache."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any

# called by position, (x, axis, dtype, out, keepdims), which is faster and unknown to NumPy's types
_largest: Any = np.maximum.reduce
_total: Any = np.add.reduce

BLOCK = 32768  # elements
PART = 2048


@functools.cache
def _ones(kind: np.dtype[Any]) -> Array:
    return np.ones((PART, 1), kind)


def _sums(x: Array) -> Array:
    """The sum of each row, (n, 1), as the sum of sums of its parts, lest much rounding add up.

    By a product with ones: BLAS adds three times as fast as NumPy.
    """
    count, size = x.shape
    ones = _ones(x.dtype)
    if x.strides[1] != x.itemsize:  # not for BLAS
        return _total(x, 1, None, None, True)
    if size <= PART:
        return np.matmul(x, ones[:size])
    even = size - size % PART
    whole = _total(np.matmul(x[:, :even].reshape(count, -1, PART), ones), 1)
    return whole if even == size else whole + np.matmul(x[:, even:], ones[: size - even])


def _blocks(*matrices: Array) -> Iterator[tuple[Array, ...]]:
    """The matrices some rows at a time."""
    count, size = matrices[0].shape
    step = max(1, BLOCK // size)
    if step >= count:
        yield matrices
        return
    for start in range(0, count, step):
        yield tuple([x[start : start + step] for x in matrices])


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
    scratch = None
    for given, out in _blocks(rows, result):
        if scratch is None:
            scratch = np.empty(out.shape, x.dtype)
        near = scratch[: len(out)]
        np.subtract(given, _largest(given, 1, None, None, True), out=near)
        # the result is written last, and in one go; what e^x needs in between finds room in it
        total = _sums(np.exp(near, out=out))
        np.subtract(near, np.log(total, out=total), out=out)
    return _back(result, x, axis)


def log_softmax_slope(x: Array, log_p: Array, axis: int) -> Array:
    if not np.ndim(x):
        return log_softmax_slope(x.reshape(1), log_p.reshape(1), 0).reshape(())
    if not x.size:
        return x
    if x.dtype.itemsize == 2:
        wide = log_softmax_slope(x.astype(np.float32), log_p.astype(np.float32), axis)
        return wide.astype(x.dtype)
    rows = _matrix(x, axis)
    result = np.empty(rows.shape, x.dtype)
    for given, logarithm, out in _blocks(rows, _matrix(log_p, axis), result):
        np.exp(logarithm, out=out)
        np.multiply(out, _sums(given), out=out)
        np.subtract(given, out, out=out)
    return _back(result, x, axis)


TABLE = {
    "log_softmax": quiet(log_softmax),
    "log_softmax_slope": quiet(log_softmax_slope),
}
