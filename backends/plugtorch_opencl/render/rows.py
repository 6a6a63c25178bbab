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

Long because it is one program: how a kernel is put together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from plugtorch_opencl.groups import POSITIONED, Group, flags
from plugtorch_opencl.nodes import Leaf, Node, Number, Ramp, Read
from plugtorch_opencl.render import random, types
from plugtorch_opencl.render.expressions import Context, expression, rounded
from plugtorch_opencl.render.functions import functions
from plugtorch_opencl.render.types import FLOATING, SIZE, SMALL, STORED, VARIABLE, kind, splat
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, breaks, chain, contiguous, over

COOPERATE = 64  # elements of a row from which the items of a work-group share it
SMALL_WORK = 16384  # elements that one item of a processor computes alone
KEPT_ROW = 65536  # elements of a row that a processor's cache keeps between passes
COSTLY = frozenset(
    "exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh "
    "atanh sigmoid softplus erf erfc power atan2 pick random_uniform random_normal floor_divide "
    "remainder fmod".split()
)
"""Operations that cost more than to store a result and to load it again."""


@dataclass(frozen=True)
class Bound:
    """What an argument is at the launch.

    kind: "source" (a buffer), "result" (a buffer), their "source_offset" and "result_offset"
    (``value`` elements are added), "number" (the graph's), or "long" (``value`` itself).
    """

    kind: str
    thing: Any = None
    value: int = 0
    ctype: str = "long"


@dataclass
class Text:
    """A rendered kernel: its text, its arguments, and how many items of which groups run it."""

    name: str
    text: str
    arguments: list[Bound]
    items: int
    group: int


@dataclass
class Scope:
    """Statements of one block, and the variables that it has."""

    lines: list[str] = field(default_factory=list)
    known: dict[Any, str] = field(default_factory=dict)

    def count(self, sort: str) -> int:
        """How many variables of a sort it has."""
        return sum(1 for key in self.known if isinstance(key, tuple) and key[0] == sort)


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
        self.ready: dict[Node, int] = {}
        self.now = 0
        self.writing: set[Node] = set()  # in this pass or before, to memory
        self.written: set[Node] = set()  # in a pass before
        self._number_passes()
        self.remembered = self._remembered()
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

    def _number_passes(self) -> None:
        """In which pass a full node can be computed, and before which an outer one is known."""
        self.passes = 1
        for node in sorted(self.level, key=lambda n: n.order):
            ready = 0
            for operand in node.operands:
                if isinstance(operand, Read) and isinstance(operand.source, Node):
                    ready = max(ready, self.ready.get(operand.source, 0))
            if node.kind == "fold":
                ready += 1
                self.passes = max(self.passes, ready)
            elif self.level[node] == "full":
                self.passes = max(self.passes, ready + 1)
            self.ready[node] = ready

    def _remembered(self) -> set[Node]:
        """Full nodes that a later pass loads, because to compute them again would cost more.

        What is stored anyway is loaded from there. On a graphics card a row is not in the cache.
        """
        if self.width == 1 or self.passes == 1 or self.mode != "row":
            return set()
        row = self.lanes
        for axis in self.inner:
            row *= self.axes[axis]
        if row > KEPT_ROW:
            return set()
        found: set[Node] = set()
        first: dict[Node, int] = {}
        for number in range(self.passes):
            todo = [n for n in self.stored if self.level[n] == "full" and self.ready[n] == number]
            for node in self.level:
                if node.kind == "fold" and self.ready[node] == number + 1:
                    todo += self._full_sources(node)
            seen: set[Node] = set()
            while todo:
                node = todo.pop()
                if node in seen:
                    continue
                seen.add(node)
                if node in first and first[node] < number:
                    if node.name in COSTLY or node in self.stored:
                        found.add(node)
                        continue
                first.setdefault(node, number)
                todo += self._full_sources(node)
        # it is there from the pass on that computes it first
        return {
            node for node in found if first[node] == self.ready[node] or node not in self.stored
        }

    def _full_sources(self, node: Node) -> list[Node]:
        """The full nodes of the group that a node reads."""
        sources = [o.source for o in node.operands if isinstance(o, Read)]
        return [s for s in sources if isinstance(s, Node) and self.level.get(s) == "full"]

    def memory_of(self, node: Node) -> tuple[str, Shape]:
        """Where a node is remembered: a pointer with its offset, and strides along the axes."""
        if node in self.stored:
            return f"{self.result(node)} + ({self.result_offset(node)} + ", self.own_strides("full")
        folded = [n if f else 1 for n, f in zip(self.axes, self.folded)]
        steps = tuple([s if f else 0 for s, f in zip(contiguous(tuple(folded)), self.folded)])
        row = self.lanes
        for axis in self.inner:
            row *= self.axes[axis]
        name = f"{self.names[node]}_row"
        pointer = f"global {VARIABLE[node.dtype]} *restrict"
        bound = Bound("scratch", (id(node), VARIABLE[node.dtype]), row)
        self.argument(("scratch", id(node)), name, pointer, bound)
        offset = Bound("scratch_offset", (id(node), VARIABLE[node.dtype]))
        start = self.argument(("scratch_offset", id(node)), name + "_offset", "const long", offset)
        length = self.long("row_length", row)
        return f"{name} + ({start} + get_global_id(0) * {length} + ", steps

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
            dtype = operand.dtype or _number_dtype(node)
            text = self.number(operand, dtype)
            return splat(dtype, width, _negated(dtype, text) if width > 1 else text)
        source = operand.source
        if isinstance(source, Ramp):
            return self.ramp(operand, level, scopes)
        own = self.level.get(source) if isinstance(source, Node) else None
        if own is None:
            return self.loaded(operand, level, scopes, some)
        name = self.computed(source, own, scopes, some)
        if self.wide(own) == width:
            return name
        scope = scopes[level]
        key = ("all", source)
        if key not in scope.known:
            scope.known[key] = f"{name}_all"
            text = f"({kind(source.dtype, width)})({_negated(source.dtype, name)})"
            scope.lines.append(f"const {kind(source.dtype, width)} {name}_all = {text};")
        return scope.known[key]

    def ramp(self, read: Read, level: str, scopes: dict[str, Scope]) -> str:
        """The number of an element along an axis."""
        strides = self.strides_of(level, read)
        key = ("ramp", strides)
        scope = scopes[level]
        if key not in scope.known:
            name = f"place_{_at(level)}{scope.count('ramp')}"
            width = self.wide(level)
            text = f"(int)({self.place(strides, level)})"
            if width > 1:
                step = "" if strides[-1] == 1 else f" * (int)({strides[-1]})"
                text = f"(int{width})({text})"
                if strides[-1]:
                    text += f" + {lane_numbers('int', width)}{step}"
            scope.lines.append(f"const {types.vector('int', width)} {name} = {text};")
            scope.known[key] = name
        return scope.known[key]

    def loaded(self, read: Read, level: str, scopes: dict[str, Scope], some: bool) -> str:
        """What is in memory, as a variable of the level's width."""
        source = read.stored
        strides = self.strides_of(level, read)
        scope = scopes[level]
        key = ("load", id(source), strides, read.offset)
        if key not in scope.known:
            pointer = self.buffer(source)
            name = self.load_name(source, (strides, read.offset, level))
            start = self.offset(source, read.offset, pointer)
            place = at(pointer, start, self.place(strides, level))
            text = self.load(source.dtype, level, strides[-1], place, some, strides)
            scope.lines.append(f"const {kind(source.dtype, self.wide(level))} {name} = {text};")
            scope.known[key] = name
        return scope.known[key]

    def load_name(self, source: Node | Leaf, how: Any) -> str:
        """The variable for what is loaded: x0, x0_1 ... from the first buffer, x1 ..."""
        known = [k for k in self.loads if k[0] == id(source)]
        key = (id(source), *how)
        if key not in self.loads:
            number = len({k[0] for k in self.loads} - {id(source)})
            first = self.loads[known[0]] if known else f"x{number}"
            self.loads[key] = f"{first}_{len(known)}" if known else first
        return self.loads[key]

    def load(
        self, dtype: str, level: str, step: int, place: str, some: bool, strides: Shape
    ) -> str:
        """An expression that loads the lanes of a level."""
        width = self.wide(level)
        if width == 1:
            return types.load(dtype, 1, place)
        if step == 0:
            return splat(dtype, width, _negated(dtype, types.load(dtype, 1, place)))
        if step == 1:
            if not some:
                return types.load(dtype, width, place)
            self.helpers.setdefault(("some", dtype, width), types.some_loads(dtype, width))
            return f"load_some_{dtype}_{width}({place}, left)"
        self.helpers.setdefault(("strided", dtype, width), types.strided_loads(dtype, width))
        stride = self.stride(strides, len(self.axes) - 1)
        return f"load_strided_{dtype}_{width}({place}, {stride}, {'left' if some else width})"

    def offset(self, source: Node | Leaf, offset: int, pointer: str) -> str:
        """The argument with where a read begins."""
        for node, leaf in self.inplace.items():
            if leaf is source:
                return self.result_offset(node)
        count = sum(1 for k in self.arguments if k[:2] == ("offset", id(source)))
        name = f"{pointer}_offset" + (f"_{count}" if count else "")
        bound = Bound("source_offset", source, offset)
        return self.argument(("offset", id(source), offset), name, "const long", bound)

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
            memory, steps = self.memory_of(node)
            place = f"{memory}{self.place(steps, level)})"
            dtype = node.dtype if node in self.stored else _plain(node.dtype)
            text = self.memory_load(dtype, place, some)
            scope.lines.append(f"const {kind(node.dtype, width)} {name} = {text};")
            scope.known[node] = name
            return name
        if node.name == "pick":
            text = self.picked(node, level, scopes, some)
        elif node.name in POSITIONED:
            text = self.positioned(node, level, scopes)
        else:
            operands = [self.value(o, node, level, scopes, some) for o in node.operands]
            given = tuple([_given(o, node) for o in node.operands])
            context = Context(node.dtype, given, width, self.traits.one_by_one)
            text = expression(context, node.name, operands)
            self.needs += [need for need in context.needs if need not in self.needs]
        scope.lines.append(f"const {kind(node.dtype, width)} {name} = {text};")
        scope.known[node] = name
        if remembered and node not in self.stored:
            memory, steps = self.memory_of(node)
            place = f"{memory}{self.place(steps, level)})"
            scope.lines.append(self.memory_store(_plain(node.dtype), name, place, some))
            self.writing.add(node)
        return name

    def positioned(self, node: Node, level: str, scopes: dict[str, Scope]) -> str:
        """An element that depends on where it is."""
        width = self.wide(level)
        strides = self.own_strides(level)
        place = f"({self.place(strides, level)})"
        if node.name == "arange":
            real = node.parameters[0] == "real"
            own = "double" if self.traits.float64 else "float"
            own = own if real else "long"
            first, step = (
                self.argument(
                    ("number", o.index, own, node),
                    f"number_{self.names[node]}_{k}",
                    f"const {own}",
                    Bound(
                        "number",
                        (o, {"double": "float64", "float": "float32", "long": "int64"}[own]),
                        ctype=own,
                    ),
                )
                for k, o in enumerate(node.operands)
                if isinstance(o, Number)
            )

            def one(lane: int) -> str:
                return f"{first} + {step} * ({own})({place} + {lane})"

            source = {"double": "float64", "float": "float32", "long": "int64"}[own]
            texts = []
            for lane in range(width):
                context = Context(node.dtype, (source,), 1)
                texts.append(expression(context, "cast", [f"({one(lane)})"]))
                self.needs += [n for n in context.needs if n not in self.needs]
        else:
            self.helpers.setdefault("philox", random.PHILOX)
            base = random.functions(node.name, node.dtype)
            if node.name == "random_normal":
                wide = "float64" if node.dtype == "float64" else "float32"
                uniform = random.functions("random_uniform", wide)
                self.helpers.setdefault(("random_uniform", wide), uniform)
                base = base[len(uniform) :]
            self.helpers.setdefault((node.name, node.dtype), base)
            seed, offset = (
                self.argument(
                    ("number", o.index, "ulong", node),
                    f"{'seed' if k == 0 else 'draws'}_{self.names[node]}",
                    "const ulong",
                    Bound("number", (o, "ulong"), ctype="ulong"),
                )
                for k, o in enumerate(node.operands)
                if isinstance(o, Number)
            )
            call = f"{node.name}_{node.dtype}({seed}, {offset}, "
            texts = [f"{call}(ulong)({place} + {lane}))" for lane in range(width)]
            if node.name == "random_normal":
                context = Context(node.dtype, (node.dtype,), 1)
                texts = [rounded(context, text) for text in texts]
                self.needs += [n for n in context.needs if n not in self.needs]
        if width == 1:
            return texts[0]
        if node.dtype == "bool":
            texts = [f"(char)(-({text}))" for text in texts]
        return f"({kind(node.dtype, width)})({', '.join(texts)})"

    def picked(self, node: Node, level: str, scopes: dict[str, Scope], some: bool) -> str:
        """What lies at a place that other operands say."""
        view, indices = node.read(0), node.operands[1:]
        source = view.stored
        width = self.wide(level)
        strides = self.strides_of(level, view)
        pointer = self.buffer(source)
        start = plus(self.offset(source, view.offset, pointer), self.place(strides, level))
        alone = all(
            isinstance(i, Number)
            or (i.source not in self.level and self.strides_of(level, i)[-1] == 0)
            for i in indices
        )
        places = []
        for number, (index, (step, extent, negative)) in enumerate(zip(indices, node.parameters)):
            wide = 1 if alone else width
            if alone and width > 1 and isinstance(index, Read):
                variable = self.index_scalar(index, level, scopes)
            else:
                variable = self.value(index, node, level, scopes, some)
                if isinstance(index, Number):
                    variable = self.number(index, "int64")
            text = (
                f"convert_{types.vector('long', wide)}({variable})"
                if not isinstance(index, Number)
                else variable
            )
            if negative:
                size = self.long(f"{self.names[node]}_size_{number}", extent)
                one = f"index_{self.names[node]}_{number}"
                scopes[level].lines.append(f"const {types.vector('long', wide)} {one} = {text};")
                text = (
                    f"({one} < 0 ? {one} + {size} : {one})"
                    if wide == 1
                    else f"select({one}, {one} + {size}, {one} < 0)"
                )
            stride = self.long(f"{self.names[node]}_step_{number}", step)
            places.append(f"{text} * {stride}")
        where = " + ".join(places)
        if width == 1 or alone:
            place = f"{pointer} + ({start} + {where})"
            return self.load(source.dtype, level, strides[-1], place, some, strides)
        along = ""
        if strides[-1]:
            stride = self.stride(strides, len(self.axes) - 1)
            along = f" + {lane_numbers('long', width)} * {stride}"
        self.helpers.setdefault(("places", source.dtype, width), _places(source.dtype, width))
        lanes = f"(long{width})({start}){along} + {where}"
        return (
            f"load_places_{source.dtype}_{width}({pointer}, {lanes}, {'left' if some else width})"
        )

    def index_scalar(self, index: Read, level: str, scopes: dict[str, Scope]) -> str:
        """An index that is the same in all lanes, as one number."""
        source = index.stored
        strides = self.strides_of(level, index)
        scope = scopes[level]
        key = ("index", id(source), strides, index.offset)
        if key not in scope.known:
            pointer = self.buffer(source)
            name = self.load_name(source, ("index", strides, index.offset, level))
            start = self.offset(source, index.offset, pointer)
            place = at(pointer, start, self.place(strides, level))
            scope.lines.append(
                f"const {kind(source.dtype)} {name} = {types.load(source.dtype, 1, place)};"
            )
            scope.known[key] = name
        return scope.known[key]

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
        before = self.memory_load(node.dtype, self.side_place(node), some)
        text = combine(node, self.width, f"{name}_before", self.truth(node, given, variable))
        return [
            f"const {own} {name}_before = {before};",
            f"const {own} {name} = {text};",
            self.memory_store(node.dtype, name, self.side_place(node), some),
        ]

    def side_place(self, node: Node) -> str:
        """Where the columns of a fold of rows lie, for the rows of this item."""
        columns = self.long("columns", self.lanes)
        return f"{self.result(node)} + ({self.result_offset(node)} + part * {columns} + column)"

    def memory_load(self, dtype: str, place: str, some: bool) -> str:
        """An expression that loads neighbours."""
        if some and self.width > 1:
            self.helpers.setdefault(
                ("some", dtype, self.width), types.some_loads(dtype, self.width)
            )
            return f"load_some_{dtype}_{self.width}({place}, left)"
        return types.load(dtype, self.width, place)

    def memory_store(self, dtype: str, variable: str, place: str, some: bool) -> str:
        """A statement that stores neighbours."""
        if some and self.width > 1:
            self.helpers.setdefault(
                ("some_store", dtype, self.width), types.some_stores(dtype, self.width)
            )
            return f"store_some_{dtype}_{self.width}({variable}, {place}, left);"
        return types.store(dtype, self.width, variable, place)

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
        from plugtorch_opencl.render.frames import frame

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


def plus(*terms: str) -> str:
    """A sum without what is 0."""
    return " + ".join([term for term in terms if term != "0"]) or "0"


def at(pointer: str, offset: str, place: str) -> str:
    """The pointer to a place."""
    where = plus(offset, place)
    return f"{pointer} + ({where})" if " " in where else f"{pointer} + {where}"


NEUTRAL = {"sum": "0", "reduce_any": "0"}


def neutral(node: Node) -> str:
    """What a fold begins with."""
    if node.name in NEUTRAL:
        return NEUTRAL[node.name]
    if node.name == "reduce_all":
        return "1"
    low = node.name == "reduce_max"
    if node.dtype in FLOATING:
        return "-INFINITY" if low else "INFINITY"
    own = VARIABLE[node.dtype]
    if node.dtype == "bool":
        return "0" if low else "1"
    names = {"char": "CHAR", "short": "SHRT", "int": "INT", "long": "LONG"}
    if own == "uchar":
        return "0" if low else "255"
    return f"{names[own]}_{'MIN' if low else 'MAX'}"


def combine(node: Node, width: int, x: str, y: str) -> str:
    """Two results of a fold as one."""
    name = {
        "sum": "add",
        "reduce_max": "maximum",
        "reduce_min": "minimum",
        "reduce_any": "logical_or",
        "reduce_all": "logical_and",
    }[node.name]
    dtype = "float32" if node.dtype in SMALL else node.dtype  # rounded at the end
    context = Context(dtype, (dtype, dtype), width)
    return expression(context, name, [x, y])


def _at(level: str) -> str:
    """What is loaded at several levels has several names: their blocks may be one."""
    return "" if level == "full" else f"{level}_"


def lane_numbers(own: str, width: int) -> str:
    """A vector of 0, 1, 2 ..."""
    return f"({own}{width})({', '.join(map(str, range(width)))})"


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


def _plain(dtype: str) -> str:
    """The dtype that a variable is stored as when nobody else sees it: what it is computed in."""
    return "float32" if dtype in SMALL else "int8" if dtype == "bool" else dtype


def _negated(dtype: str, text: str) -> str:
    """A scalar as a lane of a vector: true is 1 in the one and -1 in the other."""
    return f"(char)(-{text})" if dtype == "bool" else text


def _given(operand: Any, node: Node) -> str:
    if isinstance(operand, Read):
        return operand.source.dtype
    return operand.dtype or _number_dtype(node)


def _number_dtype(node: Node) -> str:
    """The dtype of a Python number among a node's operands: that of the tensors beside it."""
    for operand in reversed(node.operands):
        if isinstance(operand, Read) and not (node.name == "where" and operand is node.operands[0]):
            return operand.source.dtype
        if isinstance(operand, Number) and operand.dtype:
            return operand.dtype
    return node.dtype
