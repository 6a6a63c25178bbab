"""Automatic differentiation: ``backward``, ``grad``, ``Function``, and whether operations are
recorded.
"""

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
    "enable_grad",
    "grad",
    "inference_mode",
    "is_grad_enabled",
    "is_inference_mode_enabled",
    "no_grad",
    "set_grad_enabled",
]
