"""Figures for TensorBoard, written by the package tensorboardX: PyTorch's torch.utils.tensorboard.

Without that package the import of ``SummaryWriter`` fails, as scripts expect that do without.
"""

import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from plugtorch.utils.tensorboard.writer import SummaryWriter

__all__ = ["SummaryWriter"]


def __getattr__(name: str) -> Any:
    if name != "SummaryWriter":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if importlib.util.find_spec("tensorboardX") is None:
        raise ModuleNotFoundError(
            "[tensorboard] SummaryWriter needs the package tensorboardX, which is missing. "
            'Run: pip install "plugtorch[tensorboard]"',
            name="tensorboardX",
        )
    from plugtorch.utils.tensorboard.writer import SummaryWriter

    return SummaryWriter
