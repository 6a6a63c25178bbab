"""Lengths of tensors and of their rows, and how far a layer may go."""

from __future__ import annotations

from plugtorch import Tensor, where


def length(tensor: Tensor) -> Tensor:
    """The Euclidean norm of all elements; of half precision in float32, whose squares overflow.

    >>> import plugtorch
    >>> length(plugtorch.tensor([3.0, 4.0])).item()
    5.0
    """
    return (tensor.float() if tensor.dtype.itemsize == 2 else tensor).norm()


def share(whole: Tensor, part: Tensor) -> Tensor:
    """Whole / part, or 1 where one of them is 0: weights that start at 0 must be able to leave.

    >>> import plugtorch
    >>> share(plugtorch.tensor([6.0, 0.0]), plugtorch.tensor([2.0, 2.0])).tolist()
    [3.0, 1.0]
    """
    moved = (whole > 0) & (part > 0)
    return where(moved, whole / where(moved, part, 1.0), 1.0)


def distance(difference: Tensor) -> Tensor:
    """Euclidean, along the last axis; 0 with a slope of 0 where the difference is.

    Squares are taken of what is at most 1, so that they do not overflow.
    """
    scale = difference.detach().abs().amax(-1, keepdim=True)
    scale = where(scale > 0, scale, 1.0)
    square = (difference / scale).square().sum(-1)
    nonzero = square > 0
    root = where(nonzero, square, 1.0).sqrt()
    return where(nonzero, root, 0.0) * scale.squeeze(-1)
