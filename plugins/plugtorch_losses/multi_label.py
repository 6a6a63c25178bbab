"""Several classes at once, each of which is there or not."""

from __future__ import annotations

from plugtorch import Tensor
from plugtorch.errors import ShapeError
from plugtorch_losses.binary import BCEWithLogitsLoss


class MultiLabelSoftMarginLoss(BCEWithLogitsLoss):
    """Each class, yes or no, for itself: BCEWithLogitsLoss, and its mean over the classes.

    L = -w (t ln s(x) + (1 - t) ln(1 - s(x))), where x is the input, s the sigmoid, t the target.

    Args:
        weight: w, a tensor that broadcasts to the input.
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none" (one number for each row), "mean" or "sum".

    Different shapes broadcast with a warning. Raises ShapeError for an input without an axis.

    >>> import plugtorch
    >>> loss = MultiLabelSoftMarginLoss(reduction="none")
    >>> loss(plugtorch.zeros(2, 3), plugtorch.ones(2, 3))
    tensor([0.6931, 0.6931])

    Source: ``torch.nn.MultiLabelSoftMarginLoss``.
    """

    broadcasts = True

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        if not input.ndim:
            raise ShapeError(
                "[MultiLabelSoftMarginLoss] got an input of shape (), needed (..., C)."
            )
        whole_numbers = not target.dtype.is_floating_point
        return super().elementwise(input, target.to(input.dtype) if whole_numbers else target)

    def reduce(self, loss: Tensor, weight: Tensor | None = None) -> Tensor:
        return super().reduce(loss.mean(-1))
