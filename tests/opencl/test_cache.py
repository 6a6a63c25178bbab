"""Programs on disk: whatever lies there, kernels compute what they should."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from drivers_here import printed

from plugtorch.device import open_device
from plugtorch_opencl import drivers, programs

TEXT = "kernel void twice(global float *x) { x[get_global_id(0)] *= 2; }\n"
OTHER = "kernel void thrice(global float *x) { x[get_global_id(0)] *= 3; }\n"


class Cache:
    """The programs of a device as a new process would find them."""

    def __init__(self, where: str, folder: Path) -> None:
        self.backend: Any = open_device(where)
        self.folder = folder

    def new(self) -> programs.Programs:
        own = self.backend.programs
        opened = self.backend.opened
        return programs.Programs(
            own.context, own.device, opened.traits, tuple(own.options.split(" "))
        )

    def twice(self, found: programs.Programs) -> tuple[int, int]:
        """Run the kernel; how many programs were built and how many read from disk for it."""
        cl = drivers.load_pyopencl()
        kernel = found.kernels([(TEXT, "twice")])[0]
        queue, values = self.backend.opened.queue, np.float32([1, 2, 3])
        memory = self.backend.runner.allocate(12, "a test")
        cl.enqueue_copy(queue, memory, values)
        kernel.set_arg(0, memory)
        cl.enqueue_nd_range_kernel(queue, kernel, (3,), (1,))
        cl.enqueue_copy(queue, values, memory)
        assert values.tolist() == [2, 4, 6]
        return found.built, found.loaded

    def files(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]


@pytest.fixture(autouse=True)
def _kept_by_us(where: str) -> None:
    backend: Any = open_device(where)
    if not backend.programs.on_disk:
        pytest.skip("this driver keeps what it compiles by itself")


@pytest.fixture
def cache(where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    monkeypatch.setenv(programs.VARIABLE, str(tmp_path))
    return Cache(where, tmp_path)


def test_the_second_process_builds_nothing(cache: Cache) -> None:
    assert cache.twice(cache.new()) == (1, 0)
    assert cache.twice(cache.new()) == (0, 1)
    assert len(cache.files()) == 1


def test_the_compiler_is_told_what_the_user_adds(where: str, tmp_path: Path) -> None:
    code = f"""
import plugtorch
x = plugtorch.ones(3, device={where!r}) + 1
print(x.tolist(), x.storage.backend.programs.options.count("-D TOLD=1"))
"""
    variables = {programs.VARIABLE: str(tmp_path)}
    for options, count in (("", 0), ("-cl-opt-disable -D TOLD=1", 1)):
        said = printed(code, **variables, PLUGTORCH_OPENCL_OPTIONS=options)
        assert said == f"[2.0, 2.0, 2.0] {count}"


def test_an_option_that_the_compiler_does_not_know(where: str) -> None:
    code = f"""
import plugtorch
try:
    (plugtorch.ones(3, device={where!r}) + 1).tolist()
except plugtorch.errors.DeviceError as error:
    print(error)
"""
    said = printed(code, PLUGTORCH_OPENCL_OPTIONS="-no-such-option")
    assert "the kernel map_add" in said
    assert "PLUGTORCH_OPENCL_OPTIONS=-no-such-option" in said
    assert "fault of plugtorch" not in said


def test_a_text_with_several_kernels(cache: Cache) -> None:
    for found in (cache.new(), cache.new()):
        kernels = found.kernels([(TEXT + OTHER, "twice"), (TEXT + OTHER, "thrice")])
        assert [kernel.function_name for kernel in kernels] == ["twice", "thrice"]
        assert found.built + found.loaded == 1


DAMAGES = {
    "nothing": lambda content: b"",
    "half": lambda content: content[: len(content) // 2],
    "only its head": lambda content: content[:52],
    "garbage": lambda content: bytes(range(256)) * 8,
    "one bit": lambda content: content[:-9] + bytes([content[-9] ^ 4]) + content[-8:],
    "more": lambda content: content + b"more",
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_is_made_anew(cache: Cache, damage: str) -> None:
    cache.twice(cache.new())
    (file,) = cache.files()
    content = file.read_bytes()
    file.write_bytes(DAMAGES[damage](content))
    assert cache.twice(cache.new()) == (1, 0)
    assert cache.twice(cache.new()) == (0, 1)


def test_the_file_of_another_program(cache: Cache) -> None:
    cache.twice(cache.new())
    (file,) = cache.files()
    cache.new().kernels([(OTHER, "thrice")])
    (other,) = (path for path in cache.files() if path != file)
    file.write_bytes(other.read_bytes())
    assert cache.twice(cache.new()) == (1, 0)


def test_a_whole_file_with_no_program_in_it(where: str, tmp_path: Path) -> None:
    """In a process of its own, for what a driver does with it is its own business."""
    code = f"""
import plugtorch
from plugtorch.device import open_device
from plugtorch_opencl import programs
b = open_device({where!r})
text = "kernel void f(global float *x) {{ x[0] = 1; }}"
path = b.programs._path(text)
path.parent.mkdir(parents=True)
programs._write(path, programs.MARK, b"no program")
b.programs.kernels([(text, "f")])
print(b.programs.built)
"""
    assert printed(code, **{programs.VARIABLE: str(tmp_path)}) == "1"


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are another matter on Windows")
def test_a_folder_that_cannot_be_written(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    (cache.folder / "file").write_text("in the way")  # also for root, whom rights do not stop
    monkeypatch.setenv(programs.VARIABLE, str(cache.folder / "file"))
    assert cache.twice(cache.new()) == (1, 0)
    assert cache.twice(cache.new()) == (1, 0)


def test_a_disk_that_is_full_keeps_no_pieces(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert cache.twice(cache.new()) == (1, 0)
    assert not cache.files()


def test_an_empty_name_keeps_nothing(
    cache: Cache, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(programs.VARIABLE, "")
    monkeypatch.chdir(tmp_path)
    assert cache.twice(cache.new()) == (1, 0)
    assert cache.twice(cache.new()) == (1, 0)
    assert not cache.files()


def test_two_processes_at_once(where: str, tmp_path: Path) -> None:
    code = f"""
import plugtorch
x = plugtorch.arange(12.0, device={where!r}).reshape(3, 4)
print((x @ x.T).exp().sum().isfinite().item(), x.cumsum(1).sum().item())
"""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, programs.VARIABLE: str(tmp_path)},
        )
        for _ in range(3)
    ]
    said = {process.communicate(timeout=120)[0] for process in started}
    assert len(said) == 1
    assert said != {""}
    names = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert names
    assert all(name.endswith(".bin") for name in names)  # nothing half written is left


def test_programs_of_two_devices_compiled_at_once_leave_warnings_as_they_were(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thread that sets warnings aside must not take up what another has set aside."""
    cl = drivers.load_pyopencl()
    inside, done = threading.Event(), threading.Event()

    class Program:
        def __init__(self, _: Any, text: str) -> None:
            self.text = text

        def build(self, **_: Any) -> Any:
            if self.text == "first":
                inside.wait(0.5)
            else:
                inside.set()
                done.wait(0.5)
            warnings.warn("a driver is happy", cl.CompilerWarning, stacklevel=1)
            return self

    monkeypatch.setattr(cl, "Program", Program)
    own: Any = open_device(where).programs
    before = list(warnings.filters)

    def compile_one(text: str) -> None:
        own._compiled(text)
        done.set()

    threads = [threading.Thread(target=compile_one, args=(text,)) for text in ("first", "second")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before
