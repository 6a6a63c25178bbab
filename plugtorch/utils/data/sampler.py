"""Samplers: in which order a DataLoader takes samples."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Generic, TypeVar

from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import as_tensor
from plugtorch.tensor.random import Generator, multinomial, randint, randperm

Index = TypeVar("Index", covariant=True)


class Sampler(Generic[Index]):
    """The base of every sampler: define ``__iter__`` over indices, and ``__len__`` where it is
    known.

    As torch.utils.data.Sampler.
    """

    def __iter__(self) -> Iterator[Index]:
        raise NotImplementedError(f"[Sampler] {type(self).__name__} has no __iter__. Define one.")


class SequentialSampler(Sampler[int]):
    """0, 1, 2, ... As torch.utils.data.SequentialSampler."""

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class EndlessSampler(Sampler[None]):
    """No index, again and again: how often a DataLoader asks an IterableDataset."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


def own_generator() -> Generator:
    """A generator for one epoch, seeded by the default one; so the epoch takes one number of that
    stream.
    """
    return Generator().manual_seed(int(randint(2**62, ())))


class RandomSampler(Sampler[int]):
    """Every index once in random order, or with replacement any.

    num_samples: how many, None for as many as there are. generator: None for the default one.

    Raises ArgumentError for a num_samples that is not positive.

    As torch.utils.data.RandomSampler.
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise DTypeError(f"[RandomSampler] replacement must be a bool, got {replacement!r}.")
        if num_samples is not None and (not isinstance(num_samples, int) or num_samples <= 0):
            raise ArgumentError(
                f"[RandomSampler] num_samples must be a positive number, got {num_samples!r}."
            )
        self.data_source = data_source
        self.replacement = replacement
        self.generator = generator
        self._num_samples = num_samples

    @property
    def num_samples(self) -> int:
        """How many indices one pass gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        size, left = len(self.data_source), self.num_samples
        generator = self.generator or own_generator()
        if size == 0:
            return
        if self.replacement:
            yield from randint(size, (left,), generator=generator).tolist()
            return
        while left > 0:
            yield from randperm(size, generator=generator).tolist()[:left]
            left -= size

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices in random order. As torch.utils.data.SubsetRandomSampler."""

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices 0 .. len(weights) - 1, drawn with probabilities proportional to ``weights``.

    As torch.utils.data.WeightedRandomSampler.
    """

    def __init__(
        self,
        weights: Sequence[float] | Tensor,
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(num_samples, int) or isinstance(num_samples, bool) or num_samples <= 0:
            raise ArgumentError(
                "[WeightedRandomSampler] num_samples must be a positive number, got "
                f"{num_samples!r}."
            )
        if not isinstance(replacement, bool):
            raise ArgumentError(
                f"[WeightedRandomSampler] replacement must be a bool, got {replacement!r}."
            )
        self.weights = as_tensor(weights).double()
        if self.weights.ndim != 1:
            raise ArgumentError(
                "[WeightedRandomSampler] weights must be one axis, got shape "
                f"{tuple(self.weights.shape)}."
            )
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        drawn = multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator
        )
        return iter(drawn.tolist())

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The indices of another sampler in lists of ``batch_size``.

    drop_last: leave out a last list that is shorter.

    Raises ArgumentError for a batch_size that is not positive.

    >>> from plugtorch.utils.data import BatchSampler, SequentialSampler
    >>> list(BatchSampler(SequentialSampler(range(5)), 2, drop_last=False))
    [[0, 1], [2, 3], [4]]

    As torch.utils.data.BatchSampler.
    """

    def __init__(
        self, sampler: Sampler[int] | Iterable[int], batch_size: int, drop_last: bool
    ) -> None:
        if not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0:
            raise ArgumentError(
                f"[BatchSampler] batch_size must be a positive number, got {batch_size!r}."
            )
        if not isinstance(drop_last, bool):
            raise ArgumentError(f"[BatchSampler] drop_last must be a bool, got {drop_last!r}.")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[int]]:
        batch: list[int] = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        size = len(self.sampler)  # type: ignore[arg-type]
        return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
