"""``nonzero``: how many elements are not zero, and then where they are.

Both go through x in blocks of neighbours, a work-item each. The first adds up what the blocks find;
the second finds it again, because to remember it between the two would take memory that outlives
a work.
"""

from __future__ import annotations

from math import prod

from plugtorch_opencl.render.matmul_text import FLOATING, indent
from plugtorch_opencl.render.walking import (
    BITS,
    Signature,
    busy,
    ceil_div,
    explicit,
    joined,
    launch,
    unravel,
)
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.work import ITEM_SIZE, Launch, Shape, View, Work

LEAST_BLOCK = {True: 4096, False: 256}  # elements, on processors and elsewhere
MOST_BLOCKS = 4096


def work(traits: Traits, name: str, operands: tuple[View, ...], result: View) -> Work:
    """``nonzero_count(x)``, one int64; ``nonzero(x)``, int64 (that many, axes of x), row-major."""
    (x,) = operands
    sizes, reads = joined(x.shape, x.strides)
    total = prod(sizes)
    least = LEAST_BLOCK[explicit(traits)]
    block = max(least, ceil_div(total, min(MOST_BLOCKS, busy(traits))))
    blocks = ceil_div(total, block)
    count = _block_counts(traits, x, sizes, reads, block, blocks)
    launches: tuple[Launch, ...]
    if name == "nonzero_count":
        launches = (count, _added_up(traits, blocks, total=True))
    elif not x.shape:
        raise ValueError("nonzero of 0-d has no columns: nothing is to be computed")
    else:
        rows = _rows(traits, x, sizes, reads, block, blocks)
        launches = (count, _added_up(traits, blocks, total=False), *rows)
    return Work(launches, (("int64", blocks),))


def _through(
    dtype: str, sizes: Shape, reads: Shape, block: int, blocks: int
) -> tuple[Signature, list[str]]:
    """The parameters, and statements up to where ``element`` says whether there is something."""
    signature = Signature()
    signature.array("operand", 0, "x", BITS[ITEM_SIZE[dtype]])
    signature.array("scratch", 0, "found", "long")
    signature.number("total", prod(sizes), "ulong")
    signature.number("block", block)
    signature.number("blocks", blocks)
    signature.axes("axis", sizes, x=reads)
    bits = BITS[ITEM_SIZE[dtype]]
    # 0 and -0 differ in the bit of the sign
    magnitude = f"({bits})(*at << 1)" if dtype in FLOATING else "*at"
    if len(sizes) == 1:
        there = [f"global const {bits} *at = x + (long)place * x_axis_0;"]
    else:
        there = [f"global const {bits} *at = x;", "ulong rest = place;"]
        there += unravel("axis", sizes, "rest", at="x")
    return signature, [
        "if (get_global_id(0) >= blocks)",
        "    return;",
        "const ulong begin = (ulong)get_global_id(0) * block;",
        "const ulong end = min(total, begin + block);",
        "long many = 0;",
        "for (ulong place = begin; place < end; ++place) {",
        *indent([*there, f"const uint element = {magnitude} != 0;"]),
    ]


def _block_counts(
    traits: Traits, x: View, sizes: Shape, reads: Shape, block: int, blocks: int
) -> Launch:
    signature, body = _through(x.dtype, sizes, reads, block, blocks)
    kind = "float" if x.dtype in FLOATING else "whole"
    name = f"nonzero_count_{kind}_{ITEM_SIZE[x.dtype]}_{len(sizes)}"
    body += ["    many += element;", "}", "found[get_global_id(0)] = many;"]
    return launch(traits, name, signature.kernel(name, body), blocks, signature)


def _added_up(traits: Traits, blocks: int, total: bool) -> Launch:
    """The sum of all blocks to the result, or how many come before each block in its place."""
    signature = Signature()
    signature.array("scratch", 0, "found", "long")
    signature.number("blocks", blocks)
    name = "nonzero_total" if total else "nonzero_before"
    body = [
        "if (get_global_id(0) > 0)",
        "    return;",
        "long before = 0;",
        "for (uint i = 0; i < blocks; ++i) {",
        "    const long own = found[i];",
        *([] if total else ["    found[i] = before;"]),
        "    before += own;",
        "}",
    ]
    if total:
        signature.array("result", 0, "result", "long")
        body.append("result[0] = before;")
    return launch(traits, name, signature.kernel(name, body), 1, signature)


def _rows(
    traits: Traits, x: View, sizes: Shape, reads: Shape, block: int, blocks: int
) -> tuple[Launch, ...]:
    signature, body = _through(x.dtype, sizes, reads, block, blocks)
    signature.array("result", 0, "result", "long")
    rank = len(x.shape)
    for axis, size in enumerate(x.shape):
        signature.number(f"size_{axis}", size)
    kind = "float" if x.dtype in FLOATING else "whole"
    name = f"nonzero_rows_{kind}_{ITEM_SIZE[x.dtype]}_{len(sizes)}_{rank}"
    row = ["ulong left = place;"]
    for axis in reversed(range(1, rank)):
        row += [f"row[{axis}] = left % size_{axis};", f"left /= size_{axis};"]
    row += ["row[0] = left;", f"row += {rank};"]
    body = [
        f"global long *row = result + (ulong)(get_global_id(0) < blocks ? "
        f"found[get_global_id(0)] : 0) * {rank};",
        *body,
        "    if (element) {",
        *indent(row, 2),
        "    }",
        "}",
    ]
    body.remove("long many = 0;")
    return (launch(traits, name, signature.kernel(name, body), blocks, signature),)
