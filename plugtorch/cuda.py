"""``cuda``: PyTorch's name for NVIDIA's cards, of which there are none by that name.

Scripts ask ``cuda.is_available()`` and go on without; seeds are taken, questions about memory
answered with 0, and whatever needs a card raises UnknownNameError. Cards, NVIDIA's too, are OpenCL
devices here: ``accelerator.current_accelerator()``.

``stand_in(device)``, which ``plugtorch run --device`` calls, lets "cuda" mean another device.
"""

from __future__ import annotations

import importlib
from typing import Any

from plugtorch import left_out
from plugtorch.device import cuda_device, no_cuda, open_device, stands_for
from plugtorch.device import device as Device
from plugtorch.device import stand_in as _stand_in
from plugtorch.errors import OutOfMemoryError as OutOfMemoryError

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "get_device_name",
    "is_available",
    "is_bf16_supported",
    "is_initialized",
    "manual_seed",
    "manual_seed_all",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "set_device",
    "stand_in",
    "synchronize",
]


def stand_in(where: Any) -> None:
    """Let "cuda" mean the device ``where``, for a script that knows no other; None ends it.

    >>> import plugtorch
    >>> plugtorch.cuda.stand_in("cpu")
    >>> plugtorch.cuda.is_available(), plugtorch.ones(1).cuda().device
    (True, device(type='cpu'))
    >>> plugtorch.cuda.stand_in(None)
    """
    _stand_in("cuda", where)


def is_available() -> bool:
    """Whether a device stands in for it. Source: torch.cuda.is_available.

    >>> import plugtorch
    >>> plugtorch.device("cuda" if plugtorch.cuda.is_available() else "cpu")
    device(type='cpu')
    """
    return stands_for("cuda") is not None


def device_count() -> int:
    """1 if a device stands in for it, else 0. Source: torch.cuda.device_count."""
    return int(is_available())


def _needed(name: str) -> Device:
    here = stands_for("cuda")
    if here is None:
        raise no_cuda(f"cuda.{name}")
    return here


def current_device() -> int:
    """0, if a device stands in for it; else UnknownNameError. Source: torch.cuda.current_device."""
    _needed("current_device")
    return 0


def set_device(device: Any) -> None:
    """Nothing, if a device stands in for it; else UnknownNameError, or DeviceError for one with
    another number than 0. As torch.
    """
    open_device(cuda_device("cuda.set_device", device))


def get_device_name(device: Any = None) -> str:
    """The device that stands in for it; else UnknownNameError. As torch."""
    return str(open_device(_needed("get_device_name")).device)


def synchronize(device: Any = None) -> None:
    """Wait for the device that stands in for it; else UnknownNameError."""
    open_device(_needed("synchronize")).synchronize()


def is_initialized() -> bool:
    """Whether a device stands in for it. Source: torch.cuda.is_initialized."""
    return is_available()


def is_bf16_supported() -> bool:
    """False: nobody should take bfloat16 for fast."""
    return False


def memory_allocated(device: Any = None) -> int:
    """0, as PyTorch says without CUDA."""
    return 0


memory_reserved = max_memory_allocated = max_memory_reserved = memory_allocated


def manual_seed(seed: int) -> None:
    """Do nothing: ``plugtorch.manual_seed`` is for every device."""


manual_seed_all = manual_seed


def empty_cache() -> None:
    """Do nothing: memory goes back when it is needed."""


def __getattr__(name: str) -> Any:
    if name == "amp":
        return importlib.import_module("plugtorch.amp.cuda")
    raise AttributeError(left_out.message(f"cuda.{name}"))
