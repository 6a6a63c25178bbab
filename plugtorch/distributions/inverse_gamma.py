"""The inverse gamma distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.gamma import Gamma
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import PowerTransform
from plugtorch.distributions.utils import where
from plugtorch.tensor import Tensor


class InverseGamma(TransformedDistribution):
    """The distribution of 1 / x, with x gamma.

    concentration, rate: those of x, positive.

    >>> import plugtorch
    >>> InverseGamma(1.0, 1.0).log_prob(plugtorch.tensor(1.0))
    tensor(-1.)

    Source: torch.distributions.InverseGamma.
    """

    arg_constraints = {"concentration": constraints.positive, "rate": constraints.positive}
    support = constraints.positive
    has_rsample = True
    base_dist: Gamma

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        inverse = PowerTransform(-base.rate.new_ones(()))
        super().__init__(base, inverse, validate_args=validate_args)

    @property
    def concentration(self) -> Tensor:
        """That of x."""
        return self.base_dist.concentration

    @property
    def rate(self) -> Tensor:
        """That of x."""
        return self.base_dist.rate

    @property
    def mean(self) -> Tensor:
        a = where(self.concentration > 1, self.concentration, 2.0)
        return where(self.concentration > 1, self.rate / (a - 1), math.inf)

    @property
    def mode(self) -> Tensor:
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Tensor:
        a = where(self.concentration > 2, self.concentration, 3.0)
        value = self.rate**2 / ((a - 1) ** 2 * (a - 2))
        return where(self.concentration > 2, value, math.inf)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()
