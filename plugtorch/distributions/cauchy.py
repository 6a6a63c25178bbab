"""The Cauchy distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions.location_scale import LocationScale
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand


class Cauchy(LocationScale):
    """Density 1 / (pi scale (1 + ((x - loc) / scale)^2)); it has no mean and no variance.

    loc: the median. scale: half the width at half the height, positive.

    >>> import plugtorch
    >>> Cauchy(0.0, 1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-1.1447)

    Source: torch.distributions.Cauchy.
    """

    @property
    def mean(self) -> Tensor:
        return self.loc.new_full(self._batch_shape, math.nan)

    @property
    def variance(self) -> Tensor:
        return self.loc.new_full(self._batch_shape, math.inf)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        return self.icdf(rand(shape, dtype=self.loc.dtype, device=self.loc.device))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance = (value - self.loc) / self.scale
        return -math.log(math.pi) - self.scale.log() - (distance**2).log1p()

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return ((value - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Tensor:
        return math.log(4 * math.pi) + self.scale.log()
