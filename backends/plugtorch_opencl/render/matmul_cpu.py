"""Product kernels for processors: one work-item is one work-group and computes a block of tiles.

A tile's sums stay in registers, written as vectors by name (arrays of them go to memory with some
compilers). Finished tiles pass through local memory, so that the epilogue is written once and not
for every vector of the tile.
"""

from __future__ import annotations

from typing import cast

from plugtorch_opencl.render import matmul_copies
from plugtorch_opencl.render.matmul_records import Product
from plugtorch_opencl.render.matmul_signature import finish, header, where
from plugtorch_opencl.render.matmul_text import SUMMED, indent, load, preamble, vector
from plugtorch_opencl.render.matmul_tiles import ProcessorTile
from plugtorch_opencl.traits import Traits

SHORT_EPILOGUE = 3  # statements; longer ones are written once for vectors and once for edges
IN_PLACE = ("float32", "float64", "int32", "int64")  # stored as they are added


def render(product: Product, traits: Traits) -> str:
    """The program of one product."""
    tile = cast("ProcessorTile", product.tile)
    width = finish_width(tile, traits, product.dtype)
    dtypes = [product.dtype, *(dtype for _, dtype in product.results)]
    text = preamble(dtypes, (1, width))
    body = {"blocks": _blocks, "panels": _blocks, "thin": _thin, "dots": _dots}[tile.kind]
    kind = vector(SUMMED[product.dtype], tile.width)
    if tile.kind == "blocks" and product.y == "columns":
        text += matmul_copies.turned_load(product.dtype, tile.width)
    if tile.kind == "dots":
        text += total_function(SUMMED[product.dtype], tile.width)
    attributes = (
        f"__attribute__((reqd_work_group_size(1, 1, 1))) __attribute__((vec_type_hint({kind})))"
    )
    text += header(product, attributes)
    text += indent(body(product, tile, width))
    return "\n".join([*text, "}", ""])


def finish_width(tile: ProcessorTile, traits: Traits, dtype: str) -> int:
    """The width of an epilogue's vectors: the device's for float32 (half of it for 8 bytes)."""
    width = traits.vector // 2 if dtype in ("float64", "int64") else traits.vector
    return max(1, min(width, tile.width if tile.kind != "dots" else tile.columns))


# -- blocks of tiles -------------------------------------------------------------------------------


def _blocks(product: Product, tile: ProcessorTile, width: int) -> list[str]:
    rows, vectors, depth = tile.rows, tile.vectors, tile.depth
    scalar = SUMMED[product.dtype]
    kind = vector(scalar, tile.width)
    size = rows * vectors
    in_place = x_in_place(product)
    text = where(product, f"row_tiles * {rows}", f"strips * {tile.columns}")
    kept = tile.row_tiles * tile.strips if product.blocked else 1
    text.append(f"local {kind} sums[{kept * size}];")
    if product.y != "panels":
        text.append(f"local {kind} y_block[{tile.strips * depth * vectors}];")
    if not in_place and product.x != "panels":
        text.append(f"local {scalar} x_block[{depth * rows * matmul_copies.group_tiles(tile)}];")
    text += [
        "",
        "for (uint block = first_inner; block < last_inner; block += block_depth) {",
        "    const uint depth = min(block_depth, last_inner - block);",
    ]
    if product.y != "panels":
        text += indent(matmul_copies.y_block(product, tile))
    down = [
        "for (uint tile = 0; tile < row_tiles; ++tile) {",
        f"    const uint row = first_row + tile * {rows};",
        "    if (row >= rows)",
        "        break;",
    ]
    across = [
        "for (uint strip = 0; strip < strips; ++strip) {",
        f"    const uint column = first_column + strip * {tile.columns};",
        "    if (column >= columns)",
        "        break;",
    ]
    x_pointers = indent(_x_pointers(product, tile))
    if in_place or product.x == "panels":
        # A strip of y stays in the first-level cache while x passes by.
        text += indent(across) + indent([*down, *x_pointers], 2)
    else:
        text += indent([*down, *x_pointers]) + indent(across, 2)
    text += indent(_tile(product, tile, kind), 3)
    cells = [(i, v) for i in range(tile.rows) for v in range(tile.vectors)]
    keep = [f"tile_sums[{number}] = sum_{i}_{v};" for number, (i, v) in enumerate(cells)]
    last = "block + depth == last_inner" if product.blocked else ""
    if finishes_at_once(product, tile, width):
        whole = f"row + {tile.rows} <= rows && column + {tile.columns} <= columns"
        text.append(f"            if ({' && '.join(word for word in (last, whole) if word)}) {{")
        text += indent(_finish_registers(product, tile), 4)
        text += ["                continue;", "            }"]
    text += indent(keep, 3)
    if last:
        text += ["            if (block + depth < last_inner)", "                continue;"]
    text += indent(_finish_tile(product, tile, width, "tile_sums"), 3)
    return [*text, "        }", "    }", "}"]


def finishes_at_once(product: Product, tile: ProcessorTile, width: int) -> bool:
    """Whether tiles away from edges skip local memory: the epilogue's text is repeated then."""
    if width != tile.width:
        return False
    return product.split or len(product.epilogue.lines(width, "", "", "")) <= SHORT_EPILOGUE


def _finish_registers(product: Product, tile: ProcessorTile) -> list[str]:
    """Statements: epilogue and stores of a whole tile from its registers."""
    text = []
    for i in range(tile.rows):
        text += ["{", f"    const uint out_row = row + {i};"]
        for v in range(tile.vectors):
            cell = [
                f"const uint out_column = column + {v * tile.width};",
                "const ulong place = (ulong)out_row * out_stride + out_column;",
                *finish(product, tile.width, f"sum_{i}_{v}", "out_row", "out_column", "place"),
            ]
            text += ["    {", *indent(cell, 2), "    }"]
        text.append("}")
    return text


def x_in_place(product: Product) -> bool:
    """Whether rows of x are read where they are; else tiles are copied to local memory first."""
    return product.x == "rows" and product.dtype in IN_PLACE


def _x_pointers(product: Product, tile: ProcessorTile) -> list[str]:
    """Statements before a row of tiles: where its x is."""
    scalar = SUMMED[product.dtype]
    if product.x == "panels":
        return [
            f"global const {scalar} *x_tile = "
            f"x + ((ulong)(row / {tile.rows}) * inner + block) * {tile.rows};"
        ]
    if not x_in_place(product):
        return matmul_copies.x_block(product, tile)
    text = ["// Rows beyond the last are the last again: their sums are not stored."]
    text += [
        f"global const {scalar} *x_row_{i} = (global const {scalar} *)x "
        f"+ (ulong)min(row + {i}, rows - 1) * x_stride + block;"
        for i in range(tile.rows)
    ]
    return text


def _tile(product: Product, tile: ProcessorTile, kind: str) -> list[str]:
    """Statements: a tile's sums over one block of the inner axis, after those before it."""
    scalar = SUMMED[product.dtype]
    size, columns = tile.rows * tile.vectors, tile.columns
    cells = [(i, v) for i in range(tile.rows) for v in range(tile.vectors)]
    if product.blocked:
        text = [f"local {kind} *tile_sums = sums + (tile * strips + strip) * {size};"]
    else:
        text = [f"local {kind} *tile_sums = sums;"]
    if product.y == "panels":
        text.append(
            f"global const {kind} *y_strip = (global const {kind} *)y "
            f"+ ((ulong)(column / {columns}) * inner + block) * {tile.vectors};"
        )
    else:
        text.append(f"local const {kind} *y_strip = y_block + strip * {tile.depth * tile.vectors};")
    local_x = product.x != "panels" and not x_in_place(product)
    group = matmul_copies.group_tiles(tile) if local_x else 1
    if product.x == "panels":
        text.append(f"global const {scalar} *x_step = x_tile;")
    elif local_x:
        place = f"x_block + tile % {group} * {tile.rows}" if group > 1 else "x_block"
        text.append(f"local const {scalar} *x_step = {place};")
    for number, (i, v) in enumerate(cells):
        start = f"block > first_inner ? tile_sums[{number}] : ({kind})(0)"
        text.append(f"{kind} sum_{i}_{v} = {start if product.blocked else f'({kind})(0)'};")
    text.append("for (uint k = 0; k < depth; ++k) {")
    for v in range(tile.vectors):
        text.append(f"    const {kind} y_{v} = y_strip[{v}];")
    for i in range(tile.rows):
        source = f"x_row_{i}[k]" if x_in_place(product) else f"x_step[{i}]"
        text.append(f"    const {scalar} x_{i} = {source};")
        text += [f"    sum_{i}_{v} += x_{i} * y_{v};" for v in range(tile.vectors)]
    if not x_in_place(product):
        text.append(f"    x_step += {tile.rows * group};")
    return [*text, f"    y_strip += {tile.vectors};", "}"]


def _finish_tile(
    product: Product, tile: ProcessorTile, width: int, sums: str, first: str = "column"
) -> list[str]:
    """Statements: epilogue and stores of the tile at ``row`` and ``column``, from ``first`` on."""
    columns, scalar = tile.columns, SUMMED[product.dtype]
    text = [
        f"local const {scalar} *totals = (local const {scalar} *){sums};",
        f"for (uint i = 0; i < {tile.rows} && row + i < rows; ++i) {{",
        "    const uint out_row = row + i;",
        f"    const uint end = min(column + {columns}, columns);",
        f"    uint out_column = {first};",
    ]
    if width > 1:
        text += [
            f"    for (; out_column + {width} <= end; out_column += {width}) {{",
            "        const ulong place = (ulong)out_row * out_stride + out_column;",
        ]
        total = f"vload{width}(0, totals + i * {columns} + (out_column - column))"
        text += indent(finish(product, width, total, "out_row", "out_column", "place"), 2)
        text.append("    }")
    text += [
        "    for (; out_column < end; ++out_column) {",
        "        const ulong place = (ulong)out_row * out_stride + out_column;",
    ]
    total = f"totals[i * {columns} + (out_column - column)]"
    text += indent(finish(product, 1, total, "out_row", "out_column", "place"), 2)
    return [*text, "    }", "}"]


# -- few rows --------------------------------------------------------------------------------------


def _thin(product: Product, tile: ProcessorTile, width: int) -> list[str]:
    """y is read once and in place, by rows; a block that would end outside begins earlier."""
    scalar = SUMMED[product.dtype]
    kind = vector(scalar, tile.width)
    cells = [(i, v) for i in range(tile.rows) for v in range(tile.vectors)]
    text = where(product, str(tile.rows), str(tile.columns))
    step = "1" if product.x == "rows" else "x_stride"
    text += [
        f"local {kind} sums[{len(cells)}];",
        "const uint row = first_row;",
        f"const uint column = columns < {tile.columns} ? first_column "
        f": min(first_column, columns - {tile.columns});",
    ]
    for i in range(tile.rows):
        place = f"(ulong)min(row + {i}, rows - 1)" + (" * x_stride" if step == "1" else "")
        start = "first_inner" if step == "1" else "(ulong)first_inner * x_stride"
        text.append(f"const ulong x_start_{i} = {place} + {start};")
    text += [
        "y += (ulong)first_inner * y_stride + column;",
        f"if (columns >= {tile.columns}) {{",
    ]
    text += [f"    {kind} sum_{i}_{v} = ({kind})(0);" for i, v in cells]
    text += ["    ulong x_step = 0;", "    for (uint k = first_inner; k < last_inner; ++k) {"]
    for v in range(tile.vectors):
        value = load(product.dtype, tile.width, "y", str(v * tile.width))
        text.append(f"        const {kind} y_{v} = {value};")
    for i in range(tile.rows):
        value = load(product.dtype, 1, "x", f"(x_start_{i} + x_step)")
        text.append(f"        const {scalar} x_{i} = {value};")
        text += [f"        sum_{i}_{v} += x_{i} * y_{v};" for v in range(tile.vectors)]
    text += [f"        x_step += {step};", "        y += y_stride;", "    }"]
    text += [f"    sums[{number}] = sum_{i}_{v};" for number, (i, v) in enumerate(cells)]
    text += ["} else {", "    for (uint j = 0; j < columns; ++j) {"]
    text += [f"        {scalar} sum_{i} = 0;" for i in range(tile.rows)]
    text += [
        "        for (uint k = 0; k < last_inner - first_inner; ++k) {",
        f"            const {scalar} y_0 = "
        + load(product.dtype, 1, "y", "((ulong)k * y_stride + j)")
        + ";",
    ]
    for i in range(tile.rows):
        value = load(product.dtype, 1, "x", f"(x_start_{i} + (ulong)k * {step})")
        text.append(f"            sum_{i} += {value} * y_0;")
    text.append("        }")
    for i in range(tile.rows):
        text.append(f"        ((local {scalar} *)sums)[{i * tile.columns} + j] = sum_{i};")
    text += ["    }", "}"]
    return text + _finish_tile(product, tile, width, "sums", "first_column")


# -- both operands by their inner axis -------------------------------------------------------------


def _dots(product: Product, tile: ProcessorTile, width: int) -> list[str]:
    """Sums of products of vectors along the inner axis, each added up at the end."""
    scalar, lanes = SUMMED[product.dtype], tile.width
    kind = vector(scalar, lanes)
    cells = [(i, j) for i in range(tile.rows) for j in range(tile.columns)]
    text = where(product, str(tile.rows), str(tile.columns))
    text += [
        f"local {scalar} sums[{len(cells)}];",
        "const uint row = first_row;",
        "const uint column = first_column;",
    ]
    for i in range(tile.rows):
        text.append(f"const ulong x_row_{i} = (ulong)min(row + {i}, rows - 1) * x_stride;")
    for j in range(tile.columns):
        place = f"(ulong)min(column + {j}, columns - 1) * y_stride"
        text.append(f"const ulong y_row_{j} = {place};")
    text += [f"{kind} sum_{i}_{j} = ({kind})(0);" for i, j in cells]
    text += [
        "uint k = first_inner;",
        f"for (; k + {lanes} <= last_inner; k += {lanes}) {{",
    ]
    for j in range(tile.columns):
        text.append(
            f"    const {kind} y_{j} = {load(product.dtype, lanes, 'y', f'y_row_{j} + k')};"
        )
    for i in range(tile.rows):
        text.append(
            f"    const {kind} x_{i} = {load(product.dtype, lanes, 'x', f'x_row_{i} + k')};"
        )
        text += [f"    sum_{i}_{j} += x_{i} * y_{j};" for j in range(tile.columns)]
    text.append("}")
    text += [f"{scalar} total_{i}_{j} = total(sum_{i}_{j});" for i, j in cells]
    text.append("for (; k < last_inner; ++k) {")
    for j in range(tile.columns):
        text.append(f"    const {scalar} y_{j} = {load(product.dtype, 1, 'y', f'y_row_{j} + k')};")
    for i in range(tile.rows):
        text.append(f"    const {scalar} x_{i} = {load(product.dtype, 1, 'x', f'x_row_{i} + k')};")
        text += [f"    total_{i}_{j} += x_{i} * y_{j};" for j in range(tile.columns)]
    text.append("}")
    text += [f"sums[{number}] = total_{i}_{j};" for number, (i, j) in enumerate(cells)]
    return text + _finish_tile(product, tile, width, "sums")


def total_function(scalar: str, lanes: int) -> list[str]:
    """A function that adds up a vector, halves first."""
    text = [f"{scalar} total(const {vector(scalar, lanes)} sum)", "{"]
    name = "sum"
    while lanes > 2:
        lanes //= 2
        half = f"half_{lanes}"
        text.append(f"    const {vector(scalar, lanes)} {half} = {name}.lo + {name}.hi;")
        name = half
    return [*text, f"    return {name}.x + {name}.y;", "}", ""]
