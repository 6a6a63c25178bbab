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
    if x.dtype.itemsize == 2:
        return erf(x.astype(np.float32)).astype(x.dtype)
    write = _erf_float32 if x.dtype == np.float32 else _erf_float64
    result = np.empty(x.shape, x.dtype)
    source, target = np.asarray(x, order="C").reshape(-1), result.reshape(-1)
    for start in range(0, target.size, BLOCK):
        write(source[start : start + BLOCK], target[start : start + BLOCK])
    return result


_erfc = np.frompyfunc(math.erfc, 1, 1)


def erfc(x: Array) -> Array:
    """1 - erf x, exact where erf x is nearly 1. Element by element in Python: slow, and seldom
    used.

    >>> erfc(np.array([0.0, 10.0]))
    array([1.00000000e+00, 2.08848758e-45])
    """
    return np.asarray(_erfc(np.asarray(x, np.float64))).astype(x.dtype)


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
