"""Pooling layers: each is its function with options kept. Those of one kind differ in the number of
axes alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from plugtorch import functional as F
from plugtorch.functional.checks import per_axis
from plugtorch.module import Module
from plugtorch.tensor import Tensor

Sizes = int | Sequence[int]


class Pool(Module):
    """What all pooling layers have: ``axes``, and the name of their ``function`` without it."""

    axes: ClassVar[int]
    function: ClassVar[str]
    shown: ClassVar[tuple[str, ...]] = ("kernel_size", "stride", "padding")

    def call(self, *args: Any, **options: Any) -> Any:
        """The function of this kind and number of axes."""
        return getattr(F, f"{self.function}{self.axes}d")(*args, **options)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)}" for name in self.shown)


class _MaxPool(Pool):
    """The largest element of each window of (N, C, *size) or (C, *size).

    kernel_size, stride, padding, dilation: a number, or one for each axis; stride None for
    kernel_size. return_indices: give their places too, for unpooling. ceil_mode: whether a window
    may reach over the end.
    """

    function = "max_pool"
    shown = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        return self.call(
            *(input, self.kernel_size, self.stride, self.padding, self.dilation),
            *(self.ceil_mode, self.return_indices),
        )


class MaxPool1d(_MaxPool):
    """The largest element of each window of (N, C, L), see ``MaxPool2d``. As torch.nn.MaxPool1d."""

    axes = 1


class MaxPool2d(_MaxPool):
    """The largest element of each window of (N, C, H, W) or (C, H, W).

    kernel_size, stride, padding, dilation: a number, or one for each axis; stride None for
    kernel_size. return_indices: give their places too, for MaxUnpool2d. ceil_mode: whether a window
    may reach over the end.

    >>> import plugtorch
    >>> plugtorch.nn.MaxPool2d(2)(plugtorch.arange(8.0).reshape(1, 2, 4))
    tensor([[[5., 7.]]])

    As torch.nn.MaxPool2d.
    """

    axes = 2


class MaxPool3d(_MaxPool):
    """The largest of each window of (N, C, D, H, W), see ``MaxPool2d``. As torch.nn.MaxPool3d."""

    axes = 3


class _AvgPool(Pool):
    function = "avg_pool"

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Any:
        return self.call(
            *(input, self.kernel_size, self.stride, self.padding, self.ceil_mode),
            *(self.count_include_pad, self.divisor_override),
        )


class AvgPool1d(_AvgPool):
    """The mean of each window of (N, C, L) or (C, L), see ``AvgPool2d``. As torch.nn.AvgPool1d."""

    axes = 1

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        for name, least in (("kernel_size", 1), ("stride", 1), ("padding", 0)):
            setattr(self, name, per_axis("AvgPool1d", name, getattr(self, name), 1, least))


class AvgPool2d(_AvgPool):
    """The mean of each window of (N, C, H, W) or (C, H, W).

    kernel_size, stride, padding: a number, or one for each axis; stride None for kernel_size.
    ceil_mode: whether a window may reach over the end. count_include_pad: whether padding counts as
    elements. divisor_override: what to divide sums by instead of the number of elements.

    >>> import plugtorch
    >>> plugtorch.nn.AvgPool2d(2)(plugtorch.arange(8.0).reshape(1, 2, 4))
    tensor([[[2.5000, 4.5000]]])

    As torch.nn.AvgPool2d.
    """

    axes = 2


class AvgPool3d(_AvgPool):
    """The mean of each window of (N, C, D, H, W), see ``AvgPool2d``. As torch.nn.AvgPool3d."""

    axes = 3


class _LPPool(Pool):
    function = "lp_pool"
    shown = ("norm_type", "kernel_size", "stride", "ceil_mode")

    def __init__(
        self,
        norm_type: float,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        kind = float(self.norm_type)
        return self.call(input, kind, self.kernel_size, self.stride, self.ceil_mode)


class LPPool1d(_LPPool):
    """(sum of x^p)^(1/p) over each window of (N, C, L). As torch.nn.LPPool1d."""

    axes = 1


class LPPool2d(_LPPool):
    """(sum of x^p)^(1/p) over each window of (N, C, H, W). norm_type: p. As torch.nn.LPPool2d."""

    axes = 2


class LPPool3d(_LPPool):
    """(sum of x^p)^(1/p) over each window of (N, C, D, H, W). As torch.nn.LPPool3d."""

    axes = 3
