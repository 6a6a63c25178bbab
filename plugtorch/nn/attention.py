"""PyTorch's torch.nn.attention: which code computes attention. Here a device has one of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

from plugtorch.errors import ArgumentError

__all__ = ["SDPBackend", "sdpa_kernel"]


class SDPBackend(IntEnum):
    """PyTorch's names for its code. Source: torch.nn.attention.SDPBackend."""

    ERROR = -1
    MATH = 0
    FLASH_ATTENTION = 1
    EFFICIENT_ATTENTION = 2
    CUDNN_ATTENTION = 3
    OVERRIDEABLE = 4


@contextmanager
def sdpa_kernel(backends: Any, set_priority: bool = False) -> Iterator[dict[Any, Any]]:
    """Do nothing: attention over many pairs never stores their weights, whatever is named.

    backends: one of SDPBackend, or a list of them.

    Raises ArgumentError for anything else.

    >>> with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.MATH]):
    ...     pass

    Source: torch.nn.attention.sdpa_kernel.
    """
    named = [backends] if isinstance(backends, SDPBackend) else backends
    if not isinstance(named, (list, tuple)) or not all(isinstance(b, SDPBackend) for b in named):
        raise ArgumentError(f"[sdpa_kernel] needs SDPBackend or a list of it, got {backends!r}.")
    yield {}
