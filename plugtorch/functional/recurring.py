"""A recurrent layer by its primitive, which takes all steps at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plugtorch.autograd import Function
from plugtorch.dtypes import bfloat16, float16
from plugtorch.functional.recorded import by_graph
from plugtorch.functional.recurrent import State
from plugtorch.graph import mode
from plugtorch.ops.movement import slice
from plugtorch.ops.recurrence import KINDS, recurrence, recurrence_slope
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat

Composed = Callable[..., State]


def suits(from_input: Tensor, *others: Tensor | None) -> bool:
    """Whether the primitive takes it: it is not empty, and all floats are of one dtype."""
    kind = from_input.dtype
    if not kind.is_floating_point or not from_input.numel():
        return False
    return all(other is None or other.dtype is kind for other in others)


def recurred(kind: str, reverse: bool, composed: Composed, given: Sequence[Any]) -> State:
    """(output, *last state), for rows of all times one under the other.

    composed: computes the same from operations that have derivatives, for those of second order.
    given: what it takes: what comes from the input, the weight, the bias or None, and the state. 16
    bits are computed in float32.
    """
    dtype = given[0].dtype
    if dtype in (float16, bfloat16):
        given = [None if x is None else x.float() for x in given]
        return tuple([x.to(dtype) for x in recurred(kind, reverse, composed, given)])
    options = {"kind": kind, "reverse": reverse}
    if mode.enabled:
        result: State = _Recurrence.apply(options, composed, *given)
        return result
    return _states(_found(options, False, *given), reverse, len(given) - 3)


def _found(
    options: dict[str, Any],
    seen: bool,
    from_input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    *state: Tensor,
) -> Tensor:
    rows = state[0].shape[0]
    stepwise = from_input.reshape(from_input.shape[0] // rows, rows, weight.shape[0])
    if bias is None:
        bias = weight.new_zeros(weight.shape[:1])
    found: Tensor = recurrence(stepwise, weight, bias, *state, seen=seen, **options)
    return found


def _states(found: Tensor, reverse: bool, count: int) -> State:
    """Of all that was found, the outputs and the last state."""
    _, times, rows, size = found.shape
    output = slice(found, spans=(0,)).reshape(times * rows, size)
    end = 0 if reverse else times - 1
    return output, *[slice(found, spans=(place, end)) for place in range(count)]


class _Recurrence(Function):
    @staticmethod
    def forward(ctx: Any, options: dict[str, Any], composed: Composed, *given: Any) -> State:
        found = _found(options, any(ctx.needs_input_grad), *given)
        ctx.options, ctx.composed = options, composed
        ctx.save_for_backward(found, *given)
        return _states(found, options["reverse"], len(given) - 3)

    @staticmethod
    def backward(ctx: Any, doutput: Tensor, *dlast: Tensor) -> tuple[Any, ...]:
        found, from_input, weight, bias, *state = ctx.saved_tensors
        if mode.enabled:  # a gradient that has one of its own
            given = (from_input, weight, bias, *state)
            return None, None, *by_graph(ctx.composed, given, (doutput, *dlast))
        kind, reverse = ctx.options["kind"], ctx.options["reverse"]
        _, times, rows, size = found.shape
        gradient = doutput.reshape(times, rows, size)
        flat = recurrence_slope(gradient, found, weight, *state, *dlast, **ctx.options)
        parts = 2 if KINDS[kind].apart else 1
        sizes = [from_input.numel()] * parts + [rows * size] * len(state)
        steps = [part.reshape(from_input.shape) for part in flat.split(sizes)[:parts]]
        dinput, dstate = steps[0], steps[-1]
        dfirst = [part.reshape(rows, size) for part in flat.split(sizes)[parts:]]
        h = slice(found, spans=(0, (1, times, 1) if reverse else (0, times - 1, 1)))
        h = h.reshape((times - 1) * rows, size)
        before = cat((h, state[0]) if reverse else (state[0], h))
        needs = ctx.needs_input_grad[2:]
        return (
            *(None, None, dinput),
            dstate.mT @ before if needs[1] else None,
            dstate.sum(0) if needs[2] else None,
            *dfirst,
        )
