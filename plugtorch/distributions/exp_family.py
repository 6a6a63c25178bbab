"""What the exponential families have in common."""

from __future__ import annotations

from typing import Any

from plugtorch.autograd import enable_grad, grad
from plugtorch.distributions.distribution import Distribution
from plugtorch.distributions.utils import sum_rightmost
from plugtorch.tensor import Tensor


class ExponentialFamily(Distribution):
    """Density h(x) e^(sum_i n_i t_i(x) - A(n)): subclass it with the natural parameters n,
    ``_natural_params``, and A, ``_log_normalizer``. Entropy and ``kl_divergence`` follow from them.

    ``_mean_carrier_measure`` is the mean of ln h(x), which the entropy needs too.

    >>> from plugtorch.distributions import Normal
    >>> isinstance(Normal(0.0, 1.0), ExponentialFamily)
    True

    Nielsen and Nock 2010, "Entropies and cross-entropies of exponential families";
    torch.distributions.ExponentialFamily.
    """

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        raise self._missing("_natural_params")

    def _log_normalizer(self, *natural_params: Any) -> Tensor:
        raise self._missing("_log_normalizer")

    _mean_carrier_measure: Any = None

    def entropy(self) -> Tensor:
        carried = self._mean_carrier_measure
        if carried is None:
            raise self._missing("entropy")
        natural, log_normalizer, means = expectations(self)
        terms = [
            sum_rightmost(n * mean, n.ndim - len(self._batch_shape))
            for n, mean in zip(natural, means)
        ]
        return log_normalizer - sum(terms[1:], terms[0]) - carried


def expectations(family: ExponentialFamily) -> tuple[Any, Any, Any]:
    """The natural parameters, A of them, and its derivatives: the means of t_i(x)."""
    with enable_grad():
        natural = [
            n if n.requires_grad else n.detach().requires_grad_() for n in family._natural_params
        ]
        log_normalizer = family._log_normalizer(*natural)
        means = grad(log_normalizer.sum(), natural, create_graph=True)
    return natural, log_normalizer, means
