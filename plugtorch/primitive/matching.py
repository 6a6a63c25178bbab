"""Making operands fit: one dtype by PyTorch's promotion, one device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch import dtypes
from plugtorch.backend import Backend
from plugtorch.device import meeting_place
from plugtorch.dtypes import dtype
from plugtorch.errors import DTypeError
from plugtorch.graph import Node, mode, next_sequence
from plugtorch.primitive.faults import different_devices, missing_dtype, not_a_tensor
from plugtorch.primitive.primitive import PRIMITIVES
from plugtorch.storage import TensorBase, new, wrap

# what an elementwise primitive takes
ANY, FLOAT, WHOLE, NUMERIC, SIGNED = "any", "float", "whole", "numeric", "signed"


def _ranks(
    name: str, operands: Sequence[Any]
) -> tuple[dtype | None, dtype | None, dtype | None, Backend | None]:
    """The dtypes of tensors with axes, of 0-d tensors and of numbers, each promoted among its rank;
    the device.
    """
    dimensioned = zero = number = None
    backend: Backend | None = None
    for operand in operands:
        if isinstance(operand, TensorBase):
            kind = operand.dtype
            if operand.value().shape:
                dimensioned = (
                    kind if dimensioned is None else dtypes.promote_types(dimensioned, kind)
                )
                backend = operand.storage.backend
            else:
                zero = kind if zero is None else dtypes.promote_types(zero, kind)
                backend = backend or operand.storage.backend
        else:
            try:
                kind = dtypes.of_number(operand)
            except DTypeError:
                raise not_a_tensor(name, operand) from None
            number = kind if number is None or kind.kind > number.kind else number
    return dimensioned, zero, number, backend


def common_dtype(name: str, operands: Sequence[Any]) -> dtype:
    """The dtype that operands of all ranks have in common."""
    return dtypes.result_type(*_ranks(name, operands)[:3])


def match(name: str, operands: tuple[Any, ...], takes: str = ANY) -> list[Any]:
    """Operands in one dtype by PyTorch's promotion, on one device. Python numbers stay numbers of a
    fitting type.

    A 0-d tensor follows the others to their device.
    """
    dimensioned, zero, number, backend = _ranks(name, operands)
    if backend is None:
        raise not_a_tensor(name, operands[0])
    common = dtypes.result_type(dimensioned, zero, number)
    if takes == FLOAT and not common.is_floating_point:
        common = dtypes.get_default_dtype()
    elif takes == WHOLE and common.is_floating_point:
        raise DTypeError(
            f"[{name}] takes bool or integer tensors, got {common!r}. Convert with .to() first."
        )
    elif (takes == NUMERIC and common is dtypes.bool_) or (
        takes == SIGNED and any(map(_is_bool, operands))
    ):
        raise DTypeError(
            f"[{name}] does not take bools. Use logical_xor or logical_not, or convert with .to() "
            "first."
        )
    matched = []
    for operand in operands:
        if isinstance(operand, TensorBase):
            if operand.dtype is not common:
                operand = cast(operand, common)
            if operand.storage.backend is not backend:
                if operand.value().shape:
                    return match(name, tuple(together(name, operands)), takes)
                operand = to_device(operand, backend)
            matched.append(operand)
        else:
            number = as_number(operand, common)
            if common.is_floating_point and not common.wide:
                # rounded to 16 bits first, as PyTorch does
                number = wrap_number(number, backend, common)
            matched.append(number)
    return matched


def _is_bool(operand: Any) -> bool:
    return isinstance(operand, bool) or getattr(operand, "dtype", None) is dtypes.bool_


def as_number(value: Any, kind: dtype) -> Any:
    """A Python number as an element of ``kind`` would be: integers wrap around."""
    if kind.is_floating_point:
        return float(value)
    if kind is dtypes.bool_:
        return bool(value)
    value = int(value)
    bits = 8 * kind.itemsize
    value &= (1 << bits) - 1
    if kind.is_signed and value >> bits - 1:
        value -= 1 << bits
    return value


def wrap_number(value: Any, backend: Backend, kind: dtype | None = None) -> Any:
    """A Python number as a 0-d tensor on an opened device, of its own dtype unless given."""
    kind = kind or dtypes.of_number(value)
    return PRIMITIVES["full"].create(backend, kind, shape=(), value=value)


def cast(x: TensorBase, kind: dtype) -> Any:
    """``x`` in another dtype."""
    if kind not in x.storage.backend.dtypes:
        raise missing_dtype("cast", x.storage.backend, kind)
    return PRIMITIVES["cast"](x, dtype=kind)


def to_device(x: TensorBase, backend: Backend) -> Any:
    """``x`` on another opened device; gradients come back the same way. This is the one place where
    data crosses.
    """
    if x.dtype not in backend.dtypes:
        raise missing_dtype("to", backend, x.dtype)
    source = x.storage.backend
    array = backend.upload(source.download(x.value()), x.dtype)
    result = wrap(array, x.dtype, backend)
    if x.tracked and mode.enabled:
        node = new(_Transfer)
        node.sequence = next_sequence()
        node.primitive = PRIMITIVES["cast"]
        node.plan = None
        node.parents = (x.node or x,)
        node.saved = ()
        node.shapes = None
        node.dtypes = ()
        node.parameters = {}
        node.backend = source
        node.hooks = None
        result.node, result.tracked = node, True
    return result


def together(name: str, operands: Sequence[Any]) -> list[Any]:
    """Operands on the device that ``gather_on`` named, where tensors on the CPU met others on it.

    Raises DeviceError if nobody named it, or if there are tensors elsewhere.
    """
    here = meeting_place()
    moved = [
        to_device(operand, here)
        if here is not None and _on_cpu(operand) and here is not operand.storage.backend
        else operand
        for operand in operands
    ]
    if any(isinstance(x, TensorBase) and x.storage.backend is not here for x in moved):
        raise different_devices(name, operands)
    return moved


def _on_cpu(operand: Any) -> bool:
    return isinstance(operand, TensorBase) and operand.storage.backend.device.type == "cpu"


class _Transfer(Node):
    """A tensor brought to another device; ``backend`` is the one it came from."""

    __slots__ = ()

    def name(self) -> str:
        return "ToCopyBackward"

    def propagate(self, gradient: Any, create_graph: bool) -> list[Any]:
        return [to_device(gradient, self.backend)]
