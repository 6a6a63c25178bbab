"""The normal distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.location_scale import LocationScale
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import randn


class Normal(LocationScale, ExponentialFamily):
    """Density e^(-(x - loc)^2 / (2 scale^2)) / (scale sqrt(2 pi)).

    loc: the mean. scale: the standard deviation, positive. Numbers, or tensors that broadcast.

    >>> import plugtorch
    >>> Normal(0.0, 1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-0.9189)

    Source: torch.distributions.Normal.
    """

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale**2

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        noise = randn(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + noise * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance = (value - self.loc) / self.scale
        return -0.5 * distance**2 - self.scale.log() - 0.5 * math.log(2 * math.pi)

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return 0.5 * (1 + ((value - self.loc) / self.scale * math.sqrt(0.5)).erf())

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    _mean_carrier_measure = 0.0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return self.loc / self.scale**2, -0.5 * self.scale**-2

    def _log_normalizer(self, x: Tensor, y: Tensor) -> Tensor:
        return -0.25 * x**2 / y + 0.5 * (-math.pi / y).log()
