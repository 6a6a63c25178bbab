"""Nothing is downloaded; ``from torch.hub import tqdm`` gives the package tqdm's."""

from __future__ import annotations

import importlib
from typing import Any

from plugtorch import left_out

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    if name == "tqdm":
        try:
            return importlib.import_module("tqdm").tqdm
        except ModuleNotFoundError:
            raise AttributeError("[hub.tqdm] needs tqdm: pip install tqdm.") from None
    raise AttributeError(left_out.message(f"hub.{name}"))
