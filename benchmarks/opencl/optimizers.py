"""Cases of an optimizer's step over 8 million parameters in 96 tensors, as a language model has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy
from libraries import Library


def shapes_of(width: int, vocabulary: int, layers: int) -> list[tuple[int, ...]]:
    """An embedding, then eight tensors to a layer: matrices and small vectors."""
    layer = [(3 * width, width), (3 * width,), (width, width), (width,)]
    layer += [(4 * width, width), (4 * width,), (width, 4 * width), (width,)]
    return [(vocabulary, width), *layer * layers][: 8 * layers]


@dataclass(frozen=True)
class Optimizer:
    """The class ``kind`` with its options; gradients stay the same."""

    name: str
    kind: str
    options: dict[str, Any] = field(default_factory=dict)
    checks = 3  # momentum shows in the second step

    def prepare(self, library: Library, quick: bool, weights: Any) -> Callable[[], list[Any]]:
        """A call that takes one step and returns three of the parameters."""
        random = numpy.random.default_rng(0)
        shapes = shapes_of(16, 64, 1) if quick else shapes_of(224, 1931, 12)
        parameters = [
            library.tensor(random.standard_normal(shape, numpy.float32) * 0.02, True)
            for shape in shapes
        ]
        optimizer = getattr(library.torch.optim, self.kind)(parameters, **self.options)
        for parameter, shape in zip(parameters, shapes):
            parameter.grad = library.tensor(random.standard_normal(shape, numpy.float32))
        take_step = library.compile(optimizer.step)
        shown = [parameters[n] for n in (0, len(parameters) // 2, -1)]

        def work() -> list[Any]:
            take_step()
            library.evaluate(parameters)
            return shown

        captured = library.captured(work)

        def call() -> list[Any]:
            captured()
            library.wait()
            return shown

        return call


CASES = [
    Optimizer("optimizer/SGD momentum", "SGD", {"lr": 0.01, "momentum": 0.9}),
    Optimizer("optimizer/Adam", "Adam", {"lr": 0.01}),
    Optimizer("optimizer/AdamW", "AdamW", {"lr": 0.01, "weight_decay": 0.01}),
]
