"""``compile``: nothing to do. Devices that can fuse operations into kernels always do."""

from __future__ import annotations

from typing import Any

__all__ = ["compile", "disable", "is_compiling", "reset"]


def compile(
    model: Any = None,
    *,
    fullgraph: bool = False,
    dynamic: bool | None = None,
    backend: Any = "inductor",
    mode: str | None = None,
    options: Any = None,
    disable: bool = False,
) -> Any:
    """The function or module itself; with options only, a decorator that gives it back.

    >>> import plugtorch
    >>> @plugtorch.compile(mode="max-autotune")
    ... def double(x):
    ...     return 2 * x
    >>> double(3)
    6

    Source: torch.compile.
    """
    return model if model is not None else lambda model: model


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """The function itself; nothing is compiled anyway. Source: torch.compiler.disable."""
    return fn if fn is not None else lambda fn: fn


def is_compiling() -> bool:
    """False: what runs is what was written. Source: torch.compiler.is_compiling."""
    return False


def reset() -> None:
    """Do nothing: there is nothing to forget. Source: torch.compiler.reset."""
