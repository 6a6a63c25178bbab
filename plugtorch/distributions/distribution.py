"""What every distribution is."""

from __future__ import annotations

import warnings
from typing import Any, Self

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.utils import lazy_property
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size


class Distribution:
    """A batch of probability distributions: subclass it with ``log_prob``, ``rsample`` and so on.

    batch_shape: that of the parameters, one distribution for each. event_shape: that of one sample.
    validate_args: whether parameters, and values given to ``log_prob``, are checked; None for the
    default, which is yes unless Python runs with -O.

    Raises ArgumentError for a parameter outside what ``arg_constraints`` says.

    Source: torch.distributions.Distribution.
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args: bool = __debug__
    arg_constraints: Any
    support: Any

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Say whether distributions made from now on check their arguments."""
        if value not in (True, False):
            raise ArgumentError(f"[set_default_validate_args] needs True or False, got {value!r}.")
        Distribution._validate_args = value

    def __init__(
        self,
        batch_shape: Any = Size(),  # noqa: B008 - a tuple, which nobody can change
        event_shape: Any = Size(),  # noqa: B008
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._validate_parameters()

    def _validate_parameters(self) -> None:
        for name, constraint in getattr(self, "arg_constraints", {}).items():
            lazy = isinstance(getattr(type(self), name, None), lazy_property)
            if constraints.is_dependent(constraint) or (lazy and name not in self.__dict__):
                continue
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ArgumentError(
                    f"[{type(self).__name__}] {name} must satisfy {constraint!r}, got "
                    f"{value.detach()}. validate_args=False takes it as it is."
                )

    # -- shapes ------------------------------------------------------------------------------------

    @property
    def batch_shape(self) -> Size:
        """The shape of the parameters: one distribution for each."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one sample of one distribution."""
        return self._event_shape

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        """The same distributions with their parameters expanded to another batch shape."""
        return self._expanded(batch_shape, self.arg_constraints, _instance)

    def _expanded(self, batch_shape: Any, parameters: Any, instance: Any) -> Self:
        new = self._copy(instance)
        new._batch_shape = Size(batch_shape)
        for name, constraint in parameters.items():
            value = self.__dict__.get(name)
            if isinstance(value, Tensor):
                event = value.shape[value.ndim - constraint.event_dim :]
                setattr(new, name, value.expand(new._batch_shape + event))
        return new

    def _copy(self, instance: Any = None) -> Self:
        new: Self = object.__new__(type(self)) if instance is None else instance
        new.__dict__.update(self.__dict__)
        return new

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """An empty instance to expand into; for subclasses written for PyTorch."""
        if _instance is not None:
            return _instance
        if type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"[expand] {type(self).__name__} has an __init__ of its own, so it needs an expand "
                "of its own."
            )
        return object.__new__(type(self))

    # -- samples -----------------------------------------------------------------------------------

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Random samples, of shape sample_shape + batch_shape + event_shape, without gradients."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Samples as a differentiable function of the parameters and of random numbers."""
        raise self._missing("rsample")

    def sample_n(self, n: int) -> Tensor:
        """The older form of ``sample((n,))``."""
        warnings.warn("[sample_n] is now sample((n,)): call that.", FutureWarning, stacklevel=2)
        return self.sample((n,))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """Every value of a discrete distribution, along a new first axis."""
        raise self._missing("enumerate_support")

    # -- probabilities -----------------------------------------------------------------------------

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at a value."""
        raise self._missing("log_prob")

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of what is at most the value."""
        raise self._missing("cdf")

    def icdf(self, value: Tensor) -> Tensor:
        """The value that ``cdf`` gives this probability."""
        raise self._missing("icdf")

    def entropy(self) -> Tensor:
        """The mean of -log_prob, in nats; of shape batch_shape."""
        raise self._missing("entropy")

    def perplexity(self) -> Tensor:
        """e^entropy."""
        return self.entropy().exp()

    @property
    def mean(self) -> Tensor:
        """The expected value."""
        raise self._missing("mean")

    @property
    def mode(self) -> Tensor:
        """The most likely value."""
        raise self._missing("mode")

    @property
    def variance(self) -> Tensor:
        """The expected squared distance from the mean."""
        raise self._missing("variance")

    @property
    def stddev(self) -> Tensor:
        """The square root of the variance."""
        return self.variance.sqrt()

    def _missing(self, name: str) -> NotImplementedError:
        return NotImplementedError(f"[{name}] {type(self).__name__} has none.")

    def _validate_sample(self, value: Tensor) -> None:
        name = type(self).__name__
        if not isinstance(value, Tensor):
            raise ArgumentError(f"[{name}] needs a tensor as value, got {type(value).__name__}.")
        event, expected = self._event_shape, self._batch_shape + self._event_shape
        shape = value.shape
        fits = len(shape) >= len(event) and shape[len(shape) - len(event) :] == event
        pairs = zip(reversed(shape), reversed(expected))
        if not fits or any(1 not in (i, j) and i != j for i, j in pairs):
            raise ArgumentError(
                f"[{name}] a value of shape {tuple(shape)} does not fit: needed (..., "
                f"{', '.join(map(str, expected))}), or what broadcasts to the batch of "
                f"{tuple(self._batch_shape)}."
            )
        support = getattr(self, "support", None)
        if support is not None and not bool(support.check(value).all()):
            raise ArgumentError(
                f"[{name}] a value must lie within the support {support!r}, got {value.detach()}. "
                "validate_args=False takes it as it is."
            )

    def __repr__(self) -> str:
        fields = self.__dict__
        names = [name for name in getattr(self, "arg_constraints", ()) if name in fields]
        shown = [(name, fields[name]) for name in names]
        parts = [f"{name}: {v if v.numel() == 1 else v.size()}" for name, v in shown]
        return f"{type(self).__name__}({', '.join(parts)})"
