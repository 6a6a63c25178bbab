"""Kullback-Leibler divergences of distributions of different kinds: -H(p) - E_p ln q, with the mean
of ln q written out for each kind of q.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

from plugtorch.distributions.bernoulli import Bernoulli
from plugtorch.distributions.beta import Beta
from plugtorch.distributions.binomial import Binomial
from plugtorch.distributions.continuous_bernoulli import ContinuousBernoulli
from plugtorch.distributions.exponential import Exponential
from plugtorch.distributions.gamma import Gamma
from plugtorch.distributions.gumbel import Gumbel
from plugtorch.distributions.kl import register_kl
from plugtorch.distributions.laplace import Laplace
from plugtorch.distributions.normal import Normal
from plugtorch.distributions.pareto import Pareto
from plugtorch.distributions.poisson import Poisson
from plugtorch.distributions.uniform import Uniform
from plugtorch.distributions.utils import euler_constant, softplus, where
from plugtorch.tensor import Tensor
from plugtorch.tensor.functions import xlogy


def _infinite(p: Any, q: Any) -> Any:
    """p gives values that q never gives."""
    shape = (p.entropy() if not isinstance(p, Poisson) else p.rate) * 0
    return shape.detach() + math.inf


for _kinds in (
    itertools.product((Exponential, Gamma), (Beta, ContinuousBernoulli, Pareto, Uniform)),
    itertools.product(
        (Gumbel, Laplace, Normal),
        (Beta, ContinuousBernoulli, Exponential, Gamma, Pareto, Uniform),
    ),
    itertools.product((Beta, ContinuousBernoulli), (Pareto,)),
    itertools.product((Pareto,), (Beta, ContinuousBernoulli, Uniform)),
    itertools.product((Poisson,), (Bernoulli, Binomial)),
):
    for _pair in _kinds:
        register_kl(*_pair)(_infinite)


@register_kl(Bernoulli, Poisson)
def _to_poisson(p: Any, q: Any) -> Any:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


@register_kl(Beta, Normal)
@register_kl(ContinuousBernoulli, Normal)
@register_kl(Exponential, Normal)
@register_kl(Gamma, Normal)
@register_kl(Gumbel, Normal)
@register_kl(Laplace, Normal)
@register_kl(Pareto, Normal)
@register_kl(Uniform, Normal)
def _to_normal(p: Any, q: Any) -> Any:
    squared = p.variance + (p.mean - q.loc) ** 2
    return -p.entropy() + 0.5 * math.log(2 * math.pi) + q.scale.log() + squared / (2 * q.scale**2)


@register_kl(Beta, Exponential)
@register_kl(ContinuousBernoulli, Exponential)
@register_kl(Gamma, Exponential)
@register_kl(Pareto, Exponential)
@register_kl(Uniform, Exponential)
def _to_exponential(p: Any, q: Any) -> Any:
    return _positive_only(p, -p.entropy() - q.rate.log() + q.rate * p.mean)


@register_kl(Beta, Gamma)
@register_kl(Exponential, Gamma)
@register_kl(Pareto, Gamma)
@register_kl(Uniform, Gamma)
def _to_gamma(p: Any, q: Any) -> Any:
    a = q.concentration
    front = a * q.rate.log() - a.lgamma()
    return _positive_only(p, -p.entropy() - front - (a - 1) * _mean_log(p) + q.rate * p.mean)


@register_kl(Exponential, Gumbel)
@register_kl(Gamma, Gumbel)
@register_kl(Normal, Gumbel)
@register_kl(Uniform, Gumbel)
def _to_gumbel(p: Any, q: Any) -> Any:
    bent = (q.loc / q.scale).exp() * _mean_exp(p, q.scale)
    return -p.entropy() + q.scale.log() + (p.mean - q.loc) / q.scale + bent


@register_kl(Normal, Laplace)
def _to_laplace(p: Any, q: Any) -> Any:
    apart = p.loc - q.loc
    z = apart / p.scale
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * z**2).exp()
    distance = distance + apart * (z * math.sqrt(0.5)).erf()
    return -p.entropy() + (2 * q.scale).log() + distance / q.scale


@register_kl(Beta, Uniform)
@register_kl(ContinuousBernoulli, Uniform)
def _to_uniform(p: Any, q: Any) -> Any:
    within = (q.low <= 0) & (q.high >= 1)
    return where(within, -p.entropy() + (q.high - q.low).log(), math.inf)


@register_kl(Beta, ContinuousBernoulli)
@register_kl(Uniform, ContinuousBernoulli)
def _to_continuous_bernoulli(p: Any, q: Any) -> Any:
    divergence = -p.entropy() - p.mean * q.logits + softplus(q.logits) - q._log_norm()
    if isinstance(p, Beta):
        return divergence
    return where((p.high >= 1) | (p.low <= 0), math.inf, divergence)


@register_kl(Uniform, Pareto)
def _to_pareto(p: Any, q: Any) -> Any:
    front = q.alpha.log() + q.alpha * q.scale.log()
    divergence = -p.entropy() - front + (q.alpha + 1) * _mean_log(p)
    return where(p.low < q.scale, math.inf, divergence)


@register_kl(Uniform, Beta)
def _to_beta(p: Any, q: Any) -> Any:
    a, b = q.concentration1, q.concentration0
    front = (a + b).lgamma() - a.lgamma() - b.lgamma()
    above, below = _mean_log(p), _mean_log_between(1 - p.high, 1 - p.low)
    divergence = -p.entropy() - front - (a - 1) * above - (b - 1) * below
    return where((p.high > 1) | (p.low < 0), math.inf, divergence)


def _positive_only(p: Any, divergence: Tensor) -> Any:
    """Infinite where p has negative values."""
    return where(p.low < 0, math.inf, divergence) if isinstance(p, Uniform) else divergence


def _mean_log(p: Any) -> Any:
    """E ln x."""
    if isinstance(p, Beta):
        return p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma()
    if isinstance(p, Exponential):
        return -p.rate.log() - euler_constant
    if isinstance(p, Pareto):
        return p.scale.log() + p.alpha.reciprocal()
    return _mean_log_between(p.low, p.high)


def _mean_log_between(low: Tensor, high: Tensor) -> Any:
    return (xlogy(high, high) - xlogy(low, low)) / (high - low) - 1


def _mean_exp(p: Any, scale: Any) -> Any:
    """E e^(-x / scale)."""
    if isinstance(p, Exponential):
        return p.rate * scale / (p.rate * scale + 1)
    if isinstance(p, Gamma):
        return (1 + 1 / (p.rate * scale)) ** -p.concentration
    if isinstance(p, Normal):
        return (0.5 * (p.scale / scale) ** 2 - p.loc / scale).exp()
    ends = (-p.low / scale).exp() - (-p.high / scale).exp()
    return scale * ends / (p.high - p.low)
