"""Standardisation, a block at a time, so that what is in between stays in the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import prod
from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any
Axes = tuple[int, ...]

BLOCK = 1 << 15  # elements
SHORT, LONG = 16, 8192
"""Between these a product with ones, by BLAS, is a faster sum than NumPy's; one that is much longer
would lose digits that NumPy keeps."""


def _laid_out(axes: Axes, *arrays: Array) -> list[Array]:
    """The arrays, all of one shape, as (outer, kept, inner) where the first and last are folded."""
    shape = arrays[0].shape
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    if kept == list(range(len(kept))):  # the last axes are folded: rows
        rows = prod(shape[: len(kept)])
        return [a.reshape(1, rows, prod(shape[len(kept) :])) for a in arrays]
    first, last = kept[0], kept[-1]
    if len(kept) == last - first + 1 and last < len(shape) - 1:  # channels
        middle = prod(shape[first : last + 1])
        return [a.reshape(prod(shape[:first]), middle, prod(shape[last + 1 :])) for a in arrays]
    # columns, or no order at all: turned round, for NumPy sums down columns one by one, and over
    # thousands of rows that loses digits which it keeps along them
    order = (*kept, *axes)
    rows = prod([shape[axis] for axis in kept])
    return [np.transpose(a, order).reshape(1, rows, -1) for a in arrays]


def _as_it_was(result: Array, axes: Axes, shape: tuple[int, ...]) -> Array:
    """A result as ``_laid_out`` laid out its operands, in their shape."""
    kept = [axis for axis in range(len(shape)) if axis not in axes]
    rows = kept == list(range(len(kept)))
    if rows or (len(kept) == kept[-1] - kept[0] + 1 and kept[-1] < len(shape) - 1):
        return result.reshape(shape)
    order = [*kept, *axes]
    moved = result.reshape([shape[axis] for axis in order])
    return np.ascontiguousarray(np.transpose(moved, np.argsort(order)))


def _blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, slice]]:
    step = max(1, BLOCK // max(1, shape[0] * shape[2]))
    for start in range(0, shape[1], step):
        yield slice(None), slice(start, start + step)


def _mean(x: Array, y: Array | None = None) -> Array:
    """The mean of x, or of x times y, over the first and last of three axes."""
    inner = x.shape[2]
    if SHORT <= inner <= LONG:
        part = np.vecdot(x, np.ones(inner, x.dtype) if y is None else y)
    else:
        part = np.add.reduce(x if y is None else np.multiply(x, y), 2)
    total: Array = part[0] if len(part) == 1 else np.add.reduce(part, 0)
    total /= x.shape[0] * inner
    return total.reshape(1, -1, 1)


def _centred(x: Array, eps: float, out: Array) -> Array:
    """x - mean into ``out``, and 1 / sqrt(var + eps)."""
    np.subtract(x, _mean(x), out=out)
    factor = _mean(out, out)
    factor += eps
    np.sqrt(factor, out=factor)
    return np.reciprocal(factor, out=factor)


def _standardize(x: Array, eps: float) -> Array:
    result = np.empty(x.shape, x.dtype)
    for part in _blocks(x.shape):
        out = result[part]
        out *= _centred(x[part], eps, out)
    return result


def _slope(gradient: Array, x: Array, eps: float) -> Array:
    result = np.empty(x.shape, x.dtype)
    for part in _blocks(x.shape):
        g, slope = gradient[part], result[part]
        z = np.empty(g.shape, g.dtype)
        factor = _centred(x[part], eps, z)
        along = _mean(g, z)  # of g z, but for a factor: once here and once in z
        along *= factor
        along *= factor
        z *= along
        np.subtract(g, _mean(g), out=slope)
        slope -= z
        slope *= factor
    return result


def _over(function: Callable[..., Array], axes: Axes, eps: float, *arrays: Array) -> Array:
    arrays = tuple(map(np.asarray, arrays))
    kind, shape = arrays[0].dtype, arrays[0].shape
    if any(a.shape != shape for a in arrays) or any(not 0 <= a < len(shape) for a in axes):
        raise ValueError("shapes and axes do not fit")
    if not axes or not arrays[0].size:
        return np.multiply(np.subtract(arrays[0], arrays[0]), arrays[-1])  # NaN stays NaN
    if kind.itemsize == 2:
        arrays = tuple([a.astype(np.float32) for a in arrays])
    # sums along what does not lie together would lose digits
    flat = [np.ascontiguousarray(a) for a in _laid_out(axes, *arrays)]
    result = _as_it_was(function(*flat, eps), axes, shape)
    return result.astype(kind, copy=False)


def standardize(x: Array, axes: Axes, eps: float) -> Array:
    return _over(_standardize, axes, eps, x)


def standardize_slope(gradient: Array, x: Array, axes: Axes, eps: float) -> Array:
    return _over(_slope, axes, eps, gradient, x)


TABLE = {
    "standardize": quiet(standardize),
    "standardize_slope": quiet(standardize_slope),
}
