"""Worker processes of a DataLoader: errors are told, and nobody is left behind."""

from __future__ import annotations

import functools
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loading import METHODS, Calling, Count, Items

import plugtorch
from plugtorch.errors import ArgumentError, DeviceError, DTypeError, ShapeError, WorkerError
from plugtorch.utils.data import (
    DataLoader,
    TensorDataset,
)

pytestmark = [
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),  # where there is one core
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


@pytest.fixture(autouse=True)
def _nobody_is_left() -> Iterator[None]:
    yield
    gc.collect()
    assert multiprocessing.active_children() == []


# -- errors ----------------------------------------------------------------------------------------


class OddError(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(one, two)


def fail(i: int) -> Any:
    if i == 2:
        raise [KeyError("missing"), ShapeError("[odd] shapes"), OddError(1, 2)][KIND]
    return i


KIND = 0


@pytest.mark.parametrize(("kind", "type"), [(0, KeyError), (1, ShapeError), (2, RuntimeError)])
@pytest.mark.parametrize("method", METHODS[:1])
def test_errors_arrive_with_their_traceback(
    kind: int, type: Any, method: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "KIND", kind)
    batches = iter(
        DataLoader(Calling(fail, 4), None, num_workers=2, multiprocessing_context=method)
    )
    assert [next(batches), next(batches)] == [0, 1]
    with pytest.raises(type) as caught:
        next(batches)
    text = str(caught.value)
    name = ["KeyError", "ShapeError", "OddError"][kind]
    assert text.startswith(f"Caught {name} in DataLoader worker process 0.\nOriginal Traceback")
    assert "in fail\n" in text
    assert next(batches) == 3  # and it may go on
    with pytest.raises(StopIteration):
        next(batches)


def test_errors_before_the_first_batch() -> None:
    class Broken(Count):
        def __iter__(self) -> Any:
            raise ValueError("no source")

    with pytest.raises(ValueError, match="no source"):
        list(DataLoader(Broken(3), num_workers=2))
    with pytest.raises(ZeroDivisionError):
        list(DataLoader(Items(), num_workers=1, worker_init_fn=lambda number: 1 // 0))


def test_errors_of_what_cannot_be_sent() -> None:
    with pytest.raises(Exception, match="in DataLoader worker process 0"):
        list(DataLoader(Calling(lambda i: lambda: i), None, num_workers=1))
    data = Calling(lambda i: plugtorch.ones(2, requires_grad=True) * 2)
    with pytest.raises(RuntimeError, match="only leaf tensors"):
        list(DataLoader(data, None, num_workers=1))
    if "spawn" in METHODS:
        with pytest.raises((AttributeError, TypeError)):
            iter(DataLoader(Calling(lambda i: i), num_workers=1, multiprocessing_context="spawn"))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_worker_that_is_killed(number: signal.Signals) -> None:
    data = Calling(lambda i: os.kill(os.getpid(), number) if i == 3 else i)
    for persistent in (False, True):
        loader = DataLoader(data, None, num_workers=2, persistent_workers=persistent)
        batches = iter(loader)
        assert [next(batches) for _ in range(3)] == [0, 1, 2]
        with pytest.raises(WorkerError, match=rf"killed by signal: {signal.strsignal(number)}"):
            next(batches)
        assert next(batches, None) is None
        assert next(iter(loader)) == 0  # the next epoch has new ones
        del batches, loader


def test_a_worker_that_exits() -> None:
    with pytest.raises(WorkerError, match="exited unexpectedly with code 7"):
        list(DataLoader(Calling(lambda i: os._exit(7)), num_workers=1))


def test_timeout() -> None:
    data = Calling(lambda i: time.sleep(1.0 if i else 0.0))
    batches = iter(DataLoader(data, None, num_workers=1, timeout=0.3))
    assert next(batches) is None
    with pytest.raises(WorkerError, match=r"timed out after 0\.3 seconds"):
        next(batches)


def test_timeout_after_an_epoch_that_was_left_early() -> None:
    """The worker still answers for it; that is no batch of this one."""
    data = Calling(lambda i: time.sleep((0.0, 0.1, 2.0)[i]), size=3)
    loader = DataLoader(
        data, None, num_workers=1, prefetch_factor=2, timeout=0.5, persistent_workers=True
    )
    for _ in loader:
        break
    batches = iter(loader)
    started = time.monotonic()
    with pytest.raises(WorkerError, match="timed out after"):
        list(batches)
    assert time.monotonic() - started < 1.9


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"prefetch_factor": 2}, ArgumentError),
        ({"persistent_workers": True}, ArgumentError),
        ({"timeout": 1}, ArgumentError),
        ({"num_workers": 1, "timeout": -1}, ArgumentError),
        ({"num_workers": 1, "prefetch_factor": -1}, ArgumentError),
        ({"num_workers": 1, "multiprocessing_context": "odd"}, ArgumentError),
        ({"num_workers": 1, "multiprocessing_context": 3}, DTypeError),
        ({"multiprocessing_context": METHODS[0]}, ArgumentError),
    ],
)
def test_options_that_contradict(options: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        DataLoader(Items(), **options)


def test_more_workers_than_cores() -> None:
    with pytest.warns(UserWarning, match="will create 4096 worker processes"):
        DataLoader(Items(), num_workers=4096)


def test_a_loader_is_not_changed() -> None:
    loader = DataLoader(Items(), num_workers=1)
    for name in ("batch_size", "dataset", "sampler", "drop_last", "persistent_workers"):
        with pytest.raises(ArgumentError, match=name):
            setattr(loader, name, None)
    loader.num_workers = 0
    assert len(list(loader)) == 11
    with pytest.raises(NotImplementedError):
        multiprocessing.reduction.ForkingPickler.dumps(iter(loader))


# -- nothing is left behind ------------------------------------------------------------------------


def test_an_epoch_left_early() -> None:
    for batch in DataLoader(Items(1000), 2, num_workers=2):
        assert batch["number"][0].tolist() == [0, 1]
        break
    assert multiprocessing.active_children() == []
    with pytest.raises(ZeroDivisionError):
        [1 // 0 for _ in DataLoader(Items(1000), 2, num_workers=2)]


def test_a_worker_that_hangs_is_ended(monkeypatch: Any) -> None:
    monkeypatch.setattr("plugtorch.utils.data.iteration.PATIENCE", 0.5)
    batches = iter(DataLoader(Calling(lambda i: time.sleep(100 * i)), None, num_workers=2))
    next(batches)
    began = time.monotonic()
    del batches
    assert time.monotonic() - began < 5
    assert multiprocessing.active_children() == []


SCRIPT = """
import os, signal, sys, time
import plugtorch
from plugtorch.utils.data import DataLoader, Dataset

class Slow(Dataset):
    def __len__(self): return 100
    def __getitem__(self, i): return plugtorch.full((20000,), i), os.getpid()

if __name__ == "__main__":
    batches = iter(DataLoader(Slow(), 2, num_workers=2, multiprocessing_context={method!r}))
    pids = {{int(p) for _ in range(2) for p in next(batches)[1]}}
    print(*pids, flush=True)
    {end}
"""
ENDS = {
    "exit": ("sys.exit(3)", 3),
    "error": ("raise ValueError", 1),
    "end": ("pass", 0),
    "interrupt": ("[time.sleep(0.01) for _ in batches]; time.sleep(60)", -signal.SIGINT),
    "kill": ("time.sleep(60)", -signal.SIGKILL),
    "_exit": ("os._exit(4)", 4),
}


@pytest.mark.parametrize(
    ("how", "method"),
    [(how, "fork") for how in ENDS if "fork" in METHODS]
    + [("end", "spawn"), ("interrupt", "spawn"), ("kill", "spawn")],
)
def test_programs_that_end(how: str, method: str, tmp_path: Path) -> None:
    end, code = ENDS[how]
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(SCRIPT).format(method=method, end=end))
    command = [sys.executable, "-W", "ignore", str(program)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        # whoever runs tests in the background may have it ignored, which is inherited
        preexec_fn=functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        pids = [int(pid) for pid in process.stdout.readline().split()]
        assert len(pids) == 2
        if how == "interrupt":  # all of the group get it, as from a terminal
            os.killpg(process.pid, signal.SIGINT)
        elif how == "kill":
            process.kill()
        _, errors = process.communicate(timeout=60)
        assert process.returncode == code, errors
    assert errors.count("Traceback") == (how in ("error", "interrupt")), errors
    assert "leaked" not in errors
    assert _gone(pids)


def _gone(pids: list[int]) -> bool:
    deadline = time.monotonic() + 20
    while any(_runs(pid) for pid in pids):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"  # nobody may be there to take note of its end


# -- devices ---------------------------------------------------------------------------------------


@pytest.mark.skipif("fork" not in METHODS, reason="no fork here")
def test_a_forked_worker_may_not_use_the_parents_device() -> None:
    try:
        x = plugtorch.arange(8, device="opencl")
    except (DeviceError, plugtorch.errors.PluginError):
        pytest.skip("no OpenCL device")
    loader = DataLoader(TensorDataset(x), 2, num_workers=1, multiprocessing_context="fork")
    with pytest.raises(DeviceError, match=r"forked.*spawn"):
        list(loader)
    data = TensorDataset(plugtorch.arange(8, device="cpu"))
    loader = DataLoader(data, 4, num_workers=1, multiprocessing_context="fork")
    assert [batch[0].to("opencl").sum().item() for batch in loader] == [6, 22]
    loader = DataLoader(TensorDataset(x), 4, num_workers=1, multiprocessing_context="spawn")
    assert [(batch[0].device.type, batch[0].sum().item()) for batch in loader] == [
        ("opencl", 6),
        ("opencl", 22),
    ]
