"""As much of torchvision's interface as the public scripts use, in Python alone.

It takes whatever ``torch`` is: PyTorch and plugtorch are then compared with the same data.
"""

from torchvision import datasets, models, transforms, utils

__all__ = ["datasets", "models", "transforms", "utils"]
