"""Losses with one fault each. Their docstrings name the fault."""

from typing import Any

import plugtorch
from plugtorch import Loss, Tensor
from plugtorch.autograd import Function


class Squared(Loss):
    """Without a fault."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return (input - target) ** 2


class _TwiceTheGradient(Function):
    @staticmethod
    def forward(ctx: Any, error: Tensor) -> Tensor:
        ctx.save_for_backward(error)
        return error * error

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (error,) = ctx.saved_tensors
        return gradient * error * 4


class WrongGradient(Squared):
    """The derivative is twice what it should be."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return _TwiceTheGradient.apply(input - target)  # type: ignore[no-any-return]


class _NoSecond(Function):
    @staticmethod
    def forward(ctx: Any, error: Tensor) -> Tensor:
        ctx.slope = 2 * error.detach()
        return error * error

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient * ctx.slope  # type: ignore[no-any-return]


class NoSecondDerivative(Squared):
    """The first derivative is right and the second one lost."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return _NoSecond.apply(input - target)  # type: ignore[no-any-return]


class ForgetsNone(Squared):
    """reduction="none" gives the mean."""

    def reduce(self, loss: Tensor, weight: Tensor | None = None) -> Tensor:
        return loss.sum() if self.reduction == "sum" else loss.mean()


class MeanOfRows(Squared):
    """reduction="mean" divides by the rows, not by the elements."""

    def reduce(self, loss: Tensor, weight: Tensor | None = None) -> Tensor:
        if self.reduction == "mean":
            return loss.sum() / loss.shape[0]
        return super().reduce(loss, weight)


class AnyReduction(Squared):
    """A misspelt reduction is taken for "mean"."""

    def __init__(self, reduction: str = "mean") -> None:
        super().__init__(reduction if reduction in ("none", "sum") else "mean")


class ChangesInput(Squared):
    """Subtracts the target from the input in place."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        with plugtorch.no_grad():
            input -= target
        return input * input


class ChangesTarget(Squared):
    """Normalises the target in place."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        target /= target.norm()
        return (input - target) ** 2


class ChangesItself(Squared):
    """Counts its calls in a buffer that is part of its state."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.register_buffer("calls", plugtorch.zeros(()))

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        self.calls += 1
        return (input - target) ** 2


class MixesRows(Squared):
    """Compares with the mean of the batch."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return (input - input.mean(0) - target) ** 2


class NotFinite(Squared):
    """The square root of the squared error has no derivative at 0."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return ((input * 0 + input) ** 2).sqrt() + target * 0


class Overflows(Squared):
    """e^x instead of something that holds for large x."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return input.exp() - target


class Broadcasts(Squared):
    """Takes any shapes that broadcast, without a word."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return self.reduce(self.elementwise(input, target))


class CutsTarget(Squared):
    """Compares as many rows as there are targets, without a word."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        rows = min(input.shape[0], target.shape[0])
        return super().forward(input[:rows], target[:rows])


class SingleOnly(Squared):
    """Always works in float32."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return (input.float() - target.float()) ** 2


class Detached(Squared):
    """No gradient goes through it."""

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return (input.detach() - target) ** 2


class NotPickled(Squared):
    """Keeps a lambda."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.square = lambda x: x * x

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return self.square(input - target)  # type: ignore[no-any-return]


class TakesAnything(Squared):
    """Refuses no option."""

    def __init__(self, factor: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.factor = factor

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        return super().elementwise(input, target) * self.factor


class OtherFunction(Squared):
    """The function is not the module's."""

    @classmethod
    def functional(cls, *arguments: Any, **options: Any) -> Tensor:
        return super().functional(*arguments, **options) * 2


BROKEN: dict[type[Loss], set[str]] = {
    # the checks that must fail; others may as well
    WrongGradient: {"gradients-mean", "gradients-sum", "gradients-none"},
    NoSecondDerivative: {"gradients-mean"},
    ForgetsNone: {"reductions", "rows"},
    MeanOfRows: {"reductions"},
    AnyReduction: {"reductions"},
    ChangesInput: {"untouched"},
    ChangesTarget: {"untouched"},
    ChangesItself: {"untouched"},
    MixesRows: {"rows"},
    NotFinite: {"extremes"},
    Overflows: {"extremes"},
    Broadcasts: {"shapes"},
    CutsTarget: {"shapes"},
    SingleOnly: {"dtype-float64", "dtype-float16"},
    Detached: {"number"},
    NotPickled: {"copies"},
    TakesAnything: {"refusals"},
    OtherFunction: {"functional"},
}
