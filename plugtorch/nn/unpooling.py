"""Undoing max pooling, and max pooling over windows drawn at random, as layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.functional.checks import per_axis
from plugtorch.nn.pooling import Pool
from plugtorch.tensor import Tensor

Sizes = int | Sequence[int]


class _MaxUnpool(Pool):
    function = "max_unpool"

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        name, given = type(self).__name__, kernel_size if stride is None else stride
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self.axes)
        self.stride = per_axis(name, "stride", given, self.axes)
        self.padding = per_axis(name, "padding", padding, self.axes, 0)

    def forward(
        self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None
    ) -> Any:
        options = (self.kernel_size, self.stride, self.padding, output_size)
        return self.call(input, indices, *options)


class MaxUnpool1d(_MaxUnpool):
    """Undoes MaxPool1d as far as can be, with its indices. As torch.nn.MaxUnpool1d."""

    axes = 1


class MaxUnpool2d(_MaxUnpool):
    """Zeros with the input's elements at the places that MaxPool2d took them from.

    kernel_size, stride, padding: as the pooling had. Called with what it gave and its indices, and
    the output_size where several sizes pool to the same.

    >>> import plugtorch
    >>> values, places = plugtorch.nn.MaxPool2d(2, return_indices=True)(plugtorch.eye(2)[None])
    >>> plugtorch.nn.MaxUnpool2d(2)(values, places)
    tensor([[[1., 0.],
             [0., 0.]]])

    As torch.nn.MaxUnpool2d.
    """

    axes = 2


class MaxUnpool3d(_MaxUnpool):
    """Undoes MaxPool3d as far as can be, with its indices. As torch.nn.MaxUnpool3d."""

    axes = 3


class _FractionalMaxPool(Pool):
    function = "fractional_max_pool"
    shown = ()

    def __init__(
        self,
        kernel_size: Sizes,
        output_size: Sizes | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self.axes)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        if (output_size is None) == (output_ratio is None):
            raise ArgumentError(f"[{name}] needs one of output_size and output_ratio.")
        self.output_size, self.output_ratio = None, None
        if output_size is not None:
            self.output_size = per_axis(name, "output_size", output_size, self.axes)
            return
        listed = isinstance(output_ratio, (tuple, list))
        ratios = tuple(output_ratio) if listed else (output_ratio,) * self.axes  # type: ignore[arg-type]
        if len(ratios) != self.axes or not all(0 < ratio < 1 for ratio in ratios):  # type: ignore[operator]
            raise ArgumentError(f"[{name}] output_ratio is from 0 to 1, got {output_ratio!r}.")
        self.output_ratio = ratios

    def forward(self, input: Tensor) -> Any:
        return self.call(
            *(input, self.kernel_size, self.output_size, self.output_ratio),
            *(self.return_indices, self._random_samples),
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """The largest of windows that begin at random places of (N, C, H, W).

    kernel_size: of the windows. output_size: how many along each axis, or output_ratio: as a part
    of the size. return_indices: give their places too.

    Graham 2014, arXiv:1412.6071; torch.nn.FractionalMaxPool2d.
    """

    axes = 2


class FractionalMaxPool3d(_FractionalMaxPool):
    """The largest of windows that begin at random places of (N, C, D, H, W). As
    torch.nn.FractionalMaxPool3d.
    """

    axes = 3
