"""Where PyTorch has its base class, for scripts that import it from there."""

from plugtorch.optimizer import Optimizer, required

__all__ = ["Optimizer", "required"]
