"""Compiles kernel text, once: kept in memory, and on disk for the next process.

A file on disk is named by everything its content depends on: text, options, device and driver. It is
written beside its name and then moved there, so two processes may write one at once, and begins with
a checksum of the rest, so a damaged one is noticed and made anew.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any

from plugtorch.errors import DeviceError
from plugtorch_opencl import drivers
from plugtorch_opencl.traits import Traits

MARK = b"plugtorch program 2\n"
VARIABLE = "PLUGTORCH_CACHE_DIR"


class KernelError(DeviceError):
    """A kernel that the driver refuses: the message has the driver's own words."""


def folder() -> Path | None:
    """Where programs are kept: ``PLUGTORCH_CACHE_DIR``, else the user's cache; None if that is
    empty, and nothing is kept.
    """
    chosen = os.environ.get(VARIABLE)
    if chosen is not None:
        return Path(chosen) / "opencl" if chosen else None
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(base) / "plugtorch" / "opencl"


def _head(path: Path, binary: bytes) -> bytes:
    """What a file begins with: also another program's file under this name is noticed."""
    return MARK + hashlib.sha256(path.stem.encode() + binary).digest()


class Programs:
    """The programs of one device. built counts those compiled, loaded those read from disk."""

    def __init__(self, context: Any, device: Any, traits: Traits, options: tuple[str, ...]) -> None:
        self.context = context
        self.device = device
        self.options = " ".join(options)
        self.identity = "\n".join([traits.name, traits.vendor, traits.driver, self.options])
        self.programs: dict[str, Any] = {}
        self.lock = threading.Lock()
        self.built = 0
        self.loaded = 0

    def kernel(self, text: str, name: str) -> Any:
        """A new kernel object, with arguments of its own."""
        with self.lock:
            program = self.programs.get(text)
            if program is None:
                program = self.programs[text] = self._load(text) or self._build(text, name)
        return drivers.load_pyopencl().Kernel(program, name)

    def _path(self, text: str) -> Path | None:
        where = folder()
        digest = hashlib.sha256(f"{self.identity}\n{text}".encode()).hexdigest()
        return None if where is None else where / digest[:2] / f"{digest}.bin"

    def _load(self, text: str) -> Any:
        """The program from disk; None if it is not there, or is not what was written."""
        path = self._path(text)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except OSError:
            return None
        head, binary = content[: len(MARK) + 32], content[len(MARK) + 32 :]
        if head != _head(path, binary):
            return None
        cl = drivers.load_pyopencl()
        try:
            program = cl.Program(self.context, [self.device], [binary])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                program.build(options=self.options)
        except cl.Error:  # of a driver that changed and kept its version
            return None
        self.loaded += 1
        return program

    def _build(self, text: str, name: str) -> Any:
        cl = drivers.load_pyopencl()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # what a driver has to say, it says even when happy
                program = cl.Program(self.context, text).build(
                    options=self.options, cache_dir=False
                )
        except cl.Error as error:
            raise KernelError(
                f"[opencl] {self.identity.splitlines()[0]} refuses the kernel {name}: {error}\n"
                f"This is a fault of plugtorch or of the driver. The kernel's text:\n{text}"
            ) from error
        self.built += 1
        self._keep(text, program)
        return program

    def _keep(self, text: str, program: Any) -> None:
        path = self._path(text)
        if path is None:
            return
        try:
            binary = bytes(program.get_info(drivers.load_pyopencl().program_info.BINARIES)[0])
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(_head(path, binary) + binary)
            os.replace(name, path)
        except (OSError, drivers.load_pyopencl().Error):
            return  # a full disk, a folder that may not be written: next time it is compiled again
