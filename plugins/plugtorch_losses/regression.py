"""Losses of a number: squared, absolute, and the two that go from one to the other.

All take an input and a target of any one shape. Different shapes broadcast with a warning, as in
PyTorch.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch import Loss, Tensor, is_grad_enabled
from plugtorch.autograd import Function


class MSELoss(Loss):
    """Squared error: L = (input - target)^2.

    Args:
        reduction: "none", "mean" or "sum".
        weight: as in ``Loss``. size_average, reduce: PyTorch's older way to say the reduction.

    >>> import plugtorch
    >>> MSELoss()(plugtorch.tensor([1.0, 2.0]), plugtorch.tensor([1.0, 4.0])).item()
    2.0

    Source: ``torch.nn.MSELoss``.
    """

    broadcasts = True

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return (input - target).square()


class L1Loss(Loss):
    """Absolute error: L = |input - target|, with derivative 0 where they are equal.

    Args:
        reduction: "none", "mean" or "sum".
        weight: as in ``Loss``. size_average, reduce: PyTorch's older way to say the reduction.

    >>> import plugtorch
    >>> L1Loss()(plugtorch.tensor([1.0, 2.0]), plugtorch.tensor([1.0, 4.0])).item()
    1.0

    Source: ``torch.nn.L1Loss``.
    """

    broadcasts = True

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return (input - target).abs()


class _Huber(Function):
    """error^2 / 2 where |error| <= delta, else delta (|error| - delta / 2); over scale.

    Written as m (error - m / 2) with m = error held within delta: no branch, so that a huge error
    is never squared, and no |error|, whose second derivative at 0 would be lost. The derivative is
    m itself; found step by step, it would take twenty passes over the elements.
    """

    @staticmethod
    def forward(ctx: Any, error: Tensor, delta: float, scale: float) -> Tensor:
        middle = error.clamp(-delta, delta)
        slope = middle if scale == 1 else middle / scale
        ctx.save_for_backward(error, slope)
        ctx.delta, ctx.scale = delta, scale
        return slope * (error - middle * 0.5)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        error, slope = ctx.saved_tensors
        if is_grad_enabled():  # a second derivative goes through it
            slope = error.clamp(-ctx.delta, ctx.delta) / ctx.scale
        return gradient * slope, None, None


def huber(error: Tensor, delta: float, scale: float = 1.0) -> Tensor:
    """Huber's function of every error, over scale."""
    loss: Tensor = _Huber.apply(error, delta, scale)
    return loss


class HuberLoss(Loss):
    """Squared near 0: L = e^2 / 2 where |e| <= delta. Absolute far out: delta (|e| - delta / 2).

    Here e = input - target.

    Args:
        reduction: "none", "mean" or "sum".
        delta: where it goes from squared to absolute; above 0.
        weight: as in ``Loss``; the mean is over elements. size_average, reduce: PyTorch's older
            way to say the reduction.

    Raises ArgumentError unless 0 < delta < infinity.

    >>> import plugtorch
    >>> HuberLoss(reduction="none")(plugtorch.tensor([0.5, 3.0]), plugtorch.zeros(2)).tolist()
    [0.125, 2.5]

    Source: Huber (1964), doi:10.1214/aoms/1177703732; ``torch.nn.HuberLoss``.
    """

    broadcasts = True
    divides_by_weight = False  # PyTorch's choice

    def __init__(
        self,
        reduction: str = "mean",
        delta: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)
        if not (delta > 0 and math.isfinite(delta)):
            raise self.refused("delta", delta, "a finite number above 0")
        self.delta = delta

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return huber(input - target, self.delta)


class SmoothL1Loss(Loss):
    """Squared near 0: L = e^2 / (2 beta) where |e| < beta. Absolute far out: |e| - beta / 2.

    Here e = input - target. It is Huber's loss over beta, and |e| when beta is 0.

    Args:
        reduction: "none", "mean" or "sum".
        beta: where it goes from squared to absolute; 0 or more.
        weight: as in ``Loss``. size_average, reduce: PyTorch's older way to say the reduction.

    Raises ArgumentError unless 0 <= beta < infinity.

    >>> import plugtorch
    >>> SmoothL1Loss(reduction="none")(plugtorch.tensor([0.5, 3.0]), plugtorch.zeros(2)).tolist()
    [0.125, 2.5]

    Source: Girshick (2015), arXiv:1504.08083; ``torch.nn.SmoothL1Loss``.
    """

    broadcasts = True

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        beta: float = 1.0,
        weight: Tensor | None = None,
    ) -> None:
        super().__init__(reduction, weight=weight, size_average=size_average, reduce=reduce)
        if not (beta >= 0 and math.isfinite(beta)):
            raise self.refused("beta", beta, "a finite number of at least 0")
        self.beta = beta

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        error = input - target
        if self.beta == 0:
            return error.abs()
        return huber(error, self.beta, self.beta)
