"""Normal distributions of vectors, and constraints on matrices, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from distribution_cases import OURS, THEIRS, WIDE, real
from helpers import same, same_error

import plugtorch

KINDS = ("covariance_matrix", "precision_matrix", "scale_tril")


def matrix(kind: str, *shape: int) -> Any:
    x = real(*shape, 3, 3)
    if kind == "scale_tril":
        return numpy.tril(x, -1) + numpy.exp(0.3 * x) * numpy.eye(3)
    return x @ numpy.swapaxes(x, -1, -2) + numpy.eye(3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "shapes", [((), (), ()), ((2,), (), (4, 2)), ((), (2,), (2,)), ((2,), (2,), ())]
)
def test_formulas(kind: str, shapes: Any) -> None:
    own, of_matrix, given = shapes
    inputs = [real(*own, 3), matrix(kind, *of_matrix), real(*given, 3)]

    def f(library: Any) -> Any:
        def compute(loc: Any, m: Any, x: Any) -> Any:
            # so that gradients are those within such matrices
            m = m.tril() if kind == "scale_tril" else (m + m.mT) / 2
            made = library.MultivariateNormal(loc, **{kind: m})
            wide = made.expand((4, *made.batch_shape))
            return [
                *(made.log_prob(x), made.entropy(), made.mean, made.variance, made.stddev),
                *(made.covariance_matrix, made.precision_matrix, made.scale_tril),
                *(wide.entropy(), wide.log_prob(x), wide.loc),
            ]

        return compute

    same(f(OURS), f(THEIRS), inputs, tolerances=WIDE)


@pytest.mark.parametrize("batch", [(), (2,)])
def test_divergence(batch: Any) -> None:
    def f(library: Any) -> Any:
        def compute(a: Any, m: Any, b: Any, n: Any) -> Any:
            p = library.MultivariateNormal(a, scale_tril=m)
            return library.kl_divergence(p, library.MultivariateNormal(b, scale_tril=n))

        return compute

    inputs = [real(*batch, 3), matrix("scale_tril"), real(3), matrix("scale_tril", *batch)]
    same(f(OURS), f(THEIRS), inputs, tolerances=WIDE)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib, t: lib.MultivariateNormal(t.zeros(2)),
        lambda lib, t: lib.MultivariateNormal(t.zeros(2), t.eye(2), t.eye(2)),
        lambda lib, t: lib.MultivariateNormal(t.tensor(0.0), t.eye(2)),
        lambda lib, t: lib.MultivariateNormal(t.zeros(2), t.ones(2)),
        lambda lib, t: lib.MultivariateNormal(t.zeros(2), -t.eye(2)),
        lambda lib, t: lib.MultivariateNormal(t.zeros(2), t.tensor([[1.0, 0.5], [0.0, 1.0]])),
        lambda lib, t: lib.MultivariateNormal(t.zeros(2), scale_tril=t.ones(2, 2)),
        lambda lib, t: lib.MultivariateNormal(t.zeros(2), t.eye(2)).log_prob(t.zeros(3)),
        lambda lib, t: lib.kl_divergence(
            lib.MultivariateNormal(t.zeros(2), t.eye(2)),
            lib.MultivariateNormal(t.zeros(3), t.eye(3)),
        ),
    ],
)
def test_what_is_refused(wrong: Any) -> None:
    error = same_error(lambda: wrong(OURS, plugtorch), lambda: wrong(THEIRS, torch))
    assert str(error).startswith("[")


@pytest.mark.parametrize("name", ["positive_definite", "positive_semidefinite"])
def test_constraints_on_matrices(name: str) -> None:
    several = numpy.stack([matrix("covariance_matrix"), -numpy.eye(3), numpy.diag([1.0, 0, -1])])
    for value in (several, several[:1], matrix("scale_tril"), real(3, 2), numpy.ones((1, 1))):
        f = lambda lib: lambda x: getattr(lib.constraints, name).check(x)  # noqa: E731
        same(f(OURS), f(THEIRS), [value], grad=False)

    def there_and_back(library: Any) -> Any:
        def compute(x: Any) -> Any:
            transform = library.transform_to(library.constraints.positive_definite)
            return [transform(x), transform.inv(transform(x))]

        return compute

    same(there_and_back(OURS), there_and_back(THEIRS), [real(2, 3, 3)], second=False)
