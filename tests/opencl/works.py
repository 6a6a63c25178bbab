"""Runs a Work with pyopencl alone on NumPy arrays, for tests and benchmarks of kernels."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
import pyopencl as cl
import pytest
from ml_dtypes import bfloat16
from numpy.lib.array_utils import byte_bounds

from plugtorch_opencl import devices
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import ITEM_SIZE, View, Work

Array = np.ndarray[Any, Any]
NUMBERS = {
    "uint": np.uint32,
    "int": np.int32,
    "ulong": np.uint64,
    "long": np.int64,
    "float": np.float32,
    "double": np.float64,
}
USABLE = [found for found in devices.find() if found.traits is not None]
MARGIN = 5  # elements around a result, which nobody may change


def numpy_type(dtype: str) -> np.dtype[Any]:
    """The NumPy dtype of that name."""
    return np.dtype(bfloat16 if dtype == "bfloat16" else dtype)


def view_of(array: Array) -> View:
    """How an array lies in memory, offset aside."""
    steps = tuple(step // array.itemsize for step in array.strides)
    return View(array.dtype.name, array.shape, steps)


class Launcher:
    """A queue, and the programs built so far."""

    def __init__(self, found: Any, keep: bool = False) -> None:
        self.traits: Traits = found.traits
        self.context = cl.Context([found.device])
        self.queue = cl.CommandQueue(self.context)
        self.programs: dict[str, cl.Program] = {}
        self.keep = keep
        self.kept: list[cl.Buffer] = []

    def program(self, text: str) -> cl.Program:
        if text not in self.programs:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # a driver says things even when it is happy
                self.programs[text] = cl.Program(self.context, text).build(cache_dir=False)
        return self.programs[text]

    def buffer(self, host: Array) -> cl.Buffer:
        made = cl.Buffer(self.context, cl.mem_flags.COPY_HOST_PTR, hostbuf=host)
        if self.keep:
            self.kept.append(made)
        return made

    def operand(self, array: Array) -> tuple[cl.Buffer, int]:
        """A buffer with all the memory that the array spans, and where the array begins in it."""
        low, high = byte_bounds(array)
        size = array.itemsize
        memory = np.lib.stride_tricks.as_strided(
            np.frombuffer((np.ctypeslib.ctypes.c_char * (high - low)).from_address(low), np.uint8),
            (high - low,),
        )
        before = np.full(3 * size, 77, np.uint8)
        start = array.__array_interface__["data"][0] - low
        return self.buffer(np.concatenate([before, memory])), 3 + start // size

    def bind(
        self,
        work: Work,
        operands: list[tuple[cl.Buffer, int]],
        result: tuple[cl.Buffer, int],
    ) -> list[tuple[cl.Kernel, Any, Any]]:
        """Kernels with their arguments, in order."""
        scratch = []
        for dtype, count in work.scratch:
            # what was there before is nobody's business, so it is rubbish here
            host = np.full((count + 128) * ITEM_SIZE[dtype], 251, np.uint8)
            scratch.append((self.buffer(host), 128))
        given = {"operand": operands, "result": [result], "scratch": scratch}
        bound = []
        for launch in work.launches:
            if launch.items[0] % launch.group[0] or launch.group[0] > self.traits.group:
                raise ValueError(f"{launch.name}: {launch.items} in groups of {launch.group}")
            kernel = cl.Kernel(self.program(launch.text), launch.name)
            values = []
            for argument in launch.arguments:
                if argument.kind in given:
                    values.append(given[argument.kind][int(argument.value)][0])
                elif argument.kind.endswith("_offset"):
                    pair = given[argument.kind.removesuffix("_offset")][int(argument.value)]
                    values.append(np.uint64(pair[1]))
                else:
                    values.append(NUMBERS[argument.kind](argument.value))
            kernel.set_args(*values)
            bound.append((kernel, launch.items, launch.group))
        self.used = (
            scratch,
            operands,
            result,
        )  # a kernel's arguments do not keep their buffers alive
        return bound

    def run(self, bound: list[tuple[cl.Kernel, Any, Any]]) -> None:
        for kernel, items, group in bound:
            cl.enqueue_nd_range_kernel(self.queue, kernel, items, group)

    def compute(self, work: Work, operands: tuple[Array, ...], result: View) -> Array:
        """The result of a work that is contiguous, of ``result``'s shape and dtype."""
        count = int(np.prod(result.shape))
        host = np.full((count + 2 * MARGIN) * ITEM_SIZE[result.dtype], 77, np.uint8)
        flat = host.view(numpy_type(result.dtype))
        self.into(work, operands, flat, MARGIN)
        edges = np.concatenate([flat[:MARGIN], flat[MARGIN + count :]]).view(np.uint8)
        if not (edges == 77).all():
            raise RuntimeError("a kernel wrote outside its result")
        return flat[MARGIN : MARGIN + count].reshape(result.shape)

    def into(self, work: Work, operands: tuple[Array, ...], memory: Array, offset: int) -> None:
        """A work whose result begins at ``offset`` of ``memory``, which is changed."""
        buffer = self.buffer(memory)
        bound = self.bind(work, [self.operand(array) for array in operands], (buffer, offset))
        self.run(bound)
        cl.enqueue_copy(self.queue, memory, buffer)


def on_devices(*cases: Any) -> list[Any]:
    """pytest's parameters "device case": all on the first device, whose compiler is the quickest,
    and some of them, others on each, on those behind it.
    """
    return [
        pytest.param(index, case, id=f"{found.info.extra['platform'].split()[0]}-{case}")
        for index, found in enumerate(USABLE)
        for number, case in enumerate(cases)
        if index == 0 or number % len(USABLE) == index
        if case != "float64" or found.traits.float64
    ]


@functools.cache
def launcher(index: int) -> Launcher:
    """The launcher of one usable device, made once."""
    return Launcher(USABLE[index])


def dense(dtype: str, *shape: int) -> View:
    """A contiguous result."""
    return View(dtype, shape, contiguous(shape))


def numbers(rng: np.random.Generator, dtype: str, shape: tuple[int, ...]) -> Array:
    """Random ones, with repeats."""
    kind = numpy_type(dtype)
    if dtype == "bool":
        return rng.integers(0, 2, shape).astype(bool)
    if "float" in dtype:
        return np.asarray(rng.standard_normal(shape) * 8).astype(kind)
    limits = np.iinfo(kind)
    return np.asarray(rng.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True))


def disguised(rng: np.random.Generator, array: Array) -> Array:
    """The same values in memory that lies otherwise: turned, backwards or with gaps."""
    way = int(rng.integers(5))
    if way == 0 or not array.ndim:
        return np.array(array)
    if way == 1:
        return np.asfortranarray(array)
    if way == 2:
        axis = int(rng.integers(array.ndim))
        return np.flip(np.ascontiguousarray(np.flip(array, axis)), axis)
    if way == 3:
        wide = np.repeat(array, 2, axis=-1)
        return wide[..., ::2]
    order = rng.permutation(array.ndim)
    return np.ascontiguousarray(array.transpose(order)).transpose(np.argsort(order))
