"""``@jit.script`` and its companions give back what they were given: Python runs it.

Tracing, saving and loading TorchScript are left out: its files hold code.
"""

from __future__ import annotations

from typing import Any

from plugtorch import left_out

__all__ = ["export", "ignore", "interface", "is_scripting", "is_tracing", "script", "unused"]


def script(obj: Any, *_: Any, **__: Any) -> Any:
    """The function, class or module itself.

    >>> import plugtorch
    >>> @plugtorch.jit.script
    ... def double(x: plugtorch.Tensor) -> plugtorch.Tensor:
    ...     return 2 * x
    >>> double(plugtorch.ones(1))
    tensor([2.])

    Source: torch.jit.script.
    """
    return obj


def ignore(drop: Any = False, **_: Any) -> Any:
    """The function itself; with options, a decorator. Source: torch.jit.ignore."""
    return drop if callable(drop) else lambda fn: fn


def _same(fn: Any) -> Any:
    """What it was given."""
    return fn


export = unused = interface = _same


def is_scripting() -> bool:
    """False: Python runs everything. Source: torch.jit.is_scripting."""
    return False


is_tracing = is_scripting


def __getattr__(name: str) -> Any:
    raise AttributeError(left_out.message(f"jit.{name}"))
