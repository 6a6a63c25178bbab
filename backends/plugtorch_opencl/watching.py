"""Who wants to know what a device does: a profile, and whoever reads kernels.

Times come from events, which a queue keeps only if it was made so. While somebody watches, a second
queue, which keeps them, takes the place of the first; each is empty when it gives way.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from plugtorch.record import Record, Records
from plugtorch_opencl import drivers
from plugtorch_opencl.plan import Plan, Step

if TYPE_CHECKING:
    from plugtorch_opencl.backend import OpenCLBackend

MOST_EVENTS = 4096  # that are kept; of older ones that are complete, only the times


class Watcher:
    """Is told what a device does; nothing comes of it here."""

    def planned(self, plan: Plan, start: float, end: float) -> None:
        """A plan was made and its kernels compiled."""

    def running(self, plan: Plan) -> None:
        """A plan is about to run."""

    def launched(self, step: Step, event: Any) -> None:
        """A kernel of it is on the queue."""

    def ran(self) -> None:
        """All of it are."""

    def copied(self, name: str, size: int, event: Any) -> None:
        """So many bytes went to the device ("upload") or from it ("download")."""

    def hosted(self, name: str, start: float, end: float) -> None:
        """The host computed an operation."""


@contextmanager
def watching(backend: OpenCLBackend, watcher: Watcher) -> Iterator[None]:
    """Tell ``watcher`` what is started inside, with events that have times."""
    runner, cl = backend.runner, drivers.load_pyopencl()
    with backend.graph.lock:
        backend.synchronize()
        with runner.copying:
            if not runner.watchers:
                runner.queue.finish()  # of what another thread has sent since
                keeps = cl.command_queue_properties.PROFILING_ENABLE
                runner.queue = cl.CommandQueue(backend.opened.context, properties=keeps)
            runner.watchers = (*runner.watchers, watcher)
    try:
        yield
    finally:
        with backend.graph.lock:
            try:
                backend.synchronize()
            finally:
                with runner.copying:
                    runner.watchers = tuple([w for w in runner.watchers if w is not watcher])
                    if not runner.watchers:
                        runner.queue.finish()
                        runner.queue = backend.opened.queue


class Recording(Watcher):
    """Makes records."""

    def __init__(self, offset: float) -> None:
        self.offset = offset  # seconds from the device's clock to ours
        self.records: Records = []
        self.pending: list[tuple[Record, Any]] = []
        self.lock = threading.Lock()

    def planned(self, plan: Plan, start: float, end: float) -> None:
        what = (f"{plan.lines} lines", f"{len(plan.steps)} kernels")
        self.records.append(Record("plan and compile", what, start, end, "host", _thread()))

    def launched(self, step: Step, event: Any) -> None:
        self._wait_for(event, Record(step.name, step.operations, 0, 0, "kernel", _thread()))

    def copied(self, name: str, size: int, event: Any) -> None:
        self._wait_for(event, Record(name, (), 0, 0, "copy", _thread(), size))

    def hosted(self, name: str, start: float, end: float) -> None:
        self.records.append(Record(name, (name,), start, end, "host", _thread()))

    def _wait_for(self, event: Any, record: Record) -> None:
        with self.lock:
            self.pending.append((record, event))
            if len(self.pending) >= MOST_EVENTS:
                complete = drivers.load_pyopencl().command_execution_status.COMPLETE
                done = [e.command_execution_status == complete for _, e in self.pending]
                count = done.index(False) if False in done else len(done)
                self._take(count)

    def _take(self, count: int) -> None:
        for record, event in self.pending[:count]:
            start, end = (at / 1e9 + self.offset for at in times(event))
            self.records.append(record._replace(start=start, end=end))
        del self.pending[:count]

    def finish(self) -> None:
        """Take the times of all, which have ended."""
        with self.lock:
            self._take(len(self.pending))


_thread = threading.get_ident


def times(event: Any) -> tuple[int, int]:
    """When it began and ended, in nanoseconds of the device's clock."""
    event.wait()  # a driver may be late with them, also after a copy that was waited for
    return event.profile.start, event.profile.end


def clock_offset(backend: OpenCLBackend) -> float:
    """Seconds from the clock of the queue in use to ``time.perf_counter``."""
    cl, zero = drivers.load_pyopencl(), np.zeros(1, np.uint8)
    with backend.runner.copying:
        event = cl.enqueue_copy(backend.runner.queue, backend.nothing, zero)
        now = perf_counter()
    return now - times(event)[1] / 1e9


@contextmanager
def recording(backend: OpenCLBackend) -> Iterator[Records]:
    """Records of what is started inside; they are there when it is left."""
    watcher = Recording(0.0)
    try:
        with watching(backend, watcher):
            watcher.offset = clock_offset(backend)
            yield watcher.records
    finally:
        watcher.finish()


class Explaining(Watcher):
    """Writes plans, the texts of their kernels, and the times of launches."""

    def __init__(self, name: str, write: Callable[[str], None]) -> None:
        self.name = name
        self.write = write
        self.plans: dict[int, tuple[int, Plan]] = {}  # by identity, which the reference keeps
        self.texts: dict[str, str] = {}
        self.plan = 0
        self.launches: list[tuple[Step, Any]] = []

    def running(self, plan: Plan) -> None:
        known = self.plans.get(id(plan))
        if known is None:
            known = self.plans[id(plan)] = (len(self.plans) + 1, plan)
            self.write(self._described(*known))
        self.plan = known[0]

    def _described(self, number: int, plan: Plan) -> str:
        results = sum(size for _, size, leaf in plan.results if leaf < 0)
        lines = [
            "",
            f"{self.name}: plan {number} has operations: {plan.lines}, kernels: {len(plan.steps)}, "
            f"{results:,} bytes of new results, {plan.arena:,} on the way",
        ]
        for place, step in enumerate(plan.steps, 1):
            where = f"plan {number}, kernel {place}"
            lines += [
                "",
                f"  {where}: {step.name}, {step.items:,} items in groups of {step.group}",
                f"  computes {', '.join(step.operations) or 'a copy'}",
            ]
            if step.text in self.texts:
                lines.append(f"  its text is that of {self.texts[step.text]}")
            else:
                self.texts[step.text] = where
                lines += [f"    {line}".rstrip() for line in step.text.splitlines()]
        return "\n".join([*lines, "", ""])

    def launched(self, step: Step, event: Any) -> None:
        self.launches.append((step, event))

    def ran(self) -> None:
        launches, self.launches = self.launches, []
        lines = []
        for place, (step, event) in enumerate(launches, 1):
            start, end = times(event)
            size = f"{step.items:,} items in groups of {step.group}"
            lines.append(
                f"{self.name}: ran plan {self.plan}, kernel {place}: {size}, "
                f"{(end - start) / 1000:,.1f} us, {step.name}\n"
            )
        self.write("".join(lines))

    def copied(self, name: str, size: int, event: Any) -> None:
        start, end = times(event)
        self.write(f"{self.name}: {name} of {size:,} bytes, {(end - start) / 1000:,.1f} us\n")

    def hosted(self, name: str, start: float, end: float) -> None:
        self.write(f"{self.name}: {name} on the host, {(end - start) * 1e6:,.1f} us\n")


@contextmanager
def explaining(backend: OpenCLBackend, write: Callable[[str], None]) -> Iterator[None]:
    """Write about what is started inside."""
    with watching(backend, Explaining(str(backend.device), write)):
        yield
