"""NumPy without its floating-point warnings, and without touching the user's settings.

1/0 is infinity and 0/0 is NaN here, as in PyTorch, and no cause for a warning. NumPy keeps that
setting in a context variable; each call below runs in a copy of a context in which it is off. That
costs a tenth of ``np.errstate``, and unlike one shared context it may be entered by several threads
at once.
"""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import numpy as np

_context = contextvars.copy_context()
_context.run(np.seterr, all="ignore")
fresh = _context.copy


def quiet(function: Callable[..., Any]) -> Callable[..., Any]:
    """``function`` with floating-point warnings off."""
    count = operands_of(function)
    # passing two arguments on by name is twice as fast as passing *args
    if count == 1:
        return lambda x: fresh().run(function, x)
    if count == 2:
        return lambda x, y: fresh().run(function, x, y)
    if count == 3:
        return lambda x, y, z: fresh().run(function, x, y, z)
    return lambda *args, **kwargs: fresh().run(function, *args, **kwargs)


def quietly(function: Callable[..., Any], x: Any, y: Any) -> Any:
    """function(x, y) with floating-point warnings off."""
    return fresh().run(function, x, y)


def operands_of(function: Any) -> int:
    """How many operands a function takes that has no parameters: operands are called x and y,
    parameters come by name.
    """
    ufunc: int = getattr(function, "nin", 0)
    if ufunc:
        return ufunc
    code: Any = getattr(function, "__code__", None)
    if code is None or code.co_flags & 0x0C:  # a builtin, or one that takes *args or **kwargs
        return 0
    names = code.co_varnames[: code.co_argcount]
    return len(names) if names in (("x",), ("x", "y"), ("x", "y", "z")) else 0
