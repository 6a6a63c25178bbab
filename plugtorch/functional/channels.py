"""Normalisation channel by channel: over the batch, over each sample, over groups of channels, and
over neighbours.
"""

from __future__ import annotations

from math import prod
from typing import Any

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.checks import floating, widened
from plugtorch.ops import pooling
from plugtorch.ops.normalization import standardize
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.reductions import var_mean


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) weight + bias, with mean and variance of each channel.

    input: (N, C, ...), floating point. The others: (C,) or None. training: take mean and variance
    over all but the channels, and move the running ones towards them, by ``momentum``; the running
    variance is the unbiased one. Otherwise take the running ones.

    Raises ShapeError where sizes do not fit, ArgumentError for one value a channel in training.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[1.0, 5.0], [3.0, 5.0]])
    >>> plugtorch.nn.functional.batch_norm(x, None, None, training=True)
    tensor([[-1.0000,  0.0000],
            [ 1.0000,  0.0000]])

    Ioffe and Szegedy 2015, arXiv:1502.03167; torch.nn.functional.batch_norm.
    """
    floating("batch_norm", input)
    shape = shape_of(input)
    _channels("batch_norm", shape, running_mean, running_var, weight, bias)
    if not training:
        if running_mean is None or running_var is None:
            raise ArgumentError("[batch_norm] needs running_mean and running_var outside training.")
        return _with(input, running_mean, running_var, weight, bias, eps)
    if prod(shape) == shape[1]:
        raise ArgumentError(
            f"[batch_norm] got one value a channel in an input of shape {shape}, which has no "
            "variance. Use a larger batch, or eval()."
        )
    return widened(
        input, lambda x: _over(x, running_mean, running_var, weight, bias, momentum, eps)
    )


def _channels(name: str, shape: tuple[int, ...], *tensors: Tensor | None) -> None:
    if len(shape) < 2:
        raise ShapeError(f"[{name}] got an input of shape {shape}, needed (N, C, ...).")
    names = ("running_mean", "running_var", "weight", "bias")[-len(tensors) :]
    for what, tensor in zip(names, tensors):
        if tensor is not None and shape_of(tensor) != shape[1:2]:
            raise ShapeError(
                f"[{name}] {what} has shape {shape_of(tensor)}, needed ({shape[1]},) for an input "
                f"of shape {shape}."
            )


def _over(
    x: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any,
    bias: Any,
    momentum: float,
    eps: float,
) -> Any:
    shape = shape_of(x)
    axes = (0, *range(2, len(shape)))
    if x.numel() and (running_mean is not None or running_var is not None):
        with no_grad():
            variance, mean = var_mean(x, axes)
            _move(running_mean, mean, momentum)
            _move(running_var, variance, momentum)
    result = standardize(x, axes=axes, eps=eps)
    if weight is not None:
        result = result * _along(weight, x)
    return result if bias is None else result + _along(bias, x)


def _move(running: Any, now: Any, momentum: float) -> None:
    if running is not None:
        running.mul_(1 - momentum).add_(now.to(running.dtype) * momentum)


def _with(x: Any, mean: Any, variance: Any, weight: Any, bias: Any, eps: float) -> Any:
    """One product and one sum over x; the rest is small."""

    def normalised(x: Any) -> Any:
        scale = (_along(variance, x) + eps).rsqrt()
        if weight is not None:
            scale = scale * _along(weight, x)
        shift = -_along(mean, x) * scale
        if bias is not None:
            shift = shift + _along(bias, x)
        return x * scale + shift

    return widened(x, normalised)


def _along(channels: Any, x: Any) -> Any:
    """A number for each channel, in the dtype of x and to be broadcast against it."""
    return channels.to(x.dtype).reshape(1, -1, *(1,) * (x.ndim - 2))


@autocasts(elsewhere=FLOAT32)
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) weight + bias, over groups of channels of each sample.

    input: (N, C, ...), floating point. num_groups: divides C. weight, bias: (C,) or None.

    Raises ShapeError where sizes do not fit.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[1.0, 3.0, 5.0, 5.0]])
    >>> plugtorch.nn.functional.group_norm(x, 2)
    tensor([[-1.0000,  1.0000,  0.0000,  0.0000]])

    Wu and He 2018, arXiv:1803.08494; torch.nn.functional.group_norm.
    """
    floating("group_norm", input)
    shape = shape_of(input)
    _channels("group_norm", shape, weight, bias)
    if num_groups < 1 or shape[1] % num_groups:
        raise ShapeError(f"[group_norm] {num_groups} groups do not divide {shape[1]} channels.")
    if prod(shape) == num_groups:
        raise ArgumentError(
            f"[group_norm] got one value a group in an input of shape {shape}, which has no "
            "variance."
        )
    return widened(input, lambda x: _groups(x, num_groups, weight, bias, eps))


def _groups(x: Any, groups: int, weight: Any, bias: Any, eps: float) -> Any:
    shape = shape_of(x)
    if not prod(shape):
        return x * 1
    rows = x.reshape(shape[0], groups, prod(shape[1:]) // groups)
    result = standardize(rows, axes=(2,), eps=eps).reshape(shape)
    if weight is not None:
        result = result * _along(weight, x)
    return result if bias is None else result + _along(bias, x)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) weight + bias, over each channel of each sample.

    input: (N, C, ...), floating point. use_input_stats: False to take the running mean and variance
    instead; True moves these, where given, towards the means over samples.

    Raises ShapeError where sizes do not fit, ArgumentError for one value a channel.

    Ulyanov et al. 2016, arXiv:1607.08022; torch.nn.functional.instance_norm.
    """
    floating("instance_norm", input)
    shape = shape_of(input)
    _channels("instance_norm", shape, running_mean, running_var, weight, bias)
    if not use_input_stats:
        if running_mean is None or running_var is None:
            raise ArgumentError("[instance_norm] needs running statistics, or the input's.")
        return _with(input, running_mean, running_var, weight, bias, eps)
    if prod(shape[2:]) == 1:
        raise ArgumentError(
            f"[instance_norm] got one value a channel in an input of shape {shape}, which has no "
            "variance."
        )

    def normalised(x: Any) -> Any:
        # every channel of every sample is a channel of one sample
        flat = x.reshape(1, shape[0] * shape[1], *shape[2:])
        mean, variance = [
            None if running is None else running.repeat(shape[0])
            for running in (running_mean, running_var)
        ]
        result = _over(flat, mean, variance, None, None, momentum, eps).reshape(shape)
        for running, moved in ((running_mean, mean), (running_var, variance)):
            if running is not None and moved is not None:
                with no_grad():
                    running.copy_(moved.reshape(shape[:2]).mean(0))
        if weight is not None:
            result = result * _along(weight, x)
        return result if bias is None else result + _along(bias, x)

    return widened(input, normalised)


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """x / (k + alpha mean of x^2 over ``size`` neighbouring channels)^beta.

    input: (N, C, ...), at least 3 axes, floating point. Beyond the first and last channel are
    zeros, which count.

    Raises ShapeError for fewer axes.

    Krizhevsky et al. 2012; torch.nn.functional.local_response_norm.
    """
    floating("local_response_norm", input)
    shape = shape_of(input)
    if len(shape) < 3:
        raise ShapeError(f"[local_response_norm] got shape {shape}, needed (N, C, ...).")
    if not prod(shape):
        return input
    squares: Any = input.square()
    planes = squares.reshape(shape[0], 1, shape[1], prod(shape[2:]))
    around = ((size // 2, (size - 1) // 2), (0, 0))
    sums = pooling.sum_pool(planes, kernel=(size, 1), stride=(1, 1), padding=around)
    return input / (sums.reshape(shape) * (alpha / size) + k) ** beta
