"""A distribution seen through transforms."""

from __future__ import annotations

from typing import Any, Self

from plugtorch.autograd import no_grad
from plugtorch.distributions import constraints
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.independent import Independent
from plugtorch.distributions.transforms import ComposeTransform, Transform
from plugtorch.distributions.utils import sum_rightmost
from plugtorch.errors import ArgumentError
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size


class TransformedDistribution(Distribution):
    """The distribution of f(x), with x from a base distribution: log p(y) = log p(x) - ln |dy/dx|.

    base_distribution: that of x. transforms: one, or a list of them, applied in order.

    Raises ArgumentError for what are no transforms, and for a base with too few axes for them.

    >>> import plugtorch
    >>> from plugtorch.distributions import Normal
    >>> from plugtorch.distributions.transforms import ExpTransform
    >>> lognormal = TransformedDistribution(Normal(0.0, 1.0), ExpTransform())
    >>> lognormal.log_prob(plugtorch.tensor(1.0))
    tensor(-0.9189)

    Source: torch.distributions.TransformedDistribution.
    """

    arg_constraints: Any = {}

    def __init__(
        self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None
    ) -> None:
        chain = [transforms] if isinstance(transforms, Transform) else transforms
        if not isinstance(chain, list) or not all(isinstance(t, Transform) for t in chain):
            raise ArgumentError(
                "[TransformedDistribution] needs a transform or a list of them, got "
                f"{transforms!r}."
            )
        self.transforms = chain
        whole = ComposeTransform(chain)
        needed, given = whole.domain.event_dim, len(base_distribution.event_shape)
        shape = base_distribution.batch_shape + base_distribution.event_shape
        if len(shape) < needed:
            raise ArgumentError(
                f"[TransformedDistribution] the transforms need a base of at least {needed} axes, "
                f"got shape {tuple(shape)}."
            )
        forward = Size(whole.forward_shape(shape))
        expanded = Size(whole.inverse_shape(forward))
        if expanded != shape:
            base_distribution = base_distribution.expand(expanded[: len(expanded) - given])
        if needed > given:
            base_distribution = Independent(base_distribution, needed - given)
        self.base_dist = base_distribution
        axes = max(whole.codomain.event_dim, given + whole.codomain.event_dim - needed)
        outer = len(forward) - axes
        super().__init__(forward[:outer], forward[outer:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        new = super().expand(batch_shape, _instance)
        shape = new._batch_shape + self._event_shape
        for transform in reversed(self.transforms):
            shape = Size(transform.inverse_shape(shape))
        outer = len(shape) - len(self.base_dist.event_shape)
        new.base_dist = self.base_dist.expand(shape[:outer])
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        if not self.transforms:
            return self.base_dist.support
        last = self.transforms[-1].codomain
        extra = len(self._event_shape) - last.event_dim
        return constraints.independent(last, extra) if extra > 0 else last

    @property
    def has_rsample(self) -> bool:
        """Whether the base distribution has."""
        return bool(self.base_dist.has_rsample)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with no_grad():
            return self._forward(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        return self._forward(self.base_dist.rsample(sample_shape))

    def _forward(self, value: Tensor) -> Tensor:
        for transform in self.transforms:
            value = transform(value)
        return value

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        axes, total = len(self._event_shape), 0.0
        for transform in reversed(self.transforms):
            x = transform.inv(value)
            axes += transform.domain.event_dim - transform.codomain.event_dim
            term = transform.log_abs_det_jacobian(x, value)
            total = total - sum_rightmost(term, axes - transform.domain.event_dim)
            value = x
        term = self.base_dist.log_prob(value)
        return total + sum_rightmost(term, axes - len(self.base_dist.event_shape))

    def _rising(self, probability: Any) -> Any:
        """A probability, or 1 minus it where the transforms turn the order round."""
        sign: Any = 1
        for transform in self.transforms:
            sign = sign * transform.sign
        return (
            probability if isinstance(sign, int) and sign == 1 else sign * (probability - 0.5) + 0.5
        )

    def cdf(self, value: Tensor) -> Tensor:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        if self._validate_args:
            self.base_dist._validate_sample(value)
        return self._rising(self.base_dist.cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        return self._forward(self.base_dist.icdf(self._rising(value)))
