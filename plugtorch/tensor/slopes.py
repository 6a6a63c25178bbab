"""Slopes of values that are given at points. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import movement
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import one_axis, shape_of, some_axes

__all__ = ["gradient"]


def gradient(
    input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1
) -> tuple[Any, ...]:
    """The slope of values along each axis: inside by a parabola through three neighbours, at both
    ends by edge_order + 1 points.

    spacing: how far points are apart, a number for all axes or one for each, or a vector of
    places for each. dim: the axis or axes, None for all. edge_order: 1 or 2. Returns one tensor
    for each axis.

    Raises ShapeError for axes of fewer than edge_order + 1 elements.

    >>> import plugtorch
    >>> plugtorch.gradient(plugtorch.tensor([0.0, 1.0, 4.0]))
    (tensor([1., 2., 3.]),)

    Source: torch.gradient.
    """
    shape = shape_of(input)
    if input.dtype in (dtypes.uint8, dtypes.bool_):
        raise DTypeError(f"[gradient] does not take {input.dtype!r}. Convert with .to() first.")
    if edge_order not in (1, 2):
        raise ArgumentError(f"[gradient] edge_order must be 1 or 2, got {edge_order}.")
    if dim is not None and not shape:
        raise IndexRangeError(f"[gradient] a number has no axis {dim}. Leave dim out.")
    axes = some_axes("gradient", dim, len(shape))
    if isinstance(dim, (tuple, list)):  # in the order in which they are named
        axes = tuple([one_axis("gradient", axis, len(shape)) for axis in dim])
    spacing = 1 if spacing is None else spacing
    places = isinstance(spacing, TensorBase) and bool(shape_of(spacing))
    one = not isinstance(spacing, (tuple, list)) and not (places and axes[1:])
    steps = [spacing] * len(axes) if one else list(spacing)
    if len(steps) != len(axes):
        raise ArgumentError(f"[gradient] got {len(steps)} spacings for {len(axes)} axes.")
    for axis, step in zip(axes, steps):
        if shape[axis] <= edge_order:
            raise ShapeError(
                f"[gradient] edge_order {edge_order} needs at least {edge_order + 1} elements "
                f"along each axis, got shape {tuple(shape)}."
            )
        if isinstance(step, TensorBase) and shape_of(step) not in ((), (shape[axis],)):
            raise ShapeError(
                f"[gradient] {shape[axis]} values along axis {axis} need as many places, got "
                f"shape {tuple(shape_of(step))}."
            )
    slopes: list[Any] = []
    for axis, step in zip(axes, steps):
        even = not (isinstance(step, TensorBase) and shape_of(step))
        # divided last where one step is all: infinite slopes, of a step of 0, cannot be averaged
        made = _along(input, axis, 1 if even else step, edge_order)
        slopes.append(made / step if even else made)
    return tuple(slopes)


def _along(x: Any, axis: int, step: Any, edge_order: int) -> Any:
    n = shape_of(x)[axis]

    def slopes(start: int, length: int) -> Any:
        """Between neighbours."""
        rise = x.narrow(axis, start + 1, length) - x.narrow(axis, start, length)
        return rise / widths.narrow(axis, start, length)

    widths = _widths(x, axis, step)
    between = slopes(0, n - 1)
    first, last = between.narrow(axis, 0, 1), between.narrow(axis, n - 2, 1)
    if n == 2:
        return movement.concatenate(first, last, axis=axis)
    before, after = between.narrow(axis, 0, n - 2), between.narrow(axis, 1, n - 2)
    left, right = widths.narrow(axis, 0, n - 2), widths.narrow(axis, 1, n - 2)
    middle = (before * right + after * left) / (left + right)
    if edge_order == 2:  # on a parabola the slope between two points is the mean of both ends'
        first = 2 * first - middle.narrow(axis, 0, 1)
        last = 2 * last - middle.narrow(axis, n - 3, 1)
    return movement.concatenate(first, middle, last, axis=axis)


def _widths(x: Any, axis: int, step: Any) -> Any:
    """How far neighbours are apart, along the axis."""
    n, along = shape_of(x)[axis], [1] * len(shape_of(x))
    along[axis] = shape_of(x)[axis] - 1
    if isinstance(step, TensorBase) and shape_of(step):
        places: Any = step
        return (places.narrow(0, 1, n - 1) - places.narrow(0, 0, n - 1)).reshape(along)
    kind = x.dtype if x.dtype.is_floating_point else dtypes.get_default_dtype()
    return x.new_ones(along, dtype=kind) * step
