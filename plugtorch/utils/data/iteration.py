"""One pass through a DataLoader: in this process, or with workers beside it."""

from __future__ import annotations

import itertools
import multiprocessing
import os
import signal
import time
import warnings
import weakref
from collections import deque
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING, Any

from plugtorch.errors import WorkerError
from plugtorch.tensor.random import randint
from plugtorch.utils.data.fetching import Recipe
from plugtorch.utils.data.passing import receive
from plugtorch.utils.data.worker import PATIENCE, Ended, Failure, work

if TYPE_CHECKING:
    from plugtorch.utils.data.loader import DataLoader


class Iteration:
    """What an iterator over a loader has in common, wherever batches are made.

    Each takes one number of the generator, as the seed of workers; also where there are none, so
    that what is drawn later does not depend on them.
    """

    def __init__(self, loader: DataLoader[Any]) -> None:
        batched = loader.batch_sampler is not None
        self._recipe = Recipe(loader.dataset, loader.collate_fn, batched, loader.drop_last)
        self._order: Any = loader.batch_sampler if batched else loader.sampler
        self._begin(loader)
        self._seed = int(randint(2**62, (), generator=loader.generator, device="cpu"))

    def _begin(self, loader: DataLoader[Any]) -> None:
        self._indices = iter(self._order)
        self._expected = loader._told_length
        self._given = 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        batch = self._next()
        self._given += 1
        if self._expected is not None and self._given > self._expected:
            warnings.warn(
                f"[DataLoader] len() of the loader said {self._expected}, and this is batch "
                f"{self._given}. In worker processes an IterableDataset has to choose its part: "
                "see get_worker_info().",
                stacklevel=2,
            )
        return batch

    def _next(self) -> Any:
        raise NotImplementedError

    def __len__(self) -> int:
        return len(self._order)

    def __reduce__(self) -> Any:
        raise NotImplementedError("[DataLoader] its iterators cannot be pickled or copied.")


class Here(Iteration):
    """Batches made in this process, when they are asked for."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self._fetch = self._recipe.begin()

    def _next(self) -> Any:
        return self._fetch(next(self._indices))


STALE = object()


class Worker:
    """A worker process, as its parent sees it."""

    def __init__(self, process: BaseProcess, connection: Connection) -> None:
        self.process = process
        self.connection = connection
        self.tasks = 0  # that have not been answered
        self.ended = False  # its IterableDataset has no more, in this epoch

    def ask(self, epoch: int, indices: Any) -> None:
        """Give it a batch to make."""
        try:
            self.connection.send((epoch, indices))
        except OSError:
            pass  # it is dead, which is said when the answer is missing
        self.tasks += 1

    def answer(self, epoch: int) -> Any:
        """What it sent; STALE if that was for an epoch that was left early.

        Raises WorkerError if it is dead.
        """
        try:
            asked, answer = receive(self.connection)
        except (EOFError, OSError) as error:
            raise self._death() from error
        if asked != epoch:
            return STALE
        self.tasks -= 1
        return answer

    def _death(self) -> WorkerError:
        self.process.join(PATIENCE)
        code = self.process.exitcode
        how = f"exited unexpectedly with code {code}"
        if code is not None and code < 0:
            how = f"is killed by signal: {signal.strsignal(-code) or -code}"
        hint = " The system may have had too little memory." if code == -9 else ""
        return WorkerError(
            f"[DataLoader] worker (pid(s) {self.process.pid}) {how}.{hint} "
            "num_workers=0 shows what a data set does."
        )


class Workers(Iteration):
    """Batches made by worker processes, a few ahead, given out in the order of the sampler."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        super().__init__(loader)
        self._ahead = loader.num_workers * (loader.prefetch_factor or 1)
        self._timeout = loader.timeout or None
        self._in_order = loader.in_order
        self._persistent = loader.persistent_workers
        self._workers: list[Worker] = []
        self._close = weakref.finalize(self, _close, self._workers, os.getpid())
        self._epoch = 0
        try:
            _start(self._workers, loader, self._recipe, self._seed)
            self._restart()
        except BaseException:
            self._close()
            raise

    @property
    def open(self) -> bool:
        """Whether the workers are still there."""
        return self._close.alive

    def again(self, loader: DataLoader[Any]) -> Workers:
        """Begin another epoch with the same workers."""
        self._begin(loader)
        self._restart()
        return self

    def _restart(self) -> None:
        self._epoch += 1
        self._waiting: deque[Worker] = deque()  # who was asked, in the order of batches
        self._turns = itertools.cycle(self._workers)
        for worker in self._workers:
            worker.tasks, worker.ended = 0, False
        for _ in range(self._ahead):
            self._ask()

    def _ask(self) -> None:
        """Have one more batch made, if there is one and somebody to make it."""
        running = [worker for worker in self._workers if not worker.ended]
        if not running:
            return
        try:
            indices = next(self._indices)
        except StopIteration:
            return
        if self._in_order:
            worker = next(worker for worker in self._turns if not worker.ended)
        else:
            worker = min(running, key=lambda worker: worker.tasks)
        worker.ask(self._epoch, indices)
        self._waiting.append(worker)

    def _next(self) -> Any:
        while self._waiting:
            worker = self._ready()
            if worker.ended:
                self._waiting.remove(worker)
                continue
            try:
                answer = worker.answer(self._epoch)
            except BaseException:  # dead, or half of a message read
                self._waiting.clear()
                self._close()
                raise
            if answer is STALE:
                continue
            self._waiting.remove(worker)
            worker.ended = isinstance(answer, Ended)
            self._ask()
            if isinstance(answer, Failure):
                answer.throw()
            if not worker.ended:
                return answer
        if not self._persistent:
            self._close()
        raise StopIteration

    def _ready(self) -> Worker:
        """Whose answer is the next. Raises WorkerError if it takes too long."""
        if self._waiting[0].ended:
            return self._waiting[0]
        asked = [self._waiting[0]] if self._in_order else list(dict.fromkeys(self._waiting))
        ready = wait([worker.connection for worker in asked], self._timeout)
        if not ready:
            raise WorkerError(
                f"[DataLoader] timed out after {self._timeout} seconds without a batch from "
                "its worker."
            )
        return next(worker for worker in asked if worker.connection in ready)


def _start(workers: list[Worker], loader: DataLoader[Any], recipe: Recipe, seed: int) -> None:
    """Start a loader's worker processes; ``workers`` has those there are if one cannot be."""
    context: Any = loader.multiprocessing_context or multiprocessing.get_context()
    forks = context.get_start_method() == "fork"
    for number in range(loader.num_workers):
        ours, theirs = context.Pipe()
        of_the_parent = [*(worker.connection for worker in workers), ours] if forks else []
        init, count = loader.worker_init_fn, loader.num_workers
        process = context.Process(
            target=work,
            args=(theirs, of_the_parent, recipe, seed, init, number, count),
            daemon=True,  # ended with the program
        )
        with theirs:  # closed here, so that its end is seen
            process.start()
        workers.append(Worker(process, ours))


def _close(workers: Sequence[Worker], parent: int) -> None:
    """End worker processes: those that are idle at once, others when they had time to finish."""
    if os.getpid() != parent:  # a forked process has the iterator too
        return
    for worker in workers:
        try:
            worker.connection.send(None)
        except OSError:
            pass
        worker.connection.close()
    deadline = time.monotonic() + PATIENCE
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
    for worker in workers:
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()
