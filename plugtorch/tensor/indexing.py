"""Reading and writing at places: x[...], gather, scatter and their kin. Names and meaning are PyTorch's.

A key is taken in two stages, as PyTorch does: numbers, slices, None and ``...`` make a view; then tensors and lists of
places read from that view. A bool tensor stands for the places where it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import elementwise, movement
from plugtorch.ops import indexing as ops
from plugtorch.primitive import cast, different_devices, wrap_number
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import one_axis, shape_of
from plugtorch.tensor.creation import tensor as make

Places = list[tuple[int, Any]]  # (axis of the view, integer or bool tensor)


def _consumed(part: Any) -> int:
    """How many axes of x an entry of the key stands for."""
    if part is None or part is True or part is False:
        return 0
    if isinstance(part, TensorBase) and part.dtype in (dtypes.bool_, dtypes.uint8):
        return len(shape_of(part))
    return 1


def _entries(x: Any, key: Any) -> list[Any]:
    """The key as a list with ``...`` written out and lists made tensors."""
    if isinstance(key, list) and not _list_is_tuple(key):
        key = (key,)
    parts = list(key) if isinstance(key, (tuple, list)) else [key]
    for place, part in enumerate(parts):
        if isinstance(part, (list, range)) or type(part).__name__ == "ndarray":
            parts[place] = make(list(part) if isinstance(part, range) else part, device=x.device)
            if not shape_of(parts[place]) == () and parts[place].numel() == 0:
                parts[place] = cast(parts[place], dtypes.int64)
    used = sum(_consumed(part) for part in parts if part is not Ellipsis)
    count = len(shape_of(x))
    if used > count:
        raise IndexRangeError(f"[index] {used} indices for a tensor of {count} axes, shape {shape_of(x)}.")
    if sum(part is Ellipsis for part in parts) > 1:
        raise IndexRangeError("[index] '...' may stand in a key only once.")
    if not any(part is Ellipsis for part in parts):
        return parts + [slice(None)] * (count - used)
    place = next(i for i, part in enumerate(parts) if part is Ellipsis)
    return parts[:place] + [slice(None)] * (count - used) + parts[place + 1 :]


def _list_is_tuple(key: list[Any]) -> bool:
    """An old habit of NumPy's that PyTorch keeps: a short list with slices or lists in it is a tuple."""
    return len(key) < 32 and any(isinstance(p, (slice, list, TensorBase)) or p is None or p is Ellipsis for p in key)


def _span(part: slice, axis: int, size: int) -> tuple[int, int, int]:
    if part.step is not None and int(part.step) < 1:
        raise ArgumentError(f"[index] a step must be at least 1, got {part.step}. Use flip() to go backwards.")
    try:
        start, stop, step = part.indices(size)
    except TypeError:  # tensors and other whole numbers that slice() does not know
        ends = [None if v is None else int(v) for v in (part.start, part.stop, part.step)]
        start, stop, step = slice(*ends).indices(size)
    return start, stop if stop > start else start, step


def viewed(x: Any, key: Any) -> tuple[Any, Places]:
    """The view that the plain part of a key makes, and the tensors that then index it."""
    shape = shape_of(x)
    spans: list[movement.Span] = []
    target: list[int] = []
    places: Places = []
    whole = True
    for part in _entries(x, key):
        axis = len(spans)
        if part is None:
            target.append(1)
        elif isinstance(part, slice):
            span = _span(part, axis, shape[axis])
            whole = whole and span == (0, shape[axis], 1)
            spans.append(span)
            target.append(len(range(*span)))
        elif part is True or part is False:
            target.append(1)
            places.append((len(target) - 1, make([part], device=x.device)))
        elif isinstance(part, TensorBase):
            size = _consumed(part)
            if part.dtype.is_floating_point:
                raise IndexRangeError(f"[index] a tensor used as an index must be integer or bool, got {part.dtype!r}.")
            if size == 0:
                target.append(1)
                places.append((len(target) - 1, part.reshape(1)))
                continue
            places.append((len(target), part))
            for own, other in zip(shape[axis : axis + size], shape_of(part) if size > 1 or part.dtype is dtypes.bool_ else ()):
                if own != other:
                    raise IndexRangeError(
                        f"[index] a bool index of shape {shape_of(part)} does not fit axes from {axis} of shape {shape}."
                    )
            spans.extend((0, n, 1) for n in shape[axis : axis + size])
            target.extend(shape[axis : axis + size])
        else:
            try:
                number = part.__index__()
            except AttributeError:
                raise IndexRangeError(
                    f"[index] cannot index with a {type(part).__name__}: use whole numbers, slices, None, ..., "
                    "lists, or integer or bool tensors."
                ) from None
            size = shape[axis]
            if not -size <= number < size:
                raise IndexRangeError(f"[index] index {number} is outside axis {axis} of size {size}.")
            number += size if number < 0 else 0
            whole = False
            spans.append(number)
    if not whole:
        x = movement.slice(x, spans=tuple(spans))
    if tuple(target) != shape_of(x):
        x = movement.reshape(x, shape=tuple(target))
    elif whole and not places:
        x = movement.reshape(x, shape=shape)
    return x, places


def _as_indices(x: Any, places: Places) -> tuple[list[Any], tuple[int, ...]]:
    """Integer index tensors and the axes they stand for; a bool tensor gives one for each of its axes."""
    indices: list[Any] = []
    axes: list[int] = []
    for axis, part in places:
        if part.storage.backend is not x.storage.backend:
            part = part.to(x.device)
        if part.dtype in (dtypes.bool_, dtypes.uint8):
            found = ops.nonzero(part)
            for column in range(len(shape_of(part))):
                indices.append(found.select(1, column))
                axes.append(axis + column)
        else:
            indices.append(part if part.dtype is dtypes.int64 else cast(part, dtypes.int64))
            axes.append(axis)
    return indices, tuple(axes)


def getitem(x: Any, key: Any) -> Any:
    """x[key]. Source: torch.Tensor.__getitem__."""
    kind = type(key)
    if kind is int or kind is slice:  # the commonest keys, without the machinery
        shape = shape_of(x)
        if shape:
            if kind is slice:
                return movement.slice(x, spans=(_span(key, 0, shape[0]),))
            if -shape[0] <= key < shape[0]:
                return movement.slice(x, spans=(key if key >= 0 else key + shape[0],))
    elif isinstance(key, TensorBase) and key.dtype is dtypes.int64 and shape_of(key) and shape_of(x):
        if key.storage.backend is x.storage.backend:
            return ops.index(x, key, axes=(0,))
    seen, places = viewed(x, key)
    if not places:
        return seen
    indices, axes = _as_indices(seen, places)
    return ops.index(seen, *indices, axes=axes)


def setitem(x: Any, key: Any, value: Any) -> None:
    """x[key] = value: the value broadcasts, and is converted to the dtype of x. Source: torch.Tensor.__setitem__."""
    seen, places = viewed(x, key)
    if not isinstance(value, TensorBase):
        value = make(value, dtype=x.dtype, device=x.device) if hasattr(value, "__len__") else _number(x, value)
    elif value.storage.backend is not x.storage.backend:
        if shape_of(value):
            raise different_devices("setitem", (x, value))
        value = value.to(x.device)
    if value.dtype is not x.dtype:
        value = cast(value, x.dtype)
    if not places:
        shape, own = shape_of(seen), shape_of(value)
        if len(own) > len(shape):  # leading axes of size 1 are dropped, as PyTorch does
            extra = len(own) - len(shape)
            if any(n != 1 for n in own[:extra]):
                raise ShapeError(f"[setitem] a value of shape {own} does not fit the {shape} that is indexed.")
            value = value.reshape(own[extra:])
        seen.copy_(value)
        return
    indices, axes = _as_indices(seen, places)
    target = ops.indexed(shape_of(seen), tuple([shape_of(i) for i in indices]), axes)
    own = shape_of(value)
    while len(own) > len(target) and own[0] == 1:
        own = own[1:]
    if own != shape_of(value):
        value = value.reshape(own)
    seen._assign(ops.index_put(seen, value, *indices, axes=axes, accumulate=False), "setitem")


def _number(x: Any, value: Any) -> Any:
    return cast(wrap_number(value, x.storage.backend), x.dtype)


# -- along one axis --------------------------------------------------------------------------------------------------


def whole_numbers(name: str, index: Any) -> Any:
    """An index tensor as int64."""
    if not isinstance(index, TensorBase) or index.dtype.kind != dtypes.INTEGER:
        given = getattr(index, "dtype", type(index).__name__)
        raise DTypeError(f"[{name}] the index must be an integer tensor, got {given}.")
    return index if index.dtype is dtypes.int64 else cast(index, dtypes.int64)


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
    return ops.gather(input, index, axis=one_axis("gather", dim, len(shape_of(input))))


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """As gather, with the other axes broadcast. Source: torch.take_along_dim."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    axis = one_axis("take_along_dim", dim, len(shape_of(input)))
    a, b = list(shape_of(input)), list(shape_of(indices))
    size_a, size_b = a[axis], b[axis]
    a[axis] = b[axis] = 1
    common = list(movement_broadcast(a, b))
    wide, picks = common[:], common[:]
    wide[axis], picks[axis] = size_a, size_b
    return gather(input.expand(wide), axis, indices.expand(picks))


def movement_broadcast(a: Sequence[int], b: Sequence[int]) -> tuple[int, ...]:
    """The common shape of two."""
    from plugtorch.primitive import broadcast

    return broadcast("take_along_dim", (tuple(a), tuple(b)))


def _sources(name: str, input: Any, index: Any, src: Any) -> Any:
    if isinstance(src, TensorBase):
        if src.dtype is not input.dtype:
            raise DTypeError(f"[{name}] source {src.dtype!r} must have the dtype of the tensor, {input.dtype!r}.")
        return src
    return _number(input, src).expand(shape_of(index))


def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """input with source written at index along an axis. Source: torch.scatter."""
    if reduce == "add":
        return scatter_add(input, dim, index, _sources("scatter", input, index, value if src is None else src))
    if reduce is not None:
        raise ArgumentError(f"[scatter] reduce must be None or 'add', got {reduce!r}.")
    index = whole_numbers("scatter", index)
    source = _sources("scatter", input, index, value if src is None else src)
    return ops.scatter(input, index, source, axis=one_axis("scatter", dim, len(shape_of(input))))


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """input with source added at index along an axis. Source: torch.scatter_add."""
    index = whole_numbers("scatter_add", index)
    source = _sources("scatter_add", input, index, src)
    return ops.scatter_add(input, index, source, axis=one_axis("scatter_add", dim, len(shape_of(input))))


# -- whole slices ----------------------------------------------------------------------------------------------------


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of input at index along an axis. Source: torch.index_select."""
    index = whole_numbers("index_select", index)
    if len(shape_of(index)) > 1:
        raise ShapeError(f"[index_select] the index must be a vector, got shape {shape_of(index)}.")
    if not shape_of(input):
        return input.reshape(1).index_select(0, index.reshape(-1)).reshape(())
    axis = one_axis("index_select", dim, len(shape_of(input)))
    return ops.index(input, index.reshape(-1), axes=(axis,))


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """input with slices of source added at index along an axis. Source: torch.index_add."""
    index = whole_numbers("index_add", index)
    axis = one_axis("index_add", dim, len(shape_of(input)))
    values = source if alpha == 1 else source * alpha
    return ops.index_put(input, values, index.reshape(-1), axes=(axis,), accumulate=True)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """input with slices of source written at index along an axis. Source: torch.index_copy."""
    index = whole_numbers("index_copy", index)
    axis = one_axis("index_copy", dim, len(shape_of(input)))
    return ops.index_put(input, source, index.reshape(-1), axes=(axis,), accumulate=False)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """input with a number written at index along an axis. Source: torch.index_fill."""
    index = whole_numbers("index_fill", index)
    axis = one_axis("index_fill", dim, len(shape_of(input)))
    filler = cast(value, input.dtype) if isinstance(value, TensorBase) else _number(input, value)
    return ops.index_put(input, filler, index.reshape(-1), axes=(axis,), accumulate=False)


def index_put(input: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """input with values written (or added) at index tensors, one for each axis. Source: torch.index_put."""
    seen, places = viewed(input, tuple(slice(None) if i is None else i for i in indices))
    found, axes = _as_indices(seen, places)
    return ops.index_put(seen, values, *found, axes=axes, accumulate=accumulate)


# -- by truth --------------------------------------------------------------------------------------------------------


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The places of elements that are not zero: a row each, or a vector for each axis. Source: torch.nonzero."""
    if as_tuple and not shape_of(input):
        input = input.reshape(1)
    found = ops.nonzero(input)
    return found.unbind(1) if as_tuple else found


argwhere = nonzero


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where mask holds, as a vector. Source: torch.masked_select."""
    if mask.dtype is not dtypes.bool_:
        raise DTypeError(f"[masked_select] the mask must be a bool tensor, got {mask.dtype!r}.")
    wide = input.expand(movement_broadcast(shape_of(input), shape_of(mask)))
    return getitem(wide, mask.expand(shape_of(wide)))


def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle of the last two axes, zeros elsewhere. Source: torch.tril."""
    return elementwise.where.apply(_triangle(input) <= diagonal, input, 0)


def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle of the last two axes, zeros elsewhere. Source: torch.triu."""
    return elementwise.where.apply(_triangle(input) >= diagonal, input, 0)


def _triangle(input: Any) -> Any:
    """Column minus row."""
    shape = shape_of(input)
    if len(shape) < 2:
        raise ShapeError(f"[tril/triu] needs at least 2 axes, got shape {shape}.")
    from plugtorch.tensor.creation import arange

    rows, columns = arange(shape[-2], device=input.device), arange(shape[-1], device=input.device)
    return columns - rows.reshape(-1, 1)


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two axes, as a last axis. (Here a copy.) Source: torch.diagonal."""
    count = len(shape_of(input))
    a, b = one_axis("diagonal", dim1, count), one_axis("diagonal", dim2, count)
    moved = input.movedim((a, b), (-2, -1))
    rows, columns = shape_of(moved)[-2:]
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    from plugtorch.tensor.creation import arange

    steps = arange(length, device=input.device)
    return ops.index(
        moved, steps + max(-offset, 0), steps + max(offset, 0), axes=(count - 2, count - 1)
    )


def diag(input: Any, diagonal_: int = 0) -> Any:
    """A vector as a diagonal matrix; of a matrix, its diagonal. Source: torch.diag."""
    shape = shape_of(input)
    if len(shape) == 2:
        return diagonal(input, diagonal_)
    if len(shape) != 1:
        raise ShapeError(f"[diag] needs a vector or a matrix, got shape {shape}.")
    from plugtorch.tensor.creation import arange

    size = shape[0] + abs(diagonal_)
    steps = arange(shape[0], device=input.device)
    return ops.index_put(
        input.new_zeros((size, size)), input, steps + max(-diagonal_, 0), steps + max(diagonal_, 0),
        axes=(0, 1), accumulate=False,
    )
