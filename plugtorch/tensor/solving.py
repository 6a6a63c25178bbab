"""Determinants, inverses, systems of equations. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import AS_IT_IS, FLOAT32, autocasts
from plugtorch.errors import DTypeError, LinAlgError, ShapeError
from plugtorch.ops import elementwise
from plugtorch.ops import factorization as ops
from plugtorch.primitive import cast, not_a_tensor, same_type
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import eye

__all__ = [
    "det",
    "inverse",
    "logdet",
    "slogdet",
    "triangular_solve",
]

SlogdetResult = namedtuple("slogdet", "sign logabsdet")  # type: ignore[name-match]
InvExResult = namedtuple("inv_ex", "inverse info")  # type: ignore[name-match]
SolveExResult = namedtuple("solve_ex", "result info")  # type: ignore[name-match]
TriangularResult = namedtuple(  # type: ignore[name-match]
    "triangular_solve", "solution cloned_coefficient"
)


# LAPACK has no 16-bit numbers
by_lapack = autocasts(cpu=FLOAT32, elsewhere=AS_IT_IS)


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


def no_infos(x: Any) -> Any:
    """0 for each matrix."""
    return x.new_zeros(tuple(shape_of(x))[:-2], dtype=dtypes.int32)


def _singular(x: Any) -> Any:
    """For each square matrix the place, from 1, of the first pivot that is 0; 0 without one."""
    n = shape_of(x)[-1]
    if not n:
        return no_infos(x)
    with_zeros = ops.lu(x.detach()).narrow(-1, 0, n).diagonal(0, -2, -1) == 0
    first = cast(with_zeros, dtypes.uint8).argmax(-1) + 1
    return cast(elementwise.where.apply(with_zeros.any(-1), first, 0), dtypes.int32)


def refuse(name: str, infos: Any, problem: str) -> None:
    """Raise LinAlgError for the first matrix whose info is not 0."""
    found = infos.reshape(-1).tolist()
    for batch, info in enumerate(found):
        if info:
            which = f"(Batch element {batch}): " if shape_of(infos) else ""
            raise LinAlgError(f"[linalg.{name}] {which}{problem.format(info)}")


def missing(x: Any) -> bool:
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


@by_lapack
def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """(inverse, info) of square matrices; info is not 0 for one that is singular. Source:
    torch.linalg.inv_ex.
    """
    matrices("inv_ex", A, True)
    result = ops.solve(A, identity(A))
    infos = _singular(A) if missing(result) else no_infos(A)
    if check_errors:
        refuse("inv", infos, SINGULAR_INVERSE)
    return InvExResult(result, infos)


SINGULAR_INVERSE = (
    "the diagonal element {} is zero, so the matrix is singular and has no inverse. pinv() has one "
    "that is nearest."
)


@by_lapack
def inv(A: Any) -> Any:
    """The inverse of square matrices. Raises LinAlgError for a singular one.

    >>> import plugtorch
    >>> plugtorch.linalg.inv(plugtorch.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])

    Source: torch.linalg.inv.
    """
    return inv_ex(matrices("inv", A, True), check_errors=True).inverse


@by_lapack
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
    infos = _singular(A) if missing(result) else no_infos(A)
    if check_errors:
        refuse("solve", infos, "the matrix is singular, so there is no solution.")
    return SolveExResult(result.squeeze(-1) if vector else result, infos)


@by_lapack
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


@by_lapack
def triangular_solve(
    b: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """(solution, A) of A x = b, or A^T x = b. Source: torch.triangular_solve."""
    a = A.mT if transpose else A
    x = solve_triangular(a, b, upper=upper is not transpose, unitriangular=unitriangular)
    return TriangularResult(x, A.clone())


@by_lapack
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


@by_lapack
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
