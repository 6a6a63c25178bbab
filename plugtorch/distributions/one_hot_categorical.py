"""The categorical distribution over one-hot vectors."""

from __future__ import annotations

from typing import Any, Self

from plugtorch.distributions import constraints
from plugtorch.distributions.categorical import Categorical
from plugtorch.distributions.distribution import Distribution
from plugtorch.functional import one_hot
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import eye


class OneHotCategorical(Distribution):
    """A vector with a 1 at one of K places, each with a probability of its own.

    probs: (..., K), not negative, made to sum to 1; or logits: (..., K), of which softmax is taken.

    Raises ArgumentError unless exactly one of them is given.

    >>> import plugtorch
    >>> coin = OneHotCategorical(plugtorch.tensor([1.0, 3.0]))
    >>> coin.log_prob(plugtorch.tensor([0.0, 1.0]))
    tensor(-0.2877)

    Source: torch.distributions.OneHotCategorical.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}
    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(
        self, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits)
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

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return one_hot(self._categorical.mode, self._event_shape[0]).to(self.probs.dtype)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        drawn = self._categorical.sample(sample_shape)
        return one_hot(drawn, self._event_shape[0]).to(self.probs.dtype)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        return self._categorical.log_prob(value.argmax(-1))

    def entropy(self) -> Tensor:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Tensor:
        count = self._event_shape[0]
        values = eye(count, dtype=self.probs.dtype, device=self.probs.device)
        values = values.reshape(count, *(1,) * len(self._batch_shape), count)
        return values.expand(count, *self._batch_shape, count) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """The same, whose samples let gradients through to the probabilities.

    Bengio et al. 2013, arXiv:1308.3432; torch.distributions.OneHotCategoricalStraightThrough.
    """

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        probs = self.probs  # asked for first, so that its graph is kept
        return self.sample(sample_shape) + (probs - probs.detach())
