"""All the ways in which a short sequence can be laid along a longer one, in log space.

The labels, with a blank before, between and after them, are P places. A path goes through them from
left to right, one place for each frame. T are the frames, N the rows.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch import Tensor, arange, cat, logsumexp, stack, where, zeros_like
from plugtorch.autograd import Function
from plugtorch.functional import pad

# ln 0, but finite: -inf - -inf would be NaN in every sum of impossible paths, and its gradient. No
# path of float32 log-probabilities comes near half of it.
NEVER = -1e30


def _walk(emitted: Tensor, skips: Tensor, start: Tensor, live: Tensor | None) -> list[Tensor]:
    """The log-probability of all paths up to each frame that end at each place, (N, P) by frame.

    emitted: (T, N, P), that of each place's label in each frame. skips: (N, P), 0 where a path may
    come from two places before, else ln 0. start: (N, P), before the first frame. live: (T, N, 1),
    which frames there are; all if None.
    """
    place = arange(start.shape[1], device=start.device)
    # a path stays, comes from the place before, or from the one before that
    sources = stack([place, place - 1, place - 2]).clamp(min=0)
    first = where(place == 0, NEVER, 0.0).to(skips.dtype).expand(skips.shape)
    costs = stack([zeros_like(skips), first, skips], 1)
    paths, found = start, []
    for frame, here in enumerate(emitted):
        ways = paths[:, sources] + costs
        after = logsumexp(ways, 1) + here
        paths = after if live is None else where(live[frame], after, paths)
        found.append(paths)
    return found


class Alignments(Function):
    """ln of the sum of all alignments' probabilities, (N,). Arguments: those of ``_walk``, and two.

    end: (N, P), 0 at the last place of each row, else ln 0. nowhere: the gradient of a row that has
    no alignment, for which the result is -inf.
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
        paths = _walk(emitted, skips, start, live)[-1]
        # the last place is a blank, which may be left out
        before = pad(end[:, 1:], (0, 1), value=NEVER)
        total = logsumexp(stack([paths + end, paths + before]), (0, 2))
        impossible = total < NEVER / 2
        ctx.save_for_backward(emitted, skips, start, live, end, impossible)
        ctx.nowhere = nowhere
        return where(impossible, -math.inf, total)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The chance that an alignment goes through a place in a frame, given the labels."""
        emitted, skips, start, live, end, impossible = ctx.saved_tensors
        # Backwards in time and place is a walk by the same rules, so both take one loop. A skip
        # goes to the place that it came from.
        back = pad(skips.flip(1), (2, 0), value=NEVER)[:, : skips.shape[1]]
        both = _walk(
            cat([emitted, emitted.flip(0, 2)], 1),
            cat([skips, back]),
            cat([start, end.flip(1)]),
            None if live is None else cat([live, live.flip(0)], 1),
        )
        walks, rows = stack(both), start.shape[0]
        through = walks[:, :rows] + walks[:, rows:].flip(0, 2) - emitted
        # every frame's total is the whole one, but its own has its own rounding, which cancels
        chance = (through - logsumexp(through, 2, keepdim=True)).exp()
        chance = where(impossible.reshape(-1, 1), ctx.nowhere, chance)
        if live is not None:
            chance = where(live, chance, 0.0)
        return gradient.reshape(1, -1, 1) * chance, None, None, None, None, None
