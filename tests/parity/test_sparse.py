"""Sparse tensors: products, sums and gradients, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import assert_same, same, same_error, to_plugtorch

import plugtorch

RANDOM = numpy.random.default_rng(8)

pytestmark = pytest.mark.filterwarnings("ignore:Sparse")


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def places(count: int, *size: int) -> Any:
    """With places that come twice."""
    return numpy.stack([RANDOM.integers(0, n, count) for n in size])


def both(function: Any) -> tuple[Any, Any]:
    return lambda *x: function(plugtorch, *x), lambda *x: function(torch, *x)


@pytest.mark.parametrize("count", [0, 1, 7, 30])
@pytest.mark.parametrize("size", [(4, 5), (1, 1), (3, 1)])
def test_products(count: int, size: Any) -> None:
    index, values = places(count, *size), random(count)

    def mm(lib: Any, i: Any, v: Any, x: Any) -> Any:
        made = lib.sparse_coo_tensor(i, v, size)
        return [
            *(lib.sparse.mm(made, x), lib.mm(made, x), lib.spmm(made, x), made @ x),
            *(made.matmul(x), lib.matmul(made, x), made.mm(x)),
            *(made.coalesce() @ x, made.to_dense() @ x, lib.sparse.mm(made.t(), made @ x)),
        ]

    same(*both(mm), [index, values, random(size[1], 3)], second=False)
    mv = lambda lib, i, v, x: [lib.sparse_coo_tensor(i, v, size) @ x]  # noqa: E731
    same(*both(mv), [index, values, random(size[1])], second=False)


def test_second_derivatives_of_a_product() -> None:
    index, values, x = places(9, 4, 5), random(9), random(5, 3)
    dense = numpy.zeros((4, 5))

    def ours(v: Any, x: Any) -> Any:
        return plugtorch.sparse_coo_tensor(index, v, (4, 5)) @ x

    def theirs(v: Any, x: Any) -> Any:
        full = torch.tensor(dense).index_put(tuple(torch.tensor(index)), v, accumulate=True)
        return full @ x

    same(ours, theirs, [values, x])


def test_dense_and_back() -> None:
    index, values = places(12, 3, 4), random(12)

    def f(lib: Any, i: Any, v: Any) -> Any:
        made = lib.sparse_coo_tensor(i, v, (3, 4)).coalesce()
        return [
            made.to_dense(),
            made.indices(),
            made.values(),
            made.to_dense().to_sparse().values(),
        ]

    same(*both(f), [index, values], second=False)
    x = random(3, 4, 2) * (RANDOM.uniform(size=(3, 4, 2)) > 0.6)

    def g(lib: Any, x: Any) -> Any:
        whole, rows = x.to_sparse(), x.to_sparse(2)
        return [
            *(whole.indices(), whole.values(), rows.indices(), rows.values(), rows.to_dense()),
            *(whole.is_coalesced(), rows.sparse_dim(), rows.dense_dim(), whole._nnz()),
        ]

    same(*both(g), [x], second=False)


@pytest.mark.parametrize("kind", ["int64", "bool", "float32"])
def test_other_dtypes(kind: str) -> None:
    values = RANDOM.integers(0, 2, 8).astype(kind)

    def f(lib: Any, i: Any, v: Any) -> Any:
        made = lib.sparse_coo_tensor(i, v, (3, 4))
        return [made.to_dense(), made.coalesce().values()]

    same(*both(f), [places(8, 3, 4), values], grad=False)


@pytest.mark.parametrize("dims", [None, 0, 1, -1, (0, 1), (1, 2), 2, (0, 1, 2)])
def test_sums(dims: Any) -> None:
    index, values = places(9, 3, 4), random(9, 2)

    def f(lib: Any, i: Any, v: Any) -> Any:
        made = lib.sparse_coo_tensor(i, v, (3, 4, 2))
        found = lib.sparse.sum(made, dims) if dims is not None else lib.sparse.sum(made)
        return found.to_dense() if found.is_sparse else found

    same(*both(f), [index, values], second=False)


def test_arithmetic() -> None:
    def f(lib: Any, i: Any, j: Any, v: Any, w: Any) -> Any:
        a, b = lib.sparse_coo_tensor(i, v, (3, 4)), lib.sparse_coo_tensor(j, w, (3, 4))
        return [
            *((a + b).to_dense(), (a - b).to_dense(), (a * 2.5).to_dense(), (-a).to_dense()),
            *((a / 3).to_dense(), (2 * a).to_dense()),
            a.transpose(0, 1).to_dense(),
        ]

    inputs = [places(5, 3, 4), places(4, 3, 4), random(5), random(4)]
    same(*both(f), inputs, second=False)
    masked = lambda lib, i, v, x: (  # noqa: E731
        lib.sparse_coo_tensor(i, v, (3, 4)).coalesce() * x
    ).to_dense()
    same(*both(masked), [places(5, 3, 4), random(5), random(3, 4)], grad=False)
    three = lambda lib, i, v: lib.sparse_coo_tensor(i, v, (2, 3, 4)).transpose(0, 2).to_dense()  # noqa: E731
    same(*both(three), [places(6, 2, 3, 4), random(6)], second=False)
    mixed = lambda lib, m, i, v, x: lib.sparse.addmm(  # noqa: E731
        m, lib.sparse_coo_tensor(i, v, (3, 4)), x, beta=0.5, alpha=2.0
    )
    same(*both(mixed), [random(3, 2), places(6, 3, 4), random(6), random(4, 2)], second=False)


@pytest.mark.parametrize("alpha", [1, 2, -0.5])
def test_so_many_times_a_sparse_one(alpha: Any) -> None:
    def f(lib: Any, i: Any, j: Any, v: Any, w: Any, x: Any) -> Any:
        a, b = lib.sparse_coo_tensor(i, v, (3, 4)), lib.sparse_coo_tensor(j, w, (3, 4))
        return [
            lib.add(x, a, alpha=alpha),
            lib.sub(x, a, alpha=alpha),
            x.add(b, alpha=alpha),
            x.clone().add_(b, alpha=alpha),
            x.clone().sub_(b, alpha=alpha),
            lib.add(a, b, alpha=alpha).to_dense(),
            a.add(b, alpha=alpha).to_dense(),
        ]

    same(
        *both(f),
        [places(5, 3, 4), places(4, 3, 4), random(5), random(4), random(3, 4)],
        second=False,
    )
    for dense in (plugtorch.ones(1, 4), plugtorch.ones(3, 5)):
        with pytest.raises(RuntimeError, match="does not fit"):
            plugtorch.add(dense, plugtorch.eye(3, 4).to_sparse(), alpha=alpha)


def test_what_it_says() -> None:
    for lib, convert in ((plugtorch, to_plugtorch), (torch, torch.tensor)):
        index, values = convert(numpy.array([[0, 1, 0], [2, 0, 2]])), convert(random(3))
        made = lib.sparse_coo_tensor(index, values)
        assert tuple(made.shape) == (2, 3)
        assert (made.dim(), made.ndim, made.size(1), made.numel()) == (2, 2, 3, 6)
        assert made.is_sparse
        assert made.layout is lib.sparse_coo
        assert made.dtype is lib.float64
        assert not made.is_coalesced()
        assert made.coalesce().is_coalesced()
        assert made.coalesce()._nnz() == 2
        assert not made.requires_grad
        assert lib.sparse_coo_tensor(index, values, requires_grad=True).requires_grad
        assert tuple(lib.sparse_coo_tensor((2, 3)).to_dense().shape) == (2, 3)
        assert made.float().dtype is lib.float32
        assert lib.sparse_coo_tensor([[0], [1]], [2.0]).to_dense().tolist() == [[0, 2]]
        assert not index.is_sparse
    ours = repr(plugtorch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)))
    theirs = repr(torch.sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)))
    assert ours.replace("plugtorch", "torch") == theirs


def test_gradient_of_a_sparse_leaf() -> None:
    found = []
    for lib, convert in ((plugtorch, to_plugtorch), (torch, torch.tensor)):
        RANDOM_X = numpy.arange(8.0).reshape(4, 2)  # noqa: N806
        index = convert(numpy.array([[0, 1, 2], [2, 0, 1]]))
        made = lib.sparse_coo_tensor(index, convert(numpy.ones(3)), (3, 4), requires_grad=True)
        (lib.sparse.mm(made, convert(RANDOM_X)) ** 2).sum().backward()
        found.append(made.grad.coalesce().to_dense())
    assert_same(*found)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda t: t.sparse_coo_tensor([[0, -1]], [1.0, 2.0]),
        lambda t: t.sparse_coo_tensor([[0, 1]], [1.0]),
        lambda t: t.sparse_coo_tensor([[0, 1]], [1.0, 2.0], (3, 2)),
        lambda t: t.sparse_coo_tensor([[0, 0]], [1.0, 2.0]).indices(),
        lambda t: t.sparse_coo_tensor([[0, 0]], [1.0, 2.0]).values(),
        lambda t: t.sparse.mm(t.sparse_coo_tensor([[0], [1]], [1.0]), t.ones(3, 2)),
        lambda t: t.sparse.mm(
            t.sparse_coo_tensor([[0], [1]], [1.0]), t.ones(2, 2, dtype=t.float64)
        ),
        lambda t: t.sparse_coo_tensor([[0]], [1.0]).t() @ t.ones(2, 2),
        lambda t: t.ones(2).to_sparse(2),
        lambda t: t.sparse_coo_tensor([[0], [1]], [1.0]) + t.sparse_coo_tensor([[0]], [1.0]),
    ],
)
def test_what_is_refused(wrong: Any) -> None:
    assert str(same_error(lambda: wrong(plugtorch), lambda: wrong(torch)))[0] == "["


def test_a_graph_convolution() -> None:
    """Two layers over a normalised adjacency matrix, as Kipf and Welling's."""
    index = numpy.concatenate([places(20, 6, 6), numpy.stack([numpy.arange(6)] * 2)], 1)

    def network(lib: Any, i: Any, x: Any, w: Any, u: Any) -> Any:
        made = lib.sparse_coo_tensor(i, lib.ones(26, dtype=lib.float64), (6, 6)).coalesce()
        degree = lib.sparse.sum(made, 1).to_dense().rsqrt()
        i = made.indices()
        made = lib.sparse_coo_tensor(i, made.values() * degree[i[0]] * degree[i[1]], (6, 6))
        hidden = lib.relu(lib.spmm(made, x @ w))
        return lib.sparse.mm(made, hidden @ u)

    same(*both(network), [index, random(6, 4), random(4, 5), random(5, 2)], second=False)


def described(made: Any) -> Any:
    said = (tuple(made.shape), made.sparse_dim(), made.dense_dim(), made._nnz())
    return (*said, made.coalesce().values().tolist(), made.to_dense().tolist())


CORNERS = {
    "to 0-d": lambda lib: lib.tensor(3.0).to_sparse(),
    "to 0-d of 0": lambda lib: lib.tensor(0.0).to_sparse(),
    "0-d": lambda lib: lib.sparse_coo_tensor(lib.zeros(0, 1).long(), lib.ones(1), ()),
    "0-d, twice": lambda lib: lib.sparse_coo_tensor(lib.zeros(0, 2).long(), lib.ones(2), ()),
    "0-d, no size": lambda lib: lib.sparse_coo_tensor(lib.zeros(0, 1).long(), lib.ones(1)),
    "0-d, size only": lambda lib: lib.sparse_coo_tensor(()),
    "dense only": lambda lib: lib.sparse_coo_tensor(lib.zeros(0, 1).long(), lib.ones(1, 2)),
    "size only": lambda lib: lib.sparse_coo_tensor((2, 3)),
    "size only, by name": lambda lib: lib.sparse_coo_tensor(size=(2, 3), dtype=lib.float64),
    "integers": lambda lib: lib.tensor([[0, 3], [1, 0]]).to_sparse(),
    "float64": lambda lib: lib.tensor([0.0, 3.0]).double().to_sparse(),
    "size 0": lambda lib: lib.sparse_coo_tensor([0, 3]),
    "0-d sum": lambda lib: lib.tensor(3.0).to_sparse() + lib.tensor(2.0).to_sparse(),
    "0-d product": lambda lib: lib.tensor(3.0).to_sparse() * 2,
    "0-d, t": lambda lib: lib.tensor(3.0).to_sparse().t(),
    "vector, t": lambda lib: lib.tensor([3.0, 0.0]).to_sparse().t(),
}


@pytest.mark.parametrize("name", CORNERS)
def test_corners(name: str) -> None:
    ours, theirs = CORNERS[name](plugtorch), CORNERS[name](torch)
    assert described(ours) == described(theirs)
    assert repr(ours).replace("plugtorch", "torch") == repr(theirs)
    assert float(ours.sum()) == float(theirs.sum())
    if theirs.dim():
        assert len(ours) == len(theirs)
    else:
        same_error(lambda: len(ours), lambda: len(theirs))
    if theirs.numel() == 1:
        assert ours.item() == theirs.item() == float(ours)


def test_the_gradient_of_a_0d_one() -> None:
    x = plugtorch.tensor(3.0, requires_grad=True)
    (x.to_sparse() * 2).to_dense().backward()
    assert x.grad.item() == 2


def test_a_size_below_zero() -> None:
    same_error(
        lambda: plugtorch.sparse_coo_tensor((-2, 3)), lambda: torch.sparse_coo_tensor((-2, 3))
    )
