"""Functions that give a tensor another shape, each also a method. Names, arguments and meaning are
PyTorch's.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.ops import elementwise, reduction
from plugtorch.ops import movement as ops
from plugtorch.primitive import broadcast, cast
from plugtorch.tensor.axes import Size, numpy_words, one_axis, shape_of, sizes, some_axes
from plugtorch.tensor.strides import restride, strides_of

__all__ = [
    "adjoint",
    "broadcast_shapes",
    "broadcast_tensors",
    "broadcast_to",
    "flatten",
    "moveaxis",
    "movedim",
    "permute",
    "ravel",
    "reshape",
    "squeeze",
    "swapaxes",
    "swapdims",
    "t",
    "transpose",
    "unflatten",
    "unsqueeze",
]


def _resolve(name: str, shape: tuple[int, ...], target: tuple[int, ...]) -> tuple[int, ...]:
    """``target`` with its -1 worked out."""
    if -1 not in target:
        if prod(shape) != prod(target) or any(size < 0 for size in target):
            raise ShapeError(
                f"[{name}] cannot lay out {prod(shape)} elements of shape {shape} as {target}, "
                f"which has {prod(target)}."
            )
        return target
    known = prod([size for size in target if size != -1])
    if target.count(-1) > 1 or (known == 0 and prod(shape) == 0):
        raise ShapeError(
            f"[{name}] the -1 in {target} is not determined by shape {shape}; give one size for "
            "one -1."
        )
    if known <= 0 or prod(shape) % known:
        raise ShapeError(
            f"[{name}] cannot lay out {prod(shape)} elements of shape {shape} as {target}."
        )
    return tuple([prod(shape) // known if size == -1 else size for size in target])


def reshape(input: Any, *shape: Any) -> Any:
    """The same elements in another shape; one size may be -1. A view where PyTorch gives one, else
    a copy.

    >>> import plugtorch
    >>> plugtorch.arange(6).reshape(2, -1)
    tensor([[0, 1, 2],
            [3, 4, 5]])

    Source: torch.reshape.
    """
    target = _resolve("reshape", shape_of(input), sizes("reshape", shape))
    if input.through is not None and restride(shape_of(input), strides_of(input), target) is None:
        input = elementwise.clone.apply(input)
    return ops.reshape(input, shape=target)


def view(input: Any, *shape: Any) -> Any:
    """As reshape, but never a copy. A dtype of the same size reads the bytes anew.

    Raises ShapeError where a copy would be needed. Source: torch.Tensor.view.
    """
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        return _reinterpret(input, shape[0])
    target = _resolve("view", shape_of(input), sizes("view", shape))
    if input.through is not None and restride(shape_of(input), strides_of(input), target) is None:
        raise ShapeError(
            f"[view] shape {shape_of(input)} with strides {strides_of(input)} cannot be seen as "
            f"{target} without a "
            "copy. Use reshape() instead."
        )
    return ops.reshape(input, shape=target)


def _reinterpret(input: Any, kind: dtypes.dtype) -> Any:
    if kind is not input.dtype:
        raise DTypeError(
            f"[view] seeing {input.dtype!r} memory as {kind!r} is not offered. Convert with .to()."
        )
    return ops.reshape(input, shape=shape_of(input))


def view_as(input: Any, other: Any) -> Any:
    """input in the shape of other. Source: torch.Tensor.view_as."""
    return view(input, shape_of(other))


def reshape_as(input: Any, other: Any) -> Any:
    """input in the shape of other. Source: torch.Tensor.reshape_as."""
    return reshape(input, shape_of(other))


def flatten(input: Any, start_dim: int = 0, end_dim: int = -1) -> Any:
    """The axes from start_dim to end_dim as one. Source: torch.flatten."""
    shape = shape_of(input)
    if not shape:
        return reshape(input, 1)
    first, last = (
        one_axis("flatten", start_dim, len(shape)),
        one_axis("flatten", end_dim, len(shape)),
    )
    if first > last:
        raise ShapeError(f"[flatten] start_dim {start_dim} comes after end_dim {end_dim}.")
    if first == last:
        return input
    return reshape(input, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


def ravel(input: Any) -> Any:
    """All elements along one axis. Source: torch.ravel."""
    return reshape(input, -1) if prod(shape_of(input)) else reshape(input, 0)


def unflatten(input: Any, dim: int, sizes: Sequence[int]) -> Any:
    """One axis as several. Source: torch.unflatten."""
    shape = shape_of(input)
    axis = one_axis("unflatten", dim, len(shape))
    return view(
        input,
        (*shape[:axis], *_resolve("unflatten", (shape[axis],), tuple(sizes)), *shape[axis + 1 :]),
    )


@numpy_words
def squeeze(input: Any, dim: Any = None) -> Any:
    """Without its axes of size 1, or without those named. Source: torch.squeeze."""
    shape = shape_of(input)
    axes = some_axes("squeeze", dim, len(shape)) if dim != () else ()
    return ops.reshape(
        input, shape=tuple([n for i, n in enumerate(shape) if n != 1 or i not in axes])
    )


@numpy_words
def unsqueeze(input: Any, dim: int) -> Any:
    """With a new axis of size 1 at dim. Source: torch.unsqueeze."""
    shape = shape_of(input)
    axis = one_axis("unsqueeze", dim, len(shape) + 1)
    return ops.reshape(input, shape=(*shape[:axis], 1, *shape[axis:]))


def permute(input: Any, *dims: Any) -> Any:
    """The axes in another order. Source: torch.permute."""
    count = len(shape_of(input))
    axes = tuple([one_axis("permute", d, count) for d in sizes("permute", dims)])
    return ops.permute(input, axes=axes)


def transpose(input: Any, dim0: int, dim1: int) -> Any:
    """Two axes exchanged. Source: torch.transpose."""
    count = len(shape_of(input))
    a, b = one_axis("transpose", dim0, count), one_axis("transpose", dim1, count)
    axes = list(range(count))
    if count:
        axes[a], axes[b] = b, a
    return ops.permute(input, axes=tuple(axes))


swapaxes = swapdims = transpose


def t(input: Any) -> Any:
    """The transpose of a matrix; a vector as it is. Source: torch.t."""
    count = len(shape_of(input))
    if count > 2:
        raise ShapeError(f"[t] needs at most 2 axes, got {count}. Use transpose or mT.")
    return ops.permute(input, axes=(1, 0) if count == 2 else tuple(range(count)))


_SWAPPED: dict[int, tuple[int, ...]] = {2: (1, 0), 3: (0, 2, 1), 4: (0, 1, 3, 2)}


def matrix_transpose(input: Any) -> Any:
    """The last two axes exchanged. Source: torch.Tensor.mT."""
    count = len(shape_of(input))
    axes = _SWAPPED.get(count)
    if axes is None:
        if count < 2:
            raise ShapeError(f"[mT] needs at least 2 axes, got shape {shape_of(input)}.")
        axes = (*range(count - 2), count - 1, count - 2)
    return ops.permute(input, axes=axes)


def adjoint(input: Any) -> Any:
    """The last two axes exchanged. Source: torch.adjoint."""
    return matrix_transpose(input)


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest in order. Source: torch.movedim."""
    count = len(shape_of(input))
    sources = [
        one_axis("movedim", s, count) for s in ([source] if isinstance(source, int) else source)
    ]
    places = [
        one_axis("movedim", d, count)
        for d in ([destination] if isinstance(destination, int) else destination)
    ]
    if (
        len(sources) != len(places)
        or len(set(sources)) != len(sources)
        or len(set(places)) != len(places)
    ):
        raise ArgumentError(
            f"[movedim] {source} and {destination} must name as many axes, each once."
        )
    rest = iter([axis for axis in range(count) if axis not in sources])
    where = dict(zip(places, sources))
    return ops.permute(
        input, axes=tuple([where[i] if i in where else next(rest) for i in range(count)])
    )


moveaxis = movedim


def expand(input: Any, *shape: Any) -> Any:
    """Axes of size 1 repeated without copying, new ones in front; -1 leaves a size. Source:
    torch.Tensor.expand.
    """
    target = sizes("expand", shape)
    if -1 in target:
        own = shape_of(input)
        extra = len(target) - len(own)
        if extra < 0 or -1 in target[:extra]:
            raise ShapeError(f"[expand] cannot expand {own} to {target}: a new axis needs a size.")
        target = target[:extra] + tuple([o if n == -1 else n for o, n in zip(own, target[extra:])])
    return ops.expand(input, shape=target)


def expand_as(input: Any, other: Any) -> Any:
    """input expanded to the shape of other. Source: torch.Tensor.expand_as."""
    return expand(input, shape_of(other))


def broadcast_to(input: Any, shape: Sequence[int]) -> Any:
    """input expanded to a shape. Source: torch.broadcast_to."""
    return expand(input, *shape)


def broadcast_shapes(*shapes: Any) -> Size:
    """The common shape of several, sizes of 1 stretching. Source: torch.broadcast_shapes."""
    return Size(broadcast("broadcast_shapes", [sizes("broadcast_shapes", (s,)) for s in shapes]))


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All expanded to their common shape. Source: torch.broadcast_tensors."""
    common = broadcast("broadcast_tensors", [shape_of(x) for x in tensors])
    return tuple([ops.expand(x, shape=common) for x in tensors])


def sum_to_size(input: Any, *shape: Any) -> Any:
    """Summed over what broadcasting had stretched, to a shape. Source: torch.Tensor.sum_to_size."""
    own = shape_of(input)
    target = (
        shape[0] if len(shape) == 1 and type(shape[0]) is tuple else sizes("sum_to_size", shape)
    )
    if own == target:
        return input
    extra = len(own) - len(target)
    if extra < 0 or any(t not in (1, o) for t, o in zip(target, own[extra:])):
        raise ShapeError(f"[sum_to_size] {own} was not broadcast from {target}.")
    axes = tuple(
        [i for i, size in enumerate(own) if i < extra or (target[i - extra] == 1 and size != 1)]
    )
    if not input.dtype.is_floating_point:
        input = cast(input, dtypes.int64)
    folded = reduction.sum(input, axes=axes, keep=False)
    return folded if shape_of(folded) == target else ops.reshape(folded, shape=target)
