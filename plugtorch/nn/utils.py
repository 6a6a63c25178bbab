"""Helpers for gradients and parameters: PyTorch's torch.nn.utils."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import AutogradError, ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import zeros
from plugtorch.tensor.joining import cat, stack


def _gradients(parameters: Iterable[Tensor] | Tensor) -> list[Tensor]:
    several = [parameters] if isinstance(parameters, Tensor) else parameters
    return [p.grad for p in several if p.grad is not None]


@no_grad()
def get_total_norm(
    tensors: Iterable[Tensor] | Tensor,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of all tensors together, a 0-d tensor.

    norm_type: p of the p-norm, ``float("inf")`` for the largest. foreach: unused.

    Raises AutogradError, if asked to, for one that is infinite or NaN.

    As torch.nn.utils.get_total_norm.
    """
    several = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if not several:
        return zeros(())
    norms = [t.detach().norm(float(norm_type)).to(several[0].device) for t in several]
    total: Tensor = stack(norms).norm(float(norm_type))
    if error_if_nonfinite and not bool(total.isfinite()):
        raise AutogradError(
            f"[get_total_norm] the norm of order {norm_type} is {total.item()}. Look for the "
            "operation that overflows, or pass error_if_nonfinite=False."
        )
    return total


@no_grad()
def clip_grad_norm_(
    parameters: Iterable[Tensor] | Tensor,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients, in place, by min(1, max_norm / norm), with their norm as one vector.

    Returns the norm before. norm_type, error_if_nonfinite and errors: as in get_total_norm.

    >>> import plugtorch
    >>> p = plugtorch.nn.Parameter(plugtorch.zeros(2))
    >>> p.grad = plugtorch.tensor([3.0, 4.0])
    >>> plugtorch.nn.utils.clip_grad_norm_([p], 1.0)
    tensor(5.)
    >>> p.grad
    tensor([0.6000, 0.8000])

    Pascanu et al. 2012, arXiv:1211.5063; torch.nn.utils.clip_grad_norm_.
    """
    gradients = _gradients(parameters)
    total = get_total_norm(gradients, norm_type, error_if_nonfinite)
    scale = (max_norm / (total + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(scale.to(gradient.device))
    return total


@no_grad()
def clip_grad_value_(
    parameters: Iterable[Tensor] | Tensor, clip_value: float, foreach: bool | None = None
) -> None:
    """Bring every element of every gradient, in place, into -clip_value .. clip_value.

    As torch.nn.utils.clip_grad_value_.
    """
    for gradient in _gradients(parameters):
        gradient.clamp_(-clip_value, clip_value)


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All parameters in one vector, one after the other.

    >>> import plugtorch
    >>> layer = plugtorch.nn.Linear(2, 3)
    >>> plugtorch.nn.utils.parameters_to_vector(layer.parameters()).shape
    plugtorch.Size([9])

    As torch.nn.utils.parameters_to_vector.
    """
    vector: Tensor = cat([p.reshape(-1) for p in parameters])
    return vector


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Write a vector's elements into parameters, one after the other.

    Raises ShapeError unless it has just as many.

    As torch.nn.utils.vector_to_parameters.
    """
    several: list[Any] = list(parameters)
    count = sum(p.numel() for p in several)
    if tuple(vec.shape) != (count,):
        raise ShapeError(
            f"[vector_to_parameters] got a vector of shape {tuple(vec.shape)}, needed ({count},): "
            "so many elements do the parameters have."
        )
    start = 0
    with no_grad():
        for parameter in several:
            part = vec[start : start + parameter.numel()]
            parameter.copy_(part.reshape(parameter.shape))
            start += parameter.numel()
