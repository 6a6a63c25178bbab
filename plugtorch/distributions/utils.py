"""What distributions have in common: broadcasting, probabilities and logits, lazy attributes."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from plugtorch.autograd import enable_grad
from plugtorch.dtypes import finfo, get_default_dtype
from plugtorch.errors import ArgumentError
from plugtorch.functional import softmax
from plugtorch.ops import elementwise
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import tensor
from plugtorch.tensor.shapes import broadcast_tensors

euler_constant = 0.57721566490153286060

softplus = elementwise.softplus.apply
where = elementwise.where.apply


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape; numbers take dtype and device of the first
    tensor.

    Raises ArgumentError for anything else.

    >>> import plugtorch
    >>> broadcast_all(1.0, plugtorch.zeros(2))
    (tensor([1., 1.]), tensor([0., 0.]))

    Source: torch.distributions.utils.broadcast_all.
    """
    for value in values:
        if not isinstance(value, (Tensor, int, float)):
            raise ArgumentError(
                f"[broadcast_all] needs numbers and tensors, got a {type(value).__name__}."
            )
    given = [value for value in values if isinstance(value, Tensor)]
    kind = given[0].dtype if given else get_default_dtype()
    device = given[0].device if given else None
    return tuple(
        broadcast_tensors(
            *[v if isinstance(v, Tensor) else tensor(v, dtype=kind, device=device) for v in values]
        )
    )


def clamp_probs(probs: Tensor) -> Tensor:
    """probs, but at least the dtype's precision away from 0 and 1."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(eps, 1 - eps)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """sigmoid(logits), or softmax over the last axis.

    Source: torch.distributions.utils.logits_to_probs.
    """
    return logits.sigmoid() if is_binary else softmax(logits, -1)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """ln(p / (1 - p)), or ln p, with p first clamped away from 0 and 1.

    Source: torch.distributions.utils.probs_to_logits.
    """
    clamped = clamp_probs(probs)
    return clamped.log() - (-clamped).log1p() if is_binary else clamped.log()


def sum_rightmost(value: Tensor, count: int) -> Tensor:
    """The sum over the last ``count`` axes."""
    return value.sum(tuple(range(-count, 0))) if count else value


def either(name: str, probs: Any, logits: Any) -> Any:
    """The one of the two that was given."""
    if (probs is None) == (logits is None):
        raise ArgumentError(f"[{name}] give either probs or logits, not both or neither.")
    return probs if logits is None else logits


class lazy_property(cached_property[Any]):  # noqa: N801 - PyTorch's name
    """An attribute that is computed when first asked for, always with its gradient.

    Source: torch.distributions.utils.lazy_property.
    """

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with enable_grad():  # sample() asks under no_grad, and the value is kept
            return super().__get__(instance, owner)
