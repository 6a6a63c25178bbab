"""Time per operation on tiny tensors, training steps of two MLPs, and how long an import takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from compare import Build, arguments, run


def operation(text: str, requires_grad: bool) -> Build:
    """``text`` on 4 by 4 tensors a and b and a vector i of indices."""

    def build(library: Any) -> Callable[[], Any]:
        names = {
            "a": library.rand(4, 4, requires_grad=requires_grad),
            "b": library.rand(4, 4),
            "i": library.tensor([0, 2]),
            "library": library,
        }
        return eval(f"lambda: {text}", names)  # noqa: S307 - the texts are above

    return build


def training_step(sizes: list[int], batch: int, optimizer: str, **options: Any) -> Build:
    """Forward, backward, step and zero_grad of an MLP."""

    def build(library: Any) -> Callable[[], Any]:
        nn = library.nn
        layers: list[Any] = []
        for inputs, outputs in pairwise(sizes):
            layers += [nn.Linear(inputs, outputs), nn.ReLU()]
        model = nn.Sequential(*layers[:-1])
        trainer = getattr(library.optim, optimizer)(model.parameters(), **options)
        x = library.randn(batch, sizes[0])
        if sizes[-1] == 1:
            criterion, y = nn.MSELoss(), library.randn(batch, 1)
        else:
            criterion, y = nn.CrossEntropyLoss(), library.randint(0, sizes[-1], (batch,))

        def step() -> None:
            loss = criterion(model(x), y)
            loss.backward()
            trainer.step()
            trainer.zero_grad()

        return step

    return build


OPERATIONS = [
    "a + b",
    "a * b",
    "a * 2.0",
    "a @ b",
    "a.sum()",
    "a[1]",
    "a[1:3]",
    "a[i]",
    "library.relu(a)",
]

CASES = [
    *[(f"{text}", operation(text, False)) for text in OPERATIONS],
    *[(f"{text}, recorded", operation(text, True)) for text in OPERATIONS],
    ("(a * b).sum().backward()", operation("(a * b).sum().backward()", True)),
    (
        "MLP 8-32-32-1, batch 32, SGD momentum",
        training_step([8, 32, 32, 1], 32, "SGD", lr=0.01, momentum=0.9),
    ),
    (
        "MLP 784-512-512-10, batch 128, Adam",
        training_step([784, 512, 512, 10], 128, "Adam", lr=1e-3),
    ),
]


def import_time(library: str, rounds: int = 11) -> float:
    """Median seconds of a fresh process that imports a library, less those of one that imports
    nothing.
    """

    def once(code: str) -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return time.perf_counter() - start

    pairs = [(once(f"import {library}"), once("pass")) for _ in range(rounds)]
    return statistics.median(a - b for a, b in pairs)


if __name__ == "__main__":
    given = arguments(__doc__ or "")
    run(CASES, given)
    if not given.json and not given.only:
        for library in ("numpy", "plugtorch", "torch"):
            print(f"import {library:37}{import_time(library) * 1e3:10.0f}ms")
