"""PyTorch's torch.signal: windows."""

from plugtorch.signal import windows

__all__ = ["windows"]
