"""x[key] and x[key] = value. The meaning of keys is PyTorch's.

A key is taken in two stages, as PyTorch does: numbers, slices, None and ``...`` make a view; then
tensors and lists of places read from that view. A bool tensor stands for the places where it holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import WIDEST, autocasts
from plugtorch.errors import ArgumentError, IndexRangeError
from plugtorch.ops import indexing as ops
from plugtorch.ops import movement
from plugtorch.primitive import cast, same_type, to_device, together
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import tensor as make
from plugtorch.tensor.logic import filler

__all__ = [
    "index_put",
]

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
            if shape_of(parts[place]) != () and parts[place].numel() == 0:
                parts[place] = cast(parts[place], dtypes.int64)
    used = sum(_consumed(part) for part in parts if part is not Ellipsis)
    count = len(shape_of(x))
    if used > count:
        raise IndexRangeError(
            f"[index] {used} indices for a tensor of {count} axes, shape {shape_of(x)}."
        )
    if sum(part is Ellipsis for part in parts) > 1:
        raise IndexRangeError("[index] '...' may stand in a key only once.")
    if not any(part is Ellipsis for part in parts):
        return parts + [slice(None)] * (count - used)
    place = next(i for i, part in enumerate(parts) if part is Ellipsis)
    return parts[:place] + [slice(None)] * (count - used) + parts[place + 1 :]


def _list_is_tuple(key: list[Any]) -> bool:
    """An old habit of NumPy's that PyTorch keeps: a short list with slices or lists in it is a
    tuple.
    """
    return len(key) < 32 and any(
        isinstance(p, (slice, list, TensorBase)) or p is None or p is Ellipsis for p in key
    )


def _span(part: slice, axis: int, size: int) -> tuple[int, int, int]:
    if part.step is not None and int(part.step) < 1:
        raise ArgumentError(
            f"[index] a step must be at least 1, got {part.step}. Use flip() to go backwards."
        )
    try:
        start, stop, step = part.indices(size)
    except TypeError:  # tensors and other whole numbers that slice() does not know
        ends = [None if v is None else int(v) for v in (part.start, part.stop, part.step)]
        start, stop, step = slice(*ends).indices(size)
    return start, max(start, stop), step


def span_of(name: str, part: Any, axis: int, shape: tuple[int, ...]) -> movement.Span:
    """What a slice or a whole number takes of an axis."""
    size = shape[axis]
    if isinstance(part, slice):
        return _span(part, axis, size)
    try:
        number: int = part.__index__()
    except AttributeError:
        raise _NotAnIndexError(
            f"[{name}] cannot index with a {type(part).__name__}: use whole numbers, slices, None, "
            "..., lists, or "
            "integer or bool tensors."
        ) from None
    if not -size <= number < size:
        raise IndexRangeError(f"[{name}] index {number} is outside axis {axis} of size {size}.")
    return number + size if number < 0 else number


class _NotAnIndexError(IndexRangeError, TypeError):
    """PyTorch raises one or the other, by the type given."""


def _is_number(part: TensorBase) -> bool:
    """Whether a tensor is as good as a whole number: PyTorch then makes a view."""
    kind = part.dtype
    return kind.kind == dtypes.INTEGER and kind is not dtypes.uint8 and not shape_of(part)


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
        elif isinstance(part, TensorBase) and not _is_number(part):
            size = _consumed(part)
            if part.dtype.is_floating_point:
                raise IndexRangeError(
                    "[index] a tensor used as an index must be integer or bool, got "
                    f"{part.dtype!r}."
                )
            if size == 0:
                target.append(1)
                places.append((len(target) - 1, movement.reshape(part, shape=(1,))))
                continue
            places.append((len(target), part))
            for own, other in zip(
                shape[axis : axis + size],
                shape_of(part) if size > 1 or part.dtype is dtypes.bool_ else (),
            ):
                if own != other:
                    raise IndexRangeError(
                        f"[index] a bool index of shape {shape_of(part)} does not fit axes from "
                        f"{axis} of shape {shape}."
                    )
            spans.extend((0, n, 1) for n in shape[axis : axis + size])
            target.extend(shape[axis : axis + size])
        else:
            whole = False
            spans.append(span_of("index", part, axis, shape))
    if not whole:
        x = movement.slice(x, spans=tuple(spans))
    if tuple(target) != shape_of(x):
        x = movement.reshape(x, shape=tuple(target))
    elif whole and not places:
        x = movement.reshape(x, shape=shape)
    return x, places


def _as_indices(x: Any, places: Places) -> tuple[list[Any], tuple[int, ...]]:
    """Integer index tensors and the axes they stand for; a bool tensor gives one for each of its
    axes.
    """
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
    elif (
        isinstance(key, TensorBase) and key.dtype is dtypes.int64 and shape_of(key) and shape_of(x)
    ):
        if key.storage.backend is x.storage.backend:
            return ops.index(x, key, axes=(0,))
    seen, places = viewed(x, key)
    if not places:
        return seen
    indices, axes = _as_indices(seen, places)
    return ops.index(seen, *indices, axes=axes)


def setitem(x: Any, key: Any, value: Any) -> None:
    """x[key] = value: the value broadcasts, and is converted to the dtype of x. Source:
    torch.Tensor.__setitem__.
    """
    kind = type(key)
    places: Places = []
    if kind is int or kind is slice:
        seen = getitem(x, key)
    else:
        seen, places = viewed(x, key)
    if not isinstance(value, TensorBase):
        listed = hasattr(value, "__len__")
        value = (
            make(value, dtype=x.dtype, device=x.device) if listed else filler("setitem", x, value)
        )
    elif value.storage.backend is not x.storage.backend:
        if places and shape_of(value):
            together("setitem", (x, value))
        value = to_device(value, x.storage.backend)
    if value.dtype is not x.dtype:
        value = cast(value, x.dtype)
    if not places:
        seen.copy_(_shortened(value, len(shape_of(seen))))
        return
    indices, axes = _as_indices(seen, places)
    target = ops.indexed(shape_of(seen), tuple([shape_of(i) for i in indices]), axes)
    value = _shortened(value, len(target))
    seen._assign(ops.index_put(seen, value, *indices, axes=axes, accumulate=False), "setitem")


def _shortened(value: Any, count: int) -> Any:
    """``value`` with at most count axes, where those in front have size 1. PyTorch drops them."""
    shape = shape_of(value)
    while len(shape) > count and shape[0] == 1:
        shape = shape[1:]
    return value if len(shape) == len(shape_of(value)) else value.reshape(shape)


# -- as functions ----------------------------------------------------------------------------------


@autocasts(elsewhere=WIDEST)
def index_put(input: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """input with values written (or added) at index tensors, one for each axis. Source:
    torch.index_put.
    """
    same_type(input, values, "index_put")
    seen, places = viewed(input, tuple(slice(None) if i is None else i for i in indices))
    found, axes = _as_indices(seen, places)
    target = ops.indexed(shape_of(seen), tuple([shape_of(i) for i in found]), axes)
    values = _shortened(values, len(target))
    return ops.index_put(seen, values, *found, axes=axes, accumulate=accumulate)
