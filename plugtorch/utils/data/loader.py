"""DataLoader: batches of a data set, one after the other."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterable
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.tensor.random import Generator
from plugtorch.utils.data.collate import default_collate, default_convert
from plugtorch.utils.data.dataset import Dataset, IterableDataset
from plugtorch.utils.data.iteration import Here, Iteration, Workers
from plugtorch.utils.data.sampler import (
    BatchSampler,
    EndlessSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
)

Batch = TypeVar("Batch", covariant=True)

_FIXED = {"batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"}


class DataLoader(Generic[Batch]):
    """Goes through a data set in batches; each ``for`` is one epoch.

    dataset: anything with ``__getitem__`` and ``__len__``, or an IterableDataset. batch_size: None
    for samples one by one. shuffle: another random order each epoch. drop_last: leave out a last
    batch that is smaller. collate_fn: makes a batch of a list of samples. sampler, batch_sampler:
    an order of your own. generator: for the shuffling and the seeds of workers.

    num_workers: processes that make batches, each prefetch_factor (2) of them ahead. The order does
    not depend on how many they are, unless in_order is False: then what is ready comes first. They
    make tensors on the CPU. persistent_workers: keep them from one epoch to the next. timeout:
    seconds to wait for a batch, 0 for any number. worker_init_fn: called in each with its number.
    multiprocessing_context: how they are started, a name or a context; Python's default otherwise.
    pin_memory, pin_memory_device: accepted, and of no effect.

    Raises ArgumentError for options that contradict each other. While it is gone through, what a
    worker raised is raised as the same type with the worker's traceback in its text; WorkerError
    for one that died, or is slower than the timeout.

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

    _complete = False
    _iterator: Workers | None = None
    _told_length: int | None = None

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
        multiprocessing_context: str | BaseContext | None = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, prefetch_factor, persistent_workers, timeout)
        self.dataset = dataset
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.persistent_workers = persistent_workers
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.in_order = in_order
        self.generator = generator
        self.drop_last = drop_last
        self._check_order(batch_size, shuffle, sampler, batch_sampler)
        if sampler is None:
            sampler = _sampler(dataset, bool(shuffle), generator)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.collate_fn = collate_fn or (
            default_convert if batch_sampler is None else default_collate
        )
        self._complete = True

    def _check_order(self, batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
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

    @property
    def multiprocessing_context(self) -> BaseContext | None:
        """How workers are started; settable, also by name."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: str | BaseContext | None) -> None:
        if context is not None and not self.num_workers:
            raise ArgumentError(
                "[DataLoader] multiprocessing_context needs num_workers > 0. There are no "
                "processes to start."
            )
        if isinstance(context, str):
            known = multiprocessing.get_all_start_methods()
            if context not in known:
                raise ArgumentError(
                    f"[DataLoader] multiprocessing_context is {context!r}; this system has "
                    f"{', '.join(known)}."
                )
            context = multiprocessing.get_context(context)
        if not isinstance(context, BaseContext | None):
            raise DTypeError(
                "[DataLoader] multiprocessing_context must be a context or the name of a start "
                f"method, got {type(context).__name__}."
            )
        self._context: BaseContext | None = context

    def __setattr__(self, name: str, value: Any) -> None:
        if self._complete and name in _FIXED:
            raise ArgumentError(
                f"[DataLoader] {name} cannot be changed once the loader is made. Make another."
            )
        super().__setattr__(name, value)

    def __iter__(self) -> Iteration:
        if not self.num_workers:
            return Here(self)
        if not self.persistent_workers:
            return Workers(self)
        if self._iterator is not None and self._iterator.open:
            return self._iterator.again(self)
        self._iterator = Workers(self)
        return self._iterator

    def __len__(self) -> int:
        if not isinstance(self.dataset, IterableDataset):
            return len(self.sampler if self.batch_sampler is None else self.batch_sampler)  # type: ignore[arg-type]
        size = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is not None:
            rest = 0 if self.drop_last else self.batch_size - 1
            size = (size + rest) // self.batch_size
        self._told_length = size
        return size


def _sampler(dataset: Any, shuffle: bool, generator: Generator | None) -> Sampler[Any]:
    if isinstance(dataset, IterableDataset):
        return EndlessSampler()
    return RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)


def _check_workers(
    num_workers: int, prefetch_factor: int | None, persistent: bool, timeout: float
) -> None:
    if num_workers < 0:
        raise ArgumentError(f"[DataLoader] num_workers must not be negative, got {num_workers}.")
    if timeout < 0:
        raise ArgumentError(f"[DataLoader] timeout must not be negative, got {timeout}.")
    if num_workers == 0:
        for name, given in (
            ("prefetch_factor", prefetch_factor is not None),
            ("persistent_workers", persistent),
            ("timeout", timeout),
        ):
            if given:
                raise ArgumentError(
                    f"[DataLoader] {name} needs num_workers > 0: it is about worker processes."
                )
        return
    if prefetch_factor is not None and prefetch_factor < 1:
        raise ArgumentError(
            f"[DataLoader] prefetch_factor must be a positive number, got {prefetch_factor}."
        )
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        cores = os.cpu_count() or num_workers
    if num_workers > cores:
        warnings.warn(
            f"This DataLoader will create {num_workers} worker processes, but this process may use "
            f"{cores} cores. More workers than cores may be slower.",
            stacklevel=3,
        )
