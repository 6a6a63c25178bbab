"""Convolution kernels for processors whose vectors are some filters of one position.

One work-item is one work-group. A tile's sums stay in registers; elements of x are read one by one
and wherever they are, y comes from panels. The tiles of a work-item pass by while a block of the
panel stays in the first-level cache; their sums wait in local memory, and are turned round before
they are stored, because positions are neighbours in the result.
"""

from __future__ import annotations

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
from plugtorch_opencl.render.matmul_copies import weave_functions, woven
from plugtorch_opencl.render.matmul_text import SUMMED, indent, preamble, vector

ROW_PLACES = {"place": "x", "out_place": "out"}
INNER_PLACES = {"x_place": "x", "y_place": "y"}


def render(kernel: Windowed) -> str:
    """The program of one product."""
    tile = tile_of(kernel)
    scalar = SUMMED[kernel.dtype]
    kind = vector(scalar, tile.width)
    most = tile.rows * tile.tiles
    body = [
        *where(kernel, f"row_tiles * {tile.rows}", str(tile.columns)),
        "y += column_block * y_columns;",
        f"local {kind} sums[{most * tile.columns // tile.width}];",
        *places(kernel, most),
        *blocks(kernel, _tiles(kernel, kind)),
        *_stores(kernel, kind, scalar),
    ]
    text = preamble([kernel.dtype], (1, tile.width))
    text += weave_functions(kind, tile.width)
    attributes = f"{ALONE} __attribute__((vec_type_hint({kind})))"
    return "\n".join(
        [*text, *header(kernel.name, parameters(kernel), attributes), *indent(body), "}", ""]
    )


def places(kernel: Windowed, most: int) -> list[str]:
    """Statements: where the rows of this block are, in x and in the result."""
    return [
        f"local long row_x[{most}];",
        f"local long row_out[{most}];",
        f"const uint row_count = min(row_tiles * {tile_of(kernel).rows}, rows - first_row);",
        *digits("row", kernel.axes, "first_row", ROW_PLACES),
        f"for (uint i = 0; i < row_tiles * {tile_of(kernel).rows}; ++i) {{",
        "    row_x[i] = place;",
        "    row_out[i] = out_place;",
        "    // Rows beyond the last are the last again: their sums are not stored.",
        "    if (i + 1 < row_count) {",
        *indent(advance("row", kernel.axes, ROW_PLACES), 2),
        "    }",
        "}",
    ]


def blocks(kernel: Windowed, body: list[str]) -> list[str]:
    """Statements: ``body`` for one block of t after the other, after where its steps are."""
    depth = tile_of(kernel).depth
    return [
        f"local long inner_x[{depth}];",
        f"local long inner_y[{depth}];",
        *(["if (inner > 0) {"]),
        *indent(digits("inner", kernel.axes, "first_inner", INNER_PLACES)),
        f"    for (uint block = first_inner; block < last_inner; block += {depth}) {{",
        f"        const uint depth = min({depth}u, last_inner - block);",
        "        for (uint t = 0; t < depth; ++t) {",
        "            inner_x[t] = x_place;",
        "            inner_y[t] = y_place;",
        *indent(advance("inner", kernel.axes, INNER_PLACES), 3),
        "        }",
        *indent(body, 2),
        "    }",
        "}",
    ]


def _tiles(kernel: Windowed, kind: str) -> list[str]:
    """Statements: the sums of all tiles over one block, after those of the blocks before it."""
    tile = tile_of(kernel)
    scalar, vectors = SUMMED[kernel.dtype], tile.columns // tile.width
    cells = [(i, v) for i in range(tile.rows) for v in range(vectors)]
    text = [
        f"for (uint tile = 0; tile * {tile.rows} < row_count; ++tile) {{",
        f"    local {kind} *tile_sums = sums + tile * {len(cells)};",
    ]
    text += [
        f"    global const {scalar} *x_row_{i} = "
        f"(global const {scalar} *)x + row_x[tile * {tile.rows} + {i}];"
        for i in range(tile.rows)
    ]
    for number, (i, v) in enumerate(cells):
        start = f"block > first_inner ? tile_sums[{number}] : ({kind})(0)"
        text.append(f"    {kind} sum_{i}_{v} = {start};")
    text += [
        "    for (uint t = 0; t < depth; ++t) {",
        "        const long x_step = inner_x[t];",
        f"        global const {kind} *y_step = (global const {kind} *)(y + inner_y[t]);",
    ]
    text += [f"        const {kind} y_{v} = y_step[{v}];" for v in range(vectors)]
    for i in range(tile.rows):
        text.append(f"        const {scalar} x_{i} = x_row_{i}[x_step];")
        text += [f"        sum_{i}_{v} += x_{i} * y_{v};" for v in range(vectors)]
    text.append("    }")
    text += [f"    tile_sums[{number}] = sum_{i}_{v};" for number, (i, v) in enumerate(cells)]
    return [*text, "}"]


def _stores(kernel: Windowed, kind: str, scalar: str) -> list[str]:
    """Statements: squares of sums are turned and stored as rows, where rows are neighbours."""
    tile, lanes = tile_of(kernel), tile_of(kernel).width
    vectors = tile.columns // lanes
    names = [f"line_{i}" for i in range(lanes)]
    lines, turned = woven(kind, names)
    square = [f"const {kind} {name} = source[{i * vectors}];" for i, name in enumerate(names)]
    square += lines
    square += [f"turned[{i}] = {name};" for i, name in enumerate(turned)]
    column = "(column + j)"
    return [
        f"local {kind} turned[{lanes}];",
        f"const uint column_end = min(columns, first_column + {tile.columns});",
        "if (inner == 0)",
        f"    for (uint i = 0; i < row_tiles * {tile.rows * vectors}; ++i)",
        f"        sums[i] = ({kind})(0);",
        "for (uint i = 0; i < row_count;) {",
        "    // As many rows as lie evenly in the result: a column of them is stored in one go.",
        "    const long step = i + 1 < row_count ? row_out[i + 1] - row_out[i] : 1;",
        "    uint run = 1;",
        f"    while (run < {lanes} && i + run < row_count && "
        "row_out[i + run] == row_out[i] + run * step)",
        "        ++run;",
        f"    for (uint column = first_column; column < column_end; column += {lanes}) {{",
        f"        local const {kind} *source = sums + i * {vectors} "
        f"+ (column - first_column) / {lanes};",
        f"        const uint wide = min({lanes}u, column_end - column);",
        f"        if (run == {lanes} && step == 1) {{",
        *indent(square, 3),
        "            for (uint j = 0; j < wide; ++j) {",
        f"                const long out_place = row_out[i] + {column} * out_column;",
        *indent(finish(kernel, lanes, "turned[j]", column, "out_place"), 4),
        "            }",
        "        } else {",
        f"            local const {scalar} *totals = (local const {scalar} *)source;",
        "            for (uint j = 0; j < wide; ++j)",
        "                for (uint k = 0; k < run; ++k) {",
        f"                    const long out_place = "
        f"row_out[i] + k * step + {column} * out_column;",
        *indent(finish(kernel, 1, f"totals[k * {tile.columns} + j]", column, "out_place"), 5),
        "                }",
        "        }",
        "    }",
        "    i += run;",
        "}",
    ]
