"""The functions that attention's kernels for processors are made of.

Two products, one of panels and one of pairs that lie in local memory, whose sums stay in registers
tile by tile: 8 rows times 2 vectors. And what they leave behind, to the result.
"""

from __future__ import annotations

from plugtorch_opencl.render.attention_text import Form
from plugtorch_opencl.render.matmul_text import indent, vector
from plugtorch_opencl.render.matmul_tiles import registers
from plugtorch_opencl.traits import Traits

VECTORS = 2  # of a panel: 8 rows times 2 vectors are the sums that stay in registers
PANELS = 4  # of a span


def width_of(traits: Traits, dtype: str) -> int:
    """The lanes of a vector."""
    return max(2, traits.vector // (2 if dtype == "float64" else 1))


def columns_of(traits: Traits, dtype: str) -> int:
    """The rows of a panel."""
    return VECTORS * width_of(traits, dtype)


class Tiles:
    """What one kernel is made of on one device."""

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

    def cells(self) -> list[tuple[int, int]]:
        """Row and vector of each sum of a tile."""
        return [(i, v) for i in range(self.rows) for v in range(VECTORS)]

    def tile(self, x_step: int, x_place: str, y_step: str, y_place: str) -> list[str]:
        """Statements: one step of a tile's sums."""
        text = [f"const {self.vector} y_{v} = {y_place.format(v)};" for v in range(VECTORS)]
        for i in range(self.rows):
            text.append(f"const {self.scalar} x_{i} = {x_place.format(i)};")
            text += [f"sum_{i}_{v} += x_{i} * y_{v};" for v in range(VECTORS)]
        return [*text, f"x_step += {x_step};", f"y_step += {y_step};"]

    def multiply(self) -> list[str]:
        """A function: the products of all rows of a panel of x with panels of y."""
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
            *[f"        {kind} sum_{i}_{v} = ({kind})(0);" for i, v in self.cells()],
            "        for (uint k = 0; k < inner; ++k) {",
            *indent(self.tile(self.columns, "x_step[{}]", str(VECTORS), "y_step[{}]"), 3),
            "        }",
            f"        local {kind} *place = target + row * {self.parts} + panel * {VECTORS};",
            *[f"        place[{i * self.parts + v}] = sum_{i}_{v};" for i, v in self.cells()],
            "    }",
            "}",
            "",
        ]

    def gather(self) -> list[str]:
        """A function: rows of y added up with weights from local memory."""
        kind, tiles, panel = self.vector, self.columns // self.rows, self.columns * VECTORS
        factor = self.form.kind == "means"
        more = f", local const {self.scalar} *factors" if factor else ""
        start = "factors[row + {0}] * place[{1}]" if factor else "place[{1}]"
        return [
            "// sums[i][j] += sum over k of weights[i][k] y[k][j], for some panels of y"
            + (", after sums[i] *= factors[i]" if factor else ""),
            f"void gather(local const {kind} *weights, global const {self.scalar} *y, "
            f"const uint inner, const ulong step, const ulong panel_step, const uint panels, "
            f"local {kind} *sums{more})",
            "{",
            f"    for (uint number = 0; number < panels * {tiles}; ++number) {{",
            f"        const uint panel = number / {tiles}, row = number % {tiles} * {self.rows};",
            f"        local const {self.scalar} *x_step = "
            f"(local const {self.scalar} *)(weights + row * {self.parts});",
            f"        global const {self.scalar} *y_step = y + panel * panel_step;",
            f"        local {kind} *place = sums + panel * {panel} + row * {VECTORS};",
            *[
                f"        {kind} sum_{i}_{v} = {start.format(i, i * VECTORS + v)};"
                for i, v in self.cells()
            ],
            "        for (uint k = 0; k < inner; ++k) {",
            *indent(
                self.tile(
                    1, f"x_step[{{}} * {self.span}]", "step", f"vload{self.width}({{}}, y_step)"
                ),
                3,
            ),
            "        }",
            *[f"        place[{i * VECTORS + v}] = sum_{i}_{v};" for i, v in self.cells()],
            "    }",
            "}",
            "",
        ]

    def folding(self, name: str, pair: str) -> list[str]:
        """A function: a vector folded to one number, its halves first."""
        text = [f"{self.scalar} {name}(const {self.vector} values)", "{"]
        lanes, last = self.width, "values"
        while lanes > 2:
            lanes //= 2
            half = pair.format(f"{last}.lo", f"{last}.hi")
            last = f"half_{lanes}"
            text.append(f"    const {vector(self.scalar, lanes)} {last} = {half};")
        return [*text, f"    return {pair.format(f'{last}.x', f'{last}.y')};", "}", ""]

    def mask_lanes(self) -> list[str]:
        """A function: some elements of the mask as a vector."""
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

    def panels(self, size: int) -> int:
        """How many panels so many elements take."""
        return -(-size // self.columns)

    def zeros(self, name: str, size: int) -> list[str]:
        """Statements: sums in local memory, all 0."""
        total = self.panels(size) * self.columns * VECTORS
        return [
            f"local {self.vector} {name}[{total}];",
            f"for (uint i = 0; i < {total}; ++i)",
            f"    {name}[i] = ({self.vector})(0);",
        ]

    def store(self, sums: str, out: str, size: int, extra: int = 0, over: str = "") -> list[str]:
        """Statements: of ``row`` its sums, perhaps over something, into the result, whose rows are
        longer by ``extra``.
        """
        text = [
            f"global {self.scalar} *line = {out} + (ulong)row * {size + extra};",
            f"local const {self.vector} *own = {sums} + row * {VECTORS};",
        ]
        parts = [part // VECTORS * self.columns * VECTORS + part % VECTORS for part in range(size)]
        whole, rest = divmod(size, self.width)
        for number, part in enumerate(parts[:whole]):
            place = f"line + {number * self.width}"
            text.append(f"vstore{self.width}(own[{part}]{over}, 0, {place});")
        if rest:
            text += [
                f"for (uint j = 0; j < {rest}; ++j)",
                f"    line[{whole * self.width} + j] = "
                f"((local const {self.scalar} *)(own + {parts[whole]}))[j]{over};",
            ]
        return text

    def stored(self, sums: str, out: str, size: int) -> list[str]:
        """Statements: sums as rows of the result."""
        return [
            "for (uint row = 0; row < count; ++row) {",
            *indent(self.store(sums, out, size)),
            "}",
        ]
