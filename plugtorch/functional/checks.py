"""What the compositions have in common: refusing the wrong dtype, writing a result in place, half
precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.dtypes import dtype, float32
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.storage import TensorBase


def floating(name: str, x: Any) -> None:
    """Refuse anything but a floating-point tensor."""
    if not isinstance(x, TensorBase):
        raise DTypeError(
            f"[{name}] needs a tensor, got {type(x).__name__}. Make one with plugtorch.tensor(...)."
        )
    if not x.dtype.is_floating_point:
        raise DTypeError(
            f"[{name}] needs a floating-point tensor, got {x.dtype}. Convert it with .float() "
            "first."
        )


def finish(x: Any, result: Any, inplace: bool) -> Any:
    """``result``, or where an operation is to work in place, x with its values."""
    return x.copy_(result) if inplace else result


def widened(x: Any, compute: Callable[[Any], Any]) -> Any:
    """``compute(x)``, for the 16-bit dtypes in float32 and back: their sums lose too much."""
    kind: dtype = x.dtype
    if kind.itemsize > 2:
        return compute(x)
    return compute(x.to(float32)).to(kind)


def probability(name: str, p: float) -> None:
    """Refuse a number that is no probability."""
    if not 0.0 <= p <= 1.0:
        raise ArgumentError(f"[{name}] p is a probability, from 0 to 1; got {p}.")
