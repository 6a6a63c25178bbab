"""Softmax and its relatives."""

from __future__ import annotations

import warnings
from typing import Any

from plugtorch.autocasting import WIDENED, autocasts
from plugtorch.dtypes import dtype as DType
from plugtorch.functional.checks import floating
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand_like
from plugtorch.tensor.softmax import log_softmax as log_softmax_along
from plugtorch.tensor.softmax import softmax as softmax_along


@autocasts(elsewhere=WIDENED)
def softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None
) -> Tensor:
    """Positive numbers that sum to 1 along ``dim``: e^x_i / sum_j e^x_j.

    input: (...), floating point. dim: the axis to normalise. dtype: convert the input to it first.

    Raises DTypeError for whole numbers, IndexRangeError for a dim that is not there.

    >>> import plugtorch
    >>> plugtorch.softmax(plugtorch.tensor([0.0, 0.0, 1000.0]), dim=0)
    tensor([0., 0., 1.])

    As torch.nn.functional.softmax.
    """
    return softmax_along(*_prepared("softmax", input, dim, dtype))


def softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None
) -> Tensor:
    """softmax(-x).

    >>> import plugtorch
    >>> plugtorch.nn.functional.softmin(plugtorch.tensor([0.0, 1000.0]), dim=0)
    tensor([1., 0.])

    As torch.nn.functional.softmin.
    """
    x, dim = _prepared("softmin", input, dim, dtype)
    return softmax(-x, dim)


@autocasts(elsewhere=WIDENED)
def log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None
) -> Tensor:
    """ln softmax(x) = x_i - ln sum_j e^x_j, without the loss of digits that taking both one by one
    has.

    Arguments and errors are those of softmax.

    >>> import plugtorch
    >>> plugtorch.log_softmax(plugtorch.tensor([0.0, -1000.0]), dim=0)
    tensor([    0., -1000.])

    As torch.nn.functional.log_softmax.
    """
    return log_softmax_along(*_prepared("log_softmax", input, dim, dtype))


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """A random choice by ``logits`` that gradients flow through: softmax((logits + g) / tau), g
    Gumbel noise.

    logits: unnormalised log-probabilities. tau: the temperature, small is closer to one-hot. hard:
    return the one-hot vector itself, with the gradient of the soft one. eps: unused, as in PyTorch.

    >>> import plugtorch
    >>> plugtorch.nn.functional.gumbel_softmax(plugtorch.zeros(2, 5), hard=True).sum(-1)
    tensor([1., 1.])

    Jang et al. 2016, arXiv:1611.01144; torch.nn.functional.gumbel_softmax.
    """
    floating("gumbel_softmax", logits)
    exponential = -(-rand_like(logits)).log1p()  # of a uniform number, which may be 0
    noise = -exponential.clamp(min=1e-20 if logits.dtype.itemsize > 2 else 1e-7).log()
    soft = softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = soft.argmax(dim, keepdim=True)
    one_hot = soft.new_zeros(soft.shape).scatter(dim, chosen, 1.0)
    return one_hot - soft.detach() + soft


def _prepared(name: str, x: Any, dim: int | None, dtype: DType | None) -> tuple[Tensor, int]:
    if dtype is not None:
        x = x.to(dtype)
    floating(name, x)
    if dim is None:
        dim = 0 if x.ndim in (0, 1, 3) else 1
        warnings.warn(
            f"[{name}] no dim was given; axis {dim} is a guess from the number of axes. Say "
            f"dim={dim}.",
            stacklevel=4,
        )
    return x, dim
