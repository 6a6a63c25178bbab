"""The Kumaraswamy distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import AffineTransform, PowerTransform
from plugtorch.distributions.uniform import Uniform
from plugtorch.distributions.utils import broadcast_all, euler_constant, where
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import ones_like, zeros_like


class Kumaraswamy(TransformedDistribution):
    """Density a b x^(a - 1) (1 - x^a)^(b - 1) in [0, 1]: like Beta's, with a simple cdf.

    concentration1, concentration0: a and b, positive.

    >>> import plugtorch
    >>> Kumaraswamy(1.0, 1.0).log_prob(plugtorch.tensor(0.25))
    tensor(0.)

    Source: torch.distributions.Kumaraswamy.
    """

    arg_constraints = {
        "concentration1": constraints.positive,
        "concentration0": constraints.positive,
    }
    support = constraints.unit_interval
    has_rsample = True

    def __init__(
        self, concentration1: Any, concentration0: Any, validate_args: bool | None = None
    ) -> None:
        self.concentration1, self.concentration0 = broadcast_all(concentration1, concentration0)
        a, b = self.concentration1, self.concentration0
        base = Uniform(zeros_like(a), ones_like(a), validate_args=validate_args)
        chain = [
            PowerTransform(exponent=b.reciprocal()),
            AffineTransform(loc=1.0, scale=-1.0),
            PowerTransform(exponent=a.reciprocal()),
        ]
        super().__init__(base, chain, validate_args=validate_args)

    def _moment(self, order: int) -> Any:
        """The mean of x^order: b times the beta function of 1 + order / a and b."""
        c, b = 1 + order / self.concentration1, self.concentration0
        return b * (c.lgamma() + b.lgamma() - (c + b).lgamma()).exp()

    @property
    def mean(self) -> Tensor:
        return self._moment(1)

    @property
    def mode(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        # below 1 the density is largest at an end; where both are 1 it is level
        peaked = (a >= 1) & (b >= 1) & ((a > 1) | (b > 1))
        a, b = where(peaked, a, 2.0), where(peaked, b, 1.0)
        return where(peaked, ((a - 1) / (a * b - 1)) ** (1 / a), float("nan"))

    @property
    def variance(self) -> Tensor:
        return self._moment(2) - self.mean**2

    def entropy(self) -> Tensor:
        a, b = self.concentration1, self.concentration0
        harmonic = (b + 1).digamma() + euler_constant
        return (1 - 1 / b) + (1 - 1 / a) * harmonic - a.log() - b.log()
