"""Arithmetic element by element, each function also a method. Names, arguments and meaning are
PyTorch's.
"""

from __future__ import annotations

import builtins
import math
import warnings
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.errors import ArgumentError, DTypeError
from plugtorch.ops import elementwise as ops
from plugtorch.primitive import (
    FLOAT,
    all_tensors,
    as_number,
    cast,
    common_dtype,
    match,
    not_a_tensor,
    same_type,
)
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of

__all__ = [
    "abs",
    "absolute",
    "add",
    "addcdiv",
    "addcmul",
    "ceil",
    "clamp",
    "clamp_max",
    "clamp_min",
    "clip",
    "copysign",
    "div",
    "divide",
    "fix",
    "float_power",
    "floor",
    "floor_divide",
    "fmax",
    "fmin",
    "fmod",
    "frac",
    "heaviside",
    "ldexp",
    "lerp",
    "maximum",
    "minimum",
    "mul",
    "multiply",
    "neg",
    "negative",
    "positive",
    "pow",
    "reciprocal",
    "relu",
    "remainder",
    "round",
    "rsub",
    "sgn",
    "sign",
    "signbit",
    "square",
    "sub",
    "subtract",
    "true_divide",
    "trunc",
]

# the primitive itself is the function
floor, ceil, trunc = ops.floor.apply, ops.ceil.apply, ops.trunc.apply
reciprocal = autocasts(elsewhere=FLOAT32)(ops.reciprocal.apply)
relu, true_divide, mul = ops.relu.apply, ops.divide.apply, ops.multiply.apply
fmod, remainder, floor_divide = ops.fmod.apply, ops.remainder.apply, ops.floor_divide.apply
maximum, minimum = ops.maximum.apply, ops.minimum.apply
neg = ops.negative.apply
fix = trunc


def _scaled(name: str, input: Any, other: Any, alpha: Any) -> Any:
    """alpha other, in the dtype that input and other have in common; of a sparse one, its own."""
    if getattr(other, "is_sparse", False) and not isinstance(other, TensorBase):
        return other * alpha
    kind = common_dtype(name, (input, other))
    if isinstance(alpha, TensorBase):
        alpha = alpha.item()  # type: ignore[attr-defined]
    if isinstance(alpha, float) and not kind.is_floating_point:
        raise DTypeError(f"[{name}] alpha must be a whole number for {kind!r}, got {alpha}.")
    alpha = as_number(alpha, kind)
    if not isinstance(other, TensorBase):
        return as_number(other, kind) * alpha
    return ops.multiply.apply(other if other.dtype is kind else cast(other, kind), alpha)


def _old_order(name: str, factor: Any, *rest: Any, count: int = 1) -> tuple[Any, ...]:
    """The arguments behind the first, of a call with the factor before the tensors, and the factor
    last. Such calls are older than PyTorch 1.5, which warned of them, and has taken them since.
    """
    if len(rest) != count or isinstance(factor, TensorBase):
        raise TypeError(
            f"{name}() takes {count + 1} positional arguments but {len(rest) + 2} were given"
        )
    option = "alpha" if count == 1 else "value"
    warnings.warn(
        f"[{name}] the factor in front of the tensors is deprecated; write {option}={factor!r}.",
        stacklevel=3,
    )
    return *rest, factor


def add(input: Any, other: Any, *old: Any, alpha: Any = 1) -> Any:
    """input + alpha other.

    >>> import plugtorch
    >>> plugtorch.add(plugtorch.tensor([1.0, 2.0]), 10, alpha=2)
    tensor([21., 22.])

    ``add(input, alpha, other)`` is taken too, with a warning.

    Source: torch.add.
    """
    if old:
        other, alpha = _old_order("add", other, *old)
    if type(alpha) is not int or alpha != 1:
        other = _scaled("add", input, other, alpha)
    return ops.add.apply(input, other)


def sub(input: Any, other: Any, *old: Any, alpha: Any = 1) -> Any:
    """input - alpha other; ``sub(input, alpha, other)`` is taken too, with a warning. Source:
    torch.sub.
    """
    if old:
        other, alpha = _old_order("sub", other, *old)
    if type(alpha) is not int or alpha != 1:
        other = _scaled("sub", input, other, alpha)
    return ops.subtract.apply(input, other)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """other - alpha input. Source: torch.rsub."""
    return sub(other, input, alpha=alpha)


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
            if like.dtype.itemsize == 2 and isinstance(
                input, TensorBase
            ):  # a rounded quotient may have another whole part
                return cast(
                    div(cast(input, dtypes.float32), other, rounding_mode="trunc"), like.dtype
                )
            return ops.trunc.apply(ops.divide.apply(x, y))
        return ops.floor_divide.apply(ops.subtract.apply(x, ops.fmod.apply(x, y)), y)
    raise ArgumentError(
        f"[div] rounding_mode must be None, 'floor' or 'trunc', got {rounding_mode!r}."
    )


def positive(input: Any) -> Any:
    """input itself. Source: torch.positive."""
    if input.dtype is dtypes.bool_:
        raise DTypeError("[positive] does not take bools. Convert with .to() first.")
    return input


def abs(input: Any) -> Any:
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
    x, y = match("copysign", (input, other), FLOAT)
    size = abs(x)
    if not isinstance(y, TensorBase):
        return -size if math.copysign(1.0, y) < 0 else size
    return ops.where.apply(signbit(y), -size, size)


def round(input: Any, *, decimals: int = 0) -> Any:
    """The nearest whole number, halves to even; with decimals, the nearest multiple of
    10^-decimals.

    Source: torch.round.
    """
    if decimals == 0:
        return ops.round.apply(input)
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[round] decimals are for floating-point tensors, got {input.dtype!r}.")
    scale = 10.0 ** builtins.abs(decimals)
    if decimals > 0:
        return ops.round.apply(input * scale) / scale
    return ops.round.apply(input / scale) * scale


def frac(input: Any) -> Any:
    """The fraction: input - trunc(input). Source: torch.frac."""
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[frac] needs a floating-point tensor, got {input.dtype!r}.")
    return input - trunc(input)


def square(input: Any) -> Any:
    """input times itself. Source: torch.square."""
    return ops.square.apply(cast(input, dtypes.int64) if input.dtype is dtypes.bool_ else input)


@autocasts(elsewhere=FLOAT32)
def pow(input: Any, exponent: Any) -> Any:
    """input to the power of exponent.

    >>> import plugtorch
    >>> plugtorch.tensor([1.0, 2.0, 3.0]) ** 2
    tensor([1., 4., 9.])

    Source: torch.pow.
    """
    if isinstance(input, TensorBase) and type(exponent) in (int, float):
        if input.dtype.is_floating_point:
            simple = _POWERS.get(exponent)
            if simple is not None:
                return simple(input)
        elif type(exponent) is int:
            if exponent < 0:
                raise ArgumentError(
                    "[pow] a whole number to a negative power is not whole. "
                    "Convert to a floating-point dtype first."
                )
            exponent = dtypes.fitting("pow", exponent, common_dtype("pow", (input, exponent)))
            if exponent == 2:
                return square(input)
    return ops.power.apply(input, exponent)


_POWERS = {  # these are cheaper, and exact
    0.5: ops.sqrt.apply,
    1: ops.clone.apply,
    2: ops.square.apply,
    3: lambda x: ops.multiply.apply(ops.square.apply(x), x),
    -1: ops.reciprocal.apply,
}


def float_power(input: Any, exponent: Any) -> Any:
    """input to the power of exponent, in float64. Source: torch.float_power."""
    wide = [
        cast(o, dtypes.float64) if isinstance(o, TensorBase) else float(o)
        for o in (input, exponent)
    ]
    return pow(*wide)


def ldexp(input: Any, other: Any) -> Any:
    """input times 2 to the power of other. Source: torch.ldexp."""
    return mul(input, pow(2.0, other))


def heaviside(input: Any, values: Any) -> Any:
    """0 below 0, 1 above, and values at 0. Source: torch.heaviside."""
    same_type(input, values, "heaviside")
    return ops.where.apply(input == 0, values, cast(input > 0, input.dtype))


# -- bounds and mixtures -------------------------------------------------------------------------


def fmax(input: Any, other: Any) -> Any:
    """The larger of both; where one is NaN the other. Source: torch.fmax."""
    x, y = match("fmax", (input, other))
    return ops.where.apply((x >= y) | ops.isnan.apply(y), x, y)


def fmin(input: Any, other: Any) -> Any:
    """The smaller of both; where one is NaN the other. Source: torch.fmin."""
    x, y = match("fmin", (input, other))
    return ops.where.apply((x <= y) | ops.isnan.apply(y), x, y)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """input, but at least min and at most max; max wins where min > max.

    The gradient goes to the input within the bounds, ends included, and to a bound that is a tensor
    beyond it. Raises ArgumentError without either bound. Source: torch.clamp.

    >>> import plugtorch
    >>> plugtorch.clamp(plugtorch.tensor([-2.0, 0.5, 3.0]), 0, 1)
    tensor([0.0000, 0.5000, 1.0000])
    """
    if min is None and max is None:
        raise ArgumentError("[clamp] give min, max or both.")
    if not isinstance(input, TensorBase):
        raise not_a_tensor("clamp", input)
    if not input.dtype.is_floating_point:
        kind = common_dtype("clamp", [o for o in (input, min, max) if o is not None])
        min, max = [
            b if b is None or isinstance(b, TensorBase) else dtypes.fitting("clamp", b, kind)
            for b in (min, max)
        ]
        if not kind.is_floating_point:  # there is no infinity, and no gradient
            if max is None:
                return ops.maximum.apply(input, min)
            if min is None:
                return ops.minimum.apply(input, max)
    low, high = -math.inf if min is None else min, math.inf if max is None else max
    return ops.clamp.apply(input, low, high)


clip = clamp


def clamp_min(input: Any, min: Any) -> Any:
    """input, but at least min. Source: torch.clamp_min."""
    return clamp(input, min=min)


def clamp_max(input: Any, max: Any) -> Any:
    """input, but at most max. Source: torch.clamp_max."""
    return clamp(input, max=max)


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """input + weight (end - input). Source: torch.lerp."""
    same_type(input, end, "lerp")
    # from the nearer end, so that weights 0 and 1 give the ends themselves
    if not isinstance(weight, TensorBase):
        way = end - input
        return input + way * weight if builtins.abs(weight) < 0.5 else end - way * (1 - weight)
    if shape_of(weight):
        same_type(input, weight, "lerp")
    input, end, weight = match("lerp", (input, end, weight))
    way = end - input
    return ops.where.apply(abs(weight) < 0.5, input + way * weight, end - way * (1 - weight))


def addcmul(input: Any, tensor1: Any, tensor2: Any, *old: Any, value: Any = 1) -> Any:
    """input + value tensor1 tensor2; ``addcmul(input, value, tensor1, tensor2)`` is taken too, with
    a warning. Source: torch.addcmul.
    """
    if old:
        tensor1, tensor2, value = _old_order("addcmul", tensor1, tensor2, *old, count=2)
    all_tensors("addcmul", input, tensor1, tensor2)
    return add(input, tensor1 * tensor2, alpha=value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *old: Any, value: Any = 1) -> Any:
    """input + value tensor1 / tensor2; ``addcdiv(input, value, tensor1, tensor2)`` is taken too,
    with a warning. Source: torch.addcdiv.
    """
    if old:
        tensor1, tensor2, value = _old_order("addcdiv", tensor1, tensor2, *old, count=2)
    all_tensors("addcdiv", input, tensor1, tensor2)
    if not (tensor1.dtype.is_floating_point or tensor2.dtype.is_floating_point):
        raise DTypeError("[addcdiv] does not divide whole numbers. Convert with .to() first.")
    return add(input, tensor1 / tensor2, alpha=value)


multiply, subtract, divide = mul, sub, div
absolute, negative = abs, neg
