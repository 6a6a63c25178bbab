"""The Gumbel distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions.location_scale import LocationScale
from plugtorch.distributions.utils import euler_constant
from plugtorch.dtypes import finfo
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand


class Gumbel(LocationScale):
    """Density e^-(z + e^-z) / scale, with z = (x - loc) / scale: that of a largest of many.

    loc: the mode. scale: positive.

    >>> import plugtorch
    >>> Gumbel(0.0, 1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-1.)

    Source: torch.distributions.Gumbel.
    """

    @property
    def mean(self) -> Tensor:
        return self.loc + self.scale * euler_constant

    @property
    def stddev(self) -> Tensor:
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Tensor:
        return self.stddev**2

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape, limits = self._extended_shape(sample_shape), finfo(self.loc.dtype)
        drawn = rand(shape, dtype=self.loc.dtype, device=self.loc.device)
        return self.icdf(drawn.clamp(limits.tiny, 1 - limits.eps / 2))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        z = (self.loc - value) / self.scale
        return z - z.exp() - self.scale.log()

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return (-((self.loc - value) / self.scale).exp()).exp()

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc - self.scale * (-value.log()).log()

    def entropy(self) -> Tensor:
        return self.scale.log() + (1 + euler_constant)
