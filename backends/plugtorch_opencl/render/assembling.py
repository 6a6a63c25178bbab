"""``concatenate`` and ``put_slice``: a result put together from copies into regions of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plugtorch_opencl.render.copying import copy_launch
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, contiguous
from plugtorch_opencl.work import Argument, Launch, View, Work


def concatenate(
    traits: Traits, name: str, operands: tuple[View, ...], result: View, *, axis: int
) -> Work:
    """Tensors one after the other along an axis."""
    launches = []
    start = 0
    for number, view in enumerate(operands):
        launches.append(_copy(traits, number, view, result.strides, start * result.strides[axis]))
        start += view.shape[axis]
    return Work(tuple(launches))


def put_slice(
    traits: Traits, name: str, operands: tuple[View, ...], result: View, *, spans: Any
) -> Work:
    """The first operand, with the part that ``spans`` shows replaced by the second."""
    whole, part = operands
    start, strides = 0, []
    for span, stride in zip(spans, result.strides):
        if isinstance(span, int):
            start += span * stride
        else:
            start += span[0] * stride
            strides.append(span[2] * stride)
    strides += result.strides[len(spans) :]
    return Work(
        (
            _copy(traits, 0, whole, contiguous(whole.shape), 0),
            _copy(traits, 1, part, tuple(strides), start),
        )
    )


def _copy(traits: Traits, number: int, source: View, strides: Shape, start: int) -> Launch:
    """Operand ``number`` into the region that begins ``start`` elements into the result."""
    if not source.shape:
        source, strides = View(source.dtype, (1,), (0,)), (1,)
    launch = copy_launch(traits, source, View(source.dtype, source.shape, strides))
    return replace(launch, arguments=tuple([_argument(a, number, start) for a in launch.arguments]))


def _argument(argument: Argument, number: int, start: int) -> Argument:
    if argument.kind in ("operand", "operand_offset"):
        return Argument(argument.kind, number)
    return Argument("result_at", start) if argument.kind == "result_offset" else argument
