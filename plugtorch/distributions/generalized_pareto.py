"""The generalised Pareto distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import broadcast_all, where
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand


class GeneralizedPareto(Distribution):
    """What lies above a threshold: density (1 + c z)^(-1 / c - 1) / scale, z = (x - loc) / scale,
    c the concentration; e^-z / scale for c = 0.

    loc: the smallest value. scale: positive. concentration: any number; below 0 values end at loc -
    scale / c.

    >>> import plugtorch
    >>> GeneralizedPareto(0.0, 1.0, 0.0).log_prob(plugtorch.tensor(2.0))
    tensor(-2.)

    Source: torch.distributions.GeneralizedPareto.
    """

    arg_constraints = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(
        self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None
    ) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        end = self.loc - self.scale / where(self.concentration < 0, self.concentration, -1.0)
        return constraints.interval(self.loc, where(self.concentration < 0, end, math.inf))

    def _parts(self) -> tuple[Any, Any]:
        """Where the concentration is as good as 0, and elsewhere it, else 1."""
        none = self.concentration.abs() <= 1e-8
        return none, where(none, 1.0, self.concentration)

    @property
    def mean(self) -> Tensor:
        fits = self.concentration < 1
        value = self.loc + self.scale / (1 - where(fits, self.concentration, 0.5))
        return where(fits, value, math.nan)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        fits = self.concentration < 0.5
        c = where(fits, self.concentration, 0.25)
        return where(fits, self.scale**2 / ((1 - c) ** 2 * (1 - 2 * c)), math.nan)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        return self.icdf(rand(shape, dtype=self.loc.dtype, device=self.loc.device))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        (none, c), z = self._parts(), (value - self.loc) / self.scale
        power = 1 / c + 1
        falling = where(power == 0, 0.0, power * (c * z).log1p())
        return -self.scale.log() - where(none, z, falling)

    def log_survival_function(self, value: Tensor) -> Tensor:
        """The logarithm of the probability of what is above the value."""
        if self._validate_args:
            self._validate_sample(value)
        (none, c), z = self._parts(), (value - self.loc) / self.scale
        return where(none, -z, -(c * z).log1p() / c)

    def log_cdf(self, value: Tensor) -> Tensor:
        """The logarithm of ``cdf``."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        return self.log_cdf(value).exp()

    def icdf(self, value: Tensor) -> Tensor:
        (none, c), rest = self._parts(), (-value).log1p()
        return self.loc + self.scale * where(none, -rest, (-c * rest).expm1() / c)

    def entropy(self) -> Tensor:
        return self.scale.log() + self.concentration + 1
