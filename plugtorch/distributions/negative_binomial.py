"""The negative binomial distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.by_chance import ByChance
from plugtorch.distributions.gamma import Gamma
from plugtorch.distributions.utils import (
    softplus,
    where,
)
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import poisson


class NegativeBinomial(ByChance):
    """How many trials succeed, each with probability probs, before total_count fail.

    total_count: not negative. probs: from 0 to below 1; or logits: ln(probs / (1 - probs)).

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> NegativeBinomial(1.0, plugtorch.tensor(0.5)).log_prob(plugtorch.tensor(1.0))
    tensor(-1.3863)

    Source: torch.distributions.NegativeBinomial.
    """

    arg_constraints = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self,
        total_count: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        count, given = self._take(probs, logits, total_count)
        self.total_count = count.to(given.dtype)
        super().__init__(given.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():  # a Poisson number whose rate is a gamma number
            rate = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return poisson(rate.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        count, logits = self.total_count, self.logits
        ways = (count + value).lgamma() - (value + 1).lgamma() - count.lgamma()
        ways = where(count + value == 0, 0.0, ways)
        return ways - count * softplus(logits) - value * softplus(-logits)
