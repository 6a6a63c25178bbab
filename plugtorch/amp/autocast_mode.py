"""The context in which functions choose their precision, and what asks about it."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from plugtorch import registry
from plugtorch.autocasting import dtype_for, enable, state
from plugtorch.device import stands_for
from plugtorch.dtypes import bfloat16, float16, float64
from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ArgumentError, DeviceError, DTypeError
from plugtorch.tensor import Tensor

__all__ = [
    "autocast",
    "clear_autocast_cache",
    "custom_bwd",
    "custom_fwd",
    "get_autocast_cpu_dtype",
    "get_autocast_dtype",
    "is_autocast_available",
    "is_autocast_cache_enabled",
    "is_autocast_cpu_enabled",
    "is_autocast_enabled",
    "set_autocast_cache_enabled",
    "set_autocast_cpu_dtype",
    "set_autocast_cpu_enabled",
    "set_autocast_dtype",
    "set_autocast_enabled",
]


def is_autocast_available(device_type: str) -> bool:
    """Whether there may be devices of that type. Source: torch.amp.is_autocast_available.

    >>> import plugtorch
    >>> plugtorch.amp.is_autocast_available("opencl"), plugtorch.amp.is_autocast_available("odd")
    (True, False)
    """
    return device_type == "cuda" or device_type in registry.names("backend")


def _known(device_type: Any) -> str:
    if not isinstance(device_type, str):
        raise ArgumentError(
            "[autocast] device_type must be a name such as 'cpu', got "
            f"{type(device_type).__name__}."
        )
    if not is_autocast_available(device_type):
        raise DeviceError(
            f"[autocast] there are no devices of type {device_type!r}. It is the type of "
            "tensor.device that is meant: 'cpu', 'opencl'."
        )
    stand_in = stands_for(device_type)
    return device_type if stand_in is None else stand_in.type


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Whether autocast is on for devices of a type, in this thread. Source:
    torch.is_autocast_enabled.
    """
    return _known(device_type) in state.enabled and not state.suspended


def set_autocast_enabled(device_type: str | bool, enabled: bool | None = None) -> None:
    """Switch autocast for devices of a type, in this thread. ``autocast`` does it for a while.

    Source: torch.set_autocast_enabled.
    """
    if enabled is None:  # PyTorch's older way
        device_type, enabled = "cuda", bool(device_type)
    enable(_known(device_type), enabled)


def get_autocast_dtype(device_type: str) -> DType:
    """The 16-bit dtype for devices of a type: bfloat16 on the CPU, float16 elsewhere, unless set.

    Source: torch.get_autocast_dtype.
    """
    return dtype_for(_known(device_type))


def set_autocast_dtype(device_type: str, dtype: DType) -> None:
    """Set it, in this thread. Source: torch.set_autocast_dtype."""
    state.dtypes[_known(device_type)] = dtype


def is_autocast_cpu_enabled() -> bool:
    """Source: torch.is_autocast_cpu_enabled."""
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """Source: torch.set_autocast_cpu_enabled."""
    enable("cpu", enabled)


def get_autocast_cpu_dtype() -> DType:
    """Source: torch.get_autocast_cpu_dtype."""
    return dtype_for("cpu")


def set_autocast_cpu_dtype(dtype: DType) -> None:
    """Source: torch.set_autocast_cpu_dtype."""
    set_autocast_dtype("cpu", dtype)


def is_autocast_cache_enabled() -> bool:
    """Whether parameters are cast once only. Source: torch.is_autocast_cache_enabled."""
    return state.caching


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Source: torch.set_autocast_cache_enabled."""
    state.caching = enabled


def clear_autocast_cache() -> None:
    """Forget the parameters that were cast. Source: torch.clear_autocast_cache."""
    state.cache.clear()


class autocast:  # noqa: N801 - PyTorch's name
    """Inside, products are in 16 bits, and losses, norms and the like in float32. Also a decorator.

    device_type: for tensors on which devices, "cpu" or "opencl". dtype: bfloat16 or float16; None
    for what is set, see ``get_autocast_dtype``. enabled: False switches it off inside another.
    cache_enabled: whether parameters are cast once, and not for every use.

    For "cuda", of which there are none, and for another dtype it warns and does nothing, as in
    PyTorch. Raises DeviceError for a type of device that nobody offers.

    >>> import plugtorch
    >>> x, layer = plugtorch.ones(2, 3), plugtorch.nn.Linear(3, 1)
    >>> with plugtorch.autocast("cpu"):
    ...     y = layer(x)
    ...     loss = plugtorch.nn.functional.mse_loss(y, plugtorch.zeros(2, 1))
    >>> y.dtype, loss.dtype
    (plugtorch.bfloat16, plugtorch.float32)

    As torch.autocast.
    """

    def __init__(
        self,
        device_type: str,
        dtype: DType | None = None,
        enabled: bool = True,
        cache_enabled: bool | None = None,
    ) -> None:
        self.device = _known(device_type)
        self.fast_dtype = dtype_for(self.device) if dtype is None else dtype
        self._cache_enabled = state.caching if cache_enabled is None else cache_enabled
        if enabled and self.device == "cuda":
            warnings.warn(
                "[autocast] there is no CUDA, so it is off. Give the type of the tensors' device, "
                "'cpu' or 'opencl'.",
                stacklevel=2,
            )
            enabled = False
        elif enabled and self.fast_dtype not in (bfloat16, float16):
            warnings.warn(
                f"[autocast] takes bfloat16 or float16, got {self.fast_dtype}, so it is off.",
                stacklevel=2,
            )
            enabled = False
        self._enabled = enabled
        self._before: list[tuple[bool, DType, bool, bool]] = []

    def __enter__(self) -> autocast:
        kind = self.device
        on = kind in state.enabled
        self._before.append((on, dtype_for(kind), state.caching, state.suspended))
        enable(kind, self._enabled)
        state.dtypes[kind] = self.fast_dtype
        state.caching = self._cache_enabled
        state.suspended = False
        state.depth += 1
        return self

    def __exit__(self, *_: object) -> None:
        state.depth -= 1
        if not state.depth:
            state.cache.clear()
        before, state.dtypes[self.device], state.caching, state.suspended = self._before.pop()
        enable(self.device, before)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, to run inside."""
        if not callable(function):
            raise DTypeError(
                f"[autocast] as a decorator it takes a function, got {type(function).__name__}. "
                "As a context: with autocast(device_type): ..."
            )

        @functools.wraps(function)
        def inside(*args: Any, **options: Any) -> Any:
            with self:
                return function(*args, **options)

        return inside


def custom_fwd(
    fwd: Callable[..., Any] | None = None,
    *,
    device_type: str,
    cast_inputs: DType | None = None,
) -> Any:
    """Decorates ``forward`` of an autograd.Function: its tensors in the dtype cast_inputs, and
    autocast off, where autocast is on. Without cast_inputs it runs as it is called.

    >>> import plugtorch
    >>> class Exp(plugtorch.autograd.Function):
    ...     @staticmethod
    ...     @plugtorch.amp.custom_fwd(device_type="cpu", cast_inputs=plugtorch.float32)
    ...     def forward(ctx, x):
    ...         return x.exp()
    >>> with plugtorch.autocast("cpu"):
    ...     print(Exp.apply(plugtorch.zeros(1, dtype=plugtorch.bfloat16)).dtype)
    plugtorch.float32

    Source: torch.amp.custom_fwd.
    """
    _known(device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)
    forward = fwd

    @functools.wraps(forward)
    def decorated(ctx: Any, *args: Any, **options: Any) -> Any:
        on = is_autocast_enabled(device_type)
        ctx._autocast = on and cast_inputs is None, dtype_for(device_type)
        if not on or cast_inputs is None:
            return forward(ctx, *args, **options)
        with autocast(device_type, enabled=False):
            return forward(
                ctx,
                *_converted(args, device_type, cast_inputs),
                **_converted(options, device_type, cast_inputs),
            )

    return decorated


def custom_bwd(bwd: Callable[..., Any] | None = None, *, device_type: str) -> Any:
    """Decorates ``backward`` of an autograd.Function: it runs with autocast as ``forward`` did,
    which ``custom_fwd`` has noted. Source: torch.amp.custom_bwd.
    """
    _known(device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)
    backward = bwd

    @functools.wraps(backward)
    def decorated(ctx: Any, *args: Any, **options: Any) -> Any:
        enabled, kind = ctx._autocast
        with autocast(device_type, kind, enabled):
            return backward(ctx, *args, **options)

    return decorated


def _converted(value: Any, device_type: str, to: DType) -> Any:
    if isinstance(value, Tensor):
        fits = value.dtype.is_floating_point and value.dtype is not float64
        return value.to(to) if fits and value.device.type == device_type else value
    if isinstance(value, Mapping):
        return {key: _converted(part, device_type, to) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_converted(part, device_type, to) for part in value)
    return value
