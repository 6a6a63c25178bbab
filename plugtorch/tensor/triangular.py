"""Triangular factors: Cholesky's, and L U. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import DTypeError, UnsupportedError
from plugtorch.ops import elementwise
from plugtorch.ops import factorization as ops
from plugtorch.primitive import broadcast, cast
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import eye
from plugtorch.tensor.solving import (
    by_lapack,
    identity,
    matrices,
    mirrored,
    missing,
    no_infos,
    refuse,
)

__all__ = ["cholesky", "cholesky_inverse", "cholesky_solve", "lu_solve", "lu_unpack"]

CholeskyExResult = namedtuple("cholesky_ex", "L info")  # type: ignore[name-match]
LuResult = namedtuple("lu", "P L U")  # type: ignore[name-match]
LuFactorResult = namedtuple("lu_factor", "LU pivots")  # type: ignore[name-match]
LuFactorExResult = namedtuple("lu_factor_ex", "LU pivots info")  # type: ignore[name-match]


# -- Cholesky --------------------------------------------------------------------------------------


@by_lapack
def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """(L, info) of symmetric matrices; info is the order of the first leading minor that is not
    positive-definite. Source: torch.linalg.cholesky_ex.
    """
    matrices("cholesky", A, True)
    factor = ops.cholesky(mirrored(A, upper))
    infos = no_infos(A)
    if missing(factor):
        wrong = elementwise.isnan.apply(factor.detach().diagonal(0, -2, -1))
        first = cast(wrong, dtypes.uint8).argmax(-1) + 1
        infos = cast(elementwise.where.apply(wrong.any(-1), first, 0), dtypes.int32)
    if check_errors:
        refuse(
            "cholesky",
            infos,
            "the input is not positive-definite (the leading minor of order {} is not). A small "
            "multiple of the unit matrix, added to it, may help.",
        )
    return CholeskyExResult(factor.mT if upper else factor, infos)


@by_lapack
def linalg_cholesky(A: Any, *, upper: bool = False) -> Any:
    """L with L L^T = A for symmetric, positive-definite matrices; if upper, U with U^T U = A.

    Raises LinAlgError for others.

    >>> import plugtorch
    >>> plugtorch.linalg.cholesky(plugtorch.tensor([[4.0, 2.0], [2.0, 2.0]]))
    tensor([[2., 0.],
            [1., 1.]])

    Source: torch.linalg.cholesky.
    """
    return cholesky_ex(A, upper=upper, check_errors=True).L


@by_lapack
def cholesky(input: Any, upper: bool = False) -> Any:
    """As ``linalg.cholesky``. Source: torch.cholesky."""
    return linalg_cholesky(input, upper=upper)


@by_lapack
def cholesky_solve(B: Any, L: Any, upper: bool = False) -> Any:
    """X with A X = B, for the Cholesky factor L of A. Source: torch.cholesky_solve."""
    matrices("cholesky_solve", L, True)
    matrices("cholesky_solve", B)
    # one triangle is read; as in PyTorch the derivative is that of all of L
    lower = L.mT.tril() if upper else L.tril()
    if L.requires_grad:
        whole = L.mT if upper else L
        lower = whole + (lower - whole).detach()
    return ops.solve(lower.mT, ops.solve(lower, B))


@by_lapack
def cholesky_inverse(L: Any, upper: bool = False) -> Any:
    """The inverse of A, for its Cholesky factor L. Source: torch.cholesky_inverse."""
    matrices("cholesky_inverse", L, True)
    return cholesky_solve(identity(L), L, upper)


# -- L U -------------------------------------------------------------------------------------------


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """(LU, pivots, info): both factors in one matrix, and LAPACK's swaps. Source:
    torch.linalg.lu_factor_ex.
    """
    factors, _, pivots = _lu("lu_factor", A, pivot)
    k = min(shape_of(factors)[-2:])
    zero = factors.detach().diagonal(0, -2, -1) == 0
    infos = no_infos(A)
    if k:
        first = cast(zero, dtypes.uint8).argmax(-1) + 1
        infos = cast(elementwise.where.apply(zero.any(-1), first, 0), dtypes.int32)
    if check_errors:
        refuse("lu_factor", infos, "U has a zero at diagonal element {}: the matrix is singular.")
    return LuFactorExResult(factors, pivots, infos)


def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """(LU, pivots): both factors in one matrix, and LAPACK's swaps. Source:
    torch.linalg.lu_factor.
    """
    return LuFactorResult(*lu_factor_ex(A, pivot=pivot)[:2])


def _lu(name: str, A: Any, pivot: bool) -> tuple[Any, Any, Any]:
    """L and U in one matrix, the order of rows, the swaps."""
    matrices(name, A)
    if not pivot:
        raise UnsupportedError(f"[linalg.{name}] pivot=False is not offered. Leave it True.")
    n = shape_of(A)[-1]
    packed = ops.lu(A)
    k = min(shape_of(A)[-2:])
    order = cast(packed.select(-1, n).detach(), dtypes.int64)
    pivots = cast(packed.select(-1, n + 1).detach(), dtypes.int32).narrow(-1, 0, k)
    return packed.narrow(-1, 0, n), order, pivots


def _unpacked(factors: Any, order: Any) -> tuple[Any, Any, Any]:
    m, n = shape_of(factors)[-2:]
    k = min(m, n)
    lower = factors.narrow(-1, 0, k).tril(-1) + eye(
        m, k, dtype=factors.dtype, device=factors.device
    )
    unit = eye(m, dtype=factors.dtype, device=factors.device)
    turned = unit.index_select(0, order.reshape(-1)).reshape((*tuple(shape_of(order)), m))
    return turned.mT, lower, factors.narrow(-2, 0, k).triu()


def lu(A: Any, *, pivot: bool = True) -> Any:
    """(P, L, U) with P L U = A, L with ones on its diagonal. Source: torch.linalg.lu."""
    factors, order, _ = _lu("lu", A, pivot)
    return LuResult(*_unpacked(factors, order))


def legacy_lu(A: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """(LU, pivots), and infos if asked for: the older ``linalg.lu_factor_ex``. Source: torch.lu."""
    factors, pivots, infos = lu_factor_ex(A, pivot=pivot, check_errors=not get_infos)
    return (factors, pivots, infos) if get_infos else (factors, pivots)


def _order(pivots: Any, rows: int) -> Any:
    """The order of rows that swaps lead to."""
    lead, count = tuple(shape_of(pivots))[:-1], shape_of(pivots)[-1]
    listed = []
    stack = math.prod(lead)
    for swaps in pivots.reshape(stack, count).tolist():
        order = list(range(rows))
        for place, swap in enumerate(swaps):
            order[place], order[swap - 1] = order[swap - 1], order[place]
        listed.append(order)
    flat = pivots.new_tensor(listed, dtype=dtypes.int64)
    return flat.reshape((*lead, rows))


def lu_unpack(
    LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True
) -> Any:
    """(P, L, U) of what ``linalg.lu_factor`` gives. Source: torch.lu_unpack."""
    if LU_pivots.dtype is not dtypes.int32:
        raise DTypeError(f"[lu_unpack] the pivots must be int32, got {LU_pivots.dtype!r}.")
    order = _order(LU_pivots, shape_of(LU_data)[-2])
    parts = _unpacked(LU_data, order)
    empty = LU_data.new_zeros(0)
    return LuResult(
        parts[0] if unpack_pivots else empty, *(parts[1:] if unpack_data else (empty, empty))
    )


def linalg_lu_solve(
    LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False
) -> Any:
    """X with A X = B (X A = B if not left; with A^T if adjoint), for what lu_factor gave of A.

    Source: torch.linalg.lu_solve.
    """
    matrices("lu_solve", LU, True)
    matrices("lu_solve", B)
    if not left:
        return linalg_lu_solve(LU, pivots, B.mT, adjoint=not adjoint).mT
    lead = broadcast("linalg.lu_solve", (shape_of(LU)[:-2], shape_of(B)[:-2]))
    right = B.expand((*lead, *shape_of(B)[-2:]))
    order = _order(pivots, shape_of(LU)[-1])
    order = order.expand((*lead, shape_of(LU)[-1])).unsqueeze(-1).expand(shape_of(right))
    lower, upper = LU.tril(-1) + identity(LU), LU.triu()
    if adjoint:
        inner = ops.solve(lower.mT, ops.solve(upper.mT, right))
        return inner.gather(-2, order.argsort(-2))
    return ops.solve(upper, ops.solve(lower, right.gather(-2, order)))


@by_lapack
def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """As ``linalg.lu_solve``, in another order. Source: torch.lu_solve."""
    return linalg_lu_solve(LU_data, LU_pivots, b)
