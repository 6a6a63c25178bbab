"""Making images larger and smaller: nearest, linear, cubic, area.

Every kind but "area" is, axis by axis, a weighted sum of a few elements: which ones and with what
weights is worked out on the host, and the sum is made of reads at these places.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from typing import Any

from plugtorch.dtypes import float64, int64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional import adaptive_pooling
from plugtorch.functional.checks import UnfitModeError, widened
from plugtorch.ops import indexing, pooling
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import tensor

Taps = list[tuple[list[int], list[float]]]  # for each tap where each result reads, and its weight

_LINEAR = {"linear": 1, "bilinear": 2, "trilinear": 3}
_MODES = ("nearest", "nearest-exact", *_LINEAR, "bicubic", "area")


def interpolate(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """The input at another spatial size.

    input: (N, C, *size). size: the new one, or scale_factor: by how much; a number or one for each
    axis. mode: "nearest", "nearest-exact", "area", and for 1, 2, 3 axes "linear", "bilinear" and
    "bicubic", "trilinear". align_corners: whether the first and last elements keep their places;
    None for no. recompute_scale_factor: use the ratio of sizes as the scale. antialias: widen
    filters when making smaller ("bilinear" and "bicubic").

    Raises ArgumentError and ShapeError for options that do not fit.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[[0.0, 2.0]]])
    >>> plugtorch.nn.functional.interpolate(x, scale_factor=2, mode="linear", align_corners=False)
    tensor([[[0.0000, 0.5000, 1.5000, 2.0000]]])

    Source: torch.nn.functional.interpolate.
    """
    shape = shape_of(input)
    axes = len(shape) - 2
    if not 1 <= axes <= 3 or 0 in shape[1:]:
        raise ShapeError(
            f"[interpolate] got an input of shape {shape}, needed (N, C, *size) with 1 to 3 "
            "spatial axes, nothing but N empty."
        )
    _check(mode, axes, align_corners, antialias)
    sizes, scales = _sizes(shape[2:], size, scale_factor, recompute_scale_factor)
    if mode == "area":
        pool = getattr(adaptive_pooling, f"adaptive_avg_pool{axes}d")
        return pool(input, sizes)

    if mode.startswith("nearest"):
        wide = input.dtype is float64
        return _repeated(
            input,
            [
                _nearest(mode, n, count, scale, wide)
                for n, count, scale in zip(shape[2:], sizes, scales)
            ],
        )

    def resampled(x: Any) -> Any:
        for axis, (count, scale) in enumerate(zip(sizes, scales)):
            taps = _taps(mode, shape[2 + axis], count, scale, bool(align_corners), antialias)
            x = _read(x, axis + 2, taps)
        return x

    return widened(input, resampled)


def upsample(
    input: Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """The older name of ``interpolate``. Source: torch.nn.functional.upsample."""
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """``interpolate`` with mode "nearest". Source: torch.nn.functional.upsample_nearest."""
    return interpolate(input, size, scale_factor, "nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """``interpolate`` with mode "bilinear" and corners kept. Source:
    torch.nn.functional.upsample_bilinear.
    """
    return interpolate(input, size, scale_factor, "bilinear", align_corners=True)


def _check(mode: str, axes: int, align_corners: bool | None, antialias: bool) -> None:
    if mode not in _MODES:
        known = ", ".join(_MODES)
        raise ArgumentError(f"[interpolate] there is no mode {mode!r}. Choose one of: {known}.")
    wanted = 2 if mode == "bicubic" else _LINEAR.get(mode, axes)
    if wanted != axes:
        raise UnfitModeError(
            f"[interpolate] mode {mode!r} is for {wanted} spatial axes, the input has {axes}."
        )
    smooth = mode in _LINEAR or mode == "bicubic"
    if align_corners is not None and not smooth:
        raise ArgumentError(f"[interpolate] mode {mode!r} takes no align_corners.")
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ArgumentError(f"[interpolate] mode {mode!r} takes no antialias.")


def _sizes(
    own: tuple[int, ...], size: Any, factor: Any, recompute: bool | None
) -> tuple[list[int], list[float | None]]:
    """The new sizes, and the scales that were given for them."""
    if (size is None) == (factor is None):
        raise ArgumentError("[interpolate] needs one of size and scale_factor.")
    given = factor if size is None else size
    listed = list(given) if isinstance(given, (tuple, list)) else [given] * len(own)
    if len(listed) != len(own):
        raise ArgumentError(
            f"[interpolate] got {given!r}, needed one number or {len(own)}, one for each axis."
        )
    scales: list[float | None] = [None] * len(own)
    if size is not None:
        if recompute:
            raise ArgumentError("[interpolate] recompute_scale_factor needs a scale_factor.")
        sizes = [int(n) for n in listed]
    else:
        sizes = [math.floor(n * float(f)) for n, f in zip(own, listed)]
        if not recompute:
            scales = [float(f) for f in listed]
    if min(sizes) < 1:
        raise ShapeError(f"[interpolate] a size of {own} cannot become {sizes}.")
    return sizes, scales


def _single(number: float) -> float:
    """Rounded to float32."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _nearest(mode: str, size: int, count: int, given: float | None, wide: bool) -> list[int]:
    # rounded as PyTorch rounds: where a place falls between two elements, digits decide
    step = size / count if given is None else 1 / given
    step, half = step if wide else _single(step), 0.5 if mode == "nearest-exact" else 0.0
    return [min(int(_single((i + half) * step)), size - 1) for i in range(count)]


def _repeated(x: Any, places: list[list[int]]) -> Any:
    """x read at ``places`` along each spatial axis."""
    own = shape_of(x)[2:]
    factors = tuple([len(along) // size for along, size in zip(places, own)])
    times = zip(places, own, factors)
    whole = all(along == [i // f for i in range(size * f)] for along, size, f in times)
    if whole and x.dtype.is_floating_point:  # what a sum over windows of so many lets back
        size = tuple([n * f for n, f in zip(own, factors)])
        edges = ((0, 0),) * len(own)
        return pooling.sum_pool_input(x, size=size, kernel=factors, stride=factors, padding=edges)
    for axis, along in enumerate(places):
        if along != list(range(own[axis])):
            index = tensor(along, dtype=int64, device=x.device)
            x = indexing.index(x, index, axes=(axis + 2,))
    return x


def _taps(
    mode: str, size: int, count: int, given: float | None, aligned: bool, antialias: bool
) -> Taps:
    step = size / count if given is None else 1 / given
    if aligned:
        step = (size - 1) / (count - 1) if count > 1 else 0.0
    if antialias:
        return _wide(mode, size, count, step)
    sources = [i * step if aligned else (i + 0.5) * step - 0.5 for i in range(count)]
    cubic = mode == "bicubic"
    if not cubic:
        sources = [max(source, 0.0) for source in sources]
    offsets = range(-1, 3) if cubic else range(2)
    firsts = [math.floor(source) for source in sources]
    weights = []
    for source, first in zip(sources, firsts):
        t = source - first
        weights.append([_cubic(abs(t - o), -0.75) if cubic else 1 - abs(t - o) for o in offsets])
    return [
        ([min(max(first + o, 0), size - 1) for first in firsts], [w[i] for w in weights])
        for i, o in enumerate(offsets)
    ]


def _cubic(t: float, a: float) -> float:
    """The cubic convolution kernel (Keys 1981) with slope a at 1."""
    if t <= 1:
        return ((a + 2) * t - (a + 3)) * t * t + 1
    return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a if t < 2 else 0.0


def _wide(mode: str, size: int, count: int, step: float) -> Taps:
    """A filter as wide as a result's share of the input."""
    radius, stretch = (2 if mode == "bicubic" else 1), max(step, 1.0)
    rows = []
    for i in range(count):
        centre = step * (i + 0.5)
        first = max(int(centre - radius * stretch + 0.5), 0)
        last = min(int(centre + radius * stretch + 0.5), size)
        distances = [abs(place - centre + 0.5) / stretch for place in range(first, last)]
        if mode == "bicubic":
            weights = [_cubic(t, -0.5) for t in distances]
        else:
            weights = [max(0.0, 1 - t) for t in distances]
        total = sum(weights)
        rows.append((first, [w / total for w in weights]))
    most = max(len(weights) for _, weights in rows)
    return [
        (
            [min(first + tap, size - 1) for first, _ in rows],
            [weights[tap] if tap < len(weights) else 0.0 for _, weights in rows],
        )
        for tap in range(most)
    ]


def _read(x: Any, axis: int, taps: Taps) -> Any:
    total: Any = None
    for places, weights in taps:
        if places == list(range(shape_of(x)[axis])):
            part = x
        else:
            index = tensor(places, dtype=int64, device=x.device)
            part = indexing.index(x, index, axes=(axis,))
        factor = tensor(weights, dtype=x.dtype, device=x.device)
        part = part * factor.reshape(len(weights), *(1,) * (x.ndim - axis - 1))
        total = part if total is None else total + part
    return total
