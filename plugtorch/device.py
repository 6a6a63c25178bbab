"""Devices by name, opened on first use.

A device is a name until the first tensor is put there; only then is its backend imported (through
the registry) and opened. ``"cpu"`` is the NumPy backend.
"""

from __future__ import annotations

import threading
from typing import Any

from plugtorch import registry
from plugtorch.backend import Backend
from plugtorch.errors import DeviceError


class device:  # noqa: N801 - PyTorch's name
    """Where a tensor lives: ``device("cpu")``, ``device("opencl:1")``, ``device("opencl", 1)``.

    Raises DeviceError for a text that is not a device name. Whether the device exists is found out
    when a tensor is first put there.

    >>> import plugtorch
    >>> plugtorch.device("opencl:1").index
    1
    """

    __slots__ = ("type", "index")

    type: str
    index: int | None

    def __init__(self, name: str | device, index: int | None = None) -> None:
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
        parts = kind.split(":")  # one, or two in ``distribution:kind``
        twice = (index is not None and number) or parts[-1].isdecimal()
        if twice or not all(parts) or len(parts) > 2:
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
_default = device("cpu")
_opened: dict[tuple[str, int | None], Backend] = {}
_lock = threading.RLock()


def get_default_device() -> device:
    """The device of new tensors: the CPU unless changed."""
    return _defaults.stack[-1] if _defaults.stack else _default


def set_default_device(where: device | str | None) -> None:
    """Put new tensors on ``where``; None means the CPU again."""
    global _default
    _default = device("cpu" if where is None else where)


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


def _open(where: device) -> Backend:
    entry, kind = registry.lookup("backend", where.type)  # imports plugins: not with our lock held
    with _lock:
        key = (where.type, where.index)
        if key in _opened:
            return _opened[key]
        number = where.index or 0
        canonical = (entry, number)
        if canonical not in _opened:
            seen = kind.devices()
            if number >= len(seen):
                names = (
                    ", ".join(f"{entry}:{i} {info.name}" for i, info in enumerate(seen)) or "none"
                )
                raise DeviceError(
                    f"[device] there is no device {where}: {len(seen)} can be seen ({names}). "
                    "`plugtorch devices` lists them."
                )
            backend = kind(number)
            single = len(seen) == 1 and entry == "cpu"
            backend.device = device(entry) if single else device(entry, number)
            _opened[canonical] = backend
        _opened[key] = _opened[canonical]
        return _opened[key]
