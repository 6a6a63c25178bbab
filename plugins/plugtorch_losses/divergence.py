"""The Kullback-Leibler divergence of two distributions."""

from __future__ import annotations

from collections.abc import Iterator

from plugtorch import Generator, Loss, Tensor, randn, where, zeros
from plugtorch.errors import DTypeError
from plugtorch.functional import log_softmax, softmax


class KLDivLoss(Loss):
    """How much the target's distribution t differs from the input's: L = t (ln t - input).

    Here the input has log-probabilities. With log_target the target has them, too, and
    L = e^t (t - input). The divergence is the sum over the classes: reduction "batchmean" is that,
    a mean over the first axis, while "mean" divides by the number of all elements.

    Args:
        size_average, reduce: PyTorch's older way to say the reduction.
        reduction: "none", "batchmean", "mean" or "sum".
        log_target: whether the target has log-probabilities.

    Different shapes broadcast with a warning. Raises DTypeError for whole numbers.

    >>> import plugtorch
    >>> log_p = plugtorch.tensor([[0.5, 0.5]]).log()
    >>> loss = KLDivLoss(reduction="batchmean")(log_p, plugtorch.tensor([[1.0, 0.0]]))
    >>> round(loss.item(), 4)  # ln 2
    0.6931

    Source: Kullback and Leibler (1951), doi:10.1214/aoms/1177729694; ``torch.nn.KLDivLoss``.
    """

    broadcasts = True

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        batchmean = reduction == "batchmean"
        super().__init__(
            "sum" if batchmean else reduction, size_average=size_average, reduce=reduce
        )
        if batchmean and size_average is None and reduce is None:
            self.reduction = reduction
        self.log_target = log_target

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Log-probabilities and probabilities of three classes."""
        input, target = (randn(5, 3, generator=generator) for _ in range(2))
        return log_softmax(input, 1), softmax(target, 1)

    @classmethod
    def extremes(cls, generator: Generator) -> Iterator[tuple[Tensor, ...]]:
        """Unlikely inputs, and targets that are certain."""
        yield from super().extremes(generator)
        input, target = cls.example(generator)
        certain = zeros(target.shape)
        certain[:, 1] = 1.0
        yield input * 1e4, certain

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        if input.shape != target.shape:
            self.check_shapes(input, target)
        loss = self.elementwise(input, target)
        if self.reduction != "batchmean":
            return self.reduce(loss)
        # one distribution without a batch is a batch of one
        return loss.sum() / input.shape[0] if input.ndim else loss.sum()

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        for name, tensor in (("an input", input), ("a target", target)):
            if not tensor.dtype.is_floating_point:
                raise DTypeError(
                    f"[KLDivLoss] got {name} of {tensor.dtype}, needed floating point. Convert it "
                    "with .float()."
                )
        if self.log_target:
            return target.exp() * (target - input)
        # t ln t is 0 at 0, where ln t is not: 1 stands in for 0 there, so that neither the loss nor
        # a gradient is 0 times infinity
        entropy = target * where(target == 0, 1.0, target).log()
        return entropy - target * input
