"""Runs planned matrix products with pyopencl alone, for tests and benchmarks of their kernels."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pyopencl as cl

from plugtorch_opencl.render import matmul
from plugtorch_opencl.render.matmul_text import SUMMED
from plugtorch_opencl.traits import Traits

SUM_BYTES = {"float": 4, "uint": 4, "double": 8, "ulong": 8}


def devices() -> list[cl.Device]:
    """Every device of every driver; a driver that cannot say what it has, has none."""
    found = []
    try:
        platforms = cl.get_platforms()
    except cl.LogicError:
        return []
    seen = set()
    for platform in platforms:
        try:
            for device in platform.get_devices():
                if (platform.name, device.name) not in seen:  # a driver may be registered twice
                    seen.add((platform.name, device.name))
                    found.append(device)
        except cl.Error:
            continue
    return found


def traits_of(device: cl.Device) -> Traits:
    """What the texts need to know of it."""
    kind = {cl.device_type.CPU: "cpu", cl.device_type.GPU: "gpu"}.get(device.type & ~1, "cpu")
    vector = device.native_vector_width_float if kind == "cpu" else 1
    if "llvmpipe" in device.name:
        vector = 1  # forms vectors by itself
    return Traits(
        name=device.name,
        vendor=device.vendor,
        driver=f"{device.platform.name} {device.platform.version} {device.driver_version}",
        kind=kind,
        units=device.max_compute_units,
        group=device.max_work_group_size,
        local_memory=device.local_mem_size,
        memory=device.global_mem_size,
        allocation=device.max_mem_alloc_size,
        float64="cl_khr_fp64" in device.extensions.split(),
        float16="cl_khr_fp16" in device.extensions.split(),
        vector=vector,
    )


class Launcher:
    """A queue, and the programs built so far."""

    def __init__(self, device: cl.Device) -> None:
        self.context = cl.Context([device])
        self.queue = cl.CommandQueue(self.context)
        self.traits = traits_of(device)
        self.programs: dict[matmul.Kernel, cl.Program] = {}

    def buffer(self, array: np.ndarray[Any, Any]) -> cl.Buffer:
        return cl.Buffer(self.context, cl.mem_flags.COPY_HOST_PTR, hostbuf=array)

    def empty(self, size: int) -> cl.Buffer:
        self.scratch.append(cl.Buffer(self.context, cl.mem_flags.READ_WRITE, max(size, 1)))
        return self.scratch[-1]

    def kernel(self, record: matmul.Kernel) -> cl.Kernel:
        """A new kernel object, for arguments of its own."""
        program = self.programs.get(record)
        if program is None:
            text = matmul.render(record, self.traits)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a driver has to say, it says even when happy
                program = cl.Program(self.context, text).build(cache_dir=False)
            self.programs[record] = program
        return cl.Kernel(program, record.name)

    def bind(
        self, plan: matmul.Plan, given: dict[str, Any], extras: tuple[Any, ...] = ()
    ) -> list[tuple[cl.Kernel, tuple[int], tuple[int]]]:
        """Kernels with their arguments, in order. ``given``: buffers and offsets by name."""
        size = SUM_BYTES[SUMMED[plan.product.kernel.dtype]]  # type: ignore[union-attr]
        given = dict(given)
        result = []
        self.scratch: list[cl.Buffer] = []  # a kernel's arguments do not keep their buffers alive
        for operand, launch, count in (
            ("x", plan.pack_x, plan.x_panels),
            ("y", plan.pack_y, plan.y_panels),
        ):
            if launch is not None:
                panels = self.empty(count * size)
                values = {
                    "source": given[operand],
                    "source_offset": given[f"{operand}_offset"],
                    "panels": panels,
                    "panels_offset": 0,
                }
                result.append(self._bound(launch, values, ()))
                given |= {operand: panels, f"{operand}_offset": 0}
        if plan.sum is None:
            return [*result, self._bound(plan.product, given, extras)]
        sums = self.empty(plan.sums * size)
        result.append(self._bound(plan.product, given | {"out": sums, "out_offset": 0}, ()))
        return [*result, self._bound(plan.sum, given | {"sums": sums, "sums_offset": 0}, extras)]

    def _bound(
        self, launch: matmul.Launch, given: dict[str, Any], extras: tuple[Any, ...]
    ) -> tuple[cl.Kernel, tuple[int], tuple[int]]:
        kernel = self.kernel(launch.kernel)
        kinds = matmul.numbers(launch.kernel)
        values = {**given, **launch.sizes}
        bound = []
        for name in matmul.arguments(launch.kernel):
            value = values[name]
            if name in kinds:
                value = (np.uint32 if kinds[name] == "uint" else np.uint64)(value)
            bound.append(value)
        kernel.set_args(*bound, *extras)
        return kernel, launch.items, launch.group

    def run(self, bound: list[tuple[cl.Kernel, tuple[int], tuple[int]]]) -> None:
        for kernel, items, group in bound:
            cl.enqueue_nd_range_kernel(self.queue, kernel, items, group)

    def product(
        self,
        x: np.ndarray[Any, Any],
        y: np.ndarray[Any, Any],
        dtype: str,
        turned_x: bool = False,
        turned_y: bool = False,
        epilogue: matmul.Epilogue | None = None,
        extras: tuple[Any, ...] = (),
        offset: int = 0,
        plan: matmul.Plan | None = None,
        outputs: tuple[Any, ...] | None = None,
    ) -> list[np.ndarray[Any, Any]]:
        """epilogue(x y) for arrays (batch..., rows, inner), (batch..., inner, columns).

        Batch axes of size 1 are repeated. ``turned_x``: x is stored by columns. bfloat16 is given
        as its bits (uint16).
        """
        axes = x.ndim - 2
        batch = tuple(max(x.shape[a], y.shape[a]) for a in range(axes))
        sizes = matmul.Sizes(x.shape[-2], y.shape[-1], x.shape[-1], batch)
        given: dict[str, Any] = {}
        operands = []
        for name, array, turned in (("x", x, turned_x), ("y", y, turned_y)):
            stored = np.ascontiguousarray(array.swapaxes(-1, -2) if turned else array)
            steps = [
                s // array.itemsize if n > 1 else 0
                for s, n in zip(stored.strides[:-2], stored.shape[:-2])
            ]
            flat = np.concatenate([np.zeros(offset, stored.dtype), stored.ravel()])
            given |= {name: self.buffer(flat), f"{name}_offset": offset}
            layout = "columns" if turned else "rows"
            operands.append(matmul.Operand(layout, stored.shape[-1], tuple(steps), offset % 4 == 0))
        if plan is None:
            plan = matmul.plan(self.traits, dtype, operands[0], operands[1], sizes, epilogue)
        self.last = plan
        results = []
        for number, kind in enumerate(outputs or (x.dtype,)):
            shape = (*batch, sizes.rows, sizes.columns)
            count = int(np.prod(shape))
            host = np.full(count + offset + 8, 77).astype(kind)
            name = f"out_{number}" if number else "out"
            given |= {name: self.buffer(host), f"{name}_offset": offset}
            results.append((given[name], host, shape, count))
        self.run(self.bind(plan, given, extras))
        arrays = []
        for buffer, host, shape, count in results:
            before = host.copy()
            cl.enqueue_copy(self.queue, host, buffer)
            edge = np.r_[0:offset, offset + count : len(host)]
            if not np.array_equal(before[edge], host[edge]):
                raise RuntimeError("the kernel wrote outside its output")
            arrays.append(host[offset : offset + count].reshape(shape))
        return arrays
