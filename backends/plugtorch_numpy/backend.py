"""The NumPy backend: what every primitive means.

An array here is a NumPy array (or a NumPy scalar, which is what NumPy gives for 0-d results) that
nobody writes to.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from plugtorch.backend import Array, Backend, DeviceInfo, Formula
from plugtorch.dtypes import ALL, dtype
from plugtorch_numpy.kernels import REUSING, TABLE
from plugtorch_numpy.pieces import Pieces
from plugtorch_numpy.types import numpy_dtype


class NumpyBackend(Backend):
    """The device "cpu"."""

    kernels = TABLE
    reusing = REUSING
    dtypes = frozenset(ALL)
    block = 32768  # ten arrays of so many float32 take two thirds of a second-level cache of 2 MiB

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
        # glibc gives a freed block above a threshold back to the system, and having it again costs
        # a page fault for every 4 KiB, a third of the time of some losses. The threshold rises to
        # the largest block that was freed, up to 32 MiB: free one. It is not touched, so it never
        # takes any memory; another allocator takes no notice.
        np.empty(2**25 - 2**16, np.uint8)

    def upload(self, host: np.ndarray[Any, Any], dtype: dtype) -> Array:
        return host.astype(numpy_dtype(dtype), copy=False)

    def download(self, array: Array) -> np.ndarray[Any, Any]:
        return np.asarray(array)

    def in_pieces(
        self, formula: Formula, numbers: Sequence[Any]
    ) -> Callable[[Sequence[Sequence[list[Array]]]], list[list[Array]]]:
        run = Pieces(formula, numbers, self.block * 48).run
        operations = tuple([name for name, _, _ in formula.lines])

        def timed(inputs: Sequence[Sequence[list[Array]]]) -> list[list[Array]]:
            clock = self.clock
            if clock is None:
                return run(inputs)
            return clock.call("in_pieces", operations, "kernel", run, inputs)

        return timed


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
