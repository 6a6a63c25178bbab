"""Distributions with what draws their parameters and values."""

from __future__ import annotations

from typing import Any

import numpy
import torch

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


def odds(*shape: int) -> Any:
    return RANDOM.uniform(0.3, 2, shape) * RANDOM.choice([-1, 1], shape)


def above_4(*shape: int) -> Any:
    return 4 + positive(*shape)


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
    ("Gamma", {"concentration": positive, "rate": positive}, positive, "cdf of values"),
    ("Chi2", {"df": positive}, positive, ""),
    ("Beta", {"concentration1": positive, "concentration0": positive}, chance, ""),
    ("Poisson", {"rate": positive}, counts, "no entropy"),
    ("StudentT", {"df": lambda *s: 2.5 + positive(*s), "loc": real, "scale": positive}, real, ""),
    ("NegativeBinomial", {"total_count": counts, "probs": chance}, counts, "no entropy"),
    ("NegativeBinomial", {"total_count": positive, "logits": real}, counts, "no entropy"),
    ("Pareto", {"scale": positive, "alpha": positive}, lambda *s: 3 + positive(*s), "cdf icdf"),
    ("Weibull", {"scale": positive, "concentration": positive}, positive, "cdf icdf"),
    ("InverseGamma", {"concentration": positive, "rate": positive}, positive, ""),
    (
        "Kumaraswamy",
        {"concentration1": positive, "concentration0": positive},
        chance,
        "cdf icdf",
    ),
    ("FisherSnedecor", {"df1": above_4, "df2": above_4}, positive, "no entropy"),
    ("ContinuousBernoulli", {"probs": chance}, chance, "cdf icdf"),
    ("ContinuousBernoulli", {"logits": odds}, chance, "cdf icdf"),
    ("ContinuousBernoulli", {"probs": lambda *s: 0.5 + 2e-4 * real(*s)}, chance, "cdf icdf"),
]
WIDE = {"float64": (1e-7, 1e-9)}  # PyTorch's polygamma has 9 digits
