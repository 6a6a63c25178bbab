"""The base of every optimizer."""

from plugtorch.optimizer.optimizer import Optimizer
from plugtorch.optimizer.options import required

__all__ = ["Optimizer", "required"]
