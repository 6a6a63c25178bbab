"""The binomial distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.by_chance import ByChance
from plugtorch.distributions.utils import (
    softplus,
)
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange
from plugtorch.tensor.random import binomial


class Binomial(ByChance):
    """How many of total_count trials succeed, each with probability probs.

    total_count: a whole number or a tensor of them. probs: from 0 to 1; or logits: ln(probs / (1 -
    probs)).

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> Binomial(2, plugtorch.tensor(0.5)).log_prob(plugtorch.tensor(1.0))
    tensor(-0.6931)

    Source: torch.distributions.Binomial.
    """

    arg_constraints = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self,
        total_count: Any = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        count, given = self._take(probs, logits, total_count)
        self.total_count = count.to(given.dtype)
        super().__init__(given.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.probs

    @property
    def mode(self) -> Tensor:
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return binomial(self.total_count.expand(shape), self.probs.expand(shape))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        count = self.total_count
        ways = (count + 1).lgamma() - (value + 1).lgamma() - (count - value + 1).lgamma()
        return ways + value * self.logits - count * softplus(self.logits)

    def entropy(self) -> Tensor:
        terms = self.log_prob(self.enumerate_support(expand=False))
        return -(terms.exp() * terms).sum(0)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        count = int(self.total_count.max())
        if not bool((self.total_count == count).all()):
            raise _DifferentCountsError(
                "[Binomial] values can be listed only where all total_counts are equal."
            )
        values = arange(count + 1, dtype=self.total_count.dtype, device=self.total_count.device)
        values = values.reshape(count + 1, *(1,) * len(self._batch_shape))
        return values.expand(count + 1, *self._batch_shape) if expand else values


class _DifferentCountsError(ArgumentError, NotImplementedError):
    pass
