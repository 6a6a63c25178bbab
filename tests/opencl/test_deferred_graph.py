"""Lines that are noted: numbers for keys, and what a failure leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from plugtorch.errors import DeviceError
from plugtorch_opencl import graph
from plugtorch_opencl.graph import Graph, Lines, array_of, computed


class Runs:
    """Notes what is run. fails: whether it is refused."""

    def __init__(self) -> None:
        self.seen: list[tuple[Any, ...]] = []
        self.fails = False

    def __call__(self, lines: Lines, memories: list[Any]) -> None:
        self.seen.append(
            (lines.signature, tuple(lines.keys), lines.held, lines.kept, tuple(lines.numbers))
        )
        if self.fails:
            raise ValueError("no room")
        memories[:] = ["memory"] * len(lines.keys)


def test_a_failed_operand_leaves_no_number_and_no_use() -> None:
    runs = Runs()
    lines = Graph(runs)
    x = array_of(computed("memory", "float32", (2,)))
    failed = lines.note("exp", "float32", (2,), (x,))
    runs.fails = True
    with pytest.raises(ValueError, match="no room"):
        lines.flush()
    runs.fails = False
    kept = lines.note("exp", "float32", (2,), (x,))
    for operands in ((3.0, failed), (kept, failed), (x, failed)):
        with pytest.raises(DeviceError, match="no room"):
            lines.note("add", "float32", (2,), operands)
    result = lines.note("add", "float32", (2,), (kept, 7.0))
    del kept
    lines.flush()
    *_, held, leaves, numbers = runs.seen[-1]
    assert numbers == (7.0,)
    assert held == (False, True)
    assert leaves == (True,)
    assert result.value.memory == "memory"


def test_a_number_never_stands_for_two_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph, "MOST_KEYS", 5)
    runs = Runs()
    lines = Graph(runs)
    keys: dict[int, Any] = {}
    for length in range(1, 40):
        x = array_of(computed("memory", "float32", (length % 13 + 1,)))
        y = lines.note("exp", "float32", x.shape, (x,))
        lines.note("log", "float32", x.shape, (y,))
        if length % 3 == 0:
            lines.flush()
            signature, noted, *_ = runs.seen[-1]
            for number, key in zip(signature, noted):
                assert keys.setdefault(number, key) == key
