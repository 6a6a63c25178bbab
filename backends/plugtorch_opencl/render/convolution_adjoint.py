"""convolution_input as products of matrices: a part for every remainder by the stride."""

from __future__ import annotations

from itertools import product
from math import gcd, prod
from typing import NamedTuple

from plugtorch_opencl.render.convolution_geometry import (
    Geometry,
    Inner,
    Pairs,
    Part,
    Row,
    field_of,
    geometry_of,
    merged_rows,
)
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import Shape


class Class(NamedTuple):
    """Elements of one axis with the same remainder, and the taps that reach them.

    The elements are first, first + stride ...; number i of them reads index low + i + m of the
    gradient for the taps last_tap - m' tap_step, whose indices are ``index_step`` apart.
    """

    first: int
    size: int
    low: int
    taps: int
    last_tap: int
    tap_step: int
    index_step: int


def _classes(size: int, kernel: int, stride: int, before: int, dilation: int) -> list[Class]:
    """The remainders of one axis that any element has."""
    common = gcd(stride, dilation)
    tap_step, index_step = stride // common, dilation // common
    result = []
    for remainder in range(stride):
        taps = [k for k in range(kernel) if k * dilation % stride == remainder]
        begin = -((remainder - before) // stride)  # the least q with q stride + remainder >= before
        first = begin * stride + remainder - before
        if first >= size:
            continue
        last_tap = taps[-1] if taps else 0
        low = begin - (last_tap * dilation - remainder) // stride if taps else 0
        elements = (size - 1 - first) // stride + 1
        result.append(Class(first, elements, low, len(taps), last_tap, tap_step, index_step))
    return result


def of_input(
    gradient: Shape,
    weight: Shape,
    x: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
    framed: bool = False,
) -> Geometry:
    """convolution_input: a convolution of the gradient with the taps of each remainder, turned."""
    kernel, counts = weight[2:], gradient[2:]
    axes = [
        _classes(n, k, s, before, d)
        for n, k, s, (before, _), d in zip(x[2:], kernel, stride, padding, dilation)
    ]
    lows, highs = [], []
    for classes in axes:
        reached = [c for c in classes if c.taps]
        lows.append(min((c.low for c in reached), default=0))
        highs.append(
            max((c.low + c.size - 1 + (c.taps - 1) * c.index_step for c in reached), default=0)
        )
    planes = gradient[0] * gradient[1]
    field = field_of(planes, counts, tuple(lows), tuple(highs), framed)
    out_steps, taps = contiguous(x), contiguous(kernel)
    filters = weight[0] // groups
    parts = []
    for chosen in product(*axes):
        start, line_start, out_start = field.origin, 0, 0
        rows = [Row(x[0], gradient[1] * field.plane, out_steps[0])]
        inner = [Inner(filters, field.plane, 1, 0)]
        for c, f, o, s, t in zip(chosen, field.steps, out_steps[2:], stride, taps):
            start += c.low * f
            line_start += c.last_tap * t
            out_start += c.first * o
            rows.append(Row(c.size, f, s * o))
            inner.append(Inner(c.taps, c.index_step * f, 0, -c.tap_step * t))
        if not all(c.taps for c in chosen):  # zeros: nothing is read
            inner, start, line_start = [Inner(0, 0, 0, 0)] * len(inner), 0, 0
        parts.append(Part(merged_rows(rows), tuple(inner), start, line_start, out_start))
    return geometry_of(
        field,
        parts,
        planes,
        groups=groups,
        columns=weight[1],
        matrices=weight[0],
        line=prod(kernel),
        y_group=filters,
        x_group=filters * field.plane,
        out_group=weight[1] * out_steps[1],
        out_column=out_steps[1],
    )
