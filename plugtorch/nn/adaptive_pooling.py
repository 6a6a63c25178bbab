"""Pooling to a size that is given, as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.nn.pooling import Pool
from plugtorch.tensor import Tensor


class _AdaptiveAvgPool(Pool):
    function = "adaptive_avg_pool"
    shown = ("output_size",)

    def __init__(self, output_size: int | Sequence[int | None] | None) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Tensor) -> Any:
        return self.call(input, self.output_size)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Means of windows that cover (N, C, L) evenly. As torch.nn.AdaptiveAvgPool1d."""

    axes = 1


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Means of windows that cover (N, C, H, W) evenly, whatever H and W are.

    output_size: how many along each axis, a number or two; None for as many as there are elements.

    >>> import plugtorch
    >>> plugtorch.nn.AdaptiveAvgPool2d((1, 2))(plugtorch.arange(8.0).reshape(1, 2, 4))
    tensor([[[2.5000, 4.5000]]])

    As torch.nn.AdaptiveAvgPool2d.
    """

    axes = 2


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Means of windows that cover (N, C, D, H, W) evenly. As torch.nn.AdaptiveAvgPool3d."""

    axes = 3


class _AdaptiveMaxPool(Pool):
    function = "adaptive_max_pool"
    shown = ("output_size",)

    def __init__(
        self, output_size: int | Sequence[int | None] | None, return_indices: bool = False
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return self.call(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The largest of windows that cover (N, C, L) evenly. As torch.nn.AdaptiveMaxPool1d."""

    axes = 1


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The largest of windows that cover (N, C, H, W) evenly. As torch.nn.AdaptiveMaxPool2d."""

    axes = 2


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """The largest of windows that cover (N, C, D, H, W) evenly. As torch.nn.AdaptiveMaxPool3d."""

    axes = 3
