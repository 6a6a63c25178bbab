"""The categorical distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import (
    either,
    lazy_property,
    logits_to_probs,
    probs_to_logits,
)
from plugtorch.dtypes import finfo
from plugtorch.errors import ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size
from plugtorch.tensor.creation import arange
from plugtorch.tensor.random import multinomial
from plugtorch.tensor.shapes import broadcast_tensors


class Categorical(Distribution):
    """One of the numbers 0 to K - 1, each with a probability of its own.

    probs: (..., K), not negative, made to sum to 1; or logits: (..., K), of which softmax is taken.

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> Categorical(plugtorch.tensor([1.0, 3.0])).log_prob(plugtorch.tensor(1))
    tensor(-0.2877)

    Source: torch.distributions.Categorical.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        given = either("Categorical", probs, logits)
        if given.ndim < 1:
            raise ShapeError("[Categorical] needs an axis of categories, got a 0-d tensor.")
        if probs is None:
            self.logits = given - given.logsumexp(-1, keepdim=True)
        else:
            self.probs = given / given.sum(-1, keepdim=True)
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @lazy_property
    def logits(self) -> Tensor:
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Tensor:
        return logits_to_probs(self.logits)

    @property
    def _given(self) -> Tensor:
        fields = self.__dict__
        return fields["probs"] if "probs" in fields else fields["logits"]

    @property
    def param_shape(self) -> Any:
        """The shape of what was given."""
        return self._given.shape

    @property
    def _num_events(self) -> int:
        return int(self._given.shape[-1])

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        return self._given.new_full(self._batch_shape, float("nan"))

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        return self._given.new_full(self._batch_shape, float("nan"))

    def sample(self, sample_shape: Any = ()) -> Tensor:
        count = Size(sample_shape).numel()
        shape = self._extended_shape(sample_shape)
        rows = self.probs.detach().reshape(-1, self._num_events)
        with no_grad():
            drawn = multinomial(rows, max(count, 1), True).T
            return drawn[:count].reshape(shape)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        places, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, places[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        # 0 ln 0 is meant to be 0
        return -(self.probs * self.logits.clamp(min=finfo(self.logits.dtype).min)).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        count = self._num_events
        values = arange(count, device=self._given.device)
        values = values.reshape(count, *(1,) * len(self._batch_shape))
        return values.expand(count, *self._batch_shape) if expand else values
