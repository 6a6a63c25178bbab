"""The multinomial distribution."""

from __future__ import annotations

from typing import Any, Self

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.binomial import Binomial
from plugtorch.distributions.categorical import Categorical
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import broadcast_all, where
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor


class Multinomial(Distribution):
    """How often each of K kinds comes up in total_count trials.

    total_count: a whole number. probs: (..., K), not negative, made to sum to 1; or logits: (...,
    K), of which softmax is taken.

    Raises ArgumentError unless exactly one of them is given, and for counts that differ.

    >>> import plugtorch
    >>> dice = Multinomial(2, plugtorch.ones(2))
    >>> dice.log_prob(plugtorch.tensor([1.0, 1.0]))
    tensor(-0.6931)

    Source: torch.distributions.Multinomial.
    """

    arg_constraints = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(
        self,
        total_count: int = 1,
        probs: Any = None,
        logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(total_count, int):
            raise ArgumentError(
                f"[Multinomial] total_count must be one whole number, got {total_count!r}."
            )
        self.total_count = total_count
        self._categorical = Categorical(probs, logits)
        self._binomial = Binomial(total_count, self.probs)
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        new = super().expand(batch_shape, _instance)
        new._categorical = self._categorical.expand(batch_shape)
        new._binomial = Binomial(self.total_count, new._categorical.probs)
        return new

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        return constraints.multinomial(self.total_count)

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
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            drawn = self._categorical.sample((self.total_count, *sample_shape)).movedim(0, -1)
            counts = self.probs.new_zeros(self._extended_shape(sample_shape))
            return counts.scatter_add(-1, drawn, counts.new_ones(drawn.shape))

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        logits, value = broadcast_all(self.logits, value)
        logits = where((value == 0) & (logits == -float("inf")), 0.0, logits)
        ways = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Tensor:
        # n H(p) - ln n! + sum_i E ln x_i!
        count = self._categorical.probs.new_tensor(float(self.total_count))
        values = self._binomial.enumerate_support(expand=False)[1:]
        chances = self._binomial.log_prob(values).exp()
        expected = (chances * (values + 1).lgamma()).sum((0, -1))
        return count * self._categorical.entropy() - (count + 1).lgamma() + expected
