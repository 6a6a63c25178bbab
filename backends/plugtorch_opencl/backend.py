"""The device "opencl"."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from plugtorch.backend import Backend, DeviceInfo, Kernel
from plugtorch.dtypes import bfloat16, bool_, dtype
from plugtorch_opencl import devices, drivers, opening


@dataclass(frozen=True)
class Buffer:
    """An array: a pyopencl buffer that nobody writes to, with its shape and dtype."""

    memory: Any
    shape: tuple[int, ...]
    dtype: dtype


class OpenCLBackend(Backend):
    """One OpenCL device."""

    kernels: Mapping[str, Kernel] = {}

    @classmethod
    def devices(cls) -> Sequence[DeviceInfo]:
        return tuple(found.info for found in devices.find())

    def __init__(self, index: int) -> None:
        self.opened = opening.open_index(index)
        self.dtypes = frozenset(devices.dtypes_of(self.opened.traits))

    def upload(self, host: np.ndarray[Any, Any], dtype: dtype) -> Buffer:
        cl = drivers.load_pyopencl()
        values = np.ascontiguousarray(host, dtype=_numpy(dtype))
        memory = self.opened.pool.allocate(max(values.nbytes, 1))  # none of size 0 in OpenCL
        if values.nbytes:
            cl.enqueue_copy(self.opened.queue, memory, values.view(np.uint8))
        return Buffer(memory, host.shape, dtype)

    def download(self, array: Buffer) -> np.ndarray[Any, Any]:
        cl = drivers.load_pyopencl()
        result = np.empty(array.shape, _numpy(array.dtype))
        if math.prod(array.shape):
            cl.enqueue_copy(self.opened.queue, result, array.memory)
        return result

    def synchronize(self) -> None:
        self.opened.queue.finish()


def _numpy(d: dtype) -> np.dtype[Any]:
    if d is bfloat16:
        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(np.bool_ if d is bool_ else d.name)
