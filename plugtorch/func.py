"""``functional_call``, of PyTorch's torch.func; transforms of functions are left out."""

from __future__ import annotations

from typing import Any

from plugtorch import left_out
from plugtorch.nn.utils.stateless import functional_call

__all__ = ["functional_call"]


def __getattr__(name: str) -> Any:
    raise AttributeError(left_out.message(f"func.{name}"))
