"""All the ways in which a short sequence can be laid along a longer one, in log space.

The labels, with a blank before, between and after them, are P places. A path goes through them from
left to right, one place for each frame. T are the frames, N the rows.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch import (
    Tensor,
    arange,
    cat,
    is_grad_enabled,
    logsumexp,
    stack,
    where,
    zeros_like,
)
from plugtorch.autograd import Function
from plugtorch.functional import pad

# ln 0, but finite: -inf - -inf would be NaN in every sum of impossible paths, and its gradient. No
# path of float32 log-probabilities comes near half of it.
NEVER = -1e30


def _walk(emitted: Tensor, costs: Tensor, start: Tensor, live: list[Tensor | None]) -> Tensor:
    """The log-probability of all paths up to each frame that end at each place, (T, P, N).

    emitted: (T, P, N), that of each place's label in each frame. costs: (3, P, N), 0 or ln 0: of
    staying, of coming from the place before, and from the one before that. start: (P, N), before
    the first frame. live: (N,) for each frame, for which rows there is one; None for all.
    """
    place = arange(start.shape[0], device=start.device)
    sources = stack([place, place - 1, place - 2]).clamp(min=0)
    paths, found = start, []
    # the loop is what takes the time: places come first, so that a step copies whole rows
    for here, there in zip(emitted.unbind(), live, strict=True):
        ways = paths[sources] + costs
        # e^ways may be 0 for each; the likeliest shifts the others, and needs no gradient
        likeliest = ways.detach().amax(0)
        after = (ways - likeliest).exp().sum(0).log() + likeliest + here
        paths = after if there is None else where(there, after, paths)
        found.append(paths)
    return cat(found).reshape(emitted.shape)


def _both(
    emitted: Tensor, skips: Tensor, start: Tensor, live: Tensor | None, end: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """``_walk`` from the start and from the end, and what is emitted, laid out as they are.

    Backwards in time and place is a walk by the same rules, so both take one loop.
    """
    count, places = skips.shape
    emitted = emitted.clamp(min=NEVER)
    # a skip goes to the place that it came from
    back = pad(skips.flip(1), (2, 0), value=NEVER)[:, :places]
    emitted = cat([emitted, emitted.flip(0, 1)], 2)
    walks = _walk(
        emitted,
        _costs(cat([skips, back])),
        cat([start, end.flip(1)]).t(),
        _frames(len(emitted), None if live is None else cat([live, live.flip(0)], 1)),
    )
    return walks[:, :, :count], walks[:, :, count:].flip(0, 1), emitted[:, :, :count]


def _costs(skips: Tensor) -> Tensor:
    """What ``_walk`` needs, from (N, P) for the skips alone."""
    first = zeros_like(skips)
    first[:, 0] = NEVER
    return stack([zeros_like(skips), first, skips]).transpose(1, 2).contiguous()


def _frames(count: int, live: Tensor | None) -> list[Tensor | None]:
    """``live`` by frame, as ``_walk`` needs it."""
    if live is None:
        return [None] * count
    whole = live.all(1).tolist()
    return [None if all_of else row for all_of, row in zip(whole, live, strict=True)]


class Alignments(Function):
    """ln of the sum of all alignments' probabilities, (N,).

    emitted: (T, P, N), the log-probability of each place's label in each frame. skips: (N, P), 0
    where a path may come from two places before, else ln 0. start: (N, P), before the first frame.
    live: (T, N), which frames there are; all if None. end: (N, P), 0 at the last place of each
    row, else ln 0. nowhere: the gradient of a row that has no alignment, for which the result is
    -inf.
    """

    @staticmethod
    def forward(
        ctx: Any,
        emitted: Tensor,
        skips: Tensor,
        start: Tensor,
        live: Tensor | None,
        end: Tensor,
        nowhere: float,
    ) -> Tensor:
        operands = emitted, skips, start, live, end
        walks: tuple[Tensor, ...] = ()
        if ctx.needs_input_grad[0]:  # backward wants both, and two at a time cost little more
            walks = _both(*operands)
            paths = walks[0][-1].t()
        else:
            frames = _frames(len(emitted), live)
            here = emitted.clamp(min=NEVER)
            paths = _walk(here, _costs(skips), start.t(), frames)[-1].t()
        # the last place is a blank, which may be left out
        before = pad(end[:, 1:], (0, 1), value=NEVER)
        total = logsumexp(stack([paths + end, paths + before]), (0, 2))
        impossible = total < NEVER / 2
        ctx.save_for_backward(*operands, impossible, *walks)
        ctx.nowhere = nowhere
        return where(impossible, -math.inf, total)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The chance that an alignment goes through a place in a frame, given the labels."""
        *operands, impossible, forth, back, emitted = ctx.saved_tensors
        if is_grad_enabled():  # a second derivative goes through the walks
            forth, back, emitted = _both(*operands)
        live = operands[3]
        # every frame's total is the whole one, but its own has its own rounding, which cancels
        chance = (forth + back - emitted).softmax(1)
        gradient = gradient * where(impossible, ctx.nowhere, 1.0)
        if live is not None:
            gradient = where(live, gradient, 0.0)
        return gradient.unsqueeze(-2) * chance, None, None, None, None, None
