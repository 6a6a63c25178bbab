"""The geometric distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.by_chance import ByChance
from plugtorch.distributions.utils import (
    broadcast_all,
    softplus,
    where,
)
from plugtorch.dtypes import finfo
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import zeros_like
from plugtorch.tensor.random import rand


class Geometric(ByChance):
    """The number of failures before the first success: probability (1 - probs)^k probs.

    probs: from above 0 to 1; or logits: ln(probs / (1 - probs)).

    Raises ArgumentError unless exactly one of them is given, and for probs of 0.

    >>> import plugtorch
    >>> Geometric(0.5).log_prob(plugtorch.tensor(1.0))
    tensor(-1.3863)

    Source: torch.distributions.Geometric.
    """

    arg_constraints = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.nonnegative_integer

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        (given,) = self._take(probs, logits)
        super().__init__(given.shape, validate_args=validate_args)
        if self._validate_args and probs is not None and not bool((given > 0).all()):
            raise ArgumentError(f"[Geometric] probs must be positive, got {given.detach()}.")

    @property
    def mean(self) -> Tensor:
        return self.probs.reciprocal() - 1

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.probs)

    @property
    def variance(self) -> Tensor:
        return (self.probs.reciprocal() - 1) / self.probs

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape, probs = self._extended_shape(sample_shape), self.probs
        with no_grad():
            drawn = rand(shape, dtype=probs.dtype, device=probs.device)
            return (drawn.clamp(min=finfo(probs.dtype).tiny).log() / (-probs).log1p()).floor()

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        value, probs = broadcast_all(value, self.probs)
        certain = (probs == 1) & (value == 0)  # 0 ln 0 is meant to be 0
        return value * where(certain, 0.0, (-where(certain, 0.0, probs)).log1p()) + probs.log()

    def entropy(self) -> Tensor:
        # of a coin that is thrown 1 / probs times on average
        probs, logits = self.probs, self.logits
        return (probs * softplus(-logits) + (1 - probs) * softplus(logits)) / probs
