"""Gradients that are too large, made smaller: all by one factor, or element by element.

Nothing here asks for a value on the host, but for ``error_if_nonfinite``: a gradient is multiplied
by 1 sooner than waited for.
"""

from __future__ import annotations

import warnings
from collections.abc import Generator, Iterable
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import zeros
from plugtorch.tensor.joining import stack

Tensors = Iterable[Tensor] | Tensor


@no_grad()
def get_total_norm(
    tensors: Tensors,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of all tensors together: (sum |x|^norm_type)^(1 / norm_type).

    Args:
        tensors: floating, of any shapes.
        norm_type: any number; infinity for the largest |x|.
        error_if_nonfinite: refuse a norm that is infinite or NaN.
        foreach: changes nothing.

    Returns a 0-d tensor on the first tensor's device; 0 for no tensors.

    Raises ArgumentError, if asked to, for a norm that is infinite or NaN.

    >>> import plugtorch
    >>> get_total_norm([plugtorch.tensor([3.0]), plugtorch.tensor([[4.0]])])
    tensor(5.)

    Source: ``torch.nn.utils.get_total_norm``.
    """
    several = _listed(tensors)
    if not several:
        return zeros(())
    order, device = float(norm_type), several[0].device
    norms = stack([tensor.detach().norm(order).to(device) for tensor in several])
    total: Tensor = norms.norm(order)
    if error_if_nonfinite and not total.isfinite():
        raise ArgumentError(
            f"[get_total_norm] the norm of order {norm_type} is {total.item()}. Look for the "
            "operation that overflows, or pass error_if_nonfinite=False."
        )
    return total


@no_grad()
def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply all gradients, in place, by min(1, max_norm / (total_norm + 1e-6)).

    Args:
        parameters: those whose gradients to change.
        max_norm: at least 0.
        total_norm: what ``get_total_norm`` gave, of these gradients or of more.
        foreach: changes nothing.

    Raises ArgumentError for a max_norm that is below 0 or NaN.

    >>> import plugtorch
    >>> p = plugtorch.zeros(2, requires_grad=True)
    >>> p.grad = plugtorch.tensor([3.0, 4.0])
    >>> clip_grads_with_norm_(p, 1.0, plugtorch.tensor(10.0))
    >>> p.grad
    tensor([0.3000, 0.4000])

    Source: ``torch.nn.utils.clip_grads_with_norm_``.
    """
    scale = (_bound("clip_grad_norm_", "max_norm", max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
    for gradient in _gradients(_listed(parameters)):
        gradient.mul_(scale.to(gradient.device))


def clip_grad_norm_(
    parameters: Tensors,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients, in place, by one factor, so that their norm is at most max_norm.

    The norm is that of all of them together: gradient = gradient min(1, max_norm / (norm + 1e-6)).

    Args:
        parameters: those whose gradients to change.
        max_norm: at least 0.
        norm_type: any number; infinity for the largest |x|.
        error_if_nonfinite: refuse a norm that is infinite or NaN, and change nothing.
        foreach: changes nothing.

    Returns the norm before, a 0-d tensor.

    Raises ArgumentError for a max_norm that is below 0 or NaN, and for such a norm if asked to.

    >>> import plugtorch
    >>> p = plugtorch.zeros(2, requires_grad=True)
    >>> p.grad = plugtorch.tensor([3.0, 4.0])
    >>> clip_grad_norm_([p], 1.0)
    tensor(5.)
    >>> p.grad
    tensor([0.6000, 0.8000])

    Source: Pascanu et al. (2013), arXiv:1211.5063; ``torch.nn.utils.clip_grad_norm_``.
    """
    several = _listed(parameters)
    if not several and isinstance(parameters, Generator):
        warnings.warn(
            "[clip_grad_norm_] the generator of parameters gives none, so there is nothing to "
            "clip. A generator can be gone through once: give a list, or model.parameters() anew.",
            stacklevel=2,
        )
    _bound("clip_grad_norm_", "max_norm", max_norm)
    total = get_total_norm(_gradients(several), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(several, max_norm, total)
    return total


def clip_grad_norm(*args: Any, **kwargs: Any) -> Tensor:
    """``clip_grad_norm_`` under the name it once had. Source: torch.nn.utils.clip_grad_norm."""
    warnings.warn(
        "[clip_grad_norm] is now clip_grad_norm_: call that.", FutureWarning, stacklevel=2
    )
    return clip_grad_norm_(*args, **kwargs)


@no_grad()
def clip_grad_value_(parameters: Tensors, clip_value: float, foreach: bool | None = None) -> None:
    """Bring every element of every gradient, in place, into -clip_value .. clip_value.

    Args:
        parameters: those whose gradients to change.
        clip_value: at least 0.
        foreach: changes nothing.

    Raises ArgumentError for a clip_value that is below 0 or NaN.

    >>> import plugtorch
    >>> p = plugtorch.zeros(3, requires_grad=True)
    >>> p.grad = plugtorch.tensor([-3.0, 0.5, 4.0])
    >>> clip_grad_value_([p], 1.0)
    >>> p.grad
    tensor([-1.0000,  0.5000,  1.0000])

    Source: ``torch.nn.utils.clip_grad_value_``.
    """
    bound = _bound("clip_grad_value_", "clip_value", clip_value)
    for gradient in _gradients(_listed(parameters)):
        gradient.clamp_(-bound, bound)


def _listed(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: list[Tensor]) -> list[Tensor]:
    return [p.grad for p in parameters if p.grad is not None]


def _bound(operation: str, option: str, value: Any) -> float:
    bound = float(value)
    if not bound >= 0:  # NaN too
        raise ArgumentError(f"[{operation}] {option} is {value!r}, needed a number from 0.")
    return bound
