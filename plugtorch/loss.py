"""The base of every loss: reduction, weights and shape checks, once.

An author writes the formula for one element, or the whole ``forward``:

    class LogCoshLoss(Loss):
        def elementwise(self, input, target):
            error = input - target
            return error + softplus(-2 * error) - math.log(2)

Module, function (``LogCoshLoss.functional(input, target, reduction="sum")``) and name
(``plugtorch.losses.create("log_cosh")``) are then three ways to the same formula.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from typing import Any, ClassVar

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module
from plugtorch.tensor import Tensor
from plugtorch.tensor.random import Generator, randn

REDUCTIONS = ("none", "mean", "sum")


class Loss(Module):
    """A module that says how far ``input`` is from ``target``.

    none: L[i] = elementwise(input[i], target[i]); sum: sum L; mean: sum L / numel(L).
    With a weight, L[i] is multiplied by w[i] and the mean is sum L / sum w (of some, by numel L).

    Args:
        reduction: "none", "mean" or "sum".
        weight: a tensor that broadcasts to the shape of L, or None.
        size_average, reduce: PyTorch's older way to say the reduction. They warn.

    Raises ArgumentError for another reduction, ShapeError (in the call) for shapes that do not fit.

    >>> import plugtorch
    >>> class Absolute(plugtorch.Loss):
    ...     def elementwise(self, input, target):
    ...         return (input - target).abs()
    >>> Absolute(reduction="sum")(plugtorch.tensor([1.0, 2.0]), plugtorch.tensor([3.0, 3.0])).item()
    3.0

    Source: the family of ``torch.nn`` losses.
    """

    operands: ClassVar[int] = 2
    """How many tensors ``forward`` takes; ``functional`` hands the rest to the constructor."""

    broadcasts: ClassVar[bool] = False
    """Whether an input and a target of different shapes are let through with a warning."""

    divides_by_weight: ClassVar[bool] = True
    """Whether a weighted mean is over the sum of the weights, or over the number of elements."""

    plain_mean: ClassVar[bool] = True
    """Whether reduction "mean" without a weight is the mean of what "none" gives."""

    batch_axis: ClassVar[int] = 0
    """The axis of ``forward``'s first tensor that counts the rows; in the others it is axis 0."""

    reduction: str

    def __init__(
        self,
        reduction: str = "mean",
        *,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
    ) -> None:
        super().__init__()
        if size_average is not None or reduce is not None:
            reduction = _legacy(size_average, reduce)
        if reduction not in REDUCTIONS:
            raise self.refused("reduction", reduction, 'one of "none", "mean" and "sum"')
        self.reduction = reduction
        self.register_buffer("weight", weight)

    # -- what an author writes -------------------------------------------------------------------

    def elementwise(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of every element, unweighted. Override this, or ``forward``."""
        raise NotImplementedError(
            f"[{type(self).__name__}] has no formula. Write elementwise(input, target) or forward."
        )

    # -- what the base does ----------------------------------------------------------------------

    def __init_subclass__(cls, **options: Any) -> None:
        """Every loss is computed in float32 inside ``autocast``."""
        super().__init_subclass__(**options)
        if "forward" in vars(cls):
            cls.forward = autocasts(FLOAT32)(cls.forward)  # type: ignore[method-assign]

    @autocasts(FLOAT32)
    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The reduced loss of ``input`` and ``target``, which have one shape."""
        if input.shape != target.shape:
            self.check_shapes(input, target)
        loss = self.elementwise(input, target)
        weight = self._buffers["weight"]
        if weight is None:
            return self.reduce(loss)
        return self.reduce(loss * self.fitting("weight", weight, loss), weight)

    def reduce(self, loss: Tensor, weight: Tensor | None = None) -> Tensor:
        """``loss`` as ``reduction`` says; a mean divides by ``weight``, which it already has."""
        reduction = self.reduction
        if reduction == "mean":
            if weight is None or not self.divides_by_weight:
                return loss.mean()
            return loss.sum() / weight.expand(loss.shape).sum()
        if reduction == "sum":
            return loss.sum()
        if reduction == "none":
            return loss
        raise self.refused("reduction", reduction, 'one of "none", "mean" and "sum"')

    def check_shapes(
        self, input: Tensor, target: Tensor, names: tuple[str, str] = ("input", "target")
    ) -> None:
        """Refuse two operands of different shapes, or warn where ``broadcasts``."""
        shapes = (
            f"{names[0]} of shape {tuple(input.shape)} and {names[1]} of shape "
            f"{tuple(target.shape)}"
        )
        name = type(self).__name__
        if not self.broadcasts:
            raise ShapeError(
                f"[{name}] got {shapes}, needed equal shapes. Reshape one, for example with "
                "squeeze(-1)."
            )
        warnings.warn(
            f"[{name}] got {shapes}. They are broadcast, which compares every element of one with "
            "several of "
            "the other and is rarely meant. Reshape one, for example with squeeze(-1).",
            stacklevel=5,
        )

    def fitting(self, option: str, value: Tensor, loss: Tensor) -> Tensor:
        """``value``, after making sure that it broadcasts to the shape of ``loss``."""
        have, need = tuple(value.shape), tuple(loss.shape)
        tail = need[len(need) - len(have) :]
        if len(have) > len(need) or any(a not in (1, b) for a, b in zip(have, tail, strict=True)):
            raise ShapeError(
                f"[{type(self).__name__}] got a {option} of shape {have} for elements of shape "
                f"{need}, needed one "
                "that broadcasts to them. Give one number for each element, or add axes of size 1."
            )
        return value

    def refused(self, option: str, value: object, needed: str) -> ArgumentError:
        """The error for an option out of its range; the caller raises it."""
        return ArgumentError(f"[{type(self).__name__}] {option} is {value!r}, needed {needed}.")

    # -- what the contract kit tries it on -------------------------------------------------------

    @classmethod
    def example(cls, generator: Generator) -> tuple[Tensor, ...]:
        """What ``forward`` takes, for instance: at least 3 rows, drawn from ``generator``.

        Override it for a loss that is not of any two tensors of one shape, such as one of class
        indices. ``plugtorch.testing`` compares derivatives with differences there.
        """
        return randn(5, 3, generator=generator), randn(5, 3, generator=generator)

    @classmethod
    def extremes(cls, generator: Generator) -> Iterator[tuple[Tensor, ...]]:
        """What ``forward`` takes at the edges: loss and gradient must still be finite there.

        By default the example with an input of 0 and of tens of thousands.
        """
        input, *others = cls.example(generator)
        for factor in (0.0, 1e4, -1e4):
            yield input * factor, *others

    # -- the functional face ---------------------------------------------------------------------

    @classmethod
    def functional(cls, *arguments: Any, **options: Any) -> Tensor:
        """The loss as a function of the tensors that ``forward`` takes, then its options.

        >>> import plugtorch
        >>> absolute = plugtorch.losses.get("l1").functional
        >>> absolute(plugtorch.zeros(2), plugtorch.ones(2), reduction="sum").item()
        2.0
        """
        tensors, rest = arguments[: cls.operands], arguments[cls.operands :]
        if len(tensors) < cls.operands:  # the others by name, as forward calls them
            names = inspect.unwrap(cls.forward).__code__.co_varnames[
                len(tensors) + 1 : cls.operands + 1
            ]
            missing = [name for name in names if name not in options]
            if missing:
                raise TypeError(f"[{cls.__name__}] got no {' and no '.join(missing)}.")
            tensors = (*tensors, *[options.pop(name) for name in names])
        key = (cls, rest, *options.items())
        try:
            loss = _made.get(key)
        except TypeError:  # an option that cannot be hashed
            return cls(*rest, **options).forward(*tensors)
        if loss is None:
            loss = cls(*rest, **options)
            if all(type(value) in _PLAIN for value in (*rest, *options.values())):
                if len(_made) >= _MADE_LIMIT:
                    _made.clear()
                _made[key] = loss
        result: Tensor = loss.forward(*tensors)
        return result


# Losses made by ``functional``, so that a call in a loop does not build a Module. Only plain
# options are keys: a tensor would be kept alive, and its value can change.
_made: dict[Any, Loss] = {}
_PLAIN = frozenset((str, int, float, bool, type(None)))
_MADE_LIMIT = 256


def _legacy(size_average: bool | None, reduce: bool | None) -> str:
    if reduce is not None and not reduce:
        reduction = "none"
    else:
        reduction = "mean" if size_average is None or size_average else "sum"
    warnings.warn(
        f"[loss] size_average and reduce are PyTorch's older options. Say reduction={reduction!r} "
        "instead.",
        stacklevel=5,
    )
    return reduction
