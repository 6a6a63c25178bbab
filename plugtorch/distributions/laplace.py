"""The Laplace distribution."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions.location_scale import LocationScale
from plugtorch.dtypes import finfo
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand


class Laplace(LocationScale):
    """Density e^(-|x - loc| / scale) / (2 scale).

    loc: the mean. scale: positive. Numbers, or tensors that broadcast.

    >>> import plugtorch
    >>> Laplace(0.0, 1.0).log_prob(plugtorch.tensor(0.0))
    tensor(-0.6931)

    Source: torch.distributions.Laplace.
    """

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale**2

    @property
    def stddev(self) -> Tensor:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        u = 2 * rand(shape, dtype=self.loc.dtype, device=self.loc.device) - 1
        # u may be -1, whose logarithm would be infinite
        tail = (-u.abs().clamp(max=1 - finfo(u.dtype).eps / 2)).log1p()
        return self.loc - self.scale * u.sign() * tail

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        distance = value - self.loc
        return 0.5 - 0.5 * distance.sign() * (-distance.abs() / self.scale).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        centred = value - 0.5
        return self.loc - self.scale * centred.sign() * (-2 * centred.abs()).log1p()

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()
