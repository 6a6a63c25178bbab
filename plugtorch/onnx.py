"""``import torch.onnx`` does no harm: what would export a model is left out."""

from __future__ import annotations

from typing import Any

from plugtorch import left_out

__all__: list[str] = []


def __getattr__(name: str) -> Any:
    raise AttributeError(left_out.message(f"onnx.{name}"))
