"""Losses of a number. All take an input and a target of any one shape."""

from __future__ import annotations

from math import isfinite, log
from typing import Any

from plugtorch import Loss, Tensor, where
from plugtorch.nn.functional import softplus


class CharbonnierLoss(Loss):
    """Absolute error, smooth at 0: L = sqrt(e^2 + epsilon^2), with e = input - target.

    Args:
        epsilon: how wide the smooth part is; above 0.
        reduction, weight: as in ``Loss``.

    Raises ArgumentError unless 0 < epsilon < infinity.

    >>> import plugtorch
    >>> loss_fn = CharbonnierLoss(epsilon=3.0)
    >>> loss_fn(plugtorch.tensor([4.0]), plugtorch.tensor([0.0])).item()
    5.0

    Source: Charbonnier et al. (1994), doi:10.1109/ICIP.1994.413553; Lai et al. (2017),
    arXiv:1704.03915, with epsilon.
    """

    def __init__(self, epsilon: float = 1e-3, **options: Any) -> None:
        super().__init__(**options)
        if not (epsilon > 0 and isfinite(epsilon)):
            raise self.refused("epsilon", epsilon, "a finite number above 0")
        self.epsilon = epsilon

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        # sqrt((e / s)^2 + (epsilon / s)^2) s with the larger one as s: squares neither overflow nor
        # vanish. s is a constant of the formula, so no gradient goes through it.
        error = input - target
        scale = error.detach().abs().clamp(min=self.epsilon)
        return ((error / scale).square() + (self.epsilon / scale).square()).sqrt() * scale


class LogCoshLoss(Loss):
    """Squared near 0, absolute far out, smooth everywhere: L = ln cosh e, with e = input - target.

    Args:
        reduction, weight: as in ``Loss``.

    >>> import plugtorch
    >>> loss = LogCoshLoss(reduction="none")(plugtorch.tensor([0.0, 100.0]), plugtorch.zeros(2))
    >>> [round(x, 4) for x in loss.tolist()]  # far out |e| - ln 2
    [0.0, 99.3069]

    Source: Saleh and Saleh (2022), Statistical Properties of the log-cosh Loss Function,
    arXiv:2208.04564.
    """

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        error = input - target
        # far out cosh overflows, and this is the same; near 0 its digits would cancel
        far = error + softplus(-2 * error) - log(2)
        near = (2 * (error.clamp(-1, 1) / 2).sinh().square()).log1p()
        return where(error.abs() < 1, near, far)


class QuantileLoss(Loss):
    """The pinball loss, least at a quantile: L = max(q e, (q - 1) e), with e = target - input.

    Args:
        quantile: q, from 0 to 1; 0.5 is half the absolute error, whose least is at the median.
        reduction, weight: as in ``Loss``.

    Raises ArgumentError unless 0 <= quantile <= 1.

    >>> import plugtorch
    >>> loss_fn = QuantileLoss(0.75, reduction="none")
    >>> loss_fn(plugtorch.tensor([1.0, 3.0]), plugtorch.tensor([2.0, 2.0])).tolist()
    [0.75, 0.25]

    Source: Koenker and Bassett (1978), Regression Quantiles, doi:10.2307/1913643.
    """

    def __init__(self, quantile: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        if not 0 <= quantile <= 1:
            raise self.refused("quantile", quantile, "a number from 0 to 1")
        self.quantile = quantile

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        error = target - input
        return (self.quantile * error).maximum((self.quantile - 1) * error)
