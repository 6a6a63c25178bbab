"""The list of devices, choosing one, opening it, and values there and back."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from drivers_here import USABLE, index_of, printed

import plugtorch
from plugtorch.backend import DeviceInfo
from plugtorch.device import open_device
from plugtorch.errors import DeviceError
from plugtorch_opencl import devices, launch, opening
from plugtorch_opencl.backend import OpenCLBackend

each_device = pytest.mark.parametrize(
    "index",
    range(len(USABLE))
    if USABLE
    else [pytest.param(0, marks=pytest.mark.skip(reason="there is no OpenCL device here"))],
    ids=[re.sub(r"\W+", "-", found.info.driver) for found in USABLE] or ["none"],
)


# -- what is listed --------------------------------------------------------------------------------


@each_device
def test_what_a_device_tells(index: int) -> None:
    found = USABLE[index]
    info, traits = found.info, found.traits
    assert info is OpenCLBackend.devices()[index]  # usable ones come first: indices agree
    assert info.kind in ("cpu", "gpu", "accelerator")
    assert all((info.name, info.vendor, info.driver))
    assert info.memory > 0
    assert {"float16", "bfloat16", "float32", "int64", "bool"} <= set(info.dtypes)
    assert (
        ("float64" in info.dtypes) == traits.float64 == ("cl_khr_fp64" in found.device.extensions)
    )
    assert info.extra["float16"] == ("yes" if traits.float16 else "stored, computed in float32")
    assert 0 < traits.allocation <= traits.memory
    assert traits.alignment % 4 == 0
    assert traits.vector in (1, 2, 4, 8, 16)
    assert traits.kind == "cpu" or traits.vector == 1


def test_the_order_is_the_same_in_another_process() -> None:
    names = "[[f.info.name, f.info.driver] for f in devices.find()]"
    code = f"import json; from plugtorch_opencl import devices; print(json.dumps({names}))"
    here = [[found.info.name, found.info.driver] for found in devices.find()]
    assert json.loads(printed(code)) == here


def stand_in(kind: str, memory: int, name: str = "Vendor", shared: bool = False) -> tuple[Any, ...]:
    """The order of a device that is not here."""
    face = SimpleNamespace(name=name)
    device = SimpleNamespace(host_unified_memory=shared)
    info = DeviceInfo(name=f"{name} {kind}", kind=kind, memory=memory)
    return devices._order(face, device, devices.Found(info), 0)


def test_which_device_comes_first() -> None:
    wanted = [
        stand_in("gpu", 8),
        stand_in("gpu", 4),
        stand_in("gpu", 8, "rusticl"),
        stand_in("gpu", 32, shared=True),
        stand_in("gpu", 32, "rusticl", shared=True),
        stand_in("accelerator", 64),
        stand_in("cpu", 64, "Intel(R) OpenCL", shared=True),
        stand_in("cpu", 99, "Portable Computing Language", shared=True),
        stand_in("cpu", 99, "rusticl", shared=True),
    ]
    assert sorted(wanted) == wanted


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": "OpenCL 1.1 Mesa"}, "OpenCL 1.1, and 1.2 is needed"),
        ({"version": "strange"}, "OpenCL 0.0"),
        ({"available": False}, "not available"),
        ({"compiler_available": False}, "no compiler"),
        ({"endian_little": False}, "big-endian"),
    ],
)
def test_a_device_that_cannot_be_used(change: dict[str, Any], reason: str) -> None:
    good = {
        "version": "OpenCL 1.2 x",
        "available": True,
        "compiler_available": True,
        "endian_little": True,
    }
    assert devices._unfit(SimpleNamespace(**good)) == ""
    assert reason in devices._unfit(SimpleNamespace(**good | change))


def test_rusticl_has_no_float64() -> None:
    code = (
        "from plugtorch_opencl.devices import find\n"
        "print([[f.info.dtypes, f.traits.vector] for f in find()\n"
        "       if f.info.extra.get('platform') == 'rusticl' and f.traits])"
    )
    told = printed(code, RUSTICL_ENABLE="llvmpipe")
    if told == "[]":
        pytest.skip("Mesa's rusticl with llvmpipe is not installed")
    assert "float32" in told
    assert "float64" not in told
    assert told.endswith(", 1]]")  # it forms vectors by itself


# -- which one is meant: tests/core/test_device_names.py has the rules ----------------------------


@each_device
def test_opencl_by_index(index: int) -> None:
    backend = open_device(f"opencl:{index}")
    assert backend.device == plugtorch.device("opencl", index)
    assert backend.opened.traits == USABLE[index].traits


def test_opencl_by_name() -> None:
    index = index_of("Portable Computing Language")
    assert open_device("opencl:pocl").device.index == index
    assert open_device("opencl:PoCL 3").device.index == index


# -- in use ----------------------------------------------------------------------------------------


@each_device
def test_values_come_back(index: int) -> None:
    backend = OpenCLBackend(index)
    random = np.random.default_rng()
    for shape in [(), (0,), (1,), (3, 0, 2), (7, 5), (33, 65)]:
        for d in backend.dtypes:
            host = np.asarray(
                random.integers(0, 2 if d is plugtorch.bool else 100, shape), np.int64
            )
            back = backend.download(backend.upload(host.astype(np.float32), d))
            assert back.shape == shape
            assert np.array_equal(back.astype(host.dtype), host), (d, shape)
    turned = random.random((6, 4)).astype(np.float32).T[::2]
    array = backend.upload(turned, plugtorch.float32)
    assert np.array_equal(backend.download(array), turned)
    backend.synchronize()


@each_device
def test_an_upload_waits_for_nothing(index: int) -> None:
    backend: Any = open_device(f"opencl:{index}")
    runner = backend.runner
    x = plugtorch.ones(2000, 2000, device=backend.device)
    long = x @ x @ x @ x
    host = np.arange(1000, dtype=np.float32)
    want = host.copy()
    backend.evaluate((long.storage.array,))
    array = backend.upload(host, plugtorch.float32)
    host[:] = -1  # is ours again, though nothing has arrived
    ((event, size),) = list(runner.sent)[-1:]
    assert size == 4000
    assert event.command_execution_status > 0
    assert np.array_equal(backend.download(array), want)
    assert not runner.sent
    assert runner.sent_bytes == 0


@each_device
def test_what_is_on_its_way_is_bounded(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "MOST_SENT", 10_000)
    backend = OpenCLBackend(index)
    hosts = [np.full(700, n, np.float32) for n in range(40)]
    arrays = []
    for host in hosts:
        arrays.append(backend.upload(host, plugtorch.float32))
        assert backend.runner.sent_bytes <= 10_000
    for host, array in zip(hosts, arrays):
        assert np.array_equal(backend.download(array), host)


@each_device
def test_memory_goes_back_to_the_pool(index: int) -> None:
    backend = OpenCLBackend(index)
    own = backend.opened.pool.active_blocks  # what the backend itself keeps
    host = np.zeros(1 << 16, np.float32)
    backend.upload(host, plugtorch.float32)
    held = backend.opened.pool.held_blocks
    for _ in range(20):
        backend.upload(host, plugtorch.float32)
    backend.synchronize()
    assert backend.opened.pool.active_blocks == own
    assert backend.opened.pool.held_blocks == held


@each_device
def test_a_queue_with_profiling(index: int) -> None:
    opened = opening.open_index(index, profiling=True)
    import pyopencl as cl

    event = cl.enqueue_marker(opened.queue)
    event.wait()
    assert event.profile.end >= event.profile.start > 0


def test_an_index_that_is_not_there() -> None:
    with pytest.raises(DeviceError, match="no device 99"):
        opening.open_index(99)


def test_a_driver_without_a_device_cannot_be_opened() -> None:
    for index, found in enumerate(devices.find()):
        if found.info.problem:
            with pytest.raises(DeviceError, match="cannot be used"):
                opening.open_index(index)
            return
    pytest.skip("every driver here offers a device")
