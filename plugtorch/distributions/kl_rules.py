"""Kullback-Leibler divergences of distributions of one kind from each other."""

from __future__ import annotations

import math
from typing import Any

from plugtorch.distributions.bernoulli import Bernoulli
from plugtorch.distributions.beta import Beta
from plugtorch.distributions.binomial import Binomial
from plugtorch.distributions.categorical import Categorical
from plugtorch.distributions.cauchy import Cauchy
from plugtorch.distributions.continuous_bernoulli import ContinuousBernoulli
from plugtorch.distributions.dirichlet import Dirichlet
from plugtorch.distributions.exp_family import ExponentialFamily, expectations
from plugtorch.distributions.exponential import Exponential
from plugtorch.distributions.gamma import Gamma
from plugtorch.distributions.geometric import Geometric
from plugtorch.distributions.gumbel import Gumbel
from plugtorch.distributions.half_normal import HalfNormal
from plugtorch.distributions.independent import Independent
from plugtorch.distributions.kl import kl_divergence, register_kl
from plugtorch.distributions.laplace import Laplace
from plugtorch.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal
from plugtorch.distributions.multivariate_normal import MultivariateNormal, distance_squared
from plugtorch.distributions.normal import Normal
from plugtorch.distributions.one_hot_categorical import OneHotCategorical
from plugtorch.distributions.pareto import Pareto
from plugtorch.distributions.poisson import Poisson
from plugtorch.distributions.transformed_distribution import TransformedDistribution
from plugtorch.distributions.uniform import Uniform
from plugtorch.distributions.utils import euler_constant, softplus, sum_rightmost, where
from plugtorch.errors import ArgumentError
from plugtorch.linalg import solve_triangular
from plugtorch.tensor.joining import cat


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Any:
    if type(p) is not type(q):
        raise NotImplementedError(
            f"[kl_divergence] there is no rule for {type(p).__name__} and {type(q).__name__}. "
            "Register one with register_kl."
        )
    natural, log_normalizer, means = expectations(p)
    result = q._log_normalizer(*q._natural_params) - log_normalizer
    for own, other, mean in zip(natural, q._natural_params, means):
        result = result - sum_rightmost((other - own) * mean, len(q.event_shape))
    return result


@register_kl(Normal, Normal)
def _normal(p: Any, q: Any) -> Any:
    ratio = (p.scale / q.scale) ** 2
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale) ** 2 - 1 - ratio.log())


@register_kl(MultivariateNormal, MultivariateNormal)
def _multivariate_normal(p: Any, q: Any) -> Any:
    _same_size(p, q)
    spread = solve_triangular(q.scale_tril, p.scale_tril, upper=False)
    squared = distance_squared(q.scale_tril, q.loc - p.loc)
    trace = (spread**2).sum((-2, -1))
    return q._log_volume() - p._log_volume() + 0.5 * (trace + squared - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
@register_kl(LowRankMultivariateNormal, MultivariateNormal)
@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _low_rank_normal(p: Any, q: Any) -> Any:
    _same_size(p, q)
    apart, own = q.loc - p.loc, _columns(p)
    if isinstance(q, MultivariateNormal):
        squared = distance_squared(q.scale_tril, apart)
        trace = (solve_triangular(q.scale_tril, own, upper=False) ** 2).sum((-2, -1))
    else:
        squared = q._distance_squared(apart)
        scaled = (own**2 / q._diag.unsqueeze(-1)).sum((-2, -1))
        trace = scaled - ((q._solved() @ own) ** 2).sum((-2, -1))
    return 0.5 * (_log_det(q) - _log_det(p) + trace + squared - p.event_shape[0])


def _columns(p: Any) -> Any:
    """X with the covariance X X^T."""
    if isinstance(p, MultivariateNormal):
        return p.scale_tril
    return cat([p.cov_factor, p.cov_diag.sqrt().diag_embed()], -1)


def _log_det(p: Any) -> Any:
    """ln of the determinant of the covariance."""
    return 2 * p._log_volume() if isinstance(p, MultivariateNormal) else p._log_det()


def _same_size(p: Any, q: Any) -> None:
    if p.event_shape != q.event_shape:
        raise ArgumentError(
            f"[kl_divergence] normal distributions of {p.event_shape[0]} and {q.event_shape[0]} "
            "dimensions cannot be compared."
        )


@register_kl(HalfNormal, HalfNormal)
def _half_normal(p: Any, q: Any) -> Any:
    return _normal(p.base_dist, q.base_dist)


@register_kl(Laplace, Laplace)
def _laplace(p: Any, q: Any) -> Any:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + apart / q.scale + ratio * (-apart / p.scale).exp() - 1


@register_kl(Cauchy, Cauchy)
def _cauchy(p: Any, q: Any) -> Any:
    # Chyzak and Nielsen 2019, arXiv:1905.10965
    together = (p.scale + q.scale) ** 2 + (p.loc - q.loc) ** 2
    return together.log() - (4 * p.scale * q.scale).log()


@register_kl(Uniform, Uniform)
def _uniform(p: Any, q: Any) -> Any:
    beyond = (q.low > p.low) | (q.high < p.high)
    return where(beyond, math.inf, ((q.high - q.low) / (p.high - p.low)).log())


@register_kl(Exponential, Exponential)
def _exponential(p: Any, q: Any) -> Any:
    ratio = q.rate / p.rate
    return ratio - ratio.log() - 1


@register_kl(Bernoulli, Bernoulli)
def _bernoulli(p: Any, q: Any) -> Any:
    def side(own: Any, other: Any, difference: Any) -> Any:
        # what p never gives costs nothing, what q never gives costs everything
        return where(own == 0, 0.0, where(other == 0, math.inf, own * difference))

    first = side(p.probs, q.probs, softplus(-q.logits) - softplus(-p.logits))
    return first + side(1 - p.probs, 1 - q.probs, softplus(q.logits) - softplus(p.logits))


@register_kl(Categorical, Categorical)
def _categorical(p: Any, q: Any) -> Any:
    terms = where(q.probs == 0, math.inf, p.probs * (p.logits - q.logits))
    return where(p.probs == 0, 0.0, terms).sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _one_hot_categorical(p: Any, q: Any) -> Any:
    return _categorical(p._categorical, q._categorical)


@register_kl(Geometric, Geometric)
def _geometric(p: Any, q: Any) -> Any:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(Gumbel, Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    ratio, apart = p.scale / q.scale, (p.loc - q.loc) / q.scale
    bent = ((1 + ratio).lgamma() - apart).exp()
    return apart - ratio.log() + euler_constant * (ratio - 1) + bent - 1


@register_kl(Gamma, Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    return (
        b * (p.rate / q.rate).log()
        + (b.lgamma() - a.lgamma())
        + (a - b) * a.digamma()
        + (q.rate - p.rate) * (a / p.rate)
    )


@register_kl(Dirichlet, Dirichlet)
def _dirichlet(p: Any, q: Any) -> Any:
    a, b = p.concentration, q.concentration
    total = a.sum(-1)
    expected = (a - b) * (a.digamma() - total.digamma().unsqueeze(-1))
    spread = total.lgamma() - b.sum(-1).lgamma()
    return spread - (a.lgamma() - b.lgamma()).sum(-1) + expected.sum(-1)


@register_kl(Beta, Beta)
def _beta(p: Any, q: Any) -> Any:
    return _dirichlet(p._dirichlet, q._dirichlet)


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    norms = p._log_norm() - softplus(p.logits) - q._log_norm() + softplus(q.logits)
    return p.mean * (p.logits - q.logits) + norms


@register_kl(Pareto, Pareto)
def _pareto(p: Any, q: Any) -> Any:
    ratio = q.alpha / p.alpha
    divergence = q.alpha * (p.scale / q.scale).log() - ratio.log() + ratio - 1
    return where(p.scale < q.scale, math.inf, divergence)


@register_kl(Poisson, Poisson)
def _poisson(p: Any, q: Any) -> Any:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Binomial, Binomial)
def _binomial(p: Any, q: Any) -> Any:
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError(
            "[kl_divergence] of binomial distributions is known where the first has as many trials."
        )
    each = p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p()
    return where(p.total_count > q.total_count, math.inf, p.total_count * each)


@register_kl(Independent, Independent)
def _independent(p: Any, q: Any) -> Any:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError(
            "[kl_divergence] the two Independent distributions have different numbers of axes."
        )
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _transformed(p: Any, q: Any) -> Any:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError(
            "[kl_divergence] the two transformed distributions have different transforms."
        )
    return kl_divergence(p.base_dist, q.base_dist)
