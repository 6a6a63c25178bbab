"""Carries out a ``Work`` with pyopencl alone, for tests and benchmarks of kernels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyopencl as cl
from matmul_launcher import traits_of

from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import ITEM_SIZE, View, Work

NUMBERS = {
    "uint": np.uint32,
    "int": np.int32,
    "ulong": np.uint64,
    "long": np.int64,
    "float": np.float32,
    "double": np.float64,
}
Bound = list[tuple[cl.Kernel, tuple[int, ...], tuple[int, ...]]]


def view(dtype: str, shape: tuple[int, ...]) -> View:
    """A contiguous one."""
    return View(dtype, shape, contiguous(shape))


class WorkLauncher:
    """A queue, and the programs built so far."""

    def __init__(self, device: cl.Device) -> None:
        self.context = cl.Context([device])
        self.queue = cl.CommandQueue(self.context)
        self.traits = traits_of(device)
        self.programs: dict[str, cl.Program] = {}
        self.first = True  # whether tests run all they have
        self.kept: list[cl.Buffer] = []

    def buffer(self, array: np.ndarray[Any, Any]) -> cl.Buffer:
        flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
        return self._keep(cl.Buffer(self.context, flags, hostbuf=array))

    def empty(self, size: int) -> cl.Buffer:
        return self._keep(cl.Buffer(self.context, cl.mem_flags.READ_WRITE, size))

    def _keep(self, buffer: cl.Buffer) -> cl.Buffer:
        self.kept.append(buffer)  # a kernel's arguments do not keep their buffers alive
        return buffer

    def kernel(self, name: str, text: str) -> cl.Kernel:
        if text not in self.programs:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a driver has to say, it says even when happy
                self.programs[text] = cl.Program(self.context, text).build(cache_dir=False)
        return cl.Kernel(self.programs[text], name)

    def bind(
        self,
        work: Work,
        operands: list[tuple[cl.Buffer, int]],
        results: list[tuple[cl.Buffer, int]],
    ) -> Bound:
        """Kernels with their arguments, in order. operands, results: buffers and offsets."""
        scratch = [(self.empty(ITEM_SIZE[dtype] * size), 0) for dtype, size in work.scratch]
        given = {"operand": operands, "result": results, "scratch": scratch}
        bound = []
        for launch in work.launches:
            values = []
            for argument in launch.arguments:
                sort = argument.kind.removesuffix("_offset")
                if sort in given:
                    buffer, offset = given[sort][int(argument.value)]
                    values.append(buffer if sort == argument.kind else np.uint64(offset))
                else:
                    values.append(NUMBERS[argument.kind](argument.value))
            kernel = self.kernel(launch.name, launch.text)
            kernel.set_args(*values)
            bound.append((kernel, launch.items, launch.group))
        return bound

    def enqueue(self, bound: Bound) -> None:
        for kernel, items, group in bound:
            cl.enqueue_nd_range_kernel(self.queue, kernel, items, group)

    def run(
        self, work: Work, operands: list[np.ndarray[Any, Any]], shape: tuple[int, ...], offset: int
    ) -> np.ndarray[Any, Any]:
        """The result of contiguous operands, all of one dtype, that begin at ``offset``."""
        kind = operands[0].dtype
        edge = np.full(offset + 8, 77).astype(kind)
        flat = [self.buffer(np.concatenate([edge[:offset], array.ravel()])) for array in operands]
        count = int(np.prod(shape))
        host = np.concatenate([edge[:offset], np.full(count, 55).astype(kind), edge])
        result = self.buffer(host)
        bound = self.bind(work, [(buffer, offset) for buffer in flat], [(result, offset)])
        self.enqueue(bound)
        cl.enqueue_copy(self.queue, host, result)
        outside = np.concatenate([host[:offset], host[offset + count :]])
        if not (outside == np.concatenate([edge[:offset], edge])).all():
            raise RuntimeError("the kernel wrote outside its output")
        return host[offset : offset + count].reshape(shape)
