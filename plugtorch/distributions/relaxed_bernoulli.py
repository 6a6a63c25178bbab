"""Numbers between 0 and 1 that stand for coins, with gradients."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.by_chance import ByChance
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import SigmoidTransform
from plugtorch.distributions.utils import (
    broadcast_all,
    clamp_probs,
    softplus,
)
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand


class LogitRelaxedBernoulli(ByChance):
    """The logits of a RelaxedBernoulli: (logits + logistic noise) / temperature.

    Maddison et al. 2016, arXiv:1611.00712; torch.distributions.LogitRelaxedBernoulli.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.real
    has_rsample = True

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self.temperature = temperature
        (given,) = self._take(probs, logits)
        super().__init__(given.shape, validate_args=validate_args)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape, probs = self._extended_shape(sample_shape), clamp_probs(self.probs)
        drawn = clamp_probs(rand(shape, dtype=probs.dtype, device=probs.device))
        return (drawn.logit() + probs.logit()) / self.temperature

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        difference = logits - value * self.temperature
        return self.temperature.log() + difference - 2 * softplus(difference)


class RelaxedBernoulli(TransformedDistribution):
    """Numbers between 0 and 1 that become coins as the temperature goes to 0.

    temperature: a positive tensor. probs: from 0 to 1; or logits: ln(probs / (1 - probs)).

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> RelaxedBernoulli(plugtorch.tensor(0.5), logits=plugtorch.zeros(2)).rsample().shape
    plugtorch.Size([2])

    Maddison et al. 2016, arXiv:1611.00712; torch.distributions.RelaxedBernoulli.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.unit_interval
    base_dist: LogitRelaxedBernoulli

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        base = LogitRelaxedBernoulli(temperature, probs, logits)
        super().__init__(base, SigmoidTransform(), validate_args)

    @property
    def temperature(self) -> Tensor:
        """How far from coins."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """ln(probs / (1 - probs))."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self.base_dist.probs
