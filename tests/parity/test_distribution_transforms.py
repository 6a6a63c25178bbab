"""Transforms of distributions, and constraints, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import same

import plugtorch

OURS: Any = plugtorch.distributions
THEIRS: Any = torch.distributions
RANDOM = numpy.random.default_rng(4)


def real(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def positive(*shape: int) -> Any:
    return RANDOM.uniform(0.3, 3, shape)


def chains(library: Any) -> dict[str, Any]:
    t = library.transforms
    return {
        "exp": [t.ExpTransform()],
        "affine": [t.AffineTransform(1.5, -2.0)],
        "sigmoid": [t.SigmoidTransform()],
        "tanh": [t.TanhTransform(cache_size=1)],
        "softplus": [t.SoftplusTransform()],
        "squashed": [t.TanhTransform(), t.AffineTransform(0.5, 3.0)],
        "power": [t.ExpTransform(), t.PowerTransform(2.0)],
        "stick": [t.StickBreakingTransform()],
        "affine vector": [t.AffineTransform(0.0, 2.0, event_dim=1)],
        "independent": [t.IndependentTransform(t.ExpTransform(), 1)],
        "reshape": [t.ReshapeTransform((4,), (2, 2))],
        "inverse": [t.SigmoidTransform().inv.inv, t.AffineTransform(2.0, 4.0).inv],
        "composed": [t.ComposeTransform([t.AffineTransform(0.0, 3.0), t.StickBreakingTransform()])],
        "cat": [t.CatTransform([t.ExpTransform(), t.TanhTransform()], -1, [1, 3])],
        "stack": [t.StackTransform([t.ExpTransform(), t.TanhTransform()], 0)],
    }


@pytest.mark.parametrize("name", chains(OURS))
def test_transforms(name: str) -> None:
    def compute(library: Any) -> Any:
        def f(loc: Any, scale: Any, noise: Any) -> Any:
            chain = chains(library)[name]
            made = library.TransformedDistribution(library.Normal(loc, scale), chain)
            x = noise
            for transform in chain:
                x = transform(x)
            found = [x, made.log_prob(x)]
            last = chain[-1]
            found += [last.inv(x)]
            if name not in ("cat", "stack"):
                found += [made.expand((3, *made.batch_shape)).log_prob(x)]
            return found

        return f

    same(compute(OURS), compute(THEIRS), [real(2, 4), positive(2, 4), real(2, 4)])


@pytest.mark.parametrize("name", ["exp", "affine", "sigmoid", "squashed"])
def test_cdf_of_transformed(name: str) -> None:
    def compute(library: Any) -> Any:
        def f(loc: Any, scale: Any, noise: Any) -> Any:
            chain = chains(library)[name]
            made = library.TransformedDistribution(library.Laplace(loc, scale), chain)
            x = noise
            for transform in chain:
                x = transform(x)
            return [made.cdf(x), made.icdf(made.cdf(x))]

        return f

    same(compute(OURS), compute(THEIRS), [real(3), positive(3), real(3)], second=False)


def test_squashed_gaussian_policy() -> None:
    """As reinforcement learning has it: a tanh of a normal, scored at its own sample."""

    def compute(library: Any, tanh: Any) -> Any:
        def f(loc: Any, scale: Any, noise: Any) -> Any:
            made = library.TransformedDistribution(
                library.Independent(library.Normal(loc, scale), 1), [library.TanhTransform(1)]
            )
            action = made.transforms[0](loc + scale * noise)
            return [action, made.log_prob(action)]

        return f

    inputs = [real(2, 4), positive(2, 4), 4 * real(2, 4)]
    same(compute(OURS, plugtorch.tanh), compute(THEIRS, torch.tanh), inputs, second=False)


def registered(library: Any) -> list[Any]:
    c = library.constraints
    return [
        *(c.real, c.positive, c.unit_interval, c.interval(-1.0, 3.0), c.greater_than(2.0)),
        *(c.less_than(1.0), c.simplex, c.real_vector, c.independent(c.positive, 1)),
        *(c.half_open_interval(0.0, 2.0), c.nonnegative, c.greater_than_eq(1.0)),
        *(c.cat([c.positive, c.unit_interval], -1, [2, 2]), c.stack([c.real, c.positive] * 2, -1)),
    ]


@pytest.mark.parametrize("which", range(len(registered(OURS))))
def test_constraint_registry(which: int) -> None:
    def compute(library: Any) -> Any:
        def f(x: Any) -> Any:
            constraint = registered(library)[which]
            found = []
            for registry in (library.biject_to, library.transform_to):
                transform = registry(constraint)
                y = transform(x)
                if not bool(constraint.check(y).all()):
                    raise AssertionError
                found += [y, transform.inv(y)]
            return found

        return f

    same(compute(OURS), compute(THEIRS), [real(3, 4)], second=False)
    x = numpy.concatenate(
        [real(3, 4), RANDOM.dirichlet([1, 1, 1, 1], 2), numpy.eye(4), [[numpy.nan] * 4]]
    )
    same(
        lambda x: registered(OURS)[which].check(x),
        lambda x: registered(THEIRS)[which].check(x),
        [x],
    )
    assert repr(registered(OURS)[which]) == repr(registered(THEIRS)[which])
    assert registered(OURS)[which].event_dim == registered(THEIRS)[which].event_dim


@pytest.mark.parametrize(
    "name",
    ["boolean", "one_hot", "nonnegative_integer", "positive_integer", "lower_triangular"]
    + ["lower_cholesky", "square", "symmetric", "corr_cholesky", "real_vector"],
)
def test_constraints(name: str) -> None:
    matrices = numpy.stack([real(3, 3), numpy.tril(real(3, 3)), numpy.eye(3), numpy.ones((3, 3))])
    x = [*matrices, numpy.array([0.0, 1, 2]), numpy.array([0.0, 1, 0]), numpy.array([0.5, -1, 0])]
    for value in x:
        if value.ndim < getattr(OURS.constraints, name).event_dim:
            continue
        f = lambda lib: lambda x: getattr(lib.constraints, name).check(x)  # noqa: E731
        same(f(OURS), f(THEIRS), [value], grad=False)
    assert repr(getattr(OURS.constraints, name)) == repr(getattr(THEIRS.constraints, name))
