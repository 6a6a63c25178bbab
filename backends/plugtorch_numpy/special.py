"""Functions that NumPy lacks, from those it has, in passes over pieces that stay in the cache.

NumPy's floating-point warnings are to be off (see ``quiet``): NaN and infinity are numbers here.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

BLOCK = 16384  # elements at a time


def erf(x: Array) -> Array:
    """2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.

    x: any shape, floating point. Odd, never beyond 1, and within 2.3 units in the last place in
    float32, 1.5 in float64. float16 and bfloat16 are computed in float32.

    >>> erf(np.array([0.0, 0.5, float("inf")]))
    array([0.        , 0.52049988, 1.        ])
    """
    return _in_blocks(erf, _erf_float32 if x.dtype == np.float32 else _erf_float64, x)


def erfc(x: Array) -> Array:
    """1 - erf x, exact where erf x is nearly 1.

    x: any shape, floating point. Within 0.6 units in the last place in float32, 6 in float64, where
    the result is not subnormal. float16 and bfloat16 are computed in float32.

    >>> erfc(np.array([0.0, 10.0]))
    array([1.00000000e+00, 2.08848758e-45])
    """
    return _in_blocks(erfc, _erfc, x, BLOCK // 4)


def _in_blocks(whole: Any, write: Any, x: Array, step: int = BLOCK) -> Array:
    """write(x, out), step elements at a time; half precision by way of ``whole`` in float32."""
    if x.dtype.itemsize == 2:
        return np.asarray(whole(x.astype(np.float32)).astype(x.dtype))
    result = np.empty(x.shape, x.dtype)
    source, target = np.asarray(x, order="C").reshape(-1), result.reshape(-1)
    for start in range(0, target.size, step):
        write(source[start : start + step], target[start : start + step])
    return result


# -- float32 ---------------------------------------------------------------------------------------
#
# erf x = tanh(x + x p(x^2) / q(x^2)), because NumPy's tanh is vectorised on every processor, and
# because it forgives: where erf comes near 1, an error of its argument fades. p/q = artanh(erf x)
# / x - 1 is smooth and even. The coefficients, lowest power first, make the largest relative
# error of erf on 0 < x < 3.9, where it rounds to 1, smallest: least squares at 300 Chebyshev
# nodes of x^2, reweighted until the errors are level (C. L. Lawson, 1961), of values computed
# with 40 digits. It is 3.3e-9, a twentieth of a unit in the last place. That the 1 of 1 + p/q
# stays outside keeps their rounding small beside x.

_LAST = np.array(3.9**2, np.float32)
_P = [np.array(c, np.float32) for c in (395.1095907, 378.2902848, 58.34228886, 5.703988395)]
_Q = [np.array(c, np.float32) for c in (3077.676761, 482.8642625, 72.90951127)]  # and 1


def _erf_float32(x: Array, out: Array) -> None:
    square = np.multiply(x, x)
    np.minimum(square, _LAST, out=square)
    p = np.multiply(square, _P[3])
    for c in _P[2:0:-1]:
        np.add(p, c, out=p)
        np.multiply(p, square, out=p)
    np.add(p, _P[0], out=p)
    q = np.add(square, _Q[2])
    for c in _Q[1::-1]:
        np.multiply(q, square, out=q)
        np.add(q, c, out=q)
    np.divide(p, q, out=p)
    np.multiply(p, x, out=p)
    np.add(p, x, out=p)
    np.tanh(p, out=out)


# -- float64 ---------------------------------------------------------------------------------------
#
# With r = floor(512 |x|) / 512 and d = |x| - r, both exact, erf |x| is erf r, from a table, plus
#
#     2/sqrt(pi) e^(-r^2) (integral of e^(-2 r t - t^2) from 0 to d),
#
# whose Taylor series in d is, with u = r d and e = d^2, and to the five terms that matter for d <
# 1/512,
#
#     d (1 - u + (2 u^2 - e)/3 - (2 u^3 - 3 u e)/6 + (4 u^4 - 12 u^2 e + 3 e^2)/30).
#
# Rounding down, not to the nearest, adds only positive numbers: nothing cancels. The tables are
# of the math module.

_STEPS = 512.0
_END = 6.0  # erf 5.93 already rounds to 1


@functools.cache
def _tables() -> tuple[Array, Array]:
    """erf r and 2/sqrt(pi) e^(-r^2), for r = 0, 1/512, ..., 6."""
    nodes = [k / _STEPS for k in range(int(_END * _STEPS) + 1)]
    slopes = [2 / math.sqrt(math.pi) * math.exp(-r * r) for r in nodes]
    return np.array([math.erf(r) for r in nodes]), np.array(slopes)


def _erf_float64(x: Array, out: Array) -> None:
    values, slopes = _tables()
    d = np.abs(x)
    np.minimum(d, _END, out=d)
    r = np.multiply(d, _STEPS)
    node = r.astype(np.intp)  # of NaN: anything
    np.floor(r, out=r)
    np.multiply(r, 1 / _STEPS, out=r)
    np.subtract(d, r, out=d)
    u = np.multiply(r, d, out=r)
    e = np.multiply(d, d)

    # the series but for its 1:
    # u (-1 + u (2/3 + u (-1/3 + 2/15 u))) + e (-1/3 + u (1/2 - 2/5 u) + e/10)
    series = np.multiply(u, 2 / 15)
    for c in (-1 / 3, 2 / 3, -1.0):
        np.add(series, c, out=series)
        np.multiply(series, u, out=series)
    rest = np.multiply(u, -2 / 5)
    np.add(rest, 1 / 2, out=rest)
    np.multiply(rest, u, out=rest)
    np.subtract(rest, 1 / 3, out=rest)
    tenth = np.multiply(e, 1 / 10, out=u)
    np.add(rest, tenth, out=rest)
    np.multiply(rest, e, out=rest)
    np.add(series, rest, out=series)

    slope = np.take(slopes, node, out=e, mode="clip")
    np.multiply(slope, d, out=slope)
    np.multiply(series, slope, out=series)
    np.add(series, slope, out=series)
    np.add(series, np.take(values, node, out=rest, mode="clip"), out=series)
    np.copysign(series, x, out=out)


# -- erfc ------------------------------------------------------------------------------------------
#
# erfc x = f(t) e^(-x^2) / (1 + 2x) for x >= 0, with t = (x - 4) / (x + 4): f goes from 1 to
# 2/sqrt(pi) and is so smooth that one polynomial does for all x (M. M. Shepherd and J. G.
# Laframboise, 1981). Below 0, erfc x is 2 - erfc(-x). The coefficients, lowest power first, are
# those of the interpolation at the Chebyshev nodes of 0 <= x <= 11, where float32 ends, and of
# 0 <= x <= 28, where float64 does, from values of 60 digits. Its largest relative error is 1.2e-9
# and 1.4e-17. Both are computed in float64: float32 has no digits to spare, and with those of
# float64 the result is nearly always the rounded one.

_SHORT = (1.232995119, -0.1396211374, 0.01537959379, 0.06809806492, -0.1010367009, 0.09372012014,
          -0.06636484688, 0.03721348328, -0.01600214496, 0.005092426432, -0.001100644636,
          -0.000632581451)  # fmt: skip
_LONG = (1.2329951186255526, -0.1396211168405629, 0.01537965210262074, 0.06809705425473732,
         -0.10103906603635213, 0.09373283499679412, -0.06633036581152939, 0.03716751556249286,
         -0.016197734059115006, 0.005031969755895426, -0.00075777334141333,
         -0.00019925550755614952, 0.000150622243948303, -2.4403169244974074e-05,
         -1.1224789135154701e-05, 5.7178872846321855e-06, 3.0135049944875397e-07,
         -8.351619688696847e-07, 6.270727157198311e-08, 1.1534943745754157e-07,
         -7.71541861441783e-09, -1.3670989863347383e-08, -1.8206098680308682e-09)  # fmt: skip


def _erfc(x: Array, out: Array) -> None:
    single = out.dtype == np.float32
    coefficients, end = (_SHORT, 11) if single else (_LONG, 28)
    x = x.astype(np.float64)
    sign = np.copysign(1.0, x)
    np.abs(x, out=x)
    np.minimum(x, end, out=x)
    t = np.subtract(x, 4)
    scratch = np.add(x, 4)
    np.divide(t, scratch, out=t)
    f = np.multiply(t, coefficients[-1])
    for c in coefficients[-2:0:-1]:
        np.add(f, c, out=f)
        np.multiply(f, t, out=f)
    np.add(f, coefficients[0], out=f)
    np.multiply(x, 2, out=t)
    np.add(t, 1, out=t)
    np.divide(f, t, out=f)
    if single:
        np.multiply(x, x, out=x)
    else:  # x^2 = r^2 + (x - r)(x + r), where r has so few digits that r^2 is exact
        r = np.multiply(x, 16, out=t)
        np.rint(r, out=r)
        np.multiply(r, 1 / 16, out=r)
        np.add(x, r, out=scratch)
        np.subtract(x, r, out=x)
        np.multiply(x, scratch, out=x)
        np.multiply(r, r, out=r)
        np.multiply(f, np.exp(np.negative(r, out=r), out=r), out=f)
    np.multiply(f, np.exp(np.negative(x, out=x), out=x), out=f)
    np.multiply(f, sign, out=f)
    np.subtract(1, sign, out=sign)
    np.add(f, sign, out=out, casting="same_kind")
