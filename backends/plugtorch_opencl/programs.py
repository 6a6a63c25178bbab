"""Compiles kernel text, once: kept in memory, and on disk for the next process.

A file on disk is named by everything its content depends on: text, options, device and driver. It
is written beside its name and then moved there, so two processes may write one at once, and begins
with a checksum of the rest, so a damaged one is noticed and made anew.

To begin and end a compilation takes a driver longer than to compile one of our kernels (60 of 90 ms
on Intel's, 200 of 230 on PoCL). Kernels that are asked for together are therefore compiled as one
program where their texts allow it; the file of such a text says in which program it is.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from plugtorch.errors import DeviceError
from plugtorch_opencl import drivers
from plugtorch_opencl.traits import Traits

MARK = b"plugtorch program 2\n"
ELSEWHERE = b"plugtorch kernel 3\n\n"  # as long: the kernel is in the program named behind it
TOGETHER = 24  # kernels in a program, at most
SHARING = "#pragma OPENCL FP_CONTRACT OFF\n"  # how a text begins that may have others beside it
VARIABLE = "PLUGTORCH_CACHE_DIR"
OPTIONS = "PLUGTORCH_OPENCL_OPTIONS"
MOST_PROGRAMS = 2048  # some have a megabyte; beyond this they are read from disk again
_bare = threading.Lock()
_warnings = threading.Lock()  # what is set aside is the whole process's


@contextmanager
def _unwarned() -> Iterator[None]:
    """Without what a driver's compiler has to say, which it says even when it is happy."""
    with _warnings, warnings.catch_warnings():
        warnings.simplefilter("ignore", drivers.load_pyopencl().CompilerWarning)
        yield


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


def _checksum(path: Path, content: bytes) -> bytes:
    """Of content under a name: also another program's file under this name is noticed."""
    return hashlib.sha256(path.stem.encode() + content).digest()


def _bare_kernel(program: Any, name: str) -> Any:
    """A kernel without pyopencl's function to call it, which is generated for each name.

    That takes milliseconds and a database in the user's cache, for which processes wait for one
    another, and it is not used here. Kernels that other threads make meanwhile have theirs.
    """
    cl = drivers.load_pyopencl()
    from pyopencl import invoker

    mine = threading.get_ident()

    def none_of_ours(*given: Any, **options: Any) -> Any:
        own = threading.get_ident() == mine
        return (None, None) if own or generate is None else generate(*given, **options)

    with _bare:  # else what another thread put there would be taken for pyopencl's
        generate: Any = getattr(invoker, "generate_enqueue_and_set_args", None)
        if generate is None:
            return cl.Kernel(program, name)
        invoker.generate_enqueue_and_set_args = none_of_ours
        try:
            return cl.Kernel(program, name)
        finally:
            invoker.generate_enqueue_and_set_args = generate


class Programs:
    """The programs of one device. built counts kernels compiled, loaded those read from disk."""

    def __init__(self, context: Any, device: Any, traits: Traits, options: tuple[str, ...]) -> None:
        self.context = context
        self.device = device
        self.options = " ".join(options)
        self.identity = "\n".join([traits.name, traits.vendor, traits.driver, self.options])
        # PoCL keeps what it compiles by itself; asked for a binary it compiles everything again
        self.on_disk = not traits.driver.startswith("Portable Computing Language")
        self.programs: dict[str, tuple[Any, str]] = {}  # of a text, and its names' ending
        self.shared: dict[Path, Any] = {}  # programs with several kernels, by file
        self.lock = threading.Lock()
        self.built = 0
        self.loaded = 0

    def kernels(self, wanted: Sequence[tuple[str, str]]) -> list[Any]:
        """New kernel objects, with arguments of their own, for texts and names."""
        with self.lock:
            if len(self.programs) > MOST_PROGRAMS:
                self.programs.clear()
                self.shared.clear()
            missing: dict[str, str] = {}
            for text, name in wanted:
                if text not in self.programs and text not in missing:
                    found = self._load(text)
                    if found is None:
                        missing[text] = name
                    else:
                        self.programs[text] = found
            sharing = [(text, name) for text, name in missing.items() if _may_share(text)]
            for first in range(0, len(sharing), TOGETHER):
                self._build_together(sharing[first : first + TOGETHER])
            for text, name in missing.items():
                if text not in self.programs:
                    self.programs[text] = self._build(text, name), ""
            found_all = [(*self.programs[text], name) for text, name in wanted]
        # a text may have several kernels, each with launches of its own
        return [self._kernel(program, name, ending) for program, ending, name in found_all]

    def _kernel(self, program: Any, name: str, ending: str) -> Any:
        try:
            return _bare_kernel(program, name + ending)
        except drivers.load_pyopencl().Error as error:
            raise KernelError(
                f"[opencl] {self.identity.splitlines()[0]} has no kernel {name} after compiling "
                f"it: {error}. A driver's own cache may be damaged (PoCL's is "
                "~/.cache/pocl/kcache): delete it and try again."
            ) from error

    def _path(self, text: str) -> Path | None:
        where = folder() if self.on_disk else None
        digest = hashlib.sha256(f"{self.identity}\n{text}".encode()).hexdigest()
        return None if where is None else where / digest[:2] / f"{digest}.bin"

    def _load(self, text: str) -> tuple[Any, str] | None:
        """The program from disk; None if it is not there, or is not what was written."""
        path = self._path(text)
        found = None if path is None else _read(path)
        if path is None or found is None:
            return None
        mark, content = found
        ending = ""
        if mark == MARK:
            program = self._from_binary(content)
        else:
            file, _, ending = content.decode().partition(" ")
            place = path.parent.parent / file[:2] / f"{file}.bin"
            program = self.shared.get(place)
            if program is None:
                whole = _read(place)
                program = self._from_binary(whole[1]) if whole is not None else None
                self.shared[place] = program
        if program is None:
            return None
        self.loaded += 1
        return program, ending

    def _from_binary(self, binary: bytes) -> Any:
        cl = drivers.load_pyopencl()
        try:
            program = cl.Program(self.context, [self.device], [binary])
            with _unwarned():
                program.build(options=self.options)
        except cl.Error:  # of a driver that changed and kept its version
            return None
        return program

    def _build_together(self, texts: Sequence[tuple[str, str]]) -> None:
        """Compile texts as one program. If that is refused they are left, to be tried alone."""
        if len(texts) < 2:
            return
        renamed = [_renamed(text, number) for number, (text, _) in enumerate(texts)]
        whole = "\n".join(renamed)
        try:
            program = self._compiled(whole)
        except drivers.load_pyopencl().Error:
            return
        self.built += len(texts)
        path = self._keep(whole, program)
        for number, (text, _) in enumerate(texts):
            self.programs[text] = program, f"_{number}"
            own = self._path(text)
            if path is not None and own is not None:
                _write(own, ELSEWHERE, f"{path.stem} _{number}".encode())

    def _compiled(self, text: str) -> Any:
        with _unwarned():
            program = drivers.load_pyopencl().Program(self.context, text)
            return program.build(options=self.options, cache_dir=False)

    def _build(self, text: str, name: str) -> Any:
        try:
            program = self._compiled(text)
        except drivers.load_pyopencl().Error as error:
            asked = os.environ.get(OPTIONS)
            blame = (
                f"It was compiled with {OPTIONS}={asked}: try without."
                if asked
                else "This is a fault of plugtorch or of the driver."
            )
            raise KernelError(
                f"[opencl] {self.identity.splitlines()[0]} refuses the kernel {name}: {error}\n"
                f"{blame} The kernel's text:\n{text}"
            ) from error
        self.built += 1
        self._keep(text, program)
        return program

    def _keep(self, text: str, program: Any) -> Path | None:
        """The file that a program was written to."""
        path = self._path(text)
        if path is None:
            return None
        cl = drivers.load_pyopencl()
        try:
            binary = bytes(program.get_info(cl.program_info.BINARIES)[0])
        except cl.Error:
            return None
        return path if _write(path, MARK, binary) else None


def _read(path: Path) -> tuple[bytes, bytes] | None:
    """A file's mark and what follows; None if it is not there, or damaged."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    end = len(MARK)
    mark, checksum, rest = content[:end], content[end : end + 32], content[end + 32 :]
    if mark not in (MARK, ELSEWHERE) or checksum != _checksum(path, rest):
        return None
    return mark, rest


def _write(path: Path, mark: bytes, content: bytes) -> bool:
    """Write a file at once, or leave it; whether it could be."""
    name = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(mark + _checksum(path, content) + content)
        os.replace(name, path)
    except OSError:  # a full disk, a folder that may not be written: next time it is compiled
        if name is not None:
            with suppress(OSError):
                os.unlink(name)
        return False
    return True


def _may_share(text: str) -> bool:
    """Whether it has nothing at its top but that pragma, and functions."""
    return text.startswith(SHARING) and "#define" not in text and "\nconstant " not in text


_FUNCTION = re.compile(r"^(?!kernel\b)[a-z][\w \*]*?(\w+)\(", re.MULTILINE)


def _renamed(text: str, number: int) -> str:
    """The text, with a number behind the name of each of its functions.

    >>> print(_renamed("float f(float x)\\n{\\n    return g(x) + f(x);\\n}", 3))
    float f_3(float x)
    {
        return g(x) + f_3(x);
    }
    """
    names = dict.fromkeys(_FUNCTION.findall(text))
    if not names:
        return text
    pattern = re.compile(rf"\b({'|'.join(names)})\b")
    return pattern.sub(rf"\1_{number}", text)
