"""Random numbers of the gamma distribution, with a derivative by its parameter.

They are drawn as logarithms, because for a small parameter most of them are too small for a float.
"""

from __future__ import annotations

import functools
import math
from typing import Any

from plugtorch.autograd import Function
from plugtorch.dtypes import finfo
from plugtorch.tensor import Tensor
from plugtorch.tensor.gamma import digamma
from plugtorch.tensor.logic import where
from plugtorch.tensor.random import _finest, rand_like, randn_like

NODES = 40
TERMS = 40


def log_gamma_sample(concentration: Tensor) -> Tensor:
    """The logarithm of a gamma number of rate 1 for each concentration.

    Its gradient is that of the quantile which the number happens to be (implicit
    reparameterisation, Figurnov et al. 2018, arXiv:1805.08498).
    """
    return _LogGamma.apply(concentration)


class _LogGamma(Function):
    @staticmethod
    def forward(ctx: Any, concentration: Any) -> Any:
        a = _finest(concentration)
        drawn = _draw(a)
        ctx.save_for_backward(a, drawn)
        return drawn.to(concentration.dtype)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        slope = _slope(*ctx.saved_tensors)
        return gradient * slope.to(gradient.dtype)


def _draw(a: Any) -> Any:
    """Marsaglia and Tsang 2000: a cubed normal number, rejected now and then."""
    small = a < 1
    d = where(small, a + 1, a) - 1 / 3
    c = 1 / (9 * d).sqrt()
    found, missing = a * 0, a == a
    while bool(missing.any()):
        normal, drawn = randn_like(a), rand_like(a).clamp(min=finfo(a.dtype).tiny)
        v = (1 + c * normal) ** 3
        logarithm = v.clamp(min=finfo(a.dtype).tiny).log()
        fits = (v > 0) & (drawn.log() < normal**2 / 2 + d * (1 - v + logarithm))
        found = where(missing & fits, d.log() + logarithm, found)
        missing = missing & ~fits
    # of a + 1 one of a, by u^(1/a)
    drawn = rand_like(a).clamp(min=finfo(a.dtype).tiny)
    return found + where(small, drawn.log() / a, 0.0)


def _slope(a: Any, log_x: Any) -> Any:
    """d ln x / da where P(a, x) stays the same, P being the distribution function.

    That is -(dP/da) / (dP/dx) / x, with dP/da the sum or the integral of derivatives. For small
    numbers the power series of P is used; otherwise the integral over the tail on the side of x, in
    which all terms have one sign.
    """
    x = log_x.exp()
    near = (x <= a) | (x <= 1)
    by_series = near & (a < 8)
    series = _by_series(where(by_series, a, 1.0), where(by_series, log_x, 0.0))
    other_a, other_x = where(by_series, 8.0, a), where(by_series, 8.0, x)
    return where(by_series, series, _by_tail(other_a, other_x, near) / other_x)


def _by_series(a: Any, log_x: Any) -> Any:
    """P(a, x) = sum of x^(a + n) e^-x / gamma(a + n + 1) over n = 0, 1, ..."""
    x, place = log_x.exp(), digamma(a + 1)
    factor = 1 / a
    total = factor * (place - log_x)
    for n in range(1, TERMS):
        factor = factor * x / (a + n)
        place = place + 1 / (a + n)
        total = total + factor * (place - log_x)
    return total


def _by_tail(a: Any, x: Any, lower: Any) -> Any:
    """The integral of (t/x)^(a - 1) e^(x - t) |ln t - digamma(a)| over t below x, or above."""
    side = where(lower, -1.0, 1.0).to(a.dtype)
    centre, tiny = digamma(a), finfo(a.dtype).tiny
    # beyond these ends the integrand is below e^-36 of its largest value
    steep = ((a - 1) / x - 1) * -side
    end = 36 / steep.clamp(min=tiny, max=1.0)
    above = (72 * a).sqrt() + 36
    below = x * (72 / (a - 1).clamp(min=tiny)).sqrt().clamp(max=1.0)
    end = end.minimum(where(lower, below, above))
    total = a * 0
    for node, weight in _gauss_legendre(NODES):
        step = node * end
        ratio = (side * step / x).log1p()
        density = ((a - 1) * ratio - side * step).exp()
        total = total + weight * density * side * (ratio + x.log() - centre)
    return total * end


@functools.cache
def _gauss_legendre(count: int) -> list[tuple[float, float]]:
    """Nodes and weights for integrals from 0 to 1: zeros of a Legendre polynomial, by Newton."""
    found = []
    for i in range(count):
        z = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        slope = 0.0
        for _ in range(20):
            before, value = 1.0, z
            for n in range(2, count + 1):
                before, value = value, ((2 * n - 1) * z * value - (n - 1) * before) / n
            slope = count * (z * value - before) / (z * z - 1)
            z -= value / slope
        found.append(((1 + z) / 2, 1 / ((1 - z * z) * slope * slope)))
    return found
