"""The gamma distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.gamma_sampling import log_gamma_sample
from plugtorch.distributions.utils import broadcast_all
from plugtorch.dtypes import finfo
from plugtorch.tensor import Tensor
from plugtorch.tensor.functions import xlogy
from plugtorch.tensor.gamma import igamma


class Gamma(ExponentialFamily):
    """Density rate^a x^(a - 1) e^(-rate x) / gamma(a), with a the concentration.

    concentration, rate: positive; the mean is concentration / rate.

    >>> import plugtorch
    >>> Gamma(1.0, 2.0).log_prob(plugtorch.tensor(0.5))
    tensor(-0.3069)

    Source: torch.distributions.Gamma.
    """

    arg_constraints: Any = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.concentration.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate**2

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        drawn = log_gamma_sample(self.concentration.expand(shape)).exp() / self.rate
        return drawn.clamp(min=finfo(drawn.dtype).tiny)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        a, rate = self.concentration, self.rate
        return xlogy(a, rate) + xlogy(a - 1, value) - rate * value - a.lgamma()

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return igamma(self.concentration, self.rate * value)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a - self.rate.log() + a.lgamma() + (1 - a) * a.digamma()

    _mean_carrier_measure = 0.0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return self.concentration - 1, -self.rate

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        return (x + 1).lgamma() - (x + 1) * (-y).log()
