"""Finds OpenCL drivers, those that pip installed too, and knows why one cannot be loaded.

pyopencl asks a loader, libOpenCL, for platforms. A platform is a driver's face; a text file
``*.icd`` names the library with the driver. The loader reads one folder of such files, once in the
life of a process: at the first question. What pip installs into an environment is not in that
folder, and its file names a folder of the machine it was built on. So the first question is asked
here, with ``OCL_ICD_VENDORS`` naming a temporary folder of files that are right: the system's and
the environment's. The PoCL that comes with pyopencl is found by pyopencl's own loader in any case.

What was tried: loading a driver's libraries beforehand with RTLD_GLOBAL hides all other drivers,
because each brings an LLVM and they then share one. Each finds its own libraries by itself.
"""

from __future__ import annotations

import ctypes
import functools
import os
import site
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugtorch.errors import DeviceError

INSTALL = 'pip install "plugtorch[opencl]"'
SYSTEM = Path("/etc/OpenCL/vendors")
_lock = threading.RLock()
_process: int | None = None  # that in which drivers were first asked for anything


@dataclass(frozen=True)
class Driver:
    """A driver that is installed.

    source: the file that announces it. library: what the loader opens, a path or a name that the
    system resolves. ours: whether the loader would not find it by itself. problem: why it cannot
    be opened, else empty.
    """

    source: Path
    library: str
    ours: bool
    problem: str = ""


def load_pyopencl() -> Any:
    """The module pyopencl. Raises DeviceError that says what to install."""
    try:
        import pyopencl
    except (ImportError, OSError) as error:  # OSError: its loader cannot be opened, for one
        if isinstance(error, ModuleNotFoundError) and error.name == "pyopencl":
            raise DeviceError(f"[opencl] pyopencl is not installed. Run: {INSTALL}") from None
        text = f"[opencl] pyopencl cannot be imported: {error}. Run: {INSTALL}"
        raise DeviceError(text) from error
    return pyopencl


def platforms() -> Sequence[Any]:
    """Every platform that can be loaded, as pyopencl.Platform. Raises DeviceError without
    pyopencl.
    """
    with _lock:
        return _platforms()


@functools.cache
def _platforms() -> Sequence[Any]:
    global _process
    cl = load_pyopencl()
    _process = os.getpid()
    with shown_to_loader(installed()):
        try:
            return tuple(cl.get_platforms())
        except cl.Error as error:
            if error.code == -1001:  # CL_PLATFORM_NOT_FOUND_KHR: there is none
                return ()
            raise DeviceError(f"[opencl] the drivers cannot be listed: {error}") from error


def same_process() -> None:
    """Raise DeviceError in a process that was forked after drivers had been asked for anything:
    they have threads from then on, which a fork leaves behind. PoCL would be waited for forever.
    """
    if _process is not None and os.getpid() != _process:
        raise DeviceError(
            "[opencl] this process was forked from one that was using the device, or had looked "
            "for devices, and drivers do not survive that. Start workers with multiprocessing's "
            "method 'spawn', or before devices are looked for."
        )


@functools.cache
def installed() -> Sequence[Driver]:
    """Every driver that a file announces, the system's first, each tried.

    Empty where there are no such files (Windows has a registry, macOS a framework), and where the
    user has said by OCL_ICD_VENDORS what the loader shall see.
    """
    if sys.platform in ("win32", "darwin") or "OCL_ICD_VENDORS" in os.environ:
        return ()
    system = Path(os.environ.get("OPENCL_VENDOR_PATH") or SYSTEM)
    found: dict[str, Driver] = {}
    for folder, ours in (
        (system, False),
        *((root / "etc/OpenCL/vendors", True) for root in roots()),
    ):
        for source in sorted(folder.glob("*.icd")):
            driver = _read(source, ours)
            if driver is None:
                continue
            name = Path(driver.library).name
            if name not in found or found[name].problem:  # one of each; two of a kind may clash
                found[name] = driver
    return tuple(found.values())


def roots() -> list[Path]:
    """Where pip puts what is not Python: this environment, and the user's own folder."""
    folders = [Path(sys.prefix)]
    if site.ENABLE_USER_SITE:
        folders.append(Path(site.getuserbase()))
    return list(dict.fromkeys(folders))


def _read(source: Path, ours: bool) -> Driver | None:
    """The driver that ``source`` announces; None for one that is not there and was not asked for:
    Intel's package announces an emulator of its FPGAs and does not bring it.
    """
    try:
        library = source.read_text(encoding="utf-8", errors="replace").strip()
    except OSError as error:
        return Driver(source, source.stem, ours, f"{source} cannot be read: {error.strerror}.")
    if not library:
        return Driver(source, source.stem, ours, f"{source} is empty.")
    if ours:
        beside = source.parents[3] / "lib" / Path(library).name
        if not os.path.isabs(library) or not os.path.exists(library):
            if not beside.exists():
                return None
            library = str(beside)
    return Driver(source, library, ours, _trouble(library))


def _trouble(library: str) -> str:
    """What the system says when it opens ``library``, as the loader will; it keeps that to itself.

    Only the system's own rules for finding libraries apply: nothing is made global.
    """
    try:
        ctypes.CDLL(library)
    except OSError as error:
        return f"{error}.{_remedy(str(error))}"
    return ""


def _remedy(text: str) -> str:
    """Which package has a library that is missing, where that is known."""
    missing = text.partition(":")[0]
    if missing.startswith(("libsvml", "libimf", "libirng", "libintlc")):
        return " Run: pip install intel-cmplr-lib-rt"
    if missing.startswith("libtbb"):
        return " Run: pip install tbb"
    return ""


@contextmanager
def shown_to_loader(drivers: Sequence[Driver]) -> Iterator[None]:
    """Have a loader that looks now find ``drivers``, and what it finds anyway."""
    if sys.platform == "win32":
        with _windows():
            yield
        return
    if not any(driver.ours for driver in drivers):
        yield
        return
    with tempfile.TemporaryDirectory(prefix="opencl-vendors-") as folder:
        for number, driver in enumerate(drivers):
            if not driver.problem:
                path = Path(folder, f"{number:02d}-{driver.source.name}")
                path.write_text(driver.library + "\n", encoding="utf-8")
        with _variable("OCL_ICD_VENDORS", folder):
            yield


@contextmanager
def _windows() -> Iterator[None]:
    """The same for Windows, where OCL_ICD_FILENAMES adds to what the registry lists. Untested."""
    folder = Path(sys.prefix, "Library", "bin")
    library = folder / "intelocl64.dll"
    if not library.exists() or "OCL_ICD_FILENAMES" in os.environ:
        yield
        return
    with (
        getattr(os, "add_dll_directory")(str(folder)),  # noqa: B009 - it is there on Windows only
        _variable("OCL_ICD_FILENAMES", str(library)),
    ):
        yield


@contextmanager
def _variable(name: str, value: str) -> Iterator[None]:
    """An environment variable that is not set, set for a while."""
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
