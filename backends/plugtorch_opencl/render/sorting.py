"""``argsort``: stable, by whole numbers that are in the order of the elements.

Processors sort by digits (radix sort), least first: a line each, or a long line in blocks, each
digit in three launches: count, add up, move. Short lines are sorted by insertion there, and on
graphics cards by a bitonic network in local memory, which is stable because the place breaks ties.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from plugtorch_opencl.render.matmul_text import indent
from plugtorch_opencl.render.sorting_text import (
    bitonic_body,
    count_body,
    insertion_lines,
    key_function,
    keys_body,
    move_body,
    radix_lines,
    scan_body,
)
from plugtorch_opencl.render.walking import (
    BITS,
    Signature,
    ceil_div,
    explicit,
    joined,
    launch,
    unravel,
)
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import ITEM_SIZE, Launch, Shape, View, Work

INSERTION = 48  # elements of a line, up to which that is the quickest
LONG = 16384  # elements, from which a line is worth several work-items of a processor
PROCESSOR_BLOCK, GROUP_BLOCK = 4096, 1024
MOST_LOCAL = 2048  # elements of a line in local memory


@dataclass(frozen=True)
class Lines:
    """What is sorted: ``count`` lines of ``length``; sizes of the other axes, and their strides."""

    dtype: str
    descending: bool
    length: int
    step: int
    result_step: int
    sizes: Shape
    reads: Shape
    writes: Shape

    @property
    def count(self) -> int:
        return prod(self.sizes)

    @property
    def key(self) -> str:
        return "ulong" if ITEM_SIZE[self.dtype] == 8 else "uint"

    @property
    def key_dtype(self) -> str:
        return "int64" if ITEM_SIZE[self.dtype] == 8 else "int32"

    @property
    def name(self) -> str:
        return f"argsort_{self.dtype}_{'down' if self.descending else 'up'}_{len(self.sizes)}"


def work(
    traits: Traits,
    name: str,
    operands: tuple[View, ...],
    result: View,
    *,
    axis: int,
    descending: bool,
) -> Work:
    """``argsort(x, axis, descending)``."""
    (x,) = operands
    shape, reads, writes = x.shape, x.strides, contiguous(result.shape)
    if not shape:
        shape, reads, writes, axis = (1,), (0,), (0,), 0
    axis %= len(shape)
    others = [each[:axis] + each[axis + 1 :] for each in (shape, reads, writes)]
    lines = Lines(
        x.dtype,
        descending,
        shape[axis],
        reads[axis],
        writes[axis],
        *joined(others[0], *others[1:]),
    )
    if not explicit(traits):
        padded = 1 << max(1, (lines.length - 1).bit_length())
        room = padded * (ITEM_SIZE[lines.key_dtype] + 4)
        if padded <= MOST_LOCAL and room <= traits.local_memory:
            return Work((_bitonic(traits, lines, padded),))
        return _in_blocks(traits, lines, GROUP_BLOCK, digit=4)
    if lines.length >= LONG and lines.count < 2 * traits.units:
        least = ceil_div(lines.length * lines.count, 4 * traits.units)
        return _in_blocks(traits, lines, max(PROCESSOR_BLOCK, min(least, lines.length)), digit=8)
    return _line_by_line(traits, lines)


def _signature(lines: Lines, scratch: tuple[tuple[str, str], ...]) -> Signature:
    signature = Signature()
    signature.array("operand", 0, "x", BITS[ITEM_SIZE[lines.dtype]])
    signature.array("result", 0, "result", "long")
    for number, (name, stored) in enumerate(scratch):
        signature.array("scratch", number, name, stored)
    signature.number("lines", lines.count)
    signature.number("length", lines.length)
    signature.number("x_step", lines.step, "long")
    signature.number("result_step", lines.result_step, "long")
    signature.axes("axis", lines.sizes, x=lines.reads, result=lines.writes)
    return signature


def _to_line(lines: Lines) -> list[str]:
    """Statements: ``from`` and ``to``, where the line begins in x and in the result."""
    return [
        f"global const {BITS[ITEM_SIZE[lines.dtype]]} *from = x;",
        "global long *to = result;",
        "uint rest = line;",
        *unravel("axis", lines.sizes, "rest", **{"from": "x", "to": "result"}),
    ]


def _line_by_line(traits: Traits, lines: Lines) -> Work:
    """A work-item sorts some lines, in memory that stays in its cache."""
    items = min(lines.count, 4 * traits.units)
    short = lines.length <= INSERTION
    scratch = (("keys", lines.key), ("order", "uint"))
    signature = _signature(lines, scratch)
    body = insertion_lines(lines.key) if short else radix_lines(lines.dtype, lines.key)
    name = f"{lines.name}_{'insertion' if short else 'radix'}"
    text = key_function(lines.dtype, lines.descending)
    counts = [] if short else [f"uint counts[{256 * ITEM_SIZE[lines.dtype]}];"]
    text += signature.kernel(
        name,
        [
            "keys += 2 * length * get_global_id(0);",
            "order += 2 * length * get_global_id(0);",
            *counts,
            "for (uint line = get_global_id(0); line < lines; line += get_global_size(0)) {",
            *indent([*_to_line(lines), *body]),
            "}",
        ],
        1,
    )
    room = 2 * items * lines.length
    made = launch(traits, name, text, items, signature)
    return Work((made,), ((lines.key_dtype, room), ("int32", room)))


def _bitonic(traits: Traits, lines: Lines, padded: int) -> Launch:
    group = min(padded // 2, 256, traits.group)
    group = 1 << (group.bit_length() - 1)
    signature = _signature(lines, ())
    name = f"{lines.name}_bitonic_{padded}_{group}"
    text = key_function(lines.dtype, lines.descending)
    body = ["const uint line = get_group_id(0);", *_to_line(lines)]
    text += signature.kernel(name, [*body, *bitonic_body(lines.key, padded, group)], group)
    return launch(traits, name, text, lines.count * group, signature, group)


def _in_blocks(traits: Traits, lines: Lines, block: int, digit: int) -> Work:
    """Each digit: every block counts its elements of each digit, the counts become the places where
    a block's elements of a digit begin, and every block moves its own, in order.
    """
    blocks = ceil_div(lines.length, block)
    rows = lines.count * blocks
    size = lines.count * lines.length
    digits = 1 << digit
    passes = ceil_div(8 * ITEM_SIZE[lines.dtype], digit)
    kinds = (
        ("keys_0", lines.key),
        ("order_0", "uint"),
        ("keys_1", lines.key),
        ("order_1", "uint"),
        ("counts", "uint"),
    )
    scratch = (
        (lines.key_dtype, size),
        ("int32", size),
        (lines.key_dtype, size),
        ("int32", size),
        ("int32", rows * digits),
    )
    group = 1 if explicit(traits) else min(64, traits.group)
    name = f"{lines.name}_blocks_{digit}_{group}"

    def signed(shift: int) -> Signature:
        signature = _signature(lines, kinds)
        signature.number("block", block)
        signature.number("blocks", blocks)
        signature.number("shift", shift)
        return signature

    there = [
        "if (get_global_id(0) >= lines * blocks)",
        "    return;",
        "const uint line = get_global_id(0) / blocks;",
        "const uint number = get_global_id(0) % blocks;",
        "const uint begin = number * block;",
        "const uint end = min(length, begin + block);",
    ]
    line_start = "(ulong)line * length"
    text = key_function(lines.dtype, lines.descending)
    own = signed(0)
    text += own.kernel(f"{name}_keys", [*there, *_to_line(lines), *keys_body(line_start)], group)
    for side in (0, 1):
        text += own.kernel(f"{name}_count_{side}", [*there, *count_body(digits, side)], group)
        for last in (False, True):
            body = [*there, *(_to_line(lines) if last else [])]
            body += move_body(digits, side, last, line_start, lines.key)
            text += own.kernel(f"{name}_move_{side}{'_last' if last else ''}", body, group)
    scanners = 1 if explicit(traits) else group
    text += own.kernel(f"{name}_scan", scan_body(digits, scanners), scanners)
    launches = [launch(traits, f"{name}_keys", text, rows, own, group)]
    for number in range(passes):
        side = number % 2
        move = f"{name}_move_{side}{'_last' if number == passes - 1 else ''}"
        with_shift = signed(number * digit)
        launches += [
            launch(traits, f"{name}_count_{side}", text, rows, with_shift, group),
            launch(traits, f"{name}_scan", text, lines.count * scanners, own, scanners),
            launch(traits, move, text, rows, with_shift, group),
        ]
    return Work(tuple(launches), scratch)
