"""Exponential families: natural parameters, and what follows from them, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from distribution_cases import OURS, THEIRS, WIDE, chance, odds, positive, real
from helpers import same

import plugtorch

FAMILIES: dict[str, dict[str, Any]] = {
    "Bernoulli": {"probs": chance},
    "Beta": {"concentration1": positive, "concentration0": positive},
    "Chi2": {"df": positive},
    "ContinuousBernoulli": {"logits": odds},
    "Dirichlet": {"concentration": positive},
    "Exponential": {"rate": positive},
    "Gamma": {"concentration": positive, "rate": positive},
    "Normal": {"loc": real, "scale": positive},
    "Poisson": {"rate": positive},
    "Wishart": {"df": lambda *s: 4 + positive(*s[:-2]), "scale_tril": lambda *s: spread(*s)},
}


def spread(*shape: int) -> Any:
    return numpy.tril(numpy.abs(real(*shape))) + numpy.eye(shape[-1])


@pytest.mark.parametrize("name", FAMILIES)
def test_natural_parameters(name: str) -> None:
    assert issubclass(getattr(OURS, name), OURS.ExponentialFamily)

    def compute(library: Any) -> Any:
        def f(*given: Any) -> Any:
            made = getattr(library, name)(**dict(zip(FAMILIES[name], given)))
            natural = made._natural_params
            return [*natural, made._log_normalizer(*natural)]

        return f

    inputs = [draw(2, 3, 3) for draw in FAMILIES[name].values()]
    same(compute(OURS), compute(THEIRS), inputs, tolerances=WIDE)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_entropy_that_follows(name: str) -> None:
    inputs = [draw(2, 3, 3) for draw in FAMILIES[name].values()]

    def compute(library: Any) -> Any:
        def f(*given: Any) -> Any:
            made = getattr(library, name)(**dict(zip(FAMILIES[name], given)))
            return library.ExponentialFamily.entropy(made)

        return f

    try:
        compute(THEIRS)(*map(torch.tensor, inputs))
    except NotImplementedError:
        with pytest.raises(NotImplementedError, match=rf"\[entropy\] {name}"):
            compute(OURS)(*map(plugtorch.tensor, inputs))
    else:
        same(compute(OURS), compute(THEIRS), inputs, grad=False, tolerances=WIDE)
        if name != "Wishart":  # and the gradient that PyTorch's has not

            def closed(*given: Any) -> Any:
                return getattr(THEIRS, name)(**dict(zip(FAMILIES[name], given))).entropy()

            same(compute(OURS), closed, inputs, tolerances=WIDE)
