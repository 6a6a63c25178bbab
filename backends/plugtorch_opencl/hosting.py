"""Operations that the host computes: factorisations of matrices.

Their steps wait for one another and are small: launching each would cost more than the work, and
vendors' own libraries for OpenCL do these on the host too. Matrices come down, LAPACK works, the
result goes up: a profile shows a download, a "host" record with the primitive's name, and an
upload. ``docs/opencl.md`` lists them. Nothing else is ever computed there.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from plugtorch.dtypes import by_name
from plugtorch.lapack import KERNELS
from plugtorch_opencl.graph import Array

if TYPE_CHECKING:
    from plugtorch_opencl.backend import OpenCLBackend


def table(backend: OpenCLBackend) -> dict[str, Callable[..., Array]]:
    """These kernels, by name."""
    return {name: _hosted(backend, name, kernel) for name, kernel in KERNELS.items()}


def _hosted(backend: OpenCLBackend, name: str, kernel: Callable[..., Any]) -> Callable[..., Array]:
    def run(*operands: Array, **parameters: Any) -> Array:
        hosts = [backend.download(operand) for operand in operands]
        start = perf_counter()
        with np.errstate(all="ignore"):
            result = kernel(*hosts, **parameters)
        end = perf_counter()
        for watcher in backend.runner.watchers:
            watcher.hosted(name, start, end)
        return backend.upload(result, by_name(operands[0].dtype))

    return run
