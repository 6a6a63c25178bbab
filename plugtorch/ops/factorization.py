"""Factorisations of matrices, over the last two axes; leading axes are a stack.

They cannot be composed: each is a loop whose steps depend on values. A primitive has one result, so
what has several factors has them in one tensor, and its rule takes the gradient apart likewise.
Sources of the derivatives: M. Giles, Collected matrix derivative results (2008), and for the
Cholesky factor I. Murray, arXiv:1602.07527.
"""

from __future__ import annotations

from typing import Any

from plugtorch.errors import ShapeError
from plugtorch.primitive import Primitive, Shape, broadcast


def matrix(name: str, x: Shape) -> Shape:
    """``x``, if it is of matrices."""
    if len(x) < 2:
        raise ShapeError(f"[{name}] needs a matrix or a stack of them, got shape {x}.")
    return x


def square(name: str, x: Shape) -> Shape:
    """``x``, if it is of square matrices."""
    if matrix(name, x)[-1] != x[-2]:
        raise ShapeError(f"[{name}] needs square matrices, got shape {x}.")
    return x


def _half(x: Any) -> Any:
    """The lower triangle, the diagonal halved."""
    return x.tril() - (x.diagonal(0, -2, -1) * 0.5).diag_embed()


def _inverse(x: Any) -> Any:
    return solve(x, x.new_ones(x.shape[-1]).diag_embed())


cholesky = Primitive(
    "cholesky",
    "x",
    shape=lambda x: square("cholesky", x),
    doc="L, lower triangular, with L L^T = (x + x^T) / 2. NaN from the first leading minor on that "
    "is not positive-definite.",
)


@cholesky.gradient
def _(gradient: Any, output: Any) -> Any:
    # with P the half lower triangle of L^T G: (S + S^T) / 2 for S = L^-T P L^-1
    inner = solve(output.mT, _half(output.mT @ gradient))
    outer = solve(output.mT, inner.mT)
    return (outer + outer.mT) * 0.5


def _solved(a: Shape, b: Shape) -> Shape:
    square("solve", a)
    if matrix("solve", b)[-2] != a[-1]:
        raise ShapeError(
            f"[solve] matrices of shape {a} do not fit right sides of shape {b}: these need "
            f"{a[-1]} rows."
        )
    return (*broadcast("solve", (a[:-2], b[:-2])), *b[-2:])


solve = Primitive(
    "solve",
    "a b",
    shape=_solved,
    broadcasts=True,
    doc="x with a x = b, for matrices a (..., n, n) and b (..., n, k); NaN where a is singular.",
)


@solve.gradient("a")
def _(gradient: Any, a: Any, output: Any) -> Any:
    return -(solve(a.mT, gradient) @ output.mT)


@solve.gradient("b")
def _(gradient: Any, a: Any) -> Any:
    return solve(a.mT, gradient)


det = Primitive(
    "det", "x", shape=lambda x: square("det", x)[:-2], doc="The determinant of each matrix."
)


@det.gradient
def _(gradient: Any, x: Any, output: Any) -> Any:
    outer = gradient.unsqueeze(-1).unsqueeze(-1)
    size = x.shape[-1]
    if bool((output != 0).all()):
        return outer * output.unsqueeze(-1).unsqueeze(-1) * _inverse(x).mT
    # of a singular matrix: with x = U S V^T, |U| |V| U (products of all other singular values) V^T
    u, s, v = svd_parts(svd(x, full=False), size, size)
    others = s.unsqueeze(-2).expand((*s.shape, size))
    others = others.masked_fill(x.new_ones(size).diag_embed() != 0, 1.0).prod(-1)
    turned = det(u.detach()) * det(v.detach())
    return outer * turned.unsqueeze(-1).unsqueeze(-1) * ((u * others.unsqueeze(-2)) @ v)


slogdet = Primitive(
    "slogdet",
    "x",
    shape=lambda x: (*square("slogdet", x)[:-2], 2),
    doc="The sign of the determinant, and ln of its size: the last axis.",
)


@slogdet.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient.select(-1, 1).unsqueeze(-1).unsqueeze(-1) * _inverse(x).mT


lu = Primitive(
    "lu",
    "x",
    shape=lambda x: (*matrix("lu", x)[:-1], x[-1] + 2),
    doc="With rows of x in another order L U, L with ones on its diagonal: (..., m, n + 2). n "
    "columns hold U and, below the diagonal, L. Then a column that says which row of x each was, "
    "and one with LAPACK's pivots: the row, counted from 1, that each was swapped with in turn.",
)


@lu.gradient
def _(gradient: Any, output: Any, x_shape: Shape) -> Any:
    m, n = x_shape[-2:]
    k = min(m, n)
    order = output.select(-1, n).detach().long()
    factors, g = output.narrow(-1, 0, n), gradient.narrow(-1, 0, n)
    corner, g_corner = (x.narrow(-2, 0, k).narrow(-1, 0, k) for x in (factors, g))
    lower = corner.tril(-1) + corner.new_ones(k).diag_embed()
    upper = corner.triu()
    below = lower.mT @ g_corner.tril(-1)
    above = g_corner.triu() @ upper.mT
    if n > k:
        right, g_right = factors.narrow(-1, k, n - k), g.narrow(-1, k, n - k)
        below = below - g_right @ right.mT
    if m > k:
        tall, g_tall = factors.narrow(-2, k, m - k), g.narrow(-2, k, m - k)
        above = above - tall.mT @ g_tall
    inner = solve(lower.mT, below.tril(-1) + above.triu())
    result = solve(upper, inner.mT).mT
    if n > k:
        result = _beside(result, solve(lower.mT, g_right))
    if m > k:
        result = _beside(result.mT, solve(upper, g_tall.mT)).mT
    back = order.argsort(-1).unsqueeze(-1).expand(result.shape)
    return result.gather(-2, back)


def _beside(x: Any, y: Any) -> Any:
    from plugtorch.primitive import PRIMITIVES

    return PRIMITIVES["concatenate"](x, y, axis=len(x.shape) - 1)


qr = Primitive(
    "qr",
    "x",
    "complete",
    shape=lambda x, complete: (
        *matrix("qr", x)[:-1],
        x[-2] if complete else min(x[-2:]),
    ),
    doc="Q of x = Q R: (..., m, k) with orthonormal columns, k the smaller size of x or, if "
    "complete, m. R is Q^T x.",
)


@qr.gradient
def _(gradient: Any, x: Any, output: Any) -> Any:
    k = output.shape[-1]
    corner = x.narrow(-1, 0, min(k, x.shape[-1]))  # Q is that of the first columns
    upper = (output.mT @ corner).triu()
    lower = -(gradient.mT @ output)
    inner = gradient + output @ (lower.tril() + lower.tril(-1).mT)
    result = solve(upper, inner.mT).mT
    rest = x.shape[-1] - result.shape[-1]
    if rest:
        result = _beside(result, result.new_zeros((*result.shape[:-1], rest)))
    return result


geqrf = Primitive(
    "geqrf",
    "x",
    shape=lambda x: (*matrix("geqrf", x)[:-2], x[-2] + 1, x[-1]),
    differentiable=False,
    doc="LAPACK's form of x = Q R, (..., m + 1, n): R and, below its diagonal, vectors v, of which "
    "Q is the product of reflections 1 - t v v^T, v with a 1 on the diagonal and zeros above. A "
    "last row holds the factors t, zeros where there are fewer than n.",
)


eigh = Primitive(
    "eigh",
    "x",
    shape=lambda x: (*square("eigh", x)[:-2], x[-1] + 1, x[-1]),
    doc="Of the symmetric matrices (x + x^T) / 2 a row of eigenvalues, rising, and below it the "
    "eigenvectors, a column each: (..., n + 1, n).",
)


def _over_gaps(x: Any, values: Any) -> Any:
    """x_ij / (values_j - values_i), 0 where those are equal."""
    gaps = values.unsqueeze(-2) - values.unsqueeze(-1)
    equal = gaps == 0
    return (x / gaps.masked_fill(equal, 1.0)).masked_fill(equal, 0.0)


@eigh.gradient
def _(gradient: Any, output: Any, x_shape: Shape) -> Any:
    n = x_shape[-1]
    values, vectors = output.select(-2, 0), output.narrow(-2, 1, n)
    g_values, g_vectors = gradient.select(-2, 0), gradient.narrow(-2, 1, n)
    turned = vectors.mT @ g_vectors
    # the half of it that is symmetric, as the matrix is
    inner = _over_gaps((turned - turned.mT) * 0.5, values) + g_values.diag_embed()
    return vectors @ inner @ vectors.mT


def _svd_shape(x: Shape, full: bool) -> Shape:
    m, n = matrix("svd", x)[-2:]
    k = min(m, n)
    return (*x[:-2], m * m + k + n * n if full else (m + 1 + n) * k)


svd = Primitive(
    "svd",
    "x",
    "full",
    shape=_svd_shape,
    doc="U, S, V^T of x = U S V^T one after the other in the last axis: U (m, k) with orthonormal "
    "columns, S the k singular values, falling, V^T (k, n). If full, U is (m, m) and V^T (n, n).",
)


def svd_parts(packed: Any, m: int, n: int, full: bool = False) -> tuple[Any, Any, Any]:
    """U, S and V^T out of what ``svd`` gave for matrices (m, n)."""
    k = min(m, n)
    left, right = (m, n) if full else (k, k)
    lead = packed.shape[:-1]
    u = packed.narrow(-1, 0, m * left).reshape((*lead, m, left))
    s = packed.narrow(-1, m * left, k)
    return u, s, packed.narrow(-1, m * left + k, right * n).reshape((*lead, right, n))


@svd.gradient
def _(gradient: Any, output: Any, x_shape: Shape) -> Any:
    m, n = x_shape[-2:]
    k = min(m, n)
    u, s, vt = svd_parts(output, m, n)
    gu, gs, gvt = svd_parts(gradient, m, n)
    squares = s * s
    left, right = u.mT @ gu, vt @ gvt.mT
    left = _over_gaps(left - left.mT, squares) * s.unsqueeze(-2)
    right = s.unsqueeze(-1) * _over_gaps(right - right.mT, squares)
    result = u @ (left + right + gs.diag_embed()) @ vt
    zero = s == 0
    inverse = (1 / s.masked_fill(zero, 1.0)).masked_fill(zero, 0.0)
    if m > k:  # what leads out of the space that U spans
        outside = (gu - u @ (u.mT @ gu)) * inverse.unsqueeze(-2)
        result = result + outside @ vt
    if n > k:
        outside = inverse.unsqueeze(-1) * (gvt - (gvt @ vt.mT) @ vt)
        result = result + u @ outside
    return result
