"""Convolution layers over one, two and three spatial axes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from plugtorch import functional as F
from plugtorch.errors import ArgumentError
from plugtorch.functional.checks import per_axis
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty

Sizes = int | Sequence[int]

_MODES = ("zeros", "reflect", "replicate", "circular")


class _Convolution(Module):
    """What all of them have: weight and bias, uniform within 1/sqrt(fan in) to begin with."""

    axes: ClassVar[int]
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        channels: tuple[int, int],
        kernel_size: Sizes,
        stride: Sizes,
        padding: str | Sizes,
        dilation: Sizes,
        transposed: bool,
        output_padding: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Any,
        dtype: Any,
    ) -> None:
        super().__init__()
        name, n = type(self).__name__, self.axes
        self.in_channels, self.out_channels = channels
        if groups < 1 or any(channel % groups for channel in channels):
            raise ArgumentError(
                f"[{name}] {groups} groups do not divide {self.in_channels} in_channels and "
                f"{self.out_channels} out_channels."
            )
        if padding_mode not in _MODES or (transposed and padding_mode != "zeros"):
            known = ", ".join(map(repr, _MODES[:1] if transposed else _MODES))
            raise ArgumentError(
                f"[{name}] there is no padding_mode {padding_mode!r}. Choose one of: {known}."
            )
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, n)
        self.stride = per_axis(name, "stride", stride, n)
        self.dilation = per_axis(name, "dilation", dilation, n)
        self.padding = self._checked(name, padding)
        self.transposed = transposed
        self.output_padding = per_axis(name, "output_padding", output_padding, n, 0)
        self.groups = groups
        self.padding_mode = padding_mode
        first, second = reversed(channels) if not transposed else channels
        shape = (first, second // groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        self.register_parameter(
            "bias",
            Parameter(empty(self.out_channels, device=device, dtype=dtype)) if bias else None,
        )
        self.reset_parameters()

    def _checked(self, name: str, padding: str | Sizes) -> str | tuple[int, ...]:
        if not isinstance(padding, str):
            return per_axis(name, "padding", padding, self.axes, 0)
        if padding not in ("same", "valid"):
            raise ArgumentError(
                f'[{name}] there is no padding {padding!r}. Use "same", "valid" or numbers.'
            )
        if padding == "same" and set(self.stride) != {1}:
            raise ArgumentError(f'[{name}] padding "same" needs a stride of 1, got {self.stride}.')
        return padding

    def reset_parameters(self) -> None:
        """Draw weight and bias anew."""
        # kaiming_uniform_ with this slope is uniform within 1/sqrt(fan in)
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        fan_in = math.prod(self.weight.shape[1:])
        if self.bias is not None and fan_in:
            bound = 1 / math.sqrt(fan_in)
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        text += f", stride={self.stride}"
        nothing, one = (0,) * self.axes, (1,) * self.axes
        usual = {"padding": nothing, "dilation": one, "output_padding": nothing, "groups": 1}
        for name, value in usual.items():
            if getattr(self, name) != value:
                text += f", {name}={getattr(self, name)}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _Forward(_Convolution):
    convolve: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: str | Sizes = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        channels = (in_channels, out_channels)
        super().__init__(
            *(channels, kernel_size, stride, padding, dilation, False, 0),
            *(groups, bias, padding_mode, device, dtype),
        )

    def forward(self, input: Tensor) -> Tensor:
        padding: Any = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._edges(), self.padding_mode)
            padding = 0
        # through the class: a function kept in it would become a method
        return type(self).convolve(
            input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups
        )

    def _edges(self) -> list[int]:
        """The padding as ``pad`` takes it: pairs, the last axis first."""
        edges: list[int] = []
        for axis in reversed(range(self.axes)):
            if self.padding == "same":
                reach = self.dilation[axis] * (self.kernel_size[axis] - 1)
                edges += [reach // 2, reach - reach // 2]
            elif self.padding == "valid":
                edges += [0, 0]
            else:
                edges += [self.padding[axis]] * 2  # type: ignore[list-item]
        return edges


class _Transposed(_Convolution):
    convolve: ClassVar[Callable[..., Tensor]]

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        channels = (in_channels, out_channels)
        super().__init__(
            *(channels, kernel_size, stride, padding, dilation, True, output_padding),
            *(groups, bias, padding_mode, device, dtype),
        )

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self.output_padding if output_size is None else self._extra(input, output_size)
        return type(self).convolve(
            *(input, self.weight, self.bias, self.stride, self.padding, extra),
            *(self.groups, self.dilation),
        )

    def _extra(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """The output_padding that gives ``output_size``."""
        wanted = tuple(output_size)[-self.axes :]
        given = tuple(input.shape)[-self.axes :]
        padding: Any = self.padding
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(given, self.stride, padding, self.dilation, self.kernel_size)
        ]
        extra = tuple([n - low for n, low in zip(wanted, least)])
        if len(extra) != self.axes or any(not 0 <= e < s for e, s in zip(extra, self.stride)):
            most = [low + s - 1 for low, s in zip(least, self.stride)]
            raise ArgumentError(
                f"[{type(self).__name__}] output_size {tuple(output_size)} is not between {least} "
                f"and {most}, which an input of {given} may give."
            )
        return extra


class Conv1d(_Forward):
    """Convolution of (N, C, L) or (C, L), see ``Conv2d``. As torch.nn.Conv1d."""

    axes = 1
    convolve = F.conv1d


class Conv2d(_Forward):
    """y[o, i] = sum over c, k of x[c, i stride + k dilation - padding] weight[o, c, k] + bias[o].

    in_channels, out_channels: C and O of (N, C, H, W) and (N, O, H, W). kernel_size, stride,
    dilation: a number, or one for each spatial axis. padding: numbers too, "same" or "valid".
    groups: into how many runs channels are divided, each of which sees only its own. padding_mode:
    what is at the edges: "zeros", "reflect", "replicate" or "circular". weight: (O, C/groups, K,
    K), bias: (O,), both uniform within 1/sqrt(C/groups K K) to begin with.

    Raises ArgumentError for options that do not fit; ShapeError, when called, for an input that
    does not.

    >>> import plugtorch
    >>> plugtorch.nn.Conv2d(3, 8, 5, padding=2)(plugtorch.zeros(4, 3, 28, 28)).shape
    plugtorch.Size([4, 8, 28, 28])

    LeCun et al. 1989; torch.nn.Conv2d.
    """

    axes = 2
    convolve = F.conv2d


class Conv3d(_Forward):
    """Convolution of (N, C, D, H, W) or (C, D, H, W), see ``Conv2d``. As torch.nn.Conv3d."""

    axes = 3
    convolve = F.conv3d


class ConvTranspose1d(_Transposed):
    """Transposed convolution of (N, C, L), see ``ConvTranspose2d``. As torch.nn.ConvTranspose1d."""

    axes = 1
    convolve = F.conv_transpose1d


class ConvTranspose2d(_Transposed):
    """The adjoint of a convolution: (N, C, H, W) to a larger (N, O, H', W').

    H' = (H - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1. weight: (C,
    O/groups, K, K). ``forward(input, output_size)`` chooses output_padding itself.

    Raises ArgumentError for options that do not fit.

    >>> import plugtorch
    >>> layer = plugtorch.nn.ConvTranspose2d(8, 3, 4, stride=2, padding=1)
    >>> layer(plugtorch.zeros(1, 8, 7, 7)).shape
    plugtorch.Size([1, 3, 14, 14])

    As torch.nn.ConvTranspose2d.
    """

    axes = 2
    convolve = F.conv_transpose2d


class ConvTranspose3d(_Transposed):
    """Transposed convolution of (N, C, D, H, W), see ``ConvTranspose2d``. As
    torch.nn.ConvTranspose3d.
    """

    axes = 3
    convolve = F.conv_transpose3d
