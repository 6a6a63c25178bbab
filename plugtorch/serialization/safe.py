"""Which classes and functions a file may name beyond those that plugtorch knows.

A file never makes anything be imported, and names only what was allowed here. Whatever is allowed
may be called with what the file says, so allow only what does no harm with any arguments.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from plugtorch import registry
from plugtorch.errors import ArgumentError
from plugtorch.module import Module

Global = Callable[..., Any] | tuple[Callable[..., Any], str]

_NEVER = {"builtins", "importlib", "nt", "os", "posix", "pickle", "runpy", "subprocess", "sys"}
_HARMLESS = {"complex", "frozenset", "set"}  # of builtins
_allowed: dict[str, Any] = {}


def _named(given: Global) -> tuple[str, Any]:
    if isinstance(given, tuple):
        if len(given) != 2 or not callable(given[0]) or not isinstance(given[1], str):
            raise ArgumentError(
                f"[safe_globals] needs a class or function, or one and its dotted name, got "
                f"{given!r}."
            )
        return given[1], given[0]
    if not hasattr(given, "__qualname__") or not callable(given):
        raise ArgumentError(f"[safe_globals] needs classes and functions, got {given!r}.")
    return f"{given.__module__}.{given.__qualname__}", given


def harmful(module: str, name: str) -> bool:
    """Whether something is never allowed, because calling it can do harm."""
    return module.partition(".")[0] in _NEVER and name not in _HARMLESS


def add_safe_globals(safe_globals: Iterable[Global]) -> None:
    """Allow files to name these classes and functions: modules of your own, say.

    safe_globals: classes, functions, or pairs of one and the dotted name it has in the file.

    Raises ArgumentError for functions of os, sys, subprocess and the like, which are never allowed.

    >>> import io, plugtorch
    >>> class Net(plugtorch.nn.Module):
    ...     pass
    >>> file = io.BytesIO()
    >>> plugtorch.save(Net(), file)
    >>> _ = file.seek(0)
    >>> with plugtorch.serialization.safe_globals([Net]):
    ...     plugtorch.load(file)
    Net()

    Source: torch.serialization.add_safe_globals.
    """
    new = dict(map(_named, safe_globals))
    for name, given in new.items():
        if harmful(getattr(given, "__module__", None) or "", name.rpartition(".")[2]):
            raise ArgumentError(
                f"[safe_globals] {name} can do harm: it is never allowed in a file."
            )
    _allowed.update(new)


def get_safe_globals() -> list[Any]:
    """What is allowed now. Source: torch.serialization.get_safe_globals."""
    return list(_allowed.values())


def clear_safe_globals() -> None:
    """Allow nothing more than plugtorch's own. Source: torch.serialization.clear_safe_globals."""
    _allowed.clear()


class safe_globals:  # noqa: N801 - PyTorch's name
    """``with safe_globals([Net]):`` allows them inside. As torch.serialization.safe_globals."""

    def __init__(self, safe_globals: Iterable[Global]) -> None:
        self._given = list(safe_globals)

    def __enter__(self) -> None:
        self._before = dict(_allowed)
        add_safe_globals(self._given)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _allowed.clear()
        _allowed.update(self._before)


def allowed(name: str) -> Any:
    """What ``module.Name`` was allowed as, or None."""
    return _allowed.get(name)


def is_allowed(kind: type) -> bool:
    """Whether a class was allowed, under whatever name."""
    return any(kind is given for given in _allowed.values())


def module_class(name: str, trusting: bool) -> type[Module] | None:
    """The class of modules that a file calls ``package.module:Name``, or None if it may not.

    It may if it was allowed, if it is a layer of plugtorch's or an installed loss; with trusting,
    also if the program has imported it. Nothing of anyone else's is imported for it.
    """
    place, _, qualname = name.partition(":")
    found = _allowed.get(f"{place}.{qualname}")
    if found is None and place.startswith("plugtorch.nn."):
        try:
            found = _inside(importlib.import_module(place), qualname)
        except ImportError:
            return None
    if found is None:
        entries = (e for e in registry.entries("loss") if e.spec.target == name)
        found = next((entry.load() for entry in entries), None)
    if found is None and trusting and place in sys.modules:
        found = _inside(sys.modules[place], qualname)
    return found if isinstance(found, type) and issubclass(found, Module) else None


def _inside(module: Any, qualname: str) -> Any:
    """What is called so in a module, without asking anything that might compute an answer."""
    found = module
    for part in qualname.split("."):
        found = vars(found).get(part) if hasattr(found, "__dict__") else None
    return found
