"""What distributions of |x| have in common."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.location_scale import LocationScale
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import AbsTransform
from plugtorch.distributions.utils import where
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import zeros_like


class Folded(TransformedDistribution):
    """|x|, with x symmetric around 0: subclass it with the kind of x."""

    arg_constraints = {"scale": constraints.positive}
    support = constraints.nonnegative
    kind: type[LocationScale]
    base_dist: LocationScale

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(self.kind(0, scale, validate_args=False), AbsTransform(), validate_args)

    @property
    def scale(self) -> Tensor:
        """That of x."""
        return self.base_dist.scale

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.scale)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)
