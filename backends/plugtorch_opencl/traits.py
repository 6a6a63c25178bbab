"""What a device is like, as far as the text of a kernel or its launch depends on it.

Filled in by ``devices``, read by ``schedule`` and ``render``, which never see pyopencl: a golden
text can be made for a device that is not there.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Traits:
    """One OpenCL device.

    kind: "cpu", "gpu" or "accelerator". driver: platform, its version and the device's driver
    version, which name a program in the disk cache together with ``name``. units: compute units.
    group: work-items in the largest work-group. local_memory, memory, allocation (the largest
    single one), alignment: bytes. float64, float16: whether it computes with them. vector: how many
    float32 the widest vector type worth writing has; 1 where the device forms vectors by itself, as
    GPUs do. No vector of any type may have more bytes. one_by_one: functions of OpenCL C that may
    not be given a vector there, by their names.
    """

    name: str
    vendor: str
    driver: str
    kind: str
    units: int = 1
    group: int = 256
    local_memory: int = 32768
    memory: int = 1 << 30
    allocation: int = 1 << 28
    alignment: int = 128
    float64: bool = True
    float16: bool = False
    vector: int = 1
    one_by_one: frozenset[str] = frozenset()
