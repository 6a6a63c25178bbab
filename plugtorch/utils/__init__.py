"""PyTorch's torch.utils: so far ``utils.data``, which feeds training loops."""

from plugtorch.utils import data

__all__ = ["data"]
