"""Normalisation channel by channel."""

from __future__ import annotations

from typing import Any, ClassVar

from plugtorch import functional as F
from plugtorch.dtypes import int64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty, ones, tensor, zeros


class _Affine(Module):
    """weight, ones to begin with, and bias, zeros; either may be None."""

    weight: Parameter | None
    bias: Parameter | None

    def _affine(self, channels: int, weight: bool, bias: bool, device: Any, dtype: Any) -> None:
        for name, wanted in (("weight", weight), ("bias", weight and bias)):
            made = Parameter(empty(channels, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, made)

    def reset_parameters(self) -> None:
        """Back to a weight of ones and a bias of zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class _Running(_Affine):
    """Running statistics: buffers, updated in training."""

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    ranks: ClassVar[tuple[int, ...]]
    _version = 2

    def __init__(
        self,
        num_features: int,
        eps: float,
        momentum: float | None,
        affine: bool,
        track_running_stats: bool,
        device: Any,
        dtype: Any,
        bias: bool,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        self._affine(num_features, affine, bias, device, dtype)
        made = {}
        if track_running_stats:
            made = {
                "running_mean": zeros(num_features, device=device, dtype=dtype),
                "running_var": ones(num_features, device=device, dtype=dtype),
                "num_batches_tracked": tensor(0, device=device, dtype=int64),
            }
        for name in ("running_mean", "running_var", "num_batches_tracked"):
            self.register_buffer(name, made.get(name))
        self.reset_parameters()

    def reset_running_stats(self) -> None:
        """Back to a mean of 0 and a variance of 1."""
        if self.running_mean is not None and self.running_var is not None:
            self.running_mean.zero_()
            self.running_var.fill_(1)
        if self.num_batches_tracked is not None:
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Back to how it began, running statistics included."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim not in self.ranks:
            raise ShapeError(
                f"[{type(self).__name__}] got an input of shape {tuple(input.shape)}, needed "
                f"{' or '.join(map(str, self.ranks))} axes."
            )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, "
            f"affine={self.affine}, bias={self.bias is not None}, "
            f"track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_Running):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        options = (eps, momentum, affine, track_running_stats, device, dtype, bias)
        super().__init__(num_features, *options)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        momentum = 0.0 if self.momentum is None else self.momentum
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if self.momentum is None:  # the plain mean of all batches
                momentum = 1.0 / float(self.num_batches_tracked)
        batch = self.training or (self.running_mean is None and self.running_var is None)
        keeps = not self.training or self.track_running_stats
        mean, variance = (self.running_mean, self.running_var) if keeps else (None, None)
        return F.batch_norm(
            input, mean, variance, self.weight, self.bias, batch, momentum, self.eps
        )


class BatchNorm1d(_BatchNorm):
    """Batch normalisation of (N, C) or (N, C, L), see ``BatchNorm2d``. As torch.nn.BatchNorm1d."""

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """(x - mean) / sqrt(var + eps) weight + bias of each channel of (N, C, H, W).

    num_features: C. In training mean and variance are the batch's, and running_mean and running_var
    move towards them by momentum, None for the plain mean of all batches (counted in
    num_batches_tracked); after ``eval()`` these are used. affine: whether there are a weight and,
    unless bias is False, a bias. track_running_stats: False to use the batch's always.

    Raises ShapeError, when called, for an input with other axes or channels.

    >>> import plugtorch
    >>> norm = plugtorch.nn.BatchNorm2d(3)
    >>> norm(plugtorch.randn(8, 3, 4, 4)).shape, norm.num_batches_tracked
    (plugtorch.Size([8, 3, 4, 4]), tensor(1))

    Ioffe and Szegedy 2015, arXiv:1502.03167; torch.nn.BatchNorm2d.
    """

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Batch normalisation of (N, C, D, H, W), see ``BatchNorm2d``. As torch.nn.BatchNorm3d."""

    ranks = (5,)


class SyncBatchNorm(_BatchNorm):
    """Batch normalisation of (N, C, ...) with any number of axes; there is one process, with which
    it agrees. As torch.nn.SyncBatchNorm outside distributed training.
    """

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        process_group: Any = None,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        options = (eps, momentum, affine, track_running_stats, device, dtype)
        super().__init__(num_features, *options, bias=bias)
        self.process_group = process_group

    def _check_input_dim(self, input: Tensor) -> None:
        if input.ndim < 2:
            raise ShapeError(
                f"[SyncBatchNorm] got an input of shape {tuple(input.shape)}, needed (N, C, ...)."
            )

    @classmethod
    def convert_sync_batchnorm(cls, module: Module, process_group: Any = None) -> Module:
        """The module with every batch normalisation in it made one of this kind."""
        new: Module = module
        if isinstance(module, _BatchNorm):
            made = cls(
                *(module.num_features, module.eps, module.momentum, module.affine),
                *(module.track_running_stats, process_group),
            )
            made.training = module.training
            for table in ("_parameters", "_buffers"):
                getattr(made, table).update(getattr(module, table))
            new = made
        for name, child in module.named_children():
            new.add_module(name, cls.convert_sync_batchnorm(child, process_group))
        return new


class _InstanceNorm(_Running):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        options = (eps, momentum, affine, track_running_stats, device, dtype, bias)
        super().__init__(num_features, *options)

    def forward(self, input: Tensor) -> Tensor:
        self._check_input_dim(input)
        alone = input.ndim == self.ranks[0]
        x: Any = input.unsqueeze(0) if alone else input
        if x.shape[1] != self.num_features and self.affine:
            raise ArgumentError(
                f"[{type(self).__name__}] got {x.shape[1]} channels in an input of shape "
                f"{tuple(input.shape)}, needed {self.num_features}."
            )
        result = F.instance_norm(
            *(x, self.running_mean, self.running_var, self.weight, self.bias),
            *(self.training or not self.track_running_stats, self.momentum or 0.0, self.eps),
        )
        return result.squeeze(0) if alone else result


class InstanceNorm1d(_InstanceNorm):
    """Instance normalisation of (N, C, L) or (C, L), see ``InstanceNorm2d``. As
    torch.nn.InstanceNorm1d.
    """

    ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """(x - mean) / sqrt(var + eps) over each channel of each sample of (N, C, H, W) or (C, H, W).

    num_features: C. affine: whether to go on with weight and bias. track_running_stats: whether to
    keep running statistics and use them after ``eval()``.

    Raises ShapeError, when called, for an input with other axes.

    Ulyanov et al. 2016, arXiv:1607.08022; torch.nn.InstanceNorm2d.
    """

    ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Instance normalisation of (N, C, D, H, W), see ``InstanceNorm2d``. As
    torch.nn.InstanceNorm3d.
    """

    ranks = (4, 5)


class GroupNorm(_Affine):
    """(x - mean) / sqrt(var + eps) weight + bias, over groups of channels of each sample.

    num_groups: divides num_channels, which is C of (N, C, ...). affine: whether there are a weight
    and, unless bias is False, a bias.

    Raises ArgumentError for groups that do not divide the channels.

    >>> import plugtorch
    >>> plugtorch.nn.GroupNorm(2, 4, affine=False)(plugtorch.tensor([[1.0, 3.0, 5.0, 7.0]]))
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])

    Wu and He 2018, arXiv:1803.08494; torch.nn.GroupNorm.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Any = None,
        dtype: Any = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ArgumentError(
                f"[GroupNorm] {num_groups} groups do not divide {num_channels} channels."
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        self._affine(num_channels, affine, bias, device, dtype)
        self.reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """x / (k + alpha mean of x^2 over ``size`` neighbouring channels)^beta. As
    torch.nn.LocalResponseNorm.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return F.local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


class CrossMapLRN2d(LocalResponseNorm):
    """The same for (N, C, H, W), by a mean over an odd number of channels, of ``size`` or one less,
    but divided by size. As torch.nn.CrossMapLRN2d.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1) -> None:
        super().__init__(size, alpha, beta, k)

    def forward(self, input: Tensor) -> Tensor:
        odd = self.size - 1 + self.size % 2
        return F.local_response_norm(input, odd, self.alpha * odd / self.size, self.beta, self.k)
