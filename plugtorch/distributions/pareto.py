"""The Pareto distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.exponential import Exponential
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import AffineTransform, ExpTransform
from plugtorch.distributions.utils import broadcast_all
from plugtorch.tensor import Tensor


class Pareto(TransformedDistribution):
    """Density alpha scale^alpha / x^(alpha + 1) for x >= scale.

    scale: the smallest value, positive. alpha: how fast it falls, positive; it has a mean above 1
    and a variance above 2.

    >>> import plugtorch
    >>> Pareto(1.0, 2.0).log_prob(plugtorch.tensor(1.0))
    tensor(0.6931)

    Source: torch.distributions.Pareto.
    """

    arg_constraints = {"alpha": constraints.positive, "scale": constraints.positive}
    base_dist: Exponential

    def __init__(self, scale: Any, alpha: Any, validate_args: bool | None = None) -> None:
        self.scale, self.alpha = broadcast_all(scale, alpha)
        base = Exponential(self.alpha, validate_args=validate_args)
        chain = [ExpTransform(), AffineTransform(loc=0, scale=self.scale)]
        super().__init__(base, chain, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        return constraints.greater_than_eq(self.scale)

    @property
    def mean(self) -> Tensor:
        a = self.alpha.clamp(min=1)  # infinite up to 1
        return a * self.scale / (a - 1)

    @property
    def mode(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        a = self.alpha.clamp(min=2)
        return self.scale**2 * a / ((a - 1) ** 2 * (a - 2))

    def entropy(self) -> Tensor:
        return (self.scale / self.alpha).log() + (1 + self.alpha.reciprocal())
