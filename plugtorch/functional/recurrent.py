"""The steps of recurrent networks, and their gradients.

A step takes what comes from the input and what comes from the state, both (N, gates H), and the
state, (N, H) each. It gives the next state, of which the first is also the output, and what its
slope wants to see again. The slope takes that and the gradients of the next state, and gives those
of all that the step took. Cells need no slope, as the graph has one; but the graph of a sequence is
hundreds of times a dozen nodes, which cost more than what is computed in them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from plugtorch.functional.pieces import pieces
from plugtorch.ops.elementwise import gate
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat

State = tuple[Tensor, ...]


class Cell(NamedTuple):
    """A kind of step. name: as ``plugtorch.ops.recurrence`` has it. gates: how many times H numbers
    it wants from input and state.
    """

    name: str
    gates: int
    step: Callable[..., tuple[State, State]]
    slope: Callable[..., tuple[Any, ...]]


def _tanh(from_input: Tensor, from_state: Tensor, h: Tensor) -> tuple[State, State]:
    """h' = tanh(from input + from state)."""
    new = (from_input + from_state).tanh()
    return (new,), (new,)


def _tanh_slope(seen: State, dh: Tensor) -> tuple[Any, ...]:
    (new,) = seen
    total = dh - dh * new * new
    return total, total, None


def _relu(from_input: Tensor, from_state: Tensor, h: Tensor) -> tuple[State, State]:
    """h' = relu(from input + from state)."""
    new = (from_input + from_state).relu()
    return (new,), (new,)


def _relu_slope(seen: State, dh: Tensor) -> tuple[Any, ...]:
    (new,) = seen
    total = gate.apply(dh, new)
    return total, total, None


def _lstm(from_input: Tensor, from_state: Tensor, h: Tensor, c: Tensor) -> tuple[State, State]:
    """c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c')."""
    i, f, g, o = _gates(from_input + from_state, 4)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    new = f * c + i * g
    squashed = new.tanh()
    return (o * squashed, new), (i, f, g, o, c, squashed)


def _lstm_slope(seen: State, dh: Tensor, dc: Tensor) -> tuple[Any, ...]:
    i, f, g, o, c, squashed = seen
    do = dh * squashed
    along = dh * o
    dc = dc + along - along * squashed * squashed
    di, dg = dc * g, dc * i
    before = dc * f
    total = cat(
        (
            di * (i - i * i),
            before * (c - f * c),  # dc c f (1 - f)
            dg - dg * g * g,
            do * (o - o * o),
        ),
        -1,
    )
    return total, total, None, before


def _gru(from_input: Tensor, from_state: Tensor, h: Tensor) -> tuple[State, State]:
    """h' = (1 - z) n + z h, with n = tanh(n of the input + r times n of the state)."""
    ri, zi, ni = _gates(from_input, 3)
    rh, zh, nh = _gates(from_state, 3)
    r = (ri + rh).sigmoid()
    z = (zi + zh).sigmoid()
    n = (ni + r * nh).tanh()
    away = h - n
    return (n + z * away,), (r, z, n, nh, away)


def _gru_slope(seen: State, dh: Tensor) -> tuple[Any, ...]:
    r, z, n, nh, away = seen
    before = dh * z
    dn = dh - before
    dn = dn - dn * n * n
    dz = before * (away - away * z)  # dh (h - n) z (1 - z)
    along = dn * r
    dr = along * (nh - nh * r)  # dn nh r (1 - r)
    return cat((dr, dz, dn), -1), cat((dr, dz, along), -1), before


def _gates(x: Tensor, count: int) -> State:
    axis = x.ndim - 1
    return pieces(x, [x.shape[axis] // count] * count, axis)


TANH = Cell("tanh", 1, _tanh, _tanh_slope)
RELU = Cell("relu", 1, _relu, _relu_slope)
LSTM = Cell("lstm", 4, _lstm, _lstm_slope)
GRU = Cell("gru", 3, _gru, _gru_slope)
