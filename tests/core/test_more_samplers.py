"""Samples of vectors, matrices, angles and ratios against their own moments, without PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch import distributions as D
from plugtorch.errors import ArgumentError

COUNT = 10000


def array(x: Any) -> Any:
    return x.detach().cpu().numpy()


@pytest.fixture(autouse=True)
def _seeded() -> None:
    plugtorch.manual_seed(1)


MADE = {
    "FisherSnedecor": lambda t: D.FisherSnedecor(t([3.0, 9.0]), t([12.0, 20.0])),
    "InverseGamma": lambda t: D.InverseGamma(t([6.0, 9.0]), t([0.5, 2.0])),
}


@pytest.mark.parametrize("name", MADE)
def test_moments_and_gradients(name: str) -> None:
    leaves = []

    def leaf(values: Any) -> Any:
        leaves.append(plugtorch.tensor(values, requires_grad=True))
        return leaves[-1]

    made = MADE[name](leaf)
    drawn = made.rsample((COUNT,))
    assert drawn.shape == (COUNT, 2)
    numpy.testing.assert_allclose(array(drawn).mean(0), array(made.mean), rtol=0.05)
    numpy.testing.assert_allclose(array(drawn).std(0), array(made.stddev), rtol=0.15)
    drawn.sum().backward()
    assert all(bool((x.grad != 0).all()) for x in leaves)


@pytest.mark.parametrize("k", [1e-6, 0.5, 4.0, 200.0])
def test_angles(k: float) -> None:
    made = D.VonMises(plugtorch.tensor([3.0]), plugtorch.tensor([k]))
    drawn = array(made.sample((COUNT,)))
    assert numpy.abs(drawn).max() <= numpy.pi + 1e-5
    direction = numpy.exp(1j * drawn).mean()
    length = 1 - float(made.variance)
    numpy.testing.assert_allclose(direction, length * numpy.exp(3j), atol=0.04)


def test_correlations() -> None:
    made = D.LKJCholesky(3, plugtorch.tensor([1.0, 8.0]))
    lower = made.sample((COUNT,))
    assert lower.shape == (COUNT, 2, 3, 3)
    assert bool(made.support.check(lower).all())
    correlations = array(lower @ lower.mT)
    # (1 + r) / 2 is beta with both parameters concentration + dim / 2 - 1
    expected = 1 / numpy.sqrt(2 * (numpy.array([1.0, 8.0]) + 0.5) + 1)
    for i, j in ((1, 0), (2, 0), (2, 1)):
        numpy.testing.assert_allclose(correlations[..., i, j].std(0), expected, rtol=0.025)


def test_flat_normal() -> None:
    factor = plugtorch.tensor([[1.0], [0.5], [-2.0]], requires_grad=True)
    made = D.LowRankMultivariateNormal(plugtorch.ones(3), factor, plugtorch.tensor([0.5, 1.0, 2.0]))
    drawn = made.rsample((COUNT,))
    numpy.testing.assert_allclose(
        numpy.cov(array(drawn).T), array(made.covariance_matrix), atol=0.25
    )
    numpy.testing.assert_allclose(
        array(-made.log_prob(drawn).mean()), array(made.entropy()), atol=0.05
    )
    drawn.square().sum().backward()
    assert bool((factor.grad != 0).all())


def test_scatter_matrices() -> None:
    lower = plugtorch.tensor([[1.0, 0.0], [0.8, 0.9]], requires_grad=True)
    made = D.Wishart(plugtorch.tensor(5.0), scale_tril=lower)
    drawn = made.rsample((COUNT // 2,))
    numpy.testing.assert_allclose(array(drawn).mean(0), array(made.mean), rtol=0.05)
    numpy.testing.assert_allclose(array(drawn).var(0), array(made.variance), rtol=0.15)
    close = array(-made.log_prob(drawn).mean())
    numpy.testing.assert_allclose(close, array(made.entropy()), atol=0.1)
    with pytest.warns(UserWarning, match="singular"):
        D.Wishart(1.5, plugtorch.eye(2))


def test_shares() -> None:
    drawn = D.LogisticNormal(plugtorch.zeros(3), plugtorch.ones(3)).sample((100,))
    numpy.testing.assert_allclose(array(drawn.sum(-1)), 1, rtol=1e-5)
    assert D.LogisticNormal(0.0, 1.0).event_shape == (2,)


def test_parameters_expand_with_what_they_make() -> None:
    made = D.Pareto(plugtorch.tensor([1.0, 2.0]), 3.0).expand((4, 2))
    assert made.alpha.shape == made.scale.shape == made.mean.shape == (4, 2)
    assert made.sample((5,)).shape == (5, 4, 2)
    with pytest.raises(ArgumentError, match="support"):
        made.log_prob(plugtorch.tensor(0.5))
