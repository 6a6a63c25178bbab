"""Copies between strided regions: rows side by side, repeated elements, and transposes by blocks.

Elements are moved as the bits they are, so a copy needs no arithmetic with their dtype.
"""

from __future__ import annotations

from plugtorch_opencl.render.matmul_text import indent
from plugtorch_opencl.render.walking import (
    BITS,
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
from plugtorch_opencl.work import ITEM_SIZE, Launch, Shape, View, Work

ITEM_BYTES = 16384  # what a work-item of a processor copies: a few microseconds
BLOCK = 64  # rows and columns of a transpose's block: few enough pages for the table of addresses


def copy_work(traits: Traits, source: View, target: View) -> Work:
    """source, operand 0, into the region ``target`` of the result. Shapes and dtypes are equal."""
    return Work((copy_launch(traits, source, target),))


def copy_launch(traits: Traits, source: View, target: View) -> Launch:
    """The one launch of ``copy_work``, for works that go on from a copy."""
    # in the order of the target's memory, because what is written costs more than what is read
    order = sorted(range(len(target.shape)), key=lambda axis: -abs(target.strides[axis]))
    sizes, reads, writes = joined(
        tuple(source.shape[axis] for axis in order),
        tuple(source.strides[axis] for axis in order),
        tuple(target.strides[axis] for axis in order),
    )
    size = ITEM_SIZE[source.dtype]
    width = lanes(traits, size)
    other = _other_axis(sizes, reads, writes)
    if other is not None:
        tile = width if explicit(traits) else 16 if traits.group >= 256 else 8
        fits = traits.group >= tile * tile and traits.local_memory >= tile * (tile + 1) * size
        if min(sizes[-1], sizes[other]) >= tile and (explicit(traits) or fits):
            return _transpose(traits, size, sizes, reads, writes, other, tile)
    if explicit(traits):
        return _rows(traits, size, sizes, reads, writes, width)
    return _elements(traits, size, sizes, reads, writes)


def _other_axis(sizes: Shape, reads: Shape, writes: Shape) -> int | None:
    """The axis along which source lies side by side, where the target does along the last."""
    if writes[-1] != 1 or reads[-1] in (0, 1):
        return None
    found = [axis for axis in range(len(sizes) - 1) if reads[axis] == 1]
    return found[0] if found else None


def _arrays(size: int) -> Signature:
    signature = Signature()
    signature.array("operand", 0, "source", BITS[size])
    signature.array("result", 0, "target", BITS[size])
    return signature


def _elements(traits: Traits, size: int, sizes: Shape, reads: Shape, writes: Shape) -> Launch:
    signature = _arrays(size)
    count = 1
    for each in sizes:
        count *= each
    signature.number("count", count)
    signature.axes("axis", sizes, source=reads, target=writes)
    name = f"copy_{size}_elements_{len(sizes)}"
    body = [
        *guarded("count"),
        "uint rest = get_global_id(0);",
        *unravel("axis", sizes, "rest", "source", "target"),
        "*target = *source;",
    ]
    return launch(traits, name, signature.kernel(name, body), count, signature)


def _rows(
    traits: Traits, size: int, sizes: Shape, reads: Shape, writes: Shape, width: int
) -> Launch:
    """A work-item copies a part of some rows."""
    if len(sizes) == 1:
        sizes, reads, writes = (1, *sizes), (0, *reads), (0, *writes)
    columns = min(sizes[-1], ITEM_BYTES // size)
    rows = min(sizes[-2], max(1, ITEM_BYTES // size // columns))
    outer = sizes[:-2]
    signature = _arrays(size)
    signature.number("rows", sizes[-2])
    signature.number("columns", sizes[-1])
    signature.number("item_rows", rows)
    signature.number("item_columns", columns)
    for array, steps in (("source", reads), ("target", writes)):
        signature.number(f"{array}_row", steps[-2], "long")
        signature.number(f"{array}_column", steps[-1], "long")
    signature.axes("axis", outer, source=reads[:-2], target=writes[:-2])
    bits = BITS[size]
    vector = f"{bits}{width}"
    mode = {0: "repeated", 1: "contiguous"}.get(reads[-1], "strided")
    if writes[-1] != 1 or width == 1:
        mode = "strided"
    step = {
        "repeated": f"vstore{width}(({vector})(*from), 0, to + column);",
        "contiguous": f"vstore{width}(vload{width}(0, from + column), 0, to + column);",
    }
    many = [f"for (; column + {width} <= columns_end; column += {width})", f"    {step.get(mode)}"]
    name = f"copy_{size}_rows_{len(outer)}_{mode}_{width}"
    body = [
        "uint rest = get_global_id(0);",
        "const uint column_parts = (columns + item_columns - 1) / item_columns;",
        "const uint row_parts = (rows + item_rows - 1) / item_rows;",
        "const uint columns_begin = rest % column_parts * item_columns;",
        "const uint columns_end = min(columns, columns_begin + item_columns);",
        "rest /= column_parts;",
        "const uint rows_begin = rest % row_parts * item_rows;",
        "const uint rows_end = min(rows, rows_begin + item_rows);",
        "rest /= row_parts;",
        *unravel("axis", outer, "rest", "source", "target"),
        "for (uint row = rows_begin; row < rows_end; ++row) {",
        f"    global const {bits} *from = source + (long)row * source_row;",
        f"    global {bits} *to = target + (long)row * target_row;",
        "    uint column = columns_begin;",
        *(indent(many) if mode != "strided" else []),
        "    for (; column < columns_end; ++column)",
        "        to[(long)column * target_column] = from[(long)column * source_column];",
        "}",
    ]
    count = ceil_div(sizes[-1], columns) * ceil_div(sizes[-2], rows)
    for each in outer:
        count *= each
    return launch(traits, name, signature.kernel(name, body, 1), count, signature)


def _transpose(
    traits: Traits, size: int, sizes: Shape, reads: Shape, writes: Shape, other: int, tile: int
) -> Launch:
    """Rows of the target are columns of the source; a block of both fits the cache."""
    outer = [axis for axis in range(len(sizes) - 1) if axis != other]
    block = BLOCK if explicit(traits) else tile
    rows, columns = sizes[other], sizes[-1]
    signature = _arrays(size)
    signature.number("rows", rows)
    signature.number("columns", columns)
    signature.number("target_row", writes[other], "long")
    signature.number("source_column", reads[-1], "long")
    outer_sizes = tuple(sizes[axis] for axis in outer)
    signature.axes(
        "axis",
        outer_sizes,
        source=tuple(reads[axis] for axis in outer),
        target=tuple(writes[axis] for axis in outer),
    )
    start = [
        f"const uint row_blocks = (rows + {block - 1}) / {block};",
        f"const uint column_blocks = (columns + {block - 1}) / {block};",
        f"const uint first_row = rest % row_blocks * {block};",
        "rest /= row_blocks;",
        f"const uint first_column = rest % column_blocks * {block};",
        "rest /= column_blocks;",
        *unravel("axis", outer_sizes, "rest", "source", "target"),
    ]
    count = ceil_div(rows, block) * ceil_div(columns, block)
    for each in outer_sizes:
        count *= each
    if explicit(traits):
        name = f"copy_{size}_turned_{len(outer)}_{tile}"
        text = turning(BITS[size], tile)
        text += signature.kernel(name, ["uint rest = get_global_id(0);", *start, *_block(tile)], 1)
        return launch(traits, name, text, count, signature)
    name = f"copy_{size}_turned_{len(outer)}_groups_{tile}"
    body = ["uint rest = get_group_id(0);", *start, *_group_tile(BITS[size], tile)]
    text = signature.kernel(name, body, tile * tile)
    return launch(traits, name, text, count * tile * tile, signature, tile * tile)


def _block(tile: int) -> list[str]:
    """A processor's block, a square of ``tile`` after the other."""
    return [
        f"const uint rows_end = min(rows, first_row + {BLOCK});",
        f"const uint columns_end = min(columns, first_column + {BLOCK});",
        "uint row = first_row;",
        f"for (; row + {tile} <= rows_end; row += {tile}) {{",
        "    uint column = first_column;",
        f"    for (; column + {tile} <= columns_end; column += {tile})",
        "        turn(source + (long)column * source_column + row, source_column,",
        "             target + (long)row * target_row + column, target_row);",
        "    for (; column < columns_end; ++column)",
        f"        for (uint i = row; i < row + {tile}; ++i)",
        "            target[(long)i * target_row + column] = "
        "source[(long)column * source_column + i];",
        "}",
        "for (; row < rows_end; ++row)",
        "    for (uint column = first_column; column < columns_end; ++column)",
        "        target[(long)row * target_row + column] = "
        "source[(long)column * source_column + row];",
    ]


def _group_tile(bits: str, tile: int) -> list[str]:
    """A group's square through local memory, so that neighbours read and write neighbours."""
    return [
        f"local {bits} square[{tile} * {tile + 1}];  // one more a row: no two in one bank",
        f"const uint low = get_local_id(0) % {tile};",
        f"const uint high = get_local_id(0) / {tile};",
        "if (first_row + low < rows && first_column + high < columns)",
        f"    square[high * {tile + 1} + low] =",
        "        source[(long)(first_column + high) * source_column + first_row + low];",
        "barrier(CLK_LOCAL_MEM_FENCE);",
        "if (first_row + high < rows && first_column + low < columns)",
        "    target[(long)(first_row + high) * target_row + first_column + low] =",
        f"        square[low * {tile + 1} + high];",
    ]


def turning(bits: str, tile: int) -> list[str]:
    """A function that copies a square as its transpose: vectors are woven log2(tile) times.

    Vectors i and i + tile/2 become 2i and 2i + 1. Each time the bits of an element's number in the
    square turn by one place.
    """
    kind = f"{bits}{tile}"
    half = tile // 2
    text = []
    for name, start in (("weave_low", 0), ("weave_high", half)):
        picked = ", ".join(f"a.s{i:x}, b.s{i:x}" for i in range(start, start + half))
        text += [f"{kind} {name}(const {kind} a, const {kind} b)", "{"]
        text += [f"    return ({kind})({picked});", "}", ""]
    text += [
        f"void turn(global const {bits} *source, const long source_step,",
        f"          global {bits} *target, const long target_step)",
        "{",
    ]
    names = [f"line_{i}" for i in range(tile)]
    for i, name in enumerate(names):
        text.append(f"    const {kind} {name} = vload{tile}(0, source + {i} * source_step);")
    for turn in range(tile.bit_length() - 1):
        woven: list[str] = []
        for i in range(half):
            for function in ("weave_low", "weave_high"):
                woven.append(f"turn_{turn}_{len(woven)}")
                pair = f"{names[i]}, {names[i + half]}"
                text.append(f"    const {kind} {woven[-1]} = {function}({pair});")
        names = woven
    for i, name in enumerate(names):
        text.append(f"    vstore{tile}({name}, 0, target + {i} * target_step);")
    return [*text, "}", ""]
