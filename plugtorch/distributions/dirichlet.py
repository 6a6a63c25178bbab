"""The Dirichlet distribution."""

from __future__ import annotations

from typing import Any

from plugtorch.distributions import constraints
from plugtorch.distributions.exp_family import ExponentialFamily
from plugtorch.distributions.gamma_sampling import log_gamma_sample
from plugtorch.distributions.utils import where
from plugtorch.dtypes import finfo
from plugtorch.errors import ShapeError
from plugtorch.functional import softmax
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import arange
from plugtorch.tensor.functions import xlogy


class Dirichlet(ExponentialFamily):
    """Density of K positive numbers that sum to 1: prod_i x_i^(a_i - 1) gamma(sum a) / prod
    gamma(a_i).

    concentration: a, (..., K), positive.

    Raises ShapeError for a 0-d concentration.

    >>> import plugtorch
    >>> Dirichlet(plugtorch.ones(3)).log_prob(plugtorch.tensor([0.25, 0.25, 0.5]))
    tensor(0.6931)

    Source: torch.distributions.Dirichlet.
    """

    arg_constraints = {"concentration": constraints.independent(constraints.positive, 1)}
    support = constraints.simplex
    has_rsample = True

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if concentration.ndim < 1:
            raise ShapeError("[Dirichlet] concentration needs an axis of parts, got a 0-d tensor.")
        self.concentration = concentration
        shape = concentration.shape
        super().__init__(shape[:-1], shape[-1:], validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def mode(self) -> Tensor:
        above = (self.concentration - 1).clamp(min=0)
        mode = above / above.sum(-1, keepdim=True)
        # where all are below 1 the density is largest at every corner: the first will do
        corners = (self.concentration < 1).all(-1, keepdim=True)
        first = arange(mode.shape[-1], device=mode.device) == 0
        return where(corners, first.to(mode.dtype), mode)

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, keepdim=True)
        return self.concentration * (total - self.concentration) / (total**2 * (total + 1))

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        drawn = softmax(log_gamma_sample(self.concentration.expand(shape)), -1)
        limits = finfo(drawn.dtype)
        return drawn.clamp(limits.tiny, 1 - limits.eps / 2)

    def log_prob(self, value: Tensor) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        a = self.concentration
        return xlogy(a - 1, value).sum(-1) + a.sum(-1).lgamma() - a.lgamma().sum(-1)

    def entropy(self) -> Tensor:
        a = self.concentration
        total, count = a.sum(-1), a.shape[-1]
        return (
            a.lgamma().sum(-1)
            - total.lgamma()
            - (count - total) * total.digamma()
            - ((a - 1) * a.digamma()).sum(-1)
        )

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return (self.concentration,)

    def _log_normalizer(self, x: Tensor) -> Tensor:
        return x.lgamma().sum(-1) - x.sum(-1).lgamma()
