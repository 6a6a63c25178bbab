"""The device beside the CPU, whatever make it is: what a script should use that runs anywhere.

    device = plugtorch.accelerator.current_accelerator() or plugtorch.device("cpu")

It is the default device if one was chosen, and else the first that can be used of those that the
installed backends list. Where the CPU was chosen, there is none.
"""

from __future__ import annotations

from typing import Any

from plugtorch import left_out
from plugtorch.device import beside_cpu, chosen_default, device, open_device, usable
from plugtorch.errors import DeviceError

__all__ = [
    "current_accelerator",
    "current_device_index",
    "device_count",
    "empty_cache",
    "is_available",
    "set_device_index",
    "synchronize",
]


def current_accelerator(check_available: bool = False) -> device | None:
    """The device, or None without one. Source: torch.accelerator.current_accelerator.

    >>> import plugtorch
    >>> plugtorch.set_default_device("cpu")
    >>> print(plugtorch.accelerator.current_accelerator())
    None
    >>> plugtorch.set_default_device(None)
    """
    return beside_cpu()


def is_available() -> bool:
    """Whether there is one. Source: torch.accelerator.is_available."""
    return current_accelerator() is not None


def device_count() -> int:
    """How many devices of its kind can be used. Source: torch.accelerator.device_count."""
    here = current_accelerator()
    return 0 if here is None else len(usable(here.type))


def _needed(name: str) -> device:
    here = current_accelerator()
    if here is None:
        if chosen_default() is not None:
            raise DeviceError(
                f"[accelerator.{name}] the CPU was chosen as default, so no other device is meant. "
                "Choose one with set_default_device(); `plugtorch devices` lists them."
            )
        raise DeviceError(
            f"[accelerator.{name}] there is no device beside the CPU. `plugtorch devices` says "
            'what can be used; pip install "plugtorch[opencl]" brings OpenCL.'
        )
    return here


def current_device_index() -> int:
    """The index of the device. Source: torch.accelerator.current_device_index."""
    return open_device(_needed("current_device_index")).device.index or 0


def set_device_index(index: int) -> None:
    """Taken if it is the index already. Source: torch.accelerator.set_device_index.

    Raises DeviceError for another: there, choose with ``set_default_device("opencl:1")``.
    """
    current = current_device_index()
    if index != current:
        raise DeviceError(
            f"[accelerator.set_device_index] the device has index {current}, and {index} was asked "
            "for. Choose it with set_default_device('opencl:1') or PLUGTORCH_OPENCL_DEVICE."
        )


def synchronize(device: Any = None) -> None:
    """Wait until the device has done what was started. Source: torch.accelerator.synchronize."""
    here = _needed("synchronize")
    open_device(here if device is None or isinstance(device, int) else device).synchronize()


def empty_cache() -> None:
    """Do nothing: memory goes back when it is needed. Source: torch.accelerator.empty_cache."""


def __getattr__(name: str) -> Any:
    raise AttributeError(left_out.message(f"accelerator.{name}"))
