"""A mixture of distributions of one kind."""

from __future__ import annotations

from typing import Any, Self

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.categorical import Categorical
from plugtorch.distributions.distribution import Distribution
from plugtorch.errors import ArgumentError
from plugtorch.functional import log_softmax
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size


class MixtureSameFamily(Distribution):
    """Density sum_k p_k f_k(x): one of K components is chosen, and a sample drawn from it.

    mixture_distribution: a Categorical over K. component_distribution: any, whose last batch axis
    has size K.

    Raises ArgumentError where the two do not fit.

    >>> import plugtorch
    >>> from plugtorch.distributions import Normal
    >>> weights = Categorical(plugtorch.ones(2))
    >>> MixtureSameFamily(weights, Normal(plugtorch.tensor([-1.0, 3.0]), 1.0)).mean
    tensor(1.)

    Source: torch.distributions.MixtureSameFamily.
    """

    arg_constraints: Any = {}

    def __init__(
        self,
        mixture_distribution: Categorical,
        component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ArgumentError(
                "[MixtureSameFamily] the mixture must be a Categorical, got "
                f"{type(mixture_distribution).__name__}."
            )
        if not isinstance(component_distribution, Distribution):
            raise ArgumentError(
                "[MixtureSameFamily] the component must be a Distribution, got "
                f"{type(component_distribution).__name__}."
            )
        batch = component_distribution.batch_shape
        given = mixture_distribution.batch_shape
        if batch[-1:] != (mixture_distribution._num_events,) or any(
            1 not in (i, j) and i != j for i, j in zip(reversed(given), reversed(batch[:-1]))
        ):
            raise ArgumentError(
                f"[MixtureSameFamily] components of batch shape {tuple(batch)} do not fit a "
                f"mixture of {mixture_distribution._num_events} with batch shape {tuple(given)}."
            )
        self._mixture_distribution = mixture_distribution
        self._component_distribution = component_distribution
        event = component_distribution.event_shape
        super().__init__(batch[:-1], event, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        new = self._copy(_instance)
        new._batch_shape = Size(batch_shape)
        count = self._mixture_distribution._num_events
        parts = self._component_distribution
        new._component_distribution = parts.expand((*new._batch_shape, count))
        new._mixture_distribution = self._mixture_distribution.expand(batch_shape)
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        return constraints.MixtureSameFamilyConstraint(self._component_distribution.support)

    @property
    def mixture_distribution(self) -> Categorical:
        """Which component."""
        return self._mixture_distribution

    @property
    def component_distribution(self) -> Distribution:
        """The components."""
        return self._component_distribution

    def _beside(self, x: Tensor) -> Tensor:
        """x with an axis of size 1 for each of the event's."""
        return x.reshape(*x.shape, *(1,) * len(self._event_shape))

    @property
    def _axis(self) -> int:
        return -1 - len(self._event_shape)

    @property
    def mean(self) -> Tensor:
        weights = self._beside(self._mixture_distribution.probs)
        return (weights * self._component_distribution.mean).sum(self._axis)

    @property
    def variance(self) -> Tensor:
        weights = self._beside(self._mixture_distribution.probs)
        within = (weights * self._component_distribution.variance).sum(self._axis)
        apart = self._component_distribution.mean - self.mean.unsqueeze(self._axis)
        return within + (weights * apart**2).sum(self._axis)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            chosen = self._mixture_distribution.expand(self._batch_shape).sample(sample_shape)
            drawn = self._component_distribution.sample(sample_shape)
            places = self._beside(chosen.unsqueeze(-1))
            shape = list(drawn.shape)
            shape[self._axis] = 1
            return drawn.gather(self._axis, places.expand(shape)).squeeze(self._axis)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        terms = self._component_distribution.log_prob(value.unsqueeze(self._axis))
        return (terms + log_softmax(self._mixture_distribution.logits, -1)).logsumexp(-1)

    def cdf(self, value: Tensor) -> Tensor:
        below = self._component_distribution.cdf(value.unsqueeze(self._axis))
        return (below * self._mixture_distribution.probs).sum(-1)

    def __repr__(self) -> str:
        return (
            f"MixtureSameFamily({self._mixture_distribution!r}, {self._component_distribution!r})"
        )
