"""Optimizers in PyTorch's shape: ``plugtorch.optim.SGD`` and any other, by its class's name.

>>> import plugtorch
>>> plugtorch.optim.SGD([plugtorch.ones(2, requires_grad=True)], lr=0.1).param_groups[0]["lr"]
0.1
"""

from __future__ import annotations

from typing import Any

from plugtorch import registry
from plugtorch.errors import UnknownNameError
from plugtorch.optim import lr_scheduler, swa_utils
from plugtorch.optimizer import Optimizer

__all__ = ["Optimizer", "lr_scheduler", "swa_utils"]


def __getattr__(name: str) -> Any:
    if not name.startswith("_"):
        try:
            found = registry.get("optimizer", name)
        except UnknownNameError as error:
            raise AttributeError(f"[optim] there is no optimizer {name!r}. {error}") from None
        if found.__name__ == name:
            return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    offered = (entry.spec.target for entry in registry.entries("optimizer"))
    return sorted({*__all__, *(target.partition(":")[2] for target in offered)})
