"""Devices by name, opened on first use.

A device is a name until the first tensor is put there; only then is its backend imported (through
the registry) and opened. ``"cpu"`` is the NumPy backend.

Of the devices that a backend lists, ``opencl:1`` is the second, and ``opencl:intel`` the first
usable one whose name, vendor, driver or kind contains that text. ``opencl`` alone is what the
environment variable PLUGTORCH_OPENCL_DEVICE says, an index or a text, and else the first usable
one.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from plugtorch import debug, registry
from plugtorch.backend import Backend, DeviceInfo
from plugtorch.errors import DeviceError, PluginError, UnknownNameError


class device:  # noqa: N801 - PyTorch's name
    """Where a tensor lives: ``device("cpu")``, ``device("opencl:1")``, ``device("opencl", 1)``,
    ``device("opencl:radeon")``. A number alone is an index of the device beside the CPU.

    Raises DeviceError for a text that is not a device name, and for a number where there is only
    the CPU. Whether the device exists is found out
    when a tensor is first put there; the device of a tensor is always one with an index.

    >>> import plugtorch
    >>> plugtorch.device("opencl:1").index
    1
    """

    __slots__ = ("type", "index")

    type: str
    index: int | None

    def __init__(self, name: str | device | int, index: int | None = None) -> None:
        if type(name) is int and index is None:
            self.type, self.index = _kind_of(name), name
            return
        if isinstance(name, device):
            self.type, self.index = name.type, name.index if index is None else index
            return
        if not isinstance(name, str):
            raise DeviceError(
                f"[device] needs a name such as 'cpu' or 'opencl:0', got {name!r} "
                f"of type {type(name).__name__}."
            )
        kind, _, number = name.rpartition(":")
        if not kind or not number.isdecimal():
            kind, number = name, ""
        parts = kind.split(":")  # ``distribution:kind:part of the device's name``, the middle sure
        twice = (index is not None and number) or parts[-1].isdecimal()
        if twice or not all(parts) or len(parts) > 3:
            raise DeviceError(
                f"[device] cannot read {name!r}{'' if index is None else f' with index {index}'}: "
                "write 'cpu' or 'opencl:0', the number once. `plugtorch devices` lists them."
            )
        self.type = kind
        self.index = int(number) if number else index

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self) -> str:
        if self.index is None:
            return f"device(type={self.type!r})"
        return f"device(type={self.type!r}, index={self.index})"

    def __reduce__(self) -> tuple[Any, tuple[str, int | None]]:
        return device, (self.type, self.index)

    def __enter__(self) -> device:
        """``with plugtorch.device("opencl"):`` makes it the device of new tensors."""
        _defaults.stack.append(self)
        return self

    def __exit__(self, *_: object) -> None:
        _defaults.stack.pop()


class _Defaults(threading.local):
    def __init__(self) -> None:
        self.stack: list[device] = []


_defaults = _Defaults()
_CPU = device("cpu")
_default: device | None = None  # what set_default_device was given
_opened: dict[tuple[str, int | None], Backend] = {}
_told: list[Callable[[Backend], None]] = []
_stand_ins: dict[str, device] = {}
_meeting: device | None = None  # what gather_on was given
_lock = threading.RLock()


def get_default_device() -> device:
    """The device of new tensors: the CPU unless changed."""
    return chosen_default() or _CPU


def chosen_default() -> device | None:
    """The device of new tensors if somebody has chosen one, the CPU too; else None."""
    return _defaults.stack[-1] if _defaults.stack else _default


def beside_cpu() -> device | None:
    """The default device if one was chosen, else the first that can be used; no CPU."""
    chosen = chosen_default()
    if chosen is not None:
        return None if chosen.type == "cpu" else chosen
    name = _first()
    return None if name is None else device(name)


@functools.cache
def _first() -> str | None:
    for entry in registry.entries("backend"):
        if entry.name != "cpu" and usable(entry.name):
            return entry.name
    return None


def usable(name: str) -> list[int]:
    """The indices of a backend's devices that can be used; none if the backend is broken."""
    try:
        seen = registry.get("backend", name).devices()
    except PluginError:
        return []
    return [i for i, info in enumerate(seen) if not info.problem]


def _kind_of(index: int) -> str:
    """The kind of device that a number alone means: what stands in for CUDA, or is beside the CPU.

    Raises DeviceError if there is none, or the number is negative.
    """
    here = device("cuda") if stands_for("cuda") else beside_cpu()
    if here is None or index < 0:
        why = "is negative" if index < 0 else "would be beside the CPU, and there is none"
        raise DeviceError(
            f"[device] the device with index {index} {why}. Use a name such as 'cpu'."
        )
    return here.type if here.type in _stand_ins else open_device(here).device.type


def set_default_device(where: device | str | None) -> None:
    """Put new tensors on ``where``; None means the CPU again."""
    global _default
    _default = None if where is None else device(where)


def open_device(where: device | str | None = None) -> Backend:
    """The opened backend of a device; the default device for None.

    Raises UnknownNameError for a kind nobody offers, DeviceError for an index that is not there.
    """
    if where is None:
        where = get_default_device()
    elif not isinstance(where, device):
        where = device(where)
    backend = _opened.get((where.type, where.index))
    return backend if backend is not None else _open(where)


def stand_in(kind: str, where: device | str | None) -> None:
    """Let the device ``kind`` mean another one from here on; None: no longer."""
    if where is None:
        _stand_ins.pop(kind, None)
    else:
        _stand_ins[kind] = device(where)


def stands_for(kind: str) -> device | None:
    """The device that stands in for ``kind``, if one does."""
    return _stand_ins.get(kind)


def gather_on(where: device | str | None) -> None:
    """Let tensors on the CPU that meet others on ``where`` follow them there, which is an error
    otherwise; None ends it. For scripts that know of no device: ``torch_alias.install(device)``.
    """
    global _meeting
    _meeting = None if where is None else device(where)


def meeting_place() -> Backend | None:
    """The opened device that tensors on the CPU follow others to, if ``gather_on`` named one."""
    return None if _meeting is None else open_device(_meeting)


def cuda_device(name: str, where: Any) -> device:
    """The device that ``.cuda(where)`` means: None, a number or a device.

    Raises UnknownNameError if none stands in for CUDA.
    """
    if stands_for("cuda") is None:
        raise no_cuda(name)
    return device("cuda", where) if where is None or isinstance(where, int) else device(where)


def _open(where: device) -> Backend:
    if where.type in _stand_ins:
        if where.index:
            raise DeviceError(
                f"[device] there is no device {where}: {_stand_ins[where.type]} stands in for "
                f"{where.type}:0, and there is one."
            )
        return open_device(_stand_ins[where.type])
    entry, kind, text = _resolve(where)  # imports plugins: not with our lock held
    with _lock:
        key = (where.type, where.index)
        if key in _opened:
            return _opened[key]
        seen = kind.devices()
        number = _choose(where, entry, text, seen)
        canonical = (entry, number)
        if canonical not in _opened:
            backend = kind(number)
            single = len(seen) == 1 and entry == "cpu"
            backend.device = device(entry) if single else device(entry, number)
            debug.opened(backend)
            for tell in _told:
                tell(backend)
            _opened[canonical] = backend
        _opened[key] = _opened[canonical]
        return _opened[key]


def tell_of_opened(tell: Callable[[Backend], None]) -> None:
    """Call ``tell`` with every opened device, those there are and, until ``tell_no_more``, those
    to come.
    """
    with _lock:
        for backend in dict.fromkeys(_opened.values()):
            tell(backend)
        _told.append(tell)


def tell_no_more(tell: Callable[[Backend], None]) -> None:
    """End what ``tell_of_opened`` began."""
    with _lock:
        if tell in _told:
            _told.remove(tell)


def _resolve(where: device) -> tuple[str, Any, str]:
    """The backend's name, its class, and the part of a device's name that was given, if one was.

    ``a:b`` is a distribution and its backend where there is such a distribution.
    """
    try:
        return *registry.lookup("backend", where.type), ""
    except UnknownNameError:
        kind, _, text = where.type.rpartition(":")
        try:
            found = registry.lookup("backend", kind) if kind and where.index is None else None
        except UnknownNameError:
            found = None
        if found is None:
            if where.type in _OTHERS:
                raise no_cuda("device", str(where)) from None
            raise
    return *found, text


_OTHERS = ("cuda", "hip", "mps", "xpu", "xla")  # PyTorch's


def no_cuda(name: str, asked: str = "cuda") -> UnknownNameError:
    """The error for one of PyTorch's devices, which has another name here."""
    return UnknownNameError(
        f"[{name}] there is no device {asked!r} here. Use "
        "plugtorch.accelerator.current_accelerator() or 'cpu'; graphics cards, NVIDIA's too, are "
        "'opencl'. `plugtorch devices` lists them."
    )


def _choose(where: device, entry: str, text: str, seen: Sequence[DeviceInfo]) -> int:
    """The index of the device that is meant. Raises DeviceError if there is none to use."""
    index, asked = where.index, str(where)
    if index is None and not text:
        variable = f"PLUGTORCH_{entry.upper().replace('-', '_').replace(':', '_')}_DEVICE"
        text = os.environ.get(variable, "").strip()
        if text:
            asked = f"{where} with {variable}={text}"
        if text.isdecimal():
            index = int(text)
    usable = [i for i, info in enumerate(seen) if not info.problem]
    if index is None:
        named = [
            number
            for number, info in enumerate(seen)
            if text.lower() in f"{info.name} {info.vendor} {info.driver} {info.kind}".lower()
        ]
        index = next(
            (n for n in named if not seen[n].problem), named[0] if text and named else None
        )
    if index is not None and index < len(seen):
        if seen[index].problem:
            raise DeviceError(
                f"[device] {asked}, {seen[index].name}, cannot be used: {seen[index].problem}"
            )
        return index
    if not usable and (problems := [f"{info.name}: {info.problem}" for info in seen]):
        raise DeviceError(f"[device] there is no device {asked}. {' '.join(problems)}")
    names = ", ".join(f"{entry}:{i} {seen[i].name} ({seen[i].driver})" for i in usable) or "none"
    raise DeviceError(
        f"[device] there is no device {asked}: {len(usable)} can be used ({names}). "
        "`plugtorch devices` lists them."
    )
