"""Connectionist temporal classification: a sequence of labels from a longer one of frames."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from plugtorch import (
    Generator,
    Loss,
    Tensor,
    arange,
    full_like,
    log_softmax,
    randn,
    stack,
    tensor,
    where,
)
from plugtorch.errors import DTypeError, IndexRangeError, ShapeError
from plugtorch.functional import pad
from plugtorch_losses.alignments import NEVER, Alignments
from plugtorch_losses.checks import integer, whole


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
        self.blank = integer(self, "blank", blank)
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
        frames, count, classes = self.dimensions(log_probs)
        kind = log_probs.dtype
        if kind.itemsize == 2:  # a sum over many paths needs more digits than a half has
            log_probs = log_probs.float()
        heard = self.lengths("input_lengths", input_lengths, count, frames)
        said = self.lengths("target_lengths", target_lengths, count)
        device = log_probs.device
        sizes = tensor(said, device=device)
        labels = self.padded(log_probs, targets.to(device), said, sizes)
        # a blank before, between and after the labels: places are 0, 1, ..., 2S
        spelt = stack([full_like(labels, self.blank), labels], 2).flatten(1)
        spelt = pad(spelt, (0, 1), value=self.blank)
        try:
            emitted = log_probs.gather(2, spelt.expand(frames, *spelt.shape))
        except IndexRangeError as error:
            wrong = labels[(labels < 0) | (labels >= classes)]
            raise IndexRangeError(
                f"[CTCLoss] a target is {wrong[0].item()}, but there are {classes} classes, "
                "numbered from 0. Check the labels, or the size of the last layer."
            ) from error
        # the blank between two labels may be left out, unless they are the same
        differ = pad(spelt[:, 2:] != spelt[:, :-2], (2, 0))[:, : spelt.shape[1]]
        place = arange(spelt.shape[1], device=device).expand(spelt.shape)
        allowed = stack([differ, place == 0, place == 2 * sizes.unsqueeze(1)])
        skips, start, end = where(allowed, 0.0, NEVER).to(log_probs.dtype)
        live = None
        if min(heard) < frames:
            live = arange(frames, device=device).unsqueeze(1) < tensor(heard, device=device)
        # an infinite loss has no slope, unless it counts as 0
        nowhere = 0.0 if self.zero_infinity else math.nan
        loss = -Alignments.apply(emitted.transpose(1, 2), skips, start, live, end, nowhere)
        if self.zero_infinity:
            loss = where(loss == math.inf, 0.0, loss)
        if self.reduction == "mean":
            loss = loss / sizes.clamp(min=1)
        return self.reduce((loss if batched else loss.squeeze(0)).to(kind))

    def dimensions(self, log_probs: Tensor) -> tuple[int, int, int]:
        """T, N and C, after making sure that log_probs has all three and blank is one of C."""
        shape = tuple(log_probs.shape)
        if len(shape) != 3 or 0 in shape:
            raise ShapeError(
                f"[CTCLoss] got log_probs of shape {shape}, needed (T, N, C), or (T, C) without a "
                "batch, with nothing empty."
            )
        if not log_probs.dtype.is_floating_point:
            raise DTypeError(
                f"[CTCLoss] got log_probs of {log_probs.dtype}, needed floating point. Give the "
                "log_softmax of what the network says."
            )
        if not 0 <= self.blank < shape[2]:
            raise self.refused("blank", self.blank, f"one of the {shape[2]} classes")
        return shape

    def lengths(self, name: str, given: Any, count: int, most: int | None = None) -> list[int]:
        """A length for each row, none above ``most``."""
        if isinstance(given, Tensor):
            given = whole(self, name, given).reshape(-1)
        found = given.tolist() if isinstance(given, Tensor) else [*given]
        if len(found) != count:
            raise ShapeError(
                f"[CTCLoss] got {len(found)} {name} for {count} rows, needed one for each."
            )
        wrong = [n for n in found if n < 0 or (most is not None and n > most)]
        if wrong:
            bound = "0 or more" if most is None else f"from 0 to {most}, the number of frames"
            raise self.refused(f"one of {name}", wrong[0], bound)
        return found

    def padded(self, log_probs: Tensor, targets: Tensor, said: list[int], sizes: Tensor) -> Tensor:
        """The labels as (N, S), S the longest, with blanks after the end."""
        longest, total, shape = max(said), sum(said), tuple(targets.shape)
        column = arange(longest, device=targets.device)
        inside = column < sizes.unsqueeze(1)
        if len(shape) == 2 and shape[0] == len(said) and shape[1] >= longest:
            rows = targets[:, :longest]
        elif shape == (total,):
            first = (sizes.cumsum(0) - sizes).unsqueeze(1)
            rows = targets[where(inside, first + column, 0)]
        else:
            raise ShapeError(
                f"[CTCLoss] got targets of shape {shape} for log_probs of shape "
                f"{tuple(log_probs.shape)} and target_lengths of {total} labels, at most {longest} "
                f"a row, needed ({len(said)}, {longest} or more), or ({total},) one after the "
                "other."
            )
        return where(inside, rows.long(), self.blank)
