"""The functions of recurrence's kernels that know what a cell is: its step, and the slope of that.

They have one row and some neighbouring units: ``count`` of them, in a vector where the device wants
those. What they are given are places in memory, where the first of these units is.
"""

from __future__ import annotations

from dataclasses import dataclass

from plugtorch_opencl.render.matmul_text import indent, vector


@dataclass(frozen=True)
class Form:
    """What the text of one kernel depends on.

    kind: "tanh", "relu", "gru" or "lstm". slope: whether it goes back. seen: whether a step keeps
    what its slope wants to see. width: units of a vector, 1 for a scalar. rows, vectors: a tile's,
    whose sums stay in registers; vectors of each gate. group: work-items of a work-group.
    """

    kind: str
    dtype: str
    slope: bool
    width: int
    rows: int
    vectors: int
    group: int
    seen: bool = True

    @property
    def name(self) -> str:
        words = ["recurrence_slope" if self.slope else "recurrence", self.kind, self.dtype]
        words.append(f"{self.rows}x{self.vectors * self.width}")
        return "_".join(words if self.seen else [*words, "unseen"])

    @property
    def scalar(self) -> str:
        return "double" if self.dtype == "float64" else "float"

    @property
    def units(self) -> str:
        """The C type of some units."""
        return vector(self.scalar, self.width)

    @property
    def gates(self) -> str:
        """A letter for each."""
        return GATES[self.kind]

    @property
    def state(self) -> str:
        """A letter for each tensor of a state."""
        return "hc" if self.kind == "lstm" else "h"

    @property
    def carried(self) -> str:
        """The letter of the tensor of a state that a cell reads itself, if any."""
        return {"lstm": "c", "gru": "h"}.get(self.kind, "")

    @property
    def apart(self) -> bool:
        """Whether what comes from the input and from the state have gradients of their own."""
        return self.kind == "gru"

    def load(self, place: str, count: str = "count") -> str:
        """An expression: some units."""
        return f"*({place})" if self.width == 1 else f"units_at({place}, {count})"

    def store(self, value: str, place: str, count: str = "count") -> str:
        """A statement."""
        if self.width == 1:
            return f"*({place}) = {value};"
        return f"store_units({value}, {place}, {count});"

    def zero(self) -> str:
        """An expression."""
        return f"({self.units})(0)"


GATES = {"tanh": "n", "relu": "n", "gru": "rzn", "lstm": "ifgo"}


def helpers(form: Form) -> list[str]:
    """Functions: some units from memory and back, where the last may be missing; and a sigmoid."""
    kind, width, text = form.units, form.width, []
    if width > 1:
        text += [
            f"{kind} units_at(global const {form.scalar} *place, const int count)",
            "{",
            f"    if (count >= {width})",
            f"        return vload{width}(0, place);",
            f"    {form.scalar} units[{width}];",
            f"    for (int unit = 0; unit < {width}; ++unit)",
            "        units[unit] = unit < count ? place[unit] : 0;",
            f"    return vload{width}(0, units);",
            "}",
            "",
            f"void store_units(const {kind} value, global {form.scalar} *place, const int count)",
            "{",
            f"    if (count >= {width}) {{",
            f"        vstore{width}(value, 0, place);",
            "        return;",
            "    }",
            f"    {form.scalar} units[{width}];",
            f"    vstore{width}(value, 0, units);",
            "    for (int unit = 0; unit < count; ++unit)",
            "        place[unit] = units[unit];",
            "}",
            "",
        ]
    if not form.slope and form.kind in ("gru", "lstm"):
        text += [f"{kind} sigmoid(const {kind} x)", "{", "    return 1 / (1 + exp(-x));", "}", ""]
    return text


def cell(form: Form) -> list[str]:
    """A function: a step of one row."""
    kind, place = form.units, f"global const {form.scalar} *"
    parameters = [f"const {kind} s_{gate}" for gate in form.gates]
    parameters.append(f"{place}x")
    if form.carried:
        parameters.append(f"{place}{form.carried}_before")
    parameters += [f"global {form.scalar} *out", "const ulong plane", "const uint size"]
    body, results = {"lstm": _lstm, "gru": _gru, "tanh": _plain, "relu": _plain}[form.kind](form)
    for number, name in enumerate(results if form.seen else results[: len(form.state)]):
        body.append(form.store(name, nth("out", number, "plane")))
    return _function(form, "step", parameters, body)


def _gate(form: Form, gate: str) -> str:
    """An expression: what comes from the input for a gate."""
    return form.load(nth("x", form.gates.index(gate), "size"))


def nth(start: str, number: int, step: str) -> str:
    """An expression: a place some steps behind another."""
    return (
        f"{start} + {number} * {step}" if number > 1 else f"{start} + {step}" if number else start
    )


def _plain(form: Form) -> tuple[list[str], str]:
    total = f"const {form.units} total = {_gate(form, 'n')} + s_n;"
    zero = form.zero()
    value = "tanh(total)" if form.kind == "tanh" else f"total < {zero} ? {zero} : total"
    return [total, f"const {form.units} h = {value};"], "h"


def _gru(form: Form) -> tuple[list[str], list[str]]:
    kind = form.units
    return [
        f"const {kind} r = sigmoid({_gate(form, 'r')} + s_r);",
        f"const {kind} z = sigmoid({_gate(form, 'z')} + s_z);",
        f"const {kind} n = tanh({_gate(form, 'n')} + r * s_n);",
        f"const {kind} h = n + z * ({form.load('h_before')} - n);",
    ], ["h", "r", "z", "n", "s_n"]


def _lstm(form: Form) -> tuple[list[str], str]:
    kind = form.units
    return [
        f"const {kind} i = sigmoid({_gate(form, 'i')} + s_i);",
        f"const {kind} f = sigmoid({_gate(form, 'f')} + s_f);",
        f"const {kind} g = tanh({_gate(form, 'g')} + s_g);",
        f"const {kind} o = sigmoid({_gate(form, 'o')} + s_o);",
        f"const {kind} c = f * {form.load('c_before')} + i * g;",
        f"const {kind} h = o * tanh(c);",
    ], "hcifgo"


def slope(form: Form) -> list[str]:
    """A function: the slope of a step of one row. dh and dc are those of the state behind it, and
    become those of the state before it, save for what goes through the product.
    """
    scalar = form.scalar
    parameters = [f"global const {scalar} *{name}" for name in ("gradient", "found")]
    if form.carried:
        parameters.append(f"global const {scalar} *{form.carried}_before")
    written = [f"d{letter}_place" for letter in form.state] + ["dx"] + ["ds"] * form.apart
    parameters += [f"global {scalar} *{name}" for name in written]
    parameters += ["const ulong plane", "const uint size"]
    planes = {"lstm": "-cifgo", "gru": "-rzns"}.get(form.kind, "h")
    body = [
        f"const {form.units} {name} = {form.load(nth('found', number, 'plane'))};"
        for number, name in enumerate(planes)
        if name != "-"
    ]
    body.append(
        f"const {form.units} dh = {form.load('dh_place')} + {form.load('gradient')};",
    )
    body += {"lstm": _lstm_slope, "gru": _gru_slope, "tanh": _plain_slope, "relu": _plain_slope}[
        form.kind
    ](form)
    return _function(form, "slope", parameters, body)


def _gate_gradients(form: Form, target: str, names: tuple[str, ...]) -> list[str]:
    return [form.store(name, nth(target, number, "size")) for number, name in enumerate(names)]


def _plain_slope(form: Form) -> list[str]:
    zero = form.zero()
    value = "dh - dh * h * h" if form.kind == "tanh" else f"h > {zero} ? dh : {zero}"
    return [f"const {form.units} dn = {value};", form.store("dn", "dx")]


def _gru_slope(form: Form) -> list[str]:
    kind = form.units
    return [
        f"const {kind} past = dh * z;",
        f"const {kind} dn = (dh - past) * (1 - n * n);",
        f"const {kind} dz = past * ({form.load('h_before')} - n) * (1 - z);",
        f"const {kind} along = dn * r;",
        f"const {kind} dr = along * s * (1 - r);",
        *_gate_gradients(form, "dx", ("dr", "dz", "dn")),
        *_gate_gradients(form, "ds", ("dr", "dz", "along")),
        form.store("past", "dh_place"),
    ]


def _lstm_slope(form: Form) -> list[str]:
    kind = form.units
    return [
        f"const {kind} squashed = tanh(c);",
        f"const {kind} along = dh * o;",
        f"const {kind} dc = {form.load('dc_place')} + along * (1 - squashed * squashed);",
        f"const {kind} before = dc * f;",
        f"const {kind} di = dc * g * i * (1 - i);",
        f"const {kind} df = before * {form.load('c_before')} * (1 - f);",
        f"const {kind} dg = dc * i * (1 - g * g);",
        f"const {kind} d_o = dh * squashed * o * (1 - o);",
        *_gate_gradients(form, "dx", ("di", "df", "dg", "d_o")),
        form.store("before", "dc_place"),
    ]


def _function(form: Form, name: str, parameters: list[str], body: list[str]) -> list[str]:
    if form.width > 1:
        parameters = [*parameters, "const int count"]
    lines = [f"{text}," for text in parameters[:-1]] + [f"{parameters[-1]})"]
    return [f"void {name}(", *indent(lines), "{", *indent(body), "}", ""]
