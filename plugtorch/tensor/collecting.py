"""Folding elements into places: scatter_reduce and its kin. Names and meaning are PyTorch's."""

from __future__ import annotations

import math
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import elementwise, movement
from plugtorch.ops import indexing as ops
from plugtorch.primitive import cast
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import one_axis, shape_of
from plugtorch.tensor.creation import arange
from plugtorch.tensor.places import whole_numbers

__all__ = ["index_reduce", "put", "scatter_reduce", "unravel_index"]

REDUCTIONS = ("sum", "prod", "mean", "amax", "amin")


def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """input with the elements of src folded into the places at index along an axis.

    reduce: "sum", "prod", "mean", "amax" or "amin". include_self: whether what input has there is
    folded in too.

    >>> import plugtorch
    >>> index = plugtorch.tensor([0, 0, 1])
    >>> plugtorch.zeros(2).scatter_reduce(0, index, plugtorch.tensor([1.0, 3.0, 2.0]), "amax")
    tensor([3., 2.])

    Source: torch.scatter_reduce.
    """
    if reduce not in REDUCTIONS:
        raise ArgumentError(f"[scatter_reduce] reduce must be one of {REDUCTIONS}, got {reduce!r}.")
    index = whole_numbers("scatter_reduce", index)
    if src.dtype is not input.dtype:
        raise DTypeError(
            f"[scatter_reduce] src {src.dtype!r} must have the dtype of input, {input.dtype!r}."
        )
    axis = one_axis("scatter_reduce", dim, len(shape_of(input)))
    if not shape_of(input):
        whole = scatter_reduce(
            input.reshape(1),
            0,
            index.reshape(-1),
            src.reshape(-1),
            reduce,
            include_self=include_self,
        )
        return whole.reshape(())
    ops.scatter_add.shape(shape_of(input), shape_of(index), shape_of(src), axis=axis)
    src = movement.slice(src, spans=tuple([(0, size, 1) for size in shape_of(index)]))
    return _folded(input, axis, index, src, reduce, include_self)


def _folded(x: Any, axis: int, index: Any, src: Any, reduce: str, own: bool) -> Any:
    def added(start: Any, values: Any) -> Any:
        return ops.scatter_add(start, index, values, axis=axis)

    zeros = x.new_zeros(shape_of(x))
    if reduce in ("sum", "mean"):
        start = x if own else ops.scatter(x, index, src.new_zeros(shape_of(src)), axis=axis)
        total = added(start, src)
        if reduce == "sum":
            return total
        count = added(zeros + 1 if own else zeros, src.new_ones(shape_of(src))).clamp(min=1)
        return total.div(count, rounding_mode=None if x.dtype.is_floating_point else "floor")
    if reduce == "prod":
        start = x if own else ops.scatter(x, index, src.new_ones(shape_of(src)), axis=axis)
        return _products(start, axis, index, src)
    return _extreme(x, axis, index, src, reduce == "amax", own)


def _ranks(index: Any, axis: int) -> Any:
    """How many equal indices come before each, along the axis."""
    order = index.argsort(axis)
    ordered = index.gather(axis, order)
    size = shape_of(index)[axis]
    along = [size if a == axis else 1 for a in range(len(shape_of(index)))]
    numbers = arange(size, device=index.device).reshape(along).expand(shape_of(index))
    new = ordered.narrow(axis, 1, size - 1) != ordered.narrow(axis, 0, size - 1)
    first = shape_of(index.narrow(axis, 0, 1))
    new = movement.concatenate(new.new_ones(first), new, axis=axis)
    begins = elementwise.where.apply(new, numbers, 0).cummax(axis).values
    return ops.scatter(index, order, numbers - begins, axis=axis)


def _products(x: Any, axis: int, index: Any, src: Any) -> Any:
    """x times the elements of src: a round for each repetition of an index, so that derivatives are
    right with zeros among the factors.
    """
    if not index.numel():
        return x.clone()
    size = shape_of(x)[axis]
    low, high = int(index.min()), int(index.max())
    if low < 0 or high >= size:
        raise IndexRangeError(
            f"[scatter_reduce] index {low if low < 0 else high} is outside an axis of size {size}: "
            f"it must be from 0 to {size - 1}."
        )
    ranks = _ranks(index, axis)
    for rank in range(int(ranks.max()) + 1):
        mine = elementwise.where.apply(ranks == rank, src, 1)
        mine = mine if mine.dtype is src.dtype else cast(mine, src.dtype)
        # elements of other rounds go to a place behind the end
        where_to = elementwise.where.apply(ranks == rank, index, size)
        factors = x.new_ones([size + 1 if a == axis else n for a, n in enumerate(shape_of(x))])
        factors = ops.scatter(factors, where_to, mine, axis=axis).narrow(axis, 0, size)
        x = x * factors
    return x


def _extreme(x: Any, axis: int, index: Any, src: Any, largest: bool, own: bool) -> Any:
    """The largest of each place: sorted, the last one written stays. Equal ones share gradients."""
    values, start = src.detach(), x.detach()
    if values.dtype is dtypes.bool_:
        values, start = cast(values, dtypes.uint8), cast(start, dtypes.uint8)
    if not index.numel():
        return x.clone()
    order = values.argsort(axis, descending=not largest)
    if values.dtype.is_floating_point:  # NaN wins in both directions
        nan = elementwise.isnan.apply(values).gather(axis, order)
        order = order.gather(axis, cast(nan, dtypes.uint8).argsort(axis))
    if shape_of(index) != shape_of(order):
        raise ShapeError("[scatter_reduce] index and src differ in shape.")
    found = ops.scatter(start, index.gather(axis, order), values.gather(axis, order), axis=axis)
    if own:
        found = (elementwise.maximum if largest else elementwise.minimum).apply(found, start)
    if not (x.tracked or src.tracked):
        return cast(found, x.dtype) if found.dtype is not x.dtype else found
    # value = sum of the equal ones over their number
    touched = ops.scatter_add(
        x.new_zeros(shape_of(x)), index, src.new_ones(shape_of(src)), axis=axis
    )
    mine = cast(found.gather(axis, index) == values, x.dtype)
    theirs = cast(found == start, x.dtype)
    if not own:
        theirs = elementwise.where.apply(touched > 0, 0.0, 1.0)
    number = ops.scatter_add(theirs, index, mine, axis=axis)
    share = ops.scatter_add(
        elementwise.where.apply(theirs > 0, x, 0.0),
        index,
        elementwise.where.apply(mine > 0, src, 0.0),
        axis=axis,
    )
    slope = share / number
    return elementwise.where.apply(elementwise.isnan.apply(found), found, slope)


def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """input with slices of source folded into those at index along an axis.

    reduce: "prod", "mean", "amax" or "amin".

    Source: torch.index_reduce.
    """
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise ArgumentError(
            f"[index_reduce] reduce must be 'prod', 'mean', 'amax' or 'amin', got {reduce!r}."
        )
    index = whole_numbers("index_reduce", index)
    shape = shape_of(input)
    axis = one_axis("index_reduce", dim, len(shape))
    if not shape:
        return scatter_reduce(
            input, dim, index.reshape(()), source.reshape(()), reduce, include_self=include_self
        )
    count = index.numel()
    if len(shape_of(index)) > 1 or shape_of(source) != (*shape[:axis], count, *shape[axis + 1 :]):
        raise ShapeError(
            f"[index_reduce] an index of shape {shape_of(index)} and source of shape "
            f"{shape_of(source)} do not fit {shape} along axis {axis}."
        )
    along = [count if a == axis else 1 for a in range(len(shape))]
    wide = index.reshape(along).expand(shape_of(source))
    return scatter_reduce(input, axis, wide, source, reduce, include_self=include_self)


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """input with source written, or added, at places of the flattened tensor. Source:
    torch.put.
    """
    index = whole_numbers("put", index)
    if source.dtype is not input.dtype:
        raise DTypeError(f"[put] source {source.dtype!r} must be {input.dtype!r}.")
    if source.numel() != index.numel():
        raise ShapeError(
            f"[put] source has {source.numel()} elements, index {index.numel()}; needed as many."
        )
    flat = input.reshape(-1)
    written = ops.index_put(
        flat, source.reshape(-1), index.reshape(-1), axes=(0,), accumulate=bool(accumulate)
    )
    return written.reshape(shape_of(input))


def unravel_index(indices: Any, shape: Any) -> Any:
    """Places in a flattened tensor as places along each axis of a shape. Source:
    torch.unravel_index.
    """
    if not isinstance(indices, TensorBase) or indices.dtype.kind != dtypes.INTEGER:
        given = getattr(indices, "dtype", type(indices).__name__)
        raise DTypeError(f"[unravel_index] the indices must be whole numbers, got {given}.")
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(size < 0 for size in sizes):
        raise ShapeError(f"[unravel_index] shape {sizes} has a negative size.")
    rest: Any = indices
    if rest.numel() and (int(rest.min()) < 0 or int(rest.max()) >= math.prod(sizes)):
        raise ArgumentError(f"[unravel_index] an index is outside shape {sizes}.")
    found = []
    for size in reversed(sizes):
        found.append(rest % size)
        rest = rest // size
    return tuple(reversed(found))
