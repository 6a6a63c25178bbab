"""The device "opencl"."""

from __future__ import annotations

import math
import os
import weakref
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

import ml_dtypes
import numpy as np

from plugtorch.backend import Backend, DeviceInfo, Formula
from plugtorch.dtypes import bfloat16, bool_, by_name, dtype
from plugtorch.record import Records
from plugtorch_opencl import devices, drivers, hosting, opening, watching
from plugtorch_opencl.formulas import Formulas
from plugtorch_opencl.graph import Array, Graph, array_of, check, computed
from plugtorch_opencl.indexing import IndexingKernels
from plugtorch_opencl.launch import MOST_SENT, Runner
from plugtorch_opencl.programs import Programs
from plugtorch_opencl.views import contiguous

MOST_SCANNED = 1 << 22  # whole numbers whose smallest and largest are looked for on the way up


class OpenCLBackend(Backend):
    """One OpenCL device."""

    deferred = True
    block = 1  # nothing has to be cut, but a formula is noted faster than its operations

    @classmethod
    def devices(cls) -> Sequence[DeviceInfo]:
        return tuple(found.info for found in devices.find())

    def __init__(self, index: int) -> None:
        self.opened = opening.open_index(index)
        traits = self.opened.traits
        self.dtypes = frozenset(devices.dtypes_of(traits))
        self.programs = Programs(
            self.opened.context, self.opened.queue.device, traits, opening.options(self.opened)
        )
        self.runner = Runner(self.opened, self.programs)
        self.graph = Graph(self.runner.run)
        self.nothing = self.runner.allocate(1, "nothing")
        self.kernels = IndexingKernels(self.graph, self.nothing, self.download).table()
        self.kernels.update(hosting.table(self))
        self.formulas = Formulas(self.graph)
        # a forked process cannot wait for an upload, which it would on its way out
        settle = weakref.WeakMethod(self.runner.settle)
        os.register_at_fork(before=lambda: (still := settle()) and still())

    def in_pieces(
        self, formula: Formula, numbers: Sequence[Any]
    ) -> Callable[[Sequence[Sequence[list[Array]]]], list[list[Array]]]:
        return self.formulas.runner(formula, numbers)

    @property
    def compilations(self) -> int:
        """How many programs were compiled or read from disk: what a new step should not add to."""
        return self.programs.built + self.programs.loaded

    def upload(self, host: np.ndarray[Any, Any], dtype: dtype) -> Array:
        drivers.same_process()
        if not host.size:
            return array_of(computed(self.nothing, dtype.name, host.shape))
        kind = _numpy(dtype)
        size = host.size * kind.itemsize
        memory = self.runner.allocate(size, f"a tensor of shape {host.shape}")
        if size <= MOST_SENT // 4:  # a copy of our own need not be waited for
            values = np.array(host, dtype=kind, order="C")
            self.runner.send(memory, values.reshape(-1).view(np.uint8), size)
        else:
            values = np.ascontiguousarray(host, dtype=kind)
            self.runner.copy("upload", memory, values.reshape(-1).view(np.uint8), size)
        value = computed(memory, dtype.name, host.shape)
        if values.dtype.kind in "iu" and values.size <= MOST_SCANNED:
            value.bounds = int(values.min()), int(values.max())
        return array_of(value)

    def download(self, array: Array) -> np.ndarray[Any, Any]:
        kind = _numpy(by_name(array.value.dtype))
        if not math.prod(array.shape):
            return np.empty(array.shape, kind)
        if array.strides != contiguous(array.shape) and not _lies_flat(array):
            array = self.graph.note("copy", array.value.dtype, array.shape, (array,))
        self.evaluate((array,))
        drivers.same_process()
        result = np.empty(array.shape, kind)
        flat = result.reshape(-1).view(np.uint8)
        start = array.offset * kind.itemsize
        self.runner.copy("download", flat, array.value.memory, flat.nbytes, src_offset=start)
        return result

    def evaluate(self, arrays: Sequence[Array]) -> None:
        drivers.same_process()
        self.graph.flush()
        for array in arrays:
            if array.value.memory is None:
                check(array.value)

    def synchronize(self) -> None:
        self.evaluate(())
        self.runner.finish()

    def profile(self) -> AbstractContextManager[Records]:
        return watching.recording(self)

    def explain(self, write: Callable[[str], None]) -> AbstractContextManager[None]:
        return watching.explaining(self, write)


def _lies_flat(array: Array) -> bool:
    """Whether the elements seen lie one after the other, perhaps not from the first on."""
    wanted = contiguous(array.shape)
    return all(n == 1 or s == w for n, s, w in zip(array.shape, array.strides, wanted))


def _numpy(d: dtype) -> np.dtype[Any]:
    if d is bfloat16:
        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(np.bool_ if d is bool_ else d.name)
