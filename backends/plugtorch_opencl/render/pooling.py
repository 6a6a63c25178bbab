"""Pooling over one to three spatial axes: ``max_pool``, ``max_pool_index``, ``sum_pool`` and
``sum_pool_input``.

Each result is worked out from what it reads, so nothing is added by two work-items. Kernel, stride
and dilation are part of the text, which makes loops over small windows disappear; sizes and padding
are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from plugtorch_opencl.render.matmul_text import STORED, SUMMED, indent, preamble
from plugtorch_opencl.render.pooling_text import (
    Windows,
    index_row,
    largest_row,
    spread_row,
    sum_row,
    widths,
)
from plugtorch_opencl.render.walking import (
    Signature,
    ceil_div,
    explicit,
    guarded,
    joined,
    lanes,
    launch,
    unravel,
)
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import ITEM_SIZE, Shape, View, Work

Pairs = tuple[tuple[int, int], ...]
ITEM_ELEMENTS = 8192  # that a work-item of a processor reads or writes


@dataclass(frozen=True)
class Array:
    """An argument of the kernel: its part in it, and how it lies: planes, and three axes."""

    name: str
    kind: str
    number: int
    dtype: str
    planes: Shape
    steps: Shape


def work(
    traits: Traits,
    name: str,
    operands: tuple[View, ...],
    result: View,
    *,
    kernel: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape = (),
    size: Shape = (),
) -> Work:
    """``max_pool(x)``, ``max_pool_index(x, largest)``, ``sum_pool(x)``: (N, C, *size) to (N, C,
    *count); ``sum_pool_input(gradient, size)`` back. A plane has fewer than 2^31 elements.
    """
    x = operands[0]
    missing = 3 - len(kernel)
    ones = (1,) * missing
    windows = Windows(
        dtype=x.dtype,
        kernel=ones + kernel,
        stride=ones + stride,
        dilation=ones + (dilation or (1,) * len(kernel)),
        wide=x.strides[-1] == 1,
        largest_wide=name == "max_pool_index" and operands[1].strides[-1] == 1,
        explicit=explicit(traits),
    )
    before = (0,) * missing + tuple(pair[0] for pair in padding)
    read, written = ones + x.shape[2:], ones + result.shape[2:]
    width = _width(traits, name, x.dtype)
    views = [("x", "operand", 0, x), ("result", "result", 0, result)]
    if name == "max_pool_index":
        views.append(("largest", "operand", 1, operands[1]))
    strides = {
        label: contiguous(result.shape) if kind == "result" else view.strides
        for label, kind, _, view in views
    }
    planes, *plane_steps = joined(x.shape[:2], *[each[:2] for each in strides.values()])
    arrays = [
        Array(label, kind, number, view.dtype, own, (0,) * missing + strides[label][2:])
        for (label, kind, number, view), own in zip(views, plane_steps)
    ]
    signature = Signature()
    for array in arrays:
        signature.array(array.kind, array.number, array.name, STORED[array.dtype])
        for axis, step in zip("dhw", array.steps):
            signature.number(f"{array.name}_{axis}", step, "long")
    for axis, there, count, early in zip("dhw", read, written, before):
        signature.number(f"size_{axis}", there, "int")
        signature.number(f"count_{axis}", count, "int")
        signature.number(f"before_{axis}", early, "int")
    back = name == "sum_pool_input"
    inside = (_spread_inside if back else _inside)(windows, read[2], written[2], before[2])
    signature.number("inside_begin", inside[0], "int")
    signature.number("inside_end", inside[1], "int")
    rows = written[0] * written[1]
    weight = written[2] * (1 if back else min(8, prod(windows.stride)))
    item_rows = min(rows, max(1, ITEM_ELEMENTS // weight)) if explicit(traits) else 1
    item_planes = max(1, ITEM_ELEMENTS // (weight * rows)) if explicit(traits) else 1
    columns = 1 if explicit(traits) else written[2]
    count = ceil_div(rows, item_rows) * ceil_div(prod(planes), item_planes) * columns
    signature.number("count", count)
    signature.number("rows", rows)
    signature.number("planes", prod(planes))
    signature.number("item_rows", item_rows)
    signature.number("item_planes", item_planes)
    signature.axes("plane", planes, **{array.name: array.planes for array in arrays})
    makers = {
        "max_pool": largest_row,
        "max_pool_index": index_row,
        "sum_pool": sum_row,
        "sum_pool_input": spread_row,
    }
    row = makers[name](windows, width)
    label = f"{name}_{x.dtype}_{windows.name}_{len(planes)}_{width}"
    pointers = {f"{array.name}_plane": array.name for array in arrays}
    body = [
        *guarded("count"),
        "uint item = get_global_id(0);",
        *_columns(traits),
        "const uint row_parts = (rows + item_rows - 1) / item_rows;",
        "const uint rows_begin = item % row_parts * item_rows;",
        "const uint rows_end = min(rows, rows_begin + item_rows);",
        "const uint planes_begin = item / row_parts * item_planes;",
        "const uint planes_end = min(planes, planes_begin + item_planes);",
        "for (uint plane = planes_begin; plane < planes_end; ++plane) {",
        *indent(_pointers(arrays)),
        "    uint rest = plane;",
        *indent(unravel("plane", planes, "rest", **pointers)),
        "    for (uint row = rows_begin; row < rows_end; ++row) {",
        "        const int d_at = row / count_h;",
        "        const int h_at = row % count_h;",
        *indent(row, 2),
        "    }",
        "}",
    ]
    dtypes = {x.dtype} - {"bool"}
    text = preamble(dtypes, (1, *widths(width)))
    text += signature.kernel(label, body, 1 if explicit(traits) else None)
    return Work((launch(traits, label, text, count, signature),))


def _width(traits: Traits, name: str, dtype: str) -> int:
    size = 8 if name == "max_pool_index" else max(4, ITEM_SIZE[dtype])
    if name.startswith("sum") and SUMMED[dtype] in ("double", "ulong"):
        size = 8
    return lanes(traits, size) if explicit(traits) else 1


def _columns(traits: Traits) -> list[str]:
    if explicit(traits):
        return ["const int columns_begin = 0;", "const int columns_end = count_w;"]
    return [
        "const int columns_begin = item % count_w;",
        "const int columns_end = columns_begin + 1;",
        "item /= count_w;",
    ]


def _pointers(arrays: list[Array]) -> list[str]:
    return [
        f"global {'' if array.kind == 'result' else 'const '}{STORED[array.dtype]} "
        f"*{array.name}_plane = {array.name};"
        for array in arrays
    ]


def _inside(windows: Windows, size: int, count: int, before: int) -> tuple[int, int]:
    """The windows, of those along the last axis, that lie in x as a whole."""
    step = windows.stride[2]
    reach = (windows.kernel[2] - 1) * windows.dilation[2]
    begin = min(count, max(0, ceil_div(before, step)))
    end = (size - 1 - reach + before) // step + 1
    return begin, max(begin, min(count, end))


def _spread_inside(windows: Windows, count: int, size: int, before: int) -> tuple[int, int]:
    """The windows whose ``stride`` elements from their beginning, and all windows that reach these,
    are there.
    """
    step = windows.stride[2]
    begin = max((windows.kernel[2] - 1) // step, ceil_div(before, step))
    return begin, max(begin, min(count, (size + before) // step))
