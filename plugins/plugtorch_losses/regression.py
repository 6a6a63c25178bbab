"""Losses of a number: squared, absolute, and the two that go from one to the other.

All take an input and a target of any one shape. Different shapes broadcast with a warning, as in
PyTorch.
"""

from __future__ import annotations

import math

from plugtorch import Loss, Tensor


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


def huber(error: Tensor, delta: float) -> Tensor:
    """error^2 / 2 where |error| <= delta, else delta (|error| - delta / 2).

    Written as m (error - m / 2) with m = error held within delta: no branch, so that a huge error
    is never squared, and no |error|, whose second derivative at 0 would be lost.
    """
    middle = error.clamp(-delta, delta)
    return middle * (error - middle * 0.5)


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
        if self.beta == 1:
            return huber(error, 1.0)
        return huber(error, self.beta) / self.beta
