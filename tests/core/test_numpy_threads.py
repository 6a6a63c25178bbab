"""Pieces of a formula worked on by several threads: the same bits, every error, no thread lost."""

import os
import subprocess
import sys
import threading
from collections import deque

import numpy as np
import pytest

from plugtorch import dtypes
from plugtorch.backend import Formula
from plugtorch_numpy import pieces, threads

STEP = Formula(
    inputs=(dtypes.float32, dtypes.float32),
    numbers=(float, float),
    lines=(("multiply", (~0, 1), ()), ("subtract", (0, 2), ()), ("add", (3, ~1), ())),
    results=((3, 0), (4, None)),
)


def stepped(monkeypatch, count: int) -> list[bytes]:
    monkeypatch.setattr(pieces, "usable", lambda: count)
    random = np.random.default_rng(0)
    arrays = [random.normal(size=(2, size)).astype(np.float32) for size in (9000, 3, 40001, 0, 700)]
    inputs = [[[np.array(a)], [np.array(b)]] for a, b in arrays]
    inputs.append([[np.ones((80, 90), np.float32)], [np.ones((90, 80), np.float32).T]])
    results = pieces.Pieces(STEP, [0.3, 1.5], 4096).run(inputs)
    return [result.tobytes() for both in results for result in both]


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    alone = stepped(monkeypatch, 1)
    assert all(stepped(monkeypatch, count) == alone for count in (2, 3, 8))


def test_several_threads_do_take_part():
    both = threading.Barrier(2, timeout=30)
    names = []

    def work() -> None:
        both.wait()
        names.append(threading.current_thread().name)

    threads.together(work, 2)
    assert len(set(names)) == 2


def test_small_totals_stay_in_one(monkeypatch):
    asked = []
    monkeypatch.setattr(pieces, "together", lambda work, count: (asked.append(count), work()))
    monkeypatch.setattr(pieces, "usable", lambda: 2)
    for size in (100, 1 << 20):
        run = pieces.Pieces(STEP, [0.3, 1.5], 1 << 20).run
        run([[[np.ones(size, np.float32)], [np.ones(size, np.float32)]]])
    assert [max(1, count) for count in asked] == [1, 2]


@pytest.mark.parametrize("here", [True, False])
def test_an_error_anywhere_is_raised(here):
    first = threading.current_thread()
    both = threading.Barrier(2, timeout=30)

    def work() -> None:
        both.wait()
        if (threading.current_thread() is first) == here:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        threads.together(work, 2)
    threads.together(lambda: None, 2)  # and they work on


def test_callers_in_several_threads_do_not_wait_for_one_another():
    done = []

    def caller() -> None:
        for _ in range(50):
            jobs = deque(range(20))

            def work(jobs: deque[int] = jobs) -> None:
                while jobs:
                    try:
                        done.append(jobs.popleft())
                    except IndexError:
                        return

            threads.together(work, 4)

    callers = [threading.Thread(target=caller) for _ in range(4)]
    for thread in callers:
        thread.start()
    for thread in callers:
        thread.join(60)
    assert len(done) == 4 * 50 * 20


@pytest.mark.parametrize(("said", "most"), [("1", 1), ("1,4", 1), ("0", 99), ("x", 99), ("", 99)])
def test_omp_num_threads_is_heeded(monkeypatch, said, most):
    monkeypatch.setenv("OMP_NUM_THREADS", said)
    monkeypatch.setattr("plugtorch.switches._threads", None)
    count = threads.usable()
    assert 1 <= count <= min(most, threads.MOST, os.cpu_count() or 1)
    assert most == 1 or count == min(threads.MOST, cores())


def cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


FORKED = """
import os
import threading
from plugtorch_numpy.threads import together
both = threading.Barrier(2, timeout=20)
together(both.wait, 2)
child = os.fork()
if not child:
    try:
        together(both.wait, 2)
    except threading.BrokenBarrierError:
        os._exit(1)
    os._exit(0)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a system that does not fork")
def test_a_forked_process_has_threads_of_its_own():
    # in a process of its own: pytest's would have all its threads' locks in the child
    given = [sys.executable, "-W", "ignore", "-c", FORKED]
    ran = subprocess.run(given, capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "0"
