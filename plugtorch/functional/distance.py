"""How alike vectors are."""

from __future__ import annotations

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.checks import floating
from plugtorch.ops import elementwise
from plugtorch.tensor import Tensor
from plugtorch.tensor.diagonals import triu_indices
from plugtorch.tensor.shapes import broadcast_tensors


@autocasts(elsewhere=FLOAT32)
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
    x1, x2 = broadcast_tensors(x1, x2)
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


MANY = 25  # points from which a product of matrices is worth its rounding, as in PyTorch


@autocasts(FLOAT32)
def cdist(
    x1: Tensor,
    x2: Tensor,
    p: float = 2.0,
    compute_mode: str = "use_mm_for_euclid_dist_if_necessary",
) -> Tensor:
    """|a - b|_p of every row a of x1 (..., n, d) and b of x2 (..., m, d): (..., n, m).

    compute_mode: for p = 2 whether |a - b|^2 may be |a|^2 + |b|^2 - 2 a . b, which is faster.

    >>> import plugtorch
    >>> plugtorch.cdist(plugtorch.tensor([[0.0, 0.0]]), plugtorch.tensor([[3.0, 4.0]]))
    tensor([[5.]])

    As torch.cdist.
    """
    floating("cdist", x1)
    floating("cdist", x2)
    if p < 0:
        raise ArgumentError(f"[cdist] p must not be negative, got {p}.")
    if x1.ndim < 2 or x2.ndim < 2 or x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(
            f"[cdist] needs rows of one length, got {tuple(x1.shape)} and {tuple(x2.shape)}."
        )
    many = x1.shape[-2] > MANY or x2.shape[-2] > MANY
    by_product = compute_mode == "use_mm_for_euclid_dist" or (
        compute_mode == "use_mm_for_euclid_dist_if_necessary" and many
    )
    if p == 2 and by_product:
        a, b = (x1 * x1).sum(-1, keepdim=True), (x2 * x2).sum(-1, keepdim=True)
        squares = a + b.mT - 2 * (x1 @ x2.mT)
        zero = squares <= 0
        root = elementwise.sqrt.apply(elementwise.where.apply(zero, 1.0, squares))
        return elementwise.where.apply(zero, 0.0, root)
    if not x1.shape[-1]:
        return x1.sum(-1).unsqueeze(-1) + x2.sum(-1).unsqueeze(-2)
    return (x1.unsqueeze(-2) - x2.unsqueeze(-3)).norm(p, -1)


@autocasts(elsewhere=FLOAT32)
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """|a - b|_p of every two rows of a matrix (n, d): a vector of n (n - 1) / 2.

    As torch.nn.functional.pdist.
    """
    floating("pdist", input)
    if input.ndim != 2:
        raise ShapeError(f"[pdist] needs a matrix, got shape {tuple(input.shape)}.")
    if p < 0:
        raise ArgumentError(f"[pdist] p must not be negative, got {p}.")
    n = input.shape[0]
    first, second = triu_indices(n, n, 1, device=input.device)
    return (input.index_select(0, first) - input.index_select(0, second)).norm(p, -1)
