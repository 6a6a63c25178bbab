"""How fused nodes come by what lies in memory: buffers, and results that are loaded again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugtorch_opencl.nodes import Leaf, Node, Read
from plugtorch_opencl.render import types
from plugtorch_opencl.render.statements import Bound, Scope, at, lane_numbers, level_word, negated
from plugtorch_opencl.render.types import SMALL, VARIABLE, kind, splat
from plugtorch_opencl.views import Shape, contiguous

if TYPE_CHECKING:
    from plugtorch_opencl.render.rows import Rows


def loaded(rows: Rows, read: Read, level: str, scopes: dict[str, Scope], some: bool) -> str:
    """What is in memory, as a variable of the level's width."""
    source = read.stored
    strides = rows.strides_of(level, read)
    scope = scopes[level]
    key = ("load", id(source), strides, read.offset)
    if key not in scope.known:
        pointer = rows.buffer(source)
        name = load_name(rows, source, (strides, read.offset, level))
        start = offset(rows, source, read.offset, pointer)
        place = at(pointer, start, rows.place(strides, level))
        text = load(rows, source.dtype, level, strides[-1], place, some, strides)
        scope.lines.append(f"const {kind(source.dtype, rows.wide(level))} {name} = {text};")
        scope.known[key] = name
    return scope.known[key]


def load_name(rows: Rows, source: Node | Leaf, how: Any) -> str:
    """The variable for what is loaded: x0, x0_1 ... from the first buffer, x1 ..."""
    known = [k for k in rows.loads if k[0] == id(source)]
    key = (id(source), *how)
    if key not in rows.loads:
        number = len({k[0] for k in rows.loads} - {id(source)})
        first = rows.loads[known[0]] if known else f"x{number}"
        rows.loads[key] = f"{first}_{len(known)}" if known else first
    return rows.loads[key]


def load(
    rows: Rows, dtype: str, level: str, step: int, place: str, some: bool, strides: Shape
) -> str:
    """An expression that loads the lanes of a level."""
    width = rows.wide(level)
    if width == 1:
        return types.load(dtype, 1, place)
    if step == 0:
        return splat(dtype, width, negated(dtype, types.load(dtype, 1, place)))
    if step == 1:
        if not some:
            return types.load(dtype, width, place)
        rows.helpers.setdefault(("some", dtype, width), types.some_loads(dtype, width))
        return f"load_some_{dtype}_{width}({place}, left)"
    rows.helpers.setdefault(("strided", dtype, width), types.strided_loads(dtype, width))
    stride = rows.stride(strides, len(rows.axes) - 1)
    return f"load_strided_{dtype}_{width}({place}, {stride}, {'left' if some else width})"


def offset(rows: Rows, source: Node | Leaf, offset: int, pointer: str) -> str:
    """The argument with where a read begins."""
    for node, leaf in rows.inplace.items():
        if leaf is source:
            return rows.result_offset(node)
    count = sum(1 for k in rows.arguments if k[:2] == ("offset", id(source)))
    name = f"{pointer}_offset" + (f"_{count}" if count else "")
    bound = Bound("source_offset", source, offset)
    return rows.argument(("offset", id(source), offset), name, "const long", bound)


def index_scalar(rows: Rows, index: Read, level: str, scopes: dict[str, Scope]) -> str:
    """An index that is the same in all lanes, as one number."""
    source = index.stored
    strides = rows.strides_of(level, index)
    scope = scopes[level]
    key = ("index", id(source), strides, index.offset)
    if key not in scope.known:
        pointer = rows.buffer(source)
        name = load_name(rows, source, ("index", strides, index.offset, level))
        start = offset(rows, source, index.offset, pointer)
        place = at(pointer, start, rows.place(strides, level))
        scope.lines.append(
            f"const {kind(source.dtype)} {name} = {types.load(source.dtype, 1, place)};"
        )
        scope.known[key] = name
    return scope.known[key]


def ramp(rows: Rows, read: Read, level: str, scopes: dict[str, Scope]) -> str:
    """The number of an element along an axis."""
    strides = rows.strides_of(level, read)
    key = ("ramp", strides)
    scope = scopes[level]
    if key not in scope.known:
        name = f"place_{level_word(level)}{scope.count('ramp')}"
        width = rows.wide(level)
        text = f"(int)({rows.place(strides, level)})"
        if width > 1:
            step = "" if strides[-1] == 1 else f" * (int)({strides[-1]})"
            text = f"(int{width})({text})"
            if strides[-1]:
                text += f" + {lane_numbers('int', width)}{step}"
        scope.lines.append(f"const {types.vector('int', width)} {name} = {text};")
        scope.known[key] = name
    return scope.known[key]


def memory_of(rows: Rows, node: Node) -> tuple[str, Shape]:
    """Where a node is remembered: a pointer with its offset, and strides along the axes."""
    if node in rows.stored:
        return f"{rows.result(node)} + ({rows.result_offset(node)} + ", rows.own_strides("full")
    folded = [n if f else 1 for n, f in zip(rows.axes, rows.folded)]
    steps = tuple([s if f else 0 for s, f in zip(contiguous(tuple(folded)), rows.folded)])
    row = rows.lanes
    for axis in rows.inner:
        row *= rows.axes[axis]
    name = f"{rows.names[node]}_row"
    pointer = f"global {VARIABLE[node.dtype]} *restrict"
    bound = Bound("scratch", (id(node), VARIABLE[node.dtype]), row)
    rows.argument(("scratch", id(node)), name, pointer, bound)
    offset = Bound("scratch_offset", (id(node), VARIABLE[node.dtype]))
    start = rows.argument(("scratch_offset", id(node)), name + "_offset", "const long", offset)
    length = rows.long("row_length", row)
    return f"{name} + ({start} + get_global_id(0) * {length} + ", steps


def memory_load(rows: Rows, dtype: str, place: str, some: bool) -> str:
    """An expression that loads neighbours."""
    if some and rows.width > 1:
        rows.helpers.setdefault(("some", dtype, rows.width), types.some_loads(dtype, rows.width))
        return f"load_some_{dtype}_{rows.width}({place}, left)"
    return types.load(dtype, rows.width, place)


def memory_store(rows: Rows, dtype: str, variable: str, place: str, some: bool) -> str:
    """A statement that stores neighbours."""
    if some and rows.width > 1:
        rows.helpers.setdefault(
            ("some_store", dtype, rows.width), types.some_stores(dtype, rows.width)
        )
        return f"store_some_{dtype}_{rows.width}({variable}, {place}, left);"
    return types.store(dtype, rows.width, variable, place)


def plain(dtype: str) -> str:
    """The dtype that a variable is stored as when nobody else sees it: what it is computed in."""
    return "float32" if dtype in SMALL else "int8" if dtype == "bool" else dtype
