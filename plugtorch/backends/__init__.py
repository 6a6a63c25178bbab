"""PyTorch's torch.backends: switches of libraries that plugtorch does not use. They may be set.

What a backend is here, and how to write one, is in ``plugtorch.backend`` and docs/plugins.md.
"""

from plugtorch.backends import cuda, cudnn, mkldnn, mps

__all__ = ["cuda", "cudnn", "mkldnn", "mps"]
