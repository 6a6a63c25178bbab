"""A distribution of one's own, of which only natural parameters and normaliser are written."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

import plugtorch
from plugtorch.distributions import ExponentialFamily, Gamma, Normal, constraints, kl_divergence


class Waiting(ExponentialFamily):
    """Density rate e^(-rate x): the exponential distribution once more."""

    arg_constraints = {"rate": constraints.positive}
    support = constraints.nonnegative
    _mean_carrier_measure = 0

    def __init__(self, rate: Any) -> None:
        self.rate = rate
        super().__init__(rate.shape)

    @property
    def _natural_params(self) -> Any:
        return (-self.rate,)

    def _log_normalizer(self, x: Any) -> Any:
        return -(-x).log()


def test_entropy_and_its_gradient() -> None:
    value = random.uniform(0.5, 3)
    rate = plugtorch.tensor([value, 1.0], requires_grad=True)
    with plugtorch.no_grad():
        assert Waiting(rate).entropy()[1].item() == pytest.approx(1)
    found = Waiting(rate).entropy()
    assert found.tolist() == pytest.approx((1 - rate.log()).tolist())
    found.sum().backward()
    assert rate.grad.tolist() == pytest.approx([-1 / value, -1.0], rel=1e-5)


class Shifted(ExponentialFamily):
    """Normal with a deviation of 1, where h(x) is e^(-x^2 / 2) / sqrt(2 pi)."""

    def __init__(self, mean: Any) -> None:
        self._natural_params = (mean,)
        self._mean_carrier_measure = -(mean**2 + 1) / 2 - math.log(2 * math.pi) / 2
        super().__init__(mean.shape, validate_args=False)

    _natural_params: Any = ()

    def _log_normalizer(self, x: Any) -> Any:
        return x**2 / 2


def test_entropy_of_what_is_carried() -> None:
    mean = plugtorch.tensor([0.0, random.uniform(1, 3)])
    want = Normal(mean, plugtorch.ones(2)).entropy()
    assert Shifted(mean).entropy().tolist() == pytest.approx(want.tolist(), rel=1e-5)


def test_divergence_within_the_kind_only() -> None:
    p, q = plugtorch.tensor([0.5, 2.0], requires_grad=True), plugtorch.tensor(random.uniform(1, 4))
    found = kl_divergence(Waiting(p), Waiting(q))
    want = plugtorch.distributions.kl_divergence(
        plugtorch.distributions.Exponential(p), plugtorch.distributions.Exponential(q)
    )
    assert found.tolist() == pytest.approx(want.tolist(), rel=1e-5)
    slopes = [plugtorch.autograd.grad(x.sum(), p)[0].tolist() for x in (found, want)]
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-5)
    for wrong in ((Waiting(p), Normal(p, p)), (Normal(p, p), Waiting(p))):
        with pytest.raises(NotImplementedError, match="register_kl"):
            kl_divergence(*wrong)


def test_what_is_not_said_is_missed() -> None:
    with pytest.raises(NotImplementedError, match=r"\[_natural_params\]"):
        print(ExponentialFamily()._natural_params)
    with pytest.raises(NotImplementedError, match=r"\[entropy\]"):
        ExponentialFamily().entropy()
    assert isinstance(Gamma(1.0, 2.0), ExponentialFamily)
