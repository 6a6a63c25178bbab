"""Distributions: log_prob, entropy, moments, cdf, divergences and gradients, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from distribution_cases import (
    CASES,
    OURS,
    RANDOM,
    THEIRS,
    WIDE,
    chance,
    one_hot,
    positive,
    real,
    simplex,
)
from helpers import same, same_error

import plugtorch

IDS = [f"{case[0]}-{'-'.join(case[1])}" for case in CASES]
MOMENTS = ("mean", "variance", "stddev", "mode")


def methods(
    library: Any, name: str, names: list[str], wanted: list[str]
) -> Callable[..., list[Any]]:
    def compute(*arguments: Any) -> list[Any]:
        value = arguments[len(names)] if len(arguments) > len(names) else None
        made = getattr(library, name)(**dict(zip(names, arguments)))
        found = []
        for method in wanted:
            member = getattr(made, method)
            needs_value = method in ("log_prob", "cdf", "icdf")
            found.append(
                member if method in MOMENTS else member(value) if needs_value else member()
            )
        return found

    return compute


def check(name: str, parameters: list[str], wanted: list[str], inputs: list[Any]) -> None:
    ours, theirs = [methods(lib, name, parameters, wanted) for lib in (OURS, THEIRS)]
    same(ours, theirs, inputs, tolerances=WIDE)


@pytest.mark.parametrize("shapes", [((), ()), ((3,), (3,)), ((2, 1), (3,)), ((2, 3), (4, 2, 3))])
@pytest.mark.parametrize(("name", "parameters", "values", "has"), CASES, ids=IDS)
def test_formulas(name: str, parameters: Any, values: Any, has: str, shapes: Any) -> None:
    own, given = shapes
    if len(parameters) == 1:
        own = given[-len(own) :] if own else ()
    inputs = [draw(*own) for draw in parameters.values()]
    names = list(parameters)
    check(name, names, ["log_prob"], [*inputs, numpy.asarray(values(*given))])
    if has.startswith("cdf of"):  # with no gradient to the concentration, in PyTorch as well
        values_only = [methods(lib, name, names, ["cdf"]) for lib in (OURS, THEIRS)]
        same(*values_only, [*inputs, numpy.asarray(values(*given))], grad=False)
    elif "cdf" in has:
        check(name, names, ["cdf"], [*inputs, numpy.asarray(values(*given))])
    if "icdf" in has:
        check(name, names, ["icdf"], [*inputs, numpy.asarray(chance(*given))])
    if "no entropy" not in has:
        check(name, names, ["entropy"], inputs)
    moments = list(MOMENTS)
    if name in ("Bernoulli", "Beta", "Poisson", "NegativeBinomial", "Weibull", "Kumaraswamy"):
        moments.remove("mode")  # a step, or corners: below
    check(name, names, [m for m in moments if _has(name, names, inputs, m)], inputs)


def _has(name: str, names: list[str], inputs: list[Any], moment: str) -> bool:
    made = getattr(THEIRS, name)(**{n: torch.as_tensor(x) for n, x in zip(names, inputs)})
    try:
        getattr(made, moment)
    except NotImplementedError:
        return False
    return True


def test_modes() -> None:
    for name, parameters in (
        ("Beta", [numpy.array([0.5, 2, 3, 0.5]), numpy.array([0.5, 3, 0.5, 4])]),
        ("Poisson", [numpy.array([0.0, 0.5, 3, 4.7])]),
        ("Gamma", [numpy.array([0.5, 2.0]), numpy.array([0.5, 3.0])]),
        ("Bernoulli", [numpy.array([0.0, 0.3, 0.5, 0.7, 1])]),
        ("NegativeBinomial", [numpy.array([1.0, 3, 8]), numpy.array([0.1, 0.5, 0.9])]),
        ("Dirichlet", [numpy.array([[0.5, 0.5, 0.5], [1, 2, 3], [0.2, 0.5, 3]])]),
        ("Binomial", [numpy.array([1.0, 7, 8]), numpy.array([0.1, 0.5, 1])]),
        ("StudentT", [numpy.array([0.5, 1.5, 3])]),
    ):
        ours, theirs = [
            lambda *given, lib=lib, name=name: [
                getattr(getattr(lib, name)(*given), what) for what in MOMENTS
            ]
            for lib in (OURS, THEIRS)
        ]
        same(ours, theirs, parameters, grad=False)


def test_dirichlet() -> None:
    concentration, value = positive(2, 3), simplex(4, 2, 3)
    check("Dirichlet", ["concentration"], ["log_prob"], [concentration, value])
    check("Dirichlet", ["concentration"], ["entropy", "mean", "variance"], [concentration])
    wide = lambda lib: lambda c, x: lib.Dirichlet(c).expand((4, 2)).log_prob(x)  # noqa: E731
    same(wide(OURS), wide(THEIRS), [concentration, value], tolerances=WIDE)


@pytest.mark.parametrize("given", ["probs", "logits"])
def test_binomial(given: str) -> None:
    parameter = chance(2, 3) if given == "probs" else real(2, 3)
    value, count = RANDOM.integers(0, 6, (4, 2, 3)).astype("float64"), numpy.array([5.0, 6, 7])
    check("Binomial", ["total_count", given], ["log_prob"], [count, parameter, value])
    check("Binomial", ["total_count", given], ["mean", "variance"], [count, parameter])

    def rest(library: Any) -> Any:
        def f(p: Any) -> Any:
            made = library.Binomial(4, **{given: p})
            wide = made.expand((5, 2, 3))
            return [made.entropy(), made.enumerate_support(), wide.mean, wide.total_count]

        return f

    same(rest(OURS), rest(THEIRS), [parameter], tolerances=WIDE)
    odd = lambda lib: lambda n, p: lib.Binomial(n, p).enumerate_support()  # noqa: E731
    same_error(odd(OURS), odd(THEIRS), [count, chance(3)])


@pytest.mark.parametrize("given", ["probs", "logits"])
def test_multinomial(given: str) -> None:
    parameter = positive(2, 3) if given == "probs" else real(2, 3)
    value = RANDOM.multinomial(5, [0.2, 0.3, 0.5], (4, 2)).astype("float64")

    def f(library: Any) -> Any:
        def compute(p: Any, x: Any) -> Any:
            made = library.Multinomial(5, **{given: p})
            wide = made.expand((4, 2))
            parts = [made.log_prob(x), made.entropy(), made.mean, made.variance]
            return [*parts, wide.log_prob(x)]

        return compute

    same(f(OURS), f(THEIRS), [parameter, value], tolerances=WIDE)
    wrong = lambda lib: lambda p: lib.Multinomial(p, p)  # noqa: E731
    with pytest.raises(ValueError, match="whole number"):
        wrong(OURS)(plugtorch.ones(2))


@pytest.mark.parametrize("given", ["probs", "logits"])
@pytest.mark.parametrize("name", ["RelaxedBernoulli", "RelaxedOneHotCategorical"])
def test_relaxed(name: str, given: str) -> None:
    parameter = chance(2, 3) if given == "probs" else real(2, 3)
    value = chance(4, 2, 3) if name == "RelaxedBernoulli" else simplex(4, 2, 3)

    def f(library: Any) -> Any:
        def compute(t: Any, p: Any, x: Any) -> Any:
            made = getattr(library, name)(t, **{given: p})
            wide = made.expand((4, 2, 3) if name == "RelaxedBernoulli" else (4, 2))
            return [made.log_prob(x), wide.log_prob(x), made.probs, made.logits]

        return compute

    same(f(OURS), f(THEIRS), [numpy.array(0.7), parameter, value])


def test_gradient_of_gamma_numbers() -> None:
    """PyTorch's is an approximation, to about one part in a thousand."""
    from plugtorch.distributions.gamma_sampling import _slope

    a = numpy.exp(RANDOM.uniform(-3, 7, 4000))
    x = numpy.maximum(RANDOM.gamma(a), 1e-300)
    ours = _slope(plugtorch.tensor(a), plugtorch.tensor(x).log()).numpy() * x
    theirs = torch._standard_gamma_grad(torch.tensor(a), torch.tensor(x)).numpy()
    numpy.testing.assert_allclose(ours, theirs, rtol=3e-3, atol=1e-6)


@pytest.mark.parametrize("name", ["Categorical", "OneHotCategorical"])
@pytest.mark.parametrize("given", ["probs", "logits"])
@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_categories(name: str, given: str, batch: Any) -> None:
    parameter = positive(*batch, 4) if given == "probs" else real(*batch, 4)
    if name == "Categorical":
        value = RANDOM.integers(0, 4, (5, *batch))
    else:
        value = one_hot(5, *batch, 4)
    check(name, [given], ["log_prob"], [parameter, value])
    check(name, [given], ["entropy", "probs", "logits"][:1], [parameter])
    check(name, [given], ["perplexity"], [parameter])

    def rest(library: Any) -> Callable[..., list[Any]]:
        def compute(x: Any) -> list[Any]:
            made = getattr(library, name)(**{given: x})
            wide = made.expand((2, *batch))
            listed = [made.enumerate_support(), made.enumerate_support(expand=False)]
            shapes = [tuple(wide.batch_shape), tuple(made.event_shape), repr(made), repr(wide)]
            moments = [made.probs, made.logits, made.mode, made.mean, made.variance]
            text = [s.replace("plugtorch", "torch") if isinstance(s, str) else s for s in shapes]
            return [wide.probs, *moments, *listed, *text]

        return compute

    same(rest(OURS), rest(THEIRS), [parameter], grad=False)


def test_uniform() -> None:
    low, width = real(3), positive(3)
    for method in ("log_prob", "cdf", "icdf"):
        value = chance(4, 3) if method == "icdf" else low + width * chance(4, 3)

        def compute(library: Any, method: str = method) -> Any:
            return lambda a, b, x: getattr(library.Uniform(a, a + b), method)(x)

        same(compute(OURS), compute(THEIRS), [low, width, value])

    def rest(library: Any) -> Any:
        def compute(a: Any, b: Any) -> Any:
            made = library.Uniform(a, a + b)
            return [made.mean, made.variance, made.stddev, made.entropy()]

        return compute

    same(rest(OURS), rest(THEIRS), [low, width])
    outside = lambda lib: lambda x: lib.Uniform(0.0, 1.0, validate_args=False).log_prob(x)  # noqa: E731
    same(outside(OURS), outside(THEIRS), [numpy.array([-1.0, 0, 0.5, 1, 2])], grad=False)


def test_dtypes_and_numbers() -> None:
    for loc, scale in [(0.5, 2.0), (1, 2)]:
        for lib, t in ((OURS, plugtorch), (THEIRS, torch)):
            made = lib.Normal(loc, scale)
            assert made.loc.dtype == t.float32
            assert made.batch_shape == ()
            assert made.sample((2,)).shape == (2,)
    f = lambda lib: lambda x: lib.Normal(x, 2.0).log_prob(x)  # noqa: E731
    same(f(OURS), f(THEIRS), [real(3).astype("float32")])


# -- made of others --------------------------------------------------------------------------------


def test_independent() -> None:
    def compute(library: Any) -> Any:
        def f(loc: Any, scale: Any, x: Any) -> Any:
            made = library.Independent(library.Normal(loc, scale), 1)
            wide = made.expand((5, 2))
            return [made.log_prob(x), made.entropy(), made.mean, made.variance, wide.mean]

        return f

    same(compute(OURS), compute(THEIRS), [real(2, 3), positive(2, 3), real(4, 2, 3)])
    for lib in (OURS, THEIRS):
        made = lib.Independent(
            lib.Normal(plugtorch.zeros(2) if lib is OURS else torch.zeros(2), 1.0), 1
        )
        assert (made.batch_shape, made.event_shape) == ((), (2,))
        assert made.has_rsample
        assert repr(made.support) == "IndependentConstraint(Real(), 1)"
    too_many = lambda lib, t: lambda: lib.Independent(lib.Normal(t.zeros(2), t.ones(2)), 2)  # noqa: E731
    same_error(too_many(OURS, plugtorch), too_many(THEIRS, torch))


def test_mixtures() -> None:
    def compute(library: Any) -> Any:
        def f(weights: Any, loc: Any, scale: Any, x: Any) -> Any:
            parts = library.Independent(library.Normal(loc, scale), 1)
            made = library.MixtureSameFamily(library.Categorical(logits=weights), parts)
            plain = library.MixtureSameFamily(
                library.Categorical(logits=weights), library.Normal(loc[..., 0], scale[..., 0])
            )
            return [
                *(made.log_prob(x), made.mean, made.variance),
                *(plain.cdf(x[..., 0]), plain.log_prob(x[..., 0])),
                made.expand((4, 2)).log_prob(x),
            ]

        return f

    inputs = [real(2, 3), real(2, 3, 5), positive(2, 3, 5), real(4, 2, 5)]
    same(compute(OURS), compute(THEIRS), inputs)


# -- refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, t: lib.Normal(0.0, -1.0),
        lambda lib, t: lib.Normal(t.tensor([0.0, float("nan")]), 1.0),
        lambda lib, t: lib.Normal("a", 1.0),
        lambda lib, t: lib.Bernoulli(1.5),
        lambda lib, t: lib.Bernoulli(),
        lambda lib, t: lib.Bernoulli(probs=0.5, logits=0.1),
        lambda lib, t: lib.Categorical(t.tensor([-1.0, 2.0])),
        lambda lib, t: lib.Categorical(t.tensor(1.0)),
        lambda lib, t: lib.Categorical(t.ones(3)).log_prob(t.tensor(3)),
        lambda lib, t: lib.Bernoulli(0.5).log_prob(t.tensor(0.5)),
        lambda lib, t: lib.Uniform(1.0, 0.0),
        lambda lib, t: lib.Uniform(0.0, 1.0).log_prob(t.tensor(2.0)),
        lambda lib, t: lib.Normal(t.zeros(3), t.ones(3)).log_prob(t.zeros(2)),
        lambda lib, t: lib.Normal(0.0, 1.0).log_prob(0.5),
        lambda lib, t: lib.Exponential(1.0).log_prob(t.tensor(-1.0)),
        lambda lib, t: lib.Geometric(0.0),
        lambda lib, t: lib.OneHotCategorical(t.ones(3)).log_prob(t.ones(3)),
        lambda lib, t: lib.TransformedDistribution(lib.Normal(0.0, 1.0), "exp"),
        lambda lib, t: lib.TransformedDistribution(
            lib.Normal(0.0, 1.0), lib.StickBreakingTransform()
        ),
        lambda lib, t: lib.ExpTransform(cache_size=2),
        lambda lib, t: lib.Distribution.set_default_validate_args(3),
    ],
)
def test_what_is_refused(wrong: Any) -> None:
    error = same_error(lambda: wrong(OURS, plugtorch), lambda: wrong(THEIRS, torch))
    assert str(error).startswith("[")


@pytest.mark.parametrize(
    "missing",
    [
        lambda lib: lib.kl_divergence(lib.Normal(0.0, 1.0), lib.Bernoulli(0.5)),
        lambda lib: lib.Bernoulli(0.5).rsample(),
        lambda lib: lib.Normal(0.0, 1.0).enumerate_support(),
        lambda lib: lib.Bernoulli(0.5).cdf(None),
        lambda lib: lib.biject_to(lib.constraints.boolean),
    ],
)
def test_what_is_not_implemented(missing: Any) -> None:
    for library in (OURS, THEIRS):
        with pytest.raises(NotImplementedError):
            missing(library)


def test_unvalidated() -> None:
    f = lambda lib: lambda x: lib.Bernoulli(0.3, validate_args=False).log_prob(x)  # noqa: E731
    same(f(OURS), f(THEIRS), [real(3).astype("float32")], grad=False)
