"""Connectionist temporal classification: a sequence of labels from a longer one of frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch import Generator, Loss, Tensor, arange, cat, log_softmax, randn, stack, tensor, where
from plugtorch.autograd import Function
from plugtorch.errors import DTypeError, IndexRangeError, ShapeError
from plugtorch.functional import pad
from plugtorch import logsumexp

# ln 0, but finite: -inf - -inf would be NaN in every sum of impossible paths, and its gradient. No
# path of float32 log-probabilities comes near half of it.
_NEVER = -1e30


def _walk(emitted: Tensor, skips: Tensor, start: Tensor, live: Tensor | None) -> list[Tensor]:
    """The log-probability of all paths up to each frame that end at each place, (N, P) by frame.

    emitted: (T, N, P), that of each place's label in each frame. skips: (N, P), 0 where a path may
    come from two places before, else ln 0. start: (N, P), before the first frame. live: (T, N, 1),
    which frames there are; all if None.
    """
    paths, found = start, []
    for frame in range(emitted.shape[0]):
        # a path stays, comes from the place before, or from the one before that
        before = pad(paths, (2, 0), value=_NEVER)
        ways = stack([paths, before[:, 1:-1], before[:, :-2] + skips])
        after = logsumexp(ways, 0) + emitted[frame]
        paths = after if live is None else where(live[frame], after, paths)
        found.append(paths)
    return found


class _Alignments(Function):
    """ln of the sum of all alignments' probabilities, (N,). Arguments: those of ``_walk``, and end.

    end: (N, P), 0 at the last place of each row, else ln 0.
    """

    @staticmethod
    def forward(
        ctx: Any, emitted: Tensor, skips: Tensor, start: Tensor, live: Tensor | None, end: Tensor
    ) -> Tensor:
        paths = ([start] + _walk(emitted, skips, start, live))[-1]
        # the last place is a blank, which may be left out
        total = logsumexp(stack([paths + end, paths + _earlier(end)]), (0, 2))
        ctx.save_for_backward(emitted, skips, start, live, end)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """The chance that an alignment goes through a place in a frame, given the labels."""
        emitted, skips, start, live, end = ctx.saved_tensors
        # Backwards in time and place is a walk by the same rules, so both take one loop. A skip
        # goes to the place that it came from.
        back = pad(skips.flip(1), (2, 0), value=_NEVER)[:, : skips.shape[1]]
        both = _walk(
            cat([emitted, emitted.flip(0, 2)], 1),
            cat([skips, back]),
            cat([start, end.flip(1)]),
            None if live is None else cat([live, live.flip(0)], 1),
        )
        walks, rows = stack(both), start.shape[0]
        through = walks[:, :rows] + walks[:, rows:].flip(0, 2) - emitted
        # every frame's total is the whole one; its own rounding cancels
        chance = (through - logsumexp(through, 2, keepdim=True)).exp()
        if live is not None:
            chance = where(live, chance, 0.0)
        return gradient.reshape(1, -1, 1) * chance, None, None, None, None


def _earlier(places: Tensor) -> Tensor:
    return pad(places[:, 1:], (0, 1), value=_NEVER)


class CTCLoss(Loss):
    """Minus ln of the probability of the labels, summed over all alignments with the frames.

    An alignment names a class in each frame; without repetitions and then without blanks it is the
    target. Rows that have none, because there are too few frames, have an infinite loss. The mean
    divides each row's loss by the number of its labels, then by the number of rows.

    Args:
        blank: the class that stands for no label.
        reduction: "none", "mean" or "sum".
        zero_infinity: whether an infinite loss and its gradient (NaN) are 0 instead.

    Takes log_probs (T, N, C), the log-softmax of T frames; targets, padded (N, S) or one row after
    the other (sum of target_lengths,); input_lengths and target_lengths, (N,), tensors or lists.
    Without a batch: (T, C), (S,), and lengths of one number. The gradient is that of any log_probs;
    PyTorch's is that of log-softmaxed ones, and the same once it has gone through log_softmax.

    Raises ShapeError, DTypeError, ArgumentError, and IndexRangeError for a class that there is not.

    >>> import plugtorch
    >>> log_probs = plugtorch.tensor([[0.5, 0.5], [0.5, 0.5]]).log()
    >>> loss = CTCLoss()(log_probs, plugtorch.tensor([1]), [2], [1])
    >>> round(loss.exp().item(), 4)  # 3 of 4 alignments, 01 10 11, say 1
    1.3333

    Source: Graves et al. (2006), doi:10.1145/1143844.1143891; ``torch.nn.CTCLoss``.
    """

    operands = 4
    batch_axis = 1
    plain_mean = False

    def __init__(
        self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False
    ) -> None:
        super().__init__(reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Three rows of up to seven frames and three labels, one of them twice in a row."""
        log_probs = log_softmax(randn(7, 3, 4, generator=generator), 2)
        targets = tensor([[1, 1, 2], [3, 0, 0], [2, 3, 0]])
        return log_probs, targets, tensor([7, 5, 2]), tensor([3, 1, 2])

    def forward(  # type: ignore[override]  # four operands
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor | Sequence[int],
        target_lengths: Tensor | Sequence[int],
    ) -> Tensor:
        batched = log_probs.ndim == 3
        if not batched and log_probs.ndim == 2:
            log_probs = log_probs.unsqueeze(1)
            targets = targets.reshape(1, -1)
        self.check_log_probs(log_probs)
        frames, count, _ = log_probs.shape
        kind = log_probs.dtype
        if kind.itemsize == 2:  # a sum over many paths needs more digits than a half has
            log_probs = log_probs.float()
        heard = self.lengths("input_lengths", input_lengths, count, frames)
        said = self.lengths("target_lengths", target_lengths, count)
        labels, said_of = self.padded(targets, said, log_probs)
        spelt, skips = self.places(labels)
        try:
            emitted = log_probs.gather(2, spelt.expand(frames, *spelt.shape))
        except IndexRangeError as error:
            wrong = labels[(labels < 0) | (labels >= log_probs.shape[2])][0].item()
            raise IndexRangeError(
                f"[CTCLoss] a target is {wrong}, but there are {log_probs.shape[2]} classes, "
                "numbered from 0."
            ) from error
        place = arange(spelt.shape[1], device=labels.device)
        start = where(place == 0, 0.0, skips.new_full(skips.shape, _NEVER))
        end = where(place == 2 * said_of.unsqueeze(1), 0.0, skips.new_full(skips.shape, _NEVER))
        live = None
        if min(heard) < frames:
            ends = tensor(heard, device=labels.device)
            live = arange(frames, device=labels.device).reshape(-1, 1) < ends
            live = live.unsqueeze(2)
        loss = -_Alignments.apply(emitted.clamp(min=_NEVER), skips, start, live, end)
        never = loss > -_NEVER / 2
        if self.zero_infinity:
            loss = where(never, 0.0, loss)
        else:  # times infinity, so that its gradient is NaN: what has no alignment has no slope
            loss = loss * where(never, float("inf"), 1.0)
        if self.reduction == "mean":
            loss = loss / said_of.clamp(min=1)
        loss = loss.to(kind)
        return self.reduce(loss if batched else loss.squeeze(0))
