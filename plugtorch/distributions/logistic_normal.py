"""The logistic-normal distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.normal import Normal
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import StickBreakingTransform
from plugtorch.tensor import Tensor


class LogisticNormal(TransformedDistribution):
    """K + 1 positive numbers that sum to 1: K normal ones through StickBreakingTransform.

    loc, scale: (..., K), of the normal ones.

    >>> import plugtorch
    >>> LogisticNormal(plugtorch.zeros(3), plugtorch.ones(3)).event_shape
    plugtorch.Size([4])

    Source: torch.distributions.LogisticNormal.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.simplex
    has_rsample = True
    base_dist: Any

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        base = base if base.batch_shape else base.expand((1,))
        super().__init__(base, StickBreakingTransform(), validate_args=validate_args)

    @property
    def loc(self) -> Tensor:
        """The means of the normal numbers."""
        return self.base_dist.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """Their standard deviations."""
        return self.base_dist.base_dist.scale
