"""Reading and writing at places along axes: gather, scatter and their kin. Names and meaning are
PyTorch's.
"""

from __future__ import annotations

from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import WIDEST, autocasts
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import indexing as ops
from plugtorch.ops import movement
from plugtorch.primitive import broadcast, cast, same_type
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import one_axis, shape_of
from plugtorch.tensor.indexing import getitem, span_of
from plugtorch.tensor.logic import filler

__all__ = [
    "argwhere",
    "gather",
    "index_add",
    "index_copy",
    "index_fill",
    "index_select",
    "masked_scatter",
    "masked_select",
    "nonzero",
    "nonzero_static",
    "scatter",
    "scatter_add",
    "select_scatter",
    "slice_scatter",
    "take",
    "take_along_dim",
]


def whole_numbers(name: str, index: Any) -> Any:
    """An index tensor as int64."""
    if not isinstance(index, TensorBase) or index.dtype not in (dtypes.int64, dtypes.int32):
        given = getattr(index, "dtype", type(index).__name__)
        raise DTypeError(f"[{name}] the index must be an int64 or int32 tensor, got {given}.")
    return index if index.dtype is dtypes.int64 else cast(index, dtypes.int64)


# -- one element for each of index -----------------------------------------------------------------


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """One element for each of index, along an axis.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[1, 2], [3, 4]])
    >>> x.gather(1, plugtorch.tensor([[1], [0]]))
    tensor([[2],
            [3]])

    Source: torch.gather.
    """
    index = whole_numbers("gather", index)
    if not shape_of(input) and len(shape_of(index)) == 1:
        return ops.gather(input.reshape(1), index, axis=one_axis("gather", dim, 0))
    return ops.gather(input, index, axis=one_axis("gather", dim, len(shape_of(input))))


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """As gather, with the other axes broadcast. Source: torch.take_along_dim."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    axis = one_axis("take_along_dim", dim, len(shape_of(input)))
    own, other = shape_of(input), shape_of(indices)
    indices = indices.where(indices >= 0, indices + own[axis]) if own else indices
    if len(own) != len(other):
        raise ShapeError(f"[take_along_dim] {own} and {other} must have as many axes.")
    rest = [(*shape[:axis], 1, *shape[axis + 1 :]) for shape in (own, other)]
    common = broadcast("take_along_dim", rest)
    wide = (*common[:axis], own[axis], *common[axis + 1 :])
    picks = (*common[:axis], other[axis], *common[axis + 1 :])
    return gather(input.expand(wide), axis, indices.expand(picks))


def take(input: Any, index: Any) -> Any:
    """The elements at places of the flattened input, in the shape of index. Source: torch.take."""
    if not isinstance(index, TensorBase) or index.dtype is not dtypes.int64:
        given = getattr(index, "dtype", type(index).__name__)
        raise DTypeError(f"[take] the index must be an int64 tensor, got {given}.")
    return ops.index(input.reshape(-1), index, axes=(0,))


def _source(name: str, input: Any, index: Any, src: Any) -> Any:
    if isinstance(src, TensorBase):
        if src.dtype is not input.dtype:
            raise DTypeError(
                f"[{name}] source {src.dtype!r} must have the dtype of the tensor, {input.dtype!r}."
            )
        return src
    return filler(name, input, src).expand(shape_of(index))


def scatter(
    input: Any,
    dim: int,
    index: Any,
    src: Any = None,
    *,
    value: Any = None,
    reduce: str | None = None,
) -> Any:
    """input with source written at index along an axis; added with reduce="add".

    >>> import plugtorch
    >>> plugtorch.zeros(2, 3).scatter(1, plugtorch.tensor([[2], [0]]), 1.0)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])

    Source: torch.scatter.
    """
    index = whole_numbers("scatter", index)
    source = _source("scatter", input, index, value if src is None else src)
    axis = one_axis("scatter", dim, len(shape_of(input)))
    if reduce == "add":
        return ops.scatter_add(input, index, source, axis=axis)
    if reduce == "multiply":
        from plugtorch.tensor.collecting import scatter_reduce  # which needs this module

        return scatter_reduce(input, dim, index, source, "prod")
    if reduce is not None:
        raise ArgumentError(f"[scatter] reduce must be 'add' or 'multiply', got {reduce!r}.")
    return ops.scatter(input, index, source, axis=axis)


@autocasts(elsewhere=WIDEST)
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """input with source added at index along an axis. Source: torch.scatter_add."""
    index = whole_numbers("scatter_add", index)
    source = _source("scatter_add", input, index, src)
    axis = one_axis("scatter_add", dim, len(shape_of(input)))
    return ops.scatter_add(input, index, source, axis=axis)


# -- whole slices ----------------------------------------------------------------------------------


def _vector(name: str, index: Any) -> Any:
    index = whole_numbers(name, index)
    if len(shape_of(index)) > 1:
        raise IndexRangeError(f"[{name}] the index must be a vector, got shape {shape_of(index)}.")
    return index.reshape(-1)


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of input at index along an axis. Source: torch.index_select."""
    index = _vector("index_select", index)
    axis = one_axis("index_select", dim, len(shape_of(input)))
    if not shape_of(input):
        return ops.index(input.reshape(1), index, axes=(0,)).reshape(())
    return ops.index(input, index, axes=(axis,))


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """input with slices of source added at index along an axis. Source: torch.index_add."""
    same_type(input, source, "index_add")
    if type(alpha) is not int or alpha != 1:
        source = source * filler("index_add", source, alpha)
    return _put_slices("index_add", input, dim, index, source, accumulate=True)


@autocasts(cpu=WIDEST)
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """input with slices of source written at index along an axis. Source: torch.index_copy."""
    same_type(input, source, "index_copy")
    return _put_slices("index_copy", input, dim, index, source, accumulate=False)


def _put_slices(name: str, x: Any, dim: int, index: Any, source: Any, accumulate: bool) -> Any:
    index = _vector(name, index)
    shape = shape_of(x)
    axis = one_axis(name, dim, len(shape))
    if not shape:
        filled = ops.index_put(
            x.reshape(1), source.reshape(-1), index, axes=(0,), accumulate=accumulate
        )
        return filled.reshape(())
    fits = (*shape[:axis], *shape_of(index), *shape[axis + 1 :])
    if shape_of(source) != fits and (shape_of(source) or fits != (1,)):
        raise ShapeError(f"[{name}] source of shape {shape_of(source)} must be {fits}.")
    return ops.index_put(x, source, index, axes=(axis,), accumulate=accumulate)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """input with a number written at index along an axis. Source: torch.index_fill."""
    index = _vector("index_fill", index)
    axis = one_axis("index_fill", dim, len(shape_of(input)))
    value = filler("index_fill", input, value)
    if shape_of(value):
        raise ShapeError(
            f"[index_fill] the value must be a number or a 0-d tensor, got shape {shape_of(value)}."
        )
    if not shape_of(input):
        return value.expand(()).clone()
    return ops.index_put(input, value, index, axes=(axis,), accumulate=False)


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """input with src written at one index of an axis. Source: torch.select_scatter."""
    shape = shape_of(input)
    axis = one_axis("select_scatter", dim, len(shape))
    place = span_of("select_scatter", index, axis, shape)
    return _put(input, src, axis, place)


def slice_scatter(
    input: Any,
    src: Any,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Any:
    """input with src written from start to end of an axis, in steps.

    Source: torch.slice_scatter.
    """
    shape = shape_of(input)
    axis = one_axis("slice_scatter", dim, len(shape))
    return _put(input, src, axis, span_of("slice_scatter", slice(start, end, step), axis, shape))


def _put(x: Any, part: Any, axis: int, span: movement.Span) -> Any:
    spans = (*[(0, size, 1) for size in shape_of(x)[:axis]], span)
    seen = movement.slice(x, spans=spans)
    if shape_of(part) != shape_of(seen):
        raise ShapeError(f"[scatter] a source of shape {shape_of(part)} must be {shape_of(seen)}.")
    part = part if part.dtype is x.dtype else cast(part, x.dtype)
    return movement.put_slice(x, part, spans=spans)


# -- by truth --------------------------------------------------------------------------------------


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The places of elements that are not zero: a row each, or a vector for each axis.

    >>> import plugtorch
    >>> plugtorch.nonzero(plugtorch.tensor([0, 3, 0, 5]))
    tensor([[1],
            [3]])

    Source: torch.nonzero.
    """
    if as_tuple and not shape_of(input):
        input = input.reshape(1)
    found = ops.nonzero(input)
    return found.unbind(1) if as_tuple else found


def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """``nonzero`` in a result of ``size`` rows: what is beyond is left out, what is missing is
    fill_value. Source: torch.nonzero_static.
    """
    if size < 0:
        raise ArgumentError(f"[nonzero_static] size must not be negative, got {size}.")
    found = ops.nonzero(input)
    count, axes = shape_of(found)
    rest = found.new_full((max(size - count, 0), axes), fill_value)
    return movement.concatenate(found.narrow(0, 0, min(size, count)), rest, axis=0)


def argwhere(input: Any) -> Any:
    """The places of elements that are not zero, a row each. Source: torch.argwhere."""
    return ops.nonzero(input)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where mask holds, as a vector. Source: torch.masked_select."""
    mask = _mask("masked_select", mask)
    common = broadcast("masked_select", (shape_of(input), shape_of(mask)))
    return getitem(input.expand(common), mask.expand(common)).reshape(-1)


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """input with the first elements of source, in order, where mask holds. Source:
    torch.masked_scatter.
    """
    mask = _mask("masked_scatter", mask)
    same_type(input, source, "masked_scatter")
    common = broadcast("masked_scatter", (shape_of(input), shape_of(mask)))
    places = nonzero(mask.expand(common), as_tuple=True)
    count = shape_of(places[0])[0]
    flat = source.reshape(-1)
    if shape_of(flat)[0] < count:
        raise ArgumentError(
            f"[masked_scatter] the mask holds {count} times, but source has {shape_of(flat)[0]} "
            "elements."
        )
    wide = input.expand(common) if common else input.reshape(1)
    axes = tuple(range(len(places)))
    written = ops.index_put(wide, flat.narrow(0, 0, count), *places, axes=axes, accumulate=False)
    return written.reshape(common)


def _mask(name: str, mask: Any) -> Any:
    if not isinstance(mask, TensorBase) or mask.dtype is not dtypes.bool_:
        given = getattr(mask, "dtype", type(mask).__name__)
        raise DTypeError(f"[{name}] the mask must be a bool tensor, got {given}.")
    return mask
