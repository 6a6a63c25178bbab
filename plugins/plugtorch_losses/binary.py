"""Losses of yes or no, from a probability or from a logit. Targets may be anything from 0 to 1."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from plugtorch import Generator, Loss, Tensor, rand, randn
from plugtorch.autograd import Function
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.functional import softplus

# PyTorch's floors, so that no loss and no gradient is infinite: of ln p, and of p (1 - p)
_LOG_FLOOR = -100.0
_SPREAD_FLOOR = 1e-12


def _logs(p: Tensor) -> tuple[Tensor, Tensor]:
    """Ln p and ln(1 - p); log1p is exact for a small p, where 1 - p would round to 1."""
    return p.log().clamp(min=_LOG_FLOOR), (-p).log1p().clamp(min=_LOG_FLOOR)


class _BinaryCrossEntropy(Function):
    """The formula with its own gradient: at 0 and 1 the clamped logarithms' is 0 times infinity."""

    @staticmethod
    def forward(ctx: Any, p: Tensor, target: Tensor) -> Tensor:
        ctx.save_for_backward(p, target)
        yes, no = _logs(p)
        return (target - 1) * no - target * yes

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None]:
        p, target = ctx.saved_tensors
        to_p = to_target = None
        if ctx.needs_input_grad[0]:
            to_p = gradient * ((p - target) / (p * (1 - p)).clamp(min=_SPREAD_FLOOR))
        if ctx.needs_input_grad[1]:
            yes, no = _logs(p)
            to_target = gradient * (no - yes)
        return to_p, to_target


class BCELoss(Loss):
    """Cross-entropy of two classes: L = -w (t ln p + (1 - t) ln(1 - p)), logarithms not below -100.

    Here p is the input, a probability, and t the target. Prefer BCEWithLogitsLoss: it is exact
    where p rounds to 0 or 1.

    Args:
        weight: w, a tensor that broadcasts to the input; the mean is over elements, not over
            weights.
        reduction: "none", "mean" or "sum".
        size_average, reduce: PyTorch's older way to say the reduction.

    Raises ShapeError for different shapes, DTypeError for different dtypes, ArgumentError for an
    input outside 0 to 1 (with reduction "none" such elements are NaN instead).

    >>> import plugtorch
    >>> round(BCELoss()(plugtorch.tensor([0.5]), plugtorch.tensor([1.0])).item(), 4)
    0.6931

    Source: ``torch.nn.BCELoss``.
    """

    divides_by_weight = False  # PyTorch's choice

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Probabilities and targets from 0 to 1."""
        return rand(5, 3, generator=generator) * 0.9 + 0.05, rand(5, 3, generator=generator)

    @classmethod
    def extremes(cls, generator: Generator) -> Iterator[tuple[Tensor, ...]]:
        """Certainty, right and wrong."""
        _, target = cls.example(generator)
        for certain in (0.0, 1.0):
            for given in (target, target * 0, target * 0 + 1):
                yield target * 0 + certain, given

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        loss = super().forward(input, target)
        # a probability outside 0 to 1 has no logarithm, so it shows in the result, where looking
        # costs nothing; a device that computes later is not made to wait for it
        if loss.ndim == 0 and input.device.type == "cpu" and loss.isnan().item():
            outside = input[(input < 0) | (input > 1)]
            if outside.numel():
                raise ArgumentError(
                    f"[BCELoss] an input is {outside[0].item()}, needed probabilities from 0 to 1. "
                    "Take their sigmoid, or use BCEWithLogitsLoss."
                )
        return loss

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        if input.dtype is not target.dtype:
            raise DTypeError(
                f"[BCELoss] got an input of {input.dtype} and a target of {target.dtype}, needed "
                "equal dtypes. "
                "Convert the target with .to(input.dtype)."
            )
        loss: Tensor = _BinaryCrossEntropy.apply(input, target)
        return loss


class BCEWithLogitsLoss(Loss):
    """Sigmoid and BCELoss in one, exact for any input: L = -w (c t ln s(x) + (1 - t) ln(1 - s(x))).

    Here x is the input, a logit, s the sigmoid, t the target.

    Args:
        weight: w, a tensor that broadcasts to the input; the mean is over elements, not over
            weights.
        reduction: "none", "mean" or "sum".
        pos_weight: c, a tensor that broadcasts to the input: above 1 it favours recall, below 1
            precision.
        size_average, reduce: PyTorch's older way to say the reduction.

    Raises ShapeError for different shapes, DTypeError for a target of whole numbers.

    >>> import plugtorch
    >>> round(BCEWithLogitsLoss()(plugtorch.tensor([0.0]), plugtorch.tensor([1.0])).item(), 4)
    0.6931

    Source: ``torch.nn.BCEWithLogitsLoss``.
    """

    divides_by_weight = False  # PyTorch's choice

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)
        self.register_buffer("pos_weight", pos_weight)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Logits and targets from 0 to 1."""
        return randn(5, 3, generator=generator), rand(5, 3, generator=generator)

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        if not target.dtype.is_floating_point:
            raise DTypeError(
                f"[BCEWithLogitsLoss] got a target of {target.dtype}, needed floating point. "
                "Convert it with .to(input.dtype)."
            )
        # -ln s(x) = softplus(-x), and -ln(1 - s(x)) = x + softplus(-x), which is exact for every x:
        # s(x) itself, which rounds to 0 or 1, is never formed, so nothing overflows and a small
        # loss keeps its digits
        missed = softplus(-input, threshold=math.inf)
        pos_weight = self._buffers["pos_weight"]
        if pos_weight is not None:
            missed = missed * ((self.fitting("pos_weight", pos_weight, input) - 1) * target + 1)
        return (1 - target) * input + missed
