"""nextafter, to the bit, in every floating dtype, also at the ends of its range."""

from __future__ import annotations

import numpy
import pytest
import torch

import plugtorch

TARGETS = [0.0, 1e4, -1e4, float("inf"), -float("inf"), float("nan")]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32", "float64"])
def test_nextafter(kind: str, target: float) -> None:
    theirs, random = getattr(torch, kind), numpy.random.default_rng(0)
    limits, reach = torch.finfo(theirs), 9 if kind == "float16" else 80
    odd = [0.0, -0.0, numpy.inf, -numpy.inf, numpy.nan, limits.max, -limits.max, limits.tiny]
    odd += [-limits.tiny, limits.tiny / 2, limits.eps * limits.tiny, 1.95 * limits.tiny, 1.0, -4.0]
    odd += [1 - limits.eps / 2, 2 - limits.eps, 2 - 2 * limits.eps]
    drawn = numpy.exp(random.uniform(-reach, reach, 1000)), -numpy.exp2(numpy.arange(-9, 9))
    x = torch.tensor(numpy.concatenate([odd, *drawn])).to(theirs)
    expected = torch.nextafter(x, torch.full_like(x, target)).double().numpy()
    ours = plugtorch.tensor(x.double().numpy(), device="cpu").to(getattr(plugtorch, kind))
    found = plugtorch.nextafter(ours, plugtorch.full_like(ours, target)).double().numpy()
    numpy.testing.assert_array_equal(found, expected)
