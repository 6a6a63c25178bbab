"""What a device did and when: the records that a backend gives a profiler.

A backend without events of its own is timed by the clock on the wall: while somebody profiles, its
table of kernels is one whose kernels note when they began and ended. While nobody does, nothing is
different.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any, NamedTuple

_MISSING = object()
_lock = threading.RLock()


class Record(NamedTuple):
    """One thing that was done. start, end: seconds, as ``time.perf_counter`` counts them.

    kind: "kernel", "copy" (between the host and the device) or "host" (what the host prepared).
    operations: the primitives that a kernel computes, or parts of them. thread: of whoever started
    it, as ``threading.get_ident`` has it. size: bytes of a copy. device: filled in by the profiler.
    """

    name: str
    operations: tuple[str, ...]
    start: float
    end: float
    kind: str = "kernel"
    thread: int = 0
    size: int = 0
    device: str = ""


Records = list[Record]


class Clock:
    """Times the calls of one backend for all that profile it, each with a list to write to."""

    def __init__(self) -> None:
        self.sinks: tuple[list[Any], ...] = ()
        self.before: dict[str, Any] = {}  # attributes of the backend that were replaced

    def call(
        self,
        name: str,
        operations: tuple[str, ...],
        kind: str,
        function: Any,
        *args: Any,
        **kw: Any,
    ) -> Any:
        """function(*args, **kw), noted."""
        start = perf_counter()
        result = function(*args, **kw)
        end = perf_counter()
        copied = result if name == "download" else args[0] if kind == "copy" else None
        size = int(getattr(copied, "nbytes", 0))
        found = (name, operations, start, end, kind, threading.get_ident(), size)
        for sink in self.sinks:
            sink.append(found)
        return result

    def timed(self, name: str, kind: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function whose calls are noted."""
        call, operations = self.call, (name,) if kind == "kernel" else ()

        def timed(*args: Any, **kw: Any) -> Any:
            return call(name, operations, kind, function, *args, **kw)

        return timed

    def table(self, kernels: Mapping[str, Any]) -> dict[str, Any]:
        """A table of kernels whose calls are noted."""
        return {name: self.timed(name, "kernel", kernel) for name, kernel in kernels.items()}

    def put_on(self, backend: Any) -> None:
        """Begin: replace what the core calls."""
        if backend.deferred:  # kernels only note what is to be done

            def evaluate(arrays: Any) -> None:
                type(backend).evaluate(backend, arrays)
                backend.synchronize()

            replaced: dict[str, Any] = {"evaluate": self.timed("evaluate", "kernel", evaluate)}
        else:
            replaced = {name: self.table(getattr(backend, name)) for name in ("kernels", "reusing")}
        for name in ("upload", "download"):
            replaced[name] = self.timed(name, "copy", getattr(backend, name))
        replaced["clock"] = self
        self.before = {name: vars(backend).get(name, _MISSING) for name in replaced}
        for name, value in replaced.items():
            setattr(backend, name, value)

    def take_off(self, backend: Any) -> None:
        """End: put back what was there."""
        for name, value in self.before.items():
            if value is _MISSING:
                delattr(backend, name)
            else:
                setattr(backend, name, value)


@contextmanager
def by_the_clock(backend: Any) -> Iterator[Records]:
    """Note what ``backend`` does inside, by the wall clock; the list is filled at the end."""
    found: list[Any] = []
    records: Records = []
    with _lock:
        clock = backend.clock
        if clock is None:
            clock = Clock()
            clock.put_on(backend)
        clock.sinks = (*clock.sinks, found)
    try:
        yield records
    finally:
        with _lock:
            clock.sinks = tuple([sink for sink in clock.sinks if sink is not found])
            if not clock.sinks:
                clock.take_off(backend)
        records.extend(Record(*each) for each in found)
