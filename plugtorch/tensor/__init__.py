"""The class Tensor and the functions on tensors, a family a file. Each is also a method."""

from plugtorch.tensor.tensor import RemovableHandle, Tensor

__all__ = ["RemovableHandle", "Tensor"]
