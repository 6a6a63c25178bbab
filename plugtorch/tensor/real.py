"""Questions and functions of complex numbers, for tensors that are always real; and which dtype
goes into which. Names, arguments and meaning are PyTorch's.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch.dtypes import bool_, dtype, get_default_dtype
from plugtorch.ops import elementwise as ops
from plugtorch.primitive import cast
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import ones_like
from plugtorch.tensor.pieces import chunk, split, split_with_sizes

__all__ = [
    "angle",
    "can_cast",
    "conj",
    "conj_physical",
    "is_conj",
    "is_neg",
    "is_same_size",
    "is_signed",
    "isreal",
    "newaxis",
    "real",
    "resolve_conj",
    "resolve_neg",
    "unsafe_chunk",
    "unsafe_split",
    "unsafe_split_with_sizes",
]

newaxis = None
# what shares memory here never spoils a gradient, so nothing is unsafe
unsafe_chunk, unsafe_split, unsafe_split_with_sizes = chunk, split, split_with_sizes


def conj(input: Any) -> Any:
    """The tensor itself: a real number is its own conjugate. Source: torch.conj."""
    return input


def real(input: Any) -> Any:
    """The tensor itself: it has no imaginary part. Source: torch.real."""
    return input


conj_physical = resolve_conj = resolve_neg = conj


def angle(input: Any) -> Any:
    """0 where a number is not negative, pi where it is, NaN where it is NaN.

    >>> import plugtorch
    >>> plugtorch.angle(plugtorch.tensor([2.0, -2.0]))
    tensor([0.0000, 3.1416])

    Source: torch.angle.
    """
    x = input if input.dtype.is_floating_point else cast(input, get_default_dtype())
    return ops.where.apply(ops.isnan.apply(x), x, cast(x < 0, x.dtype) * math.pi)


def isreal(input: Any) -> Any:
    """True for each element. Source: torch.isreal."""
    return ones_like(input, dtype=bool_)


def is_conj(input: Any) -> bool:
    """False: nothing is marked as a conjugate. Source: torch.is_conj."""
    return False


is_neg = is_conj


def is_signed(input: Any) -> bool:
    """Whether the dtype has negative numbers. Source: torch.is_signed."""
    return bool(input.dtype.is_signed)


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape. Source: torch.is_same_size."""
    return shape_of(input) == shape_of(other)


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether results of one dtype may be written into another: not floats into whole numbers, and
    neither into bools.

    >>> import plugtorch
    >>> plugtorch.can_cast(plugtorch.float64, plugtorch.int32)
    False

    Source: torch.can_cast.
    """
    return from_.kind <= to.kind


class RealMethods(TensorBase):
    """These functions as methods, and the same property."""

    __slots__ = ()

    angle = angle
    conj = conj
    conj_physical = conj_physical
    is_conj = is_conj
    is_neg = is_neg
    is_same_size = is_same_size
    is_signed = is_signed
    isreal = isreal
    resolve_conj = resolve_conj
    resolve_neg = resolve_neg
    unsafe_chunk = unsafe_chunk
    unsafe_split = unsafe_split
    unsafe_split_with_sizes = unsafe_split_with_sizes
    real = property(real)
