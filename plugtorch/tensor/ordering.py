"""Functions that depend on the order of elements, or count equal ones. Names and meaning are
PyTorch's.
"""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import WIDENED, autocasts
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.ops import elementwise, movement, reduction
from plugtorch.ops import indexing as places
from plugtorch.ops import ordering as ops
from plugtorch.primitive import cast
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of

__all__ = [
    "argsort",
    "bincount",
    "cumprod",
    "cumsum",
    "diff",
    "median",
    "msort",
    "sort",
    "topk",
    "unique",
    "unique_consecutive",
]

# what these return; named as PyTorch shows them
SortResult = namedtuple("sort", "values indices")  # type: ignore[name-match]
TopkResult = namedtuple("topk", "values indices")  # type: ignore[name-match]
MedianResult = namedtuple("median", "values indices")  # type: ignore[name-match]


# -- sorting ---------------------------------------------------------------------------------------


def _orderable(x: Any) -> Any:
    return cast(x, dtypes.uint8) if x.dtype is dtypes.bool_ else x


@numpy_words
def argsort(input: Any, dim: Any = -1, descending: bool = False, stable: bool = True) -> Any:
    """The order that sorts along an axis. Always stable. Source: torch.argsort."""
    axis = one_axis("argsort", dim, len(shape_of(input)))
    return ops.argsort(_orderable(input), axis=axis, descending=bool(descending))


@numpy_words
def sort(input: Any, dim: Any = -1, descending: bool = False, stable: bool = True) -> Any:
    """(values, indices) sorted along an axis. Always stable.

    >>> import plugtorch
    >>> plugtorch.tensor([3, 1, 2]).sort().indices
    tensor([1, 2, 0])

    Source: torch.sort.
    """
    axis = one_axis("sort", dim, len(shape_of(input)))
    order = argsort(input, axis, descending)
    return SortResult(input.gather(axis, order), order)


def msort(input: Any) -> Any:
    """Sorted along the first axis. Source: torch.msort."""
    return sort(input, 0).values


@numpy_words
def topk(input: Any, k: int, dim: Any = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest or smallest along an axis, sorted. Source: torch.topk."""
    shape = shape_of(input)
    axis = one_axis("topk", dim, len(shape))
    size = shape[axis] if shape else 1
    if not 0 <= k <= size:
        raise ArgumentError(f"[topk] k = {k} is outside 0 to {size}, the size of axis {axis}.")
    order = argsort(input, axis, largest)
    order = order.narrow(axis, 0, k) if shape else order
    return TopkResult(input.gather(axis, order), order)


@numpy_words
def median(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The middle element, the lower of two; along an axis (values, indices). NaN if any is. Source:
    torch.median.
    """
    shape = shape_of(input)
    if dim is None:
        if 0 in shape and input.dtype.is_floating_point:
            return input.new_full((), math.nan)
        return median(input.reshape(-1), 0).values
    if not shape:
        one_axis("median", dim, 1)
        return MedianResult(input.clone(), input.new_zeros((), dtype=dtypes.int64))
    axis = one_axis("median", dim, len(shape))
    if not shape[axis]:
        raise ArgumentError(
            f"[median] axis {axis} of shape {shape} has no elements, so there is no median."
        )
    count = elementwise.isnan.apply(input).sum(axis, keepdim=True)
    middle = elementwise.where.apply(count > 0, shape[axis] - count, (shape[axis] - 1) // 2)
    order = argsort(input, axis).gather(axis, middle)
    values = input.gather(axis, order)
    return (
        MedianResult(values, order)
        if keepdim
        else MedianResult(values.squeeze(axis), order.squeeze(axis))
    )


# -- along an axis ---------------------------------------------------------------------------------


def _summable(x: Any, dtype: dtypes.dtype | None) -> Any:
    if dtype is not None:
        return x.to(dtype)
    return x if x.dtype.is_floating_point else cast(x, dtypes.int64)


@autocasts(elsewhere=WIDENED)
@numpy_words
def cumsum(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """Sums of all elements up to each, along an axis. Source: torch.cumsum.

    >>> import plugtorch
    >>> plugtorch.tensor([1, 2, 3]).cumsum(0)
    tensor([1, 3, 6])
    """
    axis = one_axis("cumsum", dim, len(shape_of(input)))
    return ops.cumsum(_summable(input, dtype), axis=axis)


@autocasts(elsewhere=WIDENED)
@numpy_words
def cumprod(input: Any, dim: Any, *, dtype: Any = None) -> Any:
    """Products of all elements up to each, along an axis. Source: torch.cumprod."""
    shape = shape_of(input)
    axis = one_axis("cumprod", dim, len(shape))
    x = _summable(input, dtype)
    if not shape:
        return x.clone()
    size, reach = shape[axis], 1
    # each round the products reach twice as far back (Hillis and Steele 1986); zeros need no
    # special care
    while reach < size:
        longer = x.narrow(axis, reach, size - reach) * x.narrow(axis, 0, size - reach)
        x = movement.concatenate(x.narrow(axis, 0, reach), longer, axis=axis)
        reach *= 2
    return x.clone() if reach == 1 else x


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """Each element minus the one before it, along an axis, n times. Source: torch.diff."""
    axis = one_axis("diff", dim, len(shape_of(input)))
    if not shape_of(input):
        raise ShapeError("[diff] needs at least 1 axis, got a 0-d tensor.")
    if n < 0:
        raise ArgumentError(f"[diff] n must not be negative, got {n}.")
    if n == 0:
        return elementwise.clone.apply(input)
    parts = [part for part in (prepend, input, append) if part is not None]
    x = movement.concatenate(*parts, axis=axis) if len(parts) > 1 else input
    minus = elementwise.logical_xor if x.dtype is dtypes.bool_ else elementwise.subtract
    for _ in range(min(n, shape_of(x)[axis])):
        rest = shape_of(x)[axis] - 1
        x = minus.apply(x.narrow(axis, 1, rest), x.narrow(axis, 0, rest))
    return x


# -- counting --------------------------------------------------------------------------------------


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each of 0, 1, ... is in a vector of whole numbers, or the sums of their weights.

    >>> import plugtorch
    >>> plugtorch.bincount(plugtorch.tensor([0, 2, 2]))
    tensor([1, 0, 2])

    Source: torch.bincount.
    """
    if len(shape_of(input)) != 1 or input.dtype.kind != dtypes.INTEGER:
        raise DTypeError(
            f"[bincount] needs a vector of whole numbers, got shape {shape_of(input)} "
            f"{input.dtype!r}."
        )
    index = input.to(dtypes.int64)
    length = minlength
    if shape_of(index)[0]:
        if int(index.min()) < 0:
            raise ArgumentError(
                f"[bincount] {int(index.min())} is negative; only 0 and above are counted."
            )
        length = max(minlength, int(index.max()) + 1)
    if weights is None:
        weights = index.new_ones(shape_of(index))
    elif shape_of(weights) != shape_of(index):
        raise ShapeError(
            f"[bincount] weights of shape {shape_of(weights)} must be {shape_of(index)}."
        )
    elif weights.dtype is not dtypes.float32:
        weights = weights.to(dtypes.float64)
    return places.scatter_add(weights.new_zeros(length), index, weights, axis=0)


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The distinct elements (or slices along an axis), sorted.

    return_inverse: also where each element of input is among them. return_counts: also how often
    each is there.

    >>> import plugtorch
    >>> plugtorch.unique(plugtorch.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))

    Source: torch.unique.
    """
    rows = _rows(input, dim)
    order = None
    for column in range(
        shape_of(rows)[1] - 1, -1, -1
    ):  # stable, so that the first column decides last
        keys = rows.select(1, column)
        step = argsort(keys if order is None else keys.index_select(0, order))
        order = step if order is None else order.index_select(0, step)
    return _distinct(input, rows, order, dim, return_inverse, return_counts)


def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements (or slices along an axis) that differ from the one before. Source:
    torch.unique_consecutive.
    """
    return _distinct(input, _rows(input, dim), None, dim, return_inverse, return_counts)


def _rows(x: Any, dim: int | None) -> Any:
    """What is to be told apart, as rows of a matrix."""
    x = x.detach()
    if dim is None:
        return x.reshape(-1, 1) if x.numel() else x.reshape(0, 1)
    axis = one_axis("unique", dim, len(shape_of(x)))
    size = shape_of(x)[axis]
    return x.movedim(axis, 0).reshape(size, x.numel() // size if size else 0)


def _distinct(x: Any, rows: Any, order: Any, dim: int | None, inverse: bool, counts: bool) -> Any:
    """One of each run of equal rows, taken in ``order``."""
    size = shape_of(rows)[0]
    if order is not None:
        rows = rows.index_select(0, order)
    changes = rows.narrow(0, 1, size - 1) != rows.narrow(0, 0, size - 1) if size else rows != rows
    first = reduction.any(changes, axes=(1,), keep=False)
    if size:
        first = movement.concatenate(first.new_ones((1,)), first, axis=0)
    starts = first.nonzero().reshape(-1)
    kept = starts if order is None else order.index_select(0, starts)
    if dim is None:
        values = x.detach().reshape(-1).index_select(0, kept)
    else:
        values = x.detach().index_select(dim, kept)
    results = [values]
    which = first.cumsum(0) - 1  # the run that each row, in order, is in
    if inverse:
        places_of = which if order is None else which.scatter(0, order, which)
        results.append(places_of.reshape(shape_of(x)) if dim is None else places_of)
    if counts:
        results.append(bincount(which))
    return results[0] if len(results) == 1 else tuple(results)
