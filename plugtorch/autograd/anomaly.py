"""``detect_anomaly``: the first derivative that is NaN stops the way back, and is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.errors import AutogradError
from plugtorch.graph import Node

_enabled = _check_nan = False


class set_detect_anomaly:  # noqa: N801 - PyTorch's name
    """``set_detect_anomaly(True)``: from here on a NaN that an operation's derivative gives is an
    AutogradError that names the operation. As a context, until its end.

    check_nan: False looks for none. Every gradient is waited for and looked at, which takes time.

    Source: torch.autograd.set_detect_anomaly.
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        global _enabled, _check_nan
        self._before = _enabled, _check_nan
        _enabled, _check_nan = bool(mode), bool(check_nan)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        global _enabled, _check_nan
        _enabled, _check_nan = self._before


class detect_anomaly(set_detect_anomaly):  # noqa: N801 - PyTorch's name
    """``with detect_anomaly():`` a NaN on the way back is an error that names the operation.

    >>> import plugtorch
    >>> x = plugtorch.zeros(1, requires_grad=True)
    >>> with plugtorch.autograd.detect_anomaly():
    ...     (x.sqrt() * 0).backward()
    Traceback (most recent call last):
    plugtorch.errors.AutogradError: [backward] SqrtBackward gave a gradient with NaN, ...

    Source: torch.autograd.detect_anomaly.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._wanted = check_nan

    def __enter__(self) -> None:
        super().__init__(True, self._wanted)


def is_anomaly_enabled() -> bool:
    """Whether derivatives are watched. Source: torch.is_anomaly_enabled."""
    return _enabled


def is_anomaly_check_nan_enabled() -> bool:
    """Whether NaN is looked for. Source: torch.is_anomaly_check_nan_enabled."""
    return _check_nan


class Watch:
    """Looks at each gradient before it is sent on. node: what gave it, None at the start."""

    def __init__(self, send: Callable[[Any, Any], None]) -> None:
        self._send = send
        self.node: Node | None = None

    def __call__(self, to: Any, gradient: Any) -> None:
        """Send ``gradient`` to ``to``, unless it has NaN. Parts of a Function's pass."""
        if (
            self.node is not None
            and hasattr(gradient, "isnan")
            and bool(gradient.detach().isnan().any())
        ):
            raise AutogradError(
                f"[backward] {self.node.name()} gave a gradient with NaN, of shape "
                f"{tuple(gradient.shape)}. Look at what it was computed from: 0 / 0, the root or "
                "the logarithm of 0, infinity times 0."
            )
        self._send(to, gradient)


def watched(send: Callable[[Any, Any], None]) -> Watch | None:
    """A watch over ``send``, if somebody wants one."""
    return Watch(send) if _enabled and _check_nan else None
