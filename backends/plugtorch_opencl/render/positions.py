"""Fused nodes that depend on where an element is: arange, random numbers, what an index picks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugtorch_opencl.nodes import Node, Number, Read
from plugtorch_opencl.render import random, types
from plugtorch_opencl.render.expressions import Context, expression, rounded
from plugtorch_opencl.render.loading import index_scalar, load, offset
from plugtorch_opencl.render.statements import Bound, Scope, lane_numbers, plus
from plugtorch_opencl.render.types import STORED, VARIABLE, kind

if TYPE_CHECKING:
    from plugtorch_opencl.render.rows import Rows


def positioned(rows: Rows, node: Node, level: str, scopes: dict[str, Scope]) -> str:
    """An element that depends on where it is."""
    place = f"({rows.place(rows.own_strides(level), level)})"
    return (_arange if node.name == "arange" else _random)(rows, node, rows.wide(level), place)


def _arange(rows: Rows, node: Node, width: int, place: str) -> str:
    own = "double" if rows.traits.float64 else "float"
    own = own if node.parameters[0] == "real" else "long"
    source = {"double": "float64", "float": "float32", "long": "int64"}[own]
    first, step = (
        rows.argument(
            ("number", o.index, own, node),
            f"number_{rows.names[node]}_{k}",
            f"const {own}",
            Bound("number", (o, source), ctype=own),
        )
        for k, o in enumerate(node.operands)
        if isinstance(o, Number)
    )
    texts = []
    for lane in range(width):
        context = Context(node.dtype, (source,), 1)
        number = f"({first} + {step} * ({own})({place} + {lane}))"
        texts.append(expression(context, "cast", [number]))
        rows.needs += [n for n in context.needs if n not in rows.needs]
    if width == 1:
        return texts[0]
    if node.dtype == "bool":
        texts = [f"(char)(-({text}))" for text in texts]
    return f"({kind(node.dtype, width)})({', '.join(texts)})"


def _random(rows: Rows, node: Node, width: int, place: str) -> str:
    for function, lines in random.functions(node.name, node.dtype, width).items():
        rows.helpers.setdefault(function, lines)
    seed, draws = (
        rows.argument(
            ("number", o.index, "ulong", node),
            f"{what}_{rows.names[node]}",
            "const ulong",
            Bound("number", (o, "ulong"), ctype="ulong"),
        )
        for what, o in zip(("seed", "draws"), node.operands, strict=True)
        if isinstance(o, Number)
    )
    text = random.call(node.name, node.dtype, width, seed, draws, place)
    if node.name == "random_normal":
        context = Context(node.dtype, (node.dtype,), width)
        text = rounded(context, text)
        rows.needs += [n for n in context.needs if n not in rows.needs]
    return text


def picked(rows: Rows, node: Node, level: str, scopes: dict[str, Scope], some: bool) -> str:
    """What lies at a place that other operands say."""
    view, indices = node.read(0), node.operands[1:]
    source = view.stored
    width = rows.wide(level)
    strides = rows.strides_of(level, view)
    pointer = rows.buffer(source)
    start = plus(offset(rows, source, view.offset, pointer), rows.place(strides, level))
    alone = all(
        isinstance(i, Number) or (i.source not in rows.level and rows.strides_of(level, i)[-1] == 0)
        for i in indices
    )
    places = []
    for number, (index, (step, extent, negative)) in enumerate(zip(indices, node.parameters)):
        wide = 1 if alone else width
        if alone and width > 1 and isinstance(index, Read):
            variable = index_scalar(rows, index, level, scopes)
        else:
            variable = rows.value(index, node, level, scopes, some)
            if isinstance(index, Number):
                variable = rows.number(index, "int64")
        text = (
            f"convert_{types.vector('long', wide)}({variable})"
            if not isinstance(index, Number)
            else variable
        )
        if negative:
            size = rows.long(f"{rows.names[node]}_size_{number}", extent)
            one = f"index_{rows.names[node]}_{number}"
            scopes[level].lines.append(f"const {types.vector('long', wide)} {one} = {text};")
            text = (
                f"({one} < 0 ? {one} + {size} : {one})"
                if wide == 1
                else f"select({one}, {one} + {size}, {one} < 0)"
            )
        stride = rows.long(f"{rows.names[node]}_step_{number}", step)
        places.append(f"{text} * {stride}")
    where = " + ".join(places)
    if width == 1 or alone:
        place = f"{pointer} + ({start} + {where})"
        return load(rows, source.dtype, level, strides[-1], place, some, strides)
    along = ""
    if strides[-1]:
        stride = rows.stride(strides, len(rows.axes) - 1)
        along = f" + {lane_numbers('long', width)} * {stride}"
    rows.helpers.setdefault(("places", source.dtype, width), _places(source.dtype, width))
    lanes = f"(long{width})({start}){along} + {where}"
    return f"load_places_{source.dtype}_{width}({pointer}, {lanes}, {'left' if some else width})"


def _places(dtype: str, width: int) -> list[str]:
    memory = STORED[dtype]
    one = types.load(dtype, 1, "pointer + lanes[lane]")
    one = f"(char)(-{one})" if dtype == "bool" else one
    return [
        f"{kind(dtype, width)} load_places_{dtype}_{width}(global const {memory} *pointer, "
        f"const long{width} places, const int count)",
        "{",
        f"    long lanes[{width}];",
        f"    {VARIABLE[dtype]} found[{width}];",
        f"    vstore{width}(places, 0, lanes);",
        f"    for (int lane = 0; lane < {width}; ++lane)",
        f"        found[lane] = lane < count ? {one} : 0;",
        f"    return vload{width}(0, found);",
        "}",
        "",
    ]
