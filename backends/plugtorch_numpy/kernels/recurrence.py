"""Recurrence: one product and one cell at a time, in arrays that are there beforehand.

A cell takes what comes from the input and from the state as stacks of gates, and the state before;
it writes the next state and behind it what is seen again. A slope takes all of these and the
gradients of the next state, which it turns into those of the state before, and writes those of the
gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any


def _gates(x: Array, size: int) -> Array:
    """(..., rows, gates size) as (..., gates, rows, size)."""
    return x.reshape(*x.shape[:-1], x.shape[-1] // size, size).swapaxes(-3, -2)


def _sigmoid(x: Array, out: Array) -> None:
    # e^-x may overflow to infinity, whose reciprocal is the right 0
    np.negative(x, out=out)
    np.exp(out, out=out)
    np.add(out, 1, out=out)
    np.reciprocal(out, out=out)


# -- cells -----------------------------------------------------------------------------------------


def _tanh(x: Array, s: Array, before: Array, out: Array) -> None:
    np.add(x[0], s[0], out=out[0])
    np.tanh(out[0], out=out[0])


def _relu(x: Array, s: Array, before: Array, out: Array) -> None:
    np.add(x[0], s[0], out=out[0])
    np.maximum(out[0], 0, out=out[0])


def _gru(x: Array, s: Array, before: Array, out: Array) -> None:
    h, r, z, n, _ = out
    out[4] = s[2]
    s[:2] += x[:2]
    _sigmoid(s[:2], out[1:3])
    np.multiply(r, s[2], out=n)
    n += x[2]
    np.tanh(n, out=n)
    np.subtract(before[0], n, out=h)
    h *= z
    h += n


def _lstm(x: Array, s: Array, before: Array, out: Array) -> None:
    h, c, i, f, g, o = out
    s += x
    _sigmoid(s[:2], out[2:4])
    np.tanh(s[2], out=g)
    _sigmoid(s[3], o)
    np.multiply(i, g, out=c)
    c += f * before[1]
    np.tanh(c, out=h)
    h *= o


# -- their slopes ----------------------------------------------------------------------------------


def _tanh_slope(found: Array, before: Array, d: Array, dx: Array, ds: Array) -> None:
    np.multiply(found[0], found[0], out=dx[0])
    np.subtract(1, dx[0], out=dx[0])
    dx[0] *= d[0]


def _relu_slope(found: Array, before: Array, d: Array, dx: Array, ds: Array) -> None:
    dx[0] = np.where(found[0] > 0, d[0], 0)


def _gru_slope(found: Array, before: Array, d: Array, dx: Array, ds: Array) -> None:
    _, r, z, n, s = found
    dn = d[0] * (1 - z)
    dn *= 1 - n * n
    along = dn * r
    dx[0] = along * s
    dx[0] *= 1 - r
    dx[2] = dn
    d[0] *= z
    dx[1] = before[0] - n
    dx[1] *= d[0]
    dx[1] *= 1 - z
    ds[:2] = dx[:2]
    ds[2] = along


def _lstm_slope(found: Array, before: Array, d: Array, dx: Array, ds: Array) -> None:
    _, c, i, f, g, o = found
    dh, dc = d
    squashed = np.tanh(c)
    np.multiply(dh, squashed, out=dx[3])
    along = dh * o
    dc += along
    squashed *= squashed
    along *= squashed
    dc -= along
    np.multiply(dc, g, out=dx[0])
    np.multiply(dc, i, out=dx[2])
    np.multiply(dc, before[1], out=dx[1])
    slopes = 1 - found[2:]  # of sigmoids; g is a tanh
    slopes *= found[2:]
    np.multiply(g, g, out=slopes[2])
    np.subtract(1, slopes[2], out=slopes[2])
    dx *= slopes
    dc *= f


class Cell(NamedTuple):
    """state: of how many arrays. seen: how many there are behind it. apart: whether what comes from
    the input and what comes from the state have gradients of their own; then a part of that of h
    goes past the product, and the slope leaves it in ``d``.
    """

    step: Callable[[Array, Array, Array, Array], None]
    slope: Callable[[Array, Array, Array, Array, Array], None]
    state: int = 1
    seen: int = 0
    apart: bool = False


CELLS = {
    "tanh": Cell(_tanh, _tanh_slope),
    "relu": Cell(_relu, _relu_slope),
    "gru": Cell(_gru, _gru_slope, seen=4, apart=True),
    "lstm": Cell(_lstm, _lstm_slope, state=2, seen=4),
}


# -- over time -------------------------------------------------------------------------------------


def recurrence(
    from_input: Array,
    weight: Array,
    bias: Array,
    *state: Array,
    kind: str,
    reverse: bool,
    seen: bool,
) -> Array:
    cell = CELLS[kind]
    times, rows, wide = from_input.shape
    size = weight.shape[1]
    count = cell.state
    _agree(from_input, state, ((rows, size),) * count)
    result = np.empty((count + cell.seen * seen, times, rows, size), from_input.dtype)
    turns = np.empty((2, count + cell.seen, rows, size), from_input.dtype)
    turned = np.ascontiguousarray(weight.T)  # BLAS would lay it out at every step
    product = np.empty((rows, wide), from_input.dtype)
    x, s = _gates(from_input, size), _gates(product, size)
    before: Any = state
    for time in _order(times, reverse):
        np.matmul(before[0], turned, out=product)
        product += bias
        out = result[:, time] if seen else turns[time % 2]
        cell.step(x[time], s, before, out)
        if not seen:
            result[:, time] = out[:count]
        before = out
    return result


def recurrence_slope(
    gradient: Array, found: Array, weight: Array, *states: Array, kind: str, reverse: bool
) -> Array:
    cell = CELLS[kind]
    times, rows, size = gradient.shape
    count = cell.state
    _agree(gradient, states, ((rows, size),) * 2 * count)
    kinds = 2 if cell.apart else 1
    result = np.empty(kinds * times * rows * len(weight) + count * rows * size, gradient.dtype)
    d = result[-count * rows * size :].reshape(count, rows, size)
    d[...] = states[count:]
    steps = result[: -d.size].reshape(kinds, times, rows, len(weight))
    dx, ds = _gates(steps[0], size), _gates(steps[-1], size)
    order = _order(times, reverse)
    for place in reversed(range(times)):
        time = order[place]
        before = found[:count, order[place - 1]] if place else states[:count]
        d[0] += gradient[time]
        cell.slope(found[:, time], before, d, dx[time], ds[time])
        if cell.apart:
            d[0] += np.matmul(steps[-1, time], weight)
        else:
            np.matmul(steps[-1, time], weight, out=d[0])
    return result


def _agree(data: Array, states: tuple[Array, ...], shapes: tuple[tuple[int, int], ...]) -> None:
    if not data.size or tuple([x.shape for x in states]) != shapes:
        raise ValueError("shapes differ")  # the rule of shapes says it better


def _order(times: int, reverse: bool) -> range:
    return range(times)[::-1] if reverse else range(times)


TABLE = {"recurrence": quiet(recurrence), "recurrence_slope": quiet(recurrence_slope)}
