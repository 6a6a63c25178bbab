"""Singular values and principal components of matrices of low rank, by random projections (Halko,
Martinsson and Tropp 2009, arXiv:0909.4061). Names, arguments and meaning are PyTorch's.
"""

from __future__ import annotations

from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.decompositions import linalg_qr, linalg_svd
from plugtorch.tensor.random import randn
from plugtorch.tensor.solving import matrices

__all__ = ["pca_lowrank", "svd_lowrank"]


def svd_lowrank(A: Any, q: int | None = 6, niter: int | None = 2, M: Any = None) -> Any:
    """(U, S, V) with U diag(S) V^T near A, or A - M, S being its q largest singular values.

    A: (..., m, n). q: somewhat more than the rank. niter: how often A is applied to sharpen what
    was found. M: of a shape that broadcasts to that of A.

    >>> import plugtorch
    >>> x = plugtorch.ones(4, 3)
    >>> U, S, V = plugtorch.svd_lowrank(x, q=1)
    >>> plugtorch.allclose(U @ S.diag() @ V.T, x)
    True

    Source: torch.svd_lowrank.
    """
    matrices("svd_lowrank", A)
    A = A if M is None else A - M
    m, n = shape_of(A)[-2:]
    tall = A.mT if m < n else A
    count, times = 6 if q is None else q, 2 if niter is None else niter
    x = tall @ randn(shape_of(tall)[-1], count, dtype=A.dtype, device=A.device)
    basis = linalg_qr(x).Q
    for _ in range(times):
        basis = linalg_qr(tall @ linalg_qr(tall.mT @ basis).Q).Q
    u, s, vt = linalg_svd(basis.mT @ tall, full_matrices=False)
    left, right = basis @ u, vt.mT
    return (right, s, left) if m < n else (left, s, right)


def pca_lowrank(A: Any, q: int | None = None, center: bool = True, niter: int = 2) -> Any:
    """(U, S, V): the columns of V are the first q principal components of the rows of A.

    q: 6 by default, or the smaller size of A if that is less. center: whether the mean of each
    column is taken off first.

    Raises ArgumentError for q outside 0 and the smaller size, and for a negative niter.

    Source: torch.pca_lowrank.
    """
    matrices("pca_lowrank", A)
    smaller = min(shape_of(A)[-2:])
    q = min(6, smaller) if q is None else q
    if not 0 <= q <= smaller:
        raise ArgumentError(f"[pca_lowrank] q must be from 0 to {smaller}, got {q}.")
    if niter < 0:
        raise ArgumentError(f"[pca_lowrank] niter must not be negative, got {niter}.")
    return svd_lowrank(A - A.mean(-2, keepdim=True) if center else A, q, niter)
