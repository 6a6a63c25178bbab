"""Rows of ``plugtorch.ops.recurrence``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.dtypes import float32, float64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.testing.cases.row import FLOATS, Case, Draw, Host, Refusal, Row
from plugtorch.testing.compare import Estimate

GATES = {"tanh": 1, "relu": 1, "gru": 3, "lstm": 4}
STATES = {"tanh": 1, "relu": 1, "gru": 1, "lstm": 2}
SIZES = ((1, 1, 1), (3, 2, 5), (4, 7, 16), (2, 13, 37), (5, 3, 70))  # times, rows, size
ERROR = 16.0
"""How much larger than one number's the error of a state may be: it goes on from time to time."""


def _sigmoid(x: Host) -> Host:
    with np.errstate(over="ignore"):
        return np.asarray(1 / (1 + np.exp(-x)))


def _step(kind: str, x: Host, s: Host, state: tuple[Host, ...]) -> list[Host]:
    """The next state, and what is seen again."""
    xs, ss = (np.split(part, GATES[kind], -1) for part in (x, s))
    if kind == "tanh":
        return [np.tanh(x + s)]
    if kind == "relu":
        return [np.maximum(x + s, 0)]
    if kind == "gru":
        r, z = (_sigmoid(xs[gate] + ss[gate]) for gate in (0, 1))
        n = np.tanh(xs[2] + r * ss[2])
        return [(1 - z) * n + z * state[0], r, z, n, ss[2]]
    i, f, o = (_sigmoid(xs[gate] + ss[gate]) for gate in (0, 1, 3))
    g = np.tanh(xs[2] + ss[2])
    c = f * state[1] + i * g
    return [o * np.tanh(c), c, i, f, g, o]


def _order(times: int, reverse: bool) -> list[int]:
    return list(range(times))[:: -1 if reverse else 1]


def _recurrence(
    from_input: Host,
    weight: Host,
    bias: Host,
    *state: Host,
    kind: str,
    reverse: bool,
    seen: bool,
) -> Estimate:
    planes: list[Any] = [None] * len(from_input)
    for time in _order(len(from_input), reverse):
        found = _step(kind, from_input[time], state[0] @ weight.T + bias, state)
        state = tuple(found[: STATES[kind]])
        planes[time] = found if seen else list(state)
    result = np.stack([np.stack(found) for found in planes], 1)
    return Estimate(result, ERROR * np.maximum(1, np.abs(result)))


def _back(
    kind: str, found: Host, before: Any, dh: Host, dc: Host
) -> tuple[list[Host], list[Host], Host, Host]:
    """The gradients of what came from the input, of what came from the state, of h except for that,
    and of c.
    """
    h, none = found[0], np.zeros_like(dh)
    if kind in ("tanh", "relu"):
        along = [dh * (1 - h**2) if kind == "tanh" else dh * (h > 0)]
        return along, along, none, none
    if kind == "gru":
        r, z, n, s = found[1:]
        dn = dh * (1 - z) * (1 - n**2)
        first = [dn * s * r * (1 - r), dh * (before[0] - n) * z * (1 - z)]
        return [*first, dn], [*first, dn * r], dh * z, none
    i, f, g, o = found[2:]
    squashed = np.tanh(found[1])
    dc = dc + dh * o * (1 - squashed**2)
    along = [
        dc * g * i * (1 - i),
        dc * before[1] * f * (1 - f),
        dc * i * (1 - g**2),
        dh * squashed * o * (1 - o),
    ]
    return along, along, none, dc * f


def _slope(
    gradient: Host, found: Host, weight: Host, *states: Host, kind: str, reverse: bool
) -> Estimate:
    count, times = STATES[kind], len(gradient)
    first, (dh, *more) = states[:count], states[count:]
    dc = more[0] if more else np.zeros_like(dh)
    order = _order(times, reverse)
    inputs: list[Any] = [None] * times
    products: list[Any] = [None] * times
    for place in reversed(range(times)):
        time = order[place]
        before = found[:count, order[place - 1]] if place else first
        of_input, of_state, beside, dc = _back(
            kind, found[:, time], before, dh + gradient[time], dc
        )
        inputs[time], products[time] = (np.concatenate(x, -1) for x in (of_input, of_state))
        dh = products[time] @ weight + beside
    parts = [*inputs, *(products if kind == "gru" else ()), dh, *([dc] if more else ())]
    result = np.concatenate([part.reshape(-1) for part in parts])
    return Estimate(result, np.full(result.shape, ERROR * max(1, np.abs(result).max())))


def _calls(seed: int) -> Iterator[tuple[tuple[Host, ...], dict[str, Any]]]:
    draw = Draw(seed)
    for number, (times, rows, size) in enumerate(SIZES):
        for place, (kind, gates) in enumerate(GATES.items()):
            wide = gates * size
            operands = (
                draw(FLOATS, times, rows, wide),
                draw(FLOATS, wide, size, low=-1, high=1) / 2 ** (size.bit_length() // 2),
                draw(FLOATS, wide, low=-1, high=1),
                *[draw(FLOATS, rows, size, low=-1, high=1) for _ in range(STATES[kind])],
            )
            yield operands, {"kind": kind, "reverse": (number + place) % 2 == 1}


def _cases(kind: str) -> Iterator[Case]:
    for number, (operands, options) in enumerate(_calls(1)):
        yield Case(operands, {**options, "seen": number % 3 != 0})


def _slope_cases(kind: str) -> Iterator[Case]:
    draw = Draw(2)
    for operands, options in _calls(3):
        found = np.asarray(_recurrence(*operands, **options, seen=True).value)
        _, weight, _, *state = operands
        last = [draw(FLOATS, *part.shape) for part in state]
        yield Case((draw(FLOATS, *found.shape[1:]), found, weight, *state, *last), options)


def _extremes(kind: DType) -> Iterator[Case]:
    # gates that are wide open or shut: e^x is beyond the range of every dtype
    for name, gates in GATES.items():
        size = 2
        signs = np.where(np.arange(gates * size) % 3, 1.0, -1.0)
        x = np.tile(1000.0 * signs, (2, 2, 1))
        weight, bias = np.zeros((gates * size, size)), np.zeros(gates * size)
        state = [np.full((2, size), 0.5)] * STATES[name]
        options = {"kind": name, "reverse": False, "seen": True}
        yield Case((x, weight, bias, *state), options)


_X, _WEIGHT, _BIAS, _STATE = (np.zeros(shape) for shape in ((3, 2, 4), (4, 4), (4,), (2, 4)))
_FOUND, _OPTIONS = np.zeros((1, 3, 2, 4)), {"kind": "tanh", "reverse": False}
_REFUSED = tuple(
    Refusal(Case(operands, {**_OPTIONS, "kind": kind, "seen": False}), error)
    for operands, kind, error in (
        ((_X, _WEIGHT, _BIAS, _STATE), "cosh", ArgumentError),
        ((_X, _WEIGHT, _BIAS, _STATE), "lstm", ShapeError),
        ((_X[0], _WEIGHT, _BIAS, _STATE), "tanh", ShapeError),
        ((_X[:0], _WEIGHT, _BIAS, _STATE), "tanh", ShapeError),
        ((_X, _WEIGHT[:3], _BIAS, _STATE), "tanh", ShapeError),
        ((_X, _WEIGHT, _BIAS[:3], _STATE), "tanh", ShapeError),
        ((_X, _WEIGHT, _BIAS, _STATE[:1]), "tanh", ShapeError),
        ((_X, _WEIGHT, _BIAS, _STATE, _STATE), "tanh", ShapeError),
    )
)
_SLOPE_REFUSED = tuple(
    Refusal(Case(operands, {**_OPTIONS, "kind": kind}), error)
    for operands, kind, error in (
        ((_X, _FOUND, _WEIGHT, _STATE, _STATE), "cosh", ArgumentError),
        ((_X, _FOUND[:, :2], _WEIGHT, _STATE, _STATE), "tanh", ShapeError),
        ((_X, _FOUND, _WEIGHT[:, :3], _STATE, _STATE), "tanh", ShapeError),
        ((_X, _FOUND, _WEIGHT, _STATE), "tanh", ShapeError),
        ((_X, _FOUND, _WEIGHT, _STATE, _STATE[:1]), "tanh", ShapeError),
    )
)

ROWS = {
    "recurrence": Row(
        reference=_recurrence,
        cases=_cases,
        extremes=_extremes,
        refused=_REFUSED,
        kinds=FLOATS,
        only=(float32, float64),
        ulps=4,
    ),
    "recurrence_slope": Row(
        reference=_slope,
        cases=_slope_cases,
        refused=_SLOPE_REFUSED,
        kinds=FLOATS,
        only=(float32, float64),
        ulps=4,
    ),
}
