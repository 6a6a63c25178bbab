"""``cumsum``: sums of all elements up to each, along an axis.

Floats are added up in more digits than they are stored with: float16 and bfloat16 in float32,
float32 in float64 or, on a device without, in two float32 of which one holds what is rounded off.
A line is one work-item's, in order; few long lines are cut into blocks, whose sums are found first.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from plugtorch_opencl.render.matmul_text import (
    FLOATING,
    STORED,
    SUMMED,
    indent,
    load,
    preamble,
    store,
    value_of,
    vector,
)
from plugtorch_opencl.render.walking import (
    Signature,
    busy,
    ceil_div,
    explicit,
    joined,
    lanes,
    launch,
    unravel,
)
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import ITEM_SIZE, Shape, View, Work

ITEM_ELEMENTS = 4096  # that a work-item of a processor adds up
LEAST_BLOCK = {True: 2048, False: 64}  # elements of a block, on processors and elsewhere
MOST_BLOCKS = 1024
POINTERS = {"from": "x", "to": "result"}
ROW_VECTORS = 4  # side by side, so that whole lines of the cache are used


@dataclass(frozen=True)
class Sums:
    """How elements of a dtype are added up. kind: the C type of a sum, before it is a vector's."""

    dtype: str
    kind: str
    pairs: bool

    @property
    def state(self) -> str:
        return "float2" if self.pairs else self.kind

    @property
    def scratch(self) -> str:
        kinds = {"double": "float64", "float": "float32", "uint": "int32", "ulong": "int64"}
        return kinds[self.kind]

    def loaded(self, width: int, pointer: str, place: str) -> str:
        if self.dtype == "bool":
            return f"(uint){pointer}[{place}]"
        text = load(self.dtype, width, pointer, f"({place})")
        if self.kind == "double" and self.dtype == "float32":
            return f"convert_{vector('double', width)}({text})"
        return text

    def added(self, total: str, value: str) -> str:
        if self.dtype == "bool":
            return f"{total} | {value}"
        return f"with({total}, {value})" if self.pairs else f"{total} + {value}"

    def joined(self, total: str, other: str) -> str:
        if not self.pairs:
            return self.added(total, other)
        return f"with({total}, {other}.x) + (float2)(0, {other}.y)"

    def kept(self, place: str) -> str:
        """The sum number ``place`` of the scratch memory."""
        return f"vload2({place}, totals)" if self.pairs else f"totals[{place}]"

    def keep(self, total: str, place: str) -> str:
        return (
            f"vstore2({total}, {place}, totals);" if self.pairs else f"totals[{place}] = {total};"
        )

    def stored(self, width: int, total: str, pointer: str, place: str) -> str:
        if self.pairs:
            total = f"{total}.x + {total}.y"
        elif self.kind == "double" and self.dtype == "float32":
            total = f"convert_{vector('float', width)}({total})"
        elif self.dtype == "bool":
            return f"{pointer}[{place}] = (uchar){total};"
        elif self.dtype not in FLOATING:
            total = value_of(self.dtype, width, total)
        return store(self.dtype, width, total, pointer, f"({place})")


PAIR = """\
// The sum and one more: x is the rounded sum, y what all roundings lost. Not if it is infinite.
float2 with(const float2 total, const float value)
{
    const float next = total.x + value;
    const float part = next - total.x;
    const float lost = (total.x - (next - part)) + (value - part);
    return (float2)(next, isfinite(next) ? total.y + lost : 0.0f);
}
""".split("\n")


def sums_of(traits: Traits, dtype: str) -> Sums:
    """How the device adds up a dtype."""
    if dtype == "bool":
        return Sums(dtype, "uint", pairs=False)
    if dtype == "float32":
        return Sums(dtype, "double" if traits.float64 else "float", pairs=not traits.float64)
    return Sums(dtype, SUMMED[dtype], pairs=False)


@dataclass(frozen=True)
class Lines:
    """``length`` and steps of the axis; sizes and strides of the other axes, merged."""

    length: int
    x_step: int
    result_step: int
    sizes: Shape
    reads: Shape
    writes: Shape

    @property
    def count(self) -> int:
        return prod(self.sizes)


def work(traits: Traits, name: str, operands: tuple[View, ...], result: View, *, axis: int) -> Work:
    """``cumsum(x, axis)``. Not to be compiled with -cl-fast-relaxed-math."""
    (x,) = operands
    shape, reads, writes = x.shape, x.strides, contiguous(result.shape)
    if not shape:
        shape, reads, writes, axis = (1,), (0,), (0,), 0
    axis %= len(shape)
    others = [each[:axis] + each[axis + 1 :] for each in (shape, reads, writes)]
    lines = Lines(shape[axis], reads[axis], writes[axis], *joined(others[0], *others[1:]))
    sums = sums_of(traits, x.dtype)
    width = 1
    if explicit(traits) and not sums.pairs and x.dtype != "bool":
        size = max(ITEM_SIZE[x.dtype], ITEM_SIZE[sums.scratch])
        width = lanes(traits, size)
    if (
        width > 1
        and lines.reads[-1] == lines.writes[-1] == 1
        and lines.sizes[-1] >= width
        and lines.count >= 2 * traits.units * width
    ):
        return _columns(traits, sums, lines, width)
    least = LEAST_BLOCK[explicit(traits)]
    wanted = ceil_div(busy(traits), lines.count)
    if lines.count < 2 * traits.units or not explicit(traits):
        blocks = min(wanted, MOST_BLOCKS, ceil_div(lines.length, least))
    else:
        blocks = 1
    if lines.x_step != 1 or lines.result_step != 1 or lines.length < width:
        width = 1
    return _lines(traits, sums, lines, blocks, width)


def _signature(sums: Sums, lines: Lines) -> Signature:
    signature = Signature()
    signature.array("operand", 0, "x", STORED[sums.dtype])
    signature.array("result", 0, "result", STORED[sums.dtype])
    signature.number("length", lines.length)
    signature.number("x_step", lines.x_step, "long")
    signature.number("result_step", lines.result_step, "long")
    return signature


def _columns(traits: Traits, sums: Sums, lines: Lines, width: int) -> Work:
    """Lines that lie side by side: a work-item adds up vectors of them."""
    columns, outer = lines.sizes[-1], lines.sizes[:-1]
    signature = _signature(sums, lines)
    signature.number("columns", columns)
    signature.axes("axis", outer, x=lines.reads[:-1], result=lines.writes[:-1])
    kind = vector(sums.kind, width)
    block = ROW_VECTORS * width
    whole = [f"{kind} total_{v} = ({kind})(0);" for v in range(ROW_VECTORS)]
    whole.append("for (uint i = 0; i < length; ++i) {")
    for v in range(ROW_VECTORS):
        value = sums.loaded(width, "x", f"begin + {v * width} + i * x_step")
        whole.append(f"    total_{v} = {sums.added(f'total_{v}', value)};")
        place = f"begin + {v * width} + i * result_step"
        whole.append(f"    {sums.stored(width, f'total_{v}', 'result', place)}")
    whole.append("}")

    def one(lanes: int) -> list[str]:
        own = vector(sums.kind, lanes)
        value = sums.loaded(lanes, "x", "column + i * x_step")
        return [
            f"for (; column + {lanes} <= end; column += {lanes}) {{",
            f"    {own} total = ({own})(0);",
            "    for (uint i = 0; i < length; ++i) {",
            f"        total = {sums.added('total', value)};",
            f"        {sums.stored(lanes, 'total', 'result', 'column + i * result_step')}",
            "    }",
            "}",
        ]

    name = f"cumsum_{sums.dtype}_{sums.kind}_columns_{width}_{len(outer)}"
    body = [
        "uint rest = get_global_id(0);",
        f"const uint blocks = (columns + {block - 1}) / {block};",
        f"const uint begin = rest % blocks * {block};",
        f"const uint end = min(columns, begin + {block});",
        "rest /= blocks;",
        *unravel("axis", outer, "rest", "x", "result"),
        f"if (end - begin == {block}) {{",
        *indent(whole),
        "    return;",
        "}",
        "uint column = begin;",
        *one(width),
        *one(1),
    ]
    text = preamble({sums.dtype, sums.scratch}, (1, width)) + signature.kernel(name, body, 1)
    count = ceil_div(columns, block) * prod(outer)
    return Work((launch(traits, name, text, count, signature),))


def _lines(traits: Traits, sums: Sums, lines: Lines, blocks: int, width: int) -> Work:
    """A work-item adds up some lines, or a block of one."""
    block = ceil_div(lines.length, blocks)
    blocks = ceil_div(lines.length, block)
    item_lines = max(1, ITEM_ELEMENTS // block) if explicit(traits) and blocks == 1 else 1
    rows = ceil_div(lines.count, item_lines) * blocks
    signature = _signature(sums, lines)
    signature.number("lines", lines.count)
    signature.number("item_lines", item_lines)
    signature.number("block", block)
    signature.number("blocks", blocks)
    signature.axes("axis", lines.sizes, x=lines.reads, result=lines.writes)
    if blocks > 1:
        signature.array("scratch", 0, "totals", sums.kind)
    stem = f"cumsum_{sums.dtype}_{'pairs' if sums.pairs else sums.kind}"
    name = f"{stem}_lines_{width}_{len(lines.sizes)}{'_blocks' if blocks > 1 else ''}"
    there = [
        "const uint number = get_global_id(0) % blocks;",
        "const uint first = get_global_id(0) / blocks * item_lines;",
        "const uint begin = number * block;",
        "const uint end = min(length, begin + block);",
        "for (uint line = first; line < min(lines, first + item_lines); ++line) {",
        f"    global const {STORED[sums.dtype]} *from = x;",
        f"    global {STORED[sums.dtype]} *to = result;",
        "    uint rest = line;",
        *indent(unravel("axis", lines.sizes, "rest", **POINTERS)),
    ]
    before = sums.kept("(ulong)line * blocks + number") if blocks > 1 else f"({sums.state})(0)"
    group = 1 if explicit(traits) else None
    head = preamble({sums.dtype, sums.scratch}, (1, width)) + (PAIR if sums.pairs else [])
    main = [
        *there,
        f"    {sums.state} total = {before};",
        "    uint i = begin;",
        *indent(_prefixes(sums, width) if width > 1 else []),
        "    for (; i < end; ++i) {",
        f"        total = {sums.added('total', sums.loaded(1, 'from', 'i * x_step'))};",
        f"        {sums.stored(1, 'total', 'to', 'i * result_step')}",
        "    }",
        "}",
    ]
    text = head + signature.kernel(name, main, group)
    if blocks == 1:
        return Work((launch(traits, name, text, rows, signature),))
    found = [
        *there,
        f"    {sums.state} total = ({sums.state})(0);",
        "    uint i = begin;",
        *indent(_total(sums, width) if width > 1 else []),
        "    for (; i < end; ++i)",
        f"        total = {sums.added('total', sums.loaded(1, 'from', 'i * x_step'))};",
        f"    {sums.keep('total', '(ulong)line * blocks + number')}",
        "}",
    ]
    text += signature.kernel(f"{name}_found", found, group)
    text += signature.kernel(f"{name}_before", _before(sums), group)
    room = lines.count * blocks * (2 if sums.pairs else 1)
    return Work(
        (
            launch(traits, f"{name}_found", text, rows, signature),
            launch(traits, f"{name}_before", text, lines.count, signature),
            launch(traits, name, text, rows, signature),
        ),
        ((sums.scratch, room),),
    )


def _before(sums: Sums) -> list[str]:
    """Each block's sum becomes the sum of those before it."""
    return [
        "const uint line = get_global_id(0);",
        "if (line >= lines)",
        "    return;",
        f"{sums.state} before = ({sums.state})(0);",
        "for (uint i = 0; i < blocks; ++i) {",
        f"    const {sums.state} own = {sums.kept('(ulong)line * blocks + i')};",
        f"    {sums.keep('before', '(ulong)line * blocks + i')}",
        f"    before = {sums.joined('before', 'own')};",
        "}",
    ]


def _prefixes(sums: Sums, width: int) -> list[str]:
    """A vector at a time: each element and those 1, 2, 4 ... before it, then all before."""
    kind = vector(sums.kind, width)
    text = [
        f"for (; i + {width} <= end; i += {width}) {{",
        f"    {kind} sums = {sums.loaded(width, 'from', 'i')};",
    ]
    reach = 1
    while reach < width:
        zeros = ", ".join(["0"] * reach)
        kept = ", ".join(f"sums.s{lane:x}" for lane in range(width - reach))
        text.append(f"    sums += ({kind})({zeros}, {kept});")
        reach *= 2
    return [
        *text,
        f"    sums += ({kind})(total);",
        f"    total = sums.s{width - 1:x};",
        f"    {sums.stored(width, 'sums', 'to', 'i')}",
        "}",
    ]


def _total(sums: Sums, width: int) -> list[str]:
    """The sum of a block, a vector at a time."""
    kind = vector(sums.kind, width)
    text = [
        f"{kind} many = ({kind})(0);",
        f"for (; i + {width} <= end; i += {width})",
        f"    many += {sums.loaded(width, 'from', 'i')};",
    ]
    return [*text, *[f"total += many.s{lane:x};" for lane in range(width)]]
