"""The normal distribution and Bessel functions, element by element. Names and meaning are PyTorch's
(torch.special). See ``gamma.py`` for how they are made.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch.ops import elementwise as ops
from plugtorch.primitive import FLOAT, match
from plugtorch.tensor.functions import erf, erfc, exp, log, log1p
from plugtorch.tensor.smooth import both, smooth

__all__ = ["erfinv", "i0"]

_where = ops.where.apply
ROOT_2 = math.sqrt(2)


# -- the normal distribution -----------------------------------------------------------------------


@smooth(lambda y: exp(ops.square.apply(erfinv(y))) * (math.sqrt(math.pi) / 2))
def erfinv(input: Any) -> Any:
    """x with erf x = input. Source: torch.erfinv."""
    size = ops.absolute.apply(input)
    x = _tail(1 - size)
    value = _where(input < 0, -x, x)
    value = _where(size == 1, input * math.inf, value)
    return _where(size > 1, math.nan, _where(input == 0, input, value))


def _tail(t: Any) -> Any:
    """x >= 0 with erfc x = t, for t from 0 to 1: Winitzki's guess, then Halley's method."""
    t = _where(t <= 0, 1.0, t)
    logarithm = log(t * (2 - t))
    a = 0.147
    half = 2 / (math.pi * a) + logarithm * 0.5
    x = ops.sqrt.apply(ops.maximum.apply(ops.sqrt.apply(half * half - logarithm / a) - half, 0.0))
    for _ in range(3):
        # near 0 the difference from erf is exact, further out that from erfc
        gap = _where(t > 0.5, (1 - t) - erf(x), erfc(x) - t)
        step = gap * exp(x * x) * (math.sqrt(math.pi) / 2)
        x = x + step / (1 + x * step)
    return x


@smooth(lambda p: exp(ops.square.apply(ndtri(p)) * 0.5) * math.sqrt(2 * math.pi))
def ndtri(input: Any) -> Any:
    """x below which a standard normal number lies with probability input. Source:
    torch.special.ndtri.
    """
    low = input < 0.5
    nearer = _where(low, input, 1 - input)
    x = _tail(nearer * 2) * ROOT_2
    value = _where(low, -x, x)
    value = _where(input == 0, -math.inf, _where(input == 1, math.inf, value))
    return _where((input < 0) | (input > 1), math.nan, value)


def ndtr(input: Any) -> Any:
    """The probability of a standard normal number below input. Source: torch.special.ndtr."""
    (x,) = match("ndtr", (input,), FLOAT)
    return erfc(x * (-1 / ROOT_2)) * 0.5


@smooth(lambda x: 2 * x * erfcx(x) - 2 / math.sqrt(math.pi))
def erfcx(input: Any) -> Any:
    """e^(x^2) erfc x, which does not vanish. Source: torch.special.erfcx."""
    far = 5.0 if input.dtype.itemsize == 4 else 10.0
    beyond = input > far
    near = _where(beyond, 0.0, input)
    value = exp(near * near) * erfc(near)
    x = _where(beyond, input, far)
    inverse = 1 / (2 * x * x)
    total = x * 0 + 1
    for k in range(21, 0, -2):  # 1 - 1/(2x^2) + 1 3/(2x^2)^2 - ...
        total = 1 - inverse * k * total
    return _where(beyond, total / (x * math.sqrt(math.pi)), value)


@smooth(lambda x: math.sqrt(2 / math.pi) / erfcx(x * (-1 / ROOT_2)))
def log_ndtr(input: Any) -> Any:
    """ln of ``ndtr``, also where that vanishes. Source: torch.special.log_ndtr."""
    low = input < -1
    x = _where(low, input, -1.0)
    tail = log(erfcx(x * (-1 / ROOT_2)) * 0.5) - x * x * 0.5
    return _where(low, tail, log1p(erfc(_where(low, 0.0, input) * (1 / ROOT_2)) * -0.5))


@smooth(lambda x: -1 - log(x))
def entr(input: Any) -> Any:
    """-x ln x, 0 at 0 and -infinity below it. Source: torch.special.entr."""
    value = -input * log(_where(input == 0, 1.0, input))
    return _where(input < 0, -math.inf, value)


def xlog1py(input: Any, other: Any) -> Any:
    """input ln(1 + other), 0 where input is 0 (unless other is NaN). Source:
    torch.special.xlog1py.
    """
    x, y = both("xlog1py", input, other)
    zero = (x == 0) & ~ops.isnan.apply(y)
    return x * log1p(_where(zero, 0.0, y))


# -- modified Bessel functions ---------------------------------------------------------------------

BESSEL_FAR = 20.0  # from where the series at infinity is exact


def _bessel(x: Any, order: int) -> Any:
    """e^-|x| I_order(|x|), for the order 0 or 1."""
    size = ops.absolute.apply(x)
    far = size > BESSEL_FAR
    near = _where(far, BESSEL_FAR, size)
    quarter = near * near * 0.25
    total = near * 0 + 1
    for k in range(45, 0, -1):
        total = 1 + total * quarter * (1 / (k * (k + order)))
    close = total * exp(-near) * (near * 0.5 if order else 1.0)
    away = _where(far, size, BESSEL_FAR)
    total = away * 0 + 1
    for k in range(24, 0, -1):
        total = 1 + total * ((2 * k - 1) ** 2 - 4 * order * order) / (8 * k) / away
    return _where(far, total * ops.rsqrt.apply(away * (2 * math.pi)), close)


@smooth(lambda x: i1(x))
def i0(input: Any) -> Any:
    """The modified Bessel function of the first kind, order 0. Source: torch.i0."""
    return _bessel(input, 0) * exp(ops.absolute.apply(input))


@smooth(lambda x: i1e(x) - ops.sign.apply(x) * i0e(x))
def i0e(input: Any) -> Any:
    """e^-|x| i0(x). Source: torch.special.i0e."""
    return _bessel(input, 0)


def _over(x: Any, value: Any) -> Any:
    """value / x, for the order 1: 0.5 at 0."""
    zero = x == 0
    return _where(zero, 0.5, value / _where(zero, 1.0, x))


@smooth(lambda x: i0(x) - _over(x, i1(x)))
def i1(input: Any) -> Any:
    """The modified Bessel function of the first kind, order 1. Source: torch.special.i1."""
    value = _bessel(input, 1) * exp(ops.absolute.apply(input))
    return _where(input < 0, -value, value)


@smooth(lambda x: i0e(x) - ops.sign.apply(x) * i1e(x) - _over(x, i1e(x)))
def i1e(input: Any) -> Any:
    """e^-|x| i1(x). Source: torch.special.i1e."""
    value = _bessel(input, 1)
    return _where(input < 0, -value, value)
