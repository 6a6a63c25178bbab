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


def _own(x: Array) -> Array:
    """x in memory that may be written, one row after the other. Zeros that are one zero spread out
    are not copied: the system gives untouched memory zeroed.
    """
    if x.size > 1 and not any(x.strides) and not any(x[(0,) * x.ndim].tobytes()):
        return np.zeros(x.shape, x.dtype)
    return np.array(x, order="C")


def index(x: Array, *indices: Array, axes: tuple[int, ...]) -> Array:
    try:
        if axes == (0,) and x.flags.c_contiguous:  # whole rows
            return x.take(indices[0], 0)
        return x[_key(x, indices, axes)]
    except IndexError:
        _check("index", x, indices, axes)
        raise


def index_put(
    x: Array, values: Array, *indices: Array, axes: tuple[int, ...], accumulate: bool
) -> Array:
    result = _own(x)
    try:
        if not accumulate:
            result[_key(x, indices, axes)] = values
        elif result.dtype.kind == "b":
            np.logical_or.at(result, _key(x, indices, axes), values)
        elif axes == (0,) and x.ndim > 1:
            _add_rows(result, np.asarray(indices[0]), np.asarray(values))
        elif len(axes) == 1 and x.ndim > 1:  # the same, with that axis in front
            (axis,), places = axes, np.asarray(indices[0])
            parts = np.broadcast_to(values, (*x.shape[:axis], *places.shape, *x.shape[axis + 1 :]))
            parts = np.moveaxis(parts, range(axis, axis + places.ndim), range(places.ndim))
            _add_rows(np.moveaxis(result, axis, 0), places, parts)
        else:
            np.add.at(result, _key(x, indices, axes), values)
    except IndexError:
        _check("index_put", x, indices, axes)
        raise
    return result


def _add_rows(result: Array, index: Array, values: Array) -> None:
    """result[index] += values with repeated indices summed, in their order.

    Sorted, so that equal indices are neighbours; then the first of each are added at once, the
    second, and so on, and what is left of long runs, run by run. np.add.at takes 10 to 50 times as
    long on rows, and reduceat alone 4 times where runs are short.
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
    ends = np.append(starts[1:], index.size)
    for _ in range(_AT_ONCE):
        result[ordered[starts]] += values[order[starts]]
        starts += 1
        more = starts < ends
        starts, ends = starts[more], ends[more]
        if not starts.size:
            return
    if values[0].size < _LONG_ROW:
        spans = np.stack([starts, ends], 1).reshape(-1)
        if spans[-1] == index.size:  # the last goes to the end by itself
            spans = spans[:-1]
        result[ordered[starts]] += np.add.reduceat(values[order], spans, axis=0)[::2]
        return
    for start, end in zip(starts.tolist(), ends.tolist()):
        result[ordered[start]] += values[order[start:end]].sum(0)


_AT_ONCE = 8  # of each run are added with those of the others
_LONG_ROW = 64  # elements, from which it pays to add up a run by itself
_MANY = 1024  # places, from which it pays to count them through


def _fit(x: Array, index: Array, axis: int) -> None:
    """Refuse an index that has other axes than x, or goes beyond them."""
    if x.ndim != index.ndim or any(
        size > has and own != axis for own, (size, has) in enumerate(zip(index.shape, x.shape))
    ):
        raise IndexError("the index is too large")


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


def _places(shape: tuple[int, ...], index: Array, axis: int) -> Array:
    """Where ``_along`` points in an array of ``shape`` seen as a vector. NumPy looks up one number
    a place several times faster than a tuple.
    """
    base: Any = 0
    step = along = 1
    for own in range(len(shape) - 1, -1, -1):
        if own == axis:
            along = step
        else:
            base = base + _grid(index.shape)[own] * step
        step *= shape[own]
    return (index if along == 1 else index * along) + base


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
    if index.size < _MANY or not x.flags.c_contiguous:
        return x[_along(x, index, axis)]
    _fit(x, index, axis)
    return x.reshape(-1).take(_places(x.shape, index, axis))


def _source(index: Array, source: Array) -> Array:
    if any(size > has for size, has in zip(index.shape, source.shape)):  # NumPy would broadcast
        raise IndexError("too few elements in source")
    return source[tuple([slice(0, size) for size in index.shape])]


def scatter_add(x: Array, index: Array, source: Array, axis: int) -> Array:
    index = np.asarray(index)
    _not_negative("scatter_add", x, index, axis)
    if not index.ndim:
        return x + source if index.size else np.array(x)
    result = _own(x)
    if index.shape[axis] == 1 or not index.size:
        # one index each: no place is named twice
        result[_along(x, index, axis)] += _source(index, source)
    else:
        _fit(x, index, axis)
        places = _places(x.shape, index, axis).reshape(-1)
        np.add.at(result.reshape(-1), places, _source(index, source).reshape(-1))
    return result


def scatter(x: Array, index: Array, source: Array, axis: int) -> Array:
    index = np.asarray(index)
    _not_negative("scatter", x, index, axis)
    if not index.ndim:
        return np.array(source)
    result = _own(x)
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
