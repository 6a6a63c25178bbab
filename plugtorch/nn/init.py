"""Filling tensors with starting values. Everything here works in place, records no graph and
returns the tensor.
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.dtypes import float32, float64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.tensor import Tensor, creation
from plugtorch.tensor.random import Generator, randperm

_CONVOLUTIONS = ("conv1d", "conv2d", "conv3d")
_UNIT_GAIN = (
    "linear",
    "sigmoid",
    *_CONVOLUTIONS,
    *(f"{c[:4]}_transpose{c[4:]}" for c in _CONVOLUTIONS),
)


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much to scale weights so that a nonlinearity keeps the variance.

    nonlinearity: "linear", "conv1d" .. "conv3d", "sigmoid": 1; "tanh": 5/3; "relu": sqrt 2;
    "leaky_relu": sqrt(2 / (1 + param^2)) with the slope in param, 0.01 for None; "selu": 3/4.

    Raises ArgumentError for another word.

    >>> import plugtorch
    >>> plugtorch.nn.init.calculate_gain("leaky_relu", 0.0) == 2**0.5
    True

    He et al. 2015, arXiv:1502.01852; torch.nn.init.calculate_gain.
    """
    if nonlinearity in _UNIT_GAIN:
        return 1.0
    if nonlinearity == "tanh":
        return 5.0 / 3
    if nonlinearity == "relu":
        return math.sqrt(2.0)
    if nonlinearity == "selu":
        return 0.75
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool) or not isinstance(param, (int, float, type(None))):
            raise ArgumentError(f"[calculate_gain] param is a slope, got {param!r}.")
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    raise ArgumentError(
        f"[calculate_gain] does not know {nonlinearity!r}. "
        f"Choose one of: {', '.join((*_UNIT_GAIN, 'tanh', 'relu', 'leaky_relu', 'selu'))}."
    )


# -- plain distributions ---------------------------------------------------------------------------


@no_grad()
def uniform_(
    tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform between a and b."""
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Normal with a mean and a standard deviation."""
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Normal, but never outside a .. b (which are values, not multiples of std).

    Raises ArgumentError for a >= b or a std that is not positive.

    >>> import plugtorch
    >>> bool((plugtorch.nn.init.trunc_normal_(plugtorch.empty(1000)).abs() <= 2).all())
    True

    As torch.nn.init.trunc_normal_.
    """
    if a >= b or std <= 0:
        raise ArgumentError(
            f"[trunc_normal_] needs a < b and std > 0, got a={a}, b={b}, std={std}."
        )
    low, high = (math.erf((edge - mean) / (std * math.sqrt(2))) for edge in (a, b))
    uniform = tensor.new_empty(tensor.shape, dtype=_wide(tensor)).uniform_(
        low, high, generator=generator
    )
    normal = _inverse_erf(uniform) * (std * math.sqrt(2)) + mean
    return tensor.copy_(normal.clamp(a, b))


def _wide(tensor: Tensor) -> Any:
    return float64 if tensor.dtype is float64 else float32


def _inverse_erf(x: Tensor) -> Tensor:
    """y with erf(y) = x: Winitzki's approximation, good to 0.002, then two Halley steps, each
    cubing the error.
    """
    limit = 1 - (2.0**-53 if x.dtype is float64 else 2.0**-24)
    x = x.clamp(-limit, limit)
    log = (-x * x).log1p()
    half = log * 0.5 + 2 / (math.pi * 0.147)
    y = ((half * half - log / 0.147).sqrt() - half).sqrt() * x.sign()
    for _ in range(2):
        error = (y.erf() - x) * (y * y).exp() * (math.sqrt(math.pi) / 2)
        y = y - error / (y * error + 1)
    return y


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere."""
    return tensor.fill_(val)


@no_grad()
def ones_(tensor: Tensor) -> Tensor:
    """1 everywhere."""
    return tensor.fill_(1.0)


@no_grad()
def zeros_(tensor: Tensor) -> Tensor:
    """0 everywhere."""
    return tensor.zero_()


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix: 1 on the diagonal, 0 elsewhere. Raises ShapeError unless there are two
    axes.
    """
    _axes("eye_", tensor, (2,))
    return tensor.copy_(creation.eye(*tensor.shape, dtype=tensor.dtype, device=tensor.device))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight that passes as many channels as it can on unchanged.

    tensor: (O, I, ...) with one to three more axes. groups: of the convolution; O must be a
    multiple of it.

    >>> import plugtorch
    >>> plugtorch.nn.init.dirac_(plugtorch.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])

    As torch.nn.init.dirac_.
    """
    _axes("dirac_", tensor, (3, 4, 5))
    shape = tuple(tensor.shape)
    if shape[0] % groups:
        raise ArgumentError(
            f"[dirac_] {shape[0]} output channels are no multiple of groups, {groups}."
        )
    each = shape[0] // groups
    middle = tuple(size // 2 for size in shape[2:])
    tensor.zero_()
    for group in range(groups):
        for channel in range(min(each, shape[1])):
            tensor[(group * each + channel, channel, *middle)] = 1
    return tensor


# -- scaled to a layer's size ----------------------------------------------------------------------


def _fans(tensor: Tensor) -> tuple[int, int]:
    """How many numbers come into one output of a layer, and go out of one input."""
    if tensor.ndim < 2:
        raise ShapeError(
            f"[init] a tensor of shape {tuple(tensor.shape)} has no fan in and fan out: that "
            "takes two axes. "
            "Use uniform_ or normal_."
        )
    field = math.prod(tensor.shape[2:])
    return tensor.shape[1] * field, tensor.shape[0] * field


def _fan(tensor: Tensor, mode: str) -> int:
    modes = ("fan_in", "fan_out")
    if mode.lower() not in modes:
        raise ArgumentError(f'[init] mode is "fan_in" or "fan_out", got {mode!r}.')
    return _fans(tensor)[modes.index(mode.lower())]


@no_grad()
def xavier_uniform_(
    tensor: Tensor, gain: float = 1.0, generator: Generator | None = None
) -> Tensor:
    """Uniform within gain sqrt(6 / (fan_in + fan_out)).

    Glorot and Bengio 2010; torch.nn.init.xavier_uniform_.
    """
    bound = gain * math.sqrt(6.0 / sum(_fans(tensor)))
    return tensor.uniform_(-bound, bound, generator=generator)


@no_grad()
def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with standard deviation gain sqrt(2 / (fan_in + fan_out)).

    Glorot and Bengio 2010; torch.nn.init.xavier_normal_.
    """
    return tensor.normal_(0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator=generator)


@no_grad()
def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Uniform within gain sqrt(3 / fan). a: the slope of a leaky_relu. mode: "fan_in" or "fan_out".

    He et al. 2015, arXiv:1502.01852; torch.nn.init.kaiming_uniform_.
    """
    if _is_empty(tensor):
        return tensor
    bound = math.sqrt(3.0) * calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))
    return tensor.uniform_(-bound, bound, generator=generator)


@no_grad()
def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal with standard deviation gain / sqrt(fan). a: the slope of a leaky_relu. mode: as in
    kaiming_uniform_.

    He et al. 2015, arXiv:1502.01852; torch.nn.init.kaiming_normal_.
    """
    if _is_empty(tensor):
        return tensor
    std = calculate_gain(nonlinearity, a) / math.sqrt(_fan(tensor, mode))
    return tensor.normal_(0.0, std, generator=generator)


def _is_empty(tensor: Tensor) -> bool:
    if 0 not in tensor.shape:
        return False
    warnings.warn(
        f"[init] there is nothing to fill in a tensor of shape {tuple(tensor.shape)}.", stacklevel=4
    )
    return True


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Generator | None = None) -> Tensor:
    """A random (semi-)orthogonal matrix times gain; axes after the first count as one.

    Raises ShapeError for fewer than two axes.

    >>> import plugtorch
    >>> w = plugtorch.nn.init.orthogonal_(plugtorch.empty(3, 5))
    >>> bool(plugtorch.allclose(w @ w.T, plugtorch.eye(3), atol=1e-5))
    True

    Saxe et al. 2013, arXiv:1312.6120; torch.nn.init.orthogonal_.
    """
    if tensor.ndim < 2:
        raise ShapeError(
            f"[orthogonal_] a tensor of shape {tuple(tensor.shape)} has fewer than two axes."
        )
    if tensor.numel() == 0:
        return tensor
    rows, columns = tensor.shape[0], tensor.numel() // tensor.shape[0]
    short, long = min(rows, columns), max(rows, columns)
    random = tensor.new_empty((short, long), dtype=_wide(tensor)).normal_(generator=generator)
    basis = _orthonormal(random.to("cpu").to(float64)) * gain
    if rows > columns:
        basis = basis.T
    return tensor.copy_(basis.reshape(tensor.shape).to(tensor.device))


def _orthonormal(vectors: Tensor) -> Tensor:
    """Gram-Schmidt over the rows. Each is projected twice: once leaves rounding errors that grow
    with their number.
    """
    basis = vectors.clone()
    for i in range(vectors.shape[0]):
        vector, before = vectors[i], basis[:i]
        for _ in range(2 if i else 0):
            vector = vector - (before @ vector) @ before
        basis[i] = vector / vector.norm()
    return basis


@no_grad()
def sparse_(
    tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None
) -> Tensor:
    """Normal, with the given share of every column set to 0.

    tensor: two axes. sparsity: from 0 to 1.

    >>> import plugtorch
    >>> (plugtorch.nn.init.sparse_(plugtorch.empty(10, 3), 0.5) == 0).sum(0)
    tensor([5, 5, 5])

    Martens 2010; torch.nn.init.sparse_.
    """
    _axes("sparse_", tensor, (2,))
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0.0, std, generator=generator)
    for column in range(columns):
        tensor[randperm(rows, generator=generator)[:zeros].to(tensor.device), column] = 0
    return tensor


def _axes(name: str, tensor: Tensor, allowed: tuple[int, ...]) -> None:
    if tensor.ndim not in allowed:
        needed = " or ".join(map(str, allowed))
        raise ShapeError(
            f"[{name}] got a tensor of shape {tuple(tensor.shape)}, needed {needed} axes."
        )


def _old_name(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The function under its name of before PyTorch 0.4, which warns."""
    name = function.__name__

    @functools.wraps(function)
    def old(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"nn.init.{name[:-1]} is deprecated; write nn.init.{name}.", FutureWarning, stacklevel=2
        )
        return function(*args, **kwargs)

    old.__name__ = name[:-1]
    old.__doc__ = f"``{name}``, with a warning. Source: torch.nn.init.{name[:-1]}."
    return old


constant, dirac, eye, normal = map(_old_name, (constant_, dirac_, eye_, normal_))
kaiming_normal, kaiming_uniform = map(_old_name, (kaiming_normal_, kaiming_uniform_))
orthogonal, sparse, uniform = map(_old_name, (orthogonal_, sparse_, uniform_))
xavier_normal, xavier_uniform = map(_old_name, (xavier_normal_, xavier_uniform_))
