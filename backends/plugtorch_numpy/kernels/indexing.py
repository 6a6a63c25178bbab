"""Kernels that read and write at places given by integer arrays."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from plugtorch.errors import IndexRangeError
from plugtorch_numpy.quiet import quiet

Array = Any


def _key(x: Array, indices: tuple[Array, ...], axes: tuple[int, ...]) -> tuple[Any, ...]:
    key: list[Any] = [slice(None)] * (axes[-1] + 1)
    for axis, index in zip(axes, indices):
        key[axis] = index
    return tuple(key)


def _outside(name: str, index: Array, size: int, lowest: int) -> IndexRangeError:
    wrong = index[(index < lowest) | (index >= size)]
    found = wrong.flat[0] if wrong.size else "?"
    return IndexRangeError(
        f"[{name}] index {found} is outside an axis of size {size}: it must be from {lowest} to "
        f"{size - 1}."
    )


def _check(name: str, x: Array, indices: tuple[Array, ...], axes: tuple[int, ...]) -> None:
    for axis, index in zip(axes, indices):
        index = np.asarray(index)
        size = x.shape[axis]
        if index.size and (index.min() < -size or index.max() >= size):
            raise _outside(name, index, size, -size)


def index(x: Array, *indices: Array, axes: tuple[int, ...]) -> Array:
    try:
        return x[_key(x, indices, axes)]
    except IndexError:
        _check("index", x, indices, axes)
        raise


def index_put(
    x: Array, values: Array, *indices: Array, axes: tuple[int, ...], accumulate: bool
) -> Array:
    result = np.array(x)
    try:
        if not accumulate:
            result[_key(x, indices, axes)] = values
        elif result.dtype.kind == "b":
            np.logical_or.at(result, _key(x, indices, axes), values)
        elif axes == (0,) and x.ndim > 1:
            _add_rows(result, np.asarray(indices[0]), np.asarray(values))
        else:
            np.add.at(result, _key(x, indices, axes), values)
    except IndexError:
        _check("index_put", x, indices, axes)
        raise
    return result


def _add_rows(result: Array, index: Array, values: Array) -> None:
    """result[index] += values with repeated indices summed: sorted, so that equal rows are added as
    one block.

    np.add.at does the same 10 to 50 times slower on rows.
    """
    rows = result.shape[0]
    values = np.broadcast_to(values, (*index.shape, *result.shape[1:]))
    index = index.reshape(-1)
    values = values.reshape(index.size, *result.shape[1:])
    if not index.size:
        return
    if index.min() < -rows or index.max() >= rows:
        raise IndexError
    index = np.where(index < 0, index + rows, index)
    order = np.argsort(index, kind="stable")
    ordered = index[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    result[ordered[starts]] += np.add.reduceat(values[order], starts, axis=0)


def _along(x: Array, index: Array, axis: int) -> tuple[Array, ...]:
    """The key that pairs each index along ``axis`` with its own place on the other axes."""
    if x.ndim != index.ndim:  # NumPy would take whole rows
        raise IndexError("as many axes are needed")
    key = list(_grid(index.shape))
    key[axis] = index
    return tuple(key)


@functools.lru_cache(maxsize=64)
def _grid(shape: tuple[int, ...]) -> tuple[Array, ...]:
    """For each axis the places along it, to be broadcast against the others. Small, and asked for
    again at every step.
    """
    return np.ix_(*[np.arange(size) for size in shape])


def _not_negative(name: str, x: Array, index: Array, axis: int) -> None:
    if not index.size:
        return
    size = x.shape[axis] if x.ndim else 1
    # seen as unsigned, a negative number is a very large one: one pass finds both
    if np.maximum.reduce(index.view(np.uint64), None) >= size:
        raise _outside(name, index, size, 0)


def gather(x: Array, index: Array, axis: int) -> Array:
    index = np.asarray(index)
    _not_negative("gather", x, index, axis)
    if not index.ndim:
        return np.array(x)
    return x[_along(x, index, axis)]


def _source(index: Array, source: Array) -> Array:
    if any(size > has for size, has in zip(index.shape, source.shape)):  # NumPy would broadcast
        raise IndexError("too few elements in source")
    return source[tuple([slice(0, size) for size in index.shape])]


def scatter_add(x: Array, index: Array, source: Array, axis: int) -> Array:
    index = np.asarray(index)
    _not_negative("scatter_add", x, index, axis)
    if not index.ndim:
        return x + source if index.size else np.array(x)
    result = np.array(x)
    if index.shape[axis] == 1 or not index.size:
        # one index each: no place is named twice
        result[_along(x, index, axis)] += _source(index, source)
    else:
        np.add.at(result, _along(x, index, axis), _source(index, source))
    return result


def scatter(x: Array, index: Array, source: Array, axis: int) -> Array:
    index = np.asarray(index)
    _not_negative("scatter", x, index, axis)
    if not index.ndim:
        return np.array(source)
    result = np.array(x)
    result[_along(x, index, axis)] = _source(index, source)
    return result


def nonzero(x: Array) -> Array:
    return np.argwhere(x).astype(np.int64)


TABLE = {
    "index": index,
    "index_put": quiet(index_put),
    "gather": gather,
    "scatter_add": quiet(scatter_add),
    "scatter": scatter,
    "nonzero": nonzero,
}
