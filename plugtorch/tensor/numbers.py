"""Divisors, mantissas and neighbours of numbers. Names and meaning are PyTorch's."""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.primitive import WHOLE, cast, match, wrap_number
from plugtorch.storage import TensorBase

__all__ = ["frexp", "gcd", "lcm"]

FrexpResult = namedtuple("frexp", "mantissa exponent")  # type: ignore[name-match]


def _whole_pair(name: str, *operands: Any) -> list[Any]:
    pair = match(name, operands, WHOLE)
    like = next(o for o in pair if isinstance(o, TensorBase))
    if like.dtype is dtypes.bool_:
        raise DTypeError(f"[{name}] does not take bools. Convert with .to() first.")
    return [
        o if isinstance(o, TensorBase) else wrap_number(o, like.storage.backend, like.dtype)
        for o in pair
    ]


def gcd(input: Any, other: Any) -> Any:
    """The greatest common divisor, by Euclid's method; of 0 and x it is |x|.

    >>> import plugtorch
    >>> plugtorch.gcd(plugtorch.tensor([12, 0]), plugtorch.tensor([18, 5]))
    tensor([6, 5])

    Source: torch.gcd.
    """
    x, y = _whole_pair("gcd", input, other)
    x, y = ops.absolute.apply(x) + y * 0, ops.absolute.apply(y) + x * 0
    while bool((y != 0).any()):
        done = y == 0
        rest = ops.remainder.apply(x, ops.where.apply(done, 1, y))
        x, y = ops.where.apply(done, x, y), ops.where.apply(done, 0, rest)
    return x


def lcm(input: Any, other: Any) -> Any:
    """The least common multiple, 0 where either is 0. Source: torch.lcm."""
    x, y = _whole_pair("lcm", input, other)
    divisor = gcd(x, y)
    divisor = ops.where.apply(divisor == 0, 1, divisor)
    return ops.absolute.apply(ops.floor_divide.apply(x, divisor) * y)


def frexp(input: Any) -> Any:
    """(mantissa, exponent): input = mantissa 2^exponent, 0.5 <= |mantissa| < 1. Source:
    torch.frexp.
    """
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[frexp] needs a floating-point tensor, got {input.dtype!r}.")
    x = input.detach()
    plain = (x == 0) | ops.isinf.apply(x) | ops.isnan.apply(x)
    safe = ops.where.apply(plain, 1.0, x)
    exponent = ops.floor.apply(ops.log2.apply(ops.absolute.apply(safe))) + 1
    # in two steps: 2^exponent alone may not be a number of this dtype
    half = ops.floor.apply(exponent * 0.5)
    mantissa = safe / ops.exp2.apply(half) / ops.exp2.apply(exponent - half)
    size = ops.absolute.apply(mantissa)
    exponent = exponent + cast(size >= 1, x.dtype) - cast(size < 0.5, x.dtype)  # log2 is rounded
    exponent = ops.where.apply(plain, 0.0, exponent)
    half = ops.floor.apply(exponent * 0.5)
    scaled = input / ops.exp2.apply(half) / ops.exp2.apply(exponent - half)
    return FrexpResult(scaled, cast(exponent, dtypes.int32))
