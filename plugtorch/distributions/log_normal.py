"""The log-normal distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.normal import Normal
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import ExpTransform
from plugtorch.tensor import Tensor


class LogNormal(TransformedDistribution):
    """The distribution of e^x, with x normal.

    loc, scale: mean and standard deviation of x.

    >>> import plugtorch
    >>> LogNormal(0.0, 1.0).log_prob(plugtorch.tensor(1.0))
    tensor(-0.9189)

    Source: torch.distributions.LogNormal.
    """

    arg_constraints = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.positive
    base_dist: Normal

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(
            Normal(loc, scale, validate_args=validate_args), ExpTransform(), validate_args
        )

    @property
    def loc(self) -> Tensor:
        """The mean of x."""
        return self.base_dist.loc

    @property
    def scale(self) -> Tensor:
        """The standard deviation of x."""
        return self.base_dist.scale

    @property
    def mean(self) -> Tensor:
        return (self.loc + self.scale**2 / 2).exp()

    @property
    def mode(self) -> Tensor:
        return (self.loc - self.scale**2).exp()

    @property
    def variance(self) -> Tensor:
        square = self.scale**2
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() + self.loc
