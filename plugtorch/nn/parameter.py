"""Parameter and Buffer, under PyTorch's path."""

from plugtorch.parameter import Buffer, Parameter

__all__ = ["Buffer", "Parameter"]
