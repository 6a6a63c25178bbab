"""Convolution kernels for processors whose vectors are neighbouring rows, for few columns.

To these kernels a row is a unit: a vector of neighbours along the last axis of rows, whose length
is ``length``. Where that is no multiple of the vector, the last unit begins earlier and computes
some elements again, to the same bits. An axis shorter than a vector has one unit, which reads on
behind it: x has slack there.
"""

from __future__ import annotations

from plugtorch_opencl.render.convolution_rows import blocks
from plugtorch_opencl.render.convolution_text import (
    ALONE,
    Windowed,
    advance,
    digits,
    finish,
    header,
    parameters,
    tile_of,
    where,
)
from plugtorch_opencl.render.matmul_text import SUMMED, indent, load, preamble, vector

UNIT_PLACES = {"place": "x", "out_place": "out"}


def render(kernel: Windowed) -> str:
    """The program of one product. tile.rows: units times their width."""
    tile = tile_of(kernel)
    kind = vector(SUMMED[kernel.dtype], tile.width)
    units = tile.rows // tile.width
    body = [
        *where(kernel, f"row_tiles * {units}", str(tile.columns)),
        f"local {kind} sums[{tile.tiles * units * tile.columns}];",
        *_units(kernel, tile.tiles * units),
        *y_lines(kernel),
        *blocks(kernel, _tiles(kernel, kind)),
        *_stores(kernel, kind),
    ]
    text = preamble([kernel.dtype], (1, tile.width))
    attributes = f"{ALONE} __attribute__((vec_type_hint({kind})))"
    text += header(kernel.name, parameters(kernel), attributes)
    return "\n".join([*text, *indent(body), "}", ""])


def _units(kernel: Windowed, most: int) -> list[str]:
    """Statements: where the units of this block are, in x and in the result."""
    last, width = kernel.axes - 1, tile_of(kernel).width
    units = tile_of(kernel).rows // width
    return [
        f"local long unit_x[{most}];",
        f"local long unit_out[{most}];",
        f"const uint unit_count = min(row_tiles * {units}, rows - first_row);",
        f"const uint longer = length < {width} ? 0 : row_size_{last} * {width} - length;",
        *digits("row", kernel.axes, "first_row", UNIT_PLACES),
        f"for (uint i = 0; i < row_tiles * {units}; ++i) {{",
        f"    const uint behind = row_{last} + 1 == row_size_{last} ? longer : 0;",
        "    unit_x[i] = place - behind * x_near;",
        "    unit_out[i] = out_place - behind * out_near;",
        "    // Units beyond the last are the last again: their sums are not stored.",
        "    if (i + 1 < unit_count) {",
        *indent(advance("row", kernel.axes, UNIT_PLACES), 2),
        "    }",
        "}",
    ]


def y_lines(kernel: Windowed) -> list[str]:
    """Statements: the line of y that each column has; those beyond the last are the last again."""
    kind = SUMMED[kernel.dtype]
    return [
        f"global const {kind} *y_line_{j} = (global const {kind} *)y "
        f"+ min(first_column + {j}, columns - 1) * y_columns;"
        for j in range(tile_of(kernel).columns)
    ]


def _tiles(kernel: Windowed, kind: str) -> list[str]:
    """Statements: the sums of all tiles over one block, after those of the blocks before it."""
    tile = tile_of(kernel)
    scalar, units, width = SUMMED[kernel.dtype], tile.rows // tile.width, tile.width
    cells = [(v, j) for v in range(units) for j in range(tile.columns)]
    text = [
        f"for (uint tile = 0; tile * {units} < unit_count; ++tile) {{",
        f"    local {kind} *tile_sums = sums + tile * {len(cells)};",
    ]
    text += [
        f"    global const {scalar} *x_unit_{v} = (global const {scalar} *)x "
        f"+ unit_x[tile * {units} + {v}];"
        for v in range(units)
    ]
    for number, (v, j) in enumerate(cells):
        start = f"block > first_inner ? tile_sums[{number}] : ({kind})(0)"
        text.append(f"    {kind} sum_{v}_{j} = {start};")
    text += [
        "    for (uint t = 0; t < depth; ++t) {",
        "        const long x_step = inner_x[t];",
        "        const long y_step = inner_y[t];",
    ]
    for v in range(units):
        if kernel.even:
            value = load(
                "float32" if scalar == "float" else "float64", width, f"x_unit_{v}", "x_step"
            )
        else:
            steps = [f"x_unit_{v}[x_step + {i} * x_near]" for i in range(width)]
            value = f"({kind})({', '.join(steps)})"
        text.append(f"        const {kind} x_{v} = {value};")
    for j in range(tile.columns):
        text.append(f"        const {scalar} y_{j} = y_line_{j}[y_step];")
        text += [f"        sum_{v}_{j} += y_{j} * x_{v};" for v in range(units)]
    text.append("    }")
    text += [f"    tile_sums[{number}] = sum_{v}_{j};" for number, (v, j) in enumerate(cells)]
    return [*text, "}"]


def _stores(kernel: Windowed, kind: str) -> list[str]:
    """Statements: each unit's sums of each column, whole vectors where they are neighbours."""
    tile = tile_of(kernel)
    scalar, width = SUMMED[kernel.dtype], tile.width
    return [
        f"const uint wide = min({tile.columns}u, columns - first_column);",
        f"const uint filled = min({width}u, length);",
        "for (uint j = 0; j < wide; ++j) {",
        "    for (uint i = 0; i < unit_count; ++i) {",
        f"        const {kind} sum = inner > 0 ? sums[i * {tile.columns} + j] : ({kind})(0);",
        "        const long unit_place = unit_out[i] + (first_column + j) * out_column;",
        f"        if (filled == {width} && out_near == 1) {{",
        *indent(finish(kernel, width, "sum", "(first_column + j)", "unit_place"), 3),
        "        } else {",
        f"            local {scalar} *totals = (local {scalar} *)(sums + i * {tile.columns} + j);",
        f"            vstore{width}(sum, 0, totals);",
        "            for (uint k = 0; k < filled; ++k) {",
        "                const long out_place = unit_place + k * out_near;",
        *indent(finish(kernel, 1, "totals[k]", "(first_column + j)", "out_place"), 4),
        "            }",
        "        }",
        "    }",
        "}",
    ]
