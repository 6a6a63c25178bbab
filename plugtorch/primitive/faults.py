"""Why a call failed, in words: the operation, what it was given, what it needed, what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from plugtorch.backend import Backend
from plugtorch.dtypes import dtype
from plugtorch.errors import (
    DeviceError,
    DTypeError,
    OutOfMemoryError,
    PlugtorchError,
    ShapeError,
    UnsupportedError,
)
from plugtorch.storage import TensorBase

if TYPE_CHECKING:
    from plugtorch.primitive.primitive import Primitive

Shape = tuple[int, ...]


def broadcast(name: str, shapes: Sequence[Shape]) -> Shape:
    """The common shape of ``shapes``, aligned at the right; sizes of 1 stretch."""
    result: list[int] = []
    for place in range(1, max(map(len, shapes), default=0) + 1):
        size = 1
        for shape in shapes:
            here = shape[-place] if place <= len(shape) else 1
            if here != 1:
                if size not in (1, here):
                    listed = " with ".join(map(str, shapes))
                    raise ShapeError(
                        f"[{name}] cannot broadcast {listed}: sizes {size} and {here} at axis "
                        f"{-place} differ, "
                        "and neither is 1."
                    )
                size = here
        result.append(size)
    return tuple(reversed(result))


def broadcast_rule(name: str) -> Callable[..., Shape]:
    """The shape rule of what broadcasts."""
    return lambda *shapes: broadcast(name, shapes)


def not_a_tensor(name: str, value: Any) -> DTypeError:
    """The error for an operand that is no tensor."""
    return DTypeError(
        f"[{name}] needs a tensor, got {type(value).__name__}. Make one with plugtorch.tensor(...)."
    )


def all_tensors(name: str, *operands: Any) -> None:
    """Refuse numbers, and whatever else is no tensor."""
    for operand in operands:
        if not isinstance(operand, TensorBase):
            raise not_a_tensor(name, operand)


def same_type(input: Any, other: Any, name: str) -> None:
    """Refuse tensors of different dtypes."""
    all_tensors(name, input, other)
    if input.dtype is not other.dtype:
        raise DTypeError(
            f"[{name}] dtypes differ: {input.dtype!r} and {other.dtype!r}. Convert one with .to()."
        )


def missing_dtype(name: str, backend: Backend, kind: dtype) -> UnsupportedError:
    """The error for a dtype that the device lacks."""
    has = ", ".join(sorted(d.name for d in backend.dtypes))
    return UnsupportedError(
        f"[{name}] device {backend.device} has no {kind.name}. It has {has}; convert with "
        ".to(dtype) first."
    )


def different_devices(name: str, operands: Sequence[Any]) -> DeviceError:
    """The error for tensors that do not share a device."""
    where = " and ".join(
        dict.fromkeys(str(o.storage.backend.device) for o in operands if isinstance(o, TensorBase))
    )
    return DeviceError(
        f"[{name}] the tensors are on different devices: {where}. Bring them together with "
        ".to(device)."
    )


def explain(
    primitive: Primitive,
    backend: Backend,
    operands: Sequence[Any],
    parameters: dict[str, Any],
    error: Exception,
) -> Exception:
    """The error to show for one that a kernel raised: the shape rule's own words, if it finds the
    fault.
    """
    if isinstance(error, PlugtorchError):
        return error
    name = primitive.name
    if name not in backend.kernels:
        return UnsupportedError(
            f"[{name}] device {backend.device} has no kernel for it. Move the tensor with "
            ".to('cpu') for this step."
        )
    shapes = [o.value().shape if isinstance(o, TensorBase) else () for o in operands]
    try:
        if operands or "shape" not in parameters:
            primitive.shape(*shapes, **parameters)
    except PlugtorchError as clear:
        return clear
    given = ", ".join(
        f"{tuple(s)} {o.dtype.name}" if isinstance(o, TensorBase) else repr(o)
        for o, s in zip(operands, shapes)
    )
    if isinstance(error, MemoryError):
        return OutOfMemoryError(
            f"[{name}] out of memory on {backend.device} with {given or parameters}: {error}. "
            "Use a smaller batch, or free tensors you no longer need."
        )
    return DeviceError(
        f"[{name}] failed on {backend.device} with {given or 'no inputs'}"
        f"{f' and {parameters}' if parameters else ''}: {type(error).__name__}: {error}"
    )
