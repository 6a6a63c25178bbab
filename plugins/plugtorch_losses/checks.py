"""What several losses ask of their options and operands."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from plugtorch import Generator, Loss, Tensor, randn
from plugtorch.errors import DTypeError, ShapeError


def finite(loss: Loss, option: str, value: float, least: float = -math.inf) -> float:
    """``value``, after making sure that it is a number, not infinite and not below ``least``."""
    if not (isinstance(value, Real) and math.isfinite(value) and value >= least):
        bound = "" if least == -math.inf else f" of at least {least:g}"
        raise loss.refused(option, value, f"a finite number{bound}")
    return value


def positive(loss: Loss, option: str, value: float) -> float:
    """``value``, after making sure that it is above 0 and not infinite."""
    if not (isinstance(value, Real) and value > 0 and math.isfinite(value)):
        raise loss.refused(option, value, "a finite number above 0")
    return value


def integer(loss: Loss, option: str, value: Any) -> Any:
    """``value``, after making sure that it is a whole number."""
    if not hasattr(value, "__index__"):
        raise loss.refused(option, value, "a whole number")
    return value


def equal_axes(loss: Loss, **tensors: Tensor) -> None:
    """Refuse tensors with different numbers of axes: they would broadcast from the wrong end."""
    if len({tensor.ndim for tensor in tensors.values()}) > 1:
        shapes = ", ".join(f"{name} {tuple(tensor.shape)}" for name, tensor in tensors.items())
        raise ShapeError(
            f"[{type(loss).__name__}] got {shapes}, needed equally many axes. Add axes of size 1 "
            "with unsqueeze."
        )


def whole(loss: Loss, name: str, tensor: Tensor) -> Tensor:
    """``tensor`` as int64, after making sure that it has whole numbers."""
    if tensor.dtype.is_floating_point or tensor.dtype.name == "bool":
        raise DTypeError(
            f"[{type(loss).__name__}] got a {name} of {tensor.dtype}, needed integers. Convert it "
            "with .long()."
        )
    return tensor.long()


def signs(*shape: int, generator: Generator) -> Tensor:
    """Numbers -1 and 1, for an example's target."""
    return (randn(*shape, generator=generator) > 0).float() * 2 - 1
