"""Elementwise kernels: nearly all are NumPy's own ufuncs."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype
from plugtorch.errors import ArgumentError
from plugtorch_numpy import special
from plugtorch_numpy.quiet import fresh, operands_of, quiet
from plugtorch_numpy.types import numpy_dtype

Array = Any


def rsqrt(x: Array) -> Array:
    return np.reciprocal(np.sqrt(x))


def sigmoid(x: Array) -> Array:
    if not x.ndim:  # a NumPy scalar, which cannot be written into
        return sigmoid(x.reshape(1)).reshape(())
    # e^-x may overflow to infinity, whose reciprocal is the right 0
    result = np.negative(x)
    np.exp(result, out=result)
    np.add(result, _one(result.dtype), out=result)
    return np.reciprocal(result, out=result)


def softplus(x: Array) -> Array:
    if not x.ndim:
        return softplus(x.reshape(1)).reshape(())
    # ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|): e^x would overflow
    result = np.abs(x)
    np.negative(result, out=result)
    np.exp(result, out=result)
    np.log1p(result, out=result)
    return np.add(result, relu(x), out=result)


_ZERO: dict[Any, Array] = {}  # a 0-d array each: NumPy converts a Python 0 anew at every call


def _zero(kind: Any) -> Array:
    zero = _ZERO.get(kind)
    if zero is None:
        zero = _ZERO[kind] = np.zeros((), kind)
    return zero


@functools.cache
def _one(kind: Any) -> Array:
    return np.ones((), kind)


def relu(x: Array) -> Array:
    return np.maximum(x, _zero(x.dtype))


# NumPy chooses between elements with a branch for each: 5 ns where the condition is irregular. All
# bits or none of them, as an integer mask, cost a tenth of that.
_INTEGERS = {2: np.dtype(np.int16), 4: np.dtype(np.int32), 8: np.dtype(np.int64)}
_BYTE = np.dtype(np.int8)
_MANY = 1024  # elements from which the mask's extra steps pay


def gate(x: Array, y: Array) -> Array:
    kind = x.dtype
    opened = np.logical_not(np.less_equal(y, _zero(y.dtype)))  # not y > 0, which NaN is not
    if type(x) is not np.ndarray or type(opened) is not np.ndarray:
        return np.where(opened, x, _zero(kind))
    bits: Any = _INTEGERS[kind.itemsize]
    return np.multiply(x.view(bits), opened, dtype=bits).view(kind)  # its bits times 1 or 0


def where(condition: Array, x: Array, y: Array) -> Array:
    if type(x) is float or type(x) is int or type(x) is bool:
        x = np.asarray(x, y.dtype)
    elif type(y) is float or type(y) is int or type(y) is bool:
        y = np.asarray(y, x.dtype)
    bits: Any = _INTEGERS.get(x.dtype.itemsize)
    if bits is None or np.size(condition) < _MANY or condition.dtype.char != "?":
        return np.where(condition, x, y)
    mask = np.negative(condition.view(_BYTE), dtype=bits)
    x, y, kind = np.asarray(x).view(bits), np.asarray(y).view(bits), x.dtype
    chosen = np.bitwise_and(np.bitwise_xor(x, y), mask)  # where they differ, and x is wanted
    return np.bitwise_xor(chosen, y).view(kind)


def clamp(x: Array, y: Array, z: Array) -> Array:
    if x.itemsize == 2:  # NumPy's is slow for float16, and has none for bfloat16
        return TABLE["minimum"](TABLE["maximum"](x, y), z)
    return x.clip(y, z)  # a third of the time of a maximum and a minimum


def cast(x: Array, dtype: dtype) -> Array:
    return np.asarray(x).astype(numpy_dtype(dtype))


def clone(x: Array) -> Array:
    return np.array(x)


def _dividing(name: str, function: Callable[..., Array]) -> Callable[..., Array]:
    """Refuses to divide whole numbers by zero, where NumPy gives 0."""

    def apply(x: Array, y: Array) -> Array:
        result = function(x, y)
        if result.dtype.kind in "iu" and result.size and np.any(np.equal(y, 0)):
            raise ArgumentError(
                f"[{name}] a whole number has no quotient by 0. Convert to a floating-point dtype "
                "first."
            )
        return result

    return apply


def _whole(function: Callable[..., Array]) -> Callable[..., Array]:
    """Whole numbers stay as they are, where NumPy would make them floating."""

    def apply(x: Array) -> Array:
        return np.array(x) if x.dtype.kind in "iub" else function(x)

    return apply


def sign(x: Array) -> Array:
    # of NaN 0, as in PyTorch
    above, below = np.greater(x, _zero(x.dtype)), np.less(x, _zero(x.dtype))
    return np.subtract(above, below, dtype=np.int8).astype(x.dtype)


def _power(x: Array, y: Array) -> Array:
    kind = getattr(x, "dtype", None) or y.dtype
    if kind.kind in "iu" and np.any(np.less(y, 0)):
        # NumPy refuses; PyTorch: 1 and -1 have whole inverses, everything else gives 0
        x, y = np.asarray(x, kind), np.asarray(y, kind)
        sign = np.where(np.bitwise_and(y, 1), x, 1)
        inverse = np.where(np.equal(x, 1) | np.equal(x, -1), sign, 0)
        return np.where(np.less(y, 0), inverse, np.power(x, np.maximum(y, 0))).astype(kind)
    return np.power(x, y)


UFUNCS: dict[str, Any] = {
    "add": np.add,
    "subtract": np.subtract,
    "multiply": np.multiply,
    "divide": np.true_divide,
    "negative": np.negative,
    "square": np.square,
    "exp": np.exp,
    "exp2": np.exp2,
    "expm1": np.expm1,
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "reciprocal": np.reciprocal,
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": np.arcsin,
    "acos": np.arccos,
    "atan": np.arctan,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "absolute": np.abs,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "atan2": np.arctan2,
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
    "bitwise_not": np.bitwise_not,
    "left_shift": np.left_shift,
    "right_shift": np.right_shift,
    "equal": np.equal,
    "not_equal": np.not_equal,
    "less": np.less,
    "less_equal": np.less_equal,
    "greater": np.greater,
    "greater_equal": np.greater_equal,
    "logical_and": np.logical_and,
    "logical_or": np.logical_or,
    "logical_xor": np.logical_xor,
    "logical_not": np.logical_not,
    "isnan": np.isnan,
    "isinf": np.isinf,
}

OWN: dict[str, Callable[..., Array]] = {
    "rsqrt": rsqrt,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "relu": relu,
    "gate": gate,
    "erf": special.erf,
    "erfc": special.erfc,
    "sign": sign,
    "floor": _whole(np.floor),
    "ceil": _whole(np.ceil),
    "round": _whole(np.rint),
    "trunc": _whole(np.trunc),
    "power": _power,
    "clamp": clamp,
    "floor_divide": _dividing("floor_divide", np.floor_divide),
    "remainder": _dividing("remainder", np.remainder),
    "fmod": _dividing("fmod", np.fmod),
    "where": where,
    "cast": cast,
    "clone": clone,
}


def _weak(function: Callable[..., Array]) -> Callable[..., Array]:
    """``function`` of two operands, one of which may be a Python number; quiet.

    NumPy takes a floating number beside ml_dtypes' bfloat16 for a float32, and gives a float32.
    """

    def apply(x: Array, y: Array) -> Array:
        if (type(y) is float and x.itemsize == 2) or (type(x) is float and y.itemsize == 2):
            result = fresh().run(function, x, y)
            kind = y.dtype if type(x) is float else x.dtype
            return result.astype(kind) if result.dtype.char == "f" else result
        return fresh().run(function, x, y)

    return apply


TABLE = {
    name: _weak(function) if operands_of(function) == 2 else quiet(function)
    for name, function in {**UFUNCS, **OWN}.items()
}


# -- into the memory of an operand that nobody else holds ------------------------------------------


def _holders(holder: list[Array]) -> int:
    x = holder[0]
    return sys.getrefcount(x)


_ALONE = _holders([np.empty(1)])  # what is counted for an array that only its holder has


def alone(x: Array, count: int) -> bool:
    """Whether an array counted ``count`` times as ``_holders`` counts may be overwritten."""
    return count <= _ALONE and type(x) is np.ndarray and x.base is None and x.flags.writeable


def _into_first(function: Any) -> Callable[..., Array]:
    def apply(holder: list[Array], y: Array) -> Array:
        x = holder[0]
        count = sys.getrefcount(x)
        if alone(x, count) and (
            type(y) is float or np.broadcast_shapes(x.shape, y.shape) == x.shape
        ):
            return function(x, y, out=x)
        return weak(x, y)

    weak = _weak(function)
    return quiet(apply)


REUSING = {name: _into_first(UFUNCS[name]) for name in ("add", "subtract", "multiply", "divide")}
