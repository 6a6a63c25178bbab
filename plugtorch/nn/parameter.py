"""Parameter and Buffer, under PyTorch's path."""

from plugtorch.module import Buffer, Parameter

__all__ = ["Buffer", "Parameter"]
