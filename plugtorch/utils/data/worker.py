"""A DataLoader's worker process: takes indices from a connection, puts batches into it."""

from __future__ import annotations

import gc
import os
import queue
import random
import signal
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any, NoReturn

from plugtorch.device import device
from plugtorch.switches import set_num_threads
from plugtorch.tensor.random import manual_seed
from plugtorch.utils.data.fetching import Recipe
from plugtorch.utils.data.passing import pack, send

PATIENCE = 5.0  # seconds that a worker has to finish a batch nobody wants any more


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What a worker process knows about itself.

    id: from 0 to num_workers - 1. seed: that of its random numbers. dataset: its own copy.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """About the worker process that this is, for a data set to choose its part by; None elsewhere.

    >>> import plugtorch
    >>> plugtorch.utils.data.get_worker_info() is None
    True

    Source: torch.utils.data.get_worker_info.
    """
    return _info


class Ended:
    """Sent for a batch that there is not: the worker's IterableDataset has no more."""


class Failure:
    """An exception that was raised in a worker, in words."""

    def __init__(self, error: Exception, worker: int) -> None:
        lines = "".join(traceback.format_exception(error))
        self.text = (
            f"Caught {type(error).__name__} in DataLoader worker process {worker}.\n"
            f"Original {lines}"
        )
        self.type: type[Exception] = RuntimeError
        try:
            ForkingPickler.dumps(type(error))
        except Exception:  # a class that only that process has
            return
        self.type = type(error)

    def throw(self) -> NoReturn:
        """Raise one of the same type, or a RuntimeError where it cannot be made of a text."""
        try:
            error = self.type(_Text(self.text))
        except Exception:
            error = RuntimeError(self.text)
        raise error


class _Text(str):
    """Shown as it is also by a KeyError, which shows the repr of a key."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def work(
    connection: Connection,
    of_the_parent: Sequence[Connection],
    recipe: Recipe,
    base_seed: int,
    worker_init_fn: Callable[[int], None] | None,
    number: int,
    count: int,
) -> None:
    """What a worker process does: batches for (epoch, indices), until it gets None or is alone.

    of_the_parent: ends of connections that a forked process has inherited; as long as it had them
    open, nobody would see that the parent is gone.
    """
    gc.freeze()  # what the parent had on a device must not be freed from here
    for end in of_the_parent:
        end.close()
    # the parent ends its workers, also upon Ctrl-C; its own ways of handling signals stay there
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    set_num_threads(1)  # there is a process for each core already
    _seed(base_seed, number)
    global _info
    _info = WorkerInfo(number, count, base_seed + number, recipe.dataset)
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(connection, tasks), daemon=True).start()
    with device("cpu"):  # a device that the parent has opened could not be used in a forked process
        try:
            _serve(connection, tasks, recipe, worker_init_fn, number)
        except OSError:  # the parent is gone, or has ended this
            pass


def _read(connection: Connection, tasks: queue.SimpleQueue[Any]) -> None:
    """Take tasks as they come, so that the parent need never wait for a worker that is busy."""
    task: Any = ()
    while task is not None:
        try:
            task = connection.recv()
        except (EOFError, OSError):
            task = None
        tasks.put(task)
    time.sleep(PATIENCE)
    os._exit(1)  # the batch it was at has not come to an end


def _serve(
    connection: Connection,
    tasks: queue.SimpleQueue[Any],
    recipe: Recipe,
    worker_init_fn: Callable[[int], None] | None,
    number: int,
) -> None:
    current: int | None = None
    fetch: Any = None
    while (task := tasks.get()) is not None:
        epoch, indices = task
        try:
            if worker_init_fn is not None:
                worker_init_fn(number)
                worker_init_fn = None
            if epoch != current:
                fetch, current = recipe.begin(), epoch
            packed = pack((epoch, fetch(indices)))
        except Exception as error:
            ended = recipe.streams and isinstance(error, StopIteration)
            packed = pack((epoch, Ended() if ended else Failure(error, number)))
        send(connection, packed)


def _seed(base_seed: int, number: int) -> None:
    """Random numbers of its own for each worker: Python's, NumPy's and plugtorch's."""
    import numpy

    seed = base_seed + number
    random.seed(seed)
    manual_seed(seed)
    words = [number, base_seed & 0xFFFFFFFF, base_seed >> 32, 0]
    numpy.random.seed(numpy.random.SeedSequence(words).generate_state(4))
