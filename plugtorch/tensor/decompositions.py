"""Orthogonal factors, eigenvalues, singular values and what is made of them. Names, arguments and
meaning are PyTorch's.
"""

from __future__ import annotations

import functools
import math
from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import AS_IT_IS, autocasts
from plugtorch.autograd import Function
from plugtorch.errors import ArgumentError, ShapeError, UnsupportedError
from plugtorch.ops import elementwise, movement
from plugtorch.ops import factorization as ops
from plugtorch.primitive import cast, same_type
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.products import matmul
from plugtorch.tensor.solving import by_lapack, identity, matrices, mirrored

__all__ = ["matrix_exp", "pinverse", "qr", "svd"]

QrResult = namedtuple("qr", "Q R")  # type: ignore[name-match]
EighResult = namedtuple("eigh", "eigenvalues eigenvectors")  # type: ignore[name-match]
LinalgSvdResult = namedtuple("svd", "U S Vh")  # type: ignore[name-match]
SvdResult = namedtuple("svd", "U S V")  # type: ignore[name-match]
LstsqResult = namedtuple(  # type: ignore[name-match]
    "lstsq", "solution residuals rank singular_values"
)


@by_lapack
def linalg_qr(A: Any, mode: str = "reduced") -> Any:
    """(Q, R) with Q R = A, Q with orthonormal columns, R upper triangular.

    mode: "reduced", "complete" (Q is square; without derivative for tall matrices), or "r" (R
    alone).

    Source: torch.linalg.qr.
    """
    matrices("qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise ArgumentError(f"[linalg.qr] mode must be 'reduced', 'complete' or 'r', got {mode!r}.")
    m, n = shape_of(A)[-2:]
    complete = mode == "complete" and m > n
    x = A.detach() if complete or mode == "r" else A
    q = ops.qr(x, complete=complete)
    r = (q.mT @ x).triu()
    if x is not A and A.requires_grad:
        q, r = _NoDerivative.apply(A, q, r)
    return QrResult(A.new_zeros(0) if mode == "r" else q, r)


class _NoDerivative(Function):
    """q and r, which say when a derivative is asked for that there is none."""

    @staticmethod
    def forward(ctx: Any, a: Any, q: Any, r: Any) -> Any:
        return q.clone(), r.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        raise UnsupportedError(
            "[linalg.qr] only mode='reduced' has a derivative for every shape; 'complete' has none "
            "for tall matrices, and 'r' none at all."
        )


@by_lapack
def qr(input: Any, some: bool = True) -> Any:
    """As ``linalg.qr``. Source: torch.qr."""
    return linalg_qr(input, "reduced" if some else "complete")


# -- eigenvalues -----------------------------------------------------------------------------------


@by_lapack
def eigh(A: Any, UPLO: str = "L") -> Any:
    """(eigenvalues, eigenvectors) of symmetric matrices, rising; vectors a column each.

    UPLO: which triangle of A is read, "L" or "U".

    >>> import plugtorch
    >>> plugtorch.linalg.eigh(plugtorch.tensor([[2.0, 0.0], [0.0, 1.0]])).eigenvalues
    tensor([1., 2.])

    Source: torch.linalg.eigh.
    """
    matrices("eigh", A, True)
    if UPLO.upper() not in ("L", "U"):
        raise ArgumentError(f"[linalg.eigh] UPLO must be 'L' or 'U', got {UPLO!r}.")
    both = ops.eigh(mirrored(A, UPLO.upper() == "U"))
    return EighResult(both.select(-2, 0), both.narrow(-2, 1, shape_of(A)[-1]))


@by_lapack
def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, rising. Source: torch.linalg.eigvalsh."""
    return eigh(A, UPLO).eigenvalues


def eig(A: Any) -> Any:
    """Refused: eigenvalues of matrices that are not symmetric are complex. Source:
    torch.linalg.eig.
    """
    raise UnsupportedError(
        "[linalg.eig] eigenvalues of matrices that are not symmetric are complex, and there are no "
        "complex tensors. For symmetric matrices use linalg.eigh."
    )


eigvals = eig


# -- singular values -------------------------------------------------------------------------------


@by_lapack
def linalg_svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """(U, S, Vh) with U diag(S) Vh = A, S falling; U and Vh square if full_matrices.

    Source: torch.linalg.svd.
    """
    matrices("svd", A)
    m, n = shape_of(A)[-2:]
    u, s, vt = ops.svd_parts(ops.svd(A, full=False), m, n)
    if full_matrices and m != n:  # what completes a basis has no derivative
        whole = ops.svd_parts(ops.svd(A.detach(), full=True), m, n, True)
        k = min(m, n)
        if m > k:
            u = movement.concatenate(u, whole[0].narrow(-1, k, m - k), axis=A.ndim - 1)
        else:
            vt = movement.concatenate(vt, whole[2].narrow(-2, k, n - k), axis=A.ndim - 2)
    return LinalgSvdResult(u, s, vt)


@by_lapack
def svdvals(A: Any, *, driver: str | None = None) -> Any:
    """The singular values, falling. Source: torch.linalg.svdvals."""
    return linalg_svd(A, False).S


@by_lapack
def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """(U, S, V) with U diag(S) V^T = input. Source: torch.svd."""
    u, s, vt = linalg_svd(input, not some)
    if not compute_uv:
        m, n = shape_of(input)[-2:]
        lead = tuple(shape_of(input))[:-2]
        return SvdResult(input.new_zeros((*lead, m, m)), s, input.new_zeros((*lead, n, n)))
    return SvdResult(u, s, vt.mT)


def _tolerance(A: Any, largest: Any, atol: Any, rtol: Any) -> Any:
    """Below what a singular value counts as 0: max(atol, rtol times the largest)."""
    if rtol is None:
        exact = atol is None or (not isinstance(atol, TensorBase) and atol <= 0)
        given = isinstance(atol, TensorBase)
        epsilon = dtypes.finfo(A.dtype).eps * max(shape_of(A)[-2:])
        if given:
            rtol = elementwise.where.apply(atol > 0, 0.0, epsilon)
        else:
            rtol = epsilon if exact else 0.0
    share: Any = rtol
    low = (share.unsqueeze(-1) if isinstance(rtol, TensorBase) else share) * largest
    if atol is None:
        return low
    if isinstance(atol, TensorBase):
        own: Any = atol
        return elementwise.maximum.apply(cast(own.unsqueeze(-1), low.dtype), low)
    return low.clamp(min=float(atol))


@by_lapack
def matrix_rank(
    A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """How many singular values are above max(atol, rtol times the largest). Source:
    torch.linalg.matrix_rank.
    """
    matrices("matrix_rank", A, hermitian)
    if tol is not None:
        atol, rtol = tol, 0.0
    lead = tuple(shape_of(A))[:-2]
    if not min(shape_of(A)[-2:]):
        return A.new_zeros(lead, dtype=dtypes.int64)
    plain = A.detach()
    values = eigvalsh(plain).abs() if hermitian else svdvals(plain)
    low = _tolerance(A, values.amax(-1, keepdim=True), atol, rtol)
    return (values > low).sum(-1)


class _Pinv(Function):
    @staticmethod
    def forward(ctx: Any, a: Any, p: Any) -> Any:
        ctx.save_for_backward(a, result := p.clone())
        return result

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        a, p = ctx.saved_tensors
        # Golub and Pereyra 1973, for matrices of one rank
        gt = g.mT
        left = gt @ p @ p.mT
        right = p.mT @ p @ gt
        return -(p.mT @ g @ p.mT) + left - a @ (p @ left) + right - (right @ p) @ a, None


def pinv(
    A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None
) -> Any:
    """The pseudoinverse (Moore and Penrose): the inverse on the space of singular values above
    max(atol, rtol times the largest).

    Source: torch.linalg.pinv.
    """
    matrices("pinv", A, hermitian)
    if rcond is not None:
        rtol = rcond
    lead, (m, n) = tuple(shape_of(A))[:-2], shape_of(A)[-2:]
    if not m or not n:
        return A.new_zeros((*lead, n, m)) + A.sum() * 0
    plain = A.detach()
    if hermitian:
        values, vectors = eigh(plain)
        size = values.abs()
        left, right = vectors, vectors.mT
    else:
        u, values, vt = linalg_svd(plain, False)
        size, left, right = values, vt.mT, u.mT
    kept = size > _tolerance(A, size.amax(-1, keepdim=True), atol, rtol)
    inverse = elementwise.where.apply(kept, 1 / elementwise.where.apply(kept, values, 1.0), 0.0)
    return _Pinv.apply(A, (left * inverse.unsqueeze(-2)) @ right)


@by_lapack
def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """As ``linalg.pinv``. Source: torch.pinverse."""
    return pinv(input, rcond)


@by_lapack
def lstsq(A: Any, B: Any, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """(solution, residuals, rank, singular_values): X for which |A X - B| is smallest, of several
    the smallest X.

    residuals: of each column, where A is tall and of full rank. rank, singular_values: as the
    driver has them in PyTorch ("gels", "gelsy", "gelsd" or "gelss").

    Source: torch.linalg.lstsq.
    """
    matrices("lstsq", A)
    same_type(A, B, "linalg.lstsq")
    driver = "gelsy" if driver is None else driver
    if driver not in ("gels", "gelsy", "gelsd", "gelss"):
        raise ArgumentError(
            f"[linalg.lstsq] driver must be 'gels', 'gelsy', 'gelsd' or 'gelss', got {driver!r}."
        )
    a, b = tuple(shape_of(A)), tuple(shape_of(B))
    vector = len(b) == len(a) - 1 and b == a[:-1]
    right = B.unsqueeze(-1) if vector else B
    if len(b) < 1 or shape_of(right)[-2:-1] != a[-2:-1]:
        raise ShapeError(f"[linalg.lstsq] A of shape {a} and B of shape {b} differ in rows.")
    if rcond is None:
        rcond = dtypes.finfo(A.dtype).eps * max(a[-2:])
    solution = pinv(A, rtol=rcond) @ right
    plain = A.detach()
    rank = matrix_rank(plain, rtol=rcond)
    m, n = a[-2:]
    residuals = A.new_zeros(0)
    if m > n and driver != "gelsy" and bool((rank == n).all()):
        residuals = elementwise.square.apply(plain @ solution.detach() - right.detach()).sum(-2)
        residuals = residuals.squeeze(-1) if vector else residuals
    values = svdvals(plain) if driver in ("gelsd", "gelss") else A.new_zeros(0)
    if driver == "gels":
        rank = A.new_zeros(0, dtype=dtypes.int64)
    return LstsqResult(solution.squeeze(-1) if vector else solution, residuals, rank, values)


# -- functions of matrices -------------------------------------------------------------------------

TAYLOR = 18  # terms that are exact in float64 for matrices of norm 1


@autocasts(AS_IT_IS)
def matrix_exp(input: Any) -> Any:
    """e^A of square matrices: the series of A / 2^s, squared s times. Source:
    torch.linalg.matrix_exp.
    """
    if isinstance(input, TensorBase) and input.dtype in (dtypes.float16, dtypes.bfloat16):
        return cast(matrix_exp(cast(input, dtypes.float32)), input.dtype)
    matrices("matrix_exp", input, True)
    if not input.numel():
        return input.clone()
    norm = float(input.detach().abs().sum(-2).amax())
    if not math.isfinite(norm):
        return input * math.nan
    squarings = max(0, math.ceil(math.log2(norm))) if norm > 1 else 0
    scaled, unit = input / 2.0**squarings, identity(input)
    result = unit + scaled / TAYLOR
    for k in range(TAYLOR - 1, 0, -1):
        result = unit + (scaled @ result) / k
    for _ in range(squarings):
        result = result @ result
    return result


def multi_dot(tensors: Any) -> Any:
    """The product of several matrices in the order that takes the fewest multiplications; the first
    and the last may be vectors.

    Source: torch.linalg.multi_dot.
    """
    listed = list(tensors)
    if len(listed) < 2:
        raise ArgumentError(f"[linalg.multi_dot] needs at least 2 tensors, got {len(listed)}.")
    for place, x in enumerate(listed):
        inside = 0 < place < len(listed) - 1
        if len(shape_of(x)) not in ((2,) if inside else (1, 2)):
            raise ShapeError(
                f"[linalg.multi_dot] tensor {place} has shape {tuple(shape_of(x))}; only the first "
                "and the last may be vectors, the others are matrices."
            )
    first, last = len(shape_of(listed[0])) == 1, len(shape_of(listed[-1])) == 1
    if first:
        listed[0] = listed[0].unsqueeze(0)
    if last:
        listed[-1] = listed[-1].unsqueeze(1)
    sizes = [shape_of(x)[0] for x in listed] + [shape_of(listed[-1])[1]]

    @functools.cache
    def cost(i: int, j: int) -> tuple[int, int]:
        """The fewest multiplications of the product of i to j, and where it is split."""
        if i == j:
            return 0, i
        return min(
            (cost(i, k)[0] + cost(k + 1, j)[0] + sizes[i] * sizes[k + 1] * sizes[j + 1], k)
            for k in range(i, j)
        )

    def product(i: int, j: int) -> Any:
        if i == j:
            return listed[i]
        k = cost(i, j)[1]
        return matmul(product(i, k), product(k + 1, j))

    result = product(0, len(listed) - 1)
    result = result.squeeze(0) if first else result
    return result.squeeze(-1) if last else result
