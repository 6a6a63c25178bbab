"""How far predictions are from smoothed labels."""

from __future__ import annotations

from math import log

from plugtorch import Generator, Loss, Tensor, randint, randn
from plugtorch.nn.functional import cross_entropy
from plugtorch_extras.classes import shares, surprise


class SmoothedKLLoss(Loss):
    """Kullback-Leibler divergence: L = sum over c of q[c] ln(q[c] / p[c]), with p = softmax(input).

    Here q is 1 - s + s / C for the target's class and s / C for others, with s = smoothing and C
    classes. It is CrossEntropyLoss with label_smoothing less the entropy of q: the same gradients,
    and 0 for a perfect prediction.

    Args:
        smoothing: s, from 0 to 1. ignore_index: the target that means "leave this out".
        reduction: "none", "mean" or "sum".

    Shapes: input (N, C) or (N, C, d1, ...), logits; target (N) or (N, d1, ...), int64.

    Raises ArgumentError for a smoothing out of its range; ShapeError, DTypeError, IndexRangeError.

    >>> import plugtorch
    >>> logits = plugtorch.tensor([[0.75, 0.25]]).log()
    >>> round(abs(SmoothedKLLoss(0.5)(logits, plugtorch.tensor([0])).item()), 4)
    0.0

    Source: Szegedy et al. (2016), arXiv:1512.00567, section 7; as a divergence, with 0.1, Vaswani
    et al. (2017), arXiv:1706.03762.
    """

    def __init__(
        self, smoothing: float = 0.1, ignore_index: int = -100, reduction: str = "mean"
    ) -> None:
        super().__init__(reduction)
        if not 0 <= smoothing <= 1:
            raise self.refused("smoothing", smoothing, "a number from 0 to 1")
        self.smoothing, self.ignore_index = smoothing, ignore_index

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Five rows of three logits, and their classes."""
        return randn(5, 3, generator=generator), randint(3, (5,), generator=generator)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        loss = surprise("SmoothedKLLoss", input, target, self.ignore_index)
        share = shares(loss, target, None, self.ignore_index)
        if self.smoothing:
            loss = cross_entropy(
                input,
                target,
                ignore_index=self.ignore_index,
                reduction="none",
                label_smoothing=self.smoothing,
            )
            classes = input.shape[0 if input.ndim == 1 else 1]
            other = self.smoothing / classes
            right = 1 - self.smoothing + other
            entropy = -right * log(right) - (classes - 1) * other * log(other)
            loss = loss - entropy * share
        return self.reduce(loss, share)
