"""Data sets for the tests of worker processes, in a module that these can import too."""

from __future__ import annotations

import multiprocessing
from typing import Any

import numpy

import plugtorch
from plugtorch.utils.data import (
    Dataset,
    IterableDataset,
    get_worker_info,
)

METHODS = multiprocessing.get_all_start_methods()


class Items(Dataset[Any]):
    """Something of everything that has to travel."""

    def __init__(self, size: int = 11, width: int = 3) -> None:
        self.size, self.width = size, width

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, i: int) -> Any:
        return {
            "tensor": plugtorch.full((self.width,), i, dtype=plugtorch.float32, device="cpu"),
            "half": plugtorch.full((2,), i, dtype=plugtorch.bfloat16, device="cpu"),
            "array": numpy.full((2, self.width), i),
            "number": (i, i / 2),
            "name": f"item {i}",
        }


class Count(IterableDataset[int]):
    def __init__(self, size: int) -> None:
        self.size = size

    def __iter__(self) -> Any:
        info = get_worker_info()
        return iter(
            range(self.size) if info is None else range(info.id, self.size, info.num_workers)
        )

    def __len__(self) -> int:
        return self.size


class Calling(Dataset[Any]):
    """What ``function`` says of an index."""

    def __init__(self, function: Any, size: int = 8) -> None:
        self.function, self.size = function, size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, i: int) -> Any:
        return self.function(i)


def told(batch: Any) -> Any:
    """Types, dtypes and values."""
    if isinstance(batch, plugtorch.Tensor):
        return batch.dtype, str(batch.device), batch.tolist()
    if isinstance(batch, dict):
        return {key: told(value) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch), [told(part) for part in batch]
    return batch
