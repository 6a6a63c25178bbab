"""Losses, with the base class under PyTorch's names."""

from __future__ import annotations

from typing import Any

from plugtorch import nn
from plugtorch.loss import Loss

__all__ = ["_Loss", "_WeightedLoss"]

_Loss = _WeightedLoss = Loss


def __getattr__(name: str) -> Any:
    return getattr(nn, name)
