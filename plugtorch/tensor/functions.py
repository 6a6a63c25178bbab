"""The functions of calculus element by element, each also a method. Names, arguments and meaning
are PyTorch's.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from plugtorch.autocasting import FLOAT32, autocasts
from plugtorch.dtypes import float32
from plugtorch.ops import elementwise as ops
from plugtorch.primitive import FLOAT, cast, common_dtype, match, wrap_number
from plugtorch.storage import TensorBase
from plugtorch.tensor.arithmetic import clamp, fmax

__all__ = [
    "acos",
    "acosh",
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cos",
    "cosh",
    "deg2rad",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "logit",
    "rad2deg",
    "rsqrt",
    "sigmoid",
    "sin",
    "sinc",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "xlogy",
]

# the primitive itself is the function
exp2, sqrt, sin, cos = ops.exp2.apply, ops.sqrt.apply, ops.sin.apply, ops.cos.apply
atan, tanh = ops.atan.apply, ops.tanh.apply
_steep = autocasts(elsewhere=FLOAT32)  # much larger or finer than their argument
exp, expm1, rsqrt = _steep(ops.exp.apply), _steep(ops.expm1.apply), _steep(ops.rsqrt.apply)
log, log2 = _steep(ops.log.apply), _steep(ops.log2.apply)
log10, log1p = _steep(ops.log10.apply), _steep(ops.log1p.apply)
tan, asin, acos = _steep(ops.tan.apply), _steep(ops.asin.apply), _steep(ops.acos.apply)
sinh, cosh = _steep(ops.sinh.apply), _steep(ops.cosh.apply)
asinh, acosh, atanh = ops.asinh.apply, ops.acosh.apply, ops.atanh.apply
sigmoid, erf, erfc = ops.sigmoid.apply, ops.erf.apply, ops.erfc.apply
atan2 = arctan2 = ops.atan2.apply


def _wide(function: Callable[..., Any]) -> Callable[..., Any]:
    """Computes with 16-bit tensors in float32, and rounds once."""

    @functools.wraps(function)
    def apply(*operands: Any, **options: Any) -> Any:
        kind = common_dtype(function.__name__, [o for o in operands if o is not None])
        if kind.wide or not kind.is_floating_point:
            return function(*operands, **options)
        widened = [cast(o, float32) if isinstance(o, TensorBase) else o for o in operands]
        return cast(function(*widened, **options), kind)

    return apply


@_wide
def logaddexp(input: Any, other: Any) -> Any:
    """ln(e^input + e^other).

    >>> import plugtorch
    >>> plugtorch.logaddexp(plugtorch.tensor([1000.0]), plugtorch.tensor([1000.0]))
    tensor([1000.6932])

    Source: torch.logaddexp.
    """
    high, gap = _apart(input, other)
    return high + ops.softplus.apply(gap)


@_wide
def logaddexp2(input: Any, other: Any) -> Any:
    """log2(2^input + 2^other). Source: torch.logaddexp2."""
    high, gap = _apart(input, other)
    return high + ops.softplus.apply(gap * math.log(2)) * (1 / math.log(2))


def _apart(input: Any, other: Any) -> tuple[Any, Any]:
    """The larger of both, and the smaller minus it."""
    x, y = match("logaddexp", (input, other), FLOAT)
    first = (x >= y) | ops.isnan.apply(x)
    high, low = ops.where.apply(first, x, y), ops.where.apply(first, y, x)
    # equal infinities would give inf - inf
    return high, ops.where.apply((low == high) & ops.isinf.apply(low), 0.0, low - high)


@_wide
def hypot(input: Any, other: Any) -> Any:
    """sqrt(input^2 + other^2). Source: torch.hypot."""
    x, y = match("hypot", (input, other))
    # scaled by the larger of both: squares would overflow
    largest = fmax(ops.absolute.apply(x), ops.absolute.apply(y)).detach()
    endless = ops.isinf.apply(largest)
    scale = ops.where.apply((largest == 0) | endless, 1.0, largest)
    result = sqrt(ops.square.apply(x / scale) + ops.square.apply(y / scale)) * scale
    return ops.where.apply(endless, math.inf, result)


@_wide
def logit(input: Any, eps: float | None = None) -> Any:
    """ln(p / (1 - p)), with p first clamped to [eps, 1 - eps]. Source: torch.logit."""
    (p,) = match("logit", (input,), FLOAT)
    if eps is not None:
        p = clamp(p, eps, 1 - eps)
    return log(p) - log1p(-p)


@_wide
def sinc(input: Any) -> Any:
    """sin(pi x) / (pi x), 1 at 0. Source: torch.sinc."""
    x = input * math.pi
    zero = x == 0
    return ops.where.apply(zero, 1.0, sin(x) / ops.where.apply(zero, 1.0, x))


@_wide
def xlogy(input: Any, other: Any) -> Any:
    """input ln(other), 0 where input is 0 (unless other is NaN). Source: torch.xlogy."""
    x: Any
    y: Any
    x, y = match("xlogy", (input, other), FLOAT)
    like = x if isinstance(x, TensorBase) else y
    x, y = [
        o if isinstance(o, TensorBase) else wrap_number(o, like.storage.backend, like.dtype)
        for o in (x, y)
    ]
    zero = (x == 0) & ((y <= 0) | ops.isinf.apply(y))  # elsewhere ln y is the derivative
    return x * log(ops.where.apply(zero, 1.0, y))


def deg2rad(input: Any) -> Any:
    """Degrees to radians. Source: torch.deg2rad."""
    return input * (math.pi / 180)


def rad2deg(input: Any) -> Any:
    """Radians to degrees. Source: torch.rad2deg."""
    return input * (180 / math.pi)


arccos, arcsin, arctan = acos, asin, atan
arccosh, arcsinh, arctanh = acosh, asinh, atanh
