"""Divisors, mantissas and neighbours of numbers. Names and meaning are PyTorch's."""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

from plugtorch import dtypes
from plugtorch.autograd import Function
from plugtorch.errors import DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.primitive import WHOLE, cast, common_dtype, match, wrap_number
from plugtorch.storage import TensorBase
from plugtorch.tensor.smooth import both

__all__ = ["frexp", "gcd", "lcm", "nextafter"]

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


def nextafter(input: Any, other: Any) -> Any:
    """The number of the dtype next to input on the side of other; other where they are equal.

    >>> import plugtorch
    >>> float(plugtorch.nextafter(plugtorch.tensor(1.0), plugtorch.tensor(2.0)) - 1) == 2.0**-23
    True

    Source: torch.nextafter.
    """
    kind = common_dtype("nextafter", (input, other))
    if not kind.is_floating_point:
        raise DTypeError(f"[nextafter] needs floating-point tensors, got {kind!r}.")
    return _NextAfter.apply(*both("nextafter", input, other))


class _NextAfter(Function):
    """A step whose slope is that of input, or of other where it is other."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x == y)
        return _next(x, y)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (equal,) = ctx.saved_tensors
        return ops.where.apply(equal, 0.0, gradient), ops.where.apply(equal, gradient, 0.0)


def _next(x: Any, y: Any) -> Any:
    kind, limits = x.dtype, dtypes.finfo(x.dtype)
    if not kind.wide:
        x, y = cast(x, dtypes.float32), cast(y, dtypes.float32)
    size = ops.absolute.apply(x)
    # 2^k, all of the size or half of it; rounding may make it twice that
    ends = [float(math.frexp(end)[1] - 1) for end in (limits.tiny, limits.max)]
    exponent = ops.floor.apply(ops.log2.apply(size))
    power = ops.exp2.apply(ops.minimum.apply(ops.maximum.apply(exponent, ends[0]), ends[1]))
    # 0.6 of the distance, or of twice the distance, is rounded to all of it: half would be a tie
    step = ops.where.apply(
        size > power * 1.9, power * (limits.eps * 1.2), power * (limits.eps * 0.6)
    )
    moved = x + ops.where.apply(y > x, step, -step)
    moved = ops.where.apply(ops.isinf.apply(x), ops.sign.apply(x) * limits.max, moved)
    smallest = limits.eps * limits.tiny
    moved = ops.where.apply(x == 0, ops.sign.apply(y) * smallest, moved)
    missing = ops.isnan.apply(x) | ops.isnan.apply(y)
    return cast(ops.where.apply(missing, math.nan, ops.where.apply(x == y, y, moved)), kind)
