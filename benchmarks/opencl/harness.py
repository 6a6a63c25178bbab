"""Runs the libraries in turn, each in a process of its own, and compares what they give.

A round is a block of calls of each library, one after the other; the order turns by one from round
to round. While a block runs, the other processes wait for their next order.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PAUSE = (
    0.02  # seconds between blocks: PyTorch's threads spin for some milliseconds after their last
)
LEAST = 3  # rounds before a slow library may be left out of the others
TOLERANCE = 2e-3  # of the largest sample of a result


class WorkerError(Exception):
    """What a library answered instead of a result."""


@dataclass(frozen=True)
class Settings:
    """What the command line said.

    patience: seconds until an answer is given up. limit: seconds for all rounds of one library in
    a case. environment: of all processes; tinygrad: its Python, and its own environment, or why it
    cannot be run.
    """

    device: str
    libraries: tuple[str, ...]
    threads: int
    rounds: int = 7
    seconds: float = 0.2
    limit: float = 20.0
    patience: float = 300.0
    quick: bool = False
    environment: Mapping[str, str] = field(default_factory=dict)
    tinygrad_python: str = sys.executable
    tinygrad_environment: Mapping[str, str] = field(default_factory=dict)
    tinygrad_problem: str = ""


class Worker:
    """A process with a library. Started again if it had to be ended."""

    def __init__(self, name: str, settings: Settings, **environment: str) -> None:
        self.name = name
        self.settings = settings
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.opened: dict[str, Any] = {}

    def start(self) -> dict[str, Any]:
        """Open the library: its version and device, and how long that took."""
        settings, python = self.settings, sys.executable
        environment = {**os.environ, **settings.environment}
        if self.name == "tinygrad":
            if settings.tinygrad_problem:
                raise WorkerError(settings.tinygrad_problem)
            python = settings.tinygrad_python
            environment.update(settings.tinygrad_environment)
        environment.update(self.environment)
        command = [python, str(HERE / "worker.py"), self.name, settings.device]
        self.log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process is there
        self.process = subprocess.Popen(
            [*command, str(settings.threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=environment,
            start_new_session=True,  # so that what a compiler starts is ended with it
        )
        self.opened = self._answer()
        return self.opened

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        """The answer to an order. Raises WorkerError for an error, a crash, and no answer."""
        if self.process is None:
            self.start()
        assert self.process is not None
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"do": do, **order}).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise WorkerError(self._ended()) from None
        return self._answer()

    def close(self) -> None:
        """End the process and what it started."""
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.log):
            try:
                pipe.close()
            except BrokenPipeError:
                pass
        self.process = None

    def _answer(self) -> dict[str, Any]:
        assert self.process is not None
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            if not selector.select(self.settings.patience):
                self.close()
                raise WorkerError(f"no answer in {self.settings.patience:g} s")
        line = self.process.stdout.readline()
        if not line:
            raise WorkerError(self._ended())
        answer = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        return answer

    def _ended(self) -> str:
        """Why the process is gone, with the last line that it printed."""
        assert self.process is not None
        code = self.process.wait()
        self.log.seek(0)
        lines = self.log.read().decode(errors="replace").strip().splitlines() or [""]
        self.close()
        return f"its process ended with {code}: {lines[-1][:200]}"


def close_to(samples: list[list[float]], reference: list[list[float]]) -> bool:
    """Whether every sample is within the tolerance; a NaN is not."""
    if [len(sample) for sample in samples] != [len(sample) for sample in reference]:
        return False
    for sample, other in zip(samples, reference):
        scale = max(abs(value) for value in other) + 1e-30
        if not all(abs(a - b) <= TOLERANCE * scale for a, b in zip(sample, other)):
            return False
    return True


def run_case(case: str, workers: list[Worker], settings: Settings) -> dict[str, Any]:
    """Build a case in every library, compare the results, then time those that are right.

    The first library that can build it is the reference; a model's weights are what it drew.
    """
    results: dict[str, dict[str, Any]] = {worker.name: {} for worker in workers}
    reference: tuple[str, Any] | None = None
    timed = []
    with tempfile.TemporaryDirectory() as folder:
        weights = str(Path(folder, "weights.npz"))
        for worker in workers:
            kept = results[worker.name]
            try:
                built = worker.ask("build", case=case, quick=settings.quick, weights=weights)
            except WorkerError as error:
                kept["error"] = str(error)
                continue
            kept["first"] = built["first"]
            samples = built["samples"]
            if reference is None:
                reference = (worker.name, samples)
            elif not close_to(samples, reference[1]):
                kept["error"] = f"its results are not those of {reference[0]}"
                kept["samples"] = samples
                continue
            timed.append(worker)
    for worker, seconds in _rounds(timed, settings):
        kept = results[worker.name]
        if isinstance(seconds, str):
            kept["error"] = seconds
        else:
            kept.setdefault("rounds", []).append(seconds)
            kept["median"] = statistics.median(kept["rounds"])
    for worker in timed:
        if worker.process is not None:
            try:
                worker.ask("drop")
            except WorkerError:
                worker.close()
    row: dict[str, Any] = {"case": case, "results": results, "ratios": {}}
    if reference is not None and any("samples" in kept for kept in results.values()):
        row["reference"] = reference[1]
    ours = results.get("plugtorch", {})
    for name, kept in results.items():
        if name != "plugtorch" and "median" in kept and "median" in ours:
            row["ratios"][name] = ours["median"] / kept["median"]
    return row


def _rounds(workers: list[Worker], settings: Settings) -> Iterator[tuple[Worker, float | str]]:
    """The seconds of each block as it is done; a text for a library that failed, which ends it."""
    spent = {worker.name: 0.0 for worker in workers}
    running = list(workers)
    for number in range(settings.rounds):
        turn = number % max(1, len(running))
        for worker in running[turn:] + running[:turn]:
            if number >= LEAST and spent[worker.name] > settings.limit:
                continue
            time.sleep(PAUSE)
            start = time.perf_counter()
            try:
                yield worker, worker.ask("time", seconds=settings.seconds)["seconds"]
            except WorkerError as error:
                running = [other for other in running if other is not worker]
                yield worker, str(error)
            spent[worker.name] += time.perf_counter() - start
