"""The class Tensor and the functions on tensors, a family a file. Each is also a method."""

from plugtorch.tensor.hooks import RemovableHandle
from plugtorch.tensor.tensor import Tensor

__all__ = ["RemovableHandle", "Tensor"]
