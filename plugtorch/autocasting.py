"""Mixed precision: inside ``autocast`` some functions take 16-bit tensors, and some float32.

A function says so where it is written:

    @autocasts(LOWER)
    def matmul(input, other): ...

Outside ``autocast`` that costs one look at a flag. Inside, floating-point arguments on a device for
which it is on are cast, and the function then runs as if it were off, so that what it is composed
of is not cast again. The lists are PyTorch's: the processor's on ``cpu``, which widens little, and
those for graphics cards on every other device. float64 is left as it is.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from plugtorch.dtypes import bfloat16, dtype, float16, float32, float64
from plugtorch.graph import mode
from plugtorch.primitive import cast
from plugtorch.storage import TensorBase

Function = TypeVar("Function", bound=Callable[..., Any])
Policies = tuple[str | None, str | None]  # on the processor, elsewhere

LOWER = "lower"  # 16 bits: products, which are much faster in it
FLOAT32 = "float32"  # what would lose too much, or overflow
WIDENED = "widened"  # likewise, by the function's own argument dtype
WIDEST = "widest"  # float32 if one of the arguments is, else 16 bits
AS_IT_IS = "as it is"  # nothing is cast, inside neither


class _Anywhere:
    """Whether autocast is on for some device in some thread: the flag that every call looks at."""

    __slots__ = ("on", "users", "lock")

    def __init__(self) -> None:
        self.on = False
        self.users = 0
        self.lock = threading.Lock()

    def add(self, count: int) -> None:
        """So many threads and devices more."""
        with self.lock:
            self.users += count
            self.on = self.users > 0


class _State(threading.local):
    """What a thread has set, and the parameters that it has cast."""

    def __init__(self) -> None:
        self.enabled: frozenset[str] = frozenset()  # types of devices
        self.dtypes: dict[str, dtype] = {"cpu": bfloat16}
        self.suspended = False
        self.caching = True
        self.cache: dict[tuple[int, dtype, bool], tuple[Any, int, Any]] = {}
        self.depth = 0


_anywhere = _Anywhere()
state = _State()


def enable(kind: str, enabled: bool) -> None:
    """Switch autocast for devices of a type, in this thread."""
    now = state.enabled | {kind} if enabled else state.enabled - {kind}
    _anywhere.add(len(now) - len(state.enabled))
    state.enabled = now


def dtype_for(kind: str) -> dtype:
    """The 16-bit dtype for devices of a type."""
    return state.dtypes.get(kind, float16)


class suspended:  # noqa: N801 - a context manager
    """With autocast off in this thread, whatever it is for any device."""

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = state.suspended
        state.suspended = True

    def __exit__(self, *_: object) -> None:
        state.suspended = self.before


def autocasts(
    both: str | None = None, *, cpu: str | None = None, elsewhere: str | None = None
) -> Callable[[Function], Function]:
    """Say how a function takes its tensors inside ``autocast``, on the processor and elsewhere."""
    policies = cpu or both, elsewhere or both

    def declare(function: Function) -> Function:
        maker = _WITH_NAMES.get(_names(function), _with_any)
        return functools.wraps(function)(maker(function, policies))  # type: ignore[return-value]

    return declare


def _names(function: Callable[..., Any]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _with_any(function: Callable[..., Any], policies: Policies) -> Callable[..., Any]:
    def dispatched(*args: Any, **options: Any) -> Any:
        if _anywhere.on:
            return _call(function, policies, args, options)
        return function(*args, **options)

    return dispatched


def _with_x(function: Callable[..., Any], policies: Policies) -> Callable[..., Any]:
    def dispatched(x: Any) -> Any:
        return _call(function, policies, (x,), {}) if _anywhere.on else function(x)

    return dispatched


def _with_other(function: Callable[..., Any], policies: Policies) -> Callable[..., Any]:
    def dispatched(input: Any, other: Any) -> Any:
        if _anywhere.on:
            return _call(function, policies, (input, other), {})
        return function(input, other)

    return dispatched


# the smallest operations are called without packing and unpacking their arguments
_WITH_NAMES = {("x",): _with_x, ("input", "other"): _with_other}


def _call(
    function: Callable[..., Any],
    policies: Policies,
    args: tuple[Any, ...],
    options: dict[str, Any],
) -> Any:
    if state.suspended or not state.enabled:
        return function(*args, **options)
    kinds = [t.storage.backend.device.type for t in _tensors((*args, *options.values()))]
    kind = next((k for k in kinds if k in state.enabled), None)
    policy = None if kind is None else policies[kind != "cpu"]
    if kind is None or policy is None:
        return function(*args, **options)
    if policy == WIDENED:
        first = _tensors((*args, *options.values()))[0]
        given = options.get("dtype") is not None or any(isinstance(a, dtype) for a in args)
        if _eligible(first, kind) and not given:
            options["dtype"] = float32
    elif policy != AS_IT_IS:
        to = dtype_for(kind) if policy == LOWER else float32
        if policy == WIDEST and not any(
            t.dtype is float32 and _eligible(t, kind) for t in _tensors((*args, *options.values()))
        ):
            to = dtype_for(kind)
        args = tuple(_cast(value, kind, to) for value in args)
        options = {name: _cast(value, kind, to) for name, value in options.items()}
    with suspended():
        return function(*args, **options)


def _tensors(values: Sequence[Any]) -> list[Any]:
    found: list[Any] = []
    for value in values:
        if isinstance(value, TensorBase):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            found += _tensors(value)
    return found


def _eligible(value: Any, kind: str) -> bool:
    return (
        isinstance(value, TensorBase)
        and value.dtype.is_floating_point
        and value.dtype is not float64
        and value.storage.backend.device.type == kind
    )


def _cast(value: Any, kind: str, to: dtype) -> Any:
    if isinstance(value, (list, tuple)):
        parts = [_cast(part, kind, to) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else type(value)(parts)
    if not _eligible(value, kind) or value.dtype is to:
        return value
    leaf = value.tracked and value.node is None and value.through is None
    if not (leaf and state.caching and state.depth) or to is float32:
        return cast(value, to)
    # a parameter is used by every call of its layer; one made without a graph is no use with one
    key, version = (id(value), to, mode.enabled), value.storage.version
    known = state.cache.get(key)
    if known is None or known[0] is not value or known[1] != version:
        known = state.cache[key] = (value, version, cast(value, to))
    return known[2]
