"""Bessel functions of the orders 0 and 1, element by element. Names and meaning are PyTorch's
(torch.special); derivatives, which PyTorch does not have of them, are given too.

Near 0 they are integrals over a circle, for which the trapezoidal rule is exact, and further out
series at infinity (Abramowitz and Stegun, chapter 9).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from plugtorch.ops import elementwise as ops
from plugtorch.tensor.functions import cos, exp, log, sin
from plugtorch.tensor.smooth import smooth
from plugtorch.tensor.special import i0, i1

__all__: list[str] = []

_where = ops.where.apply
EULER = 0.57721566490153286060
FAR = 25.0  # from where the series at infinity is exact


# -- of the first and second kind ------------------------------------------------------------------


def _circle(x: Any, wave: Callable[[Any], Any], weight: Callable[[float], float], m: int) -> Any:
    """The mean of weight(t) wave(x sin t) over a circle, for what is alike in its four quarters."""
    angles = [math.pi * j / (2 * m) for j in range(m + 1)]
    shares = [0.5, *[1.0] * (m - 1), 0.5]
    weights = x.new_tensor([share * weight(t) / m for share, t in zip(shares, angles)])
    waves = wave(x.unsqueeze(-1) * x.new_tensor([math.sin(t) for t in angles]))
    return (waves * weights).sum(-1)


def _logarithms(angle: float) -> float:
    """The sum of (-1)^k cos(2 k angle) / k, as far as J_2k is not 0 near 0."""
    return sum((-1) ** k * math.cos(2 * k * angle) / k for k in range(1, 31))


def _at_infinity(x: Any, order: int, lag: float) -> Any:
    """sqrt(2 / (pi x)) (P cos y - Q sin y), with y = x - lag."""
    inverse, factor, sums = 1 / x, x * 0 + 1, [0.0, 0.0]
    for k in range(24):
        sums[k % 2] = sums[k % 2] + factor * (1, 1, -1, -1)[k % 4]
        factor = factor * inverse * ((4 * order**2 - (2 * k + 1) ** 2) / (8 * (k + 1)))
    turned = x - lag
    wave = sums[0] * cos(turned) - sums[1] * sin(turned)
    return wave * ops.rsqrt.apply(x * (math.pi / 2))


def _joined(input: Any, near: Callable[[Any], Any], order: int, lag: float) -> Any:
    """``near`` up to FAR, the series beyond; for x >= 0."""
    far = input > FAR
    value = _where(far, _at_infinity(_where(far, input, FAR), order, lag), 0.0)
    value = _where(ops.isinf.apply(input), 0.0, value)
    return _where(far, value, near(_where(far, 1.0, input)))


def _j0(x: Any) -> Any:
    return _circle(x, cos, lambda _: 1.0, 16)


def _j1(x: Any) -> Any:
    return _circle(x, sin, math.sin, 16)


@smooth(lambda x: -bessel_j1(x))
def bessel_j0(input: Any) -> Any:
    """The Bessel function of the first kind, order 0. Source: torch.special.bessel_j0."""
    return _joined(ops.absolute.apply(input), _j0, 0, math.pi / 4)


@smooth(lambda x: bessel_j0(x) - _over(x, bessel_j1(x)))
def bessel_j1(input: Any) -> Any:
    """The Bessel function of the first kind, order 1. Source: torch.special.bessel_j1."""
    value = _joined(ops.absolute.apply(input), _j1, 1, 3 * math.pi / 4)
    return _where(input < 0, -value, value)


def _over(x: Any, value: Any) -> Any:
    """value / x, for the order 1: 0.5 at 0."""
    zero = x == 0
    return _where(zero, 0.5, value / _where(zero, 1.0, x))


def _y0(x: Any) -> Any:
    waves = _circle(x, cos, _logarithms, 32)
    return (2 / math.pi) * (log(x * 0.5) + EULER) * _j0(x) - (4 / math.pi) * waves


def _y1(x: Any) -> Any:
    waves = _circle(x, sin, lambda t: _logarithms(t) * math.sin(t), 32)
    return (2 / math.pi) * ((log(x * 0.5) + EULER) * _j1(x) - _j0(x) / x) - (4 / math.pi) * waves


def _positive_only(input: Any, value: Any, at_zero: float) -> Any:
    return _where(input < 0, math.nan, _where(input == 0, at_zero, value))


@smooth(lambda x: -bessel_y1(x))
def bessel_y0(input: Any) -> Any:
    """The Bessel function of the second kind, order 0. Source: torch.special.bessel_y0."""
    value = _joined(_where(input <= 0, 1.0, input), _y0, 0, 3 * math.pi / 4)
    return _positive_only(input, value, -math.inf)


@smooth(lambda x: bessel_y0(x) - bessel_y1(x) / x)
def bessel_y1(input: Any) -> Any:
    """The Bessel function of the second kind, order 1. Source: torch.special.bessel_y1."""
    value = _joined(_where(input <= 0, 1.0, input), _y1, 1, 5 * math.pi / 4)
    return _positive_only(input, value, -math.inf)


@smooth(lambda x: (cos(x) - spherical_bessel_j0(x)) / _where(x == 0, 1.0, x))
def spherical_bessel_j0(input: Any) -> Any:
    """sin x / x, 1 at 0. Source: torch.special.spherical_bessel_j0."""
    zero, endless = input == 0, ops.isinf.apply(input)
    x = _where(zero | endless, 1.0, input)
    return _where(zero, 1.0, _where(endless, 0.0, sin(x) / x))


# -- modified --------------------------------------------------------------------------------------

SERIES_TO = 2.0  # up to where the modified ones of the second kind are series in x
STEPS = 32


def _series(x: Any, order: int) -> Any:
    """The part of K_order that is a power series in x^2 / 4."""
    quarter, total, factor = x * x * 0.25, x * 0, 1.0
    terms = []
    for k in range(16):
        harmonic = sum(1 / i for i in range(1, k + 1)) - EULER
        if order:
            harmonic = 2 * harmonic + 1 / (k + 1)
        terms.append(factor * harmonic)
        factor /= (k + 1) * (k + 1 + order)
    for term in reversed(terms):
        total = total * quarter + term
    return total


def _scaled_k(input: Any, order: int) -> Any:
    """e^x K_order(x)."""
    far = input > SERIES_TO
    x = _where(far | (input <= 0), 1.0, input)
    logarithm = log(x * 0.5)
    if order:
        near = 1 / x + logarithm * i1(x) - x * 0.25 * _series(x, 1)
    else:
        near = _series(x, 0) - logarithm * i0(x)
    near = near * exp(x)
    # the integral of e^(-x (cosh t - 1)) cosh(order t) up to where it is e^-38 of its largest value
    y = _where(far, input, SERIES_TO)
    end = ops.acosh.apply(1 + 38 / y)
    steps = y.new_tensor([j / STEPS for j in range(1, STEPS + 1)])
    height = ops.cosh.apply(end.unsqueeze(-1) * steps)
    terms = exp(-y.unsqueeze(-1) * (height - 1))
    total = 0.5 + (terms * height if order else terms).sum(-1)
    value = _where(far, total * end * (1 / STEPS), near)
    value = _where(ops.isinf.apply(input), 0.0, value)
    value = _where(ops.isnan.apply(input), math.nan, value)
    return _positive_only(input, value, math.inf)


@smooth(lambda x: i1(x))
def modified_bessel_i0(input: Any) -> Any:
    """As ``i0``. Source: torch.special.modified_bessel_i0."""
    return i0(input)


@smooth(lambda x: i0(x) - _over(x, i1(x)))
def modified_bessel_i1(input: Any) -> Any:
    """As ``i1``. Source: torch.special.modified_bessel_i1."""
    return i1(input)


@smooth(lambda x: -modified_bessel_k1(x))
def modified_bessel_k0(input: Any) -> Any:
    """The modified Bessel function of the second kind, order 0. Source:
    torch.special.modified_bessel_k0.
    """
    return _scaled_k(input, 0) * exp(-input)


@smooth(lambda x: -modified_bessel_k0(x) - modified_bessel_k1(x) / x)
def modified_bessel_k1(input: Any) -> Any:
    """The modified Bessel function of the second kind, order 1. Source:
    torch.special.modified_bessel_k1.
    """
    return _scaled_k(input, 1) * exp(-input)


@smooth(lambda x: scaled_modified_bessel_k0(x) - scaled_modified_bessel_k1(x))
def scaled_modified_bessel_k0(input: Any) -> Any:
    """e^x modified_bessel_k0(x). Source: torch.special.scaled_modified_bessel_k0."""
    return _scaled_k(input, 0)


@smooth(lambda x: scaled_modified_bessel_k1(x) * (1 - 1 / x) - scaled_modified_bessel_k0(x))
def scaled_modified_bessel_k1(input: Any) -> Any:
    """e^x modified_bessel_k1(x). Source: torch.special.scaled_modified_bessel_k1."""
    return _scaled_k(input, 1)
