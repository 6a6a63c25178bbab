"""Switches of PyTorch's that scripts flip: how many threads, and others that change nothing here.

Those remember what they were set to; what they ask for is always so, or has no meaning.
"""

from __future__ import annotations

import os
from contextlib import suppress

from plugtorch.errors import ArgumentError, DTypeError

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "get_num_threads",
    "is_deterministic_algorithms_warn_only_enabled",
    "set_float32_matmul_precision",
    "set_flush_denormal",
    "set_num_interop_threads",
    "set_num_threads",
    "use_deterministic_algorithms",
]

_threads: int | None = None
_interop = 1
_deterministic = (False, False)  # on, and only warning
_precision = "highest"


def get_num_threads() -> int:
    """How many threads may compute at once: as many as this process has cores, or fewer if
    ``set_num_threads`` or else OMP_NUM_THREADS says so. Source: torch.get_num_threads.
    """
    global _threads
    if _threads is None:
        try:
            cores = len(os.sched_getaffinity(0))
        except AttributeError:  # not on every system
            cores = os.cpu_count() or 1
        wanted = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()  # one for each level
        _threads = min(cores, int(wanted)) if wanted.isdecimal() and int(wanted) else cores
    return _threads


def set_num_threads(num: int) -> None:
    """Let ``num`` threads compute at once, on the CPU.

    NumPy's matrix products have threads of their own: with the package threadpoolctl their number
    is set too, without it by OPENBLAS_NUM_THREADS before Python starts.

    >>> import plugtorch
    >>> before = plugtorch.get_num_threads()
    >>> plugtorch.set_num_threads(1)
    >>> plugtorch.get_num_threads()
    1
    >>> plugtorch.set_num_threads(before)

    Source: torch.set_num_threads.
    """
    global _threads
    _threads = _positive("set_num_threads", num)
    with suppress(ImportError):
        import threadpoolctl

        threadpoolctl.threadpool_limits(num)


def get_num_interop_threads() -> int:
    """What ``set_num_interop_threads`` was given; nothing depends on it."""
    return _interop


def set_num_interop_threads(num: int) -> None:
    """Taken for PyTorch's sake: operations are not run side by side."""
    global _interop
    _interop = _positive("set_num_interop_threads", num)


def _positive(name: str, number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool):
        raise DTypeError(f"[{name}] needs an int, got {type(number).__name__}.")
    if number < 1:
        raise ArgumentError(f"[{name}] needs a positive number, got {number}.")
    return number


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Taken for PyTorch's sake: the same program gives the same bits on the same device anyway."""
    global _deterministic
    _deterministic = bool(mode), bool(warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What ``use_deterministic_algorithms`` was given."""
    return _deterministic[0]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """What ``use_deterministic_algorithms`` was given as ``warn_only``."""
    return _deterministic[1]


def set_float32_matmul_precision(precision: str) -> None:
    """Taken for PyTorch's sake: products of float32 are computed in float32."""
    global _precision
    if precision not in ("highest", "high", "medium"):
        raise ArgumentError(
            f"[set_float32_matmul_precision] needs 'highest', 'high' or 'medium', got "
            f"{precision!r}."
        )
    _precision = precision


def get_float32_matmul_precision() -> str:
    """What ``set_float32_matmul_precision`` was given."""
    return _precision


def set_flush_denormal(mode: bool) -> bool:
    """False: the smallest numbers are never flushed to 0. Source: torch.set_flush_denormal."""
    return False
