"""Negative log-likelihoods of a number: of a count, and of a measurement whose error is known."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from plugtorch import Generator, Loss, Tensor, rand, randn, where
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch_losses.checks import finite


class PoissonNLLLoss(Loss):
    """How unlikely a count is: L = e^x - t x, where x is the input, the logarithm of its mean.

    Without log_input the input is the mean itself and L = x - t ln(x + eps). What depends only on
    the target, ln t!, is left out; ``full`` adds it as t ln t - t + ln(2 pi t) / 2 where t > 1.

    Args:
        log_input: whether the input is a logarithm. Prefer it: any number is allowed then.
        full: whether to add the term of the target.
        size_average, reduce: PyTorch's older way to say the reduction.
        eps: keeps ln finite where the mean is 0; 0 or more.
        reduction: "none", "mean" or "sum".

    Different shapes broadcast with a warning. Raises ArgumentError for an eps below 0.

    >>> import plugtorch
    >>> PoissonNLLLoss()(plugtorch.tensor([0.0]), plugtorch.tensor([3.0])).item()
    1.0

    Source: Stirling's approximation for ln t!; ``torch.nn.PoissonNLLLoss``.
    """

    broadcasts = True

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction, size_average=size_average, reduce=reduce)
        self.log_input = log_input
        self.full = full
        self.eps = finite(self, "eps", eps, 0)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Logarithms of means, or means, and counts; none at 1, where the full loss has a jump."""
        return rand(5, 3, generator=generator) + 0.5, rand(5, 3, generator=generator) * 5 + 1.5

    @classmethod
    def extremes(cls, generator: Generator) -> Iterator[tuple[Tensor, ...]]:
        """Counts of none and of many. The mean of a count is e^input, finite up to about 88."""
        input, target = cls.example(generator)
        for mean in (0.0, 50.0):
            for count in (0.0, 1e4):
                yield input * mean, target * count

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        if self.log_input:
            loss = input.exp() - target * input
        else:
            loss = input - target * (input + self.eps).log()
        if not self.full:
            return loss
        # 1 stands in for what is not above 1: ln 0 would make a gradient of 0 times infinity
        counts = where(target > 1, target, 1.0)
        rest = counts * counts.log() - counts + (counts * (2 * math.pi)).log() * 0.5
        return loss + where(target > 1, rest, 0.0)


class GaussianNLLLoss(Loss):
    """How unlikely a measurement is: L = (ln v + (input - target)^2 / v) / 2, v = max(var, eps).

    ``full`` adds ln(2 pi) / 2. The gradient to var takes no notice of eps, so that a var of 0 is
    not stuck there.

    Args:
        full: whether to add the constant.
        eps: the least variance that counts; above 0 unless every var is.
        reduction: "none", "mean" or "sum".

    The third operand is var, the variance: a number, or a tensor of the input's shape, perhaps
    without its last axis or with one axis of size 1. Raises ShapeError for another shape,
    ArgumentError for a var below 0.

    >>> import plugtorch
    >>> mean, seen, var = plugtorch.tensor([1.0]), plugtorch.tensor([3.0]), plugtorch.tensor([1.0])
    >>> GaussianNLLLoss()(mean, seen, var).item()
    2.0

    Source: Nix and Weigend (1994), doi:10.1109/ICNN.1994.374138; ``torch.nn.GaussianNLLLoss``.
    """

    operands = 3
    broadcasts = True

    def __init__(self, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction)
        self.full = full
        self.eps = finite(self, "eps", eps, 0)

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """Means, measurements and variances."""
        input, target = (randn(5, 3, generator=generator) for _ in range(2))
        return input, target, rand(5, 3, generator=generator) + 0.5

    @classmethod
    def extremes(cls, generator: Generator) -> Iterator[tuple[Tensor, ...]]:
        """Means far away, and variances of 0."""
        yield from super().extremes(generator)
        input, target, var = cls.example(generator)
        yield input * 1e4, target, var * 0

    def forward(  # type: ignore[override]  # three operands
        self, input: Tensor, target: Tensor, var: Tensor | float
    ) -> Tensor:
        if input.shape != target.shape:
            self.check_shapes(input, target)
        spread: Any = var if isinstance(var, Tensor) else input.new_full((), var)
        lowest = spread.min().item() if spread.numel() else 0
        if lowest < 0:
            raise ArgumentError(
                f"[GaussianNLLLoss] a var is {lowest}, needed variances of at least 0. Give the "
                "exponential or the softplus of what the network says."
            )
        if isinstance(var, Tensor):
            spread = self.along(input, var)
        # only the value is held above eps, not the gradient
        spread = spread + (spread.clamp(min=self.eps) - spread).detach()
        loss = (spread.log() + (input - target).square() / spread) * 0.5
        return self.reduce(loss + 0.5 * math.log(2 * math.pi) if self.full else loss)

    def along(self, input: Tensor, var: Tensor) -> Tensor:
        """``var`` in a shape that broadcasts to the input's."""
        have, need = tuple(var.shape), tuple(input.shape)
        if have == need:
            return var
        if have == need[:-1]:
            return var.unsqueeze(-1)
        # PyTorch's rule: one axis may differ, which has size 1
        if len(have) == len(need) and sum(a for a, b in zip(have, need) if a != b) == 1:
            return var
        raise ShapeError(
            f"[GaussianNLLLoss] got a var of shape {have} for an input of shape {need}, needed "
            "that shape, that without its last axis, or one axis of size 1."
        )
