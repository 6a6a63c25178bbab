"""Undoing max pooling, and max pooling over windows drawn at random."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.dtypes import int64
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.functional.checks import per_axis
from plugtorch.functional.pooling import named
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import arange
from plugtorch.tensor.joining import cat
from plugtorch.tensor.random import rand

Sizes = int | Sequence[int]


def _unpooled(
    name: str,
    axes: int,
    x: Any,
    indices: Any,
    kernel_size: Sizes,
    stride: Sizes | None,
    padding: Sizes,
    output_size: Sequence[int] | None,
) -> Any:
    shape = shape_of(x)
    if indices.dtype is not int64:
        raise DTypeError(f"[{name}] indices must be int64, got {indices.dtype}.")
    if shape_of(indices) != shape:
        raise ShapeError(f"[{name}] indices {shape_of(indices)} must be of the input's {shape}.")
    if len(shape) not in (axes + 1, axes + 2):
        raise ShapeError(f"[{name}] got an input of shape {shape}, needed {axes} spatial axes.")
    kernel = per_axis(name, "kernel_size", kernel_size, axes)
    steps = per_axis(name, "stride", kernel if stride is None else stride, axes)
    edges = per_axis(name, "padding", padding, axes, 0)
    size = [(n - 1) * s - 2 * p + k for n, s, p, k in zip(shape[-axes:], steps, edges, kernel)]
    if output_size is not None:
        wanted = [int(n) for n in tuple(output_size)[-axes:]]
        if len(wanted) != axes or any(
            abs(n - usual) >= s for n, usual, s in zip(wanted, size, steps)
        ):
            raise ArgumentError(
                f"[{name}] output_size {tuple(output_size)} must be within a stride {steps} of "
                f"{size}."
            )
        size = wanted
    plane, counts = prod(size), (*shape[:-axes], prod(shape[-axes:]))
    zeros = x.new_zeros((*shape[:-axes], plane))
    try:
        put = zeros.scatter(-1, indices.reshape(counts), x.reshape(counts))
    except IndexRangeError as error:
        raise IndexRangeError(f"[{name}] indices do not fit a plane of {size}: {error}") from None
    return put.reshape(*shape[:-axes], *size)


def _max_unpool(axes: int) -> Any:
    name = f"max_unpool{axes}d"

    def max_unpool(
        input: Tensor,
        indices: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        output_size: Sequence[int] | None = None,
    ) -> Any:
        return _unpooled(name, axes, input, indices, kernel_size, stride, padding, output_size)

    doc = f"""Zeros with the input's elements at the places that max_pool{axes}d took them from.

    input, indices: what max_pool{axes}d gave with return_indices, and kernel_size, stride and
    padding as it was given. output_size: the spatial size, where several pool to the same.

    Raises ShapeError, ArgumentError and IndexRangeError for what does not fit.

    Source: torch.nn.functional.{name}.
    """
    return named(name, doc, max_unpool)


max_unpool1d, max_unpool2d, max_unpool3d = [_max_unpool(axes) for axes in (1, 2, 3)]
max_unpool2d, max_unpool3d = map(autocasts(cpu=FLOAT32), (max_unpool2d, max_unpool3d))


def _starts(samples: Any, size: int, kernel: int, count: int) -> Any:
    """Where windows begin along an axis: (N, C, count), drawn by Graham's pseudo-random sequence
    floor((i + u) a) - floor(u a), the last at the end.
    """
    if count == 1:
        return (samples * 0).to(int64).unsqueeze(-1) + (size - kernel)
    factor = (size - kernel) / (count - 1)
    u = samples.unsqueeze(-1)
    places = arange(count - 1, dtype=samples.dtype, device=samples.device)
    begins = ((places + u) * factor).to(int64) - (u * factor).to(int64)
    last = begins.new_full((*shape_of(begins)[:-1], 1), size - kernel)
    return cat([begins, last], -1)


def _fractional(
    name: str,
    axes: int,
    x: Any,
    kernel_size: Sizes,
    output_size: Any,
    output_ratio: Any,
    return_indices: bool,
    samples: Any,
) -> Any:
    shape = shape_of(x)
    if len(shape) not in (axes + 1, axes + 2):
        raise ShapeError(f"[{name}] got an input of shape {shape}, needed {axes} spatial axes.")
    kernel = per_axis(name, "kernel_size", kernel_size, axes)
    own = shape[-axes:]
    if output_size is None and output_ratio is None:
        raise ArgumentError(f"[{name}] needs output_size or output_ratio.")
    if output_size is None:
        ratios = output_ratio if isinstance(output_ratio, (tuple, list)) else [output_ratio] * axes
        counts = tuple([int(n * ratio) for n, ratio in zip(own, ratios)])
    else:
        counts = per_axis(name, "output_size", output_size, axes)
    if any(k + n - 1 > size for k, n, size in zip(kernel, counts, own)) or min(counts) < 1:
        raise ShapeError(f"[{name}] {counts} windows of {kernel} do not fit a size of {own}.")
    batched = x if len(shape) == axes + 2 else x.unsqueeze(0)
    batch, channels = shape_of(batched)[:2]
    if samples is None:
        samples = rand(batch, channels, axes, dtype=x.dtype, device=x.device)
    places = arange(1, device=x.device).reshape((1,) * (2 + 2 * axes))
    for axis in range(axes):
        # PyTorch's numbers are for width, height of two axes, and depth, height, width of three
        sample = samples[..., axes - 1 - axis if axes == 2 else axis]
        begins = _starts(sample, own[axis], kernel[axis], counts[axis])
        along = begins.unsqueeze(-1) + arange(kernel[axis], device=x.device)
        spread = [batch, channels, *(1,) * (2 * axes)]
        spread[2 + axis], spread[2 + axes + axis] = counts[axis], kernel[axis]
        places = places * own[axis] + along.reshape(spread)
    flat = batched.reshape(batch, channels, prod(own))
    places = places.expand(batch, channels, *counts, *kernel)
    windows = flat.gather(2, places.reshape(batch, channels, prod(counts) * prod(kernel)))
    windows = windows.reshape(batch, channels, prod(counts), prod(kernel))
    found = windows.detach().argmax(3, keepdim=True)
    values = windows.gather(3, found).reshape(batch, channels, *counts)
    index = places.reshape(shape_of(windows)).gather(3, found).reshape(batch, channels, *counts)
    if len(shape) == axes + 1:
        values, index = values.squeeze(0), index.squeeze(0)
    return (values, index) if return_indices else values


def _fractional_max_pool(axes: int) -> Any:
    name = f"fractional_max_pool{axes}d"

    def fractional_max_pool(
        input: Tensor,
        kernel_size: Sizes,
        output_size: Sizes | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> Any:
        return _fractional(
            *(name, axes, input, kernel_size, output_size, output_ratio),
            *(return_indices, _random_samples),
        )

    doc = f"""The largest of each of so many windows that begin at random places, {axes} axes.

    input: (N, C, *size) or (C, *size). output_size: how many windows along each axis, or
    output_ratio: as a part of the size. _random_samples: (N, C, {axes}), numbers in [0, 1).

    Raises ShapeError and ArgumentError for what does not fit.

    Graham 2014, arXiv:1412.6071; torch.nn.functional.{name}.
    """
    return named(name, doc, fractional_max_pool)


fractional_max_pool2d, fractional_max_pool3d = [_fractional_max_pool(axes) for axes in (2, 3)]
