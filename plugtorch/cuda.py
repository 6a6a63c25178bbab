"""``cuda``: PyTorch's name for NVIDIA's cards, of which there are none by that name.

Scripts ask ``cuda.is_available()`` and go on without; seeds are taken, questions about memory
answered with 0, and whatever needs a card raises DeviceError. Cards, NVIDIA's too, are OpenCL
devices here: ``accelerator.current_accelerator()``.
"""

from __future__ import annotations

import importlib
from typing import Any, NoReturn

from plugtorch import left_out
from plugtorch.device import no_cuda

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "get_device_capability",
    "get_device_name",
    "get_device_properties",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "seed",
    "seed_all",
    "set_device",
    "synchronize",
]


def is_available() -> bool:
    """False. Source: torch.cuda.is_available.

    >>> import plugtorch
    >>> plugtorch.device("cuda" if plugtorch.cuda.is_available() else "cpu")
    device(type='cpu')
    """
    return False


def _false(*_: Any, **__: Any) -> bool:
    """False, as for PyTorch without CUDA."""
    return False


def _zero(*_: Any, **__: Any) -> int:
    """0, as for PyTorch without CUDA."""
    return 0


def _nothing(*_: Any, **__: Any) -> None:
    """Do nothing: ``manual_seed`` is for every device."""


def _refused(name: str) -> Any:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise no_cuda(f"cuda.{name}")

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = "Raises DeviceError: there is no CUDA."
    return refuse


is_initialized = is_bf16_supported = _false
device_count = memory_allocated = memory_reserved = _zero
max_memory_allocated = max_memory_reserved = _zero
manual_seed = manual_seed_all = seed = seed_all = empty_cache = _nothing
current_device = _refused("current_device")
get_device_capability = _refused("get_device_capability")
get_device_name = _refused("get_device_name")
get_device_properties = _refused("get_device_properties")
set_device = _refused("set_device")
synchronize = _refused("synchronize")


def __getattr__(name: str) -> Any:
    if name == "amp":
        return importlib.import_module("plugtorch.amp.cuda")
    raise AttributeError(left_out.message(f"cuda.{name}"))
