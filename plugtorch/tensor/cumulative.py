"""Folding all elements up to each, along an axis. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import DTypeError, ShapeError
from plugtorch.ops import elementwise, movement
from plugtorch.ops import indexing as places
from plugtorch.primitive import cast
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of
from plugtorch.tensor.creation import arange
from plugtorch.tensor.functions import logaddexp
from plugtorch.tensor.ordering import cumsum

__all__ = ["cummax", "cummin", "cumulative_trapezoid", "logcumsumexp", "trapezoid", "trapz"]

CummaxResult = namedtuple("cummax", "values indices")  # type: ignore[name-match]
CumminResult = namedtuple("cummin", "values indices")  # type: ignore[name-match]


def _doubled(x: Any, axis: int, join: Callable[[Any, Any], Any]) -> Any:
    """``join`` of all elements up to each: each round reaches twice as far back (Hillis and Steele
    1986).
    """
    size, reach = shape_of(x)[axis], 1
    while reach < size:
        joined = join(x.narrow(axis, 0, size - reach), x.narrow(axis, reach, size - reach))
        x = movement.concatenate(x.narrow(axis, 0, reach), joined, axis=axis)
        reach *= 2
    return x


def _extremes(name: str, input: Any, dim: int, better: Any) -> tuple[Any, Any]:
    shape = shape_of(input)
    axis = one_axis(name, dim, len(shape))
    if not shape:
        return input.clone(), input.new_zeros((), dtype=dtypes.int64)
    values = cast(input, dtypes.uint8) if input.dtype is dtypes.bool_ else input
    values = values.detach()
    along = [shape[axis] if a == axis else 1 for a in range(len(shape))]
    index = arange(shape[axis], device=input.device).reshape(along).expand(shape)
    size, reach = shape[axis], 1
    while reach < size:
        rest = size - reach
        old, new = values.narrow(axis, 0, rest), values.narrow(axis, reach, rest)
        # the later of equal ones, and NaN above all
        stays = better(new, old) | elementwise.isnan.apply(new)
        stays = stays & (~elementwise.isnan.apply(old) | elementwise.isnan.apply(new))
        chosen = elementwise.where.apply(stays, new, old)
        places_of = elementwise.where.apply(
            stays, index.narrow(axis, reach, rest), index.narrow(axis, 0, rest)
        )
        values = movement.concatenate(values.narrow(axis, 0, reach), chosen, axis=axis)
        index = movement.concatenate(index.narrow(axis, 0, reach), places_of, axis=axis)
        reach *= 2
    index = elementwise.clone.apply(index)
    return places.gather(input, index, axis=axis), index


@numpy_words
def cummax(input: Any, dim: int) -> Any:
    """(values, indices) of the largest of all elements up to each, along an axis.

    >>> import plugtorch
    >>> plugtorch.cummax(plugtorch.tensor([1, 3, 2]), 0).values
    tensor([1, 3, 3])

    Source: torch.cummax.
    """
    return CummaxResult(*_extremes("cummax", input, dim, elementwise.greater_equal.apply))


@numpy_words
def cummin(input: Any, dim: int) -> Any:
    """(values, indices) of the smallest of all elements up to each, along an axis. Source:
    torch.cummin.
    """
    return CumminResult(*_extremes("cummin", input, dim, elementwise.less_equal.apply))


@numpy_words
def logcumsumexp(input: Any, dim: int) -> Any:
    """ln of the sums of e^x of all elements up to each, along an axis. Source:
    torch.logcumsumexp.
    """
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[logcumsumexp] needs a floating-point tensor, got {input.dtype!r}.")
    axis = one_axis("logcumsumexp", dim, len(shape_of(input)))
    if not shape_of(input):
        return input.clone()
    return elementwise.clone.apply(_doubled(input, axis, logaddexp))


def _areas(name: str, y: Any, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    """The areas of the trapezoids between neighbours along an axis."""
    if y.dtype is dtypes.bool_:
        raise DTypeError(f"[{name}] does not take bools. Convert with .to() first.")
    shape = shape_of(y)
    axis = one_axis(name, dim, len(shape))
    if not shape:
        raise ShapeError(f"[{name}] needs at least 1 axis, got a 0-d tensor.")
    rest = max(shape[axis] - 1, 0)
    both = y.narrow(axis, min(1, shape[axis]), rest) + y.narrow(axis, 0, rest)
    if not isinstance(x, TensorBase):
        return both * (dx / 2), axis
    if shape_of(x) and len(shape_of(x)) == 1:
        steps = shape_of(x)[0]
        if steps != shape[axis]:
            raise ShapeError(f"[{name}] {steps} points for {shape[axis]} values along axis {dim}.")
        x = x.reshape(  # type: ignore[attr-defined]
            [steps if a == axis else 1 for a in range(len(shape))]
        )
    own: Any = x
    along = axis - len(shape)
    steps = max(shape_of(own)[along] - 1, 0)
    wide = own.narrow(along, min(1, steps), steps) - own.narrow(along, 0, steps)
    return both * wide / 2.0, axis


def trapezoid(y: Any, x: Any = None, *, dx: Any = 1.0, dim: int = -1) -> Any:
    """The integral of values y at points x, or dx apart, by the trapezoidal rule.

    >>> import plugtorch
    >>> plugtorch.trapezoid(plugtorch.tensor([1.0, 2.0, 3.0]))
    tensor(4.)

    Source: torch.trapezoid.
    """
    areas, axis = _areas("trapezoid", y, x, dx, dim)
    return areas.sum(axis)


trapz = trapezoid


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = 1.0, dim: int = -1) -> Any:
    """The integrals up to each point, by the trapezoidal rule. Source:
    torch.cumulative_trapezoid.
    """
    areas, axis = _areas("cumulative_trapezoid", y, x, dx, dim)
    return cumsum(areas, axis)
