"""A driver that reports an error while it works: a device that is gone, or out of memory."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from drivers_here import printed

import plugtorch
from plugtorch import nn
from plugtorch.device import open_device
from plugtorch.errors import DeviceError, OutOfMemoryError
from plugtorch_opencl import drivers
from plugtorch_opencl.programs import KernelError


def failing(code: str, routine: str = "clEnqueueSomething") -> Callable[..., Any]:
    """What pyopencl calls the driver with, of a driver that reports ``code``."""

    def call(*_: Any, **__: Any) -> Any:
        cl = drivers.load_pyopencl()
        number = getattr(cl.status_code, code)
        kind = cl.MemoryError if code == "MEM_OBJECT_ALLOCATION_FAILURE" else cl.RuntimeError
        raise kind(cl._cl._ErrorRecord(routine, number, ""))

    return call


class Queue:
    """A queue of a device that is gone."""

    flush = finish = staticmethod(failing("DEVICE_NOT_AVAILABLE", "clFinish"))


GONE = {
    "upload": lambda x: plugtorch.tensor([1.0, 2.0], device=x.device),
    "a large upload": lambda x: plugtorch.ones(5_000_000).to(x.device),
    "download": lambda x: x.tolist(),
    "print": lambda x: repr(x),
    "model": lambda x: nn.Linear(2, 2).to(x.device),
    "hosted": lambda x: plugtorch.linalg.inv(x.expand(5, 5)),
}


@pytest.mark.parametrize("name", GONE)
def test_a_copy_to_a_device_that_is_gone(
    name: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend: Any = open_device(where)
    x = plugtorch.tensor([1.0, 2.5, 7.0, 9.0, 1.5], device=where)
    assert x[0].item() == 1
    monkeypatch.setattr(backend.runner, "enqueue_copy", failing("DEVICE_NOT_AVAILABLE"))
    with pytest.raises(DeviceError, match=r"load of [\d,]+ bytes.*plugtorch devices") as caught:
        GONE[name](x)
    assert backend.opened.traits.name in str(caught.value)
    monkeypatch.undo()
    assert (x + 1).tolist() == [2.0, 3.5, 8.0, 10.0, 2.5]


def test_a_launch_on_a_device_that_is_gone(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    backend: Any = open_device(where)
    x = plugtorch.tensor([1.0, 2.5, 7.0, 9.0, 1.5], device=where)
    y = x.erf() * 1.25
    monkeypatch.setattr(backend.runner, "enqueue", failing("DEVICE_NOT_AVAILABLE"))
    with pytest.raises(DeviceError, match=r"kernel map_\w+ \(erf, multiply\).*plugtorch devices"):
        y.tolist()
    monkeypatch.undo()
    with pytest.raises(DeviceError, match="was to be computed with others, and that"):
        (y + 1).tolist()
    assert x.tolist() == [1.0, 2.5, 7.0, 9.0, 1.5]


def test_waiting_for_a_device_that_is_gone(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    backend: Any = open_device(where)
    backend.synchronize()
    monkeypatch.setattr(backend.runner, "queue", Queue())
    with pytest.raises(DeviceError, match="plugtorch devices"):
        plugtorch.accelerator.synchronize(where)


def test_a_launch_that_finds_no_memory(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some drivers look for memory when it is first used."""
    backend: Any = open_device(where)
    y = plugtorch.arange(6.0, device=where).exp() + 3
    monkeypatch.setattr(backend.runner, "enqueue", failing("MEM_OBJECT_ALLOCATION_FAILURE"))
    with pytest.raises(OutOfMemoryError, match=r"exp, add\).* bytes .* in use"):
        y.tolist()


class Pool:
    """A pool whose device has no more memory before what is free in it has been given up."""

    def __init__(self, pool: Any, code: str, forever: bool) -> None:
        self.pool, self.code, self.full, self.forever = pool, code, True, forever
        self.active_bytes = self.managed_bytes = 7

    def free_held(self) -> None:
        self.full = self.forever

    def allocate(self, size: int) -> Any:
        return failing(self.code)() if self.full else self.pool.allocate(size)


@pytest.mark.parametrize("code", ["MEM_OBJECT_ALLOCATION_FAILURE", "OUT_OF_RESOURCES"])
@pytest.mark.parametrize("forever", [False, True])
def test_what_is_free_in_the_pool_is_given_up_before_anything_fails(
    code: str, forever: bool, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend: Any = open_device(where)
    backend.synchronize()
    opened = backend.runner.opened
    pool = Pool(opened.pool, code, forever)
    monkeypatch.setattr(backend.runner, "opened", dataclasses.replace(opened, pool=pool))
    if forever:
        with pytest.raises(OutOfMemoryError, match=r"8 bytes for a tensor.* 7 are in use"):
            plugtorch.tensor([1.0, 2.0], device=where)
    else:
        assert plugtorch.tensor([1.0, 2.0], device=where).tolist() == [1.0, 2.0]


def test_memory_from_a_device_that_is_gone(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    backend: Any = open_device(where)
    backend.synchronize()
    opened = backend.runner.opened
    pool = Pool(opened.pool, "DEVICE_NOT_AVAILABLE", forever=True)
    monkeypatch.setattr(backend.runner, "opened", dataclasses.replace(opened, pool=pool))
    with pytest.raises(DeviceError, match=r"allocation of 8 bytes.*plugtorch devices") as caught:
        plugtorch.tensor([1.0, 2.0], device=where)
    assert not isinstance(caught.value, OutOfMemoryError)


def test_more_memory_altogether_than_a_processor_has(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system would promise it, and end the process when it is used."""
    backend: Any = open_device(where)
    backend.synchronize()
    opened = backend.runner.opened
    opened.pool.free_held()
    traits = dataclasses.replace(
        opened.traits, memory=opened.pool.active_bytes + (40 << 20), allocation=30 << 20
    )
    monkeypatch.setattr(backend.runner, "opened", dataclasses.replace(opened, traits=traits))
    first = plugtorch.full((24 << 18,), 2.0, device=where) + 1
    assert first[5].item() == 3
    with pytest.raises(OutOfMemoryError, match=r"25,165,824 bytes for the result of multiply"):
        (first * 2).tolist()
    del first
    assert (plugtorch.full((25 << 18,), 2.0, device=where) + 1).sum().item() == 3 * (25 << 18)


def test_a_kernel_that_is_not_in_its_program(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when a driver's own cache of programs is damaged: PoCL does not check its files."""
    cl = drivers.load_pyopencl()
    backend: Any = open_device(where)
    y = plugtorch.arange(7.0, device=where).log1p() - 0.375
    backend.runner.plans.clear()
    monkeypatch.setattr(cl, "Kernel", failing("INVALID_KERNEL_NAME", "clCreateKernel"))
    with pytest.raises(KernelError, match="log1p"):
        y.tolist()


# -- forks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "before", ["devices.find()", "plugtorch.ones(2, device={other!r}).tolist()"]
)
def test_a_device_that_is_opened_after_a_fork(before: str, where: str) -> None:
    """Drivers have threads from the first question on: PoCL would never answer."""
    other = "opencl:1" if where == "opencl:0" else "opencl:0"
    code = f"""
import os, signal, warnings
warnings.simplefilter("ignore")
import plugtorch
from plugtorch_opencl import devices
{before.format(other=other)}
read, write = os.pipe()
child = os.fork()
if not child:
    signal.alarm(20)
    try:
        said = str(plugtorch.ones(3, device={where!r}).tolist())
    except plugtorch.errors.DeviceError as error:
        said = str(error)
    os.write(write, said.encode())
    os._exit(0)
os.close(write)
os.waitpid(child, 0)
print(os.read(read, 1000).decode())
print((plugtorch.ones(2, device={where!r}) + 1).tolist())
"""
    said, after = printed(code).splitlines()
    assert "forked" in said
    assert "spawn" in said
    assert after == "[2.0, 2.0]"
