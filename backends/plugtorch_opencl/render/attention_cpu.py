"""The text of attention's kernels for processors: one work-item is one work-group and has a block
of rows.

Operands are packed before (see ``matmul_records.Packing``): panels of ``columns`` rows, one beside
the other. Those whose rows are read whole need it only where these are no multiple of ``columns``.
A block of rows is one such panel; it meets ``span`` columns at a time, whose pairs with its rows
lie in local memory: far less than all pairs, and as much as stays near.
"""

from __future__ import annotations

from plugtorch_opencl.render.attention_text import Form, mask_place, preamble, signature
from plugtorch_opencl.render.attention_tiles import PANELS, VECTORS, Tiles, columns_of
from plugtorch_opencl.render.matmul_text import indent
from plugtorch_opencl.traits import Traits

ROWS_NUMBERS = ("offset", "outer", "inner", "step", "panel")
"""How rows lie: from matrix to matrix in two steps, from row to row, from panel to panel."""


def local_bytes(traits: Traits, form: Form) -> int:
    """The local memory that a kernel takes."""
    columns = columns_of(traits, form.dtype)
    pairs = PANELS * columns * (1 if form.kind == "means" else 2)
    sums = {"means": form.wide, "query": form.size, "key": form.size + form.wide}[form.kind]
    rows = columns * (pairs + sums + 2 * columns + 3) + 2 * PANELS * columns
    return rows * (8 if form.dtype == "float64" else 4)


class Text(Tiles):
    """One kernel on one device."""

    def render(self) -> str:
        """The program."""
        form = self.form
        text = [*preamble(form), *self.multiply(), *self.gather()]
        if form.kind == "means":
            text += self.folding("largest", "fmax({0}, {1})")
            text += self.folding("total", "{0} + {1}")
        if form.mask_axes >= 0:
            text += self.mask_lanes()
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
        for name in self.form.rows:
            text.append(f"global const {self.scalar} *{name}")
            text += [f"const ulong {name}_{end}" for end in ROWS_NUMBERS]
        text.append("const uint heads")
        if self.form.kind != "means":
            for name in ("logarithms", "overlaps"):
                text += [f"global const {self.scalar} *{name}", f"const ulong {name}_offset"]
        outs = ("key_out", "value_out") if self.form.kind == "key" else ("out",)
        for name in outs:
            text += [f"global {self.scalar} *{name}", f"const ulong {name}_offset"]
        return text

    # -- what they have in common ------------------------------------------------------------------

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
        for name in self.form.rows:
            text += [
                f"{name} += {name}_offset + batch / heads * {name}_outer + "
                f"batch % heads * {name}_inner;"
            ]
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

    def _rows(self, name: str, panels: int) -> str:
        """Arguments: rows from ``start`` on, and how they lie."""
        return f"{name} + start * {name}_step, seen, {name}_step, {name}_panel, {panels}"

    def _global(self, name: str, place: str) -> str:
        return f"(global const {self.vector} *)({name} + {place})"

    # -- kernels -----------------------------------------------------------------------------------

    def _means(self) -> list[str]:
        form, columns = self.form, self.columns
        panels, below = self.panels(form.wide), f"({self.vector})(-INFINITY)"
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
            *self.zeros("sums", form.wide),
            f"local {self.vector} highest[{VECTORS}], totals[{VECTORS}], factors[{VECTORS}];",
            f"local {self.vector} shifts[{VECTORS}], found[{VECTORS}];",
            f"for (uint part = 0; part < {VECTORS}; ++part) {{",
            f"    highest[part] = {below};",
            f"    totals[part] = ({self.vector})(0);",
            "}",
            f"const uint last = {last};",
            f"for (uint start = 0; start < last; start += {self.span}) {{",
            f"    const uint seen = min({self.span}u, last - start);",
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
            f"        local {self.scalar} *own_highest = (local {self.scalar} *)highest + row;",
            f"        const {self.scalar} top = fmax(*own_highest, largest(high));",
            f"        const {self.scalar} shift = top == -INFINITY ? 0 : top;",
            f"        ((local {self.scalar} *)shifts)[row] = *own_highest - shift;",
            "        *own_highest = top;",
            f"        {self.vector} sum = ({self.vector})(0);",
            f"        for (uint part = 0; part < panels * {VECTORS}; ++part) {{",
            f"            const {self.vector} weight = exp(line[part] - shift);",
            "            line[part] = weight;",
            "            sum += weight;",
            "        }",
            f"        ((local {self.scalar} *)found)[row] = total(sum);",
            "    }",
            f"    for (uint part = 0; part < {VECTORS}; ++part) {{",
            "        factors[part] = exp(shifts[part]);",
            "        totals[part] = totals[part] * factors[part] + found[part];",
            "    }",
            f"    gather(pairs, {self._rows('value_rows', panels)}, sums, "
            f"(local const {self.scalar} *)factors);",
            "}",
            "for (uint row = 0; row < count; ++row) {",
            f"    const {self.scalar} all = ((local const {self.scalar} *)totals)[row];",
            f"    const {self.scalar} share = all == 0 ? 1 : all;",
            *indent(self.store("sums", "out", form.wide, 1, " / share")),
            f"    line[{form.wide}] = all == 0 ? -INFINITY : "
            f"((local const {self.scalar} *)highest)[row] + log(share);",
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
            *self.zeros("sums", form.size),
            f"const uint last = {last};",
            f"for (uint start = 0; start < last; start += {self.span}) {{",
            f"    const uint seen = min({self.span}u, last - start);",
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
            f"    gather(pairs, {self._rows('key_rows', self.panels(form.size))}, sums);",
            "}",
            *self.stored("sums", "out", form.size),
        ]

    def _key(self) -> list[str]:
        form, columns = self.form, self.columns
        start = "first" if form.causal else "0"
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
            *self.zeros("key_sums", form.size),
            *self.zeros("value_sums", form.wide),
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
            f"    gather(pairs, {self._rows('query_rows', self.panels(form.size))}, key_sums);",
            f"    gather(products, {self._rows('gradient_rows', self.panels(form.wide))}, "
            "value_sums);",
            "}",
            *self.stored("key_sums", "key_out", form.size),
            *self.stored("value_sums", "value_out", form.wide),
        ]
