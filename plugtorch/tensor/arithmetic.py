"""Functions element by element, each also a method. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

import builtins
import math
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.primitive import cast, match, wrap_number
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of

# one operand: the primitive itself is the function
exp, exp2, expm1 = ops.exp.apply, ops.exp2.apply, ops.expm1.apply
log, log2, log10, log1p = ops.log.apply, ops.log2.apply, ops.log10.apply, ops.log1p.apply
sqrt, rsqrt, reciprocal = ops.sqrt.apply, ops.rsqrt.apply, ops.reciprocal.apply
sin, cos, tan = ops.sin.apply, ops.cos.apply, ops.tan.apply
asin, acos, atan = ops.asin.apply, ops.acos.apply, ops.atan.apply
sinh, cosh, tanh = ops.sinh.apply, ops.cosh.apply, ops.tanh.apply
asinh, acosh, atanh = ops.asinh.apply, ops.acosh.apply, ops.atanh.apply
sigmoid, relu, erf = ops.sigmoid.apply, ops.relu.apply, ops.erf.apply
floor, ceil, trunc = ops.floor.apply, ops.ceil.apply, ops.trunc.apply
fix = trunc
isnan, isinf, logical_not = ops.isnan.apply, ops.isinf.apply, ops.logical_not.apply

# two operands
maximum, minimum = ops.maximum.apply, ops.minimum.apply
fmod, floor_divide = ops.fmod.apply, ops.floor_divide.apply
atan2 = arctan2 = ops.atan2.apply
eq, ne = ops.equal.apply, ops.not_equal.apply
lt, le, gt, ge = ops.less.apply, ops.less_equal.apply, ops.greater.apply, ops.greater_equal.apply
logical_and, logical_or, logical_xor = ops.logical_and.apply, ops.logical_or.apply, ops.logical_xor.apply
bitwise_and, bitwise_or, bitwise_xor = ops.bitwise_and.apply, ops.bitwise_or.apply, ops.bitwise_xor.apply
bitwise_left_shift, bitwise_right_shift = ops.left_shift.apply, ops.right_shift.apply
true_divide = ops.divide.apply


def no_bool(name: str, *operands: Any) -> None:
    """Refuse operands that are all bool: arithmetic on truth values is nearly always a mistake."""
    if all(isinstance(o, bool) or getattr(o, "dtype", None) is dtypes.bool_ for o in operands):
        raise DTypeError(
            f"[{name}] does not take bool tensors. Use logical_xor or logical_not, or convert with .to() first."
        )


def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input + alpha other.

    >>> import plugtorch
    >>> plugtorch.add(plugtorch.tensor([1.0, 2.0]), 10, alpha=2)
    tensor([21., 22.])

    Source: torch.add.
    """
    return ops.add.apply(input, other if alpha == 1 else other * alpha)


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input - alpha other. Source: torch.sub."""
    if not getattr(input, "dtype", dtypes.float32).is_floating_point:
        no_bool("sub", input)
        no_bool("sub", other)
    if alpha != 1:
        other = other * alpha
    return ops.subtract.apply(input, other)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """other - alpha input. Source: torch.rsub."""
    return sub(other, input if alpha == 1 else input * alpha)


def mul(input: Any, other: Any) -> Any:
    """input times other. Source: torch.mul."""
    return ops.multiply.apply(input, other)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """input / other; rounded down with "floor", towards zero with "trunc".

    >>> import plugtorch
    >>> plugtorch.div(plugtorch.tensor([-3, 3]), 2, rounding_mode="trunc")
    tensor([-1,  1])

    Source: torch.div.
    """
    if rounding_mode is None:
        return ops.divide.apply(input, other)
    if rounding_mode == "floor":
        return ops.floor_divide.apply(input, other)
    if rounding_mode == "trunc":
        x, y = match("div", (input, other))
        like = x if isinstance(x, TensorBase) else y
        if like.dtype.is_floating_point:
            return ops.trunc.apply(ops.divide.apply(x, y))
        remainder = ops.fmod.apply(x, y)
        return ops.floor_divide.apply(ops.subtract.apply(x, remainder), y)
    raise ArgumentError(
        f"[div] rounding_mode must be None, 'floor' or 'trunc', got {rounding_mode!r}."
    )


def remainder(input: Any, other: Any) -> Any:
    """input - other floor(input / other): has the sign of other. Source: torch.remainder."""
    return ops.remainder.apply(input, other)


def neg(input: Any) -> Any:
    """-input. Source: torch.neg."""
    if input.dtype is dtypes.bool_:
        no_bool("neg", input)
    return ops.negative.apply(input)


def positive(input: Any) -> Any:
    """input itself. Source: torch.positive."""
    no_bool("positive", input)
    return input


def abs(input: Any) -> Any:  # noqa: A001
    """|input|. Source: torch.abs."""
    return ops.absolute.apply(input)


def sign(input: Any) -> Any:
    """-1, 0 or 1. Source: torch.sign."""
    return input.clone() if input.dtype is dtypes.bool_ else ops.sign.apply(input)


sgn = sign


def signbit(input: Any) -> Any:
    """Whether the sign is negative, that of -0. too. Source: torch.signbit."""
    if not input.dtype.is_floating_point:
        return input < 0
    return (input < 0) | ((input == 0) & (ops.reciprocal.apply(input) < 0))


def copysign(input: Any, other: Any) -> Any:
    """|input| with the sign of other. Source: torch.copysign."""
    if not isinstance(other, TensorBase):
        negative = math.copysign(1.0, other) < 0
        return -abs(input * 1.0) if negative else abs(input * 1.0)
    return abs(input * 1.0) * ops.where.apply(signbit(other), -1.0, 1.0)


def round(input: Any, *, decimals: int = 0) -> Any:  # noqa: A001
    """The nearest whole number, halves to even; with decimals, the nearest multiple of 10^-decimals.

    Source: torch.round.
    """
    if decimals == 0:
        return ops.round.apply(input)
    scale = 10.0 ** builtins.abs(decimals)
    if decimals > 0:
        return ops.round.apply(input * scale) / scale
    return ops.round.apply(input / scale) * scale


def frac(input: Any) -> Any:
    """The fraction: input - trunc(input). Source: torch.frac."""
    return input - trunc(input)


def square(input: Any) -> Any:
    """input times itself. Source: torch.square."""
    if input.dtype is dtypes.bool_:
        input = cast(input, dtypes.int64)
    return ops.square.apply(input)


def pow(input: Any, exponent: Any) -> Any:  # noqa: A001
    """input to the power of exponent.

    >>> import plugtorch
    >>> plugtorch.tensor([1.0, 2.0, 3.0]) ** 2
    tensor([1., 4., 9.])

    Source: torch.pow.
    """
    if isinstance(input, TensorBase) and not isinstance(exponent, TensorBase):
        if exponent == 2 and input.dtype is not dtypes.bool_ and type(exponent) is not bool:
            if input.dtype.is_floating_point or isinstance(exponent, int):
                return ops.square.apply(input)
        if input.dtype.is_floating_point:
            if exponent == 0.5:
                return ops.sqrt.apply(input)
            if exponent == 1:
                return ops.clone.apply(input)
            if exponent == -1:
                return ops.reciprocal.apply(input)
            if exponent == 3:
                return ops.multiply.apply(ops.square.apply(input), input)
        elif isinstance(exponent, int) and exponent < 0 and not isinstance(exponent, bool):
            raise ArgumentError(
                "[pow] whole numbers to a negative whole power are not whole. Convert to a floating dtype first."
            )
    return ops.power.apply(input, exponent)


def float_power(input: Any, exponent: Any) -> Any:
    """input to the power of exponent, in float64. Source: torch.float_power."""
    wide = [cast(o, dtypes.float64) if isinstance(o, TensorBase) else float(o) for o in (input, exponent)]
    return pow(*wide)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:  # noqa: A002
    """input, but at least min and at most max; max wins where min > max.

    Raises ArgumentError without either bound. Source: torch.clamp.

    >>> import plugtorch
    >>> plugtorch.clamp(plugtorch.tensor([-2.0, 0.5, 3.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise ArgumentError("[clamp] give min, max or both.")
    if input.dtype is dtypes.bool_ and not any(isinstance(b, float) for b in (min, max)):
        raise DTypeError("[clamp] does not take bool tensors.")
    tensors = isinstance(min, TensorBase) or isinstance(max, TensorBase)
    if tensors:  # bounds that are tensors are chosen element by element, as maximum and minimum do
        if min is not None:
            input = ops.maximum.apply(input, min)
        return input if max is None else ops.minimum.apply(input, max)
    # numbers: the gradient passes where the input is within the bounds, ends included
    bounded = input
    if min is not None:
        inside = ~(input < min)
        bounded = ops.where.apply(inside, bounded, min)
    if max is not None:
        below = ~(input > max) if min is None else ~(input > max) & ~(ops.greater.apply(bounded, max))
        bounded = ops.where.apply(below, bounded, max)
    return bounded


clip = clamp


def clamp_min(input: Any, min: Any) -> Any:  # noqa: A002
    """input, but at least min. Source: torch.clamp_min."""
    return clamp(input, min=min)


def clamp_max(input: Any, max: Any) -> Any:  # noqa: A002
    """input, but at most max. Source: torch.clamp_max."""
    return clamp(input, max=max)


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
    if not isinstance(condition, TensorBase) or condition.dtype not in (dtypes.bool_, dtypes.uint8):
        given = getattr(condition, "dtype", type(condition).__name__)
        raise DTypeError(f"[where] the condition must be a bool tensor, got {given}.")
    if condition.dtype is dtypes.uint8:
        condition = cast(condition, dtypes.bool_)
    return ops.where.apply(condition, input, other)


def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """input with value wherever mask holds. Source: torch.masked_fill."""
    if mask.dtype is not dtypes.bool_:
        raise DTypeError(f"[masked_fill] the mask must be a bool tensor, got {mask.dtype!r}.")
    if isinstance(value, TensorBase):
        if shape_of(value):
            raise ArgumentError(
                f"[masked_fill] the value must be a number or a 0-d tensor, got shape {shape_of(value)}."
            )
        value = cast(value, input.dtype)
    elif dtypes.of_number(value).kind > input.dtype.kind:
        raise DTypeError(f"[masked_fill] {value!r} cannot be stored in a {input.dtype!r} tensor.")
    else:
        filler = wrap_number(value, input.storage.backend)
        value = cast(filler, input.dtype)
    return ops.where.apply(mask, value, input)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight (end - input). Source: torch.lerp."""
    return input + weight * (end - input)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value tensor1 tensor2. Source: torch.addcmul."""
    product = tensor1 * tensor2
    return input + (product if value == 1 else product * value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value tensor1 / tensor2. Source: torch.addcdiv."""
    quotient = tensor1 / tensor2
    return input + (quotient if value == 1 else quotient * value)


def erfc(input: Any) -> Any:
    """1 - erf(input). Source: torch.erfc."""
    return 1 - erf(input)


def isfinite(input: Any) -> Any:
    """Whether the element is neither infinite nor NaN. Source: torch.isfinite."""
    return ~(isnan(input) | isinf(input))


def isposinf(input: Any) -> Any:
    """Whether the element is +infinity. Source: torch.isposinf."""
    return input == math.inf if input.dtype.is_floating_point else isinf(input)


def isneginf(input: Any) -> Any:
    """Whether the element is -infinity. Source: torch.isneginf."""
    return input == -math.inf if input.dtype.is_floating_point else isinf(input)


def nan_to_num(input: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None) -> Any:
    """input with NaN and infinities replaced; infinities by the dtype's extremes unless given.

    Source: torch.nan_to_num.
    """
    if not input.dtype.is_floating_point:
        return input.clone()
    largest = _LARGEST[input.dtype.name]
    result = where(isnan(input), nan, input)
    result = where(input == math.inf, largest if posinf is None else posinf, result)
    return where(input == -math.inf, -largest if neginf is None else neginf, result)


_LARGEST = {
    "float16": 65504.0,
    "bfloat16": 3.3895313892515355e38,
    "float32": 3.4028234663852886e38,
    "float64": 1.7976931348623157e308,
}


def logaddexp(input: Any, other: Any) -> Any:
    """ln(e^input + e^other). Source: torch.logaddexp."""
    high = maximum(input, other)
    # equal infinities would give inf - inf
    gap = where(input == other, 0.0, -abs(input - other))
    return high + log1p(exp(gap))


def hypot(input: Any, other: Any) -> Any:
    """sqrt(input^2 + other^2). Source: torch.hypot."""
    return sqrt(square(input) + square(other))


def logit(input: Any, eps: float | None = None) -> Any:
    """ln(p / (1 - p)), with p first clamped to [eps, 1 - eps]. Source: torch.logit."""
    p = input if eps is None else clamp(input, eps, 1 - eps)
    return log(p / (1 - p))


def sinc(input: Any) -> Any:
    """sin(pi x) / (pi x), 1 at 0. Source: torch.sinc."""
    x = input * math.pi
    zero = x == 0
    return where(zero, 1.0, sin(x) / where(zero, 1.0, x))


def xlogy(input: Any, other: Any) -> Any:
    """input ln(other), 0 where input is 0 (unless other is NaN). Source: torch.xlogy."""
    zero = input == 0
    if isinstance(zero, bool):
        zero = (other == other) if zero else (other != other)
    inner = where(zero & ~isnan(other * 1.0), 1.0, other) if isinstance(other, TensorBase) else other
    product = input * (log(inner) if isinstance(inner, TensorBase) else math.log(inner))
    return product


def deg2rad(input: Any) -> Any:
    """Degrees to radians. Source: torch.deg2rad."""
    return input * (math.pi / 180)


def rad2deg(input: Any) -> Any:
    """Radians to degrees. Source: torch.rad2deg."""
    return input * (180 / math.pi)


def bitwise_not(input: Any) -> Any:
    """Every bit turned; of a bool, its opposite. Source: torch.bitwise_not."""
    return ops.logical_not.apply(input) if input.dtype is dtypes.bool_ else ops.bitwise_not.apply(input)


def isclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether |input - other| <= atol + rtol |other|, element by element. Source: torch.isclose."""
    same_type(input, other, "isclose")
    near = (abs(input - other) <= atol + rtol * abs(other)) if input.dtype is not dtypes.bool_ else eq(input, other)
    near = near & isfinite(other) & isfinite(input) | eq(input, other)
    if equal_nan:
        near = near | (isnan(input) & isnan(other))
    return near


def allclose(input: Any, other: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether all elements are close. Source: torch.allclose."""
    return bool(isclose(input, other, rtol, atol, equal_nan).all())


def equal(input: Any, other: Any) -> bool:
    """Whether shape and elements are equal. Source: torch.equal."""
    if shape_of(input) != shape_of(other):
        return False
    return bool(eq(input, other).all())


def same_type(input: Any, other: Any, name: str) -> None:
    """Refuse tensors of different dtypes."""
    if input.dtype is not other.dtype:
        raise DTypeError(f"[{name}] dtypes differ: {input.dtype!r} and {other.dtype!r}. Convert one with .to().")
