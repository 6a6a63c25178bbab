"""The Weibull distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.exponential import Exponential
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import AffineTransform, PowerTransform
from plugtorch.distributions.utils import broadcast_all, euler_constant, where
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import ones_like


class Weibull(TransformedDistribution):
    """The distribution of scale x^(1 / concentration), with x exponential of rate 1.

    scale, concentration: positive.

    >>> import plugtorch
    >>> Weibull(1.0, 1.0).log_prob(plugtorch.tensor(2.0))
    tensor(-2.)

    Source: torch.distributions.Weibull.
    """

    arg_constraints = {"scale": constraints.positive, "concentration": constraints.positive}
    support = constraints.positive

    def __init__(self, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.scale, self.concentration = broadcast_all(scale, concentration)
        self.concentration_reciprocal = self.concentration.reciprocal()
        base = Exponential(ones_like(self.scale), validate_args=validate_args)
        chain = [
            PowerTransform(exponent=self.concentration_reciprocal),
            AffineTransform(loc=0, scale=self.scale),
        ]
        super().__init__(base, chain, validate_args=validate_args)

    def _moment(self, order: int) -> Any:
        """The mean of (x / scale)^order."""
        return (1 + order / self.concentration).lgamma().exp()

    @property
    def mean(self) -> Tensor:
        return self.scale * self._moment(1)

    @property
    def mode(self) -> Tensor:
        k = where(self.concentration > 1, self.concentration, 1.0)
        return self.scale * ((k - 1) / k) ** (1 / k)

    @property
    def variance(self) -> Tensor:
        return self.scale**2 * (self._moment(2) - self._moment(1) ** 2)

    def entropy(self) -> Tensor:
        k = self.concentration
        return euler_constant * (1 - 1 / k) + (self.scale / k).log() + 1
