"""What stands around the statements of fused nodes: which part each item computes, loops, folds.

On a processor an item computes some rows, or a part of one, a vector at a time; there are a few
items for each core. Elsewhere an item computes one element or one row, or the items of a work-group
share a row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugtorch_opencl.nodes import Node
from plugtorch_opencl.render.expressions import Context, rounded
from plugtorch_opencl.render.loading import memory_store
from plugtorch_opencl.render.looping import Sums, first_inner, inner_range, loops
from plugtorch_opencl.render.matmul_text import indent
from plugtorch_opencl.render.statements import Scope, Text, combine, lane_numbers, neutral, plus
from plugtorch_opencl.render.types import SMALL, kind, splat

if TYPE_CHECKING:
    from plugtorch_opencl.render.rows import Rows

COOPERATE = 64  # elements of a row from which the items of a work-group share it
SMALL_WORK = 16384  # elements that one item of a processor computes alone


def frame(rows: Rows) -> Text:
    """The whole kernel."""
    processor = rows.traits.vector > 1
    body, items, group = (_processor if processor else _others)(rows)
    name = rows.kernel_name()
    hint = f" __attribute__((vec_type_hint({kind('float32', rows.width)})))" if processor else ""
    text = rows.preamble()
    text.append(f"kernel __attribute__((reqd_work_group_size({group}, 1, 1))){hint}")
    text.append(f"void {name}(")
    text += [f"    {line}," for line in rows.declarations]
    text[-1] = text[-1][:-1] + ")"
    text += ["{", *indent(body), "}"]
    return Text(name, "\n".join(text) + "\n", rows.bound, items, group)


def _rows(rows: Rows) -> int:
    total = 1
    for axis in rows.kept:
        total *= rows.axes[axis]
    return total


def _coordinates(rows: Rows) -> list[str]:
    """Statements: where along each kept axis the row is."""
    lines: list[str] = []
    rest = "row"
    if len(rows.kept) == 1:  # called row
        return lines
    for axis in reversed(rows.kept):
        if axis == rows.kept[0]:
            lines.append(f"const long i{axis} = {rest};")
        else:
            size = rows.long(f"size_{axis}", rows.axes[axis])
            lines.append(f"const long i{axis} = {rest} % {size};")
            rest = f"{rest} / {size}"
    return lines


def _processor(rows: Rows) -> tuple[list[str], int, int]:
    """The body for a device whose vectors are written out; how many items, in groups of one."""
    count, lanes = _rows(rows), rows.lanes
    wanted = 1 if rows.group.size <= SMALL_WORK else 4 * rows.traits.units
    wanted = max(1, -(-wanted // max(1, rows.parts)))
    row_parts = min(count, wanted)
    per_item = -(-count // row_parts)
    row_parts = -(-count // per_item)
    if rows.group.side is not None:  # an item for each part, even where none is left for it
        row_parts = wanted = rows.group.side[2]
        per_item = -(-count // row_parts)
    column_parts, per_column = 1, lanes
    if rows.mode != "row" and row_parts * 2 <= wanted:
        step = rows.width * 4
        share = -(-lanes // (wanted // row_parts))
        per_column = max(step, -(-share // step) * step)
        column_parts = -(-lanes // per_column)
    lines = ["long item = get_global_id(0);"]
    if rows.parts:
        lines += _part(rows)
    if rows.mode != "row":
        parts = rows.long("column_parts", column_parts)
        each = rows.long("columns_each", per_column)
        last = rows.long("columns", lanes)
        lines += [
            f"const long first_column = item % {parts} * {each};",
            f"const long last_column = min({last}, first_column + {each});",
            f"item /= {parts};",
        ]
    each = rows.long("rows_each", per_item)
    total = rows.long("rows", count)
    single = Scope()
    if rows.group.side is not None:
        lines += ["const long part = item;", *_side_beginnings(rows)]
    loop = f"for (long row = item * {each}; row < min({total}, (item + 1) * {each}); ++row) {{"
    inside = _coordinates(rows)
    if rows.mode == "row":
        inside += _row(rows, single)
    else:
        whole = lanes % rows.width == 0
        inside.append("long column = first_column;")
        if rows.width == 1:
            inside.append("for (; column < last_column; ++column) {")
            inside += indent(_column(rows, single, False))
            inside.append("}")
        else:
            inside.append(
                f"for (; column + {rows.width} <= last_column; column += {rows.width}) {{"
            )
            inside += indent(_column(rows, single, False))
            inside.append("}")
            if not whole:
                inside.append("if (column < last_column) {")
                inside.append("    const int left = (int)(last_column - column);")
                inside += indent(_column(rows, single, True))
                inside.append("}")
    body = [*lines, *single.lines, loop, *indent(inside), "}"]
    return body, row_parts * column_parts * max(1, rows.parts), 1


def _side_beginnings(rows: Rows) -> list[str]:
    """Statements: what folds of rows begin with, in all columns."""
    nodes = [node for node, level in rows.level.items() if level == "side"]
    columns, width = rows.long("columns", rows.lanes), rows.width
    lines = ["long column = 0;"]
    for some in (False, True):
        stores = []
        for node in nodes:
            value = splat(node.dtype, width, neutral(node))
            stores.append(memory_store(rows, node.dtype, value, rows.side_place(node), some))
        if not some:
            lines += [f"for (; column + {width} <= {columns}; column += {width}) {{"]
            lines += [*indent(stores), "}"]
        elif rows.lanes % width:
            lines += [
                f"if (column < {columns}) {{",
                f"    const int left = (int)({columns} - column);",
            ]
            lines += [*indent(stores), "}"]
    return ["{", *indent(lines), "}"]


def _part(rows: Rows) -> list[str]:
    parts = rows.long("parts", rows.parts)
    return [f"const long part = item % {parts};", f"item /= {parts};"]


def _column(rows: Rows, single: Scope, some: bool) -> list[str]:
    """The statements for one vector of columns, or one element."""
    outer = Scope()
    if rows.mode == "map":
        lines, _ = rows.full_body(0, outer, single, some)
        return lines
    lines = outer.lines
    scopes = {"outer": outer, "single": single}
    for number in range(rows.passes):
        body, folds = rows.full_body(number, outer, single, some)
        sums = Sums(rows, folds)
        lines += [*[_begin(rows, node) for node in folds], *sums.begin()]
        if body:
            lines += loops(rows, body, sums)
        lines += sums.end()
        for node in folds:
            _finish(rows, node, f"{rows.names[node]}_so_far", outer)
    _store_outer(rows, scopes, some)
    return lines


def _row(rows: Rows, single: Scope) -> list[str]:
    """The statements for one row of a processor."""
    outer = Scope()
    lines = outer.lines
    width = rows.width
    axis = len(rows.axes) - 1
    first, last = inner_range(rows, axis)
    cut = rows.parts and axis == first_inner(rows)
    whole = rows.lanes % width == 0
    for number in range(rows.passes):
        body, folds = rows.full_body(number, outer, single, False)
        sums = Sums(rows, folds, width)
        lines += [*[_begin(rows, node) for node in folds], *sums.begin()]
        if not body:
            continue
        block = [f"long column = {first};"]
        if cut:
            block.append(f"const long last_column = {last};")
            last_name = "last_column"
        else:
            last_name = last
        block += sums.loop(axis, "", ("column", width, last_name), f"column += {width}", body)
        if not whole:
            tail, _ = rows.full_body(number, outer, single, True)
            head = [f"const int left = (int)({last_name} - column);"]
            if folds and width > 1:
                inside = f"{lane_numbers('int', width)} < (int{width})(left)"
                head.append(f"const char{width} inside = convert_char{width}({inside});")
            block += [f"if (column < {last_name}) {{", *indent([*head, *tail]), "}"]
        lines.append("{")
        lines += indent(loops(rows, block, sums))
        lines += ["}", *sums.end()]
        for node in folds:
            _finish(rows, node, _across(rows, node), outer)
    _store_outer(rows, {"outer": outer, "single": single}, False)
    return lines


def _begin(rows: Rows, node: Node) -> str:
    width = rows.width
    text = neutral(node)
    if node.dtype == "bool" and width > 1:
        text = f"-{text}"
    own = kind(node.dtype, width)
    return f"{own} {rows.names[node]}_so_far = {splat(node.dtype, width, text)};"


def _across(rows: Rows, node: Node) -> str:
    """A call that folds the lanes of a vector to one."""
    width = rows.width
    name = rows.names[node] + "_so_far"
    if width == 1:
        return name
    function = f"across_{node.name}_{node.dtype}_{width}"
    lines = [f"{kind(node.dtype)} {function}(const {kind(node.dtype, width)} lanes)", "{"]
    half, before = width // 2, "lanes"
    while half >= 1:
        own = kind(node.dtype, half)
        low, high = (
            (f"{before}.lo", f"{before}.hi") if half > 1 else (f"{before}.s0", f"{before}.s1")
        )
        lines.append(f"    const {own} low_{half} = {low}, high_{half} = {high};")
        text = combine(node, half, f"low_{half}", f"high_{half}")
        if half == 1 and node.dtype == "bool":
            text = f"({text}) & 1"
        before = f"folded_{half}"
        lines.append(f"    const {own} {before} = {text};")
        half //= 2
    lines += [f"    return {before};", "}", ""]
    rows.helpers.setdefault(function, lines)
    return f"{function}({name})"


def _finish(rows: Rows, node: Node, text: str, outer: Scope) -> None:
    """The result of a fold as a variable."""
    width = rows.wide("outer")
    if node.dtype in SMALL and node.name == "sum":
        context = Context(node.dtype, (node.dtype,), width)
        text = rounded(context, text)
        rows.needs += [need for need in context.needs if need not in rows.needs]
    name = rows.names[node]
    outer.lines.append(f"const {kind(node.dtype, width)} {name} = {text};")
    outer.known[node] = name


def _store_outer(rows: Rows, scopes: dict[str, Scope], some: bool) -> None:
    for node in rows.stored:
        if rows.level[node] == "outer":
            variable = rows.computed(node, "outer", scopes, some)
            scopes["outer"].lines.append(rows.store(node, variable, "outer", some))


# -- devices that form vectors by themselves -------------------------------------------------------


def _others(rows: Rows) -> tuple[list[str], int, int]:
    """The body for a graphics card; how many items, in groups of how many."""
    if rows.mode == "row" and rows.lanes >= COOPERATE:
        return _shared_rows(rows)
    single = Scope()
    group = min(64, rows.traits.group)
    lines = ["long item = get_global_id(0);"]
    count = _rows(rows) * max(1, rows.parts)
    if rows.mode != "row":
        count *= rows.lanes
    total = rows.long("items", count)
    lines += [f"if (item >= {total})", "    return;"]
    if rows.parts:
        lines += _part(rows)
    if rows.mode != "row":
        size = rows.long("columns", rows.lanes)
        lines += [f"const long column = item % {size};", f"const long row = item / {size};"]
        inside = [*_coordinates(rows), *_column(rows, single, False)]
    else:
        lines.append("const long row = item;")
        inside = [*_coordinates(rows), *_row(rows, single)]
    return [*lines, *single.lines, *inside], -(-count // group) * group, group


def _shared_rows(rows: Rows) -> tuple[list[str], int, int]:
    """A work-group shares a row: each item folds some of it, and then they fold what they have."""
    single, outer = Scope(), Scope()
    group = 1  # a power of two: halves of it are folded onto each other
    while group * 2 <= min(256, rows.traits.group, rows.lanes):
        group *= 2
    lines = ["long item = get_group_id(0);", "const int own = get_local_id(0);"]
    if rows.parts:
        lines += _part(rows)
    lines.append("const long row = item;")
    lines += _coordinates(rows)
    axis = len(rows.axes) - 1
    first, last = inner_range(rows, axis)
    scratch: dict[str, str] = {}
    for number in range(rows.passes):
        body, folds = rows.full_body(number, outer, single, False)
        sums = Sums(rows, folds, group)
        outer.lines += sums.begin()
        for node in folds:
            outer.lines.append(_begin(rows, node))
            scratch.setdefault(kind(node.dtype), f"shared_{kind(node.dtype)}")
        if not body:
            continue
        start = f"long column = {plus(first, 'own')}"
        block = sums.loop(axis, start, ("column", 0, last), f"column += {group}", body)
        outer.lines += [*loops(rows, block, sums), *sums.end()]
        for node in folds:
            name, shared = f"{rows.names[node]}_so_far", scratch[kind(node.dtype)]
            text = combine(node, 1, f"{shared}[own]", f"{shared}[own + step]")
            outer.lines += [
                f"{shared}[own] = {name};",
                "barrier(CLK_LOCAL_MEM_FENCE);",
                f"for (int step = {group // 2}; step > 0; step /= 2) {{",
                "    if (own < step)",
                f"        {shared}[own] = {text};",
                "    barrier(CLK_LOCAL_MEM_FENCE);",
                "}",
                f"{name} = {shared}[0];",
                "barrier(CLK_LOCAL_MEM_FENCE);",
            ]
            _finish(rows, node, name, outer)
    stores = Scope(known=outer.known)
    for node in rows.stored:
        if rows.level[node] == "outer":
            variable = rows.computed(node, "outer", {"outer": outer, "single": single}, False)
            stores.lines.append(rows.store(node, variable, "outer", False))
    if stores.lines:
        outer.lines += ["if (own == 0) {", *indent(stores.lines), "}"]
    local = [f"local {own} {name}[{group}];" for own, name in scratch.items()]
    count = _rows(rows) * max(1, rows.parts)
    return [*local, *lines, *single.lines, *outer.lines], count * group, group
