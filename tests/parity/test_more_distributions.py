"""Distributions of vectors, matrices, angles and extremes, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from distribution_cases import OURS, RANDOM, THEIRS, WIDE, chance, positive, real, simplex
from helpers import same, same_error

import plugtorch

ROUGH = {"float64": (1e-5, 2e-5)}  # PyTorch's Bessel functions have 7 digits


def both(make: Any, inputs: list[Any], **options: Any) -> None:
    def f(library: Any) -> Any:
        return lambda *given: make(library, *given)

    same(f(OURS), f(THEIRS), inputs, **{"tolerances": WIDE, **options})


@pytest.mark.parametrize("c", [-0.5, 0.0, 0.3, 0.7, 1.5])
def test_generalized_pareto(c: float) -> None:
    """In float32: PyTorch's takes no float64."""

    def make(library: Any, loc: Any, scale: Any, x: Any) -> Any:
        made = library.GeneralizedPareto(loc, scale, loc * 0 + c)
        value = loc + scale * x
        parts = [made.log_prob(value), made.cdf(value), made.icdf(x), made.entropy(), made.mean]
        return [*parts, made.variance, made.mode, made.log_survival_function(value)]

    inputs = [real(3), positive(3), chance(3)]
    both(make, [i.astype("float32") for i in inputs], grad=False, tolerances={})


def test_logistic_normal() -> None:
    def make(library: Any, loc: Any, scale: Any, x: Any) -> Any:
        made = library.LogisticNormal(loc, scale)
        return [made.log_prob(x), made.expand((5, 2)).log_prob(x), made.loc, made.scale]

    both(make, [real(2, 3), positive(2, 3), simplex(5, 2, 4)])


@pytest.mark.parametrize("batch", [(), (2,)])
def test_low_rank_normal(batch: Any) -> None:
    def make(library: Any, loc: Any, factor: Any, diag: Any, x: Any) -> Any:
        made = library.LowRankMultivariateNormal(loc, factor, diag)
        wide = made.expand((3, 2))
        matrices = [made.covariance_matrix, made.precision_matrix, made.scale_tril]
        return [made.log_prob(x), made.entropy(), made.mean, made.variance, *matrices, wide.mean]

    both(make, [real(2, 4), real(*batch, 4, 2), positive(4), real(3, 2, 4)])

    def divergences(library: Any, a: Any, w: Any, d: Any, b: Any, lower: Any) -> Any:
        flat = library.LowRankMultivariateNormal(a, w, d)
        other = library.LowRankMultivariateNormal(b, w * 0.5, d + 1)
        full = library.MultivariateNormal(b, scale_tril=lower)
        pairs = (flat, other), (flat, full), (full, flat)
        return [library.kl_divergence(p, q) for p, q in pairs]

    lower = numpy.tril(real(4, 4), -1) + numpy.diag(positive(4))
    both(divergences, [real(2, 4), real(*batch, 4, 2), positive(4), real(4), lower], second=False)


def test_von_mises() -> None:
    def make(library: Any, loc: Any, k: Any, x: Any) -> Any:
        made = library.VonMises(loc, k)
        return [made.log_prob(x), made.mean, made.variance, made.expand((4, 3)).log_prob(x)]

    both(make, [real(3), positive(3), real(4, 3)], tolerances=ROUGH, second=False)
    both(make, [real(3), 50 * positive(3), real(4, 3)], tolerances=ROUGH, second=False)


@pytest.mark.parametrize("given", ["covariance_matrix", "precision_matrix", "scale_tril"])
def test_wishart(given: str) -> None:
    def make(library: Any, df: Any, lower: Any, x: Any) -> Any:
        matrix = lower if given == "scale_tril" else lower @ lower.mT
        made = library.Wishart(df, **{given: matrix})
        wide = made.expand((3, 2))
        moments = [made.mean, made.variance, made.mode, made.entropy()]
        return [made.log_prob(x), *moments, made.scale_tril, wide.log_prob(x), wide.mean]

    lower = numpy.tril(real(3, 3), -1) + numpy.diag(positive(3))
    x = real(2, 3, 3)
    value = x @ x.swapaxes(-1, -2) + numpy.eye(3)
    both(make, [4 + positive(2), lower, value], second=False)


@pytest.mark.parametrize("dim", [2, 3, 5])
def test_lkj(dim: int) -> None:
    rows = numpy.tril(real(4, dim, dim), -1) + numpy.eye(dim)
    value = rows / numpy.linalg.norm(rows, axis=-1, keepdims=True)

    def make(library: Any, eta: Any, x: Any) -> Any:
        made = library.LKJCholesky(dim, eta)
        return [made.log_prob(x), made.expand((4,)).log_prob(x)]

    both(lambda lib, eta: make(lib, eta, _like(lib, value)), [positive(4)])


def _like(library: Any, array: Any) -> Any:
    return plugtorch.tensor(array) if library is OURS else torch.tensor(array)


def test_correlations_of_plain_numbers() -> None:
    def make(library: Any, x: Any) -> Any:
        transform = library.CorrCholeskyTransform()
        y = transform(x)
        other = library.biject_to(library.constraints.corr_cholesky)(x)
        return [y, transform.inv(y), transform.log_abs_det_jacobian(x, y), other]

    for count in (1, 3, 10):
        both(make, [real(2, count)])
    for shape in ((2,), ()):
        sizes = [
            lambda lib=lib, shape=shape: lib.CorrCholeskyTransform().forward_shape(shape)
            for lib in (OURS, THEIRS)
        ]
        same_error(*sizes)


def test_uniform_by_a_distribution_function() -> None:
    def make(library: Any, x: Any) -> Any:
        transform = library.CumulativeDistributionTransform(library.Laplace(0.5, 2.0))
        y = transform(x)
        return [y, transform.inv(y), transform.log_abs_det_jacobian(x, y)]

    both(make, [real(3)])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, t: lib.LKJCholesky(1),
        lambda lib, t: lib.LKJCholesky(3, -1.0),
        lambda lib, t: lib.LKJCholesky(3, 1.0).log_prob(t.ones(3, 3)),
        lambda lib, t: lib.Pareto(1.0, 1.0).log_prob(t.tensor(0.5)),
        lambda lib, t: lib.Weibull(-1.0, 1.0),
        lambda lib, t: lib.ContinuousBernoulli(),
        lambda lib, t: lib.ContinuousBernoulli(1.5, validate_args=True),
        lambda lib, t: lib.Wishart(1.0, t.eye(3)),
        lambda lib, t: lib.Wishart(3.0, t.ones(3)),
        lambda lib, t: lib.LowRankMultivariateNormal(t.zeros(3), t.zeros(2, 1), t.ones(3)),
        lambda lib, t: lib.LowRankMultivariateNormal(t.zeros(3), t.zeros(3, 1), t.ones(2)),
        lambda lib, t: lib.LowRankMultivariateNormal(t.zeros(3), t.zeros(3, 1), -t.ones(3)),
        lambda lib, t: lib.FisherSnedecor(0.0, 1.0),
        lambda lib, t: lib.GeneralizedPareto(0.0, 1.0, -0.5).log_prob(t.tensor(3.0)),
    ],
)
def test_what_is_refused(wrong: Any) -> None:
    same_error(lambda: wrong(OURS, plugtorch), lambda: wrong(THEIRS, torch))


def test_mode_of_weibull() -> None:
    both(
        lambda lib, s, k: [lib.Weibull(s, k).mode],
        [positive(4), numpy.array([1.0, 1.5, 2, 3])],
        grad=False,
    )


def test_mode_of_kumaraswamy() -> None:
    """The largest of many densities; PyTorch gives NaN."""
    a, b = RANDOM.uniform(1.2, 4, 2)
    made = OURS.Kumaraswamy(plugtorch.tensor(a), plugtorch.tensor(b))
    x = plugtorch.linspace(0.0005, 0.9995, 2000, dtype=plugtorch.float64)
    assert abs(float(x[made.log_prob(x).argmax()]) - float(made.mode)) < 1e-3
