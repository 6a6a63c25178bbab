"""Factorisations of matrices: what defines each, its derivative, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch import linalg
from plugtorch.errors import DTypeError, LinAlgError, ShapeError, UnsupportedError
from plugtorch.testing.differences import check_derivatives

SHAPES = [(3, 3), (4, 2), (2, 5), (2, 3, 3), (2, 4, 2), (1, 1), (0, 0), (0, 2, 2), (3, 0)]


def drawn(*shape: int, seed: int = 0) -> Any:
    random = np.random.default_rng([seed, *shape])
    return plugtorch.tensor(
        random.normal(size=shape) + 3 * np.eye(*shape[-2:]), dtype=plugtorch.float32
    )


def definite(*shape: int) -> Any:
    x = drawn(*shape)
    return x @ x.mT + plugtorch.eye(shape[-1])


def near(x: Any, y: Any, slack: float = 1e-4) -> None:
    assert tuple(x.shape) == tuple(y.shape)
    np.testing.assert_allclose(
        x.detach().cpu().numpy(), y.detach().cpu().numpy(), rtol=slack, atol=slack
    )


def orthonormal(q: Any) -> None:
    near(q.mT @ q, plugtorch.eye(q.shape[-1]).expand((*q.shape[:-2], *[q.shape[-1]] * 2)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("mode", ["reduced", "complete"])
def test_qr(shape: tuple[int, ...], mode: str) -> None:
    x = drawn(*shape)
    q, r = linalg.qr(x, mode)
    near(q @ r, x)
    orthonormal(q)
    near(r, r.triu())
    assert q.shape[-1] == (shape[-2] if mode == "complete" else min(shape[-2:]))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("full", [False, True])
def test_svd(shape: tuple[int, ...], full: bool) -> None:
    x = drawn(*shape)
    u, s, vt = linalg.svd(x, full_matrices=full)
    k = min(shape[-2:])
    near((u[..., :k] * s.unsqueeze(-2)) @ vt[..., :k, :], x)
    orthonormal(u)
    orthonormal(vt.mT)
    assert bool((s[..., 1:] <= s[..., :-1]).all())
    near(linalg.svdvals(x), s)


@pytest.mark.parametrize("shape", SHAPES)
def test_lu(shape: tuple[int, ...]) -> None:
    x = drawn(*shape, seed=1)
    p, lower, upper = linalg.lu(x)
    near(p @ lower @ upper, x)
    near(lower, lower.tril())
    near(upper, upper.triu())
    assert bool((lower.diagonal(0, -2, -1) == 1).all())
    again = plugtorch.lu_unpack(*linalg.lu_factor(x))
    for one, other in zip((p, lower, upper), again):
        near(one, other)


SQUARES = [shape for shape in SHAPES if shape[-1] == shape[-2]]


@pytest.mark.parametrize("shape", SQUARES)
def test_square_ones(shape: tuple[int, ...]) -> None:
    x, unit = drawn(*shape), plugtorch.eye(shape[-1]).expand(shape)
    near(linalg.inv(x) @ x, unit, 1e-3)
    near(x @ linalg.solve(x, unit), unit, 1e-3)
    sign, size = linalg.slogdet(x)
    near(linalg.det(x), sign * size.exp(), 1e-3)
    near(linalg.lu_solve(*linalg.lu_factor(x), unit), linalg.inv(x), 1e-3)
    spd = definite(*shape)
    for upper in (False, True):
        factor = linalg.cholesky(spd, upper=upper)
        near(factor.mT @ factor if upper else factor @ factor.mT, spd, 1e-3)
        near(plugtorch.cholesky_solve(spd, factor, upper), unit, 1e-2)
    values, vectors = linalg.eigh(spd)
    near((vectors * values.unsqueeze(-2)) @ vectors.mT, spd, 1e-3)
    orthonormal(vectors)


def test_one_triangle_is_read() -> None:
    x = definite(3, 3)
    noisy = x.tril() + plugtorch.full((3, 3), 9.0).triu(1)
    near(linalg.cholesky(noisy), linalg.cholesky(x))
    near(linalg.eigvalsh(noisy), linalg.eigvalsh(x))
    near(linalg.eigvalsh(noisy.mT, UPLO="U"), linalg.eigvalsh(x))


def test_least_squares_and_pseudoinverse() -> None:
    for shape in [(5, 3), (3, 5), (2, 4, 3)]:
        x, b = drawn(*shape), drawn(*shape[:-1], 2, seed=2)
        p = linalg.pinv(x)
        near(x @ p @ x, x, 1e-3)
        near(p @ x @ p, p, 1e-3)
        solution = linalg.lstsq(x, b).solution
        near(x.mT @ (x @ solution - b), plugtorch.zeros(solution.shape), 1e-3)
        assert int(linalg.matrix_rank(x).max()) == min(shape[-2:])
    flat = plugtorch.ones(4, 3)
    assert int(linalg.matrix_rank(flat)) == 1


def test_functions_of_matrices() -> None:
    x = plugtorch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    rotation = [[np.cos(5), np.sin(5)], [-np.sin(5), np.cos(5)]]
    near(linalg.matrix_exp(5 * x), plugtorch.tensor(rotation))
    y = drawn(3, 3)
    near(linalg.matrix_power(y, -2) @ y @ y, plugtorch.eye(3), 1e-3)
    a, b, c = drawn(3, 5), drawn(5, 2), drawn(2, 4)
    near(linalg.multi_dot([a, b, c]), a @ b @ c, 1e-3)


@pytest.mark.parametrize("order", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_norms(order: Any) -> None:
    x = drawn(3, 4)
    want = np.linalg.norm(x.cpu().numpy(), order)
    np.testing.assert_allclose(float(linalg.norm(x, order)), want, rtol=1e-5)


PIECES = {
    "det": (linalg.det, (3, 3)),
    "slogdet": (lambda x: linalg.slogdet(x).logabsdet, (2, 2, 2)),
    "inv": (linalg.inv, (3, 3)),
    "qr": (lambda x: linalg.qr(x).R, (4, 2)),
    "svd": (lambda x: linalg.svd(x, False).U.square(), (2, 3)),
    "svdvals": (linalg.svdvals, (3, 3)),
    "lu": (lambda x: linalg.lu(x).L, (4, 2)),
    "pinv": (linalg.pinv, (4, 2)),
    "cholesky": (lambda x: linalg.cholesky((x @ x.mT) + 1), (3, 3)),
    "eigh": (lambda x: linalg.eigh(x + x.mT).eigenvectors.square(), (3, 3)),
    "matrix_exp": (linalg.matrix_exp, (2, 2)),
}


@pytest.mark.parametrize("name", PIECES)
def test_derivatives(name: str) -> None:
    """Against differences, of the first and the second order."""
    function, shape = PIECES[name]
    kind = plugtorch.float64
    given = drawn(*shape, seed=5).cpu().numpy().astype(np.float64)

    def up(host: Any, kind: Any) -> Any:
        return plugtorch.tensor(host, dtype=kind)

    check_derivatives(function, [given], up, lambda x: x.detach().cpu().numpy(), kind, name)


def test_of_singular_matrices() -> None:
    singular = plugtorch.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    det = linalg.det(singular)
    assert abs(float(det)) < 1e-6
    det.backward()  # the adjugate
    near(singular.grad, plugtorch.tensor([[4.0, -2.0], [-2.0, 1.0]]))
    singular = singular.detach()
    for call in (linalg.inv, lambda x: linalg.solve(x, x)):
        with pytest.raises(LinAlgError, match="singular"):
            call(singular)
    assert int(linalg.inv_ex(singular).info) == 2
    stack = plugtorch.stack([plugtorch.eye(2), singular])
    with pytest.raises(LinAlgError, match="Batch element 1"):
        linalg.inv(stack)
    assert linalg.inv_ex(stack).info.tolist() == [0, 2]


def test_what_is_not_positive_definite() -> None:
    x = plugtorch.tensor([[1.0, 2.0], [2.0, 1.0]])
    with pytest.raises(LinAlgError, match="leading minor of order 2"):
        linalg.cholesky(x)
    factor, info = linalg.cholesky_ex(x)
    assert int(info) == 2
    assert float(factor[0, 0]) == 1


def test_what_is_refused() -> None:
    with pytest.raises(ShapeError, match="square"):
        linalg.inv(plugtorch.ones(2, 3))
    with pytest.raises(ShapeError, match="matrix"):
        linalg.svd(plugtorch.ones(3))
    with pytest.raises(DTypeError, match="float32 or float64"):
        linalg.det(plugtorch.ones(2, 2, dtype=plugtorch.int64))
    with pytest.raises(DTypeError, match="float32 or float64"):
        linalg.qr(plugtorch.ones(2, 2, dtype=plugtorch.float16))
    with pytest.raises(UnsupportedError, match="complex"):
        linalg.eig(plugtorch.ones(2, 2))
    with pytest.raises(ShapeError):
        linalg.solve(plugtorch.eye(2), plugtorch.ones(3))
    q = linalg.qr(plugtorch.ones(3, 2, requires_grad=True), "complete").Q
    with pytest.raises(UnsupportedError, match="reduced"):
        q.sum().backward()
