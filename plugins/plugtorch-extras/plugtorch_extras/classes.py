"""What losses of class indices share: cross-entropy row by row, and how much each row counts."""

from __future__ import annotations

from plugtorch import Tensor, where
from plugtorch.errors import DTypeError
from plugtorch.nn.functional import cross_entropy


def surprise(name: str, input: Tensor, target: Tensor, ignore_index: int) -> Tensor:
    """-ln p, with p the probability of the target's class; 0 where it is ignored.

    input: logits (N, C) or (N, C, d1, ...). target: class indices (N) or (N, d1, ...).

    Raises DTypeError for a target that is not of class indices; ShapeError, IndexRangeError.
    """
    if target.dtype.is_floating_point:
        raise DTypeError(
            f"[{name}] got a target of {target.dtype}, needed class indices. Take the argmax of "
            "probabilities, or convert indices with .long()."
        )
    loss: Tensor = cross_entropy(input, target, ignore_index=ignore_index, reduction="none")
    return loss


def shares(loss: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int) -> Tensor:
    """How much each target counts: its class's weight or 1, and 0 where it is ignored."""
    kept = target != ignore_index
    if weight is None:
        return kept.to(loss.dtype)
    return where(kept, weight[where(kept, target, 0)], 0.0)
