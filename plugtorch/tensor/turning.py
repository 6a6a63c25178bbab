"""Functions that reverse, rotate and repeat. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import elementwise, indexing
from plugtorch.ops import movement as ops
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of, sizes, some_axes
from plugtorch.tensor.joining import cat
from plugtorch.tensor.pieces import narrow
from plugtorch.tensor.shapes import reshape

__all__ = [
    "flip",
    "fliplr",
    "flipud",
    "repeat_interleave",
    "roll",
    "rot90",
    "tile",
]


def flip(input: Any, *axes_given: Any, dims: Any = None) -> Any:
    """The elements in reverse along axes. Source: torch.flip."""
    axes = sizes("flip", axes_given if dims is None else (dims,))
    return ops.flip(input, axes=some_axes("flip", axes, len(shape_of(input))) if axes else ())


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """Moved along axes, what falls off coming back at the other end. Source: torch.roll."""
    if dims is None:
        return reshape(roll(reshape(input, -1), shifts, 0), shape_of(input))
    steps = [shifts] if isinstance(shifts, int) else list(shifts)
    axes = [dims] if isinstance(dims, int) else list(dims)
    if len(steps) != len(axes):
        raise ArgumentError(f"[roll] got {len(steps)} shifts for {len(axes)} axes.")
    given = input
    if axes and not shape_of(input):
        raise IndexRangeError("[roll] a 0-d tensor has no axis to move along.")
    for step, dim in zip(steps, axes):
        shape = shape_of(input)
        axis = one_axis("roll", dim, len(shape))
        size = shape[axis] if shape else 0
        if size and step % size:
            cut = size - step % size
            input = cat((narrow(input, axis, cut, size - cut), narrow(input, axis, 0, cut)), axis)
    return elementwise.clone.apply(input) if input is given else input


def rot90(input: Any, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """Turned k times by 90 degrees, from the first of two axes towards the second. Source:
    torch.rot90.
    """
    if len(dims) != 2:
        raise ArgumentError(f"[rot90] needs two axes, got {tuple(dims)}.")
    first, second = [one_axis("rot90", d, len(shape_of(input))) for d in dims]
    if first == second:
        raise ArgumentError(f"[rot90] the two axes must differ, got {tuple(dims)}.")
    turns = k % 4
    if turns == 2:
        return flip(input, first, second)
    if turns == 0:
        return elementwise.clone.apply(input)
    axes = list(range(len(shape_of(input))))
    axes[first], axes[second] = second, first
    return flip(input, second).permute(axes) if turns == 1 else flip(input, first).permute(axes)


def fliplr(input: Any) -> Any:
    """The columns in reverse. Source: torch.fliplr."""
    if len(shape_of(input)) < 2:
        raise ShapeError(f"[fliplr] needs at least 2 axes, got shape {shape_of(input)}.")
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """The rows in reverse. Source: torch.flipud."""
    if not shape_of(input):
        raise ShapeError("[flipud] needs at least 1 axis, got a 0-d tensor.")
    return flip(input, 0)


# -- repeating -------------------------------------------------------------------------------------


def repeat(input: Any, *repeats: Any) -> Any:
    """The whole tensor repeated along each axis. Source: torch.Tensor.repeat."""
    times = sizes("repeat", repeats)
    shape = shape_of(input)
    if len(times) < len(shape):
        raise ShapeError(
            f"[repeat] needs at least {len(shape)} numbers for shape {shape}, got {times}."
        )
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


@numpy_words
def repeat_interleave(
    input: Any, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each element repeated, along an axis or of the flattened tensor.

    repeats: a number, or a vector of whole numbers with one for each slice. Alone, as the only
    argument, it gives the places 0, 1, ... repeated.

    >>> import plugtorch
    >>> plugtorch.repeat_interleave(plugtorch.tensor([7, 8]), plugtorch.tensor([1, 2]))
    tensor([7, 8, 8])

    Source: torch.repeat_interleave.
    """
    if repeats is None:
        return _places(input)
    if dim is None:
        input, dim = reshape(input, -1) if input.numel() else reshape(input, 0), 0
    shape = shape_of(input)
    axis = one_axis("repeat_interleave", dim, len(shape))
    if isinstance(repeats, TensorBase) and shape_of(repeats) not in ((), (1,)):
        if shape_of(repeats) != (shape[axis],):
            raise ShapeError(
                f"[repeat_interleave] repeats of shape {shape_of(repeats)} must be one for each of "
                f"{shape[axis]}."
            )
        return indexing.index(input, _places(repeats), axes=(axis,))
    times = int(repeats)
    if times < 0:
        raise ArgumentError(f"[repeat_interleave] repeats must not be negative, got {times}.")
    wide = ops.reshape(input, shape=(*shape[: axis + 1], 1, *shape[axis + 1 :]))
    wide = ops.expand(wide, shape=(*shape[: axis + 1], times, *shape[axis + 1 :]))
    target = (*shape[:axis], shape[axis] * times, *shape[axis + 1 :])
    return ops.reshape(elementwise.clone.apply(wide), shape=target)


def _places(repeats: Any) -> Any:
    """0 as often as the first number says, 1 as often as the second, ..."""
    if len(shape_of(repeats)) != 1 or repeats.dtype.kind != dtypes.INTEGER:
        raise DTypeError(
            f"[repeat_interleave] repeats must be a vector of whole numbers, got {repeats.dtype!r}."
        )
    ends = repeats.to(dtypes.int64).cumsum(0)
    total = int(ends[-1]) if shape_of(ends)[0] else 0
    if bool((repeats < 0).any()):
        raise ArgumentError("[repeat_interleave] repeats must not be negative.")
    # a place is the number of ends at or before it
    marks = indexing.scatter_add(
        ends.new_zeros(total + 1), ends, ends.new_ones(shape_of(ends)), axis=0
    )
    return marks.cumsum(0).narrow(0, 0, total)
