"""Time plugtorch against PyTorch, both in turn in one process, and print ratios of medians.

    pip install torch==2.13.0 && python benchmarks/core.py --threads 1

A case is a name and a function of the library (``plugtorch`` or ``torch``) that builds what is
needed and returns the thing to time. The two are run in alternating rounds, so that whatever else
the machine does falls on both.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

Build = Callable[[Any], Callable[[], Any]]


def arguments(description: str) -> argparse.Namespace:
    """Read the command line and settle the number of threads, before NumPy and PyTorch are
    imported.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--threads", type=int, default=1, help="threads for both (default: 1)")
    parser.add_argument("--rounds", type=int, default=30, help="alternating rounds (default: 30)")
    parser.add_argument("--only", default="", help="run the cases whose name contains this")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    given = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(given.threads)
    return given


def _calls(function: Callable[[], Any], seconds: float) -> int:
    """How many calls take about ``seconds``."""
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            function()
        took = time.perf_counter() - start
        if took > seconds / 4:
            return max(1, int(count * seconds / took))
        count *= 4


def _time(function: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        function()
    return (time.perf_counter() - start) / calls


def measure(build: Build, rounds: int, seconds: float = 0.01) -> tuple[float, float]:
    """Median seconds for one call, of plugtorch and of PyTorch."""
    import torch

    import plugtorch

    functions = [build(plugtorch), build(torch)]
    calls = [_calls(function, seconds) for function in functions]
    times: list[list[float]] = [[], []]
    for _ in range(rounds):
        for function, count, kept in zip(functions, calls, times, strict=True):
            kept.append(_time(function, count))
    return statistics.median(times[0]), statistics.median(times[1])


def run(cases: Iterable[tuple[str, Build]], given: argparse.Namespace) -> None:
    """Measure every case and print a row for each."""
    import numpy
    import torch

    import plugtorch

    torch.set_num_threads(given.threads)
    rows = []
    if not given.json:
        print(
            f"plugtorch {plugtorch.__version__}, NumPy {numpy.__version__}, PyTorch "
            f"{torch.__version__}, Python "
            f"{platform.python_version()}, {given.threads} thread(s), {platform.machine()}"
        )
        print(f"{'':44}{'plugtorch':>12}{'PyTorch':>12}{'ratio':>8}")
    for name, build in cases:
        if given.only not in name:
            continue
        ours, theirs = measure(build, given.rounds)
        rows.append(
            {
                "case": name,
                "plugtorch_us": ours * 1e6,
                "torch_us": theirs * 1e6,
                "ratio": ours / theirs,
            }
        )
        if not given.json:
            print(f"{name:44}{ours * 1e6:10.2f}us{theirs * 1e6:10.2f}us{ours / theirs:8.2f}")
            sys.stdout.flush()
    if given.json:
        print(json.dumps(rows, indent=2))
