"""``profile``: what all devices did between two points."""

from __future__ import annotations

import os
from contextlib import ExitStack
from time import perf_counter
from types import TracebackType

from plugtorch.backend import Backend
from plugtorch.device import tell_no_more, tell_of_opened
from plugtorch.errors import StateError
from plugtorch.profiler import trace
from plugtorch.profiler.table import Rows, rows, summary
from plugtorch.record import Record, Records


class profile:  # noqa: N801 - PyTorch's name
    """Notes what every device does, of all threads, until it is left.

    A device that is opened inside is noted too. Several may run at once, and one may be used again;
    it then has what it noted last. Nothing is lost if an exception leaves it.

    Raises StateError where it is started twice, or asked for numbers before it ended.

    Source: torch.profiler.profile, whose options it does not have.

    >>> import plugtorch
    >>> with plugtorch.profiler.profile() as p:
    ...     _ = plugtorch.ones(3) + plugtorch.ones(3)
    >>> [(row.key, row.count) for row in p.key_averages(by="operation") if row.key == "add"]
    [('add', 1)]
    """

    def __init__(self) -> None:
        self._contexts: ExitStack | None = None
        self._lists: list[tuple[str, Records]] = []
        self._records: Records | None = None
        self.began = self.ended = 0.0

    def start(self) -> None:
        """Begin, without ``with``."""
        if self._contexts is not None:
            raise StateError("[profile] it has begun already. Make another, or stop it first.")
        self._records, self._lists = None, []
        contexts = self._contexts = ExitStack()
        self.began = perf_counter()
        try:
            tell_of_opened(self._enter)
        except BaseException:
            tell_no_more(self._enter)
            self._contexts = None
            contexts.close()
            raise

    def _enter(self, backend: Backend) -> None:
        contexts = self._contexts
        if contexts is not None:
            records = contexts.enter_context(backend.profile())
            self._lists.append((str(backend.device), records))

    def stop(self) -> None:
        """End, waiting for what devices still compute."""
        contexts, self._contexts = self._contexts, None
        if contexts is None:
            raise StateError("[profile] it has not begun. Use it in a `with`, or call start().")
        tell_no_more(self._enter)
        try:
            contexts.close()
        finally:
            self.ended = perf_counter()
            found = [r._replace(device=name) for name, records in self._lists for r in records]
            self._records = sorted(found, key=lambda record: record.start)

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    # -- what it found -----------------------------------------------------------------------------

    def events(self) -> list[Record]:
        """Everything that was done, in the order in which it began."""
        if self._records is None:
            raise StateError("[profile] there are numbers when it has ended, and not before.")
        return list(self._records)

    def key_averages(self, by: str = "kernel") -> Rows:
        """Events of one name together, the longest first.

        by: "kernel", or "operation". Several operations can be one kernel: each then has all of its
        time, and the rows together have more than there was.

        Raises ArgumentError for another.
        """
        return rows(self.events(), by)

    def table(self, by: str = "kernel", row_limit: int = 100) -> str:
        """``key_averages`` as text, and below it what each device did in all."""
        events = self.events()
        below = summary(events, self.ended - self.began)
        return "\n".join([rows(events, by).table(row_limit), "", *below])

    def __str__(self) -> str:
        if self._records is None:
            return repr(self)
        return self.table()

    def __repr__(self) -> str:
        if self._records is None:
            return f"<profile that {'is going on' if self._contexts else 'has not begun'}>"
        return f"<profile with {len(self._records)} events>"

    def export_chrome_trace(self, path: str | os.PathLike[str]) -> None:
        """Write the events for chrome://tracing or ui.perfetto.dev, as JSON."""
        trace.write(self.events(), self.began, path)
