"""What recurrent cells and layers compute: one step of each kind, and a layer over a sequence.

A step takes what comes from the input and what comes from the state, both (N, gates H), and the
state as a tuple; it gives the next state, of which the first is also the output.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from plugtorch.functional.linear import linear
from plugtorch.functional.pieces import pieces
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat

State = tuple[Tensor, ...]
Step = Callable[..., State]


def rnn_tanh(from_input: Tensor, from_state: Tensor, h: Tensor) -> State:
    """h' = tanh(from input + from state)."""
    return ((from_input + from_state).tanh(),)


def rnn_relu(from_input: Tensor, from_state: Tensor, h: Tensor) -> State:
    """h' = relu(from input + from state)."""
    return ((from_input + from_state).relu(),)


def lstm(from_input: Tensor, from_state: Tensor, h: Tensor, c: Tensor) -> State:
    """c' = sigmoid(f) c + sigmoid(i) tanh(g), h' = sigmoid(o) tanh(c')."""
    i, f, g, o = pieces(from_input + from_state, [c.shape[-1]] * 4, -1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def gru(from_input: Tensor, from_state: Tensor, h: Tensor) -> State:
    """h' = (1 - z) n + z h, with n = tanh(n of the input + r times n of the state)."""
    sizes = [h.shape[-1]] * 3
    ri, zi, ni = pieces(from_input, sizes, -1)
    rh, zh, nh = pieces(from_state, sizes, -1)
    r = (ri + rh).sigmoid()
    z = (zi + zh).sigmoid()
    n = (ni + r * nh).tanh()
    return (n + z * (h - n),)


class Weights(NamedTuple):
    """Those of one layer in one direction; None for what it does without."""

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None
    weight_hr: Tensor | None = None


def over_time(
    step: Step, data: Tensor, sizes: Sequence[int], state: State, weights: Weights, reverse: bool
) -> tuple[Tensor, State]:
    """One layer over sequences, in one direction: the output of every time, and the last state.

    data: (sum of sizes, I), the rows of the first time, of the second, and so on. sizes: how many
    sequences there are at each time; they never become more, so that a sequence's row has the same
    place as long as it lasts. state: to begin with, (N, H) each. reverse: begin at the end.
    """
    from_input = pieces(linear(data, weights.weight_ih, weights.bias_ih), sizes, 0)
    order = range(len(sizes) - 1, -1, -1) if reverse else range(len(sizes))
    outputs: list[Any] = [None] * len(sizes)
    ended: list[State] = []
    running, first = sizes[order[0]], state
    if running < sizes[0]:
        state = tuple([s[:running] for s in first])
    for time in order:
        size = sizes[time]
        if size < running:  # some sequences are over
            ended.append(tuple([s[size:] for s in state]))
            state = tuple([s[:size] for s in state])
        elif size > running:  # from the end, some begin later than others
            state = tuple([cat((s, f[running:size])) for s, f in zip(state, first)])
        running = size
        state = step(from_input[time], linear(state[0], weights.weight_hh, weights.bias_hh), *state)
        if weights.weight_hr is not None:
            state = (linear(state[0], weights.weight_hr), *state[1:])
        outputs[time] = state[0]
    if ended:  # the longest sequences come first
        state = tuple([cat(parts) for parts in zip(state, *reversed(ended))])
    return cat(outputs), state
