"""Runs works and products with pyopencl alone on NumPy arrays, for tests and benchmarks."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np
import pyopencl as cl
import pytest
from drivers_here import USABLE
from ml_dtypes import bfloat16
from numpy.lib.array_utils import byte_bounds

from plugtorch_opencl.render import matmul, products
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import ITEM_SIZE, Argument, View, Work

Array = np.ndarray[Any, Any]
Buffer = tuple[cl.Buffer, int]  # and where something begins in it, in elements
Bound = list[tuple[cl.Kernel, tuple[int, ...], tuple[int, ...]]]
NUMBERS = {
    "uint": np.uint32,
    "int": np.int32,
    "ulong": np.uint64,
    "long": np.int64,
    "float": np.float32,
    "double": np.float64,
}
BEFORE, BEHIND = 3, 5  # elements around operands and results, which nobody may change


def numpy_type(dtype: str) -> np.dtype[Any]:
    """The NumPy dtype of that name."""
    return np.dtype(bfloat16 if dtype == "bfloat16" else dtype)


def dense(dtype: str, *shape: int) -> View:
    """A contiguous view."""
    return View(dtype, shape, contiguous(shape))


def view_of(array: Array) -> View:
    """How an array lies in memory, offset aside."""
    steps = tuple(step // array.itemsize for step in array.strides)
    return View(array.dtype.name, array.shape, steps)


class Launcher:
    """A queue, and the programs built so far. keep: buffers are kept to the end, because Oclgrind
    takes one for unwritten that got the address of another.
    """

    def __init__(self, found: Any, keep: bool = False) -> None:
        self.traits: Traits = found.traits
        self.context = cl.Context([found.device])
        self.queue = cl.CommandQueue(self.context)
        self.programs: dict[str, cl.Program] = {}
        self.keep = keep
        self.kept: list[Any] = []

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

    def operand(self, array: Array, before: int = BEFORE) -> Buffer:
        """A buffer with all the memory that the array spans, ``before`` elements in front of it."""
        low, high = byte_bounds(array)
        memory = np.lib.stride_tricks.as_strided(
            np.frombuffer((np.ctypeslib.ctypes.c_char * (high - low)).from_address(low), np.uint8),
            (high - low,),
        )
        start = array.__array_interface__["data"][0] - low
        front = np.full(before * array.itemsize, 77, np.uint8)
        return self.buffer(np.concatenate([front, memory])), before + start // array.itemsize

    def bind(self, work: Work, operands: list[Buffer], results: list[Buffer]) -> Bound:
        """Kernels with their arguments, in order."""
        scratch = []
        for dtype, count in work.scratch:
            # what was there before is nobody's business, so it is rubbish here
            host = np.full((count + 128) * ITEM_SIZE[dtype], 251, np.uint8)
            scratch.append((self.buffer(host), 128))
        given = {"operand": operands, "result": results, "scratch": scratch}
        bound = []
        for launch in work.launches:
            if launch.items[0] % launch.group[0] or launch.group[0] > self.traits.group:
                raise ValueError(f"{launch.name}: {launch.items} in groups of {launch.group}")
            kernel = cl.Kernel(self.program(launch.text), launch.name)
            values: list[Any] = []
            for argument in launch.arguments:
                sort = argument.kind.removesuffix("_offset")
                if sort in given:
                    buffer, offset = given[sort][int(argument.value)]
                    values.append(buffer if sort == argument.kind else np.uint64(offset))
                elif sort == "result_at":
                    values.append(np.uint64(results[0][1] + int(argument.value)))
                else:
                    values.append(NUMBERS[argument.kind](argument.value))
            kernel.set_args(*values)
            bound.append((kernel, launch.items, launch.group))
        self.used = given  # a kernel's arguments do not keep their buffers alive
        return bound

    def run(self, bound: Bound) -> None:
        for kernel, items, group in bound:
            cl.enqueue_nd_range_kernel(self.queue, kernel, items, group)

    def compute(
        self, work: Work, operands: tuple[Array, ...], result: View, before: int = BEFORE
    ) -> Array:
        """The result of a work, contiguous; it and the operands begin at ``before``."""
        given = [self.operand(array, before) for array in operands]
        return self.results(work, given, [result], before)[0]

    def results(
        self, work: Work, operands: list[Buffer], results: list[View], before: int
    ) -> list[Array]:
        """All results of a work."""
        hosts = []
        for view in results:
            count = int(np.prod(view.shape)) + before + BEHIND
            raw = np.full(count * ITEM_SIZE[view.dtype], 77, np.uint8)
            hosts.append(raw.view(numpy_type(view.dtype)))
        buffers = [self.buffer(host) for host in hosts]
        self.run(self.bind(work, operands, [(buffer, before) for buffer in buffers]))
        arrays = []
        for view, host, buffer in zip(results, hosts, buffers):
            cl.enqueue_copy(self.queue, host, buffer)
            edges = np.concatenate([host[:before], host[-BEHIND:]]).view(np.uint8)
            if not (edges == 77).all():
                raise RuntimeError("a kernel wrote outside its result")
            arrays.append(host[before:-BEHIND].reshape(view.shape))
        return arrays

    def into(self, work: Work, operands: tuple[Array, ...], memory: Array, offset: int) -> None:
        """A work whose result begins at ``offset`` of ``memory``, which is changed."""
        buffer = self.buffer(memory)
        self.run(self.bind(work, [self.operand(array) for array in operands], [(buffer, offset)]))
        cl.enqueue_copy(self.queue, memory, buffer)

    def product(
        self,
        x: Array,
        y: Array,
        dtype: str,
        turned_x: bool = False,
        turned_y: bool = False,
        epilogue: matmul.Epilogue | None = None,
        after: tuple[Array | float, ...] = (),
        offset: int = 0,
    ) -> list[Array]:
        """epilogue(x y) for arrays (batch..., rows, inner), (batch..., inner, columns).

        Batch axes of size 1 are repeated. turned_x: x is stored by columns. after: what the
        epilogue takes, arrays and float numbers. The plan is kept as ``last``.
        """
        axes = x.ndim - 2
        batch = tuple(max(x.shape[a], y.shape[a]) for a in range(axes))
        sizes = matmul.Sizes(x.shape[-2], y.shape[-1], x.shape[-1], batch)
        given, operands = [], []
        for array, turned in ((x, turned_x), (y, turned_y)):
            stored = np.ascontiguousarray(array.swapaxes(-1, -2) if turned else array)
            steps = [s // array.itemsize for s in stored.strides[:-2]]
            steps = [step if n > 1 else 0 for step, n in zip(steps, stored.shape)]
            given.append(self.operand(stored, offset))
            layout = "columns" if turned else "rows"
            operands.append(matmul.Operand(layout, stored.shape[-1], tuple(steps), offset % 4 == 0))
        extra = []
        for value in after:
            if isinstance(value, np.ndarray):
                extra += [Argument(kind, len(given)) for kind in ("operand", "operand_offset")]
                given.append(self.operand(value))
            else:
                extra.append(Argument("float", value))
        self.last = matmul.plan(self.traits, dtype, *operands, sizes, epilogue)
        work = products.launches(self.traits, self.last, tuple(extra))
        kernel = (self.last.sum or self.last.product).kernel
        shape = (*batch, sizes.rows, sizes.columns)
        results = [dense(kind, *shape) for _, kind in kernel.results]  # type: ignore[union-attr]
        return self.results(work, given, results, offset)


def launcher_of(platform: str, keep: bool = False) -> Launcher:
    """A new one for the first device of a platform with that word in its name."""
    return Launcher(next(f for f in USABLE if platform in f.info.extra["platform"]), keep)


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


def roles(*wanted: str) -> list[Any]:
    """pytest's parameters of ``in_role``: devices as processors, which want explicit vectors, and
    as graphics cards. The first device, whose compiler is the quickest, takes both roles.
    """
    return [
        pytest.param((index, role), id=f"{found.info.extra['platform'].split()[0]}-{role}")
        for index, found in enumerate(USABLE)
        for role in ("processor", "gpu")
        if role in (wanted or ("processor", "gpu"))
        and (role == "gpu") <= (index == 0 or found.traits.vector == 1)
        and (role == "processor") <= (found.traits.vector > 1)
    ]


@contextmanager
def in_role(index: int, role: str) -> Iterator[Launcher]:
    """A device's launcher, whose traits may be changed meanwhile."""
    found = launcher(index)
    traits = found.traits
    if role == "gpu":
        found.traits = replace(traits, kind="gpu", vector=1)
    yield found
    found.traits = traits


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
