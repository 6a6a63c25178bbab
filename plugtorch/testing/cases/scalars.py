"""What elementwise primitives mean, one Python number at a time, from Python's own ``math``.

Nothing here is NumPy's, so the NumPy backend too is compared with something else. Where a function
has no value it is NaN, where it grows beyond all numbers infinite, as IEEE 754 has it; Python's
exceptions are turned into that.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

inf, nan = math.inf, math.nan
Number = Any  # float, int or bool: whatever the dtype tried has


def total(
    function: Callable[[float], float], special: Mapping[float, float] | None = None
) -> Callable[[float], float]:
    """``function`` for every float: NaN outside of its domain, infinite where it overflows."""
    at = special or {}

    def extended(x: float) -> float:
        if x != x:
            return nan
        if x in at:
            return at[x]
        try:
            return function(x)
        except ValueError:
            return nan
        except OverflowError:
            return inf

    return extended


def odd(function: Callable[[float], float]) -> Callable[[float], float]:
    """A function with f(-x) = -f(x), from its values for x >= 0."""
    return lambda x: math.copysign(function(abs(x)), x)


def divide(x: float, y: float) -> float:
    """x / y."""
    if y != 0:
        return x / y
    return nan if x == 0 or x != x else math.copysign(inf, x) * math.copysign(1.0, y)


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x), without ever forming a large exponential."""
    small = math.exp(-abs(x))
    return (1 if x >= 0 else small) / (1 + small)


def softplus(x: float) -> float:
    """ln(1 + e^x)."""
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def relu(x: Number) -> Number:
    """max(x, 0), NaN for NaN."""
    return x if x > 0 or x != x else type(x)(0)


def gate(x: Number, y: Number) -> Number:
    """x where y is above 0 or NaN, else 0."""
    return type(x)(0) if y <= 0 else x


def sign(x: Number) -> Number:
    """-1, 0 or 1."""
    return (x > 0) - (x < 0)


def whole(function: Callable[[float], int]) -> Callable[[Number], Number]:
    """A way of rounding, for what may be whole, infinite or NaN already."""
    return lambda x: float(function(x)) if isinstance(x, float) and math.isfinite(x) else x


def power(x: Number, y: Number) -> Number:
    """x^y. Of whole numbers only 1 and -1 have whole inverses; those of the others are cut to 0."""
    if isinstance(x, int):
        if y >= 0:
            return x**y
        return x ** (y % 2) if x in (1, -1) else 0
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and y % 2 == 1 else inf
    except ValueError:  # 0 to a negative power, or a root of a negative number
        if x != 0:
            return nan
        return math.copysign(inf, x) if y % 2 == 1 else inf


def maximum(x: Number, y: Number) -> Number:
    """The larger; NaN if either is."""
    return x if x != x or x >= y else y


def minimum(x: Number, y: Number) -> Number:
    """The smaller; NaN if either is."""
    return x if x != x or x <= y else y


def clamp(x: Number, low: Number, high: Number) -> Number:
    """min(max(x, low), high); NaN if any is."""
    return minimum(maximum(x, low), high)


def floor_divide(x: Number, y: Number) -> Number:
    """The largest whole number not above x / y."""
    if y == 0:
        return divide(x, y)
    return nan if math.isinf(x) else x // y


def remainder(x: Number, y: Number) -> Number:
    """x - y floor(x / y)."""
    return nan if y == 0 or math.isinf(x) else x % y


def fmod(x: Number, y: Number) -> Number:
    """x - y trunc(x / y)."""
    if isinstance(x, int):
        return sign(x) * (abs(x) % abs(y))
    return nan if y == 0 or math.isinf(x) else math.fmod(x, y)
