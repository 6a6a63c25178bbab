"""Time one step of every optimizer over 8 million parameters in 96 tensors.

Twice: with tensors as they are in a language model of 12 layers (matrices, and many small vectors),
and with 96 of one size. Rounds alternate between the libraries after every step, since a machine
has slow phases that last for seconds. The gradients stay the same; only LBFGS asks for new ones.
"floor" is the same step as a bare loop over NumPy arrays, in one thread (floors.py).
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable
from typing import Any

from compare import arguments
from floors import floor

Shapes = list[tuple[int, ...]]
Step = Callable[[], None]


def language_model(width: int = 224, vocabulary: int = 1931) -> Shapes:
    """96 tensors, about 8 million elements: 8 to a layer, 12 layers."""
    layer = [
        (3 * width, width),  # attention: queries, keys and values
        (3 * width,),
        (width, width),  # attention: the way out
        (width,),
        (4 * width, width),  # the two layers behind it
        (4 * width,),
        (width, 4 * width),
        (width,),
    ]
    return [(vocabulary, width), *layer * 12][:96]


EQUAL: Shapes = [(289, 289)] * 96

CASES: list[tuple[str, str, dict[str, Any]]] = [
    ("SGD", "SGD", {}),
    ("SGD, momentum", "SGD", {"momentum": 0.9}),
    ("SGD, Nesterov, decay", "SGD", {"momentum": 0.9, "nesterov": True, "weight_decay": 1e-4}),
    ("Adam", "Adam", {}),
    ("Adam, AMSGrad", "Adam", {"amsgrad": True}),
    ("AdamW", "AdamW", {}),
    ("Adamax", "Adamax", {}),
    ("NAdam", "NAdam", {}),
    ("RAdam", "RAdam", {}),
    ("Adagrad", "Adagrad", {}),
    ("Adadelta", "Adadelta", {}),
    ("RMSprop", "RMSprop", {}),
    ("RMSprop, centered", "RMSprop", {"centered": True}),
    ("RMSprop, momentum", "RMSprop", {"momentum": 0.9}),
    ("Rprop", "Rprop", {}),
    ("ASGD", "ASGD", {}),
    ("Adafactor", "Adafactor", {}),
    ("Muon", "Muon", {}),
    ("LBFGS, 5 iterations", "LBFGS", {"max_iter": 5, "lr": 0.1}),
]


def stepper(library: Any, shapes: Shapes, name: str, options: dict[str, Any]) -> Step:
    """A function that takes one step."""
    library.manual_seed(0)
    if name == "Muon":  # it takes only matrices
        shapes = [shape for shape in shapes if len(shape) == 2]
    parameters = [library.randn(*shape).mul_(0.02).requires_grad_() for shape in shapes]
    optimizer = getattr(library.optim, name)(parameters, **options)
    if name == "LBFGS":
        return _with_closure(library, parameters, optimizer)
    for parameter in parameters:
        parameter.grad = library.randn(*parameter.shape)
    return lambda: optimizer.step()


def _with_closure(library: Any, parameters: list[Any], optimizer: Any) -> Step:
    """A step from the same start every time, down a bowl that is steeper along some tensors."""
    start = [p.detach().clone() for p in parameters]

    def closure() -> Any:
        optimizer.zero_grad()
        losses = [(p.square().sum() * (1 + n % 7)) for n, p in enumerate(parameters)]
        loss = library.stack(losses).sum()
        loss.backward()
        return loss

    def step() -> None:
        optimizer.state.clear()
        with library.no_grad():
            for parameter, origin in zip(parameters, start, strict=True):
                parameter.copy_(origin)
        optimizer.step(closure)

    return step


def measure(
    shapes: Shapes, label: str, name: str, options: dict[str, Any], rounds: int
) -> dict[str, float]:
    """Median milliseconds of a step of plugtorch, of PyTorch and of bare NumPy, and the medians of
    the ratios to PyTorch of neighbours in time.
    """
    import torch

    import plugtorch

    steps = {
        "plugtorch": stepper(plugtorch, shapes, name, options),
        "torch": stepper(torch, shapes, name, options),
    }
    if bare := floor(label, shapes):
        steps["floor"] = bare
    times: dict[str, list[float]] = {library: [] for library in steps}
    gc.collect()
    for round_ in range(rounds + 2):
        for library, step in steps.items():
            start = time.perf_counter()
            step()
            if round_ > 1:  # state is made in the first, memory found in the second
                times[library].append(time.perf_counter() - start)
    found = {f"{library}_ms": statistics.median(t) * 1e3 for library, t in times.items()}
    for library in steps:
        pairs = zip(times[library], times["torch"], strict=True)
        found[f"{library}_ratio"] = statistics.median(a / b for a, b in pairs)
    return found


def _row(case: str, found: dict[str, float]) -> str:
    times = [found.get(f"{library}_ms") for library in ("plugtorch", "torch", "floor")]
    ratios = [found.get(f"{library}_ratio") for library in ("plugtorch", "floor")]
    row = f"{case:34}" + "".join(f"{t:10.2f}ms" if t else " " * 12 for t in times)
    return row + "".join(f"{r:8.2f}" for r in ratios if r)


def main() -> None:
    """Measure the cases and print a row for each."""
    given = arguments(__doc__ or "")
    import numpy
    import torch

    import plugtorch

    torch.set_num_threads(given.threads)
    rows = []
    if not given.json:
        print(
            f"plugtorch {plugtorch.__version__}, NumPy {numpy.__version__}, PyTorch "
            f"{torch.__version__}, {given.threads} thread(s)"
        )
        print(f"{'':34}{'plugtorch':>12}{'PyTorch':>12}{'floor':>12}{'ratio':>8}{'floor':>8}")
    for title, shapes in (("model", language_model()), ("equal", EQUAL)):
        for label, name, options in CASES:
            case = f"{label}, {title}"
            if given.only not in case:
                continue
            rounds = given.rounds if name != "LBFGS" else max(3, given.rounds // 10)
            found = measure(shapes, label, name, options, rounds)
            rows.append({"case": case, **found})
            if not given.json:
                print(_row(case, found), flush=True)
    if given.json:
        import json

        print(json.dumps(rows, indent=2))


if __name__ == "__main__":
    main()
