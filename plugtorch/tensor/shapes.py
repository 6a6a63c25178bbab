"""Functions that rearrange, each also a method. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import elementwise
from plugtorch.ops import movement as ops
from plugtorch.ops import reduction
from plugtorch.primitive import broadcast, cast, match
from plugtorch.storage import TensorBase, View
from plugtorch.tensor.axes import one_axis, shape_of, sizes, some_axes

# -- strides: only to know what PyTorch would copy -------------------------------------------------------------------


def strides_of(x: TensorBase) -> tuple[int, ...]:
    """The strides that PyTorch would have: how far apart neighbours along each axis are in the box."""
    shape = tuple(x.storage.array.shape)
    strides = dense(shape)
    view = x.through
    for movement, parameters in view.steps if isinstance(view, View) else ():
        if movement is ops.permute:
            axes = parameters["axes"]
            shape = tuple([shape[a] for a in axes])
            strides = tuple([strides[a] for a in axes])
        elif movement is ops.slice:
            spans = parameters["spans"]
            kept = [(i, span) for i, span in enumerate(spans) if not isinstance(span, int)]
            strides = (*[strides[i] * span[2] for i, span in kept], *strides[len(spans) :])
            shape = (*[len(range(*span)) for _, span in kept], *shape[len(spans) :])
        elif movement is ops.expand:
            target = parameters["shape"]
            extra = len(target) - len(shape)
            strides = (0,) * extra + tuple(
                [0 if old != new else stride for old, new, stride in zip(shape, target[extra:], strides)]
            )
            shape = target
        else:
            target = parameters["shape"]
            strides = restride(shape, strides, target) or dense(target)
            shape = target
    return strides


def dense(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor laid out row by row."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def restride(
    shape: tuple[int, ...], strides: tuple[int, ...], target: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The strides of ``target`` over the same memory, None where only a copy has that shape."""
    if 0 in shape:
        return dense(target)
    # axes that continue one another are one run: (size, stride of its last element)
    runs: list[list[int]] = []
    for size, stride in zip(shape, strides):
        if size == 1:
            continue
        if runs and runs[-1][1] == size * stride:
            runs[-1] = [runs[-1][0] * size, stride]
        else:
            runs.append([size, stride])
    result = []
    room, stride = runs.pop() if runs else (1, 1)
    for size in reversed(target):
        if size == 1:
            result.append(stride)
            continue
        if room == 1 and runs:
            room, stride = runs.pop()
        if room % size:
            return None
        result.append(stride)
        stride *= size
        room //= size
    return tuple(reversed(result))


def is_contiguous(input: Any, memory_format: Any = None) -> bool:
    """Whether the elements lie row by row in the box. Source: torch.Tensor.is_contiguous."""
    if input.through is None:
        return True
    shape = shape_of(input)
    if 0 in shape:
        return True
    return all(
        size == 1 or a == b for size, a, b in zip(shape, strides_of(input), dense(shape))
    )


def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The tensor itself if it is contiguous, else a copy. Source: torch.Tensor.contiguous."""
    return input if is_contiguous(input) else elementwise.clone.apply(input)


# -- shape -----------------------------------------------------------------------------------------------------------


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
        raise ShapeError(f"[{name}] the -1 in {target} is not determined by shape {shape}; give one size for one -1.")
    if known <= 0 or prod(shape) % known:
        raise ShapeError(f"[{name}] cannot lay out {prod(shape)} elements of shape {shape} as {target}.")
    return tuple([prod(shape) // known if size == -1 else size for size in target])


def reshape(input: Any, *shape: Any) -> Any:
    """The same elements in another shape; one size may be -1. A view where PyTorch gives one, else a copy.

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
    """As reshape, but never a copy. Also view(dtype) for a dtype of the same size.

    Raises ShapeError where a copy would be needed. Source: torch.Tensor.view.
    """
    if len(shape) == 1 and isinstance(shape[0], dtypes.dtype):
        return _reinterpret(input, shape[0])
    target = _resolve("view", shape_of(input), sizes("view", shape))
    if input.through is not None and restride(shape_of(input), strides_of(input), target) is None:
        raise ShapeError(
            f"[view] shape {shape_of(input)} with strides {strides_of(input)} cannot be seen as {target} without a "
            "copy. Use reshape() instead."
        )
    return ops.reshape(input, shape=target)


def _reinterpret(input: Any, kind: dtypes.dtype) -> Any:
    if kind is not input.dtype:
        raise DTypeError(f"[view] seeing {input.dtype!r} memory as {kind!r} is not offered. Convert with .to().")
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
    first, last = one_axis("flatten", start_dim, len(shape)), one_axis("flatten", end_dim, len(shape))
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
    return view(input, (*shape[:axis], *_resolve("unflatten", (shape[axis],), tuple(sizes)), *shape[axis + 1 :]))


def squeeze(input: Any, dim: Any = None) -> Any:
    """Without its axes of size 1, or without those named. Source: torch.squeeze."""
    shape = shape_of(input)
    axes = some_axes("squeeze", dim, len(shape)) if dim != () else ()
    return ops.reshape(input, shape=tuple([n for i, n in enumerate(shape) if n != 1 or i not in axes]))


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


def movedim(input: Any, source: Any, destination: Any) -> Any:
    """Axes moved to other places, the rest in order. Source: torch.movedim."""
    count = len(shape_of(input))
    sources = [one_axis("movedim", s, count) for s in ([source] if isinstance(source, int) else source)]
    places = [one_axis("movedim", d, count) for d in ([destination] if isinstance(destination, int) else destination)]
    if len(sources) != len(places) or len(set(sources)) != len(sources) or len(set(places)) != len(places):
        raise ArgumentError(f"[movedim] {source} and {destination} must name as many axes, each once.")
    rest = iter([axis for axis in range(count) if axis not in sources])
    where = dict(zip(places, sources))
    return ops.permute(input, axes=tuple([where[i] if i in where else next(rest) for i in range(count)]))


moveaxis = movedim


def expand(input: Any, *shape: Any) -> Any:
    """Axes of size 1 repeated without copying, new ones in front; -1 leaves a size. Source: torch.Tensor.expand."""
    target = sizes("expand", shape)
    own = shape_of(input)
    extra = len(target) - len(own)
    if -1 in target:
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


def broadcast_tensors(*tensors: Any) -> tuple[Any, ...]:
    """All expanded to their common shape. Source: torch.broadcast_tensors."""
    common = broadcast("broadcast_tensors", [shape_of(x) for x in tensors])
    return tuple([ops.expand(x, shape=common) for x in tensors])


def sum_to_size(input: Any, *shape: Any) -> Any:
    """Summed over what broadcasting had stretched, to a shape. Source: torch.Tensor.sum_to_size."""
    own = shape_of(input)
    target = shape[0] if len(shape) == 1 and type(shape[0]) is tuple else sizes("sum_to_size", shape)
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


# -- pieces ----------------------------------------------------------------------------------------------------------


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """length elements from start along an axis. Source: torch.narrow."""
    shape = shape_of(input)
    if not shape:
        raise ShapeError("[narrow] a 0-d tensor has no axis to narrow.")
    axis = one_axis("narrow", dim, len(shape))
    start = int(start)
    if not -shape[axis] <= start <= shape[axis]:
        raise IndexRangeError(f"[narrow] start {start} is outside axis {axis} of size {shape[axis]}.")
    start += shape[axis] if start < 0 else 0
    if length < 0 or start + length > shape[axis]:
        raise ShapeError(
            f"[narrow] {length} elements from {start} do not fit axis {axis} of size {shape[axis]}."
        )
    spans = [(0, size, 1) for size in shape]
    spans[axis] = (start, start + length, 1)
    return ops.slice(input, spans=tuple(spans))


def select(input: Any, dim: int, index: int) -> Any:
    """The slice at index along an axis, without that axis. Source: torch.select."""
    shape = shape_of(input)
    if not shape:
        raise IndexRangeError("[select] a 0-d tensor cannot be indexed. Use item() for its value.")
    axis = one_axis("select", dim, len(shape))
    place = index + shape[axis] if index < 0 else index
    if not 0 <= place < shape[axis]:
        raise IndexRangeError(f"[select] index {index} is outside axis {axis} of size {shape[axis]}.")
    return ops.slice(input, spans=(*[(0, size, 1) for size in shape[:axis]], place))


def split(input: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of one size, or of the sizes given, along an axis. Source: torch.split."""
    shape = shape_of(input)
    axis = one_axis("split", dim, len(shape))
    size = shape[axis] if shape else 1
    if isinstance(split_size_or_sections, (tuple, list)):
        sections = list(split_size_or_sections)
        if sum(sections) != size or any(s < 0 for s in sections):
            raise ShapeError(f"[split] sections {sections} must add up to {size}, the size of axis {axis}.")
    else:
        step = int(split_size_or_sections)
        if step < 0 or (step == 0 and size):
            raise ArgumentError(f"[split] a piece must have at least 1 element, got {step}.")
        sections = [min(step, size - start) for start in range(0, size, step)] if step else []
        sections = sections or [0]
    pieces, start = [], 0
    for length in sections:
        pieces.append(narrow(input, axis, start, length))
        start += length
    return tuple(pieces)


def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most ``chunks`` pieces of equal size, the last perhaps smaller. Source: torch.chunk."""
    if chunks < 1:
        raise ArgumentError(f"[chunk] needs at least 1 chunk, got {chunks}.")
    shape = shape_of(input)
    size = shape[one_axis("chunk", dim, len(shape))]
    if not size:
        return tuple(narrow(input, dim, 0, 0) for _ in range(chunks))
    return split(input, -(-size // chunks), dim)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """All slices along an axis, without that axis. Source: torch.unbind."""
    shape = shape_of(input)
    axis = one_axis("unbind", dim, len(shape))
    if not shape:
        raise ShapeError("[unbind] a 0-d tensor has no axis to take apart.")
    return tuple([select(input, axis, i) for i in range(shape[axis])])


# -- joining ---------------------------------------------------------------------------------------------------------


def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors one after the other along an axis.

    >>> import plugtorch
    >>> plugtorch.cat([plugtorch.zeros(1, 2), plugtorch.ones(1, 2)])
    tensor([[0., 0.],
            [1., 1.]])

    Source: torch.cat.
    """
    listed = list(tensors)
    if not listed:
        raise ArgumentError("[cat] needs at least one tensor.")
    for place, tensor in enumerate(listed):
        if not isinstance(tensor, TensorBase):
            raise DTypeError(f"[cat] element {place} is a {type(tensor).__name__}, not a tensor.")
        if not shape_of(tensor):
            raise ShapeError(f"[cat] element {place} is 0-d, which cannot be joined. Use stack().")
    # an empty vector joins with anything, as in PyTorch
    joined = [x for x in listed if shape_of(x) != (0,)] or listed[:1]
    axis = one_axis("cat", dim, len(shape_of(joined[0])))
    if any(x.dtype is not joined[0].dtype for x in listed):
        joined = [m for m, x in zip(match("cat", tuple(listed)), listed) if shape_of(x) != (0,)] or listed[:1]
    return ops.concatenate(*joined, axis=axis)


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape side by side, along a new axis. Source: torch.stack."""
    listed = list(tensors)
    if not listed:
        raise ArgumentError("[stack] needs at least one tensor.")
    shape = shape_of(listed[0])
    for place, tensor in enumerate(listed):
        if shape_of(tensor) != shape:
            raise ShapeError(
                f"[stack] all shapes must be equal, but element 0 has {shape} and element {place} {shape_of(tensor)}."
            )
    axis = one_axis("stack", dim, len(shape) + 1)
    return cat([unsqueeze(x, axis) for x in listed], axis)


def hstack(tensors: Sequence[Any]) -> Any:
    """Joined along the second axis, vectors along their only one. Source: torch.hstack."""
    listed = [reshape(x, 1) if not shape_of(x) else x for x in tensors]
    return cat(listed, 0 if len(shape_of(listed[0])) == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Joined along the first axis, vectors as rows. Source: torch.vstack."""
    return cat([reshape(x, 1, -1) if len(shape_of(x)) < 2 else x for x in tensors])


def flip(input: Any, *dims: Any) -> Any:
    """The elements in reverse along axes. Source: torch.flip."""
    axes = sizes("flip", dims)
    return ops.flip(input, axes=some_axes("flip", axes, len(shape_of(input))) if axes else ())


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """Moved along axes, what falls off coming back at the other end. Source: torch.roll."""
    if dims is None:
        return reshape(roll(reshape(input, -1), shifts, 0), shape_of(input))
    steps = [shifts] if isinstance(shifts, int) else list(shifts)
    axes = [dims] if isinstance(dims, int) else list(dims)
    if len(steps) != len(axes):
        raise ArgumentError(f"[roll] got {len(steps)} shifts for {len(axes)} axes.")
    for step, dim in zip(steps, axes):
        shape = shape_of(input)
        axis = one_axis("roll", dim, len(shape))
        size = shape[axis] if shape else 0
        if size and step % size:
            cut = size - step % size
            input = cat((narrow(input, axis, cut, size - cut), narrow(input, axis, 0, cut)), axis)
    return elementwise.clone.apply(input) if input.through is not None else input


def repeat(input: Any, *repeats: Any) -> Any:
    """The whole tensor repeated along each axis. Source: torch.Tensor.repeat."""
    times = sizes("repeat", repeats)
    shape = shape_of(input)
    if len(times) < len(shape):
        raise ShapeError(f"[repeat] needs at least {len(shape)} numbers for shape {shape}, got {times}.")
    shape = (1,) * (len(times) - len(shape)) + shape
    doubled: list[int] = []
    for size in shape:
        doubled += [1, size]
    stretched: list[int] = []
    for count, size in zip(times, shape):
        stretched += [count, size]
    wide = ops.expand(ops.reshape(input, shape=tuple(doubled)), shape=tuple(stretched))
    target = tuple([c * s for c, s in zip(times, shape)])
    return ops.reshape(elementwise.clone.apply(wide), shape=target)


def tile(input: Any, *dims: Any) -> Any:
    """As repeat, missing counts being 1. Source: torch.tile."""
    times = sizes("tile", dims)
    return repeat(input, (1,) * (len(shape_of(input)) - len(times)) + times)
