"""Batch normalisation folded into the layer before it, for inference."""

from __future__ import annotations

import copy
from typing import Any

from plugtorch.errors import ArgumentError, StateError
from plugtorch.module import Module, Parameter
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import ones_like, zeros_like


def fuse_conv_bn_eval(conv: Module, bn: Module, transpose: bool = False) -> Module:
    """A convolution that does what ``conv`` and then ``bn`` do; both must be in eval mode.

    transpose: whether conv is a transposed convolution.

    Raises StateError for modules that are in training or without running statistics.

    >>> import plugtorch
    >>> conv, bn = plugtorch.nn.Conv2d(1, 2, 3).eval(), plugtorch.nn.BatchNorm2d(2).eval()
    >>> fuse_conv_bn_eval(conv, bn)
    Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1))

    Source: torch.nn.utils.fuse_conv_bn_eval.
    """
    fused, statistics = _ready("fuse_conv_bn_eval", conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, *statistics, transpose=transpose
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a convolution, and of the batch normalisation after it, in one.

    Source: torch.nn.utils.fuse_conv_bn_weights.
    """
    shape = [1] * conv_w.ndim
    shape[int(transpose)] = -1
    return _folded(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, shape)


def fuse_linear_bn_eval(linear: Module, bn: Module) -> Module:
    """A linear layer that does what ``linear`` and then ``bn`` do; both must be in eval mode.

    Raises StateError for modules that are in training or without running statistics, ArgumentError
    for numbers of features that differ.

    Source: torch.nn.utils.fuse_linear_bn_eval.
    """
    fused, statistics = _ready("fuse_linear_bn_eval", linear, bn)
    if bn.num_features not in (1, linear.out_features):
        raise ArgumentError(
            f"[fuse_linear_bn_eval] a normalisation of {bn.num_features} features does not fit a "
            f"layer of {linear.out_features}."
        )
    fused.weight, fused.bias = fuse_linear_bn_weights(fused.weight, fused.bias, *statistics)
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """The weight and bias of a linear layer, and of the batch normalisation after it, in one.

    Source: torch.nn.utils.fuse_linear_bn_weights.
    """
    return _folded(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, [-1, 1])


def _ready(operation: str, layer: Any, bn: Any) -> tuple[Any, tuple[Any, Any, Any, Any, Any]]:
    if layer.training or bn.training or bn.running_mean is None or bn.running_var is None:
        raise StateError(
            f"[{operation}] needs both modules in eval mode, and running statistics. Call eval()."
        )
    return copy.deepcopy(layer), (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)


def _folded(
    weight: Any,
    bias: Any,
    mean: Tensor,
    variance: Tensor,
    eps: float,
    scale: Any,
    shift: Any,
    shape: list[int],
) -> tuple[Parameter, Parameter]:
    bias = zeros_like(mean) if bias is None else bias
    scale = ones_like(mean) if scale is None else scale
    shift = zeros_like(mean) if shift is None else shift
    factor = scale * (variance + eps).rsqrt()
    fused = (weight * factor.reshape(shape)).to(weight.dtype)
    moved = ((bias - mean) * factor + shift).to(bias.dtype)
    return (
        Parameter(fused.detach(), weight.requires_grad),
        Parameter(moved.detach(), bias.requires_grad),
    )
