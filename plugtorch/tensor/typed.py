"""PyTorch's old constructors: ``Tensor(2, 3)``, ``FloatTensor([1, 2])`` and the other types.

A type is a name for a dtype on the CPU. ``isinstance(x, FloatTensor)`` asks for the dtype of x.
"""

from __future__ import annotations

import numbers
from typing import Any

from plugtorch import dtypes
from plugtorch.device import device as Device
from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ArgumentError, DeviceError, DTypeError
from plugtorch.storage import TensorBase, share
from plugtorch.tensor import creation
from plugtorch.tensor.axes import Size, shape_of

__all__ = [
    "BFloat16Tensor",
    "BoolTensor",
    "ByteTensor",
    "CharTensor",
    "DoubleTensor",
    "FloatTensor",
    "HalfTensor",
    "IntTensor",
    "LongTensor",
    "ShortTensor",
    "set_default_tensor_type",
]


def construct(
    name: str, kind: DType, *args: Any, device: Any = None, size: Any = None, data: Any = None
) -> Any:
    """What a type makes of its arguments: zeros of a shape, or a tensor of data.

    A tensor is shared as it is. Raises DTypeError for a single number that is no size.
    """
    if size is not None or data is not None:
        args = (Size(size) if data is None else data,)
    if not args:
        return creation.zeros(0, dtype=kind, device=device)
    first = args[0]
    if len(args) == 1:
        if isinstance(first, TensorBase):
            if name != "Tensor" and first.dtype is not kind:
                raise DTypeError(
                    f"[{name}] got a tensor of {first.dtype!r}. Convert it with "
                    f".to(plugtorch.{kind.name})."
                )
            return share(first)
        if isinstance(first, Size):
            return creation.zeros(first, dtype=kind, device=device)
        if not _whole(first):
            if isinstance(first, (float, bool, str, type(None))):
                raise DTypeError(
                    f"[{name}] needs sizes, or a list or array of numbers, got {first!r}. "
                    "Make a tensor of one number with plugtorch.tensor()."
                )
            return creation.tensor(_list(first), dtype=kind, device=device)
    if not all(_whole(arg) for arg in args):
        kinds = ", ".join(type(arg).__name__ for arg in args)
        raise DTypeError(f"[{name}] needs sizes, or one list or array of numbers, got ({kinds}).")
    return creation.zeros(tuple(map(int, args)), dtype=kind, device=device)


def _whole(value: Any) -> bool:
    if isinstance(value, TensorBase):
        return not shape_of(value) and value.dtype.kind == dtypes.INTEGER
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _list(data: Any) -> Any:
    """Data in a form that ``tensor`` takes: any other sequence becomes a list."""
    known = isinstance(data, (list, tuple)) or hasattr(data, "__array__")
    return list(data) if not known and hasattr(data, "__iter__") else data


class TensorType(type):
    """The class of FloatTensor and its like."""

    dtype: DType
    is_cuda = False

    def __call__(cls, *args: Any, device: Any = None) -> Any:
        """A tensor of this type. See ``construct``."""
        if device is not None and Device(device).type != "cpu":
            raise DeviceError(
                f"[{cls.__name__}] is a type on the CPU, and device is {str(device)!r}. "
                f"Use plugtorch.tensor(..., dtype=plugtorch.{cls.dtype.name}, device=...)."
            )
        return construct(cls.__name__, cls.dtype, *args, device="cpu")

    def __instancecheck__(cls, instance: object) -> bool:
        return (
            isinstance(instance, TensorBase)
            and instance.dtype is cls.dtype
            and instance.storage.backend.device.type == "cpu"
        )


class FloatTensor(metaclass=TensorType):
    """A float32 tensor on the CPU: zeros of a shape, or a tensor of data.

    >>> import plugtorch
    >>> plugtorch.FloatTensor([1, 2])
    tensor([1., 2.])
    >>> plugtorch.FloatTensor(2, 3).shape
    plugtorch.Size([2, 3])

    Source: torch.FloatTensor.
    """

    dtype = dtypes.float32


class DoubleTensor(metaclass=TensorType):
    """A float64 tensor on the CPU. Source: torch.DoubleTensor."""

    dtype = dtypes.float64


class HalfTensor(metaclass=TensorType):
    """A float16 tensor on the CPU. Source: torch.HalfTensor."""

    dtype = dtypes.float16


class BFloat16Tensor(metaclass=TensorType):
    """A bfloat16 tensor on the CPU. Source: torch.BFloat16Tensor."""

    dtype = dtypes.bfloat16


class ByteTensor(metaclass=TensorType):
    """A uint8 tensor on the CPU. Source: torch.ByteTensor."""

    dtype = dtypes.uint8


class CharTensor(metaclass=TensorType):
    """An int8 tensor on the CPU. Source: torch.CharTensor."""

    dtype = dtypes.int8


class ShortTensor(metaclass=TensorType):
    """An int16 tensor on the CPU. Source: torch.ShortTensor."""

    dtype = dtypes.int16


class IntTensor(metaclass=TensorType):
    """An int32 tensor on the CPU. Source: torch.IntTensor."""

    dtype = dtypes.int32


class LongTensor(metaclass=TensorType):
    """An int64 tensor on the CPU. Source: torch.LongTensor."""

    dtype = dtypes.int64


class BoolTensor(metaclass=TensorType):
    """A bool tensor on the CPU. Source: torch.BoolTensor."""

    dtype = dtypes.bool_


TYPES: dict[str, TensorType] = {
    kind.__name__: kind
    for kind in (
        FloatTensor,
        DoubleTensor,
        HalfTensor,
        BFloat16Tensor,
        ByteTensor,
        CharTensor,
        ShortTensor,
        IntTensor,
        LongTensor,
        BoolTensor,
    )
}
NAMES = {kind.dtype.name: name for name, kind in TYPES.items()}


def named(name: str, text: str) -> DType:
    """The dtype that ``"torch.FloatTensor"`` or ``"FloatTensor"`` means.

    Raises DeviceError for a type on another device, DTypeError for what is no type.
    """
    where, _, last = text.rpartition(".")
    if last not in TYPES:
        raise DTypeError(f"[{name}] there is no type {text!r}. Choose one of {', '.join(TYPES)}.")
    if where not in ("", "torch", "plugtorch"):
        raise DeviceError(
            f"[{name}] {text!r} is a type on another device. Use .to(device) and .to(dtype)."
        )
    return TYPES[last].dtype


def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of a type, or of its name, that of new floating-point tensors.

    Raises DTypeError unless it is floating point. Source: torch.set_default_tensor_type, which
    PyTorch advises against: ``set_default_dtype``.
    """
    kind = named("set_default_tensor_type", t) if isinstance(t, str) else getattr(t, "dtype", None)
    if not isinstance(kind, DType):
        raise ArgumentError(
            f"[set_default_tensor_type] needs a type such as FloatTensor or its name, got {t!r}."
        )
    dtypes.set_default_dtype(kind)
