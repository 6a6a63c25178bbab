"""Products of reflections (Householder), as LAPACK keeps orthogonal factors. Names, arguments and
meaning are PyTorch's.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from plugtorch.errors import DTypeError, ShapeError
from plugtorch.ops import factorization as ops
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import eye
from plugtorch.tensor.solving import by_lapack, matrices

__all__ = ["geqrf", "orgqr", "ormqr"]

GeqrfResult = namedtuple("geqrf", "a tau")  # type: ignore[name-match]


@by_lapack
def geqrf(input: Any) -> Any:
    """(a, tau): R of input = Q R with, below its diagonal, the vectors of the reflections that Q is
    a product of, and their factors. ``orgqr`` makes Q of them. Without derivative.

    >>> import plugtorch
    >>> plugtorch.geqrf(plugtorch.tensor([[3.0], [4.0]])).a
    tensor([[-5.0000],
            [ 0.5000]])

    Source: torch.geqrf.
    """
    m, n = shape_of(matrices("geqrf", input))[-2:]
    packed = ops.geqrf(input)
    return GeqrfResult(packed.narrow(-2, 0, m), packed.select(-2, m).narrow(-1, 0, min(m, n)))


def _reflections(name: str, A: Any, tau: Any) -> tuple[Any, Any]:
    """V and T, with which the product of the reflections is 1 - V T V^T (Schreiber and Van Loan
    1989).
    """
    matrices(name, A)
    a, t = tuple(shape_of(A)), tuple(shape_of(tau))
    if a[:-2] != t[:-1] or not min(a[-2:]) >= t[-1]:
        raise ShapeError(
            f"[linalg.{name}] needs vectors (..., m, n) and their factors (..., k), k not above "
            f"m and n, got {a} and {t}."
        )
    if tau.dtype is not A.dtype:
        raise DTypeError(f"[linalg.{name}] got vectors {A.dtype!r} and factors {tau.dtype!r}.")
    m, k = a[-2], t[-1]
    v = A.narrow(-1, 0, k).tril(-1) + eye(m, k, dtype=A.dtype, device=A.device)
    # 1/T has 1/tau on its diagonal and v_i v_j above it; times tau, so that tau may be 0
    factors = tau.diag_embed()
    unit = eye(k, dtype=A.dtype, device=A.device)
    return v, ops.solve(unit + factors @ (v.mT @ v).triu(1), factors)


@by_lapack
def householder_product(A: Any, tau: Any) -> Any:
    """The first n columns of the product of reflections 1 - tau_j v_j v_j^T.

    A: (..., m, n), v_j below the diagonal of its column j. tau: (..., k), k <= n <= m.

    >>> import plugtorch
    >>> a, tau = plugtorch.geqrf(plugtorch.tensor([[3.0], [4.0]]))
    >>> plugtorch.linalg.householder_product(a, tau)
    tensor([[-0.6000],
            [-0.8000]])

    Source: torch.linalg.householder_product.
    """
    v, t = _reflections("householder_product", A, tau)
    m, n = shape_of(A)[-2:]
    if m < n:
        raise ShapeError(f"[linalg.householder_product] {m} by {m} matrices have no {n} columns.")
    return eye(m, n, dtype=A.dtype, device=A.device) - v @ (t @ v.narrow(-2, 0, n).mT)


def orgqr(input: Any, tau: Any) -> Any:
    """As ``linalg.householder_product``. Source: torch.orgqr."""
    return householder_product(input, tau)


@by_lapack
def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """Q other (other Q if not left; with Q^T if transpose), Q being the whole product of the
    reflections that ``geqrf`` gave. Source: torch.ormqr.
    """
    matrices("ormqr", other)
    a, b = tuple(shape_of(input)), tuple(shape_of(other))
    if a[:-2] != b[:-2] or a[-2:-1] != (b[-2:-1] if left else b[-1:]):
        raise ShapeError(
            f"[ormqr] reflections of shape {a} do not fit {b}: needed as many rows as other has "
            f"{'rows' if left else 'columns'}, and the same leading axes."
        )
    if input.dtype is not other.dtype:
        raise DTypeError(f"[ormqr] got reflections {input.dtype!r} and other {other.dtype!r}.")
    v, t = _reflections("ormqr", input, tau)
    t = t.mT if transpose else t
    return other - v @ (t @ (v.mT @ other)) if left else other - ((other @ v) @ t) @ v.mT
