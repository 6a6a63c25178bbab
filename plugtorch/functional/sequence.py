"""A recurrent layer over sequences, in one direction.

What comes from the input is one product before the first step, and the gradients of the weights are
one product each after the last: a step itself has one small product, with the state.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

from plugtorch.autocasting import LOWER, autocasts
from plugtorch.autograd import Function, is_grad_enabled
from plugtorch.functional.linear import linear
from plugtorch.functional.pieces import pieces
from plugtorch.functional.recorded import by_graph
from plugtorch.functional.recurrent import Cell, State
from plugtorch.functional.recurring import recurred, suits
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat


class Weights(NamedTuple):
    """Those of one layer in one direction; None for what it does without."""

    weight_ih: Tensor
    weight_hh: Tensor
    bias_ih: Tensor | None = None
    bias_hh: Tensor | None = None
    weight_hr: Tensor | None = None


class Course(NamedTuple):
    """How a layer goes: its kind of step, how many sequences there are at each time, and whether it
    begins at the end.

    There are never more sequences at a later time, so that a sequence's row has the same place as
    long as it lasts.
    """

    cell: Cell
    sizes: Sequence[int]
    reverse: bool

    @property
    def even(self) -> bool:
        """Whether all sequences are of one length."""
        return self.sizes[0] == self.sizes[-1]

    def order(self) -> list[int]:
        """The times in the order in which they are gone through."""
        times = range(len(self.sizes))
        return list(reversed(times) if self.reverse else times)


@autocasts(LOWER)
def over_time(course: Course, data: Tensor, state: State, weights: Weights) -> tuple[Tensor, State]:
    """The output of every time, and the last state.

    data: (sum of sizes, I), the rows of the first time, of the second, and so on. state: to begin
    with, (N, H) each.
    """
    from_input = linear(data, weights.weight_ih, weights.bias_ih)
    weight, bias, projection = weights[1], weights[3], weights[4]
    if course.even and projection is None and suits(from_input, weight, bias, *state):

        def composed(from_input: Tensor, weight: Tensor, bias: Any, *state: Tensor) -> State:
            return _run(course, from_input, weight, bias, None, *state)

        given: Any = (from_input, weight, bias, *state)
        output, *last = recurred(course.cell.name, course.reverse, composed, given)
        return output, tuple(last)
    given = (from_input, weight, bias, projection, *state)
    if is_grad_enabled():
        output, *last = _OverTime.apply(course, *given)
    else:
        output, *last = _run(course, *given)
    return output, tuple(last)


def _run(
    course: Course,
    from_input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    projection: Tensor | None,
    *first: Tensor,
    seen: list[Any] | None = None,
) -> State:
    """All steps: (output, *last state). seen: gets for each time what its slope wants to see."""
    sizes, order = course.sizes, course.order()
    turned = weight.mT.flatten().reshape(weight.mT.shape)  # BLAS would lay it out at every step
    steps = pieces(from_input, sizes, 0)
    outputs: list[Any] = [None] * len(sizes)
    ended: list[State] = []
    running = sizes[order[0]]
    state = _rows(first, 0, running)
    for time in order:
        size = sizes[time]
        if size < running:  # some sequences are over
            ended.append(_rows(state, size, running))
            state = _rows(state, 0, size)
        elif size > running:  # from the end, some begin later than others
            state = _joined(state, _rows(first, running, size))
        running, before = size, state[0]
        product = before @ turned
        from_state = product if bias is None else product + bias
        state, kept = course.cell.step(steps[time], from_state, *state)
        inside = state[0]
        if projection is not None:
            state = (linear(inside, projection), *state[1:])
        if seen is not None:
            seen[time] = (before, inside, *kept)
        outputs[time] = state[0]
    return cat(outputs), *_joined(state, *reversed(ended))  # the longest sequences come first


class _OverTime(Function):
    """``_run``, and the way back."""

    @staticmethod
    def forward(ctx: Any, course: Course, *given: Any) -> State:
        seen: list[Any] = [None] * len(course.sizes)
        first = [x.clone() for x in given[4:]]  # which its owner may write to later
        result = _run(course, *given[:4], *first, seen=seen)
        ctx.course = course
        ctx.save_for_backward(seen, *given)
        return result

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        seen, *given = ctx.saved_tensors
        if is_grad_enabled():
            return None, *by_graph(functools.partial(_run, ctx.course), given, gradients)
        return None, *_back(ctx.course, given, seen, *gradients)


def _back(
    course: Course, given: Sequence[Any], seen: list[State], doutput: Tensor, *dlast: Tensor
) -> tuple[Any, ...]:
    """The gradients of what ``_run`` was given."""
    _, weight, bias, projection, *_ = given
    sizes, order = course.sizes, course.order()
    doutputs = list(pieces(doutput, sizes, 0))
    dinputs, dstates = doutputs[:], doutputs[:]
    begun: list[State] = []
    gradient = _rows(dlast, 0, sizes[order[-1]])
    for place in reversed(range(len(order))):
        time = order[place]
        size, before = sizes[time], sizes[order[max(place - 1, 0)]]
        dh = doutputs[time] = gradient[0] + doutputs[time]
        if projection is not None:
            dh = dh @ projection
        parts = course.cell.slope(seen[time][2:], dh, *gradient[1:])
        dinputs[time], dstates[time], dbefore, *others = parts
        product = dstates[time] @ weight
        gradient = (product if dbefore is None else product + dbefore, *others)
        if size < before:
            gradient = _joined(gradient, _rows(dlast, size, before))
        elif size > before:
            begun.append(_rows(gradient, before, size))
            gradient = _rows(gradient, 0, before)
    dinput = cat(dinputs)
    dstate = dinput if dstates[0] is dinputs[0] else cat(dstates)
    dprojection = None
    if projection is not None:
        dprojection = cat(doutputs).mT @ cat([kept[1] for kept in seen])
    return (
        dinput,
        dstate.mT @ cat([kept[0] for kept in seen]),
        None if bias is None else dstate.sum(0),
        dprojection,
        *_joined(gradient, *reversed(begun)),
    )


def _rows(state: State, start: int, stop: int) -> State:
    """Some of the rows of a state."""
    if start == 0 and stop == state[0].shape[0]:
        return state
    return tuple([s[start:stop] for s in state])


def _joined(*states: State) -> State:
    """States one under the other."""
    return states[0] if len(states) == 1 else tuple([cat(parts) for parts in zip(*states)])
