"""Windows as columns and back, and channels as pixels and back: rearrangements, of slices and
permutations.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.checks import per_axis
from plugtorch.functional.padding import pad
from plugtorch.ops import movement
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.joining import stack

Sizes = int | Sequence[int]


def unfold(
    input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
) -> Tensor:
    """Every window of (N, C, H, W) or (C, H, W) as a column: (N, C K K, L), L windows.

    kernel_size, dilation, padding, stride: of the windows, a number or one for each axis.

    Raises ShapeError where no window fits.

    >>> import plugtorch
    >>> x = plugtorch.arange(6.0).reshape(1, 1, 2, 3)
    >>> plugtorch.nn.functional.unfold(x, 2)
    tensor([[[0., 1.],
             [1., 2.],
             [3., 4.],
             [4., 5.]]])

    Source: torch.nn.functional.unfold.
    """
    kernel, gaps, edges, steps = _options("unfold", kernel_size, dilation, padding, stride)
    shape = shape_of(input)
    if len(shape) not in (3, 4) or 0 in shape[-3:]:
        raise ShapeError(f"[unfold] got an input of shape {shape}, needed (N, C, H, W).")
    counts = _counts("unfold", shape[-2:], kernel, gaps, edges, steps)
    x: Any = input if len(shape) == 4 else input.unsqueeze(0)
    if any(edges):
        x = pad(x, (edges[1], edges[1], edges[0], edges[0]))
    for axis, place in ((0, 2), (1, 4)):  # each axis becomes two: in the window, which window
        x = stack(
            [
                movement.slice(x, spans=_span(x, place, i * gaps[axis], steps[axis], counts[axis]))
                for i in range(kernel[axis])
            ],
            place,
        )
    batch, channels = shape_of(x)[:2]
    columns = x.permute(0, 1, 2, 4, 3, 5)
    result = columns.reshape(batch, channels * kernel[0] * kernel[1], counts[0] * counts[1])
    return result if len(shape) == 4 else result.squeeze(0)


def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """The adjoint of ``unfold``: columns (N, C K K, L) added up where their windows lie in (N, C,
    *output_size).

    Raises ShapeError where the columns are not as many as windows, or not of their size.

    >>> import plugtorch
    >>> plugtorch.nn.functional.fold(plugtorch.ones(1, 4, 2), (2, 3), 2)
    tensor([[[[1., 2., 1.],
              [1., 2., 1.]]]])

    Source: torch.nn.functional.fold.
    """
    kernel, gaps, edges, steps = _options("fold", kernel_size, dilation, padding, stride)
    size = per_axis("fold", "output_size", output_size, 2)
    shape = shape_of(input)
    counts = _counts("fold", size, kernel, gaps, edges, steps)
    window, columns = kernel[0] * kernel[1], counts[0] * counts[1]
    if len(shape) not in (2, 3) or shape[-1] != columns or shape[-2] % window:
        raise ShapeError(
            f"[fold] got columns of shape {shape}, needed (N, C * {window}, {columns}) for "
            f"windows of {kernel} in {size}."
        )
    x: Any = input if len(shape) == 3 else input.unsqueeze(0)
    batch, channels = shape_of(x)[0], shape_of(x)[1] // window
    x = x.reshape(batch, channels, *kernel, *counts).permute(0, 1, 2, 4, 3, 5)
    for axis, place in ((1, 4), (0, 2)):
        room = size[axis] + 2 * edges[axis]
        total: Any = None
        for i in range(kernel[axis]):
            part = x.select(place, i)
            own = list(shape_of(part))
            own[place] = room
            zeros = part.new_zeros(tuple(own))
            spans = _span(zeros, place, i * gaps[axis], steps[axis], counts[axis])
            put = movement.put_slice(zeros, part, spans=spans)
            total = put if total is None else total + put
        x = total
    for axis in (0, 1):
        x = x.narrow(2 + axis, edges[axis], size[axis])
    return x if len(shape) == 3 else x.squeeze(0)


def _options(name: str, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    return (
        per_axis(name, "kernel_size", kernel, 2),
        per_axis(name, "dilation", dilation, 2),
        per_axis(name, "padding", padding, 2, 0),
        per_axis(name, "stride", stride, 2),
    )


def _counts(name: str, size: Any, kernel: Any, gaps: Any, edges: Any, steps: Any) -> Any:
    counts = [
        (n + 2 * p - d * (k - 1) - 1) // s + 1
        for n, k, d, p, s in zip(size, kernel, gaps, edges, steps)
    ]
    if min(counts) < 1:
        raise ShapeError(
            f"[{name}] windows of {kernel} with dilation {gaps} do not fit a size of "
            f"{tuple(size)} with padding {edges}."
        )
    return counts


def _span(x: Any, axis: int, start: int, step: int, count: int) -> Any:
    """Of one axis ``count`` elements, ``step`` apart, of the others all."""
    spans = [(0, n, 1) for n in shape_of(x)]
    spans[axis] = (start, start + (count - 1) * step + 1, step)
    return tuple(spans)


def _image(name: str, x: Any) -> tuple[int, ...]:
    shape = shape_of(x)
    if len(shape) < 3:
        raise ShapeError(f"[{name}] got an input of shape {shape}, needed (..., C, H, W).")
    return shape


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C r r, H, W) as (..., C, H r, W r): r r channels as the pixels of a square.

    Raises ShapeError for channels that r r does not divide.

    >>> import plugtorch
    >>> plugtorch.nn.functional.pixel_shuffle(plugtorch.arange(4.0).reshape(4, 1, 1), 2)
    tensor([[[0., 1.],
             [2., 3.]]])

    Shi et al. 2016, arXiv:1609.05158; torch.nn.functional.pixel_shuffle.
    """
    *first, channels, height, width = _image("pixel_shuffle", input)
    r = upscale_factor
    if r < 1 or channels % (r * r):
        raise ShapeError(
            f"[pixel_shuffle] {channels} channels are not a multiple of {r} * {r}, a square of "
            "upscale_factor."
        )
    few, n = channels // (r * r), len(first)
    x: Any = input.reshape(*first, few, r, r, height, width)
    x = x.permute(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return x.reshape(*first, few, height * r, width * r)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) as (..., C r r, H, W): undoes ``pixel_shuffle``.

    Raises ShapeError for sizes that r does not divide.

    Source: torch.nn.functional.pixel_unshuffle.
    """
    *first, channels, height, width = _image("pixel_unshuffle", input)
    r = downscale_factor
    if r < 1 or height % r or width % r:
        raise ShapeError(
            f"[pixel_unshuffle] a size of {height} by {width} is not a multiple of "
            f"downscale_factor {r}."
        )
    n = len(first)
    x: Any = input.reshape(*first, channels, height // r, r, width // r, r)
    x = x.permute(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return x.reshape(*first, channels * r * r, height // r, width // r)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """(N, C, ...) with the channels of each group dealt out among all.

    Raises ArgumentError for channels that groups do not divide.

    >>> import plugtorch
    >>> plugtorch.nn.functional.channel_shuffle(plugtorch.arange(4).reshape(1, 4, 1), 2).flatten()
    tensor([0, 2, 1, 3])

    Zhang et al. 2017, arXiv:1707.01083; torch.nn.functional.channel_shuffle.
    """
    shape = _image("channel_shuffle", input)
    if groups < 1 or shape[1] % groups:
        raise ArgumentError(f"[channel_shuffle] {groups} groups do not divide {shape[1]} channels.")
    x: Any = input.reshape(shape[0], groups, shape[1] // groups, *shape[2:])
    return x.transpose(1, 2).reshape(shape)
