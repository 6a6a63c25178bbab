"""The text of attention's kernels for processors: one work-item is one work-group and has a block
of rows.

All operands are packed before (see ``matmul_records.Packing``): lines of ``columns`` rows side by
side. A block is one such panel; it meets ``span`` columns at a time, whose pairs with its rows lie
in local memory: far less than all pairs, and as much as stays near.
"""

from __future__ import annotations

from dataclasses import dataclass

from plugtorch_opencl.render.matmul_text import indent, vector
from plugtorch_opencl.render.matmul_tiles import registers
from plugtorch_opencl.traits import Traits

VECTORS = 2  # of a panel: 8 rows times 2 vectors are the sums that stay in registers
PANELS = 4  # of a span


@dataclass(frozen=True)
class Form:
    """What the text of one kernel depends on.

    kind: "means" (attention itself), "query" (the gradient of queries) or "key" (those of keys and
    values). size, wide: elements of a query and of a value. mask_axes: leading axes of the mask; -1
    without one.
    """

    kind: str
    dtype: str
    size: int
    wide: int
    causal: bool
    mask_axes: int = -1

    @property
    def name(self) -> str:
        words = ["attention", self.kind, self.dtype, f"{self.size}x{self.wide}"]
        if self.mask_axes >= 0:
            words.append(f"masked_{self.mask_axes}")
        return "_".join([*words, "causal"] if self.causal else words)

    @property
    def scalar(self) -> str:
        return "double" if self.dtype == "float64" else "float"

    @property
    def panels(self) -> tuple[str, ...]:
        """The packed operands: rows of so many side by side, and, turned, their elements."""
        return {
            "means": ("query", "key", "value_turned"),
            "query": ("query", "key", "value", "gradient", "key_turned"),
            "key": ("query", "key", "value", "gradient", "query_turned", "gradient_turned"),
        }[self.kind]


def width_of(traits: Traits, dtype: str) -> int:
    """The lanes of a vector."""
    return max(2, traits.vector // (2 if dtype == "float64" else 1))


def columns_of(traits: Traits, dtype: str) -> int:
    """The rows of a panel."""
    return VECTORS * width_of(traits, dtype)


def local_bytes(traits: Traits, form: Form) -> int:
    """The local memory that a kernel takes."""
    columns = columns_of(traits, form.dtype)
    pairs = PANELS * columns * (1 if form.kind == "means" else 2)
    sums = {"means": form.wide, "query": form.size, "key": form.size + form.wide}[form.kind]
    rows = columns * (pairs + sums + 2 * columns + 3) + 2 * PANELS * columns
    return rows * (8 if form.dtype == "float64" else 4)


def preamble(form: Form) -> list[str]:
    """Pragmas."""
    text = ["#pragma OPENCL FP_CONTRACT ON"]
    if form.dtype == "float64":
        text.append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable")
    return [*text, ""]


def mask_parameters(form: Form) -> list[str]:
    """The mask and how it lies."""
    if form.mask_axes < 0:
        return []
    text = [
        f"global const {form.scalar} *mask",
        "const ulong mask_offset",
        "const long mask_row",
        "const long mask_column",
    ]
    for axis in range(form.mask_axes):
        text += [f"const uint batch_size_{axis}", f"const long mask_batch_{axis}"]
    return text


def mask_place(form: Form) -> list[str]:
    """Statements: the mask moved to its matrix of number ``batch``."""
    if form.mask_axes < 0:
        return []
    text = ["mask += mask_offset;"]
    if form.mask_axes:
        text.append("ulong rest = batch;")
    for axis in range(form.mask_axes):
        text += [
            f"mask += (long)(rest % batch_size_{axis}) * mask_batch_{axis};",
            f"rest /= batch_size_{axis};",
        ]
    return text


def signature(form: Form, parameters: list[str], attributes: str) -> list[str]:
    """From the attributes to the opening brace."""
    lines = [f"{text}," for text in (*parameters, *mask_parameters(form))]
    numbers = ["const uint queries", "const uint keys", f"const {form.scalar} scale"]
    lines += [f"{text}," for text in numbers[:-1]] + [f"{numbers[-1]})"]
    return [f"kernel {attributes}", f"void {form.name}(", *indent(lines), "{"]


class Text:
    """One kernel on one device."""

    def __init__(self, form: Form, traits: Traits) -> None:
        self.form = form
        self.scalar = form.scalar
        self.width = width_of(traits, form.dtype)
        self.vector = vector(self.scalar, self.width)
        self.columns = VECTORS * self.width
        self.rows = min(8 if registers(traits) == 32 else 4, self.columns)
        self.span = PANELS * self.columns
        self.parts = PANELS * VECTORS  # vectors of a row of pairs
        self.lanes = vector("long" if self.scalar == "double" else "int", self.width)

    def render(self) -> str:
        """The program."""
        form = self.form
        text = [*preamble(form), *self._multiply(), *self._gather()]
        if form.kind == "means":
            text += self._folding("largest", "fmax({0}, {1})")
            text += self._folding("total", "{0} + {1}")
        if form.mask_axes >= 0:
            text += self._mask_lanes()
        body = {"means": self._means, "query": self._query, "key": self._key}[form.kind]()
        text += signature(form, self._parameters(), self._attributes())
        return "\n".join([*text, *indent(body), "}", ""])

    def _attributes(self) -> str:
        return (
            "__attribute__((reqd_work_group_size(1, 1, 1))) "
            f"__attribute__((vec_type_hint({self.vector})))"
        )

    def _parameters(self) -> list[str]:
        text = []
        for name in self.form.panels:
            text += [
                f"global const {self.scalar} *{name}",
                f"const ulong {name}_offset",
                f"const ulong {name}_batch",
            ]
        if self.form.kind != "means":
            for name in ("logarithms", "overlaps"):
                text += [f"global const {self.scalar} *{name}", f"const ulong {name}_offset"]
        outs = ("key_out", "value_out") if self.form.kind == "key" else ("out",)
        for name in outs:
            text += [f"global {self.scalar} *{name}", f"const ulong {name}_offset"]
        return text

    # -- functions ---------------------------------------------------------------------------------

    def _tile(self, x_step: int, x_place: str) -> list[str]:
        """Statements: one step of a tile's sums."""
        text = [f"const {self.vector} y_{v} = y_step[{v}];" for v in range(VECTORS)]
        for i in range(self.rows):
            text.append(f"const {self.scalar} x_{i} = {x_place.format(i)};")
            text += [f"sum_{i}_{v} += x_{i} * y_{v};" for v in range(VECTORS)]
        return [*text, f"x_step += {x_step};", f"y_step += {VECTORS};"]

    def _cells(self) -> list[tuple[int, int]]:
        return [(i, v) for i in range(self.rows) for v in range(VECTORS)]

    def _multiply(self) -> list[str]:
        kind, tiles = self.vector, self.columns // self.rows
        return [
            "// target[i][j] = sum over k of x[k][i] y[k][j], for some panels of y",
            f"void multiply(global const {self.scalar} *x, global const {kind} *y, "
            f"const uint inner, const uint panels, local {kind} *target)",
            "{",
            f"    for (uint number = 0; number < panels * {tiles}; ++number) {{",
            f"        const uint panel = number / {tiles}, row = number % {tiles} * {self.rows};",
            f"        global const {self.scalar} *x_step = x + row;",
            f"        global const {kind} *y_step = y + panel * inner * {VECTORS};",
            *[f"        {kind} sum_{i}_{v} = ({kind})(0);" for i, v in self._cells()],
            "        for (uint k = 0; k < inner; ++k) {",
            *indent(self._tile(self.columns, "x_step[{}]"), 3),
            "        }",
            f"        local {kind} *place = target + row * {self.parts} + panel * {VECTORS};",
            *[f"        place[{i * self.parts + v}] = sum_{i}_{v};" for i, v in self._cells()],
            "    }",
            "}",
            "",
        ]

    def _gather(self) -> list[str]:
        kind, tiles, panel = self.vector, self.columns // self.rows, self.columns * VECTORS
        factor = self.form.kind == "means"
        more = f", local const {self.scalar} *factors" if factor else ""
        start = "factors[row + {0}] * place[{1}]" if factor else "place[{1}]"
        return [
            "// sums[i][j] += sum over k of weights[i][k] y[k][j], for some panels of y"
            + (", after sums[i] *= factors[i]" if factor else ""),
            f"void gather(local const {kind} *weights, global const {kind} *y, const uint inner, "
            f"const uint step, const uint panels, local {kind} *sums{more})",
            "{",
            f"    for (uint number = 0; number < panels * {tiles}; ++number) {{",
            f"        const uint panel = number / {tiles}, row = number % {tiles} * {self.rows};",
            f"        local const {self.scalar} *x_step = "
            f"(local const {self.scalar} *)(weights + row * {self.parts});",
            f"        global const {kind} *y_step = y + (ulong)panel * step * {VECTORS};",
            f"        local {kind} *place = sums + panel * {panel} + row * {VECTORS};",
            *[
                f"        {kind} sum_{i}_{v} = {start.format(i, i * VECTORS + v)};"
                for i, v in self._cells()
            ],
            "        for (uint k = 0; k < inner; ++k) {",
            *indent(self._tile(1, f"x_step[{{}} * {self.span}]"), 3),
            "        }",
            *[f"        place[{i * VECTORS + v}] = sum_{i}_{v};" for i, v in self._cells()],
            "    }",
            "}",
            "",
        ]

    def _folding(self, name: str, pair: str) -> list[str]:
        text = [f"{self.scalar} {name}(const {self.vector} values)", "{"]
        lanes, last = self.width, "values"
        while lanes > 2:
            lanes //= 2
            half = pair.format(f"{last}.lo", f"{last}.hi")
            last = f"half_{lanes}"
            text.append(f"    const {vector(self.scalar, lanes)} {last} = {half};")
        return [*text, f"    return {pair.format(f'{last}.x', f'{last}.y')};", "}", ""]

    def _mask_lanes(self) -> list[str]:
        return [
            f"{self.vector} lanes_of(global const {self.scalar} *line, const long step, "
            "const uint count)",
            "{",
            f"    if (step == 1 && count >= {self.width})",
            f"        return vload{self.width}(0, line);",
            f"    {self.scalar} lanes[{self.width}];",
            f"    for (uint lane = 0; lane < {self.width}; ++lane)",
            "        lanes[lane] = lane < count ? line[lane * step] : 0;",
            f"    return vload{self.width}(0, lanes);",
            "}",
            "",
        ]

    # -- what they have in common ------------------------------------------------------------------

    def _panels(self, size: int) -> int:
        return -(-size // self.columns)

    def _begin(self, rows: str) -> list[str]:
        """Statements: which rows of which matrices, and where those are."""
        text = [
            f"const uint blocks = ({rows} + {self.columns - 1}) / {self.columns};",
            "const ulong batch = get_group_id(0) / blocks;",
            f"const uint first = (uint)(get_group_id(0) % blocks) * {self.columns};",
            f"const uint count = min({self.columns}u, {rows} - first);",
            f"const {self.lanes} lanes = ({self.lanes})({', '.join(map(str, range(self.width)))});",
        ]
        for name in self.form.panels:
            text += [f"{name} += {name}_offset + batch * {name}_batch;"]
        if self.form.kind != "means":
            text += [
                f"{name} += {name}_offset + batch * queries;" for name in ("logarithms", "overlaps")
            ]
        return text + mask_place(self.form)

    def _scaled(self) -> list[str]:
        """Statements: ``pair``, scaled and masked, for the lanes from ``lane`` on; of a span are
        ``seen``.
        """
        text = [
            f"const uint lane = part * {self.width};",
            f"{self.vector} pair = scale * line[part];",
        ]
        if self.form.mask_axes >= 0:
            row, column, step = "place", "start + lane", "mask_column"
            if self.form.kind == "key":
                row, column, step = column, row, "mask_row"
            text.append(
                f"pair += lanes_of(mask + (long)({row}) * mask_row + (long)({column}) * "
                f"mask_column, {step}, max(seen, lane) - lane);"
            )
        return text

    def _store(self, sums: str, out: str, size: int) -> list[str]:
        """Statements: sums as rows of the result."""
        panel = self.columns * self.columns
        return [
            "for (uint row = 0; row < count; ++row)",
            f"    for (uint j = 0; j < {size}; ++j)",
            f"        {out}[(ulong)row * {size} + j] = ((local const {self.scalar} *){sums})"
            f"[j / {self.columns} * {panel} + row * {self.columns} + j % {self.columns}];",
        ]

    def _zeros(self, name: str, size: int) -> list[str]:
        total = self._panels(size) * self.columns * VECTORS
        return [
            f"local {self.vector} {name}[{total}];",
            f"for (uint i = 0; i < {total}; ++i)",
            f"    {name}[i] = ({self.vector})(0);",
        ]

    def _global(self, name: str, place: str) -> str:
        return f"(global const {self.vector} *)({name} + {place})"

    # -- kernels -----------------------------------------------------------------------------------

    def _means(self) -> list[str]:
        form, columns = self.form, self.columns
        panels, below = self._panels(form.wide), f"({self.vector})(-INFINITY)"
        last = f"min(keys, first + {columns})" if form.causal else "keys"
        within = "min(seen, max(start, first + row + 1) - start)" if form.causal else "seen"
        folded = [
            *self._scaled(),
            f"pair = select({below}, pair, lanes + (int)lane < ({self.lanes})(within));",
            "line[part] = pair;",
            "high = fmax(high, pair);",
        ]
        return [
            *self._begin("queries"),
            f"query += (ulong)first * {form.size};",
            f"out += out_offset + (batch * queries + first) * {form.wide + 1};",
            f"local {self.vector} pairs[{columns * self.parts}];",
            *self._zeros("sums", form.wide),
            f"local {self.scalar} highest[{columns}], totals[{columns}], factors[{columns}];",
            f"for (uint row = 0; row < {columns}; ++row) {{",
            "    highest[row] = -INFINITY;",
            "    totals[row] = 0;",
            "}",
            f"const uint last = {last};",
            f"for (uint start = 0; start < last; start += {self.span}) {{",
            f"    const uint seen = min({self.span}u, keys - start);",
            f"    const uint panels = (seen + {columns - 1}) / {columns};",
            f"    multiply(query, {self._global('key', f'(ulong)start * {form.size}')}, "
            f"{form.size}, panels, pairs);",
            f"    for (uint row = 0; row < {columns}; ++row) {{",
            "        const uint place = min(first + row, queries - 1);",
            f"        const uint within = {within};",
            f"        local {self.vector} *line = pairs + row * {self.parts};",
            f"        {self.vector} high = {below};",
            f"        for (uint part = 0; part < panels * {VECTORS}; ++part) {{",
            *indent(folded, 3),
            "        }",
            f"        const {self.scalar} top = fmax(highest[row], largest(high));",
            f"        const {self.scalar} shift = top == -INFINITY ? 0 : top;",
            f"        {self.vector} sum = ({self.vector})(0);",
            f"        for (uint part = 0; part < panels * {VECTORS}; ++part) {{",
            f"            const {self.vector} weight = exp(line[part] - shift);",
            "            line[part] = weight;",
            "            sum += weight;",
            "        }",
            "        factors[row] = exp(highest[row] - shift);",
            "        totals[row] = totals[row] * factors[row] + total(sum);",
            "        highest[row] = top;",
            "    }",
            f"    gather(pairs, {self._global('value_turned', f'(ulong)start * {columns}')}, seen, "
            f"keys, {panels}, sums, factors);",
            "}",
            "for (uint row = 0; row < count; ++row) {",
            f"    const {self.scalar} all = totals[row] == 0 ? 1 : totals[row];",
            f"    for (uint j = 0; j < {form.wide}; ++j)",
            f"        out[j] = ((local const {self.scalar} *)sums)[j / {columns} * "
            f"{columns * columns} + row * {columns} + j % {columns}] / all;",
            f"    out[{form.wide}] = totals[row] == 0 ? -INFINITY : highest[row] + log(all);",
            f"    out += {form.wide + 1};",
            "}",
        ]

    def _query(self) -> list[str]:
        form, columns = self.form, self.columns
        last = f"min(keys, first + {columns})" if form.causal else "keys"
        within = "min(seen, max(start, first + row + 1) - start)" if form.causal else "seen"
        weighed = [
            *self._scaled(),
            f"const {self.vector} weight = select(({self.vector})(0), exp(pair - logarithm), "
            f"lanes + (int)lane < ({self.lanes})(within));",
            "line[part] = scale * weight * (product[part] - overlap);",
        ]
        return [
            *self._begin("queries"),
            f"query += (ulong)first * {form.size};",
            f"gradient += (ulong)first * {form.wide};",
            f"out += out_offset + (batch * queries + first) * {form.size};",
            f"local {self.vector} pairs[{columns * self.parts}];",
            f"local {self.vector} products[{columns * self.parts}];",
            *self._zeros("sums", form.size),
            f"const uint last = {last};",
            f"for (uint start = 0; start < last; start += {self.span}) {{",
            f"    const uint seen = min({self.span}u, keys - start);",
            f"    const uint panels = (seen + {columns - 1}) / {columns};",
            f"    multiply(query, {self._global('key', f'(ulong)start * {form.size}')}, "
            f"{form.size}, panels, pairs);",
            f"    multiply(gradient, {self._global('value', f'(ulong)start * {form.wide}')}, "
            f"{form.wide}, panels, products);",
            f"    for (uint row = 0; row < {columns}; ++row) {{",
            "        const uint place = min(first + row, queries - 1);",
            f"        const {self.scalar} logarithm = "
            "isinf(logarithms[place]) ? INFINITY : logarithms[place];",
            f"        const {self.scalar} overlap = overlaps[place];",
            f"        const uint within = {within};",
            f"        local {self.vector} *line = pairs + row * {self.parts};",
            f"        local const {self.vector} *product = products + row * {self.parts};",
            f"        for (uint part = 0; part < panels * {VECTORS}; ++part) {{",
            *indent(weighed, 3),
            "        }",
            "    }",
            f"    gather(pairs, {self._global('key_turned', f'(ulong)start * {columns}')}, seen, "
            f"keys, {self._panels(form.size)}, sums);",
            "}",
            *self._store("sums", "out", form.size),
        ]

    def _key(self) -> list[str]:
        form, columns = self.form, self.columns
        start = f"first / {self.span} * {self.span}" if form.causal else "0"
        weighed = [
            *self._scaled(),
            f"{self.vector} weight = exp(pair - logarithm[part]);",
        ]
        if form.causal:
            weighed.append(
                f"weight = select(({self.vector})(0), weight, lanes + (int)(start + lane) >= "
                f"({self.lanes})(first + row));"
            )
        weighed += [
            "line[part] = scale * weight * (product[part] - overlap[part]);",
            "product[part] = weight;",
        ]
        spread = [
            f"for (uint i = 0; i < {self.span}; ++i) {{",
            f"    const {self.scalar} found = i < seen ? logarithms[start + i] : INFINITY;",
            f"    ((local {self.scalar} *)logarithm)[i] = isinf(found) ? INFINITY : found;",
            f"    ((local {self.scalar} *)overlap)[i] = i < seen ? overlaps[start + i] : 0;",
            "}",
        ]
        return [
            *self._begin("keys"),
            f"key += (ulong)first * {form.size};",
            f"value += (ulong)first * {form.wide};",
            f"key_out += key_out_offset + (batch * keys + first) * {form.size};",
            f"value_out += value_out_offset + (batch * keys + first) * {form.wide};",
            f"local {self.vector} pairs[{columns * self.parts}];",
            f"local {self.vector} products[{columns * self.parts}];",
            f"local {self.vector} logarithm[{self.parts}], overlap[{self.parts}];",
            *self._zeros("key_sums", form.size),
            *self._zeros("value_sums", form.wide),
            f"for (uint start = {start}; start < queries; start += {self.span}) {{",
            f"    const uint seen = min({self.span}u, queries - start);",
            f"    const uint panels = (seen + {columns - 1}) / {columns};",
            *indent(spread),
            f"    multiply(key, {self._global('query', f'(ulong)start * {form.size}')}, "
            f"{form.size}, panels, pairs);",
            f"    multiply(value, {self._global('gradient', f'(ulong)start * {form.wide}')}, "
            f"{form.wide}, panels, products);",
            f"    for (uint row = 0; row < {columns}; ++row) {{",
            "        const uint place = min(first + row, keys - 1);",
            f"        local {self.vector} *line = pairs + row * {self.parts};",
            f"        local {self.vector} *product = products + row * {self.parts};",
            f"        for (uint part = 0; part < panels * {VECTORS}; ++part) {{",
            *indent(weighed, 3),
            "        }",
            "    }",
            f"    gather(pairs, {self._global('query_turned', f'(ulong)start * {columns}')}, seen, "
            f"queries, {self._panels(form.size)}, key_sums);",
            f"    gather(products, "
            f"{self._global('gradient_turned', f'(ulong)start * {columns}')}, seen, "
            f"queries, {self._panels(form.wide)}, value_sums);",
            "}",
            *self._store("key_sums", "key_out", form.size),
            *self._store("value_sums", "value_out", form.wide),
        ]
