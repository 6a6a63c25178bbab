"""histogramdd with edges that are given, which OpInfo's samples do not sort."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from helpers import same


@pytest.mark.parametrize("density", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
def test_edges(density: bool, weighted: bool) -> None:
    random = numpy.random.default_rng(0)
    points, weight = random.normal(size=(4, 9, 2)), random.uniform(size=(4, 9))
    points[0, :2] = [[-1.0, 0.0], [1.0, 2.0]]  # on edges
    first, second = numpy.array([-1.0, 0.25, 1.0]), numpy.array([-0.5, 0.0, 0.5, 2.0])

    def f(x: Any, w: Any, a: Any, b: Any) -> Any:
        import plugtorch

        library = plugtorch if isinstance(x, plugtorch.Tensor) else __import__("torch")
        made = library.histogramdd(x, [a, b], weight=w if weighted else None, density=density)
        return [made.hist, *made.bin_edges]

    same(f, f, [points, weight, first, second], grad=False)
