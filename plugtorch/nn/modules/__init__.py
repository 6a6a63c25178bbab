"""Where PyTorch keeps its layers, for scripts that name the place: all of ``nn`` is here too.

>>> import plugtorch
>>> plugtorch.nn.modules.Linear is plugtorch.nn.Linear
True
"""

from __future__ import annotations

from typing import Any

from plugtorch import nn
from plugtorch.nn.modules import batchnorm, conv, loss, utils

__all__ = ["batchnorm", "conv", "loss", "utils"]


def __getattr__(name: str) -> Any:
    return getattr(nn, name)
