"""Copies of operands, for products on processors: to local memory, or whole ones into panels.

Both put what one step of a tile's loop reads side by side: the elements of a tile's rows (of x) or
columns (of y) that have the same inner index.
"""

from __future__ import annotations

from plugtorch_opencl.render.matmul_records import Packing, Product
from plugtorch_opencl.render.matmul_signature import batch_places, header
from plugtorch_opencl.render.matmul_text import (
    STORED,
    SUMMED,
    indent,
    load,
    preamble,
    vector,
)
from plugtorch_opencl.render.matmul_tiles import ProcessorTile
from plugtorch_opencl.traits import Traits


def weave_functions(kind: str, lanes: int) -> list[str]:
    """Two functions that take an element of ``a``, one of ``b`` and so on, from either half."""
    half = lanes // 2
    text = []
    for name, start in (("weave_low", 0), ("weave_high", half)):
        picked = ", ".join(f"a.s{i:x}, b.s{i:x}" for i in range(start, start + half))
        text += [f"{kind} {name}(const {kind} a, const {kind} b)", "{"]
        text += [f"    return ({kind})({picked});", "}", ""]
    return text


def woven(kind: str, names: list[str]) -> tuple[list[str], list[str]]:
    """Statements that transpose a square of vectors, and the variables that then have its rows.

    Rows i and i + lanes/2 are woven into rows 2i and 2i + 1; done log2(lanes) times, this is the
    transpose (each time, the bits of the place (row, column) turn by one).
    """
    lanes, half = len(names), len(names) // 2
    text = []
    rounds = 0
    while 1 << rounds < lanes:
        after = []
        for i in range(half):
            pair = f"{names[i]}, {names[i + half]}"
            for j, function in enumerate(("weave_low", "weave_high")):
                after.append(f"turn_{rounds}_{2 * i + j}")
                text.append(f"const {kind} {after[-1]} = {function}({pair});")
        names = after
        rounds += 1
    return text, names


def turned_load(dtype: str, lanes: int, space: str = "local") -> list[str]:
    """A function that copies a square of ``lanes`` rows as its transpose; ``last`` is the last."""
    kind = vector(SUMMED[dtype], lanes)
    text = weave_functions(kind, lanes)
    target = f"{space} {kind}" if space == "local" else f"{space} {SUMMED[dtype]}"
    text += [
        f"void copy_turned(global const {STORED[dtype]} *source, const ulong stride, "
        f"const uint last, {target} *target, const uint step)",
        "{",
    ]
    names = [f"row_{i}" for i in range(lanes)]
    for i, name in enumerate(names):
        place = f"min({i}u, last) * stride"
        text.append(f"    const {kind} {name} = {load(dtype, lanes, 'source', place)};")
    lines, names = woven(kind, names)
    text += indent(lines)
    for i, name in enumerate(names):
        if space == "local":
            text.append(f"    target[{i} * step] = {name};")
        else:
            text.append(f"    vstore{lanes}({name}, 0, target + {i} * step);")
    return [*text, "}", ""]


def y_block(product: Product, tile: ProcessorTile) -> list[str]:
    """Statements: ``depth`` steps of the block's strips to ``y_block``; anything beyond columns."""
    scalar, lanes, vectors = SUMMED[product.dtype], tile.width, tile.vectors
    size, columns = tile.depth * vectors, tile.columns
    if product.y == "rows":
        text = [
            "for (uint strip = 0; strip < strips; ++strip) {",
            f"    const uint column = first_column + strip * {columns};",
            f"    local {vector(scalar, lanes)} *target = y_block + strip * {size};",
            f"    global const {STORED[product.dtype]} *y_row = "
            "y + (ulong)block * y_stride + column;",
            "    // What follows a row may be read along, up to the end of y; nobody looks at it.",
            "    const ulong left = (ulong)(inner - 1 - block) * y_stride + columns - column;",
            f"    const uint safe = column >= columns ? 0 : column + {columns} <= columns ? depth "
            f": left < {columns} ? 0 : (uint)min((ulong)depth, (left - {columns}) / y_stride + 1);",
            "    uint k = 0;",
            "    for (; k < safe; ++k) {",
        ]
        for v in range(vectors):
            value = load(product.dtype, lanes, "y_row", str(v * lanes))
            text.append(f"        target[{v}] = {value};")
        return [
            *text,
            "        y_row += y_stride;",
            f"        target += {vectors};",
            "    }",
            "    for (; k < depth && column < columns; ++k) {",
            f"        for (uint j = 0; j < {columns}; ++j)",
            f"            ((local {scalar} *)target)[j] = column + j < columns ? "
            f"{load(product.dtype, 1, 'y_row', 'j')} : 0;",
            "        y_row += y_stride;",
            f"        target += {vectors};",
            "    }",
            "}",
        ]
    return [
        f"for (uint part = 0; part < strips * {vectors}; ++part) {{",
        f"    const uint column = first_column + part * {lanes};",
        f"    local {vector(scalar, lanes)} *target = "
        f"y_block + part / {vectors} * {size} + part % {vectors};",
        "    if (column >= columns) {",
        "        for (uint k = 0; k < depth; ++k)",
        f"            target[k * {vectors}] = ({vector(scalar, lanes)})(0);",
        "        continue;",
        "    }",
        f"    const uint last = min({lanes}u, columns - column) - 1;",
        f"    global const {STORED[product.dtype]} *y_row = y + (ulong)column * y_stride + block;",
        "    uint k = 0;",
        f"    for (; k + {lanes} <= depth; k += {lanes})",
        f"        copy_turned(y_row + k, y_stride, last, target + k * {vectors}, {vectors});",
        "    for (; k < depth; ++k)",
        f"        for (uint j = 0; j < {lanes}; ++j)",
        f"            ((local {scalar} *)(target + k * {vectors}))[j] = "
        f"{load(product.dtype, 1, 'y_row', '((ulong)min(j, last) * y_stride + k)')};",
        "}",
    ]


def x_block(product: Product, tile: ProcessorTile) -> list[str]:
    """Statements: x of the next ``group_tiles`` tiles to ``x_block``; anything beyond rows."""
    rows = tile.rows * group_tiles(tile)
    stored = STORED[product.dtype]
    text = [f"if (tile % {group_tiles(tile)} == 0) {{"]
    if product.x == "rows":
        source = "((ulong)min(row + i, rows - 1) * x_stride + block + k)"
        return [
            *text,
            f"    for (uint i = 0; i < {rows}; ++i)",
            "        for (uint k = 0; k < depth; ++k)",
            f"            x_block[k * {rows} + i] = {load(product.dtype, 1, 'x', source)};",
            "}",
        ]
    text += [
        "    // What follows a row of x may be read along, up to the end; nobody looks at it.",
        "    const ulong left = (ulong)(inner - 1 - block) * x_stride + rows - row;",
        f"    const uint safe = row + {rows} <= rows ? depth : left < {rows} ? 0 "
        f": (uint)min((ulong)depth, (left - {rows}) / x_stride + 1);",
        f"    global const {stored} *x_step = x + (ulong)block * x_stride + row;",
        "    uint k = 0;",
        "    for (; k < safe; ++k) {",
    ]
    start = 0
    for lanes in (16, 8, 4, 2, 1):
        while lanes <= tile.width and start + lanes <= rows:
            value = load(product.dtype, lanes, "x_step", str(start))
            place = f"k * {rows} + {start}"
            text.append(
                f"        vstore{lanes}({value}, 0, x_block + {place});"
                if lanes > 1
                else f"        x_block[{place}] = {value};"
            )
            start += lanes
    return [
        *text,
        "        x_step += x_stride;",
        "    }",
        "    for (; k < depth; ++k) {",
        f"        for (uint i = 0; i < {rows}; ++i)",
        f"            x_block[k * {rows} + i] = row + i < rows ? "
        f"{load(product.dtype, 1, 'x_step', 'i')} : 0;",
        "        x_step += x_stride;",
        "    }",
        "}",
    ]


def group_tiles(tile: ProcessorTile) -> int:
    """How many tiles' x is copied at a time: about 24 rows, so that whole cache lines are used."""
    return max(1, 24 // tile.rows)


def render_packing(packing: Packing, traits: Traits) -> str:
    """The program that packs one operand: a work-item copies ``depth`` steps of one panel."""
    dtype, width, lanes = packing.dtype, packing.width, packing.lanes
    scalar = SUMMED[dtype]
    text = preamble([dtype], ())
    if packing.layout == "inner":
        text += turned_load(dtype, lanes, "global")
    attributes = (
        "__attribute__((reqd_work_group_size(1, 1, 1))) "
        f"__attribute__((vec_type_hint({vector(scalar, lanes)})))"
    )
    text += header(packing, attributes)
    body = [
        f"const uint panel_count = (outer + {width} - 1) / {width};",
        "const uint parts = (inner + depth - 1) / depth;",
        "ulong block_number = get_group_id(0);",
        "const uint panel = (uint)(block_number % panel_count);",
        "block_number /= panel_count;",
        "const uint first_inner = (uint)(block_number % parts) * depth;",
        "const uint last_inner = min(inner, first_inner + depth);",
        "const uint batch = (uint)(block_number / parts);",
        *batch_places(packing.batch_axes, ("source",)),
        f"const uint first = panel * {width};",
        f"panels += panels_offset + ((ulong)batch * panel_count + panel) * inner * {width};",
        "uint k = first_inner;",
        f"if (first + {width} <= outer)",
    ]
    if packing.layout == "inner":
        body += [
            f"    for (; k + {lanes} <= last_inner; k += {lanes})",
            f"        for (uint i = 0; i < {width}; i += {lanes})",
            "            copy_turned(source + (ulong)(first + i) * source_stride + k, "
            f"source_stride, {lanes - 1}, panels + (ulong)k * {width} + i, {width});",
        ]
        place = "((ulong)(first + i) * source_stride + k)"
    else:
        value = load(dtype, lanes, "source", "(ulong)k * source_stride + first + i")
        body += [
            "    for (; k < last_inner; ++k)",
            f"        for (uint i = 0; i < {width}; i += {lanes})",
            f"            vstore{lanes}({value}, 0, panels + (ulong)k * {width} + i);",
        ]
        place = "((ulong)k * source_stride + first + i)"
    body += [
        "for (; k < last_inner; ++k)",
        f"    for (uint i = 0; i < {width}; ++i)",
        f"        panels[(ulong)k * {width} + i] = first + i < outer ? "
        f"{load(dtype, 1, 'source', place)} : 0;",
    ]
    text += indent(body)
    return "\n".join([*text, "}", ""])
