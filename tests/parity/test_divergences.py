"""Kullback-Leibler divergences and their gradients, against PyTorch."""

from __future__ import annotations

import itertools
from typing import Any

import numpy
import pytest
import torch
from distribution_cases import CASES, OURS, THEIRS, WIDE, chance, positive, real, simplex
from helpers import same

WITHOUT_DIVERGENCE = """
    FisherSnedecor HalfCauchy Kumaraswamy NegativeBinomial StudentT Weibull
""".split()


@pytest.mark.parametrize(
    ("name", "parameters"),
    [(case[0], case[1]) for case in CASES if case[0] not in WITHOUT_DIVERGENCE]
    + [("Dirichlet", {"concentration": lambda *s: positive(*s, 4)})]
    + [("Binomial", {"total_count": lambda *s: numpy.full(s, 5.0), "probs": chance})]
    + [("Categorical", {"logits": lambda *s: real(*s, 4)})]
    + [("Categorical", {"probs": lambda *s: simplex(*s, 4)})]
    + [("OneHotCategorical", {"logits": lambda *s: real(*s, 4)})],
)
def test_divergence_within_a_kind(name: str, parameters: Any) -> None:
    def compute(library: Any) -> Any:
        def f(*given: Any) -> Any:
            half = len(given) // 2
            kind = getattr(library, name)
            p, q = (kind(**dict(zip(parameters, part))) for part in (given[:half], given[half:]))
            return library.kl_divergence(p, q)

        return f

    inputs = [draw(2, 3) for _ in range(2) for draw in parameters.values()]
    same(compute(OURS), compute(THEIRS), inputs, tolerances=WIDE)


SHAPED: Any = {
    "Bernoulli": lambda lib, a, b: lib.Bernoulli(a / (a + b)),
    "Beta": lambda lib, a, b: lib.Beta(a, b),
    "Exponential": lambda lib, a, b: lib.Exponential(a + b),
    "Gamma": lambda lib, a, b: lib.Gamma(a, b),
    "Gumbel": lambda lib, a, b: lib.Gumbel(a - b, b),
    "Laplace": lambda lib, a, b: lib.Laplace(a - b, b),
    "Normal": lambda lib, a, b: lib.Normal(a - b, b),
    "ContinuousBernoulli": lambda lib, a, b: lib.ContinuousBernoulli(a / (a + b)),
    "Pareto": lambda lib, a, b: lib.Pareto(a, 2.5 + b),
    "Poisson": lambda lib, a, b: lib.Poisson(a),
    "Uniform": lambda lib, a, b: lib.Uniform(a / (a + b + 1), (a + b) / (a + b + 1)),
    "Binomial": lambda lib, a, b: lib.Binomial(3, a / (a + b)),
}


def test_divergence_between_kinds() -> None:
    checked = 0
    for p, q in itertools.product(SHAPED, SHAPED):
        if (
            p == q
            or (getattr(THEIRS, p), getattr(THEIRS, q)) not in torch.distributions.kl._KL_REGISTRY
        ):
            continue

        def compute(library: Any, p: str = p, q: str = q) -> Any:
            def f(a: Any, b: Any, c: Any, d: Any) -> Any:
                return library.kl_divergence(SHAPED[p](library, a, b), SHAPED[q](library, c, d))

            return f

        inputs = [positive(3) for _ in range(4)]
        finite = bool(torch.isfinite(compute(THEIRS)(*map(torch.tensor, inputs))).all())
        same(compute(OURS), compute(THEIRS), inputs, grad=finite, tolerances=WIDE)
        checked += 1
    assert checked == 62
    wide = lambda lib: lambda a, b: lib.kl_divergence(lib.Beta(a, b), lib.Uniform(-1.0, 2.0))  # noqa: E731
    same(wide(OURS), wide(THEIRS), [positive(3), positive(3)], tolerances=WIDE)
    cut = lambda lib: lambda a: lib.kl_divergence(lib.Uniform(-a, a), lib.Gamma(a, a))  # noqa: E731
    same(cut(OURS), cut(THEIRS), [positive(3)], grad=False)
    fewer = lambda lib: lambda p: lib.kl_divergence(lib.Binomial(5, p), lib.Binomial(4, p))  # noqa: E731
    same(fewer(OURS), fewer(THEIRS), [chance(3)], grad=False)


def test_divergence_where_probabilities_are_zero() -> None:
    f = lambda lib: lambda p, q: lib.kl_divergence(lib.Bernoulli(p), lib.Bernoulli(q))  # noqa: E731
    p, q = numpy.meshgrid([0.0, 0.5, 1.0], [0.0, 0.5, 1.0])
    same(f(OURS), f(THEIRS), [p, q], grad=False)
    g = lambda lib: lambda p, q: lib.kl_divergence(lib.Categorical(p), lib.Categorical(q))  # noqa: E731
    p = numpy.array([[0.5, 0.5, 0], [0.2, 0.8, 0], [0, 1, 0]])
    q = numpy.array([[0.5, 0.5, 0], [1.0, 0, 0], [0.2, 0.3, 0.5]])
    same(g(OURS), g(THEIRS), [p, q], grad=False)
    u = lambda lib: lambda a, b: lib.kl_divergence(lib.Uniform(a, b), lib.Uniform(0.0, 1.0))  # noqa: E731
    same(u(OURS), u(THEIRS), [numpy.array([0.2, -1.0]), numpy.array([0.8, 0.5])], grad=False)


def test_divergence_of_compounds() -> None:
    def compute(library: Any) -> Any:
        def f(a: Any, b: Any, c: Any, d: Any) -> Any:
            p, q = library.Normal(a, b), library.Normal(c, d)
            exp = [library.ExpTransform()]
            kl = library.kl_divergence
            return [
                kl(library.Independent(p, 1), library.Independent(q, 1)),
                kl(
                    library.TransformedDistribution(p, exp), library.TransformedDistribution(q, exp)
                ),
            ]

        return f

    same(compute(OURS), compute(THEIRS), [real(2, 3), positive(2, 3), real(2, 3), positive(2, 3)])
