"""The gamma function and its kin, element by element. Names and meaning are PyTorch's
(torch.special).

Made of exponentials, logarithms and polynomials, so that every device has them. Each is a function
and its derivative, which is another of them.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch import dtypes
from plugtorch.autograd import Function
from plugtorch.errors import ArgumentError, AutogradError, DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.primitive import FLOAT, match
from plugtorch.storage import TensorBase
from plugtorch.tensor.functions import exp, log, sin, tan
from plugtorch.tensor.smooth import both, smooth

__all__ = ["digamma", "igamma", "igammac", "lgamma", "mvlgamma", "polygamma"]

_where = ops.where.apply
LN_2PI = math.log(2 * math.pi)

SHIFT = 8  # arguments are raised so far, where few terms of the series at infinity do
# B_2k / (2k (2k - 1)) and B_2k / 2k, with Bernoulli's numbers B
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156)
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def _series(factors: tuple[float, ...], x: Any) -> Any:
    """factors[0] + factors[1] x + ..."""
    total = x * factors[-1] + factors[-2]
    for factor in factors[-3::-1]:
        total = total * x + factor
    return total


@smooth(lambda x: digamma(x))
def lgamma(input: Any) -> Any:
    """ln |gamma(x)|.

    >>> import plugtorch
    >>> plugtorch.lgamma(plugtorch.tensor([3.0, 4.0]))
    tensor([0.6931, 1.7918])

    Source: torch.lgamma.
    """
    reflected = input < 0.5
    x = _where(reflected, 1 - input, input)
    low = x < SHIFT
    raised = _where(low, x + SHIFT, x)
    product = x
    for step in range(1, SHIFT):
        product = product * (x + step)
    inverse = 1 / raised
    value = (raised - 0.5) * log(raised) - raised + LN_2PI / 2
    value = value + inverse * _series(_STIRLING, inverse * inverse)
    value = value - _where(low, log(_where(low, product, 1.0)), 0.0)
    value = _where((x == 1) | (x == 2), 0.0, value)
    value = _where(ops.isinf.apply(x), math.inf, value)
    fraction = input - ops.floor.apply(input)
    sine = ops.absolute.apply(sin(math.pi * fraction))
    return _where(
        reflected, math.log(math.pi) - log(_where(fraction == 0, 0.0, sine)) - value, value
    )


@smooth(lambda x: polygamma(1, x))
def digamma(input: Any) -> Any:
    """The derivative of ln gamma(x). Source: torch.digamma."""
    reflected = input < 0.5
    x = _where(reflected, 1 - input, input)
    low = x < SHIFT
    raised = _where(low, x + SHIFT, x)
    inverse = 1 / raised
    squared = inverse * inverse
    value = log(raised) - inverse * 0.5 - squared * _series(_DIGAMMA, squared)
    terms = 1 / x
    for step in range(1, SHIFT):
        terms = terms + 1 / (x + step)
    value = value - _where(low, terms, 0.0)
    whole = ops.floor.apply(input) == input
    value = _where(
        reflected, value - math.pi / tan(math.pi * (input - ops.round.apply(input))), value
    )
    value = _where(whole & (input < 0), math.nan, value)
    return _where(input == 0, -1 / input, value)


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma. Source: torch.polygamma."""
    if isinstance(n, TensorBase):  # the method: x.polygamma(n)
        n, input = input, n
    if n < 0:
        raise ArgumentError(f"[polygamma] n must not be negative, got {n}.")
    if n == 0:
        return digamma(input)
    (x,) = match("polygamma", (input,), FLOAT)
    factor = -math.factorial(n) if n % 2 == 0 else math.factorial(n)
    return zeta(float(n + 1), x) * float(factor)


_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


class _Zeta(Function):
    @staticmethod
    def forward(ctx: Any, s: Any, q: Any) -> Any:
        ctx.save_for_backward(s, q)
        return _zeta(s, q)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        s, q = ctx.saved_tensors
        if ctx.needs_input_grad[0]:
            raise AutogradError("[zeta] has no derivative with respect to its first argument.")
        return None, gradient * -s * zeta(s + 1, q)


def zeta(input: Any, other: Any) -> Any:
    """The sum of (k + q)^-s over k = 0, 1, ... (Hurwitz), by the formula of Euler and Maclaurin.

    Source: torch.special.zeta.
    """
    s, q = both("zeta", input, other)
    return _Zeta.apply(s, q)


def _zeta(s: Any, q: Any) -> Any:
    steps = 10
    if q.numel() and float(q.min()) < 0:
        steps -= math.floor(max(float(q.min()), -500.0))
    total = q * 0 + s * 0
    for step in range(steps):
        base = q + step
        size = ops.absolute.apply(base)
        odd = ops.remainder.apply(s, 2.0) == 1
        term = ops.power.apply(_where(size == 0, 1.0, size), -s)
        total = total + _where((base < 0) & odd, -term, term)
    last = q + steps
    power = ops.power.apply(last, -s)
    total = total + power * last / (s - 1) + power * 0.5
    rising, factorial = s, 2.0
    power = power / last
    for k, bernoulli in enumerate(_BERNOULLI, 1):
        total = total + rising * power * (bernoulli / factorial)
        rising = rising * (s + (2 * k - 1)) * (s + 2 * k)
        power = power / (last * last)
        factorial *= (2 * k + 1) * (2 * k + 2)
    whole = (q <= 0) & (ops.floor.apply(q) == q)
    total = _where((q <= 0) & (ops.floor.apply(s) != s), math.nan, total)
    total = _where(ops.isinf.apply(q) & (q > 0), 0.0, total)
    total = _where(whole, math.inf, total)
    return _where(s == 1, math.inf, _where(s < 1, math.nan, total))


def mvlgamma(input: Any, p: int) -> Any:
    """ln of the multivariate gamma function in p dimensions. Source: torch.mvlgamma."""
    if p < 1:
        raise ArgumentError(f"[mvlgamma] p must be at least 1, got {p}.")
    if input.dtype is dtypes.bool_:
        raise DTypeError("[mvlgamma] does not take bools. Convert with .to() first.")
    (x,) = match("mvlgamma", (input,), FLOAT)
    total = lgamma(x)
    for j in range(1, p):
        total = total + lgamma(x - j / 2)
    return total + p * (p - 1) / 4 * math.log(math.pi)


def multigammaln(input: Any, p: int) -> Any:
    """As ``mvlgamma``. Source: torch.special.multigammaln."""
    return mvlgamma(input, p)


class _Incomplete(Function):
    """P(a, x), or Q(a, x) = 1 - P(a, x)."""

    @staticmethod
    def forward(ctx: Any, a: Any, x: Any, upper: bool) -> Any:
        ctx.save_for_backward(a, x)
        ctx.upper = upper
        return _incomplete(a, x, upper)

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        a, x = ctx.saved_tensors
        if ctx.needs_input_grad[0]:
            raise AutogradError(
                "[igamma] has no derivative with respect to input. Use detach() on it."
            )
        density = exp((a - 1) * log(x) - x - lgamma(a))
        return None, gradient * (-density if ctx.upper else density), None


MOST_TERMS = 2000


def _incomplete(a: Any, x: Any, upper: bool) -> Any:
    front = exp(a * log(x) - x - lgamma(a))
    by_series = (x <= 1) | (x <= a)
    # P = x^a e^-x / gamma(a + 1) (1 + x/(a + 1) + ...)
    y = _where(by_series, x, 0.5)
    b = _where(by_series, a, 1.0)
    term = total = y * 0 + 1
    for k in range(1, MOST_TERMS):
        term = term * (y / (b + k))
        total = total + term
        if k % 16 == 0 and bool((term <= total * 1e-17).all()):
            break
    lower = front / a * total
    # Q = x^a e^-x / gamma(a) over a continued fraction, by Lentz's method
    y = _where(by_series, b + 2.0, x)
    tiny = 1e-30
    c, d = y * 0 + 1 / tiny, 1 / (y + 1 - a)
    fraction = d
    for k in range(1, MOST_TERMS):
        numerator, even = -k * (k - a), y + 2 * k + 1 - a
        d = 1 / _nonzero(numerator * d + even, tiny)
        c = _nonzero(even + numerator / c, tiny)
        change = c * d
        fraction = fraction * change
        if k % 16 == 0 and bool((ops.absolute.apply(change - 1) < 1e-16).all()):
            break
    above = front * fraction
    value = _where(by_series, 1 - lower, above) if upper else _where(by_series, lower, 1 - above)
    zero, end = (1.0, 0.0) if upper else (0.0, 1.0)
    value = _where(ops.isinf.apply(x), end, value)
    value = _where(x == 0, zero, value)
    value = _where(a == 0, end, value)
    value = _where(ops.isinf.apply(a), zero, value)
    bad = (a < 0) | (x < 0) | ((a == 0) & (x == 0)) | (ops.isinf.apply(a) & ops.isinf.apply(x))
    return _where(bad, math.nan, value)


def _nonzero(x: Any, tiny: float) -> Any:
    return _where(x == 0, tiny, x)


def igamma(input: Any, other: Any) -> Any:
    """The regularised lower incomplete gamma function P(input, other). Source: torch.igamma."""
    return _Incomplete.apply(*both("igamma", input, other), False)


def igammac(input: Any, other: Any) -> Any:
    """The regularised upper incomplete gamma function Q(input, other). Source: torch.igammac."""
    return _Incomplete.apply(*both("igammac", input, other), True)
