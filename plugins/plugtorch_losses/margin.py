"""Losses of a pair that is alike or not, ordered one way or the other: the target is 1 or -1."""

from __future__ import annotations

import math

from plugtorch import Generator, Loss, Tensor, randn, where
from plugtorch.functional import softplus
from plugtorch_losses.checks import equal_axes, finite, signs


class HingeEmbeddingLoss(Loss):
    """Small for what is alike: L = x where the target is 1, max(0, margin - x) where it is -1.

    Here x is the input, a distance. Any other target counts as both.

    Args:
        margin: the distance from which what is not alike costs nothing.
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "mean" or "sum".

    Different shapes broadcast with a warning. Raises ArgumentError for a margin that is infinite.

    >>> import plugtorch
    >>> loss = HingeEmbeddingLoss(reduction="none")
    >>> loss(plugtorch.tensor([0.25, 0.25, 2.0]), plugtorch.tensor([1, -1, -1]))
    tensor([0.2500, 0.7500, 0.0000])

    Source: ``torch.nn.HingeEmbeddingLoss``.
    """

    broadcasts = True

    def __init__(
        self,
        margin: float = 1.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average=size_average, reduce=reduce)
        self.margin = finite(self, "margin", margin)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Distances, and whether they should be small."""
        return randn(5, 3, generator=generator), signs(5, 3, generator=generator)

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        apart = (self.margin - input).clamp(min=0)
        return where(target != -1, input, 0.0) + where(target != 1, apart, 0.0)


class MarginRankingLoss(Loss):
    """Which of two is larger: L = max(0, margin - target (input1 - input2)).

    Args:
        margin: by how much the first must be larger (target 1) or smaller (target -1).
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "mean" or "sum".

    Different shapes broadcast with a warning. Raises ShapeError unless all three operands have
    equally many axes, ArgumentError for a margin that is infinite.

    >>> import plugtorch
    >>> first, second = plugtorch.tensor([1.0, 1.0]), plugtorch.tensor([3.0, 3.0])
    >>> MarginRankingLoss(reduction="none")(first, second, plugtorch.tensor([1.0, -1.0])).tolist()
    [2.0, 0.0]

    Source: ``torch.nn.MarginRankingLoss``.
    """

    operands = 3
    broadcasts = True

    def __init__(
        self,
        margin: float = 0.0,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average=size_average, reduce=reduce)
        self.margin = finite(self, "margin", margin)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Two numbers, and which should be larger."""
        first, second = (randn(5, 3, generator=generator) for _ in range(2))
        return first, second, signs(5, 3, generator=generator)

    def forward(  # type: ignore[override]  # three operands
        self, input1: Tensor, input2: Tensor, target: Tensor
    ) -> Tensor:
        equal_axes(self, input1=input1, input2=input2, target=target)
        if input1.shape != input2.shape:
            self.check_shapes(input1, input2, ("input1", "input2"))
        elif input1.shape != target.shape:
            self.check_shapes(input1, target, ("input1", "target"))
        return self.reduce((self.margin - target * (input1 - input2)).clamp(min=0))


class SoftMarginLoss(Loss):
    """Two classes, -1 and 1, from a logit: L = ln(1 + e^(-target input)).

    Args:
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "mean" or "sum".

    Different shapes broadcast with a warning. PyTorch's is infinite for an input of -90 in float32;
    this one is finite for any.

    >>> import plugtorch
    >>> SoftMarginLoss()(plugtorch.tensor([-1000.0]), plugtorch.tensor([1.0])).item()
    1000.0

    Source: ``torch.nn.SoftMarginLoss``.
    """

    broadcasts = True

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average=size_average, reduce=reduce)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Logits, and the classes -1 and 1."""
        return randn(5, 3, generator=generator), signs(5, 3, generator=generator)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        if input.shape != target.shape:
            self.check_shapes(input, target)
        # softplus never forms an e^-z that overflows
        return self.reduce(softplus(-(input * target), threshold=math.inf))
