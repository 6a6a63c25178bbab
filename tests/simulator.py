"""Under Oclgrind a test fails if a kernel that it ran reads outside a buffer, reads what nobody
wrote, or races.

    PLUGTORCH_CACHE_DIR= oclgrind --data-races --uninitialized --log FILE \
        pytest -n 2 tests/core --device opencl:oclgrind [--kernels cpu]

Oclgrind writes what it finds to FILE, and goes on; conftest.py registers this plugin where the
environment says that there is such a file. Buffers are as long as what they hold, and new until
there are many: in those of the pool, which are longer and were used before, most faults could not
be seen. A test that takes too long ends with its process, which xdist replaces, and is skipped. At
the end kernels are counted, each text once.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
import hashlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from plugtorch.device import tell_of_opened
from plugtorch_opencl import devices

VARIABLE = "OCLGRIND_LOG"
# Oclgrind 21.10 aborts when threads write to one queue, by pyopencl alone too
THREADS = ("test_graph.py::test_threads_may_go_back_at_the_same_time",)
KERNELS = ".kernels"  # beside the log
ENOUGH = 1 << 28
SECONDS = int(os.environ.get("PLUGTORCH_SIMULATOR_SECONDS", "60"))


class Exact:
    """In place of the pool: buffers of just the size that is asked for.

    None is ever released: Oclgrind 21.10 remembers of a buffer what was written to the one that had
    its number before, and only as far as that went. Beyond ``ENOUGH`` bytes those that nobody holds
    are taken again for what has their size.
    """

    active_bytes = managed_bytes = 0

    def __init__(self, context):
        self.context = context
        self.size = 0
        self.buffers = collections.defaultdict(list)

    def allocate(self, size):
        same = self.buffers[size]
        if self.size > ENOUGH:
            for _ in range(len(same)):
                same.append(same.pop(0))
                if sys.getrefcount(same[-1]) == 2:  # the list's, and the argument's
                    return same[-1]
        import pyopencl

        same.append(pyopencl.Buffer(self.context, pyopencl.mem_flags.READ_WRITE, size))
        self.size += size
        return same[-1]

    def free_held(self):
        """Nothing is held."""


class Simulator:
    """Looks into the log after each test."""

    def __init__(self, config):
        log = Path(os.environ[VARIABLE])
        self.started = log.with_suffix(".started")  # one for all processes
        worker = os.environ.get("PYTEST_XDIST_WORKER", "")
        self.log = log.with_stem(log.stem + worker)
        if not worker:
            for file in (self.started, *log.parent.glob(f"{log.stem}*{KERNELS}")):
                file.unlink(missing_ok=True)
        os.environ[VARIABLE] = str(self.log)  # each process has one, read with its first context
        self.said = 0
        self.kernels: set[str] = set()
        self.backends: list[Any] = []
        tell_of_opened(self._opened)
        if config.getoption("--kernels") == "cpu":
            self._be_a_processor()

    def _be_a_processor(self):
        """Have kernels rendered as for a processor: Oclgrind is none, and gets a card's."""
        read = devices.read_traits

        def read_traits(face, device):
            return dataclasses.replace(read(face, device), kind="cpu", vector=8)

        devices.read_traits = read_traits

    def _opened(self, backend):
        if not backend.deferred:
            return
        self.backends.append(backend)
        runner, run = backend.runner, backend.graph.run
        runner.opened = dataclasses.replace(runner.opened, pool=Exact(runner.opened.context))

        @functools.wraps(run)
        def with_a_new_arena(*what):
            runner.arena, runner.arena_size = None, 0
            return run(*what)

        backend.graph.run = with_a_new_arena

    @pytest.fixture(autouse=True)
    def _clean(self, request):
        if request.node.nodeid.endswith(THREADS):
            pytest.skip("Oclgrind's queues are for one thread at a time")
        with self.started.open("a") as file:
            file.write(f"{time.time()} {request.node.nodeid}\n")
        signal.alarm(SECONDS)  # nothing handles it: the simulator looks at no signal
        yield
        for backend in self.backends:
            backend.synchronize()
            self._note(backend.programs.programs)
        signal.alarm(0)
        words = self.log.read_text(errors="replace") if self.log.exists() else ""
        new, self.said = words[self.said :], len(words)
        if new:
            pytest.fail(f"Oclgrind says:\n{new}", pytrace=False)

    def _note(self, texts):
        """Write down, at once, which kernels there were."""
        new = {hashlib.sha256(text.encode()).hexdigest() for text in texts} - self.kernels
        self.kernels |= new
        with self.log.with_suffix(KERNELS).open("a") as file:
            file.writelines(f"{kernel}\n" for kernel in new)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem, report):
        starts = (line.split(" ", 1) for line in self.started.read_text().splitlines())
        started = {name: float(when) for when, name in starts}[crashitem]
        if time.time() - started >= SECONDS:
            report.outcome = "skipped"
            report.longrepr = (crashitem, None, f"takes more than {SECONDS} s in the simulator")

    def pytest_terminal_summary(self, terminalreporter):
        files = self.log.parent.glob(f"{self.log.stem}*{KERNELS}")
        kernels = {kernel for file in files for kernel in file.read_text().split()}
        terminalreporter.write_line(f"{len(kernels)} kernels under Oclgrind")
