"""Faults that a review found in functions, each with the calls that showed it."""

import math

import numpy as np
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import IndexRangeError


def host(tensor):
    return tensor.detach().cpu().numpy()


@pytest.mark.parametrize("p", [0.5, 1.5, 3, 4])
def test_norms_have_finite_gradients_at_zero(p):
    x = plugtorch.zeros(2, 3, requires_grad=True)
    x.norm(p, 1).sum().backward()
    assert (host(x.grad) == 0).all()

    values = np.random.default_rng().standard_normal(5).astype(np.float32)
    values[2] = 0
    y = plugtorch.tensor(values, requires_grad=True)
    total = y.norm(p)
    total.backward()
    size = np.abs(values)
    want = (size**p).sum() ** (1 / p)
    np.testing.assert_allclose(host(total), want, rtol=1e-5)
    slope = np.zeros(5)
    some = size > 0
    slope[some] = np.sign(values[some]) * (size[some] / want) ** (p - 1)
    np.testing.assert_allclose(host(y.grad), slope, rtol=1e-4)


@pytest.mark.parametrize("p", [-1, -2.5])
def test_negative_norms(p):
    x = plugtorch.tensor([0.0, 3.0], requires_grad=True)
    x.norm(p).backward()
    assert x.norm(p).item() == 0
    assert not host(x.grad).any()
    assert plugtorch.tensor([math.inf]).norm(p).item() == math.inf


def test_counting_what_is_not_zero_has_a_gradient_of_zero():
    x = plugtorch.tensor([0.0, -2.0, math.nan, 3.0], requires_grad=True)
    count = x.norm(0)
    count.backward()
    assert count.item() == 3
    assert not host(x.grad).any()


@pytest.mark.parametrize("place", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_the_determinant_of_what_is_unknown_is_unknown(place):
    values = np.array([[2.0, 1.0], [1.0, 3.0]], np.float32)
    values[place] = np.nan
    both = plugtorch.tensor(np.stack([values, np.eye(2, dtype=np.float32)]), requires_grad=True)
    found = plugtorch.linalg.det(both)
    assert math.isnan(found[0].item())
    assert found[1].item() == 1
    assert math.isnan(plugtorch.linalg.slogdet(both).logabsdet[0].item())
    found.sum().backward()
    assert np.isnan(host(both.grad)[0]).all()
    np.testing.assert_allclose(host(both.grad)[1], np.eye(2))


@pytest.mark.parametrize("wrong", [3, -1])
def test_products_at_places_refuse_an_index_outside(wrong):
    x, index = plugtorch.tensor([1.0, 2.0, 3.0]), plugtorch.tensor([0, wrong, 1])
    with pytest.raises(IndexRangeError, match="scatter_reduce"):
        x.scatter_reduce(0, index, plugtorch.tensor([5.0, 7.0, 9.0]), "prod")


def test_medians_of_nothing_and_of_one():
    assert math.isnan(plugtorch.median(plugtorch.empty(0)).item())
    with pytest.raises(IndexError):
        plugtorch.median(plugtorch.tensor(1.0), 5)


def test_weight_norm_refuses_an_axis_that_is_not_there():
    with pytest.raises(IndexError):
        nn.utils.parametrizations.weight_norm(nn.Linear(3, 4), dim=2)


def test_searching_among_another_dtype():
    edges = plugtorch.tensor([1.0, 3.0, 5.0])
    assert plugtorch.searchsorted(edges, plugtorch.tensor([3, 4])).tolist() == [1, 2]


def test_a_conversion_can_be_gone_back_through_twice():
    w = plugtorch.ones(2, requires_grad=True)
    half = w.to(plugtorch.float16)
    (half * 2).sum().backward()
    (half * 3).sum().backward()
    assert w.grad.tolist() == [5, 5]
