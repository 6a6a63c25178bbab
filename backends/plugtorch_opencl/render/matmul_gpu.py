"""Product kernels for GPUs: a work-group computes a tile from copies in local memory.

While a step is computed, the next one's elements are on their way from memory to registers. Rows
and columns beyond the last are the last again, so that loads need no test but along the inner axis.
Sub-groups are not needed, and a work-group has as few items as the device asks for.
"""

from __future__ import annotations

from typing import cast

from plugtorch_opencl.render.matmul_records import Product, Sum
from plugtorch_opencl.render.matmul_signature import finish, header, output_names, where
from plugtorch_opencl.render.matmul_text import SUMMED, indent, load, preamble, vector
from plugtorch_opencl.render.matmul_tiles import PADDING, GroupTile
from plugtorch_opencl.traits import Traits


def render(product: Product, traits: Traits) -> str:
    """The program of one product."""
    tile = cast("GroupTile", product.tile)
    scalar = SUMMED[product.dtype]
    lanes = vector(scalar, tile.lanes)
    chunks = tile.columns // tile.lanes
    across = tile.group_columns // tile.columns
    x_pitch, y_pitch = tile.group_rows + PADDING, tile.group_columns + PADDING
    copies = [
        Copy(product, "x", tile.group_rows, x_pitch),
        Copy(product, "y", tile.group_columns, y_pitch),
    ]
    body = where(product, str(tile.group_rows), str(tile.group_columns))
    body += [
        f"local {scalar} x_tile[{tile.depth * x_pitch}];",
        f"local {scalar} y_tile[{tile.depth * y_pitch}];",
        "const uint item = get_local_id(0);",
        f"const uint item_row = item / {across} * {tile.rows};",
        f"const uint item_column = item % {across} * {tile.lanes};",
        f"{lanes} sums[{tile.rows}][{chunks}];",
        *unrolled("i", tile.rows, unrolled("j", chunks, [f"sums[i][j] = ({lanes})(0);"])),
    ]
    for copy in copies:
        body += copy.declarations()
    for copy in copies:
        body += copy.fetch("first_inner")
    body.append(f"for (uint block = first_inner; block < last_inner; block += {tile.depth}) {{")
    for copy in copies:
        body += indent(copy.keep())
    body += [
        "    barrier(CLK_LOCAL_MEM_FENCE);",
        f"    if (block + {tile.depth} < last_inner) {{",
        *[line for copy in copies for line in indent(copy.fetch(f"block + {tile.depth}"), 2)],
        "    }",
    ]
    width = tile.lanes
    y_place = f"y_tile + k * {y_pitch} + j * {across * width} + item_column"
    y_value = f"vload{width}(0, {y_place})" if width > 1 else f"*({y_place})"
    step = [f"{scalar} x_values[{tile.rows}];", f"{lanes} y_values[{chunks}];"]
    step += unrolled("i", tile.rows, [f"x_values[i] = x_tile[k * {x_pitch} + item_row + i];"])
    step += unrolled("j", chunks, [f"y_values[j] = {y_value};"])
    multiply = ["sums[i][j] += x_values[i] * y_values[j];"]
    step += unrolled("i", tile.rows, unrolled("j", chunks, multiply))
    body += indent(unrolled("k", tile.depth, step))
    body += ["    barrier(CLK_LOCAL_MEM_FENCE);", "}", *_results(product, tile, chunks, across)]
    dtypes = [product.dtype, *(dtype for _, dtype in product.results)]
    text = preamble(dtypes, (1, width))
    text += header(product, f"__attribute__((reqd_work_group_size({tile.items}, 1, 1)))")
    return "\n".join([*text, *indent(body), "}", ""])


def unrolled(index: str, count: int, lines: list[str]) -> list[str]:
    """A loop whose every round becomes text of its own: arrays it indexes stay in registers."""
    start = f"for (uint {index} = 0; {index} < {count}; ++{index})"
    if len(lines) == 1:
        return ["#pragma unroll", start, *indent(lines)]
    return ["#pragma unroll", start + " {", *indent(lines), "}"]


def _results(product: Product, tile: GroupTile, chunks: int, across: int) -> list[str]:
    """Statements: epilogue and stores of the item's sums."""
    scalar, width = SUMMED[product.dtype], tile.lanes
    whole = [
        "const ulong place = (ulong)out_row * out_stride + out_column;",
        *finish(product, width, "sums[i][j]", "out_row", "out_column", "place"),
    ]
    cell = [
        "const uint out_row = first_row + item_row + i;",
        f"const uint first = first_column + j * {across * width} + item_column;",
    ]
    if width == 1:
        cell += [
            "const uint out_column = first;",
            "if (out_row < rows && out_column < columns) {",
            *indent(whole),
            "}",
        ]
    else:
        single = [
            "const ulong place = (ulong)out_row * out_stride + out_column;",
            *finish(product, 1, "totals[out_column - first]", "out_row", "out_column", "place"),
        ]
        cell += [
            f"if (out_row < rows && first + {width} <= columns) {{",
            "    const uint out_column = first;",
            *indent(whole),
            "} else if (out_row < rows) {",
            f"    {scalar} totals[{width}];",
            f"    vstore{width}(sums[i][j], 0, totals);",
            "    for (uint out_column = first; out_column < columns; ++out_column) {",
            *indent(single, 2),
            "    }",
            "}",
        ]
    return unrolled("i", tile.rows, unrolled("j", chunks, cell))


class Copy:
    """The statements that bring one operand's steps to local memory, through registers."""

    def __init__(self, product: Product, operand: str, extent: int, pitch: int) -> None:
        tile = cast("GroupTile", product.tile)
        self.product, self.operand, self.extent, self.pitch = product, operand, extent, pitch
        self.depth = tile.depth
        layout = product.x if operand == "x" else product.y
        # Whether neighbours in memory have neighbouring inner indices.
        self.along_inner = (layout == "rows") == (operand == "x")
        self.limit, self.first = (
            ("rows", "first_row") if operand == "x" else ("columns", "first_column")
        )
        total = extent * tile.depth
        run = tile.depth if self.along_inner else extent
        wide = product.aligned and total % (4 * tile.items) == 0 and run % 4 == 0
        self.lanes = 4 if wide else 1
        self.count = total // (tile.items * self.lanes)
        self.items = tile.items

    def declarations(self) -> list[str]:
        kind = vector(SUMMED[self.product.dtype], self.lanes)
        return [f"{kind} {self.operand}_next[{self.count}];"]

    def _place(self) -> list[str]:
        """Statements: which element, of which step, round ``n`` copies."""
        run = (self.depth if self.along_inner else self.extent) // self.lanes
        fast, slow = ("k", "line") if self.along_inner else ("line", "k")
        times = f" * {self.lanes}" if self.lanes > 1 else ""
        return [
            f"const uint element = item + n * {self.items};",
            f"const uint {fast} = element % {run}{times};",
            f"const uint {slow} = element / {run};",
        ]

    def fetch(self, block: str) -> list[str]:
        """Statements: the steps from ``block`` on, from memory to registers."""
        name, dtype = self.operand, self.product.dtype
        last = f"{self.limit} - {1 if self.along_inner else self.lanes}"
        line = f"min({self.first} + line, {last})"
        if self.along_inner:
            index = f"((ulong){line} * {name}_stride + ({block} + k))"
        else:
            index = f"((ulong)({block} + k) * {name}_stride + {line})"
        if self.lanes == 1:
            value = load(dtype, 1, name, index)
        elif dtype in ("float32", "float64"):  # aligned: one wide load, unlike vload4
            kind = vector(SUMMED[dtype], 4)
            value = f"*(global const {kind} *)({name} + {index})"
        else:
            value = load(dtype, 4, name, index)
        if self.product.inner_edges:
            zero = f"({vector(SUMMED[dtype], self.lanes)})(0)"
            value = f"{block} + k < last_inner ? {value} : {zero}"
        return unrolled("n", self.count, [*self._place(), f"{name}_next[n] = {value};"])

    def keep(self) -> list[str]:
        """Statements: from registers to local memory."""
        name, pitch = self.operand, self.pitch
        lines = self._place()
        if self.lanes == 1:
            lines.append(f"{name}_tile[k * {pitch} + line] = {name}_next[n];")
        elif self.along_inner:
            for lane, part in enumerate("xyzw"):
                lines.append(f"{name}_tile[(k + {lane}) * {pitch} + line] = {name}_next[n].{part};")
        else:
            lines.append(f"vstore4({name}_next[n], 0, {name}_tile + k * {pitch} + line);")
        return unrolled("n", self.count, lines)


def render_sum(kernel: Sum, traits: Traits) -> str:
    """The program that adds up what a split product left, an element per work-item."""
    scalar = SUMMED[kernel.dtype]
    dtypes = [kernel.dtype, *(dtype for _, dtype in kernel.results)]
    text = preamble(dtypes, (1,))
    text += header(kernel, "")
    body = [
        "const ulong place = get_global_id(0);",
        "const ulong size = (ulong)batches * rows * columns;",
        "if (place >= size)",
        "    return;",
        "const uint out_column = (uint)(place % columns);",
        "const uint out_row = (uint)(place / columns % rows);",
        "const uint batch = (uint)(place / columns / rows);",
        f"{scalar} sum = 0;",
        "for (uint split = 0; split < splits; ++split)",
        "    sum += sums[sums_offset + split * size + place];",
        *(f"{name} += {name}_offset;" for name in output_names(kernel.results)),
        *finish(kernel, 1, "sum", "out_row", "out_column", "place"),
    ]
    return "\n".join([*text, *indent(body), "}", ""])
