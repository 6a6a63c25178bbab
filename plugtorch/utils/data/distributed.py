"""A sampler for several processes that train one model together."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.tensor.random import Generator, randperm
from plugtorch.utils.data.sampler import Sampler


class DistributedSampler(Sampler[int]):
    """Every ``num_replicas``-th index from ``rank`` on, in an order that all replicas share.

    All get equally many: what is missing is taken again from the beginning, or with drop_last the
    last samples are left out. The order is that of seed + epoch; call ``set_epoch`` before each.

    Raises ArgumentError unless 0 <= rank < num_replicas; both must be given, for there are no
    process groups to ask.

    >>> from plugtorch.utils.data import DistributedSampler
    >>> [list(DistributedSampler(range(5), 2, rank, shuffle=False)) for rank in (0, 1)]
    [[0, 2, 4], [1, 3, 0]]

    As torch.utils.data.distributed.DistributedSampler.
    """

    def __init__(
        self,
        dataset: Any,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            raise ArgumentError(
                "[DistributedSampler] needs num_replicas and rank: there is no process group that "
                "knows them."
            )
        if not 0 <= rank < num_replicas:
            raise ArgumentError(
                f"[DistributedSampler] rank must be from 0 to {num_replicas - 1}, got {rank}."
            )
        self.dataset: Sized = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        self.shuffle = shuffle
        self.seed = seed
        size = len(self.dataset)
        self.num_samples = size // num_replicas if drop_last else math.ceil(size / num_replicas)
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        size = len(self.dataset)
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            order = randperm(size, generator=generator).tolist()
        else:
            order = list(range(size))
        if size:
            order *= math.ceil(self.total_size / size)
        return iter(order[self.rank : self.total_size : self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Begin another order, the same in every replica."""
        self.epoch = epoch
