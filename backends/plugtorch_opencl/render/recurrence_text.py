"""The text of recurrence's kernels: a work-group has some rows of the batch, and goes with them
through all times. Rows know nothing of one another, so no group waits for another.

For each time it multiplies tiles of the state before by the weight, and gives a tile's sums to the
cell while they are in registers. The state is read where the step before has stored it: it is still
in the cache. On a processor a work-group is one work-item; on a graphics card items share the units
and wait for one another between what one wrote and all read.
"""

from __future__ import annotations

from plugtorch_opencl.render.matmul_text import indent, preamble
from plugtorch_opencl.render.recurrence_cells import Form, cell, helpers, slope

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


def _tile(form: Form, x: str, inner: str, gates: str, start: str, stored: list[str]) -> list[str]:
    """A loop over tiles of rows from ``first`` to ``last``: sums of products of rows of x, so long
    as ``inner``, with the weight's panel. Rows that the last tile lacks are the last one again.

    start: an expression for a sum to begin with; stored: statements for each row and vector. Both
    may name {row}, {gate} and {vector}.
    """
    rows, vectors, kind = range(form.rows), range(form.vectors), form.units
    sums = [(row, gate, v) for row in rows for gate in gates for v in vectors]
    body = ["const uint row_0 = row;"]
    body += [f"const uint row_{row} = min(row + {row}, last);" for row in rows[1:]]
    body += [f"global const {form.scalar} *x_{row} = {x} + row_{row} * {inner};" for row in rows]
    for row, gate, v in sums:
        begun = start.format(row=row, gate=gate, vector=v, ahead=v * form.width)
        body.append(f"{kind} sum_{gate}{v}_{row} = {begun};")
    body.append(f"global const {form.scalar} *y = line;")
    step = []
    for number, gate in enumerate(gates):
        for v in vectors:
            places = [
                "y",
                *[f"{number} * gate_step"] * (number > 0),
                *[f"{v * form.width}"] * (v > 0),
            ]
            place = " + ".join(places)
            value = f"*({place})" if form.width == 1 else f"vload{form.width}(0, {place})"
            step.append(f"const {kind} y_{gate}{v} = {value};")
    for row in rows:
        step.append(f"const {form.scalar} x{row} = x_{row}[k];")
        step += [f"sum_{g}{v}_{row} += x{row} * y_{g}{v};" for g in gates for v in vectors]
    step.append("y += panel;")
    body += [f"for (uint k = 0; k < {inner}; ++k) {{", *indent(step), "}"]
    for row in rows:
        for v in vectors:
            body += [line.format(row=row, vector=v, ahead=v * form.width) for line in stored]
    return [f"for (uint row = first; row <= last; row += {form.rows}) {{", *indent(body), "}"]


def _line(inner: str) -> str:
    return f"line = weight + (ulong)(unit / panel) * panel * {inner} + unit % panel;"


def _counted(form: Form, ahead: str = "{ahead}") -> list[str]:
    """The last argument of functions on vectors: how many units there are."""
    return [f"(int)size - (int)(unit + {ahead})"] if form.width > 1 else []


# -- forward ---------------------------------------------------------------------------------------


def _forth(form: Form) -> list[str]:
    given = [f"sum_{gate}{{vector}}_{{row}}" for gate in form.gates]
    place = "row_{row} * size + unit + {ahead}"
    given.append(f"x + row_{{row}} * {len(form.gates)} * size + unit + {{ahead}}")
    if form.carried:
        given.append(f"{form.carried}_before + {place}")
    given += [f"now + {place}", "plane", "size", *_counted(form)]
    begun = []
    for number, gate in enumerate(form.gates):
        for v in range(form.vectors):
            ahead = v * form.width
            at = f"bias + {number} * size + unit + {ahead}"
            value = f"*({at})"
            if form.width > 1:
                value = f"units_at({at}, {_counted(form, str(ahead))[0]})"
            begun.append(f"const {form.units} bias_{gate}{v} = {value};")
    tile = _tile(
        form, "h_before", "size", form.gates, "bias_{gate}{vector}", [f"step({', '.join(given)});"]
    )
    units = [f"global const {form.scalar} *{_line('size')}", *begun, *tile]
    states = {"h": "out", "c": "out + plane"}
    before = dict.fromkeys(["h", *form.carried])
    step = [
        "const ulong time = reverse ? times - 1 - done : done;",
        "const ulong previous = reverse ? time + 1 : time - 1;",
        f"global const {form.scalar} *x = from_input + time * all * {len(form.gates)};",
        f"global {form.scalar} *now = out + time * all;",
        *[
            f"global const {form.scalar} *{s}_before = done ? {states[s]} + previous * all : "
            f"{s}_first;"
            for s in before
        ],
        *_each_unit(form, form.vectors * form.width, units),
        *_wait(form),
    ]
    return ["for (uint done = 0; done < times; ++done) {", *indent(step), "}"]


# -- back ------------------------------------------------------------------------------------------


def _back(form: Form) -> list[str]:
    place = "row * size + unit"
    wide = f"row * {len(form.gates)} * size + unit"
    given = [f"gradient + time * all + {place}", f"found + time * all + {place}"]
    if form.carried:
        given.append(f"{form.carried}_before + {place}")
    given += [f"d{s} + {place}" for s in form.state]
    given += [f"dx_now + {wide}", *[f"ds_now + {wide}"] * form.apart, "plane", "size"]
    given += ["(int)size - (int)unit"] * (form.width > 1)
    copied = [f"d{s}[row * size + unit] = d{s}_last[row * size + unit];" for s in form.state]
    rows = "for (uint row = first; row <= last; ++row) {"
    whole = "(int)size - (int)(unit + {ahead})"
    start = form.zero()
    if form.apart:  # what goes past the product
        at = "dh + row_{row} * size + unit + {ahead}"
        start = f"*({at})" if form.width == 1 else f"units_at({at}, {whole})"
    stored = form.store("sum_h{vector}_{row}", "dh + row_{row} * size + unit + {ahead}", whole)
    product = [
        f"global const {form.scalar} *{_line('wide')}",
        *_tile(form, "ds_now" if form.apart else "dx_now", "wide", "h", start, [stored]),
    ]
    states = {"h": "found", "c": "found + plane"}
    step = [
        "const ulong time = reverse ? times - 1 - done : done;",
        *["const ulong previous = reverse ? time + 1 : time - 1;"] * bool(form.carried),
        f"global {form.scalar} *dx_now = dx + time * all * {len(form.gates)};",
        *[f"global {form.scalar} *ds_now = ds + time * all * {len(form.gates)};"] * form.apart,
        *[
            f"global const {form.scalar} *{s}_before = done ? {states[s]} + previous * all : "
            f"{s}_first;"
            for s in form.carried
        ],
        rows,
        *indent(_each_unit(form, form.width, [f"slope({', '.join(given)});"])),
        "}",
        *_wait(form),
        *_each_unit(form, form.vectors * form.width, product),
        *_wait(form),
    ]
    return [
        f"const uint wide = {len(form.gates)} * size;",
        rows,
        *indent(_each_unit(form, 1, copied)),
        "}",
        "for (uint done = times; done-- > 0;) {",
        *indent(step),
        "}",
    ]
