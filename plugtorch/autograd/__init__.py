"""Automatic differentiation: ``backward``, ``grad``, ``Function``, and whether operations are
recorded.
"""

import importlib
from typing import Any

from plugtorch.autograd.anomaly import detect_anomaly, set_detect_anomaly
from plugtorch.autograd.function import Function
from plugtorch.autograd.mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from plugtorch.autograd.variable import Variable
from plugtorch.autograd.walk import backward, grad

__all__ = [
    "Function",
    "Variable",
    "backward",
    "detect_anomaly",
    "enable_grad",
    "grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_detect_anomaly",
    "set_grad_enabled",
]


def __getattr__(name: str) -> Any:
    if name == "functional":  # it is in a layer above
        return importlib.import_module("plugtorch.derivatives")
    if name in ("gradcheck", "gradgradcheck"):  # likewise
        return getattr(importlib.import_module("plugtorch.gradcheck"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
