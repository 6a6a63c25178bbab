"""Formulas: what the core has noted of a rule, say an optimizer's, as lines of the graph.

A rule that is called notes a line for each of its operations; a formula notes one for each of its
results, and the operations are made of it when the graph is planned. For many small parameters that
is most of the time of a step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plugtorch.backend import Formula
from plugtorch.primitive import PRIMITIVES, Elementwise
from plugtorch_opencl.graph import Array, Graph


class Interned:
    """A formula that is compared by identity, which is faster. kinds: the dtype of each value."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.kinds = [d.name for d in formula.inputs]
        for name, operands, parameters in formula.lines:
            self.kinds.append(self._kind(name, operands, dict(parameters)))

    def _kind(self, name: str, operands: tuple[int, ...], parameters: dict[str, Any]) -> str:
        if name in ("cast", "full"):
            return str(parameters["dtype"].name)
        primitive = PRIMITIVES[name]
        if isinstance(primitive, Elementwise) and primitive.gives is not None:
            return primitive.gives.name
        given = operands[1:] if name == "where" else operands
        return next(self.kinds[k] for k in given if k >= 0)


class Formulas:
    """The formulas of one device."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.known: dict[Formula, Interned] = {}

    def runner(
        self, formula: Formula, numbers: Sequence[Any]
    ) -> Callable[[Sequence[Sequence[list[Array]]]], list[list[Array]]]:
        """See ``Backend.in_pieces``: nothing is in pieces here, and nothing is computed yet."""
        interned = self.known.get(formula)
        if interned is None:
            if len(self.known) >= 256:
                self.known.clear()
            interned = self.known[formula] = Interned(formula)
        graph, kinds = self.graph, interned.kinds
        wanted = [(kinds[value], value) for value, _ in formula.results]

        def run(sets: Sequence[Sequence[list[Array]]]) -> list[list[Array]]:
            results = []
            with graph.lock:
                epoch, first = 0, 0
                for holders in sets:
                    given = [holder[0] for holder in holders]
                    shape = given[0].shape
                    if 0 in shape:
                        results.append([given[0 if k is None else k] for _, k in formula.results])
                        continue
                    found = []
                    for kind, value in wanted:
                        if graph.epoch != epoch:  # numbers belong to the lines of one flush
                            epoch, first = graph.epoch, len(graph.numbers)
                            graph.numbers.extend(numbers)
                        parameters = (interned, value, first)
                        found.append(graph.note("formula", kind, shape, given, parameters))
                    results.append(found)
            return results

        return run
