"""Convolution as products of matrices, some columns at a time.

A column holds one window; the columns of a block are copied next to each other (im2col) and
multiplied with the weight while they are in the cache. Copying them takes a tenth of the product's
time, so no shape but the plainest has a path of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet
from plugtorch_numpy.windows import counts, padded, unpadded, windows

Array = Any
Shape = tuple[int, ...]
Pairs = tuple[tuple[int, int], ...]

BLOCK = 1 << 17  # elements of a block of columns: half a megabyte of float32
FEWEST = 256  # columns in a block: a narrower product would spend its time on reading the weight


def _blocks(batch: int, count: Shape, depth: int) -> Iterator[tuple[slice, list[slice]]]:
    """Slices of the batch, each with slices of the first spatial axis of the result."""
    columns = max(FEWEST, BLOCK // max(1, depth))
    each = prod(count)
    images = max(1, columns // each)
    if images > 1 or each <= columns:
        bands = [slice(0, count[0])]
    else:
        step = max(1, columns * count[0] // each)
        bands = [slice(start, start + step) for start in range(0, count[0], step)]
    for start in range(0, batch, images):
        yield slice(start, start + images), bands


class _Columns:
    """Copies windows next to each other, always into the same memory."""

    def __init__(self, groups: int, kind: Any) -> None:
        self.groups = groups
        self.memory = np.empty(0, kind)

    def __call__(self, view: Array) -> Array:
        """(groups, C/groups K, n L) from a view (n, C, *kernel, *count)."""
        if view.size > self.memory.size:
            self.memory = np.empty(view.size, view.dtype)
        view = np.moveaxis(view, 0, (view.ndim - 2) // 2 + 1)
        block = self.memory[: view.size].reshape(view.shape)
        np.copyto(block, view)
        depth = prod(view.shape[: (view.ndim - 2) // 2 + 1])
        return block.reshape(self.groups, depth // self.groups, view.size // depth)


def _band(view: Array, rows: slice, axis: int) -> Array:
    return view[(slice(None),) * axis + (rows,)]


def _flat(gradient: Array, groups: int) -> Array:
    """(groups, O/groups, n L) from (n, O, *count)."""
    filters = gradient.shape[1]
    return np.swapaxes(gradient, 0, 1).reshape(groups, filters // groups, -1)


def _plain(kernel: Shape, stride: Shape, padding: Pairs) -> bool:
    """Whether every window is one element, and every element a window: x is its own columns."""
    return set(kernel) == {1} and set(stride) == {1} and not any(map(any, padding))


def _check(channels: int, weight: Array, groups: int) -> None:
    if groups < 1 or weight.shape[0] % groups or channels != weight.shape[1] * groups:
        raise ValueError("channels do not fit")


def _half(x: Array) -> bool:
    return x.dtype.itemsize == 2


def convolution(
    x: Array,
    weight: Array,
    *bias: Array,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
) -> Array:
    if _half(x):
        wide = [a.astype(np.float32) for a in (x, weight, *bias)]
        return _convolve(*wide, stride, padding, dilation, groups).astype(x.dtype)
    return _convolve(x, weight, *bias, stride, padding, dilation, groups)


def _convolve(x: Array, weight: Array, *rest: Any) -> Array:
    *bias, stride, padding, dilation, groups = rest
    _check(x.shape[1], weight, groups)
    filters, kernel = weight.shape[0], weight.shape[2:]
    if bias and bias[0].shape != (filters,):
        raise ValueError("bias does not fit")
    count = counts(x.shape[2:], kernel, stride, padding, dilation)
    result = np.empty((x.shape[0], filters, *count), x.dtype)
    if not result.size:
        return result
    offset = bias[0].reshape(1, filters, *(1,) * len(count)) if bias else None
    if not weight.size:  # sums of nothing
        result[...] = 0 if offset is None else offset
        return result
    matrix = weight.reshape(groups, filters // groups, -1)
    if _plain(kernel, stride, padding):
        flat = result.reshape(x.shape[0], groups, filters // groups, -1)
        np.matmul(matrix, x.reshape(x.shape[0], groups, matrix.shape[2], -1), out=flat)
        return result if offset is None else np.add(result, offset, out=result)
    columns = _Columns(groups, x.dtype)
    for images, bands in _blocks(x.shape[0], count, x.shape[1] * prod(kernel)):
        view = windows(padded(x[images], padding), kernel, stride, dilation, count)
        for rows in bands:
            product = np.matmul(matrix, columns(_band(view, rows, 2 + len(kernel))))
            target = _band(result[images], rows, 2)
            shape = (filters, target.shape[0], *target.shape[2:])
            product = np.swapaxes(product.reshape(shape), 0, 1)
            if offset is None:
                target[...] = product
            else:
                np.add(product, offset, out=target)
    return result


def convolution_weight(
    x: Array,
    gradient: Array,
    kernel: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
) -> Array:
    if _half(x):
        x, wide = x.astype(np.float32), gradient.astype(np.float32)
        options = (kernel, stride, padding, dilation, groups)
        return convolution_weight(x, wide, *options).astype(gradient.dtype)
    filters, channels = gradient.shape[1], x.shape[1]
    count = counts(x.shape[2:], kernel, stride, padding, dilation)
    if gradient.shape != (x.shape[0], filters, *count) or channels % groups or filters % groups:
        raise ValueError("shapes do not fit")
    depth = channels * prod(kernel)
    total = np.zeros((groups, filters // groups, depth // groups), x.dtype)
    columns = _Columns(groups, x.dtype)
    for images, bands in _blocks(x.shape[0], count, depth):
        view = windows(padded(x[images], padding), kernel, stride, dilation, count)
        for rows in bands:
            block = columns(_band(view, rows, 2 + len(kernel)))
            part = _flat(_band(gradient[images], rows, 2), groups)
            total += np.matmul(part, np.swapaxes(block, 1, 2))
    return total.reshape(filters, channels // groups, *kernel)


def convolution_input(
    gradient: Array,
    weight: Array,
    size: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
) -> Array:
    options = (size, stride, padding, dilation, groups)
    if _half(gradient):
        wide = convolution_input(gradient.astype(np.float32), weight.astype(np.float32), *options)
        return wide.astype(gradient.dtype)
    channels = weight.shape[1] * groups
    _check(channels, weight, groups)
    kernel = weight.shape[2:]
    count = counts(size, kernel, stride, padding, dilation)
    if gradient.shape[1:] != (weight.shape[0], *count):
        raise ValueError("shapes do not fit")
    batch, filters = gradient.shape[:2]
    if not gradient.size or not weight.size:
        return np.zeros((batch, channels, *size), gradient.dtype)
    matrix = weight.reshape(groups, filters // groups, -1)
    if _plain(kernel, stride, padding):
        flat = gradient.reshape(batch, groups, filters // groups, -1)
        return np.matmul(np.swapaxes(matrix, 1, 2), flat).reshape(batch, channels, *size)
    # with stride 1 it is itself a convolution, with the kernel turned round. Copying windows of the
    # gradient is cheaper than adding up windows of the result, unless there are many more of them;
    # turning a large weight round for a few columns is not
    few = filters * prod(size) <= 2 * channels * prod(count)
    if set(stride) == {1} and few and batch * prod(count) > 3 * filters // groups:
        return _turned(gradient, weight, padding, dilation, groups)
    return _spread(gradient, matrix, kernel, *options)


def _turned(gradient: Array, weight: Array, padding: Pairs, dilation: Shape, groups: int) -> Array:
    filters, channels, *kernel = weight.shape
    turned = np.flip(weight, tuple(range(2, weight.ndim))).reshape(groups, -1, channels, *kernel)
    turned = np.swapaxes(turned, 1, 2).reshape(groups * channels, filters // groups, *kernel)
    around = [d * (k - 1) for k, d in zip(kernel, dilation)]
    edges = tuple([(n - before, n - after) for n, (before, after) in zip(around, padding)])
    return _convolve(gradient, turned, (1,) * len(kernel), edges, dilation, groups)


def _spread(
    gradient: Array,
    matrix: Array,
    kernel: Shape,
    size: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
) -> Array:
    """The product's columns, each added to where its window lies."""
    batch, count = gradient.shape[0], gradient.shape[2:]
    channels = groups * matrix.shape[2] // prod(kernel)
    room = [n + before + after for n, (before, after) in zip(size, padding)]
    turned = np.swapaxes(matrix, 1, 2)
    result = np.empty((batch, channels, *size), gradient.dtype)
    for images, bands in _blocks(batch, count, channels * prod(kernel)):
        whole = np.zeros((len(range(batch)[images]), channels, *room), gradient.dtype)
        for rows in bands:
            part = _band(gradient[images], rows, 2)
            shape = (channels, *kernel, part.shape[0], *part.shape[2:])
            columns = np.matmul(turned, _flat(part, groups)).reshape(shape)
            first = (rows.start, *(0,) * (len(count) - 1))
            for place in np.ndindex(*kernel):
                key: list[Any] = [slice(None), slice(None)]
                for axis, n in enumerate(part.shape[2:]):
                    start = place[axis] * dilation[axis] + first[axis] * stride[axis]
                    key.append(slice(start, start + (n - 1) * stride[axis] + 1, stride[axis]))
                target = whole[tuple(key)]
                target += np.swapaxes(columns[(slice(None), *place)], 0, 1)
        result[images] = unpadded(whole, size, padding)
    return result


TABLE = {
    "convolution": quiet(convolution),
    "convolution_input": quiet(convolution_input),
    "convolution_weight": quiet(convolution_weight),
}
