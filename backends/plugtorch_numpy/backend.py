"""The NumPy backend: what every primitive means.

An array here is a NumPy array (or a NumPy scalar, which is what NumPy gives for 0-d results) that
nobody writes to.
"""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import numpy as np

from plugtorch.backend import Array, Backend, DeviceInfo
from plugtorch.dtypes import ALL, dtype
from plugtorch_numpy.kernels import REUSING, TABLE
from plugtorch_numpy.types import numpy_dtype


class NumpyBackend(Backend):
    """The device "cpu"."""

    kernels = TABLE
    reusing = REUSING
    dtypes = frozenset(ALL)
    block = 32768  # 128 KiB of float32: a rule's dozen results fit the second-level cache

    @classmethod
    def devices(cls) -> Sequence[DeviceInfo]:
        return (
            DeviceInfo(
                name=_model(),
                kind="cpu",
                memory=_memory(),
                dtypes=tuple(d.name for d in ALL),
                driver=f"NumPy {np.__version__}",
            ),
        )

    def __init__(self, index: int) -> None:
        pass

    def upload(self, host: np.ndarray[Any, Any], dtype: dtype) -> Array:
        return host.astype(numpy_dtype(dtype), copy=False)

    def download(self, array: Array) -> np.ndarray[Any, Any]:
        return np.asarray(array)


def _model() -> str:
    """What the processor calls itself, where the system says."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, value = line.partition(":")
                if key.strip() == "model name":
                    return value.strip()
    except OSError:
        pass
    return platform.processor() or platform.machine() or "CPU"


def _memory() -> int:
    """The machine's memory in bytes, 0 where the system does not say."""
    import os

    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return 0
