"""Questions, truth values, bits, and choosing by them. Names and meaning are PyTorch's."""

from __future__ import annotations

import math
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.ops import reduction
from plugtorch.primitive import cast, common_dtype, same_type, wrap_number
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of

__all__ = [
    "allclose",
    "bitwise_and",
    "bitwise_left_shift",
    "bitwise_not",
    "bitwise_or",
    "bitwise_right_shift",
    "bitwise_xor",
    "eq",
    "equal",
    "ge",
    "greater",
    "greater_equal",
    "gt",
    "is_nonzero",
    "isclose",
    "isfinite",
    "isin",
    "isinf",
    "isnan",
    "isneginf",
    "isposinf",
    "le",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "masked_fill",
    "nan_to_num",
    "ne",
    "not_equal",
    "where",
]

# the primitive itself is the function
isnan, isinf, logical_not = ops.isnan.apply, ops.isinf.apply, ops.logical_not.apply
eq, ne = ops.equal.apply, ops.not_equal.apply
lt, le, gt, ge = ops.less.apply, ops.less_equal.apply, ops.greater.apply, ops.greater_equal.apply
logical_and, logical_or = ops.logical_and.apply, ops.logical_or.apply
logical_xor = ops.logical_xor.apply
bitwise_and, bitwise_or = ops.bitwise_and.apply, ops.bitwise_or.apply
bitwise_xor = ops.bitwise_xor.apply


def bitwise_not(input: Any) -> Any:
    """Every bit turned; of a bool, its opposite. Source: torch.bitwise_not."""
    if input.dtype is dtypes.bool_:
        return ops.logical_not.apply(input)
    return ops.bitwise_not.apply(input)


def bitwise_left_shift(input: Any, other: Any) -> Any:
    """input moved other bits up. Source: torch.bitwise_left_shift."""
    _no_truth("bitwise_left_shift", input, other)
    return ops.left_shift.apply(input, other)


def bitwise_right_shift(input: Any, other: Any) -> Any:
    """input moved other bits down, keeping its sign. Source: torch.bitwise_right_shift."""
    _no_truth("bitwise_right_shift", input, other)
    return ops.right_shift.apply(input, other)


def _no_truth(name: str, *operands: Any) -> None:
    if common_dtype(name, operands) is dtypes.bool_:
        raise DTypeError(f"[{name}] a bool has no bits to move. Convert with .to() first.")


# -- numbers that are none -------------------------------------------------------------------------


def isfinite(input: Any) -> Any:
    """Whether the element is neither infinite nor NaN. Source: torch.isfinite."""
    return ~(isnan(input) | isinf(input))


def isposinf(input: Any) -> Any:
    """Whether the element is +infinity. Source: torch.isposinf."""
    return input == math.inf if input.dtype.is_floating_point else isinf(input)


def isneginf(input: Any) -> Any:
    """Whether the element is -infinity. Source: torch.isneginf."""
    return input == -math.inf if input.dtype.is_floating_point else isinf(input)


def nan_to_num(
    input: Any,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Any:
    """input with NaN replaced by nan (0), and infinities by the dtype's extremes unless given.

    >>> import plugtorch
    >>> plugtorch.nan_to_num(plugtorch.tensor([1.0, float("nan"), float("inf")]), posinf=9.0)
    tensor([1., 0., 9.])

    Source: torch.nan_to_num.
    """
    if not input.dtype.is_floating_point:
        return input.clone()
    limits = dtypes.finfo(input.dtype)
    result = ops.where.apply(isnan(input), 0.0 if nan is None else nan, input)
    result = ops.where.apply(input == math.inf, limits.max if posinf is None else posinf, result)
    return ops.where.apply(input == -math.inf, limits.min if neginf is None else neginf, result)


# -- nearly and exactly equal ----------------------------------------------------------------------


def isclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether |input - other| <= atol + rtol |other|, element by element. Source: torch.isclose."""
    same_type(input, other, "isclose")
    if rtol < 0 or atol < 0:
        raise ArgumentError(f"[isclose] tolerances must not be negative, got {rtol} and {atol}.")
    near = eq(input, other)
    if input.dtype is not dtypes.bool_:
        if not input.dtype.is_floating_point:  # differences may not fit
            other = cast(other, dtypes.get_default_dtype())
        gap = ops.absolute.apply(input - other)
        near = near | isfinite(gap) & (gap <= atol + rtol * ops.absolute.apply(other))
    return near | (isnan(input) & isnan(other)) if equal_nan else near


def allclose(
    input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> bool:
    """Whether all elements are close. Source: torch.allclose."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def equal(input: Any, other: Any) -> bool:
    """Whether shape and elements are equal. Source: torch.equal."""
    if shape_of(input) != shape_of(other):
        return False
    return bool(eq(input, other).all())


def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Any:
    """Whether each element is among test_elements. Source: torch.isin."""
    if not isinstance(elements, TensorBase):
        elements = wrap_number(elements, test_elements.storage.backend)
    if isinstance(test_elements, TensorBase):
        hit = eq(elements.unsqueeze(-1), test_elements.reshape(-1))  # type: ignore[attr-defined]
        hit = reduction.any(hit, axes=(len(shape_of(elements)),), keep=False)
    else:
        hit = eq(elements, test_elements)
    return ~hit if invert else hit


def is_nonzero(input: Any) -> bool:
    """Whether the only element is not 0. Source: torch.is_nonzero."""
    return bool(input)


# -- choosing --------------------------------------------------------------------------------------


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where condition holds, else other. With the condition alone: the places where it holds.

    >>> import plugtorch
    >>> x = plugtorch.tensor([-1.0, 2.0])
    >>> plugtorch.where(x > 0, x, 0.0)
    tensor([0., 2.])

    Source: torch.where.
    """
    if input is None and other is None:
        return condition.nonzero(as_tuple=True)
    if not isinstance(condition, TensorBase) or condition.dtype is not dtypes.bool_:
        given = getattr(condition, "dtype", type(condition).__name__)
        if given is not dtypes.uint8:
            raise DTypeError(f"[where] the condition must be a bool tensor, got {given}.")
        condition = cast(condition, dtypes.bool_)
    if isinstance(input, TensorBase) is not isinstance(other, TensorBase):
        kind = common_dtype("where", (input, other))
        if not kind.is_floating_point:
            input, other = [
                o if isinstance(o, TensorBase) else dtypes.fitting("where", o, kind)
                for o in (input, other)
            ]
    return ops.where.apply(condition, input, other)


def choose(input: Any, condition: Any, other: Any) -> Any:
    """The method ``where``: input where condition holds, else other. Source: torch.Tensor.where."""
    return where(condition, input, other)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """input with value wherever mask holds. Source: torch.masked_fill."""
    if mask.dtype is not dtypes.bool_:
        raise DTypeError(f"[masked_fill] the mask must be a bool tensor, got {mask.dtype!r}.")
    if isinstance(value, TensorBase) and shape_of(value):
        raise ArgumentError(
            "[masked_fill] the value must be a number or a 0-d tensor, got shape "
            f"{shape_of(value)}."
        )
    return ops.where.apply(mask, filler("masked_fill", input, value), input)


def filler(name: str, x: Any, value: Any) -> Any:
    """A number, or a tensor, in the dtype and place of x. Raises ArgumentError for a number that
    does not fit.
    """
    if isinstance(value, TensorBase):
        return value if value.dtype is x.dtype else cast(value, x.dtype)
    value = dtypes.fitting(name, value, x.dtype)
    return wrap_number(value, x.storage.backend, x.dtype)


greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne
