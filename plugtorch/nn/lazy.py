"""Layers that learn the number of input features or channels from their first input."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, ShapeError, StateError
from plugtorch.module.uninitialized import UninitializedBuffer, UninitializedParameter, is_lazy
from plugtorch.nn.channels import (
    BatchNorm1d,
    BatchNorm2d,
    BatchNorm3d,
    InstanceNorm1d,
    InstanceNorm2d,
    InstanceNorm3d,
)
from plugtorch.nn.convolution import (
    Conv1d,
    Conv2d,
    Conv3d,
    ConvTranspose1d,
    ConvTranspose2d,
    ConvTranspose3d,
)
from plugtorch.nn.linear import Linear
from plugtorch.tensor import Tensor


class LazyModuleMixin:
    """The first base of a module that makes its parameters when it is first called.

    Give ``cls_to_become``, the class that it is from then on, and ``initialize_parameters``, called
    with the arguments of forward, which materializes the parameters.

    Raises StateError if parameters are still without a shape after that.

    As torch.nn.modules.lazy.LazyModuleMixin.
    """

    cls_to_become: Any = None
    _parameters: dict[str, Any]
    _buffers: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        me: Any = self
        self._load_hook = me.register_load_state_dict_pre_hook(type(self)._lazy_load_hook)
        self._initialize_hook = me.register_forward_pre_hook(
            type(self)._infer_parameters, with_kwargs=True
        )

    def _own(self) -> Iterable[tuple[str, Any]]:
        yield from self._parameters.items()
        yield from self._buffers.items()

    def has_uninitialized_params(self) -> bool:
        """Whether any parameter or buffer has no shape yet."""
        return any(is_lazy(value) for _, value in self._own())

    def initialize_parameters(self, *args: Any, **kwargs: Any) -> None:
        """Materialize the parameters to suit an input; override it."""
        raise NotImplementedError(
            f"[initialize_parameters] {type(self).__name__} does not say how."
        )

    def _infer_parameters(self, args: Any, kwargs: Any) -> None:
        self.initialize_parameters(*args, **kwargs)
        if self.has_uninitialized_params():
            raise StateError(
                f"[{type(self).__name__}] initialize_parameters left some without a shape."
            )
        self._initialize_hook.remove()
        self._load_hook.remove()
        del self._initialize_hook, self._load_hook
        if self.cls_to_become is not None:
            self.__class__ = self.cls_to_become

    def _lazy_load_hook(self, state_dict: Mapping[str, Any], prefix: str, *_: Any) -> None:
        """Take shapes from the state that is being loaded."""
        for name, value in self._own():
            given = state_dict.get(prefix + name)
            if is_lazy(value) and given is not None and not is_lazy(given):
                value.materialize(given.shape)

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        lazy = [name for name, buffer in self._buffers.items() if is_lazy(buffer)]
        for name in lazy:  # fn takes, and gives, an ordinary tensor
            self._buffers[name] = self._buffers[name].data
        super()._apply(fn, recurse)  # type: ignore[misc]
        for name in lazy:
            moved = self._buffers[name]
            self._buffers[name] = UninitializedBuffer(device=moved.device, dtype=moved.dtype)
        return self

    def _forget_shapes(self, parameters: Iterable[str], buffers: Iterable[str] = ()) -> None:
        """Put uninitialized ones in the place of those that are there."""
        for kind, table, names in (
            (UninitializedParameter, self._parameters, parameters),
            (UninitializedBuffer, self._buffers, buffers),
        ):
            for name in names:
                old = table.get(name)
                if old is not None:
                    table[name] = kind(device=old.device, dtype=old.dtype)

    def _materialize(self, **shapes: tuple[int, ...]) -> None:
        with no_grad():
            for name, value in self._own():
                if is_lazy(value):
                    value.materialize(shapes[name])
        me: Any = self
        me.reset_parameters()


class LazyLinear(LazyModuleMixin, Linear):
    """Linear with as many in_features as its first input has.

    >>> import plugtorch
    >>> layer = LazyLinear(3)
    >>> layer(plugtorch.zeros(5, 2)).shape, layer
    (plugtorch.Size([5, 3]), Linear(in_features=2, out_features=3, bias=True))

    As torch.nn.LazyLinear.
    """

    cls_to_become = Linear

    def __init__(
        self, out_features: int, bias: bool = True, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__(0, out_features, bias, device, dtype)
        self._forget_shapes(("weight", "bias"))

    def reset_parameters(self) -> None:
        if self.in_features and not self.has_uninitialized_params():
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor) -> None:
        if self.has_uninitialized_params():
            self.in_features = input.shape[-1]
            self._materialize(
                weight=(self.out_features, self.in_features), bias=(self.out_features,)
            )
        elif not self.in_features:  # loaded
            self.in_features = input.shape[-1]


class _LazyConvolution(LazyModuleMixin):
    axes: ClassVar[int]
    in_channels: int
    out_channels: int
    kernel_size: tuple[int, ...]
    groups: int
    transposed: bool

    def __init__(self, out_channels: int, kernel_size: Any, *options: Any, **by_name: Any) -> None:
        super().__init__(0, 0, kernel_size, *options, **by_name)
        self.out_channels = out_channels
        self._forget_shapes(("weight", "bias"))

    def reset_parameters(self) -> None:
        """Draw weight and bias anew, once their shapes are known."""
        if self.in_channels and not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        if input.ndim not in (self.axes + 1, self.axes + 2):
            raise ShapeError(
                f"[{type(self).__name__}] got an input of shape {tuple(input.shape)}, needed "
                f"{self.axes + 1} or {self.axes + 2} axes."
            )
        lazy = self.has_uninitialized_params()
        if not lazy and self.in_channels:
            return
        self.in_channels = input.shape[-1 - self.axes]
        if self.in_channels % self.groups or self.out_channels % self.groups:
            raise ArgumentError(
                f"[{type(self).__name__}] {self.groups} groups do not divide {self.in_channels} "
                f"in_channels and {self.out_channels} out_channels."
            )
        if lazy:
            first, second = self.out_channels, self.in_channels
            if self.transposed:
                first, second = second, first
            shape = (first, second // self.groups, *self.kernel_size)
            self._materialize(weight=shape, bias=(self.out_channels,))


class _LazyNorm(LazyModuleMixin):
    num_features: int

    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)
        self._forget_shapes(("weight", "bias"), ("running_mean", "running_var"))

    def reset_parameters(self) -> None:
        """Back to how it began, once the shapes are known."""
        if self.num_features and not self.has_uninitialized_params():
            super().reset_parameters()  # type: ignore[misc]

    def initialize_parameters(self, input: Tensor) -> None:
        lazy = self.has_uninitialized_params()
        if lazy or not self.num_features:
            self.num_features = input.shape[1]
        if lazy:
            shape = (self.num_features,)
            self._materialize(weight=shape, bias=shape, running_mean=shape, running_var=shape)


class LazyConv1d(_LazyConvolution, Conv1d):
    """Conv1d whose in_channels is that of its first input. As torch.nn.LazyConv1d."""

    cls_to_become = Conv1d


class LazyConvTranspose1d(_LazyConvolution, ConvTranspose1d):
    """ConvTranspose1d whose in_channels is that of its first input. As
    torch.nn.LazyConvTranspose1d.
    """

    cls_to_become = ConvTranspose1d


class LazyConv2d(_LazyConvolution, Conv2d):
    """Conv2d whose in_channels is that of its first input. As torch.nn.LazyConv2d."""

    cls_to_become = Conv2d


class LazyConvTranspose2d(_LazyConvolution, ConvTranspose2d):
    """ConvTranspose2d whose in_channels is that of its first input. As
    torch.nn.LazyConvTranspose2d.
    """

    cls_to_become = ConvTranspose2d


class LazyConv3d(_LazyConvolution, Conv3d):
    """Conv3d whose in_channels is that of its first input. As torch.nn.LazyConv3d."""

    cls_to_become = Conv3d


class LazyConvTranspose3d(_LazyConvolution, ConvTranspose3d):
    """ConvTranspose3d whose in_channels is that of its first input. As
    torch.nn.LazyConvTranspose3d.
    """

    cls_to_become = ConvTranspose3d


class LazyBatchNorm1d(_LazyNorm, BatchNorm1d):
    """BatchNorm1d whose num_features is that of its first input. As torch.nn.LazyBatchNorm1d."""

    cls_to_become = BatchNorm1d


class LazyInstanceNorm1d(_LazyNorm, InstanceNorm1d):
    """InstanceNorm1d of as many channels as its first input, see LazyInstanceNorm2d. As
    torch.nn.LazyInstanceNorm1d.
    """

    cls_to_become = InstanceNorm1d


class LazyBatchNorm2d(_LazyNorm, BatchNorm2d):
    """BatchNorm2d whose num_features is that of its first input. As torch.nn.LazyBatchNorm2d."""

    cls_to_become = BatchNorm2d


class LazyInstanceNorm2d(_LazyNorm, InstanceNorm2d):
    """InstanceNorm2d whose num_features is that of its first input; affine and with running
    statistics unless told otherwise. As torch.nn.LazyInstanceNorm2d.
    """

    cls_to_become = InstanceNorm2d


class LazyBatchNorm3d(_LazyNorm, BatchNorm3d):
    """BatchNorm3d whose num_features is that of its first input. As torch.nn.LazyBatchNorm3d."""

    cls_to_become = BatchNorm3d


class LazyInstanceNorm3d(_LazyNorm, InstanceNorm3d):
    """InstanceNorm3d of as many channels as its first input, see LazyInstanceNorm2d. As
    torch.nn.LazyInstanceNorm3d.
    """

    cls_to_become = InstanceNorm3d
