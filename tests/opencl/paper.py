"""A device of paper: it plans everything and computes nothing, so no driver is needed.

What a program would have an OpenCL device run can be read from ``plans``: real tensors, gradients
and optimizers, up to the text of kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

import plugtorch
from plugtorch import BackendSpec, registry
from plugtorch.backend import Backend, DeviceInfo, Formula
from plugtorch.dtypes import ALL, dtype
from plugtorch_opencl import plan
from plugtorch_opencl.formulas import Formulas
from plugtorch_opencl.graph import Array, Graph, Lines, array_of, computed
from plugtorch_opencl.indexing import IndexingKernels
from plugtorch_opencl.traits import Traits

PROCESSOR = Traits(
    "a processor", "a vendor", "a driver", "cpu", units=2, local_memory=1 << 18, vector=16
)
CARD = Traits("a card", "a vendor", "a driver", "gpu", units=32, local_memory=1 << 15)


class Paper(Backend):
    """Plans for ``traits``; values that are asked for are all 0."""

    deferred = True
    block = 1
    dtypes = frozenset(ALL)
    traits = PROCESSOR

    @classmethod
    def devices(cls) -> Sequence[DeviceInfo]:
        return (DeviceInfo("paper", "cpu"),)

    def __init__(self, index: int) -> None:
        self.plans: list[plan.Plan] = []
        self.graph = Graph(self.run)
        self.kernels = IndexingKernels(self.graph, object(), self.download).table()
        self.formulas = Formulas(self.graph)

    def in_pieces(self, formula: Formula, numbers: Sequence[Any]) -> Any:
        return self.formulas.runner(formula, numbers)

    def run(self, lines: Lines, memories: list[Any]) -> None:
        """Plan lines."""
        self.plans.append(plan.make(self.traits, lines.keys, lines.held, lines.kept))
        memories[:] = [object()] * len(lines.keys)

    def upload(self, host: np.ndarray[Any, Any], dtype: dtype) -> Array:
        value = computed(object(), dtype.name, host.shape)
        if host.dtype.kind in "iu" and host.size:
            value.bounds = int(host.min()), int(host.max())
        return array_of(value)

    def download(self, array: Array) -> np.ndarray[Any, Any]:
        self.graph.flush()
        return np.zeros(array.shape, array.value.dtype)

    def evaluate(self, arrays: Sequence[Array]) -> None:
        self.graph.flush()


def plans(traits: Traits, program: Callable[[str], Callable[[], Any]]) -> list[plan.Plan]:
    """The plans of what ``program(device)`` gives, called once, its result held."""
    kind = type("OnPaper", (Paper,), {"traits": traits})
    name = f"paper_{id(kind)}"
    with registry.register(BackendSpec(name=name, target="paper:Paper"), kind):
        run = program(name)
        backend: Any = plugtorch.zeros(1, device=name).storage.backend
        backend.evaluate(())
        backend.plans.clear()
        result = run()
        backend.evaluate(())
        del result
        return list(backend.plans)
