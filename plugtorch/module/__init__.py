"""Module, Parameter and Buffer: what every layer, model and loss is made of."""

from plugtorch.module.module import Module, indent
from plugtorch.module.parameter import Buffer, Parameter
from plugtorch.module.state import StateDict

__all__ = ["Buffer", "Module", "Parameter", "StateDict", "indent"]
