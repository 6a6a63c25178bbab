"""Softmax as a method, its axis given. ``plugtorch.functional`` has the forms of nn.functional."""

from __future__ import annotations

from typing import Any

from plugtorch.autocasting import WIDENED, autocasts
from plugtorch.dtypes import dtype as DType
from plugtorch.dtypes import float32
from plugtorch.errors import DTypeError
from plugtorch.ops import elementwise, reduction
from plugtorch.ops import softmax as ops
from plugtorch.primitive import cast
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of


def _prepared(name: str, x: Any, dim: int, dtype: DType | None) -> tuple[Any, int]:
    if dtype is not None:
        x = x.to(dtype)
    if not x.dtype.is_floating_point:
        raise DTypeError(
            f"[{name}] needs a floating-point tensor, got {x.dtype}. Convert it with .float() "
            "first."
        )
    return x, one_axis(name, dim, len(shape_of(x)))


@autocasts(elsewhere=WIDENED)
@numpy_words
def softmax(input: Any, dim: int, dtype: DType | None = None) -> Any:
    """Positive numbers that sum to 1 along an axis: e^x_i / sum_j e^x_j. Source: torch.softmax."""
    x, axis = _prepared("softmax", input, dim, dtype)
    kind, shape = x.dtype, shape_of(x)
    if not kind.wide:  # sums of 16 bits lose too much
        return cast(softmax(cast(x, float32), axis), kind)
    if not shape:
        return x * 0 + 1
    if not shape[axis]:
        return x.clone()
    # the largest becomes 0: e^x would overflow. A shift changes nothing, so it needs no gradient
    largest = reduction.maximum(x.detach(), axes=(axis,), keep=True)
    powers = elementwise.exp.apply(elementwise.subtract.apply(x, largest))
    return elementwise.divide.apply(powers, reduction.sum(powers, axes=(axis,), keep=True))


@autocasts(elsewhere=WIDENED)
@numpy_words
def log_softmax(input: Any, dim: int, dtype: DType | None = None) -> Any:
    """ln softmax(x) = x_i - ln sum_j e^x_j. Source: torch.log_softmax."""
    x, axis = _prepared("log_softmax", input, dim, dtype)
    return ops.log_softmax(x, axis=axis)
