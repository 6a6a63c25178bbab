"""Activations with a bend: relu and what was made from it.

They are written with ``where`` and not with ``minimum`` or ``clamp``: those share the gradient
between equal sides, and at the bend PyTorch's activations take one of them.
"""

from __future__ import annotations

from plugtorch.autocasting import AS_IT_IS, LOWER, autocasts
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.checks import finish, floating
from plugtorch.ops import elementwise
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand

_relu = elementwise.relu.apply
_where = elementwise.where.apply

# Klambauer et al. 2017: with these two, activations keep mean 0 and variance 1
SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0).

    >>> import plugtorch
    >>> plugtorch.relu(plugtorch.tensor([-1.0, 2.0]))
    tensor([0., 2.])

    As torch.nn.functional.relu.
    """
    if inplace:
        return input.copy_(_relu(input))
    return _relu(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where x > 0, else negative_slope x.

    >>> import plugtorch
    >>> plugtorch.nn.functional.leaky_relu(plugtorch.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])

    As torch.nn.functional.leaky_relu.
    """
    floating("leaky_relu", input)
    return finish(input, _where(input > 0, input, input * negative_slope), inplace)


@autocasts(LOWER)
def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where x > 0, else weight x, with a learned weight.

    input: (N, C, ...) or (C,). weight: one number, or one for each channel (axis 1, or the only
    axis).

    Raises ShapeError for another number of weights.

    >>> import plugtorch
    >>> plugtorch.nn.functional.prelu(plugtorch.tensor([-1.0, 2.0]), plugtorch.tensor([0.25]))
    tensor([-0.2500,  2.0000])

    He et al. 2015, arXiv:1502.01852; torch.nn.functional.prelu.
    """
    floating("prelu", input)
    if weight.ndim > 1:
        raise ShapeError(
            f"[prelu] the weight must be a number or a vector, got shape {tuple(weight.shape)}."
        )
    if weight.numel() != 1:
        channels = input.shape[1] if input.ndim > 1 else 1 if input.ndim == 0 else input.shape[0]
        if weight.numel() != channels:
            raise ShapeError(
                f"[prelu] got {weight.numel()} weights for an input of shape {tuple(input.shape)}, "
                f"needed 1 or one for each of the {channels} channels."
            )
        weight = weight.reshape(
            (1, channels) + (1,) * (input.ndim - 2) if input.ndim > 1 else (channels,)
        )
    elif weight.ndim > 0:
        weight = weight.reshape(())
    return _where(input > 0, input, input * weight)


def rrelu(
    input: Tensor,
    lower: float = 1.0 / 8,
    upper: float = 1.0 / 3,
    training: bool = False,
    inplace: bool = False,
) -> Tensor:
    """x where x > 0, else a x; a is random between lower and upper in training, their mean
    otherwise.

    Raises ArgumentError for lower > upper.

    >>> import plugtorch
    >>> plugtorch.nn.functional.rrelu(plugtorch.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])

    Xu et al. 2015, arXiv:1505.00853; torch.nn.functional.rrelu.
    """
    floating("rrelu", input)
    if lower > upper:
        raise ArgumentError(f"[rrelu] lower is {lower}, above upper, {upper}. Exchange them.")
    slope: Tensor | float = (lower + upper) / 2
    if training:
        uniform = rand(tuple(input.shape), dtype=input.dtype, device=input.device)
        slope = uniform * (upper - lower) + lower
    return finish(input, _where(input > 0, input, input * slope), inplace)


@autocasts(elsewhere=AS_IT_IS)
def _exponential(x: Tensor, alpha: float, scale: float, rate: float) -> Tensor:
    """scale x where x > 0, else scale alpha (e^(rate x) - 1)."""
    positive = x > 0
    # the exponential of a large x would be infinite, and infinity times the 0 that where lets back
    # is NaN
    below = _where(positive, 0.0, x)
    if rate != 1.0:
        below = below * rate
    return _where(positive, x if scale == 1.0 else x * scale, below.expm1() * (alpha * scale))


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else alpha (e^x - 1).

    >>> import plugtorch
    >>> plugtorch.nn.functional.elu(plugtorch.tensor([-100.0, 2.0]))
    tensor([-1.,  2.])

    Clevert et al. 2015, arXiv:1511.07289; torch.nn.functional.elu.
    """
    floating("elu", input)
    return finish(input, _exponential(input, alpha, 1.0, 1.0), inplace)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """1.0507 elu(x, 1.6733): keeps a mean of 0 and a variance of 1 from layer to layer.

    >>> import plugtorch
    >>> plugtorch.nn.functional.selu(plugtorch.tensor([-100.0, 1.0]))
    tensor([-1.7581,  1.0507])

    Klambauer et al. 2017, arXiv:1706.02515; torch.nn.functional.selu.
    """
    floating("selu", input)
    return finish(input, _exponential(input, SELU_ALPHA, SELU_SCALE, 1.0), inplace)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else alpha (e^(x/alpha) - 1): elu without a kink at 0 for any alpha.

    Raises ArgumentError for an alpha of 0.

    >>> import plugtorch
    >>> plugtorch.nn.functional.celu(plugtorch.tensor([-100.0, 2.0]), alpha=0.5)
    tensor([-0.5000,  2.0000])

    Barron 2017, arXiv:1704.07483; torch.nn.functional.celu.
    """
    floating("celu", input)
    if alpha == 0:
        raise ArgumentError("[celu] alpha is 0, and x is divided by it. Use relu.")
    return finish(input, _exponential(input, alpha, 1.0, 1.0 / alpha), inplace)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """x where x > threshold, else value.

    >>> import plugtorch
    >>> plugtorch.nn.functional.threshold(plugtorch.tensor([0.5, 2.0]), 1.0, -7.0)
    tensor([-7.,  2.])

    As torch.nn.functional.threshold.
    """
    return finish(input, _where(input <= threshold, value, input), inplace)
