"""Opens a device: a context, a queue and a pool of memory, and arrays there and back."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from plugtorch.errors import DeviceError
from plugtorch_opencl import devices, drivers
from plugtorch_opencl.programs import OPTIONS
from plugtorch_opencl.traits import Traits


@dataclass(frozen=True)
class Opened:
    """What belongs to a device in use, all of pyopencl but the traits.

    queue: in order, one for all. pool: gives buffers, and keeps those that are given up.
    """

    traits: Traits
    context: Any
    queue: Any
    pool: Any


def open_index(index: int, profiling: bool = False) -> Opened:
    """Open device ``index`` of ``devices.find()``.

    profiling: whether the queue notes when each kernel began and ended, which costs a little.
    Raises DeviceError for an index that is not there, for a device that cannot be used, and in a
    forked process.
    """
    found = devices.find()
    drivers.same_process()
    if not 0 <= index < len(found):
        raise DeviceError(
            f"[opencl] there is no device {index}: {len(found)} can be seen. "
            "`plugtorch devices` lists them."
        )
    chosen = found[index]
    if chosen.traits is None:
        raise DeviceError(f"[opencl] {chosen.info.name} cannot be used: {chosen.info.problem}")
    cl = drivers.load_pyopencl()
    from pyopencl import tools

    properties = cl.command_queue_properties.PROFILING_ENABLE if profiling else 0
    try:
        context = cl.Context([chosen.device])
        queue = cl.CommandQueue(context, properties=properties)
    except cl.Error as error:
        raise DeviceError(
            f"[opencl] {chosen.info.name} ({chosen.info.driver}) cannot be opened: {error}. "
            "Is another program using all of it? `plugtorch devices` lists others."
        ) from error
    # allocated at once, so that what does not fit is noticed where it was asked for
    pool = tools.MemoryPool(tools.ImmediateAllocator(queue))
    return Opened(chosen.traits, context, queue, pool)


def options(opened: Opened) -> tuple[str, ...]:
    """What the compiler is told: quotients and roots rounded as IEEE 754 has it, where it can; and
    what the user adds, such as -cl-opt-disable to see whether a driver's optimizer is at fault.
    """
    cl = drivers.load_pyopencl()
    found = ["-cl-std=CL1.2", *os.environ.get(OPTIONS, "").split()]
    device = opened.queue.device
    if device.single_fp_config & cl.device_fp_config.CORRECTLY_ROUNDED_DIVIDE_SQRT:
        found.append("-cl-fp32-correctly-rounded-divide-sqrt")
    return tuple(found)
