"""Profiles of OpenCL devices, from their own clocks; and what is written about their kernels."""

import os
import re
import subprocess
import sys
import threading
from time import perf_counter

import pytest

import plugtorch
from plugtorch.device import open_device
from plugtorch.profiler import kernels, profile
from plugtorch_opencl import devices

DEVICES = [f"opencl:{n}" for n, found in enumerate(devices.find()) if not found.info.problem]
pytestmark = pytest.mark.skipif(not DEVICES, reason="no OpenCL device is here")
each_device = pytest.mark.parametrize("device", DEVICES)


def queues(device: str) -> bool:
    """Whether the device computes on its own queue, and nobody watches."""
    backend = open_device(device)
    return backend.runner.queue is backend.opened.queue and not backend.runner.watchers


@each_device
def test_events_are_of_what_ran_inside(device: str) -> None:
    x = plugtorch.ones(1000, device=device)
    (x * 5).exp()  # before: neither this ...
    with profile() as p:
        start = perf_counter()
        a = (x * 2).exp()
        b = a.sum()
        b.item()
        c = a.log()
    (x + 7).sqrt().sum().item()  # ... nor this
    operations = [name for r in p.events() for name in r.operations if r.kind == "kernel"]
    assert sorted(set(operations)) == ["exp", "log", "multiply", "sum"]
    assert {r.device for r in p.events()} == {device}
    assert [r.size for r in p.events() if r.kind == "copy"] == [4]
    for record in p.events():
        assert start - 0.05 < record.start <= record.end < p.ended + 0.05
    assert queues(device)
    assert c.shape == (1000,)


@each_device
def test_work_before_and_after_keeps_its_order(device: str) -> None:
    """Two queues take turns, and no value gets lost between them."""
    x = plugtorch.zeros(100_000, device=device)
    for step in range(6):
        x = x + 1
        if step % 2:
            with profile():
                x = x * 2
        else:
            with profile():
                open_device(device).evaluate(())
    expected = 0
    for step in range(6):
        expected = (expected + 1) * (2 if step % 2 else 1)
    assert (x == expected).all().item()


@each_device
def test_the_sum_is_not_more_than_there_was(device: str) -> None:
    x = plugtorch.ones(300, 300, device=device)
    (x @ x).sum().item()
    with profile() as p:
        for _ in range(3):
            (x @ x).sum().item()
    busy = sum(r.end - r.start for r in p.events() if r.kind == "kernel")
    assert 0 < busy < p.ended - p.began
    counts = {row.key: row.count for row in p.key_averages("operation")}
    assert counts["matmul"] == 3
    assert counts["download"] == 3


@each_device
def test_nested_and_left_in_any_order(device: str) -> None:
    x = plugtorch.ones(7, device=device)
    outer, inner = profile(), profile()
    outer.start()
    x.exp().sum().item()
    inner.start()
    x.log().sum().item()
    outer.stop()
    assert not queues(device)
    x.sqrt().sum().item()
    inner.stop()
    assert queues(device)
    names = [
        {n for r in p.events() if r.kind == "kernel" for n in r.operations} for p in (outer, inner)
    ]
    assert names == [{"exp", "log", "sum"}, {"log", "sqrt", "sum"}]


@each_device
def test_an_exception_inside(device: str) -> None:
    x = plugtorch.ones(7, device=device)
    p = profile()
    kept = []

    def fail() -> None:
        with p:
            kept.append(x.exp())
            raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        fail()
    assert any("exp" in r.operations for r in p.events())
    assert queues(device)


@each_device
def test_many_events_are_taken_in_between(device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from plugtorch_opencl import watching

    monkeypatch.setattr(watching, "MOST_EVENTS", 8)
    x = plugtorch.ones(7, device=device)
    with profile() as p:
        for _ in range(30):
            x.exp().sum().item()
    assert sum("exp" in r.operations for r in p.events()) == 30
    assert sum(r.name == "download" for r in p.events()) == 30


@each_device
def test_threads_go_on_while_profiles_begin_and_end(device: str) -> None:
    wrong: list[float] = []
    stop = threading.Event()

    def work(number: int) -> None:
        while not stop.is_set():
            x = plugtorch.tensor([float(number)] * 5000, device=device)
            got = (x + 1).sum().item()
            if got != 5000 * (number + 1):
                wrong.append(got)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    try:
        seen = 0
        for _ in range(20):
            with profile() as p:
                plugtorch.ones(5, device=device).exp().sum().item()
            seen += sum("exp" in r.operations for r in p.events())
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong
    assert seen == 20
    assert queues(device)


def test_several_devices() -> None:
    where = ["cpu", *DEVICES]
    with profile() as p:
        for device in where:
            plugtorch.ones(5, device=device).exp().sum().item()
    assert {r.device for r in p.events() if "exp" in r.operations} == set(where)
    assert all(f"{device}: computing" in p.table() for device in where)


@each_device
def test_making_a_plan_is_the_hosts_work(device: str) -> None:
    x = plugtorch.ones(17, device=device)
    with profile() as p:
        (x.exp() * 3.5).atan().sum().item()
    (row,) = (row for row in p.key_averages() if row.kind == "host")
    assert row.key == "plan and compile"
    assert row.share == 0
    assert p.key_averages()[-1] == row


@each_device
def test_what_is_written_about_kernels(device: str) -> None:
    x = plugtorch.ones(19, device=device)
    written: list[str] = []
    with kernels(written.append):
        for _ in range(2):
            (x.exp() * 2).sum().item()
    text = "".join(written)
    assert text.count(f"{device}: plan 1 has operations: ") == 1
    assert text.count("computes exp, multiply, sum") == 1
    assert text.count("void row_exp_sum(") == 1
    ran = re.findall(r"ran plan 1, kernel 1: \d+ items in groups of \d+, [\d.,]+ us", text)
    assert len(ran) == 2
    assert f"{device}: download of 4 bytes" in text
    assert queues(device)


def test_the_variable_writes_for_a_whole_program() -> None:
    code = f"import plugtorch; plugtorch.ones(3, device={DEVICES[0]!r}).exp().tolist()"
    environment = {**os.environ, "PLUGTORCH_DEBUG": "kernels"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert "void map_exp(" in ended.stderr
    assert not ended.stdout
