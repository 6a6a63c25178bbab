"""Records of one kernel, or of one operation, as a row; rows as plain text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plugtorch.errors import ArgumentError
from plugtorch.record import Record

WIDEST = 72  # characters of the operations of a row


@dataclass
class Row:
    """What had one name. Times are in microseconds, as torch.profiler has them.

    key: the kernel's name, or the operation's. kind: see ``Record``. share: of the time of all rows
    but those of the host, from 0 to 1. operations: those that are one kernel.
    """

    key: str
    device: str
    kind: str
    operations: tuple[str, ...] = ()
    count: int = 0
    device_time_total: float = 0.0
    shortest: float = float("inf")
    longest: float = 0.0
    size: int = 0
    share: float = 0.0
    fused_with: Counter[str] = field(default_factory=Counter)

    @property
    def device_time(self) -> float:
        """The mean."""
        return self.device_time_total / max(self.count, 1)

    def add(self, record: Record) -> None:
        """Take in a record."""
        took = max(0.0, record.end - record.start) * 1e6
        self.count += 1
        self.device_time_total += took
        self.shortest = min(self.shortest, took)
        self.longest = max(self.longest, took)
        self.size += record.size

    def words(self) -> str:
        """The operations, those that come several times with their number."""
        if self.kind == "copy":
            return f"{self.size:,} bytes" if self.size else ""
        counted = Counter(self.operations)
        return ", ".join([f"{name} x{n}" if n > 1 else name for name, n in counted.items()])


class Rows(list[Row]):
    """Rows, the longest first. by: what a row is."""

    by = "kernel"

    def table(self, row_limit: int = 100) -> str:
        """Plain text, a line for each of the first ``row_limit`` rows; a negative one means all."""
        shown = self if row_limit < 0 else self[:row_limit]
        last = "operations" if self.by == "kernel" else "fused with"
        cells = [("device", self.by, "count", "total ms", "mean us", "share", last)]
        for row in shown:
            words = row.words()
            if len(words) > WIDEST:
                words = f"{words[: WIDEST - 3].rpartition(', ')[0]}, ..."
            cells.append(
                (
                    row.device,
                    row.key,
                    f"{row.count:,}",
                    f"{row.device_time_total / 1000:,.3f}",
                    f"{row.device_time:,.1f}",
                    "host" if row.kind == "host" else f"{row.share:.1%}",
                    words,
                )
            )
        text = columns(cells, right=(2, 3, 4, 5))
        if len(shown) < len(self):
            text.append(f"... and {len(self) - len(shown)} more")
        return "\n".join(text)

    def __str__(self) -> str:
        return self.table()


def columns(cells: Sequence[Sequence[str]], right: Sequence[int] = ()) -> list[str]:
    """Lines with cells below each other; the columns ``right`` end, all others begin together.

    >>> columns([("name", "n"), ("add", "12")], right=(1,))
    ['name   n', 'add   12']
    """
    widths = [max(map(len, column)) for column in zip(*cells)]
    return [
        "  ".join(
            [c.rjust(w) if n in right else c.ljust(w) for n, (c, w) in enumerate(zip(row, widths))]
        ).rstrip()
        for row in cells
    ]


def rows(records: Iterable[Record], by: str = "kernel") -> Rows:
    """Records of one kernel or one operation together, the longest first."""
    if by not in ("kernel", "operation"):
        raise ArgumentError(f"[profile] rows go by 'kernel' or by 'operation', not by {by!r}.")
    found: dict[tuple[str, ...], Row] = {}
    total = 0.0
    for record in records:
        if record.kind != "host":
            total += max(0.0, record.end - record.start) * 1e6
        names: Iterable[str] = (record.name,)
        if by == "operation" and record.kind == "kernel":
            names = dict.fromkeys(record.operations)
        for name in names:
            key: tuple[str, ...] = (record.device, record.kind, name)
            if by == "kernel" == record.kind:
                key = (*key, *record.operations)
            row = found.get(key)
            if row is None:
                row = found[key] = Row(name, record.device, record.kind)
                if by == "kernel" == record.kind:
                    row.operations = record.operations
            row.add(record)
            if by == "operation" and record.kind == "kernel":
                row.fused_with.update(other for other in record.operations if other != name)
                row.operations = tuple([other for other, _ in row.fused_with.most_common(6)])
    for row in found.values():
        row.share = row.device_time_total / total if total and row.kind != "host" else 0.0
    result = Rows(found.values())
    result.by = by
    result.sort(key=lambda row: (row.kind == "host", -row.device_time_total))
    return result


def summary(records: Iterable[Record], seconds: float) -> list[str]:
    """For each device how long it was busy with kernels and copies, of how long there was."""
    busy: dict[str, dict[str, list[Record]]] = {}
    for record in records:
        kinds = busy.setdefault(record.device, {"kernel": [], "copy": [], "host": []})
        kinds[record.kind].append(record)
    lines = []
    for device, kinds in sorted(busy.items()):
        parts = []
        for kind, word in (("kernel", "computing"), ("copy", "copying"), ("host", "preparing")):
            if found := kinds[kind]:
                took = sum(record.end - record.start for record in found) * 1000
                parts.append(f"{word} {took:,.3f} ms in {len(found):,}")
        lines.append(f"{device}: {', '.join(parts)}, of {seconds * 1000:,.3f} ms")
    return lines or [f"no device did anything, in {seconds * 1000:,.3f} ms"]
