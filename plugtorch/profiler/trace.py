"""Records as a trace that chrome://tracing and ui.perfetto.dev show."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plugtorch.record import Record

LANES = {"kernel": "kernels", "copy": "copies", "host": "preparations"}


def events(records: Sequence[Record], began: float) -> list[dict[str, Any]]:
    """The trace's events: a process for each device, a line for each kind and thread."""
    devices = {name: n for n, name in enumerate(sorted({record.device for record in records}))}
    lines: dict[tuple[str, str, int], int] = {}
    found: list[dict[str, Any]] = [
        {"ph": "M", "name": "process_name", "pid": number, "args": {"name": name}}
        for name, number in devices.items()
    ]
    for record in records:
        key = (record.device, record.kind, record.thread)
        pid = devices[record.device]
        if key not in lines:
            lines[key] = len(lines)
            name = f"{LANES.get(record.kind, record.kind)}, thread {record.thread}"
            where = {"pid": pid, "tid": lines[key], "args": {"name": name}}
            found.append({"ph": "M", "name": "thread_name", **where})
        more: dict[str, Any] = {}
        if record.operations:
            more["operations"] = ", ".join(record.operations)
        if record.size:
            more["bytes"] = record.size
        found.append(
            {
                "ph": "X",
                "cat": record.kind,
                "name": record.name,
                "pid": pid,
                "tid": lines[key],
                "ts": (record.start - began) * 1e6,
                "dur": max(0.0, record.end - record.start) * 1e6,
                "args": more,
            }
        )
    return found


def write(records: Sequence[Record], began: float, path: str | os.PathLike[str]) -> None:
    """Write a trace file; microseconds count from ``began``."""
    content = {"displayTimeUnit": "ms", "traceEvents": events(records, began)}
    Path(path).write_text(json.dumps(content), encoding="utf-8")
