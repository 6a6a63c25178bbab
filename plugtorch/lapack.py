"""Factorisations of small dense matrices by LAPACK, on the host: kernels that a backend may take.

They work step by step, each step waiting for the one before, which is what a host is for. The NumPy
backend has them as they are. A backend of another device that takes them says so where its users
look, and moves the matrices there and back in the open, where a profile shows it.

Each takes NumPy arrays of float32 or float64 with any leading axes, and gives one array, as a
primitive has one result; ``plugtorch.ops.factorization`` says what is where in it. What has no
answer is NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from plugtorch.errors import LinAlgError

Array = np.ndarray[Any, Any]


def _square(x: Array) -> None:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"{x.shape} is no square matrix")


def symmetric(x: Array) -> Array:
    """The symmetric part."""
    _square(x)
    return (x + np.swapaxes(x, -1, -2)) * x.dtype.type(0.5)


def cholesky(x: Array) -> Array:
    """The lower factor; NaN from the first leading minor on that is not positive-definite."""
    x = symmetric(x)
    try:
        return np.linalg.cholesky(x)
    except np.linalg.LinAlgError:
        return _one_by_one(_cholesky_as_far_as_it_goes, x)


def _cholesky_as_far_as_it_goes(x: Array) -> Array:
    result = np.full(x.shape, np.nan, x.dtype)
    for order in range(1, len(x) + 1):
        try:
            result[:order, :order] = np.linalg.cholesky(x[:order, :order])
        except np.linalg.LinAlgError:
            break
    return result


def solve(a: Array, b: Array) -> Array:
    """x with a x = b; NaN where a is singular."""
    _square(a)
    try:
        return np.linalg.solve(a, b)
    except np.linalg.LinAlgError:
        shape = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        a, b = (np.broadcast_to(m, (*shape, *m.shape[-2:])) for m in (a, b))
        result = np.full(b.shape, np.nan, b.dtype)
        for place in np.ndindex(*shape):
            try:
                result[place] = np.linalg.solve(a[place], b[place])
            except np.linalg.LinAlgError:
                pass
        return result


def _one_by_one(function: Callable[[Array], Array], x: Array) -> Array:
    result = np.empty_like(x)
    for place in np.ndindex(*x.shape[:-2]):
        result[place] = function(x[place])
    return result


def _unknown(x: Array) -> Array:
    """Which matrices have a NaN: LAPACK may find no pivot in them, and call them singular."""
    return np.asarray(np.isnan(x).any((-2, -1)))


def det(x: Array) -> Array:
    """The determinant."""
    return np.where(_unknown(x), np.nan, np.linalg.det(x)).astype(x.dtype)


def slogdet(x: Array) -> Array:
    """The sign of the determinant and ln of its size."""
    both = np.stack(np.linalg.slogdet(x), -1)
    return np.where(_unknown(x)[..., None], np.nan, both).astype(x.dtype)


def lu(x: Array) -> Array:
    """Both factors in one matrix, then a column with the order of rows and one with LAPACK's swaps.

    The same steps for a whole stack of matrices (Golub and Van Loan, algorithm 3.4.1).
    """
    *lead, m, n = x.shape
    a = x.reshape(math.prod(lead), m, n).copy()
    stack = np.arange(len(a))
    order = np.tile(np.arange(m), (len(a), 1))
    swaps = order + 1
    for k in range(min(m, n)):
        pivot = np.argmax(np.abs(a[:, k:, k]), axis=1) + k
        swaps[:, k] = pivot + 1
        for table in (a, order):
            table[stack, k], table[stack, pivot] = table[stack, pivot], table[stack, k].copy()
        largest = a[:, k : k + 1, k]
        below = np.divide(
            a[:, k + 1 :, k], largest, out=np.zeros_like(a[:, k + 1 :, k]), where=largest != 0
        )
        a[:, k + 1 :, k] = below
        a[:, k + 1 :, k + 1 :] -= below[:, :, None] * a[:, k, None, k + 1 :]
    packed = np.concatenate((a, order[:, :, None], swaps[:, :, None]), -1)
    return packed.astype(x.dtype).reshape(*lead, m, n + 2)


def qr(x: Array, complete: bool) -> Array:
    """The orthogonal factor."""
    *lead, m, n = x.shape
    if not n or not m:
        unit = np.eye(m, m if complete else 0, dtype=x.dtype)
        return np.broadcast_to(unit, (*lead, *unit.shape)).copy()
    return np.linalg.qr(x, "complete" if complete else "reduced")[0]


def geqrf(x: Array) -> Array:
    """R with the reflectors' vectors below its diagonal, and below that a row of their factors."""
    *_, m, n = x.shape
    result = np.zeros((*x.shape[:-2], m + 1, n), x.dtype)
    if x.size:
        turned, factors = np.linalg.qr(x, "raw")
        result[..., :m, :] = np.swapaxes(turned, -1, -2)
        result[..., m, : min(m, n)] = factors
    return result


def eigh(x: Array) -> Array:
    """A row of eigenvalues, and below it the eigenvectors, a column each."""
    try:
        values, vectors = np.linalg.eigh(symmetric(x))
    except np.linalg.LinAlgError as error:
        raise LinAlgError(f"[linalg.eigh] the algorithm did not converge: {error}.") from None
    return np.concatenate((values[..., None, :], vectors), -2)


def svd(x: Array, full: bool) -> Array:
    """U, the singular values and V^T in one row."""
    if x.ndim < 2:
        raise ValueError(f"{x.shape} is no matrix")
    try:
        parts = np.linalg.svd(x, full_matrices=full)
    except np.linalg.LinAlgError as error:
        raise LinAlgError(
            f"[linalg.svd] the algorithm did not converge: {error}. Are there NaN or infinities?"
        ) from None
    lead, sizes = x.shape[:-2], [p.shape[x.ndim - 2 :] for p in parts]
    flat = [p.reshape(*lead, math.prod(size)) for p, size in zip(parts, sizes)]
    return np.concatenate(flat, -1)


KERNELS: dict[str, Callable[..., Array]] = {
    "cholesky": cholesky,
    "solve": solve,
    "det": det,
    "slogdet": slogdet,
    "lu": lu,
    "qr": qr,
    "geqrf": geqrf,
    "eigh": eigh,
    "svd": svd,
}
