"""Cross-entropy that pays less attention to what is easy."""

from __future__ import annotations

from math import isfinite
from typing import Any

from plugtorch import Generator, Loss, Tensor, finfo, rand, randint, randn
from plugtorch.nn.functional import bce_with_logits
from plugtorch_extras.classes import shares, surprise


def focus(surprise: Tensor, gamma: float) -> Tensor:
    """(1 - p)^gamma, with surprise = -ln p.

    1 - p is -expm1(ln p), exact for a p near 1. Kept off 0, where the slope of a power below 1 is
    infinite.
    """
    rest = -(-surprise).expm1()
    return rest.clamp(min=finfo(surprise.dtype).tiny) ** gamma


class FocalLoss(Loss):
    """L = -w[t] (1 - p)^gamma ln p, with p = softmax(input)[t]; mean = sum L / sum w[t].

    Here t is the target, a class index. With gamma = 0 it is CrossEntropyLoss.

    Args:
        gamma: how much less what is easy counts; at least 0.
        weight: w, one number for each class; all 1 if None. The paper's alpha.
        ignore_index: the target that means "leave this out".
        reduction: "none", "mean" or "sum".

    Shapes: input (N, C) or (N, C, d1, ...), logits; target (N) or (N, d1, ...), int64.

    Raises ArgumentError for a gamma out of its range; ShapeError, DTypeError, IndexRangeError.

    >>> import plugtorch
    >>> logits = plugtorch.tensor([[0.0, 0.0]])
    >>> round(FocalLoss()(logits, plugtorch.tensor([1])).item(), 4)  # ln 2 / 4
    0.1733

    Source: Lin et al. (2017), Focal Loss for Dense Object Detection, arXiv:1708.02002, equation 5;
    its gamma. For its alpha of 0.25, which is for two classes, see SigmoidFocalLoss.
    """

    def __init__(
        self,
        gamma: float = 2.0,
        weight: Tensor | None = None,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, weight=weight)
        if not (gamma >= 0 and isfinite(gamma)):
            raise self.refused("gamma", gamma, "a finite number of at least 0")
        self.gamma, self.ignore_index = gamma, ignore_index

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three logits, and their classes."""
        return randn(5, 3, generator=generator), randint(3, (5,), generator=generator)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        loss = surprise("FocalLoss", input, target, self.ignore_index)
        share = shares(loss, target, self._buffers["weight"], self.ignore_index)
        return self.reduce(loss * focus(loss, self.gamma) * share, share)


class SigmoidFocalLoss(Loss):
    """L = -a (1 - p)^gamma ln p, with p = s(x) and a = alpha for yes, 1 - s(x) and 1 - alpha for
    no.

    Here x is the input, a logit, s the sigmoid. A target t between no (0) and yes (1) is taken as
    that much of both: L = t L(yes) + (1 - t) L(no).

    Args:
        gamma: how much less what is easy counts; at least 0.
        alpha: what yes counts, from 0 to 1; None for as much as no, both 1.
        reduction, weight: as in ``Loss``.

    Raises ArgumentError for options out of their range, ShapeError for different shapes.

    >>> import plugtorch
    >>> logits = plugtorch.zeros(2)
    >>> loss = SigmoidFocalLoss(reduction="none")(logits, plugtorch.tensor([1.0, 0.0]))
    >>> [round(x, 4) for x in loss.tolist()]  # 1/4 and 3/4 of ln 2 / 4
    [0.0433, 0.13]

    Source: Lin et al. (2017), Focal Loss for Dense Object Detection, arXiv:1708.02002, equation 5
    and its defaults.
    """

    def __init__(self, gamma: float = 2.0, alpha: float | None = 0.25, **options: Any) -> None:
        super().__init__(**options)
        if not (gamma >= 0 and isfinite(gamma)):
            raise self.refused("gamma", gamma, "a finite number of at least 0")
        if alpha is not None and not 0 <= alpha <= 1:
            raise self.refused("alpha", alpha, "a number from 0 to 1, or None")
        self.gamma, self.alpha = gamma, alpha

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Logits, and targets from 0 to 1."""
        return randn(5, 3, generator=generator), rand(5, 3, generator=generator)

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        alpha = self.alpha
        yes, no = (1.0, 1.0) if alpha is None else (alpha, 1 - alpha)
        # -ln s(x) and -ln(1 - s(x)), neither of which forms s(x): it rounds to 0 or 1
        if_yes: Tensor = bce_with_logits(input, (target * 0 + 1).detach(), reduction="none")
        if_no = if_yes + input
        loss_yes = if_yes * focus(if_yes, self.gamma)
        loss_no = if_no * focus(if_no, self.gamma)
        return yes * target * loss_yes + no * (1 - target) * loss_no
