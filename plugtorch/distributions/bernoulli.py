"""The Bernoulli distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.by_chance import ByChance
from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.utils import (
    broadcast_all,
    softplus,
    where,
)
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange
from plugtorch.tensor.random import bernoulli


class Bernoulli(ByChance, ExponentialFamily):
    """1 with probability probs, else 0.

    probs: from 0 to 1; or logits: ln(probs / (1 - probs)).

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> Bernoulli(0.25).log_prob(plugtorch.tensor(1.0))
    tensor(-1.3863)

    Source: torch.distributions.Bernoulli.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        (given,) = self._take(probs, logits)
        super().__init__(given.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        even = self.probs == 0.5
        return where(even, float("nan"), (self.probs >= 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        return -(value * softplus(-logits) + (1 - value) * softplus(logits))

    def entropy(self) -> Tensor:
        probs, logits = self.probs, self.logits
        return probs * softplus(-logits) + (1 - probs) * softplus(logits)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        given = self.probs
        values = arange(2, dtype=given.dtype, device=given.device)
        values = values.reshape(2, *(1,) * len(self._batch_shape))
        return values.expand(2, *self._batch_shape) if expand else values

    _mean_carrier_measure = 0.0

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.logits,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        return softplus(x)
