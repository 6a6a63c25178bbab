"""DataLoader: batches of a data set, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from plugtorch.errors import ArgumentError, UnsupportedError
from plugtorch.tensor.creation import tensor
from plugtorch.tensor.random import Generator
from plugtorch.utils.data.collate import default_collate, default_convert
from plugtorch.utils.data.dataset import Dataset, IterableDataset, Subset, TensorDataset
from plugtorch.utils.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

Batch = TypeVar("Batch", covariant=True)


class DataLoader(Generic[Batch]):
    """Goes through a data set in batches; each ``for`` is one epoch.

    dataset: anything with ``__getitem__`` and ``__len__``, or an IterableDataset. batch_size: None
    for samples one by one. shuffle: another random order each epoch. drop_last: leave out a last
    batch that is smaller. collate_fn: makes a batch of a list of samples. sampler, batch_sampler:
    an order of your own. generator: for the shuffling. The other options are PyTorch's for worker
    processes, of which there are none yet.

    Raises ArgumentError for options that contradict each other, UnsupportedError for num_workers >
    0.

    >>> import plugtorch
    >>> from plugtorch.utils.data import DataLoader, TensorDataset
    >>> data = TensorDataset(plugtorch.zeros(5, 2), plugtorch.arange(5))
    >>> for x, y in DataLoader(data, batch_size=2):
    ...     print(tuple(x.shape), y.tolist())
    (2, 2) [0, 1]
    (2, 2) [2, 3]
    (1, 2) [4]

    As torch.utils.data.DataLoader.
    """

    def __init__(
        self,
        dataset: Dataset[Any],
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Sampler[int] | Iterable[int] | None = None,
        batch_sampler: Sampler[list[int]] | Iterable[list[int]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        if num_workers < 0:
            raise ArgumentError(
                f"[DataLoader] num_workers must not be negative, got {num_workers}."
            )
        if num_workers > 0:
            raise UnsupportedError(
                f"[DataLoader] num_workers is {num_workers}, but there are no worker processes "
                "yet. "
                "Use num_workers=0."
            )
        self.dataset = dataset
        self.num_workers = num_workers
        self.generator = generator
        self.drop_last = drop_last
        self._check(batch_size, shuffle, sampler, batch_sampler)
        if batch_sampler is not None:
            batch_size = None
        elif not isinstance(dataset, IterableDataset):
            if sampler is None:
                sampler = (
                    RandomSampler(dataset, generator=generator)  # type: ignore[arg-type]
                    if shuffle
                    else SequentialSampler(dataset)  # type: ignore[arg-type]
                )
            if batch_size is not None:
                batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        batched = batch_size is not None or batch_sampler is not None
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)

    def _check(self, batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
        iterable = isinstance(self.dataset, IterableDataset)
        if iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise ArgumentError(
                "[DataLoader] an IterableDataset decides on the order itself: it takes no "
                "shuffle, sampler or "
                "batch_sampler."
            )
        if sampler is not None and shuffle:
            raise ArgumentError("[DataLoader] got both a sampler and shuffle=True. Choose one.")
        if batch_sampler is not None and (
            batch_size != 1 or shuffle or sampler is not None or self.drop_last
        ):
            raise ArgumentError(
                "[DataLoader] a batch_sampler takes the place of batch_size, shuffle, sampler and "
                "drop_last."
            )
        if batch_sampler is None and batch_size is None and self.drop_last:
            raise ArgumentError("[DataLoader] drop_last needs a batch_size.")
        if batch_size is not None and (
            not isinstance(batch_size, int) or isinstance(batch_size, bool) or batch_size <= 0
        ):
            raise ArgumentError(
                f"[DataLoader] batch_size must be a positive number, got {batch_size!r}."
            )

    def __iter__(self) -> Iterator[Batch]:
        if isinstance(self.dataset, IterableDataset):
            return self._from_iterable()
        if self.batch_sampler is None:
            return (self.collate_fn(self.dataset[i]) for i in self.sampler)  # type: ignore[union-attr]
        gather = _gathering(self.dataset) if self.collate_fn is default_collate else None
        if gather is not None:
            return map(gather, self.batch_sampler)
        return map(self._batch, self.batch_sampler)

    def _batch(self, indices: Any) -> Any:
        # as in PyTorch, a data set may fetch all samples of a batch at once
        many = getattr(self.dataset, "__getitems__", None)
        return self.collate_fn(many(indices) if many else [self.dataset[i] for i in indices])

    def _from_iterable(self) -> Iterator[Batch]:
        collate: Callable[[Any], Any] = self.collate_fn
        stream: Any = self.dataset
        if self.batch_size is None:
            yield from map(collate, stream)
            return
        samples: list[Any] = []
        for sample in stream:
            samples.append(sample)
            if len(samples) == self.batch_size:
                yield collate(samples)
                samples = []
        if samples and not self.drop_last:
            yield collate(samples)

    def __len__(self) -> int:
        if isinstance(self.dataset, IterableDataset):
            size = len(self.dataset)  # type: ignore[arg-type]
            if self.batch_size is None:
                return size
            return size // self.batch_size if self.drop_last else -(-size // self.batch_size)
        order: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
        return len(order)


def _gathering(dataset: Any) -> Callable[[Any], Any] | None:
    """For tensors: a function that takes a whole batch out of each at once, instead of sample by
    sample.
    """
    if type(dataset) is TensorDataset:
        return lambda indices: _take(dataset, list(indices))
    if type(dataset) is Subset and type(dataset.dataset) is TensorDataset:
        whole, chosen = dataset.dataset, dataset.indices
        return lambda indices: _take(whole, [chosen[i] for i in indices])
    return None


def _take(dataset: TensorDataset, indices: list[int]) -> list[Any]:
    """A copy of the samples: a batch may be written to without changing the data set."""
    places = tensor(indices)
    return [t[places.to(t.device)] for t in dataset.tensors]
