"""Recurrence: all steps of a layer over sequences, and what they let back.

A step is a small product and a dozen operations on a few numbers. Composed, a sequence is thousands
of operations, and noting them costs more than what is computed. These are for float32 and float64;
callers with smaller floats convert.
"""

from __future__ import annotations

from typing import NamedTuple

from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.primitive import Primitive, Shape


class Kind(NamedTuple):
    """A kind of step. gates: how many times H numbers it wants from input and state. state: how
    many tensors a state is. seen: how many more its slope wants to see again. apart: whether what
    comes from the input and what comes from the state have gradients of their own.
    """

    gates: int
    state: int = 1
    seen: int = 0
    apart: bool = False


KINDS = {
    "tanh": Kind(1),
    "relu": Kind(1),
    "gru": Kind(3, seen=4, apart=True),
    "lstm": Kind(4, state=2, seen=4),
}


def _kind_of(name: str, kind: str) -> Kind:
    if kind not in KINDS:
        raise ArgumentError(f"[{name}] kind is one of {', '.join(KINDS)}; got {kind!r}.")
    return KINDS[kind]


def _recurrence_shape(
    from_input: Shape,
    weight: Shape,
    bias: Shape,
    *state: Shape,
    kind: str,
    reverse: bool,
    seen: bool,
) -> Shape:
    gates, count, more, _ = _kind_of("recurrence", kind)
    if len(from_input) != 3 or len(weight) != 2 or 0 in from_input or not weight[1]:
        raise ShapeError(
            f"[recurrence] what comes from the input {from_input} must be (times, rows, {gates} "
            f"sizes), the weight {weight} ({gates} sizes, size), and neither empty."
        )
    times, rows, wide = from_input
    size = weight[1]
    if not wide == weight[0] == gates * size or bias != (wide,):
        raise ShapeError(
            f"[recurrence] {kind} has {gates} gates: from the input {from_input}, the weight "
            f"{weight} and the bias {bias} must agree on {gates} times the weight's last size."
        )
    if state != ((rows, size),) * count:
        raise ShapeError(
            f"[recurrence] the state of {kind} is {count} times {(rows, size)}, got {state}."
        )
    return (count + more * seen, times, rows, size)


def _slope_shape(
    gradient: Shape, found: Shape, weight: Shape, *states: Shape, kind: str, reverse: bool
) -> Shape:
    gates, count, more, apart = _kind_of("recurrence_slope", kind)
    if len(gradient) != 3 or 0 in gradient or found != (count + more, *gradient):
        raise ShapeError(
            f"[recurrence_slope] the gradient {gradient} must be (times, rows, size) without being "
            f"empty, and what was found {found} {count + more} of these."
        )
    times, rows, size = gradient
    if weight != (gates * size, size):
        raise ShapeError(
            f"[recurrence_slope] the weight of {kind} must be {(gates * size, size)}, got {weight}."
        )
    if states != ((rows, size),) * (2 * count):
        raise ShapeError(
            f"[recurrence_slope] the first state and the gradients of the last are {2 * count} "
            f"times {(rows, size)}, got {states}."
        )
    return ((1 + apart) * times * rows * gates * size + count * rows * size,)


recurrence = Primitive(
    "recurrence",
    "from_input weight bias *state",
    "kind reverse seen",
    shape=_recurrence_shape,
    differentiable=False,
    doc="The states at all times, stacked: h, and c for lstm. In the order of times, or from the "
    "last one if reverse, s = h weight^T + bias with h from the time before, at first from state; "
    "x is from_input of the time; both are cut into gates along the last axis. tanh, relu: h = f(x "
    "+ s). gru: r, z = sigmoid(x + s), n = tanh(x + r s), h = (1 - z) n + z h. lstm: i, f, o = "
    "sigmoid(x + s), g = tanh(x + s), in the order i f g o, c = f c + i g, h = o tanh(c). If seen, "
    "then behind them what the slope wants to see: r, z, n and the s of n; i, f, g and o.",
)

recurrence_slope = Primitive(
    "recurrence_slope",
    "gradient found weight *states",
    "kind reverse",
    shape=_slope_shape,
    differentiable=False,
    doc="What recurrence lets back, one after the other, flat: the gradient of from_input; for gru "
    "that of s; those of the first state. gradient is that of h at all times, found the result of "
    "recurrence with what was seen, states are the first state and the gradients of the last.",
)
