"""Sparse tensors, without PyTorch at hand."""

from __future__ import annotations

import copy
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import DTypeError, ShapeError


def array(x: Any) -> Any:
    return x.detach().cpu().numpy()


def made(requires_grad: bool = False) -> Any:
    index = plugtorch.tensor([[0, 2, 0, 1], [1, 3, 1, 0]])
    values = plugtorch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=requires_grad)
    return plugtorch.sparse_coo_tensor(index, values, (3, 4)), values


DENSE = numpy.array([[0, 4, 0, 0], [4, 0, 0, 0], [0, 0, 0, 2.0]])


def test_equal_places_are_added_up() -> None:
    sparse, _ = made()
    numpy.testing.assert_array_equal(array(sparse.to_dense()), DENSE)
    once = sparse.coalesce()
    assert once.indices().tolist() == [[0, 1, 2], [1, 0, 3]]
    assert once.values().tolist() == [4, 4, 2]
    numpy.testing.assert_array_equal(array(sparse.t().to_dense()), DENSE.T)
    numpy.testing.assert_array_equal(array(sparse.t().coalesce().to_dense()), DENSE.T)


def test_a_product_and_its_gradients() -> None:
    sparse, values = made(requires_grad=True)
    x = plugtorch.randn(4, 2, requires_grad=True)
    weights = plugtorch.randn(3, 2)
    result = plugtorch.spmm(sparse, x)
    numpy.testing.assert_allclose(array(result), DENSE @ array(x), rtol=1e-5, atol=1e-6)
    (result * weights).sum().backward()
    numpy.testing.assert_allclose(array(x.grad), DENSE.T @ array(weights), rtol=1e-5, atol=1e-6)
    outer = array(weights) @ array(x).T
    numpy.testing.assert_allclose(
        array(values.grad), outer[[0, 2, 0, 1], [1, 3, 1, 0]], rtol=1e-4, atol=1e-6
    )
    left = plugtorch.ones(3) @ sparse
    numpy.testing.assert_allclose(array(left), DENSE.sum(0), rtol=1e-6)
    both = plugtorch.ones(2, 3) @ sparse
    numpy.testing.assert_allclose(array(both), [DENSE.sum(0)] * 2, rtol=1e-6)


def test_sums() -> None:
    sparse, _ = made()
    assert float(sparse.sum()) == 10
    numpy.testing.assert_array_equal(array(sparse.sum(0).to_dense()), DENSE.sum(0))
    numpy.testing.assert_array_equal(
        array(plugtorch.sparse.sum(sparse, 1).to_dense()), DENSE.sum(1)
    )


def test_a_layer_learns_through_a_graph() -> None:
    sparse, _ = made()
    layer = nn.Linear(5, 2)
    before = array(layer.weight).copy()
    optimizer = plugtorch.optim.Adam(layer.parameters())
    plugtorch.sparse.mm(sparse, layer(plugtorch.randn(4, 5))).square().sum().backward()
    optimizer.step()
    assert not numpy.array_equal(before, array(layer.weight))


def test_the_older_names() -> None:
    old = plugtorch.sparse.FloatTensor(plugtorch.tensor([[0], [1]]), plugtorch.tensor([2]), (2, 2))
    assert old.dtype is plugtorch.float32
    assert old.to_dense().tolist() == [[0, 2], [0, 0]]


def test_moving_and_copying() -> None:
    sparse, _ = made()
    assert sparse.to(plugtorch.float16).dtype is plugtorch.float16
    assert sparse.to("cpu").device.type == "cpu"
    numpy.testing.assert_array_equal(array(copy.deepcopy(sparse).to_dense()), DENSE)
    numpy.testing.assert_array_equal(array(sparse.clone().to_dense()), DENSE)
    assert not made(requires_grad=True)[0].detach().requires_grad


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda s: plugtorch.sparse_coo_tensor([[0, 3]], [1.0, 2.0], (3,)), "outside axis 0"),
        (lambda s: s.relu(), "to_dense"),
        (lambda s: plugtorch.relu(s), "SparseTensor"),
        (lambda s: s + 1, "to_dense"),
        (lambda s: s * s, "dense"),
        (lambda s: s / plugtorch.ones(3, 4), "number"),
        (lambda s: s @ s, "to_dense"),
        (lambda s: plugtorch.mm(s, 3), "dense"),
        (lambda s: plugtorch.mm(3, s), "tensor"),
        (lambda s: s.backward(), "sum"),
        (lambda s: s.indices(), "coalesce"),
        (lambda s: s.sum(0, keepdim=True), "keepdim"),
        (lambda s: s * plugtorch.ones(3), "shape"),
        (lambda s: plugtorch.sparse.sum(plugtorch.ones(2)), "sparse"),
    ],
)
def test_anything_else_says_what_to_do(wrong: Any, words: str) -> None:
    with pytest.raises((RuntimeError, AttributeError), match=words):
        wrong(made()[0])


def test_no_axes_and_no_values() -> None:
    three = plugtorch.tensor(3.0, requires_grad=True)
    sparse = three.to_sparse()
    assert (sparse.sparse_dim(), sparse._nnz(), sparse.item(), float(sparse)) == (0, 1, 3.0, 3.0)
    assert plugtorch.tensor(0.0).to_sparse()._nnz() == 0
    (sparse * 2 + sparse).to_dense().backward()
    assert three.grad.item() == 3.0
    with pytest.raises(TypeError, match="0-d"):
        len(sparse)
    for nothing in (plugtorch.sparse_coo_tensor((2, 3)), plugtorch.sparse_coo_tensor(size=(2, 3))):
        assert len(nothing) == 2
        assert nothing.to_dense().tolist() == [[0.0] * 3] * 2
        assert "values=tensor([], size=(0,))" in repr(nothing)
    with pytest.raises(RuntimeError, match="negative"):
        plugtorch.sparse_coo_tensor((2, -3))


def test_a_dense_tensor_and_a_sparse_one_element_by_element():
    rng = numpy.random.default_rng()
    places = rng.integers(0, 3, (2, 5))
    sparse = plugtorch.sparse_coo_tensor(places, rng.integers(1, 9, 5), (3, 3))
    dense = plugtorch.rand(3, 3, requires_grad=True)
    there = sparse.to_dense()
    for operator in ("__add__", "__sub__", "add", "sub", "add_"):
        start = dense.detach().clone() if operator.endswith("d_") else dense
        got = getattr(start, operator)(sparse)
        sign = -1 if "sub" in operator else 1
        assert got.allclose(dense + sign * there)
        assert got.dtype is plugtorch.float32
    product = plugtorch.mul(dense, sparse)
    assert isinstance(product, type(sparse))
    assert product.to_dense().allclose(dense * there)
    (dense + sparse).sum().backward()
    assert dense.grad.eq(1).all()
    for function in (plugtorch.add, plugtorch.sub, plugtorch.mul):
        with pytest.raises(ShapeError, match=r"\(3, 1\)"):
            function(dense[:, :1], sparse)
    with pytest.raises(DTypeError, match="SparseTensor"):
        dense / sparse
