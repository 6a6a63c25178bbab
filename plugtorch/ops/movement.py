"""Primitives that rearrange. The first four only look differently at the same box: their results
are views.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

from plugtorch.backend import Array, Kernel
from plugtorch.errors import IndexRangeError, ShapeError, UnsupportedError
from plugtorch.primitive import Movement, Primitive, Shape

Kernels = Mapping[str, Kernel]
Span = tuple[int, int, int] | int
"""What is taken of one axis: (start, stop, step) with 0 <= start <= stop <= size and step > 0, or
the one place whose axis then goes. Axes at the end that no span is given for stay whole."""


def _reshaped(x: Shape, shape: Shape) -> Shape:
    if prod(x) != prod(shape):
        raise ShapeError(
            f"[reshape] cannot lay out {prod(x)} elements of shape {x} as {shape}, which has "
            f"{prod(shape)}."
        )
    return shape


reshape = Movement(
    "reshape", "x", "shape", shape=_reshaped, doc="The same elements in another shape."
)


@reshape.gradient
def _(gradient: Any, x_shape: Shape) -> Any:
    return reshape(gradient, shape=x_shape)


@reshape.puts
def _(kernels: Kernels, whole: Array, part: Array, shape: Shape) -> Array:
    return kernels["reshape"](part, shape=tuple(whole.shape))


def _permuted(x: Shape, axes: tuple[int, ...]) -> Shape:
    if sorted(axes) != list(range(len(x))):
        raise ShapeError(
            f"[permute] axes {axes} must name each of the {len(x)} axes of shape {x} once."
        )
    return tuple([x[axis] for axis in axes])


permute = Movement("permute", "x", "axes", shape=_permuted, doc="The axes in another order.")


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


@permute.gradient
def _(gradient: Any, axes: tuple[int, ...]) -> Any:
    return permute(gradient, axes=_inverse(axes))


@permute.puts
def _(kernels: Kernels, whole: Array, part: Array, axes: tuple[int, ...]) -> Array:
    return kernels["permute"](part, axes=_inverse(axes))


def _expanded(x: Shape, shape: Shape) -> Shape:
    extra = len(shape) - len(x)
    if extra < 0 or any(a not in (1, b) for a, b in zip(x, shape[extra:])):
        raise ShapeError(
            f"[expand] cannot expand {x} to {shape}: only axes of size 1, and new ones in front, "
            "can stretch."
        )
    return shape


expand = Movement(
    "expand", "x", "shape", shape=_expanded, doc="Axes of size 1 repeated, new ones in front."
)


@expand.gradient
def _(gradient: Any, x_shape: Shape) -> Any:
    return gradient.sum_to_size(x_shape)


@expand.puts
def _(kernels: Kernels, whole: Array, part: Array, shape: Shape) -> Array:
    if tuple(whole.shape) == shape:
        return part
    raise UnsupportedError(
        f"[expand] cannot write to {shape} expanded from {tuple(whole.shape)}: several elements "
        "are one in "
        "memory. Use clone() first."
    )


def _sliced(x: Shape, spans: tuple[Span, ...]) -> Shape:
    if len(spans) > len(x):
        raise IndexRangeError(f"[slice] {len(spans)} spans for a tensor of {len(x)} axes.")
    result = []
    for axis, (span, size) in enumerate(zip(spans, x)):
        if isinstance(span, int):
            if not 0 <= span < size:
                raise IndexRangeError(
                    f"[slice] place {span} is outside axis {axis} of size {size}."
                )
            continue
        start, stop, step = span
        if not (0 <= start <= stop <= size and step > 0):
            raise IndexRangeError(
                f"[slice] {start}:{stop}:{step} does not fit axis {axis} of size {size}."
            )
        result.append(len(range(*span)))
    return (*result, *x[len(spans) :])


slice = Movement(
    "slice",
    "x",
    "spans",
    shape=_sliced,
    doc="Of each axis every step-th element from start to stop, or one place.",
)


@slice.gradient
def _(gradient: Any, x_shape: Shape, spans: tuple[Span, ...]) -> Any:
    return put_slice(gradient.new_zeros(x_shape), gradient, spans=spans)


@slice.puts
def _(kernels: Kernels, whole: Array, part: Array, spans: tuple[Span, ...]) -> Array:
    return kernels["put_slice"](whole, part, spans=spans)


put_slice = Primitive(
    "put_slice",
    "whole part",
    "spans",
    shape=lambda whole, part, spans: whole,
    doc="whole, with the elements that slice(spans) shows replaced by part.",
)


@put_slice.gradient("whole")
def _(gradient: Any, part_shape: Shape, spans: tuple[Span, ...]) -> Any:
    return put_slice(gradient, gradient.new_zeros(part_shape), spans=spans)


@put_slice.gradient("part")
def _(gradient: Any, spans: tuple[Span, ...]) -> Any:
    return slice(gradient, spans=spans)


def _concatenated(*shapes: Shape, axis: int) -> Shape:
    first = shapes[0]
    for other in shapes[1:]:
        same = len(first) == len(other) and all(
            i == axis or a == b for i, (a, b) in enumerate(zip(first, other))
        )
        if not same:
            raise ShapeError(
                f"[cat] cannot join {first} and {other} along axis {axis}: every other size must "
                "be equal."
            )
    return (*first[:axis], sum(s[axis] for s in shapes), *first[axis + 1 :])


concatenate = Primitive(
    "concatenate",
    "*tensors",
    "axis",
    shape=_concatenated,
    doc="Tensors one after the other along an axis.",
)


@concatenate.gradient
def _(gradient: Any, position: int, shapes: tuple[Shape, ...], axis: int) -> Any:
    start = sum(s[axis] for s in shapes[:position])
    spans = [(0, size, 1) for size in gradient.shape]
    spans[axis] = (start, start + shapes[position][axis], 1)
    return slice(gradient, spans=tuple(spans))


flip = Primitive(
    "flip", "x", "axes", shape=lambda x, axes: x, doc="The elements in reverse along axes."
)


@flip.gradient
def _(gradient: Any, axes: tuple[int, ...]) -> Any:
    return flip(gradient, axes=axes)
