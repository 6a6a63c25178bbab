"""Vectors between one-hot ones, with gradients."""

from __future__ import annotations

import math
from typing import Any, Self

from plugtorch.distributions import constraints
from plugtorch.distributions.categorical import Categorical
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.transforms import ExpTransform
from plugtorch.distributions.utils import broadcast_all, clamp_probs
from plugtorch.functional import log_softmax
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import rand


class ExpRelaxedCategorical(Distribution):
    """The logarithms of a RelaxedOneHotCategorical: log_softmax((logits + Gumbel noise) /
    temperature).

    Jang et al. 2016, arXiv:1611.01144; torch.distributions.relaxed_categorical.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.real_vector  # more exactly: those whose exponentials sum to 1
    has_rsample = True

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        self._categorical = Categorical(probs, logits)
        self.temperature = temperature
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        new = super().expand(batch_shape, _instance)
        new._categorical = self._categorical.expand(batch_shape)
        return new

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self._categorical.probs

    @property
    def param_shape(self) -> Any:
        """The shape of what was given."""
        return self._categorical.param_shape

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape, logits = self._extended_shape(sample_shape), self.logits
        drawn = clamp_probs(rand(shape, dtype=logits.dtype, device=logits.device))
        return log_softmax((logits - (-drawn.log()).log()) / self.temperature, -1)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        count = self._event_shape[0]
        front = math.lgamma(count) + self.temperature.log() * (count - 1)
        return log_softmax(logits - value * self.temperature, -1).sum(-1) + front


class RelaxedOneHotCategorical(TransformedDistribution):
    """Vectors that sum to 1 and become one-hot as the temperature goes to 0.

    temperature: a positive tensor. probs: (..., K), not negative; or logits: (..., K).

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> soft = RelaxedOneHotCategorical(plugtorch.tensor(0.5), logits=plugtorch.zeros(3))
    >>> soft.rsample().shape
    plugtorch.Size([3])

    Jang et al. 2016, arXiv:1611.01144; torch.distributions.RelaxedOneHotCategorical.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.simplex
    base_dist: ExpRelaxedCategorical

    def __init__(
        self,
        temperature: Any,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        base = ExpRelaxedCategorical(temperature, probs, logits, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args)

    @property
    def temperature(self) -> Tensor:
        """How far from one-hot."""
        return self.base_dist.temperature

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities."""
        return self.base_dist.logits

    @property
    def probs(self) -> Tensor:
        """The probabilities."""
        return self.base_dist.probs
