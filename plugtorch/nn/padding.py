"""Padding layers: elements added at both ends of the spatial axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from plugtorch import functional as F
from plugtorch.functional.checks import per_axis
from plugtorch.module import Module
from plugtorch.tensor import Tensor

Sizes = int | Sequence[int]


class _Pad(Module):
    """padding: one number for all ends, or (before, after) of the last axis, then of the one before
    it, and so on; a negative one takes elements away.
    """

    axes: ClassVar[int]
    mode: ClassVar[str]

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        ends, name = 2 * self.axes, type(self).__name__
        self.padding = per_axis(name, "padding", padding, ends, -(2**62))

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    mode = "constant"

    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """One number at both ends of (N, C, L). As torch.nn.ConstantPad1d."""

    axes = 1


class ConstantPad2d(_ConstantPad):
    """One number around (N, C, H, W).

    padding: (left, right, top, bottom), or one number for all. value: what is put there.

    >>> import plugtorch
    >>> plugtorch.nn.ConstantPad2d((1, 0, 0, 1), 7.0)(plugtorch.zeros(1, 1, 2))
    tensor([[[7., 0., 0.],
             [7., 7., 7.]]])

    As torch.nn.ConstantPad2d.
    """

    axes = 2


class ConstantPad3d(_ConstantPad):
    """One number around (N, C, D, H, W). As torch.nn.ConstantPad3d."""

    axes = 3


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad):
    """Zeros at both ends of (N, C, L). As torch.nn.ZeroPad1d."""

    axes = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around (N, C, H, W). As torch.nn.ZeroPad2d."""

    axes = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around (N, C, D, H, W). As torch.nn.ZeroPad3d."""

    axes = 3


class ReflectionPad1d(_Pad):
    """(N, C, L) mirrored at its ends. As torch.nn.ReflectionPad1d."""

    axes, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """(N, C, H, W) mirrored at its edges. As torch.nn.ReflectionPad2d."""

    axes, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """(N, C, D, H, W) mirrored at its edges. As torch.nn.ReflectionPad3d."""

    axes, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """(N, C, L) with its ends repeated. As torch.nn.ReplicationPad1d."""

    axes, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """(N, C, H, W) with its edges repeated. As torch.nn.ReplicationPad2d."""

    axes, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """(N, C, D, H, W) with its edges repeated. As torch.nn.ReplicationPad3d."""

    axes, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """(N, C, L) going on at its other end. As torch.nn.CircularPad1d."""

    axes, mode = 1, "circular"


class CircularPad2d(_Pad):
    """(N, C, H, W) going on at its other edges. As torch.nn.CircularPad2d."""

    axes, mode = 2, "circular"


class CircularPad3d(_Pad):
    """(N, C, D, H, W) going on at its other edges. As torch.nn.CircularPad3d."""

    axes, mode = 3, "circular"
