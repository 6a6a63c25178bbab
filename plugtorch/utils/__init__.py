"""PyTorch's torch.utils: ``utils.data``, which feeds training loops, and ``utils.checkpoint``."""

from plugtorch.utils import checkpoint, data

__all__ = ["checkpoint", "data"]
