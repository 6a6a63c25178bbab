"""The base of every optimizer."""

from plugtorch.optimizer.optimizer import Optimizer
from plugtorch.optimizer.options import required
from plugtorch.optimizer.recording import in_pieces

__all__ = ["Optimizer", "in_pieces", "required"]
