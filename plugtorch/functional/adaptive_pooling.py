"""Pooling to a size that is given, whatever the input's is.

Window i of n over an axis of size s goes from floor(i s / n) to ceil((i + 1) s / n). Where n
divides s the windows are alike and meet no other: then it is ordinary pooling.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.autocasting import AS_IT_IS, FLOAT32, autocasts
from plugtorch.dtypes import int64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.checks import floating
from plugtorch.functional.pooling import Pooling, average, largest, named
from plugtorch.ops import indexing
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import arange, tensor

Sizes = int | None | Sequence[int | None]


def _targets(name: str, axes: int, x: Any, given: Any) -> tuple[int, ...]:
    """The size wanted along each axis; None is the input's own."""
    shape = shape_of(x)
    if len(shape) not in (axes + 1, axes + 2) or 0 in shape[-axes - 1 :]:
        raise ShapeError(
            f"[{name}] got an input of shape {shape}, needed (N, C, *size) or (C, *size) with "
            f"{axes} spatial axes, nothing but N empty."
        )
    listed = tuple(given) if isinstance(given, (tuple, list)) else (given,) * axes
    if len(listed) != axes:
        raise ArgumentError(f"[{name}] output_size is {given!r}, needed one number or {axes}.")
    sizes = tuple([size if n is None else int(n) for n, size in zip(listed, shape[-axes:])])
    if min(sizes) < 0:
        raise ArgumentError(f"[{name}] output_size {sizes} has a negative number.")
    return sizes


def _regular(name: str, x: Any, sizes: tuple[int, ...]) -> Pooling | None:
    """Ordinary pooling to ``sizes``, if there is one."""
    own = shape_of(x)[-len(sizes) :]
    if any(n == 0 or size % n for n, size in zip(sizes, own)):
        return None
    return Pooling(name, len(sizes), [size // n for n, size in zip(sizes, own)], None)


def _windows(size: int, count: int) -> tuple[list[list[int]], list[int]]:
    """For each window its places, the last repeated so that all have as many; and how many."""
    spans = [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
    longest = max([end - start for start, end in spans], default=1)
    places = [[min(start + i, end - 1) for i in range(longest)] for start, end in spans]
    return places, [end - start for start, end in spans]


@autocasts(elsewhere=AS_IT_IS)
def _mean_along(x: Any, axis: int, count: int) -> Any:
    places, lengths = _windows(shape_of(x)[axis], count)
    longest = len(places[0]) if places else 1
    after = (1,) * (x.ndim - axis - 1)
    index = tensor(places, dtype=int64, device=x.device).reshape(count, longest)
    elements = indexing.index(x, index, axes=(axis,))
    length = tensor(lengths, dtype=int64, device=x.device).reshape(count, 1)
    inside = (arange(longest, device=x.device) < length).reshape(count, longest, *after)
    total = elements.where(inside, elements.new_zeros(())).sum(axis + 1)
    return total / length.to(x.dtype).reshape(count, *after)


def _max_along(x: Any, places: Any, axis: int, count: int) -> tuple[Any, Any]:
    """The largest along an axis, and where ``places`` says it is."""
    windows, _ = _windows(shape_of(x)[axis], count)
    longest = len(windows[0]) if windows else 1
    index = tensor(windows, dtype=int64, device=x.device).reshape(count, longest)
    elements = indexing.index(x, index, axes=(axis,))
    found = elements.detach().argmax(axis + 1, keepdim=True)
    taken = indexing.index(places, index, axes=(axis,)).gather(axis + 1, found)
    return elements.gather(axis + 1, found).squeeze(axis + 1), taken.squeeze(axis + 1)


def _average(name: str, axes: int, x: Any, output_size: Any) -> Any:
    floating(name, x)
    sizes = _targets(name, axes, x, output_size)
    if set(sizes) == {1}:  # everything: by far the commonest
        return x.mean(tuple(range(x.ndim - axes, x.ndim)), keepdim=True)
    pooling = _regular(name, x, sizes)
    if pooling is not None:
        return average(pooling, x)
    for axis, count in enumerate(sizes, x.ndim - axes):
        if count != shape_of(x)[axis]:
            x = _mean_along(x, axis, count)
    return x


def _largest(name: str, axes: int, x: Any, output_size: Any, return_indices: bool) -> Any:
    sizes = _targets(name, axes, x, output_size)
    pooling = _regular(name, x, sizes)
    if pooling is not None:
        return largest(pooling, x, return_indices)
    size = shape_of(x)[-axes:]
    plane = 1
    for n in size:
        plane *= n
    places = arange(plane, device=x.device).reshape(size).expand(shape_of(x))
    # the last axis first: of equal ones the first in the plane is found, as in PyTorch
    for axis in reversed(range(axes)):
        x, places = _max_along(x, places, x.ndim - axes + axis, sizes[axis])
    return (x, places) if return_indices else x


def _adaptive_avg_pool(axes: int) -> Any:
    name = f"adaptive_avg_pool{axes}d"

    def adaptive_avg_pool(input: Tensor, output_size: Sizes) -> Any:
        return _average(name, axes, input, output_size)

    doc = f"""The mean of windows that cover the last axes, {axes} of them, as evenly as can be.

    input: (N, C, *size) or (C, *size), floating point. output_size: how many windows along each
    axis, a number or several; None for as many as there are elements.

    Raises ShapeError and ArgumentError for what does not fit.

    Source: torch.nn.functional.{name}.
    """
    return named(name, doc, adaptive_avg_pool)


def _adaptive_max_pool(axes: int) -> Any:
    name = f"adaptive_max_pool{axes}d"

    def adaptive_max_pool(input: Tensor, output_size: Sizes, return_indices: bool = False) -> Any:
        return _largest(name, axes, input, output_size, return_indices)

    doc = f"""The largest of windows that cover the last axes, {axes} of them, as evenly as can be.

    input: (N, C, *size) or (C, *size). output_size: how many windows along each axis, a number or
    several; None for as many as there are elements. return_indices: give their places in the
    flattened spatial axes too.

    Raises ShapeError and ArgumentError for what does not fit.

    Source: torch.nn.functional.{name}.
    """
    return named(name, doc, adaptive_max_pool)


adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = [
    _adaptive_avg_pool(axes) for axes in (1, 2, 3)
]
adaptive_avg_pool3d = autocasts(cpu=FLOAT32)(adaptive_avg_pool3d)
adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = [
    _adaptive_max_pool(axes) for axes in (1, 2, 3)
]
