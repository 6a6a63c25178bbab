"""The text of a group of fused nodes.

A kernel walks over rows. Along a row lie lanes, which are computed a vector at a time on a
processor and one by one elsewhere. Which axis of the group's space has the lanes, the last, decides
how:

    "map"     nothing is folded: rows of elements
    "row"     the lanes are folded: a scalar for each row, then perhaps the row again
    "column"  the lanes are kept and other axes folded: vectors of results

A fold needs a pass over what it folds, and what depends on it a later pass: passes are numbered. A
later pass computes again what it needs of earlier ones, but for folds, what is stored anyway and,
on a processor, what is costly.
"""

from __future__ import annotations

from typing import Any

from plugtorch_opencl.groups import POSITIONED, Group, flags
from plugtorch_opencl.nodes import Leaf, Node, Number, Ramp, Read
from plugtorch_opencl.render import types
from plugtorch_opencl.render.expressions import Context, expression
from plugtorch_opencl.render.frames import frame
from plugtorch_opencl.render.functions import functions
from plugtorch_opencl.render.loading import (
    loaded,
    memory_load,
    memory_of,
    memory_store,
    plain,
    ramp,
)
from plugtorch_opencl.render.passes import numbered, remembered
from plugtorch_opencl.render.positions import picked, positioned
from plugtorch_opencl.render.statements import (
    Bound,
    Scope,
    Text,
    at,
    combine,
    given_dtype,
    negated,
    number_dtype,
)
from plugtorch_opencl.render.types import SIZE, STORED, VARIABLE, kind, splat
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, breaks, chain, contiguous, over


class Rows:
    """Renders one group. stored: its nodes that are written to memory."""

    def __init__(
        self, traits: Traits, group: Group, stored: list[Node], inplace: dict[Node, Leaf]
    ) -> None:
        self.traits = traits
        self.group = group
        self.stored = stored
        self.inplace = inplace
        self.level = group.level
        self.axes = chain(group.points, group.size) or (1,)
        if group.space is None:
            self.folded = [False] * len(self.axes)
            self.mode = "map"
        else:
            self.axes = chain(group.points | breaks(group.space.sizes), group.size) or (1,)
            self.folded = flags(self.axes, group.space)
            self.mode = "row" if self.folded[-1] else "column"
        self.parts = group.space.parts if group.space else 0
        self.lanes = self.axes[-1]
        self.kept = [a for a in range(len(self.axes) - 1) if not self.folded[a]]
        self.inner = [a for a in range(len(self.axes) - 1) if self.folded[a]]
        self.width = self._width()
        self.names: dict[Node, str] = {}
        self.declarations: list[str] = []
        self.bound: list[Bound] = []
        self.arguments: dict[Any, str] = {}
        self.walks: dict[Shape, str] = {}
        self.loads: dict[Any, str] = {}
        self.needs: list[tuple[str, str, int]] = []
        self.helpers: dict[Any, list[str]] = {}
        self.now = 0
        self.writing: set[Node] = set()  # in this pass or before, to memory
        self.written: set[Node] = set()  # in a pass before
        self.passes, self.ready = numbered(self)
        self.remembered = remembered(self)
        for node in sorted(self.level, key=lambda n: n.order):
            self.names[node] = f"{node.name}_{len(self.names)}"

    def _width(self) -> int:
        most = self.traits.vector
        if most == 1:
            return 1
        vectors = [
            n
            for n, level in self.level.items()
            if level == "full" or self.mode != "row" or n.kind == "fold"
        ]
        kinds = [n.dtype for n in vectors]
        for node in vectors:
            kinds += [
                o.source.dtype
                for o in node.operands
                if isinstance(o, Read) and not isinstance(o.source, Ramp)
            ]
            if node.name in POSITIONED and node.name != "arange":
                kinds.append("int64")
        if self.lanes == 1:
            return 1
        # not fewer for a short row: its one vector is as fast, and one text serves all lengths
        return most // 2 if any(SIZE[VARIABLE[k]] == 8 for k in kinds) else most

    # -- arguments ---------------------------------------------------------------------------------

    def argument(self, key: Any, name: str, ctype: str, bound: Bound) -> str:
        """The name of an argument, made on first use."""
        if key not in self.arguments:
            self.arguments[key] = name
            self.declarations.append(f"{ctype} {name}")
            self.bound.append(bound)
        return self.arguments[key]

    def long(self, name: str, value: int) -> str:
        """A number that follows from the shapes."""
        return self.argument(("long", name), name, "const long", Bound("long", value=value))

    def buffer(self, source: Node | Leaf) -> str:
        """The pointer to what is read."""
        for node, leaf in self.inplace.items():
            if leaf is source:
                return self.result(node)
        number = sum(1 for key in self.arguments if key[0] == "source")
        name = f"given_{number}"
        pointer = f"global const {STORED[source.dtype]} *restrict"
        return self.argument(("source", id(source)), name, pointer, Bound("source", source))

    def result(self, node: Node) -> str:
        """The pointer to what is written."""
        pointer = f"global {STORED[node.dtype]} *restrict"
        name = f"{self.names[node]}_out"
        return self.argument(("result", id(node)), name, pointer, Bound("result", node))

    def number(self, number: Number, dtype: str) -> str:
        """A Python number, as a variable of the dtype."""
        ctype = VARIABLE[number.dtype or dtype]
        if dtype == "ulong":
            ctype = "ulong"
        key = ("number", number.index, number.constant, number.dtype, ctype, dtype)
        count = sum(1 for k in self.arguments if k[0] == "number")
        bound = Bound("number", number, ctype=ctype if dtype != "ulong" else "ulong")
        bound = Bound("number", (number, number.dtype or dtype), ctype=bound.ctype)
        return self.argument(key, f"number_{count}", f"const {ctype}", bound)

    # -- where an element is -----------------------------------------------------------------------

    def walk(self, strides: Shape) -> str:
        """A letter for a way through memory; its strides are arguments."""
        number = len(self.walks)
        letters = chr(ord("a") + number % 26) + "_" * (number // 26)
        return self.walks.setdefault(strides, letters)

    def stride(self, strides: Shape, axis: int) -> str:
        """The argument with a stride."""
        name = f"stride_{self.walk(strides)}{axis}"
        return self.long(name, strides[axis])

    def strides_of(self, level: str, read: Read) -> Shape:
        """The strides of a read along all axes."""
        if level == "full":
            return over(self.axes, read.shape, read.strides)
        kept = [n for n, f in zip(self.axes, self.folded) if not f]
        found = iter(over(kept, read.shape, read.strides))
        return tuple([0 if f else next(found) for f in self.folded])

    def own_strides(self, level: str) -> Shape:
        """The strides of a result."""
        if level == "full":
            return contiguous(self.axes)
        kept = [n for n, f in zip(self.axes, self.folded) if not f]
        found = iter(contiguous(tuple(kept)))
        return tuple([0 if f else next(found) for f in self.folded])

    def along(self, axis: int) -> str:
        """The variable with where it is along an axis."""
        return "row" if self.kept == [axis] else f"i{axis}"

    def place(self, strides: Shape, level: str) -> str:
        """The position of the first lane, in elements, without the offset."""
        terms = [
            f"{self.along(a)} * {self.stride(strides, a)}" if strides[a] != 1 else self.along(a)
            for a in (*self.kept, *(self.inner if level == "full" else ()))
            if strides[a] and self.axes[a] != 1
        ]
        if self.has_lanes(level):
            if strides[-1] == 1:
                terms.append("column")
            elif strides[-1]:
                terms.append(f"column * {self.stride(strides, len(self.axes) - 1)}")
        return " + ".join(terms) or "0"

    def has_lanes(self, level: str) -> bool:
        """Whether values of a level are vectors."""
        return level == "full" or (level == "outer" and self.mode != "row")

    def wide(self, level: str) -> int:
        """How many lanes values of a level have."""
        return self.width if self.has_lanes(level) else 1

    # -- statements --------------------------------------------------------------------------------

    def value(
        self, operand: Any, node: Node, level: str, scopes: dict[str, Scope], some: bool
    ) -> str:
        """An operand as a variable of the level's width."""
        width = self.wide(level)
        if isinstance(operand, Number):
            dtype = operand.dtype or number_dtype(node)
            text = self.number(operand, dtype)
            return splat(dtype, width, negated(dtype, text) if width > 1 else text)
        source = operand.source
        if isinstance(source, Ramp):
            return ramp(self, operand, level, scopes)
        own = self.level.get(source) if isinstance(source, Node) else None
        if own is None:
            return loaded(self, operand, level, scopes, some)
        name = self.computed(source, own, scopes, some)
        if self.wide(own) == width:
            return name
        scope = scopes[level]
        key = ("all", source)
        if key not in scope.known:
            scope.known[key] = f"{name}_all"
            text = f"({kind(source.dtype, width)})({negated(source.dtype, name)})"
            scope.lines.append(f"const {kind(source.dtype, width)} {name}_all = {text};")
        return scope.known[key]

    def result_offset(self, node: Node) -> str:
        """The argument with where a result begins."""
        name = f"{self.names[node]}_out_offset"
        return self.argument(
            ("result_offset", id(node)), name, "const long", Bound("result_offset", node)
        )

    def computed(self, node: Node, level: str, scopes: dict[str, Scope], some: bool) -> str:
        """The variable of a node in the group, computed now if it is not there yet."""
        scope = scopes[level]
        if node in scope.known:
            return scope.known[node]
        name = self.names[node]
        width = self.wide(level)
        remembered = level == "full" and node in self.remembered
        if remembered and node in self.written:
            memory, steps = memory_of(self, node)
            place = f"{memory}{self.place(steps, level)})"
            dtype = node.dtype if node in self.stored else plain(node.dtype)
            text = memory_load(self, dtype, place, some)
            scope.lines.append(f"const {kind(node.dtype, width)} {name} = {text};")
            scope.known[node] = name
            return name
        if node.name == "pick":
            text = picked(self, node, level, scopes, some)
        elif node.name in POSITIONED:
            text = positioned(self, node, level, scopes)
        else:
            operands = [self.value(o, node, level, scopes, some) for o in node.operands]
            given = tuple([given_dtype(o, node) for o in node.operands])
            context = Context(node.dtype, given, width, self.traits.one_by_one)
            text = expression(context, node.name, operands)
            self.needs += [need for need in context.needs if need not in self.needs]
        scope.lines.append(f"const {kind(node.dtype, width)} {name} = {text};")
        scope.known[node] = name
        if remembered and node not in self.stored:
            memory, steps = memory_of(self, node)
            place = f"{memory}{self.place(steps, level)})"
            scope.lines.append(memory_store(self, plain(node.dtype), name, place, some))
            self.writing.add(node)
        return name

    # -- passes ------------------------------------------------------------------------------------

    def full_body(
        self, number: int, outer: Scope, single: Scope, some: bool
    ) -> tuple[list[str], list[Node]]:
        """The statements of pass ``number`` for one vector; its folds."""
        scopes = {"full": Scope(), "outer": outer, "single": single}
        if number != self.now:  # what the passes before wrote can be loaded now
            self.written |= self.writing
            self.now = number
        done = [n for n in self.level if n.kind == "fold" and self.ready[n] == number + 1]
        folds = [n for n in done if self.level[n] != "side"]
        lines = scopes["full"].lines
        for node in sorted(folds, key=lambda n: n.order):
            x = node.operands[0]
            variable = self.value(x, node, "full", scopes, some)
            lines += self.update(node, variable, some)
        for node in done:
            if self.level[node] == "side":
                x = node.operands[0]
                variable = self.value(x, node, "full", scopes, some)
                lines += self.beside(node, variable, some)
        written = [
            node
            for node in self.stored
            if self.level[node] == "full" and self.ready[node] == number
        ]
        variables = [self.computed(node, "full", scopes, some) for node in written]
        # at the end: a result may take the memory of what another one still reads
        for node, variable in zip(written, variables):
            lines.append(self.store(node, variable, "full", some))
            self.writing.add(node)
        return lines, folds

    def update(self, node: Node, variable: str, some: bool) -> list[str]:
        """A fold takes in a vector."""
        name, given = self.names[node], node.read(0)
        text = combine(node, self.width, name + "_so_far", self.truth(node, given, variable))
        if some and self.mode == "row" and self.width > 1:
            text = types.choose(node.dtype, self.width, "inside", f"{text}", f"{name}_so_far")
        return [f"{name}_so_far = {text};"]

    def beside(self, node: Node, variable: str, some: bool) -> list[str]:
        """A fold of rows takes in a vector: its results lie in memory that stays in the cache."""
        given = node.read(0)
        name, own = self.names[node], kind(node.dtype, self.width)
        before = memory_load(self, node.dtype, self.side_place(node), some)
        text = combine(node, self.width, f"{name}_before", self.truth(node, given, variable))
        return [
            f"const {own} {name}_before = {before};",
            f"const {own} {name} = {text};",
            memory_store(self, node.dtype, name, self.side_place(node), some),
        ]

    def side_place(self, node: Node) -> str:
        """Where the columns of a fold of rows lie, for the rows of this item."""
        columns = self.long("columns", self.lanes)
        return f"{self.result(node)} + ({self.result_offset(node)} + part * {columns} + column)"

    def truth(self, node: Node, given: Read, variable: str) -> str:
        """What is folded: truth values for any and all."""
        if node.name in ("reduce_any", "reduce_all") and given.source.dtype != "bool":
            zero = splat(given.source.dtype, self.width, "0")
            return types.truth(self.width, f"{variable} != {zero}")
        return variable

    def store(self, node: Node, variable: str, level: str, some: bool) -> str:
        """A statement that writes a result."""
        width = self.wide(level)
        place = self.place(self.own_strides(level), level)
        if self.parts and level == "outer":
            place += f" + part * {self.long('outer_size', self.group.space.outer)}"  # type: ignore[union-attr]
        pointer = self.result(node)
        target = at(pointer, self.result_offset(node), place)
        if width > 1 and some:
            self.helpers.setdefault(
                ("some_store", node.dtype, width), types.some_stores(node.dtype, width)
            )
            return f"store_some_{node.dtype}_{width}({variable}, {target}, left);"
        return types.store(node.dtype, width, variable, target)

    # -- the kernel --------------------------------------------------------------------------------

    def render(self) -> Text:
        """The kernel with its arguments."""
        return frame(self)

    def preamble(self) -> list[str]:
        """Pragmas and the functions that the kernel calls."""
        kinds = {n.dtype for n in self.level} | {
            o.source.dtype for n in self.level for o in n.operands if isinstance(o, Read)
        }
        text = ["#pragma OPENCL FP_CONTRACT OFF"]
        if "float64" in kinds or any(b.ctype == "double" for b in self.bound):
            text.append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable")
        text.append("")
        for name, dtype, width in self.needs:
            if name == "round":
                text += types.rounding(dtype, width)
            else:
                text += functions(name, dtype)
        for lines in self.helpers.values():
            text += lines
        return text

    def kernel_name(self) -> str:
        """What it does, in words: the operations that tell most, arithmetic if there are few."""
        names = dict.fromkeys(n.name for n in sorted(self.level, key=lambda n: n.order))
        told = [name for name in names if name not in UNTOLD]
        words = [name for name in told if name not in ARITHMETIC]
        if len(words) < 2:
            words = told or list(names)[:1]
        return "_".join([self.mode, *words[:4], *(["more"] if len(words) > 4 else [])])


UNTOLD = frozenset(("cast", "copy", "where", "full"))
ARITHMETIC = frozenset(("add", "subtract", "multiply", "divide", "negative", "equal", "not_equal"))
