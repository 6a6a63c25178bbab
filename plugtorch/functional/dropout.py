"""Dropout: in training some elements are zeroed at random, and the mean is kept."""

from __future__ import annotations

import math
import warnings

from plugtorch.dtypes import float32
from plugtorch.errors import ShapeError
from plugtorch.functional.checks import finish, floating, probability
from plugtorch.functional.rectifiers import SELU_ALPHA, SELU_SCALE
from plugtorch.ops import elementwise
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand

_where = elementwise.where.apply


def _kept(x: Tensor, p: float, shape: tuple[int, ...]) -> Tensor:
    """True with probability 1 - p."""
    # float32 numbers whatever x is: the same elements are dropped in every dtype
    return rand(shape, dtype=float32, device=x.device) >= p


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """In training 0 with probability p, else x / (1 - p); otherwise x.

    Raises ArgumentError for a p that is no probability.

    >>> import plugtorch
    >>> dropped = plugtorch.nn.functional.dropout(plugtorch.ones(1000), 0.5)
    >>> sorted(set(dropped.tolist()))
    [0.0, 2.0]

    Hinton et al. 2012, arXiv:1207.0580; torch.nn.functional.dropout.
    """
    probability("dropout", p)
    if not training or p == 0:
        return input
    return finish(input, _dropped(input, p, tuple(input.shape)), inplace)


def _dropped(x: Tensor, p: float, shape: tuple[int, ...]) -> Tensor:
    if p == 1:
        return x * 0
    return _where(_kept(x, p, shape), x * (1 / (1 - p)), 0.0)


def _by_channel(
    name: str, input: Tensor, p: float, training: bool, inplace: bool, channels: int
) -> Tensor:
    """Dropout of what the first axes, as many as ``channels``, tell apart."""
    probability(name, p)
    if not training or p == 0:
        return input
    shape = tuple(input.shape)
    if len(shape) < channels:
        raise ShapeError(f"[{name}] got an input of shape {shape}, needed (N, C, ...).")
    mask = shape[:channels] + (1,) * (len(shape) - channels)
    return finish(input, _dropped(input, p, mask), inplace)


def _warn(name: str, input: Tensor, axes: tuple[int, int]) -> None:
    """Of an input with another number of axes, which older scripts give."""
    if input.ndim not in axes:
        warnings.warn(
            f"[{name}] is for {axes[0]} or {axes[1]} axes, got an input of shape "
            f"{tuple(input.shape)}; PyTorch will refuse it. Use dropout.",
            stacklevel=3,
        )


def dropout1d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of (N, C, L) or (C, L).

    Raises ShapeError for other numbers of axes.

    As torch.nn.functional.dropout1d.
    """
    if input.ndim not in (2, 3):
        raise ShapeError(
            f"[dropout1d] got an input of shape {tuple(input.shape)}, needed one of 3 or 2 axes."
        )
    return _by_channel("dropout1d", input, p, training, inplace, input.ndim - 1)


def dropout2d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of (N, C, H, W); three axes are taken for (N, C, L), as in PyTorch.

    Warns of other numbers of axes, and takes the first two for (N, C).

    Raises ShapeError, in training, for less than two axes.

    Tompson et al. 2014, arXiv:1411.4280; torch.nn.functional.dropout2d.
    """
    _warn("dropout2d", input, (3, 4))
    return _by_channel("dropout2d", input, p, training, inplace, 2)


def dropout3d(
    input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """Dropout of whole channels of (N, C, D, H, W) or (C, D, H, W).

    Warns of other numbers of axes, and takes the first for C.

    As torch.nn.functional.dropout3d.
    """
    _warn("dropout3d", input, (4, 5))
    channels = 2 if input.ndim == 5 else 1
    return _by_channel("dropout3d", input, p, training, inplace, channels)


def alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Dropout that goes with selu: dropped elements become its limit, mean 0 and variance 1 are
    kept.

    Raises ArgumentError for a p that is no probability.

    >>> import plugtorch
    >>> plugtorch.nn.functional.alpha_dropout(plugtorch.ones(3), training=False)
    tensor([1., 1., 1.])

    Klambauer et al. 2017, arXiv:1706.02515; torch.nn.functional.alpha_dropout.
    """
    return _alpha("alpha_dropout", input, p, training, inplace, by_channel=False)


def feature_alpha_dropout(
    input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """alpha_dropout of whole channels of (N, C, ...).

    As torch.nn.functional.feature_alpha_dropout.
    """
    return _alpha("feature_alpha_dropout", input, p, training, inplace, by_channel=True)


def _alpha(
    name: str, x: Tensor, p: float, training: bool, inplace: bool, by_channel: bool
) -> Tensor:
    probability(name, p)
    if training:
        floating(name, x)
    if not training or p == 0:
        return x
    if p == 1:
        return finish(x, x * 0, inplace)
    shape = tuple(x.shape)
    if by_channel:
        if x.ndim < 2:
            raise ShapeError(f"[{name}] got an input of shape {shape}, needed (N, C, ...).")
        shape = shape[:2] + (1,) * (len(shape) - 2)
    limit = -SELU_ALPHA * SELU_SCALE
    # a (kept or limit) + b has mean 0 and variance 1 if x has
    a = 1 / math.sqrt((1 - p) * (1 + p * limit * limit))
    b = -a * p * limit
    return finish(x, _where(_kept(x, p, shape), x, limit) * a + b, inplace)
