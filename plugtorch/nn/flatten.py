"""Layers that change the shape and nothing else."""

from __future__ import annotations

from collections.abc import Sequence

from plugtorch.module import Module
from plugtorch.tensor import Tensor


class Flatten(Module):
    """Axes start_dim to end_dim as one; by default all but the batch's.

    >>> import plugtorch
    >>> plugtorch.nn.Flatten()(plugtorch.zeros(32, 1, 5, 5)).shape
    plugtorch.Size([32, 25])

    As torch.nn.Flatten.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Axis ``dim`` as several, of sizes ``unflattened_size``; one of them may be -1.

    >>> import plugtorch
    >>> plugtorch.nn.Unflatten(1, (2, 5, 5))(plugtorch.zeros(32, 50)).shape
    plugtorch.Size([32, 2, 5, 5])

    As torch.nn.Unflatten, without its named axes.
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        return input.unflatten(self.dim, tuple(self.unflattened_size))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
