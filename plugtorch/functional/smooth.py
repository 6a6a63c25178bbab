"""Activations without a bend."""

from __future__ import annotations

import math

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.checks import finish, floating
from plugtorch.ops import elementwise
from plugtorch.tensor import Tensor

_softplus = elementwise.softplus.apply
_where = elementwise.where.apply


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x Phi(x), with Phi the normal distribution function: x/2 (1 + erf(x / sqrt 2)).

    approximate: "tanh" for x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) instead.

    Raises ArgumentError for another word, DTypeError for whole numbers.

    >>> import plugtorch
    >>> plugtorch.nn.functional.gelu(plugtorch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])

    Hendrycks and Gimpel 2016, arXiv:1606.08415; torch.nn.functional.gelu.
    """
    floating("gelu", input)
    if approximate == "none":
        return input * 0.5 * ((input * math.sqrt(0.5)).erf() + 1)
    if approximate == "tanh":
        inner = (input + input * input * input * 0.044715) * math.sqrt(2 / math.pi)
        return input * 0.5 * (inner.tanh() + 1)
    raise ArgumentError(f'[gelu] approximate is "none" or "tanh", got {approximate!r}.')


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x sigmoid(x), also called swish.

    >>> import plugtorch
    >>> plugtorch.nn.functional.silu(plugtorch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.2689,  0.0000,  0.7311])

    Elfwing et al. 2017, arXiv:1702.03118; torch.nn.functional.silu.
    """
    floating("silu", input)
    return finish(input, input * input.sigmoid(), inplace)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x tanh(softplus(x)).

    >>> import plugtorch
    >>> plugtorch.nn.functional.mish(plugtorch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.3034,  0.0000,  0.8651])

    Misra 2019, arXiv:1908.08681; torch.nn.functional.mish.
    """
    floating("mish", input)
    return finish(input, input * _softplus(input).tanh(), inplace)


@autocasts(elsewhere=FLOAT32)
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """ln(1 + e^(beta x)) / beta, a smooth relu; x itself where beta x > threshold.

    >>> import plugtorch
    >>> plugtorch.nn.functional.softplus(plugtorch.tensor([0.0, 100.0]))
    tensor([  0.6931, 100.0000])

    As torch.nn.functional.softplus.
    """
    floating("softplus", input)
    scaled = input if beta == 1 else input * beta
    smooth = _softplus(scaled)
    if threshold == math.inf:
        return smooth if beta == 1 else smooth / beta
    return _where(scaled > threshold, input, smooth if beta == 1 else smooth / beta)


def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|).

    >>> import plugtorch
    >>> plugtorch.nn.functional.softsign(plugtorch.tensor([-3.0, 1.0]))
    tensor([-0.7500,  0.5000])

    As torch.nn.functional.softsign.
    """
    return input / (input.abs() + 1)


def logsigmoid(input: Tensor) -> Tensor:
    """ln sigmoid(x) = -ln(1 + e^-x).

    >>> import plugtorch
    >>> plugtorch.nn.functional.logsigmoid(plugtorch.tensor([-1000.0, 0.0]))
    tensor([-1.0000e+03, -6.9315e-01])

    As torch.nn.functional.logsigmoid.
    """
    floating("logsigmoid", input)
    return -_softplus(-input)


def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x).

    >>> import plugtorch
    >>> plugtorch.nn.functional.tanhshrink(plugtorch.tensor([0.0, 1.0]))
    tensor([0.0000, 0.2384])

    As torch.nn.functional.tanhshrink.
    """
    return input - input.tanh()


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + e^-x).

    >>> import plugtorch
    >>> plugtorch.nn.functional.sigmoid(plugtorch.tensor([0.0]))
    tensor([0.5000])

    As torch.nn.functional.sigmoid.
    """
    return input.sigmoid()


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent.

    >>> import plugtorch
    >>> plugtorch.nn.functional.tanh(plugtorch.tensor([0.0]))
    tensor([0.])

    As torch.nn.functional.tanh.
    """
    return input.tanh()


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """a sigmoid(b), where a and b are the halves of the input along ``dim``.

    Raises ShapeError for a 0-d input or an odd size.

    >>> import plugtorch
    >>> plugtorch.nn.functional.glu(plugtorch.tensor([3.0, 0.0]))
    tensor([1.5000])

    Dauphin et al. 2016, arXiv:1612.08083; torch.nn.functional.glu.
    """
    floating("glu", input)
    if input.ndim == 0:
        raise ShapeError("[glu] a 0-d input cannot be halved. Give it at least one axis.")
    size = input.size(dim)
    if size % 2:
        raise ShapeError(
            f"[glu] axis {dim} of an input of shape {tuple(input.shape)} has size {size}, needed "
            "an even one."
        )
    half = size // 2
    return input.narrow(dim, 0, half) * input.narrow(dim, half, half).sigmoid()
