"""Distributions: log_prob, entropy, moments, cdf, divergences and gradients, against PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import same, same_error

import plugtorch

OURS: Any = plugtorch.distributions
THEIRS: Any = torch.distributions
RANDOM = numpy.random.default_rng(4)


def real(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def positive(*shape: int) -> Any:
    return RANDOM.uniform(0.3, 3, shape)


def chance(*shape: int) -> Any:
    return RANDOM.uniform(0.05, 0.95, shape)


def simplex(*shape: int) -> Any:
    return RANDOM.dirichlet(numpy.ones(shape[-1]), shape[:-1])


def one_hot(*shape: int) -> Any:
    return numpy.eye(shape[-1])[RANDOM.integers(0, shape[-1], shape[:-1])]


def counts(*shape: int) -> Any:
    return RANDOM.integers(0, 6, shape).astype("float64")


def coins(*shape: int) -> Any:
    return RANDOM.integers(0, 2, shape).astype("float64")


# name, parameters with what draws them, what draws values, whether there are cdf and icdf
CASES: list[tuple[str, dict[str, Any], Any, str]] = [
    ("Normal", {"loc": real, "scale": positive}, real, "cdf"),
    ("Laplace", {"loc": real, "scale": positive}, real, "cdf icdf"),
    ("Cauchy", {"loc": real, "scale": positive}, real, "cdf icdf"),
    ("Gumbel", {"loc": real, "scale": positive}, real, "cdf icdf"),
    ("LogNormal", {"loc": real, "scale": positive}, positive, "cdf"),
    ("HalfNormal", {"scale": positive}, positive, "cdf"),
    ("HalfCauchy", {"scale": positive}, positive, "cdf icdf"),
    ("Exponential", {"rate": positive}, positive, "cdf icdf"),
    ("Bernoulli", {"probs": chance}, coins, ""),
    ("Bernoulli", {"logits": real}, coins, ""),
    ("Geometric", {"probs": chance}, counts, ""),
    ("Geometric", {"logits": real}, counts, ""),
]
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
    same(methods(OURS, name, parameters, wanted), methods(THEIRS, name, parameters, wanted), inputs)


@pytest.mark.parametrize("shapes", [((), ()), ((3,), (3,)), ((2, 1), (3,)), ((2, 3), (4, 2, 3))])
@pytest.mark.parametrize(("name", "parameters", "values", "has"), CASES, ids=IDS)
def test_formulas(name: str, parameters: Any, values: Any, has: str, shapes: Any) -> None:
    own, given = shapes
    if len(parameters) == 1:
        own = given[-len(own) :] if own else ()
    inputs = [draw(*own) for draw in parameters.values()]
    names = list(parameters)
    check(name, names, ["log_prob"], [*inputs, numpy.asarray(values(*given))])
    if "cdf" in has:
        check(name, names, ["cdf"], [*inputs, numpy.asarray(values(*given))])
    if "icdf" in has:
        check(name, names, ["icdf"], [*inputs, numpy.asarray(chance(*given))])
    check(name, names, ["entropy"], inputs)
    moments = list(MOMENTS)
    if name == "Bernoulli":
        moments.remove("mode")  # a step, whose graph PyTorch keeps
    check(name, names, [m for m in moments if _has(name, names, inputs, m)], inputs)


def _has(name: str, names: list[str], inputs: list[Any], moment: str) -> bool:
    made = getattr(THEIRS, name)(**{n: torch.as_tensor(x) for n, x in zip(names, inputs)})
    try:
        getattr(made, moment)
    except NotImplementedError:
        return False
    return True


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


# -- divergences -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameters"),
    [(case[0], case[1]) for case in CASES if case[0] not in ("Gumbel", "HalfCauchy")]
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
    same(compute(OURS), compute(THEIRS), inputs)


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
