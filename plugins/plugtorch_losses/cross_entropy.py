"""The loss of one class among many, from logits. Shapes are those of ``NLLLoss``.

A target of the input's own shape has a probability for each class; any other has class indices.
"""

from __future__ import annotations

from plugtorch import Generator, Tensor, log_softmax, randint, randn
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch_losses.nll import NLLLoss


class CrossEntropyLoss(NLLLoss):
    """Log-softmax and NLLLoss in one: L = -sum over c of w[c] q[c] ln softmax(input)[c].

    Here q is the target's probabilities, or 1 for its class and 0 for others, smoothed to
    (1 - s) q + s / C with s = label_smoothing. The mean divides by the sum of w[t] for class
    indices, by the number of elements for probabilities.

    Args:
        weight: w, one number for each class, of the input's dtype; all 1 if None.
        ignore_index: the class index that means "leave this out"; not for probabilities.
        reduction: "none", "mean" or "sum".
        label_smoothing: s, from 0 to 1.
        size_average, reduce: PyTorch's older way to say the reduction.

    Raises ArgumentError, ShapeError, DTypeError, and IndexRangeError for a class that there is not.

    >>> import plugtorch
    >>> logits = plugtorch.tensor([[2.0, 0.0], [0.0, 0.0]])
    >>> CrossEntropyLoss(reduction="none")(logits, plugtorch.tensor([0, 1]))
    tensor([0.1269, 0.6931])

    Source: Szegedy et al. (2016), arXiv:1512.00567, for the smoothing;
    ``torch.nn.CrossEntropyLoss``.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, ignore_index, reduce, reduction)
        if not 0 <= label_smoothing <= 1:
            raise self.refused("label_smoothing", label_smoothing, "a number from 0 to 1")
        self.label_smoothing = label_smoothing

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three logits, and their classes."""
        return randn(5, 3, generator=generator), randint(3, (5,), generator=generator)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        axis = self.class_axis(input)
        weight = self.class_weight(input, axis)
        kind = input.dtype
        if kind.itemsize == 2:  # a sum of many e^x needs more digits than a half has
            input = input.float()
            weight = None if weight is None else weight.float()
        # not the logarithm of softmax(input): e^x overflows, and a probability of 0 has none
        log_p = log_softmax(input, axis)
        if target.shape == input.shape:
            loss = self.from_probabilities(log_p, target, weight, axis)
        else:
            loss = self.from_indices(log_p, target, weight, axis)
        return loss if input.dtype is kind else loss.to(kind)

    def from_indices(
        self, log_p: Tensor, target: Tensor, weight: Tensor | None, axis: int
    ) -> Tensor:
        """The loss for a target that names classes."""
        picked, index, kept = self.pick(log_p, target, axis)
        loss, share = -picked, None
        if weight is not None:
            share = weight[index]
            loss = loss * share
        smoothing = self.label_smoothing
        if smoothing:  # every class gets an equal part of what the right one gives up
            weighed = log_p if weight is None else log_p * along(axis, weight, log_p)
            loss = loss * (1 - smoothing) - weighed.mean(axis, keepdim=True) * smoothing
        return self.finish(loss, share, kept, axis)

    def from_probabilities(
        self, log_p: Tensor, target: Tensor, weight: Tensor | None, axis: int
    ) -> Tensor:
        """The loss for a target with a probability for each class."""
        if not target.dtype.is_floating_point:
            raise DTypeError(
                f"[CrossEntropyLoss] got a target of {target.dtype} in the input's shape, which "
                "means a probability for each class, needed floating point. Convert it with "
                ".float(), or give class indices, with one axis less."
            )
        if self.ignore_index >= 0:
            raise ArgumentError(
                f"[CrossEntropyLoss] ignore_index is {self.ignore_index}, but the target has "
                "probabilities, not class indices. Leave it out."
            )
        if self.label_smoothing:
            even = self.label_smoothing / log_p.shape[axis]
            target = target * (1 - self.label_smoothing) + even
        if weight is not None:
            target = target * along(axis, weight, log_p)
        loss = -(log_p * target).sum(axis, keepdim=True)
        return self.finish(loss, None, None, axis)


def along(axis: int, weight: Tensor, values: Tensor) -> Tensor:
    """``weight`` of shape (C,) in a shape that broadcasts along the classes' axis of ``values``."""
    return weight.reshape(-1, *[1] * (values.ndim - axis - 1))
