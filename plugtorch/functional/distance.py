"""How alike vectors are."""

from __future__ import annotations

from plugtorch.functional.checks import floating
from plugtorch.tensor import Tensor


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along ``dim``; the two broadcast.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[3.0, 4.0]])
    >>> plugtorch.nn.functional.cosine_similarity(x, -2 * x)
    tensor([-1.])

    As torch.nn.functional.cosine_similarity.
    """
    floating("cosine_similarity", x1)
    floating("cosine_similarity", x2)
    a = x1 / x1.norm(2, dim, keepdim=True).clamp(min=eps)
    b = x2 / x2.norm(2, dim, keepdim=True).clamp(min=eps)
    return (a * b).sum(dim)


def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """|x1 - x2 + eps|_p along the last axis.

    >>> import plugtorch
    >>> x = plugtorch.tensor([[3.0, 4.0]])
    >>> plugtorch.nn.functional.pairwise_distance(x, 0 * x, eps=0.0)
    tensor([5.])

    As torch.nn.functional.pairwise_distance.
    """
    return (x1 - x2 + eps).norm(p, -1, keepdim=keepdim)
