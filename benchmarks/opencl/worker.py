"""The process of one library: opens it, builds a case when told to, and times blocks of calls.

    python worker.py LIBRARY DEVICE THREADS

Orders come as lines of JSON on standard input, answers go as such on standard output. Each library
has a process of its own, so that threads that spin, memory that is kept and crashes are its own.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

SAMPLES = 32  # values of a result that are compared


class Worker:
    """Answers orders; holds one case at a time."""

    def __init__(self, name: str, device: str, threads: int) -> None:
        from libraries import CLASSES

        self.library = CLASSES[name](device, threads)
        self.call: Callable[[], list[Any]] | None = None
        self.took = 0.0  # seconds of the latest call

    def about(self) -> dict[str, Any]:
        """Version and device, in words."""
        return {"about": self.library.about()}

    def build(self, case: str, quick: bool, weights: str, checks: bool = True) -> dict[str, Any]:
        """Prepare a case and call it: seconds until it was ready, and of the first call; with
        ``checks`` also samples of what came out. Weights are read from the file, or written there.
        """
        import numpy
        from cases import CASES

        self.drop()
        there = bool(weights) and os.path.exists(weights)
        state = dict(numpy.load(weights)) if there else {}
        start = time.perf_counter()
        self.call = CASES[case].prepare(self.library, quick, state)
        ready = time.perf_counter()
        results = self.call()
        first = time.perf_counter() - ready
        if state and weights and not there:
            numpy.savez(weights, **state)
        if not checks:
            return {"ready": ready - start, "first": first}
        samples = self._samples(results)
        for _ in range(CASES[case].checks - 1):
            samples += self._samples(self.call())
        del results
        for _ in range(2):  # what is captured or tuned in the first few calls
            self._timed()
            if self.took > 0.5:
                break
        return {"ready": ready - start, "first": first, "samples": samples}

    def time(self, seconds: float) -> dict[str, Any]:
        """Seconds for a call, the mean over a block of about ``seconds``; at least one call."""
        if self.took < seconds:
            self._timed()  # wakes its threads up, and fills the cache again
        start, count = time.perf_counter(), 0
        while True:
            self.call()
            count += 1
            took = time.perf_counter() - start
            if took >= seconds:
                break
        self.took = took / count
        return {"seconds": self.took, "calls": count}

    def drop(self) -> dict[str, Any]:
        """Forget the case."""
        self.call = None
        self.library.forget()
        gc.collect()
        return {}

    def _timed(self) -> None:
        start = time.perf_counter()
        self.call()
        self.took = time.perf_counter() - start

    def _samples(self, results: list[Any]) -> list[list[float]]:
        """Of each result the mean, the mean size and values at even distances."""
        import numpy

        samples = []
        for result in results:
            values = numpy.asarray(self.library.numpy(result), numpy.float64).reshape(-1)
            some = values[:: max(1, values.size // SAMPLES)][:SAMPLES]
            samples.append([values.mean(), numpy.abs(values).mean(), *some])
        return samples


def main() -> None:
    """Answer until the input ends."""
    start = time.perf_counter()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a library prints is no answer

    def answer(value: dict[str, Any]) -> None:
        answers.write(json.dumps(value) + "\n")

    worker = None
    try:
        worker = Worker(sys.argv[1], sys.argv[2], int(sys.argv[3]))
        answer({"open": time.perf_counter() - start, **worker.about()})
    except Exception as error:  # whatever it is, it is the answer
        answer({"error": _text(error)})
        return
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer(getattr(worker, order.pop("do"))(**order))
        except Exception as error:
            with contextlib.suppress(Exception):
                worker.drop()
            answer({"error": _text(error)})


def _text(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"[:300]


if __name__ == "__main__":
    main()
