"""Convolution kernels for processors whose vectors run along t, for few columns.

For gradients of weights: t is positions, which are neighbours in y, and in x where the stride is 1.
To these kernels t counts lines: runs of ``length`` neighbours. The last vector of a line begins
where it ends, less a vector; what it shares with the one before counts once.
"""

from __future__ import annotations

from plugtorch_opencl.render.convolution_rows import blocks, places
from plugtorch_opencl.render.convolution_text import (
    ALONE,
    Windowed,
    finish,
    header,
    parameters,
    tile_of,
    where,
)
from plugtorch_opencl.render.convolution_wide import y_lines
from plugtorch_opencl.render.matmul_cpu import total_function
from plugtorch_opencl.render.matmul_text import SUMMED, indent, load, preamble, vector

PLAIN = {"float": "float32", "double": "float64", "uint": "int32", "ulong": "int64"}


def render(kernel: Windowed) -> str:
    """The program of one product. tile.width: at most ``length``."""
    tile = tile_of(kernel)
    scalar, width = SUMMED[kernel.dtype], tile.width
    kind = vector(scalar, width)
    mask = vector("long" if scalar in ("double", "ulong") else "int", width)
    cells = [(i, j) for i in range(tile.rows) for j in range(tile.columns)]
    body = [
        *where(kernel, str(tile.rows), str(tile.columns)),
        *places(kernel, tile.rows),
        *y_lines(kernel),
        f"const {mask} lane = ({mask})({', '.join(map(str, range(width)))});",
    ]
    body += [
        f"global const {scalar} *x_row_{i} = (global const {scalar} *)x + row_x[{i}];"
        for i in range(tile.rows)
    ]
    body += [f"{kind} sum_{i}_{j} = ({kind})(0);" for i, j in cells]
    body += blocks(kernel, _lines(kernel, kind, mask))
    body.append(f"local {scalar} totals[{len(cells)}];")
    body += [f"totals[{n}] = total(sum_{i}_{j});" for n, (i, j) in enumerate(cells)]
    body += [
        "for (uint i = 0; i < row_count; ++i)",
        f"    for (uint j = 0; j < {tile.columns} && first_column + j < columns; ++j) {{",
        "        const long out_place = row_out[i] + (first_column + j) * out_column;",
        *indent(finish(kernel, 1, f"totals[i * {tile.columns} + j]", "0", "out_place"), 2),
        "    }",
    ]
    text = preamble([kernel.dtype], (1,))
    text += total_function(scalar, width)
    attributes = f"{ALONE} __attribute__((vec_type_hint({kind})))"
    text += header(kernel.name, parameters(kernel), attributes)
    return "\n".join([*text, *indent(body), "}", ""])


def _lines(kernel: Windowed, kind: str, mask: str) -> list[str]:
    """Statements: the lines of one block."""
    tile = tile_of(kernel)
    dtype, width = PLAIN[SUMMED[kernel.dtype]], tile.width
    text = [
        "for (uint t = 0; t < depth; ++t) {",
        f"    for (uint next = 0; next < length; next += {width}) {{",
        f"        const uint start = min(next, length - {width});",
        "        const long x_step = inner_x[t] + start * x_near;",
        "        const long y_step = inner_y[t] + start;",
        f"        const {mask} counts = lane >= ({mask})(next - start);",
    ]

    def only_counted(name: str, value: str) -> list[str]:
        return [f"        const {kind} {name} = select(({kind})(0), {value}, counts);"]

    for j in range(tile.columns):
        text += only_counted(f"y_{j}", load(dtype, width, f"y_line_{j}", "y_step"))
    for i in range(tile.rows):
        if kernel.even:
            value = load(dtype, width, f"x_row_{i}", "x_step")
        else:
            steps = [f"x_row_{i}[x_step + {n} * x_near]" for n in range(width)]
            value = f"({kind})({', '.join(steps)})"
        text += only_counted(f"x_{i}", value)
        text += [f"        sum_{i}_{j} += x_{i} * y_{j};" for j in range(tile.columns)]
    return [*text, "    }", "}"]
