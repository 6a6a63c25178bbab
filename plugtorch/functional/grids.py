"""Reading images at any places: affine grids and what lies at the points of a grid.

A result is a weighted sum of a few elements near each point. Elements are read as rows of
channels, so that one index serves all channels.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from plugtorch.autocasting import FLOAT32, WIDEST, autocasts
from plugtorch.dtypes import int64
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.functional.checks import UnfitModeError, floating, widened
from plugtorch.ops import elementwise, indexing
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import arange, zeros
from plugtorch.tensor.joining import stack

_where = elementwise.where.apply

SAMPLINGS = ("bilinear", "nearest", "bicubic")
PADDINGS = ("zeros", "border", "reflection")


@autocasts(cpu=FLOAT32, elsewhere=WIDEST)
def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input read at the points of a grid.

    input: (N, C, H, W) or (N, C, D, H, W). grid: (N, H', W', 2) or (N, D', H', W', 3), floating
    point, the last axis in the order x, y, z; -1 and 1 are the edges of the image. Result: (N, C,
    H', W') or (N, C, D', H', W'). mode: "bilinear", "nearest", or for images of two axes
    "bicubic". padding_mode: what is beyond the edges: "zeros", "border" (the nearest element) or
    "reflection". align_corners: whether -1 and 1 are the centres of the first and last elements,
    or, also for None, their outer edges.

    Raises ShapeError, DTypeError and ArgumentError for what does not fit.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[[[0.0, 2.0]]]])
    >>> points = plugtorch.tensor([[[[-1.0, 0.0], [0.5, 0.0], [1.0, 0.0]]]])
    >>> plugtorch.nn.functional.grid_sample(x, points, align_corners=True)
    tensor([[[[0.0000, 1.5000, 2.0000]]]])

    Jaderberg et al. 2015, arXiv:1506.02025; torch.nn.functional.grid_sample.
    """
    _check(input, grid, mode, padding_mode)
    aligned = bool(align_corners)

    def sampled(x: Any) -> Any:
        sizes = shape_of(x)[2:]
        # the last axis of grid is in the reverse order of the input's axes
        points = [p.to(x.dtype) for p in reversed(grid.unbind(-1))]
        places = [
            (p + 1) / 2 * (n - 1) if aligned else ((p + 1) * n - 1) / 2
            for p, n in zip(points, sizes)
        ]
        axes = [_taps(p, n, mode, padding_mode, aligned) for p, n in zip(places, sizes)]
        return _sum(x, axes)

    return widened(input, sampled)


def _check(x: Any, grid: Any, mode: str, padding_mode: str) -> None:
    floating("grid_sample", x)
    if mode not in SAMPLINGS:
        raise ArgumentError(
            f"[grid_sample] there is no mode {mode!r}. Choose bilinear, nearest or bicubic."
        )
    if padding_mode not in PADDINGS:
        known = ", ".join(PADDINGS)
        raise ArgumentError(
            f"[grid_sample] there is no padding_mode {padding_mode!r}. Choose one of: {known}."
        )
    if x.dtype is not grid.dtype:
        raise DTypeError(
            f"[grid_sample] input is {x.dtype} and grid {grid.dtype}, needed one dtype."
        )
    own, points = shape_of(x), shape_of(grid)
    axes = len(own) - 2
    if axes not in (2, 3) or len(points) != len(own) or points[-1] != axes or points[0] != own[0]:
        raise ShapeError(
            f"[grid_sample] got an input of shape {own} and a grid of shape {points}, needed "
            "(N, C, H, W) and (N, H', W', 2), or (N, C, D, H, W) and (N, D', H', W', 3)."
        )
    if 0 in own[1:]:
        raise ShapeError(f"[grid_sample] an input of shape {own} has nothing to read.")
    if mode == "bicubic" and axes != 2:
        raise UnfitModeError("[grid_sample] mode 'bicubic' is for images of two axes, got three.")


Tap = tuple[Any, Any]  # where each point reads along an axis, and with what weight


def _taps(place: Any, size: int, mode: str, padding: str, aligned: bool) -> list[Tap]:
    if mode == "bicubic":
        first = place.floor()
        t = place - first.detach()
        # beyond the edges it is the elements that are repeated, not the point that is moved
        return [
            _tap(_moved(first + o, size, padding, aligned), _cubic(t - o, abs(o - 0.5) < 1), size)
            for o in range(-1, 3)
        ]
    place = _moved(place, size, padding, aligned)
    if mode == "nearest":
        return [_tap(place.detach().round(), 1.0, size)]
    first = place.detach().floor()
    t = place - first
    return [_tap(first, 1 - t, size), _tap(first + 1, t, size)]


def _tap(place: Any, weight: Any, size: int) -> Tap:
    place = place.detach()
    inside = (place >= 0) & (place <= size - 1)  # NaN lies nowhere, and its weight is NaN
    return _where(inside, place, 0.0).to(int64), inside.to(place.dtype) * weight


def _cubic(t: Any, near: bool) -> Any:
    """The cubic convolution kernel (Keys 1981) with slope -0.75 at 1."""
    a, t = -0.75, t.abs()
    if near:
        return ((a + 2) * t - (a + 3)) * t * t + 1
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a


def _moved(place: Any, size: int, padding: str, aligned: bool) -> Any:
    """A place beyond the edges moved to where padding has it read."""
    if padding == "zeros":
        return place
    if padding == "reflection":
        place = _reflected(place, size, aligned)
    # at the edge itself there is no gradient, as in PyTorch
    within = (place > 0) & (place < size - 1)
    return _where(within, place, place.detach().clamp(0, size - 1))


def _reflected(place: Any, size: int, aligned: bool) -> Any:
    low, span = (0.0, size - 1) if aligned else (-0.5, size)
    if span == 0:
        return place.detach() * 0
    distance = (place - low).abs()
    turns = (distance.detach() / span).floor()
    rest = distance - turns * span
    return _where(turns % 2 == 0, rest, span - rest) + low


def _sum(x: Any, axes: list[list[Tap]]) -> Any:
    """Over all combinations of taps, what lies there by the product of their weights."""
    shape = shape_of(x)
    sizes = shape[2:]
    rows = x.movedim(1, -1).reshape(-1, shape[1])  # (N H W, C)
    strides = [math.prod(sizes[i + 1 :]) for i in range(len(sizes))]
    start = arange(shape[0], device=x.device) * math.prod(sizes)
    start = start.reshape(-1, *(1,) * len(sizes))
    total: Any = None
    for taps in itertools.product(*axes):
        index, weight = start, 1.0
        for (place, factor), stride in zip(taps, strides):
            index = index + place * stride
            weight = weight * factor
        part = indexing.index(rows, index, axes=(0,)) * weight.unsqueeze(-1)  # type: ignore[attr-defined]
        total = part if total is None else total + part
    return total.movedim(-1, 1)


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid of points that affine maps send an image's points to, for ``grid_sample``.

    theta: (N, 2, 3), or (N, 3, 4). size: that of the result of grid_sample: (N, C, H, W), or (N, C,
    D, H, W). Result: (N, H, W, 2), or (N, D, H, W, 3). align_corners: as in grid_sample.

    Raises ShapeError and DTypeError for what does not fit.

    >>> import plugtorch
    >>> same = plugtorch.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]])
    >>> plugtorch.nn.functional.affine_grid(same, (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.0000],
              [ 0.5000,  0.0000]]]])

    Jaderberg et al. 2015, arXiv:1506.02025; torch.nn.functional.affine_grid.
    """
    floating("affine_grid", theta)
    wanted, axes = tuple(size), len(size) - 2
    if axes not in (2, 3) or shape_of(theta) != (wanted[0], axes, axes + 1):
        raise ShapeError(
            f"[affine_grid] got theta of shape {shape_of(theta)} and size {wanted}, needed (N, 2, "
            "3) and (N, C, H, W), or (N, 3, 4) and (N, C, D, H, W)."
        )
    if min(wanted) < 1:
        raise ArgumentError(f"[affine_grid] size must be positive, got {wanted}.")
    like: dict[str, Any]
    sizes, like = wanted[2:], {"dtype": theta.dtype, "device": theta.device}
    lines = []
    for axis, count in enumerate(sizes):
        step = count - 1 if align_corners else count
        line = zeros(1, **like)
        if step > 0 and count > 1:
            line = (2 * arange(count, **like) - (count - 1)) / step
        shape = [1] * axes
        shape[axis] = count
        lines.append(line.reshape(shape).expand(sizes))
    points = stack([*reversed(lines), lines[0] * 0 + 1], -1)  # (H, W, 3): x, y, 1
    moved = points.reshape(1, -1, axes + 1) @ theta.mT
    return moved.reshape(wanted[0], *sizes, axes)
