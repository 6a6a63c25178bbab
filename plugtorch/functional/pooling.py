"""The largest element, the mean and the p-norm of windows, over one, two and three spatial axes.

A family's functions differ in the number of axes alone, so each family is written once, for any
number, and given its names at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.checks import floating, per_axis
from plugtorch.ops import pooling as ops
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import tensor

Sizes = int | Sequence[int]


class Pooling:
    """Windows over the last axes of an input: their options, checked.

    stride: None for the kernel's size, so that windows do not overlap. ceil: whether a window may
    reach over the end, if it begins before it.
    """

    def __init__(
        self,
        name: str,
        axes: int,
        kernel: Sizes,
        stride: Sizes | None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil: bool = False,
    ) -> None:
        self.name, self.axes, self.ceil = name, axes, ceil
        self.kernel = per_axis(name, "kernel_size", kernel, axes)
        given = self.kernel if stride is None or stride in ((), []) else stride
        self.stride = per_axis(name, "stride", given, axes)
        self.before = per_axis(name, "padding", padding, axes, 0)
        self.dilation = per_axis(name, "dilation", dilation, axes)
        self.reach = [d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel)]
        if any(2 * p > n for p, n in zip(self.before, self.reach)):
            raise ArgumentError(
                f"[{name}] padding {self.before} is more than half of windows that reach over "
                f"{self.reach}: some would be empty. Use a smaller one."
            )

    def ready(self, x: Any) -> tuple[Any, bool]:
        """The input with a batch axis, and whether it had one."""
        shape = shape_of(x)
        if len(shape) not in (self.axes + 1, self.axes + 2) or 0 in shape[-self.axes - 1 :]:
            raise ShapeError(
                f"[{self.name}] got an input of shape {shape}, needed (N, C, *size) or (C, *size) "
                f"with {self.axes} spatial axes, nothing but N empty."
            )
        batched = len(shape) == self.axes + 2
        return (x, True) if batched else (x.unsqueeze(0), False)

    def counts(self, size: tuple[int, ...]) -> tuple[int, ...]:
        """How many windows there are along each axis."""
        counts = []
        for n, p, s, reach in zip(size, self.before, self.stride, self.reach):
            room = n + 2 * p - reach
            count = (-(-room // s) if self.ceil else room // s) + 1
            if self.ceil and (count - 1) * s >= n + p:
                count -= 1  # it would begin in the padding at the end
            counts.append(count)
        if min(counts) < 1:
            raise ShapeError(
                f"[{self.name}] windows of {self.kernel} with dilation {self.dilation} do not fit "
                f"an input of {size} with padding {self.before}. Use smaller ones."
            )
        return tuple(counts)

    def pairs(self, size: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
        """How far windows reach over both ends."""
        if not self.ceil:
            return tuple([(p, p) for p in self.before])
        last = [
            (count - 1) * s + reach - n - p
            for count, s, reach, n, p in zip(
                self.counts(size), self.stride, self.reach, size, self.before
            )
        ]
        return tuple(zip(self.before, last))


def largest(pooling: Pooling, input: Tensor, return_indices: bool) -> Any:
    """The largest element of each window, and if wanted its place in the flattened spatial axes."""
    x, batched = pooling.ready(input)
    size = shape_of(x)[2:]
    pooling.counts(size)
    options = {
        "kernel": pooling.kernel,
        "stride": pooling.stride,
        "padding": pooling.pairs(size),
        "dilation": pooling.dilation,
    }
    values = ops.max_pool(x, **options)
    if not return_indices:
        return values if batched else values.squeeze(0)
    index = ops.max_pool_index(x.detach(), values.detach(), **options)
    return (values, index) if batched else (values.squeeze(0), index.squeeze(0))


def average(
    pooling: Pooling, input: Tensor, count_include_pad: bool = True, divisor: int | None = None
) -> Tensor:
    """The sum of each window over how many elements it has, padding counted or not."""
    floating(pooling.name, input)
    x, batched = pooling.ready(input)
    size = shape_of(x)[2:]
    counts, pairs = pooling.counts(size), pooling.pairs(size)
    sums = ops.sum_pool(x, kernel=pooling.kernel, stride=pooling.stride, padding=pairs)
    if divisor is not None:
        if not divisor:
            raise ArgumentError(f"[{pooling.name}] divisor_override must not be 0.")
        result = sums / divisor
    else:
        result = _divided(sums, pooling, size, counts, count_include_pad)
    return result if batched else result.squeeze(0)


def _divided(
    sums: Any, pooling: Pooling, size: tuple[int, ...], counts: tuple[int, ...], padded: bool
) -> Any:
    for axis, (n, count) in enumerate(zip(size, counts)):
        p, s, k = pooling.before[axis], pooling.stride[axis], pooling.kernel[axis]
        begins = [i * s - p for i in range(count)]
        if padded:  # of what a window has beyond the padding nothing counts
            lengths = [min(begin + k, n + p) - begin for begin in begins]
        else:
            lengths = [min(begin + k, n) - max(begin, 0) for begin in begins]
        if set(lengths) == {lengths[0]}:
            sums = sums / lengths[0]
        else:
            shape = (count, *(1,) * (len(size) - axis - 1))
            sums = sums / tensor(lengths, dtype=sums.dtype, device=sums.device).reshape(shape)
    return sums


def named(name: str, doc: str, function: Any) -> Any:
    """``function`` with a name and docstring of its own."""
    function.__name__ = function.__qualname__ = name
    function.__doc__ = doc
    return function


def _max_pool(axes: int) -> Any:
    name = f"max_pool{axes}d"

    def max_pool(
        input: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        pooling = Pooling(name, axes, kernel_size, stride, padding, dilation, ceil_mode)
        return largest(pooling, input, return_indices)

    doc = f"""The largest element of each window over the last axes, {axes} of them.

    input: (N, C, *size) or (C, *size). kernel_size, stride, padding, dilation: a number, or one for
    each axis; stride None for kernel_size; padding at most half a window, smaller than everything.
    ceil_mode: whether a window may reach over the end. return_indices: give the largest elements'
    places in the flattened spatial axes too, for max_unpool{axes}d.

    Raises ShapeError and ArgumentError for what does not fit.

    Source: torch.nn.functional.{name}.
    """
    return named(name, doc, max_pool)


def _avg_pool(axes: int) -> Any:
    name = f"avg_pool{axes}d"

    def avg_pool(
        input: Tensor,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        pooling = Pooling(name, axes, kernel_size, stride, padding, 1, ceil_mode)
        return average(pooling, input, count_include_pad, divisor_override)

    doc = f"""The mean of each window over the last axes, {axes} of them.

    input: (N, C, *size) or (C, *size), floating point. kernel_size, stride, padding: a number, or
    one for each axis; stride None for kernel_size. ceil_mode: whether a window may reach over the
    end. count_include_pad: whether padding counts as elements. divisor_override: what to divide
    sums by instead of the number of elements.

    Raises ShapeError and ArgumentError for what does not fit.

    Source: torch.nn.functional.{name}.
    """
    return named(name, doc, avg_pool)


def _lp_pool(axes: int) -> Any:
    name = f"lp_pool{axes}d"

    def lp_pool(
        input: Tensor,
        norm_type: float,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        ceil_mode: bool = False,
    ) -> Any:
        pooling = Pooling(name, axes, kernel_size, stride, 0, 1, ceil_mode)
        count = 1
        for size in pooling.kernel:
            count *= size
        mean = average(pooling, input**norm_type)
        # a sum of odd powers that is below 0 has no root: 0, as in PyTorch
        return (mean.sign() * mean.abs().relu() * count) ** (1 / norm_type)

    doc = f"""(sum of x^p)^(1/p) over each window of the last axes, {axes} of them.

    input: (N, C, *size) or (C, *size). norm_type: p.

    Source: torch.nn.functional.{name}.
    """
    return named(name, doc, lp_pool)


max_pool1d, max_pool2d, max_pool3d = [_max_pool(axes) for axes in (1, 2, 3)]
avg_pool1d, avg_pool2d, avg_pool3d = [_avg_pool(axes) for axes in (1, 2, 3)]
max_pool3d, avg_pool3d = map(autocasts(cpu=FLOAT32), (max_pool3d, avg_pool3d))
lp_pool1d, lp_pool2d, lp_pool3d = [_lp_pool(axes) for axes in (1, 2, 3)]
