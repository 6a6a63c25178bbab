"""Which bin an element belongs to. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

import math
from collections import namedtuple
from numbers import Number
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.ops import elementwise
from plugtorch.ops import indexing as places
from plugtorch.primitive import (
    all_tensors,
    as_number,
    cast,
    common_dtype,
    not_a_tensor,
    wrap_number,
)
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import linspace

__all__ = ["bucketize", "histc", "histogram", "histogramdd", "searchsorted"]

HistogramResult = namedtuple("histogram", "hist bin_edges")  # type: ignore[name-match]
HistogramddResult = namedtuple("histogramdd", "hist bin_edges")  # type: ignore[name-match]


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where each element of input would go in a sorted last axis, before equal ones (after them
    with right=True or side="right").

    >>> import plugtorch
    >>> plugtorch.searchsorted(plugtorch.tensor([1, 3, 5]), plugtorch.tensor([3, 6]))
    tensor([1, 3])

    Source: torch.searchsorted.
    """
    if side not in (None, "left", "right"):
        raise ArgumentError(f"[searchsorted] side must be 'left' or 'right', got {side!r}.")
    if side == "left" and right:
        raise ArgumentError("[searchsorted] side 'left' and right=True contradict each other.")
    for option, given in (("right", right), ("out_int32", out_int32)):
        if not isinstance(given, bool):
            raise DTypeError(f"[searchsorted] {option} must be True or False, got {given!r}.")
    edges = sorted_sequence
    all_tensors("searchsorted", edges)
    shape = shape_of(edges)
    values = input
    if not isinstance(input, TensorBase):
        if not isinstance(input, Number):
            raise not_a_tensor("searchsorted", input)
        if len(shape) != 1:
            raise ShapeError(f"[searchsorted] a number needs a sorted vector, got shape {shape}.")
        kind = common_dtype("searchsorted", (edges, input))
        values = wrap_number(as_number(input, kind), edges.storage.backend, kind)
    if not shape:
        raise ShapeError("[searchsorted] the sorted sequence must have at least 1 axis.")
    if len(shape) > 1 and shape[:-1] != shape_of(values)[:-1]:
        raise ShapeError(
            f"[searchsorted] the leading axes of {shape} and {shape_of(values)} must be equal."
        )
    if values.dtype is not edges.dtype:
        common = dtypes.promote_types(values.dtype, edges.dtype)
        values, edges = cast(values, common), cast(edges, common)
    if sorter is not None:
        if shape_of(sorter) != shape or sorter.dtype is not dtypes.int64:
            raise ShapeError(f"[searchsorted] the sorter must be int64 of shape {shape}.")
        edges = edges.gather(-1, sorter)
    wide: Any = values
    after = right or side == "right"
    place = _bisected(edges.detach(), wide.detach(), after)
    return cast(place, dtypes.int32) if out_int32 else place


def _bisected(edges: Any, values: Any, after: bool) -> Any:
    """By halving: each round one gather, however many edges there are."""
    size = shape_of(edges)[-1]
    low = elementwise.where.apply(values == values, 0, 0)
    high = low + size
    flat = len(shape_of(edges)) == 1
    for _ in range(size.bit_length()):
        middle = (low + high) // 2
        safe = middle.clamp(max=max(size - 1, 0))
        seen = places.index(edges, safe, axes=(0,)) if flat else edges.gather(-1, safe)
        # what is not above: with NaN on either side the search goes on, as PyTorch's does
        goes_on = ~(seen > values if after else seen >= values) & (low < high)
        low = elementwise.where.apply(goes_on, middle + 1, low)
        high = elementwise.where.apply(goes_on, high, middle)
    return low


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """Between which boundaries each element lies: how many are below it (not above it with
    right=True).

    Source: torch.bucketize.
    """
    if len(shape_of(boundaries)) != 1:
        raise ShapeError(f"[bucketize] needs a vector of boundaries, got {shape_of(boundaries)}.")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


def histc(input: Any, bins: int = 100, min: Any = 0, max: Any = 0) -> Any:
    """How many elements lie in each of equal bins from min to max; from the smallest to the largest
    element if both are 0.

    >>> import plugtorch
    >>> plugtorch.histc(plugtorch.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])

    Source: torch.histc.
    """
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[histc] needs a floating-point tensor, got {input.dtype!r}.")
    if bins <= 0:
        raise ArgumentError(f"[histc] the number of bins must be positive, got {bins}.")
    low, high = _range("histc", input, None if min == max else (min, max), 1.0)
    return _counted(input.detach().reshape(-1), low, high, bins, None)


def _range(name: str, x: Any, given: Any, least: float) -> tuple[float, float]:
    """What was given, or from the smallest to the largest element; wider if there is nothing in it,
    by ``least`` on both sides.
    """
    if given is None:
        given = (x.detach().min(), x.detach().max()) if x.numel() else (0, 0)
    low, high = map(float, given)
    if low == high:
        low, high = low - least, high + least
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ArgumentError(f"[{name}] the range from {low} to {high} is not finite.")
    if low > high:
        raise ArgumentError(f"[{name}] the range from {low} to {high} is empty.")
    return low, high


def _counted(x: Any, low: float, high: float, bins: int, weight: Any) -> Any:
    """The sums of weights (1 without) in equal bins; the last one has both its ends."""
    inside = (x >= low) & (x <= high)
    bin = cast((x - low) * (bins / (high - low)), dtypes.int64).clamp(0, bins - 1)
    bin = elementwise.where.apply(inside, bin, 0)
    weight = (
        cast(inside, x.dtype) if weight is None else elementwise.where.apply(inside, weight, 0.0)
    )
    return places.scatter_add(x.new_zeros(bins), bin, weight, axis=0)


def histogram(
    input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False
) -> Any:
    """(hist, bin_edges): how many elements, or what weight of them, lie in each bin.

    bins: a number of equal bins over ``range``, or a rising vector of edges. density: so that the
    integral is 1.

    Source: torch.histogram.
    """
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[histogram] needs a floating-point tensor, got {input.dtype!r}.")
    x = input.detach().reshape(-1)
    if weight is not None:
        if shape_of(weight) != shape_of(input) or weight.dtype is not input.dtype:
            raise ShapeError("[histogram] weight must have the shape and dtype of input.")
        weight = weight.detach().reshape(-1)
    if isinstance(bins, TensorBase):
        edges: Any = bins
        if len(shape_of(edges)) != 1 or edges.dtype is not input.dtype:
            raise ShapeError("[histogram] bins must be a number, or a vector of the input's dtype.")
        count = shape_of(edges)[0] - 1
        place, inside = _between(edges, x)
        given = x.new_ones(shape_of(x)) if weight is None else weight
        given = elementwise.where.apply(inside, given, 0.0)
        place = elementwise.where.apply(inside, place, 0)
        hist = places.scatter_add(x.new_zeros(count), place, given, axis=0)
    else:
        if bins <= 0:
            raise ArgumentError(f"[histogram] the number of bins must be positive, got {bins}.")
        low, high = _range("histogram", x, range if x.numel() else range or (0, 1), 0.5)
        hist = _counted(x, low, high, bins, weight)
        edges = linspace(low, high, bins + 1, dtype=x.dtype, device=x.device)
    if density:
        hist = hist / hist.sum() / edges.diff()
    return HistogramResult(hist, edges)


def _between(edges: Any, x: Any) -> tuple[Any, Any]:
    """Which bin each element lies in, and whether in any; the last bin has both its ends."""
    count = shape_of(edges)[0] - 1
    place = searchsorted(edges, x, right=True) - 1
    place = elementwise.where.apply(x == edges[-1], count - 1, place)
    return place, (place >= 0) & (place < count)


def histogramdd(
    input: Any, bins: Any, *, range: Any = None, weight: Any = None, density: bool = False
) -> Any:
    """(hist, bin_edges): how many points, or what weight of them, lie in each box of a grid.

    input: (..., N), points of N coordinates. bins: a number, one for each coordinate, or N rising
    vectors of edges. range: 2 N numbers, the ends for each coordinate. Result: N axes, and N
    vectors of edges.

    Source: torch.histogramdd.
    """
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[histogramdd] needs a floating-point tensor, got {input.dtype!r}.")
    if len(shape_of(input)) < 2:
        raise ShapeError("[histogramdd] needs points (..., N), got a vector or a number.")
    axes = shape_of(input)[-1]
    each = [bins] * axes if isinstance(bins, int) else list(bins)
    if len(each) != axes or (range is not None and len(range) != 2 * axes):
        raise ShapeError(
            f"[histogramdd] {axes} coordinates need bins and a range for each, got {bins} and "
            f"{range}."
        )
    points = input.detach().reshape(-1, axes)
    edges: list[Any] = []
    place: Any = 0
    inside: Any = True
    for axis, own in enumerate(each):
        x = points.select(1, axis)
        if not isinstance(own, TensorBase):
            ends = range and range[2 * axis : 2 * axis + 2]
            low, high = _range("histogramdd", x, ends if x.numel() else ends or (0, 1), 0.5)
            own = linspace(low, high, own + 1, dtype=x.dtype, device=x.device)
        elif own.dtype is not x.dtype:
            raise DTypeError(
                f"[histogramdd] got an input of {x.dtype!r} and edges of {own.dtype!r}."
            )
        edges.append(own)
        bin, within = _between(own, x)
        place, inside = place * (shape_of(own)[0] - 1) + bin, within & inside
    counts = [shape_of(own)[0] - 1 for own in edges]
    given = points.new_ones(shape_of(points)[0]) if weight is None else weight.detach().reshape(-1)
    given = elementwise.where.apply(inside, given, 0.0)
    place = elementwise.where.apply(inside, place, 0)
    hist = places.scatter_add(points.new_zeros(math.prod(counts)), place, given, axis=0)
    hist = hist.reshape(counts)
    if density:
        hist = hist / hist.sum()
        for axis, own in enumerate(edges):
            hist = hist / own.diff().reshape([-1 if a == axis else 1 for a, _ in enumerate(edges)])
    return HistogramddResult(hist, tuple(edges))
