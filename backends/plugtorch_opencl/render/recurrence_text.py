"""The text of recurrence's kernels: a work-group has some rows of the batch, and goes with them
through all times. Rows know nothing of one another, so no group waits for another.

For each time it multiplies tiles of the state before by the weight, and gives a tile's sums to the
cell while they are in registers. The state is read where the step before has stored it: it is still
in the cache. On a processor a work-group is one work-item; on a graphics card items share the units
and wait for one another between what one wrote and all read.
"""

from __future__ import annotations

from collections.abc import Callable

from plugtorch_opencl.render.matmul_text import indent, preamble
from plugtorch_opencl.render.recurrence_cells import Form, cell, helpers, nth, slope

NUMBERS = ("times", "rows", "size", "share", "panel")
"""share: rows of a group. panel: neighbours in the weight as it is laid out."""


def operands(form: Form) -> list[str]:
    """Buffers that are read, each followed by its offset."""
    if form.slope:
        first = [f"{form.carried}_first"] if form.carried else []
        return ["gradient", "found", "weight", *first, *[f"d{s}_last" for s in form.state]]
    return ["from_input", "weight", "bias", *[f"{s}_first" for s in form.state]]


def results(form: Form) -> list[str]:
    """Buffers that are written, each followed by its offset."""
    if not form.slope:
        return ["out"]
    return ["dx", *["ds"] * form.apart, *[f"d{s}" for s in form.state]]


def render(form: Form) -> str:
    """The program."""
    text = [*preamble([form.dtype], []), *helpers(form), *(slope if form.slope else cell)(form)]
    parameters = []
    for name in operands(form):
        parameters += [f"global const {form.scalar} *{name}", f"const ulong {name}_offset"]
    for name in results(form):
        parameters += [f"global {form.scalar} *{name}", f"const ulong {name}_offset"]
    parameters += [f"const uint {name}" for name in NUMBERS]
    parameters += ["const uint reverse"] + ["const ulong gate_step"] * (not form.slope)
    lines = [f"{line}," for line in parameters[:-1]] + [f"{parameters[-1]})"]
    attributes = f"__attribute__((reqd_work_group_size({form.group}, 1, 1)))"
    if form.width > 1:
        attributes += f" __attribute__((vec_type_hint({form.units})))"
    body = [
        "const uint first = get_group_id(0) * share;",
        "const uint last = min(first + share, rows) - 1;",
        "const ulong all = (ulong)rows * size;",
        "const ulong plane = times * all;",
        *[f"{name} += {name}_offset;" for name in (*operands(form), *results(form))],
        *(_back if form.slope else _forth)(form),
    ]
    return "\n".join(
        [*text, f"kernel {attributes}", f"void {form.name}(", *indent(lines), "{"]
        + [*indent(body), "}", ""]
    )


def _each_unit(form: Form, step: int, body: list[str]) -> list[str]:
    """A loop over the units, which the items of a group share."""
    start, ahead = "0", str(step)
    if form.group > 1:
        start, ahead = "get_local_id(0)", str(form.group)
    loop = f"for (uint unit = {start}; unit < size; unit += {ahead}) {{"
    return [loop, *indent(body), "}"]


def _wait(form: Form) -> list[str]:
    return ["barrier(CLK_GLOBAL_MEM_FENCE);"] if form.group > 1 else []


def _tile(
    form: Form,
    x: str,
    inner: str,
    gates: str,
    start: Callable[[int, str, int], str],
    stored: Callable[[int, int], list[str]],
) -> list[str]:
    """A loop over tiles of rows from ``first`` to ``last``: sums of products of rows of x, so long
    as ``inner``, with the weight's panel. Rows that the last tile lacks are the last one again.

    start: the expression that a sum begins with, by row, gate and vector. stored: statements behind
    the products, by row and vector.
    """
    rows, vectors = range(form.rows), range(form.vectors)
    kinds = [(gate, v) for gate in gates for v in vectors]
    body = ["const ulong row_0 = row;"]
    body += [f"const ulong row_{row} = min(row + {row}, last);" for row in rows[1:]]
    body += [f"global const {form.scalar} *x_{row} = {x} + row_{row} * {inner};" for row in rows]
    for row in rows:
        body += [f"{form.units} {_sum(row, g, v)} = {start(row, g, v)};" for g, v in kinds]
    step = []
    for gate, v in kinds:
        place = _plus(nth("y", gates.index(gate), "gate_step"), v * form.width)
        value = f"*({place})" if form.width == 1 else f"vload{form.width}(0, {place})"
        step.append(f"const {form.units} y_{gate}{v} = {value};")
    for row in rows:
        step.append(f"const {form.scalar} value_{row} = x_{row}[k];")
        step += [f"{_sum(row, g, v)} += value_{row} * y_{g}{v};" for g, v in kinds]
    step.append("y += panel;")
    body += [
        f"global const {form.scalar} *y = line;",
        f"for (uint k = 0; k < {inner}; ++k) {{",
        *indent(step),
        "}",
        *[line for row in rows for v in vectors for line in stored(row, v)],
    ]
    return [f"for (uint row = first; row <= last; row += {form.rows}) {{", *indent(body), "}"]


def _sum(row: int, gate: str, vector: int) -> str:
    return f"sum_{row}_{gate}{vector}"


def _plus(*terms: str | int) -> str:
    return " + ".join([str(term) for term in terms if term])


def _call(name: str, arguments: list[str]) -> list[str]:
    lines = [f"{argument}," for argument in arguments[:-1]] + [f"{arguments[-1]});"]
    return [f"{name}(", *indent(lines)]


def _wide(form: Form) -> str:
    return f"{len(form.gates)} * size" if len(form.gates) > 1 else "size"


def _line(inner: str) -> str:
    return f"line = weight + (ulong)(unit / panel) * panel * {inner} + unit % panel;"


def _before(form: Form, letter: str, states: str) -> str:
    """A statement: where the state before begins; states: where those of all times do."""
    plane = nth(states, form.state.index(letter), "plane")
    return (
        f"global const {form.scalar} *{letter}_before = "
        f"done ? {plane} + previous * all : {letter}_first;"
    )


# -- forward ---------------------------------------------------------------------------------------


def _forth(form: Form) -> list[str]:
    wide = _wide(form)

    def stored(row: int, v: int) -> list[str]:
        place = _plus(f"row_{row} * size + unit", v * form.width)
        given = [_sum(row, gate, v) for gate in form.gates]
        given.append(_plus("x", f"row_{row} * {wide} + unit", v * form.width))
        given += [f"{letter}_before + {place}" for letter in form.carried]
        given += [f"now + {place}", "plane", "size", *_count(form, v)]
        return _call("step", given)

    begun = [
        f"const {form.units} bias_{gate}{v} = {form.load(place, *_count(form, v))};"
        for number, gate in enumerate(form.gates)
        for v in range(form.vectors)
        for place in [_plus(nth("bias", number, "size"), "unit", v * form.width)]
    ]
    units = [
        f"global const {form.scalar} *{_line('size')}",
        *begun,
        *_tile(form, "h_before", "size", form.gates, lambda _, g, v: f"bias_{g}{v}", stored),
    ]
    step = [
        "const ulong time = reverse ? times - 1 - done : done;",
        "const ulong previous = reverse ? time + 1 : time - 1;",
        f"global const {form.scalar} *x = from_input + time * rows * {wide};",
        f"global {form.scalar} *now = out + time * all;",
        *[_before(form, letter, "out") for letter in dict.fromkeys("h" + form.carried)],
        *_each_unit(form, form.vectors * form.width, units),
        *_wait(form),
    ]
    return ["for (uint done = 0; done < times; ++done) {", *indent(step), "}"]


# -- back ------------------------------------------------------------------------------------------


def _back(form: Form) -> list[str]:
    place, wide = "row * size + unit", _wide(form)
    given = [f"{name} + time * all + {place}" for name in ("gradient", "found")]
    given += [f"{letter}_before + {place}" for letter in form.carried]
    given += [f"d{letter} + {place}" for letter in form.state]
    given += [f"{name}_now + row * wide + unit" for name in ("dx", "ds")[: 1 + form.apart]]
    given += ["plane", "size", *_count(form, 0)]
    copied = [f"d{letter}[{place}] = d{letter}_last[{place}];" for letter in form.state]

    def at(row: int, v: int) -> str:
        return _plus(f"dh + row_{row} * size + unit", v * form.width)

    def start(row: int, gate: str, v: int) -> str:  # what goes past the product, if there is such
        return form.load(at(row, v), *_count(form, v)) if form.apart else form.zero()

    def stored(row: int, v: int) -> list[str]:
        return [form.store(_sum(row, "h", v), at(row, v), *_count(form, v))]

    product = [
        f"global const {form.scalar} *{_line('wide')}",
        *_tile(form, "ds_now" if form.apart else "dx_now", "wide", "h", start, stored),
    ]
    rows = "for (ulong row = first; row <= last; ++row) {"
    step = [
        "const ulong time = reverse ? times - 1 - done : done;",
        *["const ulong previous = reverse ? time + 1 : time - 1;"] * bool(form.carried),
        *[
            f"global {form.scalar} *{name}_now = {name} + time * rows * wide;"
            for name in ("dx", "ds")[: 1 + form.apart]
        ],
        *[_before(form, letter, "found") for letter in form.carried],
        "// through the cell, to its gates",
        rows,
        *indent(_each_unit(form, form.width, _call("slope", given))),
        "}",
        *_wait(form),
        "// through the product, to the state before",
        *_each_unit(form, form.vectors * form.width, product),
        *_wait(form),
    ]
    return [
        f"const uint wide = {wide};",
        "// the gradients of the last state, which become those of the first",
        rows,
        *indent(_each_unit(form, 1, copied)),
        "}",
        "for (uint done = times; done-- > 0;) {",
        *indent(step),
        "}",
    ]


def _count(form: Form, vector: int) -> list[str]:
    """The last argument of functions on vectors: how many units there are."""
    if form.width == 1:
        return []
    ahead = vector * form.width
    return [f"(int)size - (int)(unit + {ahead})" if ahead else "(int)size - (int)unit"]
