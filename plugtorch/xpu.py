"""``xpu``: PyTorch's name for Intel's cards, of which there are none by that name.

Scripts ask ``xpu.is_available()`` and go on without. Cards are OpenCL devices here:
``accelerator.current_accelerator()``.
"""

from __future__ import annotations

from typing import Any

from plugtorch import left_out

__all__ = ["device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all"]


def is_available() -> bool:
    """False. Source: torch.xpu.is_available."""
    return False


def device_count() -> int:
    """0. Source: torch.xpu.device_count."""
    return 0


def manual_seed(seed: int) -> None:
    """Do nothing: ``plugtorch.manual_seed`` is for every device."""


manual_seed_all = manual_seed


def empty_cache() -> None:
    """Do nothing: there is no such device."""


def __getattr__(name: str) -> Any:
    raise AttributeError(left_out.message(f"xpu.{name}"))
