"""Bringing activations to a common scale."""

from __future__ import annotations

from collections.abc import Sequence

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.dtypes import float64
from plugtorch.errors import ShapeError
from plugtorch.functional.checks import floating, widened
from plugtorch.ops.normalization import standardize
from plugtorch.tensor import Tensor


@autocasts(elsewhere=FLOAT32)
def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(var + eps) weight + bias, with mean and variance over the last axes.

    input: (..., *normalized_shape), floating point. weight, bias: of shape normalized_shape, or
    None.

    Raises ShapeError where the shapes do not fit.

    >>> import plugtorch
    >>> plugtorch.nn.functional.layer_norm(plugtorch.tensor([[1.0, 3.0]]), (2,))
    tensor([[-1.0000,  1.0000]])

    Ba et al. 2016, arXiv:1607.06450; torch.nn.functional.layer_norm.
    """
    axes = _last_axes("layer_norm", input, normalized_shape, weight, bias)

    def normalised(x: Tensor) -> Tensor:
        return _scaled(standardize(x, axes=axes, eps=eps), weight, bias)

    return widened(input, normalised)


@autocasts(elsewhere=FLOAT32)
def rms_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    eps: float | None = None,
) -> Tensor:
    """x / sqrt(mean(x^2) + eps) weight, with the mean over the last axes.

    input: (..., *normalized_shape), floating point. eps: None for the precision of the dtype
    (float32's for the 16-bit ones).

    Raises ShapeError where the shapes do not fit.

    >>> import plugtorch
    >>> plugtorch.nn.functional.rms_norm(plugtorch.tensor([[1.0, 7.0]]), (2,))
    tensor([[0.2000, 1.4000]])

    Zhang and Sennrich 2019, arXiv:1910.07467; torch.nn.functional.rms_norm.
    """
    axes = _last_axes("rms_norm", input, normalized_shape, weight, None)
    if eps is None:  # the step from 1 to the next number; the 16-bit dtypes are computed in float32
        eps = 2.0**-52 if input.dtype is float64 else 2.0**-23
    return widened(
        input,
        lambda x: _scaled(x * ((x * x).mean(axes, keepdim=True) + eps).rsqrt(), weight, None),
    )


def normalize(
    input: Tensor,
    p: float = 2.0,
    dim: int | Sequence[int] = 1,
    eps: float = 1e-12,
    out: None = None,
) -> Tensor:
    """x / max(|x|_p, eps), with the p-norm along ``dim``.

    >>> import plugtorch
    >>> plugtorch.nn.functional.normalize(plugtorch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])

    As torch.nn.functional.normalize.
    """
    length = input.norm(p, dim, keepdim=True).clamp(min=eps)
    return input / length


def _scaled(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    # a weight in another dtype must not change that of x, which may have been widened
    if weight is not None:
        x = x * weight.to(x.dtype)
    if bias is not None:
        x = x + bias.to(x.dtype)
    return x


def _last_axes(
    name: str,
    x: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None,
    bias: Tensor | None,
) -> tuple[int, ...]:
    floating(name, x)
    shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    have = tuple(x.shape)
    if not shape or have[max(len(have) - len(shape), 0) :] != shape:
        raise ShapeError(
            f"[{name}] got an input of shape {have}, needed (..., {', '.join(map(str, shape))}): "
            f"normalized_shape is {shape}."
        )
    for what, tensor in (("weight", weight), ("bias", bias)):
        if tensor is not None and tuple(tensor.shape) != shape:
            raise ShapeError(f"[{name}] {what} has shape {tuple(tensor.shape)}, needed {shape}.")
    return tuple(range(len(have) - len(shape), len(have)))
