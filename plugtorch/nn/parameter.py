"""Parameter, Buffer and those without a shape yet, under PyTorch's path."""

from plugtorch.module import Buffer, Parameter
from plugtorch.module.uninitialized import UninitializedBuffer, UninitializedParameter, is_lazy

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]
