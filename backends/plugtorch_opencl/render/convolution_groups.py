"""Convolution kernels for GPUs: a work-group computes a tile from copies in local memory.

Where the steps of a block of t are is worked out once for the group, by as many of its items, and
where its rows are once for all blocks. Rows and columns beyond the last are the last again.
"""

from __future__ import annotations

from typing import cast

from plugtorch_opencl.render.convolution_text import (
    Windowed,
    digits,
    finish,
    header,
    parameters,
    where,
)
from plugtorch_opencl.render.matmul_gpu import unrolled
from plugtorch_opencl.render.matmul_text import SUMMED, indent, load, preamble
from plugtorch_opencl.render.matmul_tiles import PADDING, GroupTile


def render(kernel: Windowed) -> str:
    """The program of one product."""
    tile = cast("GroupTile", kernel.tile)
    scalar = SUMMED[kernel.dtype]
    across = tile.group_rows // tile.rows
    down = tile.group_columns // tile.columns
    x_pitch, y_pitch = tile.group_rows + PADDING, tile.group_columns + PADDING
    body = [
        *where(kernel, str(tile.group_rows), str(tile.group_columns)),
        f"local {scalar} x_tile[{tile.depth * x_pitch}];",
        f"local {scalar} y_tile[{tile.depth * y_pitch}];",
        f"local long row_x[{tile.group_rows}];",
        f"local long row_out[{tile.group_rows}];",
        f"local long inner_x[{tile.depth}];",
        f"local long inner_y[{tile.depth}];",
        "const uint item = get_local_id(0);",
        "// Neighbouring items have neighbouring rows, which are neighbours in the result.",
        f"const uint item_row = item % {across};",
        f"const uint item_column = item / {across};",
        f"for (uint i = item; i < {tile.group_rows}; i += {tile.items}) {{",
        *indent(
            digits("row", kernel.axes, "min(first_row + i, rows - 1)", {"place": "x", "to": "out"})
        ),
        "    row_x[i] = place;",
        "    row_out[i] = to;",
        "}",
        f"{scalar} sums[{tile.rows}][{tile.columns}];",
        *unrolled("i", tile.rows, unrolled("j", tile.columns, ["sums[i][j] = 0;"])),
        f"for (uint block = first_inner; block < last_inner; block += {tile.depth}) {{",
        f"    const uint depth = min({tile.depth}u, last_inner - block);",
        f"    for (uint t = item; t < depth; t += {tile.items}) {{",
        *indent(digits("inner", kernel.axes, "block + t", {"x_place": "x", "y_place": "y"}), 2),
        "        inner_x[t] = x_place;",
        "        inner_y[t] = y_place;",
        "    }",
        "    barrier(CLK_LOCAL_MEM_FENCE);",
        *indent(_copy(kernel, tile, "x", tile.group_rows, x_pitch, kernel.near)),
        *indent(_copy(kernel, tile, "y", tile.group_columns, y_pitch, True)),
        "    barrier(CLK_LOCAL_MEM_FENCE);",
    ]
    step = [
        f"{scalar} x_values[{tile.rows}];",
        f"{scalar} y_values[{tile.columns}];",
        *unrolled(
            "i", tile.rows, [f"x_values[i] = x_tile[k * {x_pitch} + item_row + i * {across}];"]
        ),
        *unrolled(
            "j", tile.columns, [f"y_values[j] = y_tile[k * {y_pitch} + item_column + j * {down}];"]
        ),
        *unrolled(
            "i",
            tile.rows,
            unrolled("j", tile.columns, ["sums[i][j] += x_values[i] * y_values[j];"]),
        ),
    ]
    body += [*indent(unrolled("k", tile.depth, step)), "}"]
    cell = [
        f"const uint row = item_row + i * {across};",
        f"const uint column = first_column + item_column + j * {down};",
        "if (first_row + row < rows && column < columns) {",
        "    const long out_place = row_out[row] + column * out_column;",
        *indent(finish(kernel, 1, "sums[i][j]", "column", "out_place")),
        "}",
    ]
    body += [
        "barrier(CLK_LOCAL_MEM_FENCE);",
        *unrolled("i", tile.rows, unrolled("j", tile.columns, cell)),
    ]
    text = preamble([kernel.dtype], (1,))
    attributes = f"__attribute__((reqd_work_group_size({tile.items}, 1, 1)))"
    text += header(kernel.name, parameters(kernel), attributes)
    return "\n".join([*text, *indent(body), "}", ""])


def _copy(
    kernel: Windowed, tile: GroupTile, name: str, extent: int, pitch: int, near: bool
) -> list[str]:
    """Statements: one operand's steps to local memory; ``near``: neighbouring items take those."""
    fast, slow, run = ("k", "line", tile.depth) if near else ("line", "k", extent)
    if name == "x":
        dtype, index = kernel.x_dtype, "(row_x[line] + inner_x[k])"
    else:
        column = "min(first_column + line, columns - 1)"
        dtype, index = kernel.y_dtype, f"({column} * y_columns + inner_y[k])"
    return [
        f"for (uint n = item; n < {tile.depth * extent}; n += {tile.items}) {{",
        f"    const uint {fast} = n % {run};",
        f"    const uint {slow} = n / {run};",
        f"    {name}_tile[k * {pitch} + line] = k < depth ? {load(dtype, 1, name, index)} : 0;",
        "}",
    ]
