"""What the compositions have in common: refusing the wrong dtype, writing a result in place, half
precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.dtypes import dtype, float32
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.storage import TensorBase


class UnfitModeError(ArgumentError, NotImplementedError):
    """A mode that is for another number of axes."""


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


def per_axis(name: str, what: str, given: Any, axes: int, least: int = 1) -> tuple[int, ...]:
    """A number for each of ``axes`` spatial axes, from one for all or a sequence of them."""
    listed = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    if len(listed) == 1:
        listed *= axes
    try:
        sizes = tuple([n.__index__() for n in listed])
    except AttributeError:
        raise DTypeError(f"[{name}] {what} must be whole numbers, got {given!r}.") from None
    if len(sizes) != axes or min(sizes) < least:
        raise ArgumentError(
            f"[{name}] {what} is {given!r}, needed one number or {axes}, at least {least}."
        )
    return sizes
