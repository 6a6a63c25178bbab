"""Determinants, inverses, systems of equations. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import DTypeError, LinAlgError, ShapeError
from plugtorch.ops import elementwise
from plugtorch.ops import factorization as ops
from plugtorch.primitive import broadcast, cast, not_a_tensor
from plugtorch.storage import TensorBase
from plugtorch.tensor.arithmetic import same_type
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import eye

__all__ = [
    "cholesky",
    "cholesky_inverse",
    "cholesky_solve",
    "det",
    "inverse",
    "logdet",
    "lu_solve",
    "lu_unpack",
    "slogdet",
    "triangular_solve",
]

SlogdetResult = namedtuple("slogdet", "sign logabsdet")  # type: ignore[name-match]
InvExResult = namedtuple("inv_ex", "inverse info")  # type: ignore[name-match]
SolveExResult = namedtuple("solve_ex", "result info")  # type: ignore[name-match]
CholeskyExResult = namedtuple("cholesky_ex", "L info")  # type: ignore[name-match]
LuResult = namedtuple("lu", "P L U")  # type: ignore[name-match]
LuFactorResult = namedtuple("lu_factor", "LU pivots")  # type: ignore[name-match]
LuFactorExResult = namedtuple("lu_factor_ex", "LU pivots info")  # type: ignore[name-match]
TriangularResult = namedtuple(  # type: ignore[name-match]
    "triangular_solve", "solution cloned_coefficient"
)


# -- what all of linalg checks ---------------------------------------------------------------------


def matrices(name: str, x: Any, square: bool = False) -> Any:
    """``x``, if it is of floating-point matrices that LAPACK takes."""
    if not isinstance(x, TensorBase):
        raise not_a_tensor(f"linalg.{name}", x)
    (ops.square if square else ops.matrix)(f"linalg.{name}", tuple(shape_of(x)))
    return floats(name, x)


def floats(name: str, x: Any) -> Any:
    """``x``, if it is float32 or float64."""
    if not x.dtype.is_floating_point or x.dtype.itemsize < 4:
        raise DTypeError(
            f"[linalg.{name}] needs a float32 or float64 tensor, got {x.dtype!r}. Convert with "
            ".to() first."
        )
    return x


def identity(like: Any) -> Any:
    """The unit matrix of a square matrix's size."""
    return eye(shape_of(like)[-1], dtype=like.dtype, device=like.device)


def mirrored(x: Any, upper: bool) -> Any:
    """The symmetric matrix of one triangle of x. As in PyTorch the derivative is that of all of
    x, taken to be symmetric.
    """
    half = x.triu(1) if upper else x.tril(-1)
    value = (half + half.mT + x.diagonal(0, -2, -1).diag_embed()).detach()
    return x + (value - x).detach() if x.requires_grad else value


def _infos(x: Any) -> Any:
    """0 for each matrix."""
    return x.new_zeros(tuple(shape_of(x))[:-2], dtype=dtypes.int32)


def _singular(x: Any) -> Any:
    """For each square matrix the place, from 1, of the first pivot that is 0; 0 without one."""
    n = shape_of(x)[-1]
    if not n:
        return _infos(x)
    with_zeros = ops.lu(x.detach()).narrow(-1, 0, n).diagonal(0, -2, -1) == 0
    first = cast(with_zeros, dtypes.uint8).argmax(-1) + 1
    return cast(elementwise.where.apply(with_zeros.any(-1), first, 0), dtypes.int32)


def _refuse(name: str, infos: Any, problem: str) -> None:
    """Raise LinAlgError for the first matrix whose info is not 0."""
    found = infos.reshape(-1).tolist()
    for batch, info in enumerate(found):
        if info:
            which = f"(Batch element {batch}): " if shape_of(infos) else ""
            raise LinAlgError(f"[linalg.{name}] {which}{problem.format(info)}")


def _missing(x: Any) -> bool:
    return bool(elementwise.isnan.apply(x.detach()).any())


# -- determinants ----------------------------------------------------------------------------------


def det(input: Any) -> Any:
    """The determinant of square matrices.

    >>> import plugtorch
    >>> plugtorch.linalg.det(plugtorch.tensor([[2.0, 0.0], [0.0, 3.0]]))
    tensor(6.)

    Source: torch.linalg.det.
    """
    return ops.det(matrices("det", input, True))


def slogdet(input: Any) -> Any:
    """(sign, logabsdet): the sign of the determinant, and ln of its size. Source:
    torch.linalg.slogdet.
    """
    both = ops.slogdet(matrices("slogdet", input, True))
    return SlogdetResult(both.select(-1, 0).detach(), both.select(-1, 1))


def logdet(input: Any) -> Any:
    """ln of the determinant, NaN where that is negative. Source: torch.logdet."""
    sign, size = slogdet(input)
    return elementwise.where.apply(sign < 0, float("nan"), size)


# -- inverses and systems --------------------------------------------------------------------------


def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """(inverse, info) of square matrices; info is not 0 for one that is singular. Source:
    torch.linalg.inv_ex.
    """
    matrices("inv_ex", A, True)
    result = ops.solve(A, identity(A))
    infos = _singular(A) if _missing(result) else _infos(A)
    if check_errors:
        _refuse("inv", infos, SINGULAR_INVERSE)
    return InvExResult(result, infos)


SINGULAR_INVERSE = (
    "the diagonal element {} is zero, so the matrix is singular and has no inverse. pinv() has one "
    "that is nearest."
)


def inv(A: Any) -> Any:
    """The inverse of square matrices. Raises LinAlgError for a singular one.

    >>> import plugtorch
    >>> plugtorch.linalg.inv(plugtorch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])

    Source: torch.linalg.inv.
    """
    return inv_ex(matrices("inv", A, True), check_errors=True).inverse


def inverse(input: Any) -> Any:
    """As ``linalg.inv``. Source: torch.inverse."""
    return inv(input)


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """(result, info) of A X = B; info is not 0 for a singular A. Source: torch.linalg.solve_ex."""
    matrices("solve", A, True)
    same_type(A, B, "linalg.solve")
    a, b = tuple(shape_of(A)), tuple(shape_of(B))
    vector = len(b) == 1 or (len(a) - 1 == len(b) and b == a[:-1])
    right = B.unsqueeze(-1) if vector else B
    if not left:
        if vector:
            raise ShapeError("[linalg.solve] a vector has no equation X A = B. Leave left=True.")
        result = ops.solve(A.mT, right.mT).mT
    else:
        result = ops.solve(A, right)
    infos = _singular(A) if _missing(result) else _infos(A)
    if check_errors:
        _refuse("solve", infos, "the matrix is singular, so there is no solution.")
    return SolveExResult(result.squeeze(-1) if vector else result, infos)


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """X with A X = B, or X A = B if not left. Raises LinAlgError for a singular A.

    A: (..., n, n). B: (..., n, k), or vectors (..., n).

    >>> import plugtorch
    >>> plugtorch.linalg.solve(plugtorch.tensor([[2.0]]), plugtorch.tensor([6.0]))
    tensor([3.])

    Source: torch.linalg.solve.
    """
    return solve_ex(A, B, left=left, check_errors=True).result


def solve_triangular(
    A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False
) -> Any:
    """X with A X = B (X A = B if not left), reading one triangle of A. Source:
    torch.linalg.solve_triangular.
    """
    matrices("solve_triangular", A, True)
    matrices("solve_triangular", B)
    same_type(A, B, "linalg.solve_triangular")
    a = A.triu(int(unitriangular)) if upper else A.tril(-int(unitriangular))
    if unitriangular:
        a = a + identity(A)
    return ops.solve(a, B) if left else ops.solve(a.mT, B.mT).mT


def triangular_solve(
    b: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """(solution, A) of A x = b, or A^T x = b. Source: torch.triangular_solve."""
    a = A.mT if transpose else A
    x = solve_triangular(a, b, upper=upper is not transpose, unitriangular=unitriangular)
    return TriangularResult(x, A.clone())


def tensorsolve(A: Any, B: Any, dims: Any = None) -> Any:
    """X with tensordot(A, X, X.ndim) = B. Source: torch.linalg.tensorsolve."""
    if dims is not None:
        order = [a for a in range(A.ndim) if a not in [d % A.ndim for d in dims]]
        A = A.permute([*order, *[d % A.ndim for d in dims]])
    shape = tuple(shape_of(A))[len(shape_of(B)) :]
    size = B.numel()
    if A.numel() != size * size:
        raise ShapeError(
            f"[linalg.tensorsolve] A of shape {tuple(shape_of(A))} is not square for B of shape "
            f"{tuple(shape_of(B))}."
        )
    return solve(A.reshape(size, size), B.reshape(-1)).reshape(shape)


def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse of A under tensordot over ``ind`` axes. Source: torch.linalg.tensorinv."""
    shape = tuple(shape_of(A))
    if ind <= 0:
        raise ShapeError(f"[linalg.tensorinv] ind must be positive, got {ind}.")
    first, last = shape[:ind], shape[ind:]
    rows = 1
    for n in first:
        rows *= n
    if rows * rows != A.numel():
        raise ShapeError(f"[linalg.tensorinv] {first} and {last} must have as many elements.")
    return inv(A.reshape(rows, rows)).reshape((*last, *first))


# -- Cholesky --------------------------------------------------------------------------------------


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """(L, info) of symmetric matrices; info is the order of the first leading minor that is not
    positive-definite. Source: torch.linalg.cholesky_ex.
    """
    matrices("cholesky", A, True)
    factor = ops.cholesky(mirrored(A, upper))
    infos = _infos(A)
    if _missing(factor):
        wrong = elementwise.isnan.apply(factor.detach().diagonal(0, -2, -1))
        first = cast(wrong, dtypes.uint8).argmax(-1) + 1
        infos = cast(elementwise.where.apply(wrong.any(-1), first, 0), dtypes.int32)
    if check_errors:
        _refuse(
            "cholesky",
            infos,
            "the input is not positive-definite (the leading minor of order {} is not). A small "
            "multiple of the unit matrix, added to it, may help.",
        )
    return CholeskyExResult(factor.mT if upper else factor, infos)


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


def cholesky(input: Any, upper: bool = False) -> Any:
    """As ``linalg.cholesky``. Source: torch.cholesky."""
    return linalg_cholesky(input, upper=upper)


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
    infos = _infos(A)
    if k:
        first = cast(zero, dtypes.uint8).argmax(-1) + 1
        infos = cast(elementwise.where.apply(zero.any(-1), first, 0), dtypes.int32)
    if check_errors:
        _refuse("lu_factor", infos, "U has a zero at diagonal element {}: the matrix is singular.")
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
        raise DTypeError(f"[linalg.{name}] pivot=False is not offered. Leave it True.")
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


def _order(pivots: Any, rows: int) -> Any:
    """The order of rows that swaps lead to."""
    lead, count = tuple(shape_of(pivots))[:-1], shape_of(pivots)[-1]
    listed = []
    for swaps in pivots.reshape(-1, count).tolist() if count else ():
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


def lu_solve(b: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """As ``linalg.lu_solve``, in another order. Source: torch.lu_solve."""
    return linalg_lu_solve(LU_data, LU_pivots, b)
