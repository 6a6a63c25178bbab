"""From the lines of a graph to launches: what is fused, the texts, and where results lie.

Pure: no driver is asked. What somebody holds gets memory of its own; what only later kernels read
lies in an arena, where it makes room as soon as it has been read.
"""

from __future__ import annotations

import bisect
import heapq
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from plugtorch_opencl import operations
from plugtorch_opencl.groups import Group, from_memory
from plugtorch_opencl.lowering import LOWERED
from plugtorch_opencl.nodes import Builder, Leaf, Node, Read
from plugtorch_opencl.render.rows import Rows
from plugtorch_opencl.render.statements import Bound
from plugtorch_opencl.render.types import SIZE
from plugtorch_opencl.schedule import CycleError, Schedule
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import merged
from plugtorch_opencl.work import ITEM_SIZE

SHORT = 16  # elements
ALIGNMENT = 128  # bytes between what lies in an arena: fits every vector, and every cache line


@dataclass(frozen=True)
class Place:
    """Where a buffer is: "leaf" or "result" number ``index``, or the arena at ``offset`` bytes."""

    kind: str
    index: int = 0
    offset: int = 0


@dataclass(frozen=True)
class Argument:
    """An argument at the launch: a buffer, a number of the graph, or a constant.

    kind: "buffer", "number" or "constant". ctype: of what is no buffer. value: a Place; a number's
    index, its constant and what it is rounded to; the constant.
    """

    kind: str
    value: Any
    ctype: str = ""


@dataclass(frozen=True)
class Step:
    """One launch. nodes: what it computes, in words, for a profile."""

    name: str
    text: str
    items: int
    group: int
    arguments: tuple[Argument, ...]
    operations: tuple[str, ...] = ()


@dataclass
class Plan:
    """The launches in order. results: line, bytes, and the leaf whose memory it takes or -1.
    largest: bytes and a name of what takes most of the arena.
    """

    steps: list[Step] = field(default_factory=list)
    results: list[tuple[int, int, int]] = field(default_factory=list)
    arena: int = 0
    largest: tuple[int, str] = (0, "")
    lines: int = 0


def make(traits: Traits, keys: Sequence[Any], held: Sequence[bool], kept: Sequence[bool]) -> Plan:
    """The plan for lines with these keys; held: of each line, kept: of each leaf."""
    builder = Builder(traits, LOWERED)
    for key in keys:
        builder.line(key)
    builder.hold(held)
    return Planner(traits, builder, kept).plan(len(keys))


class Planner:
    """Makes one plan."""

    def __init__(self, traits: Traits, builder: Builder, kept: Sequence[bool]) -> None:
        self.traits = traits
        try:
            self.order = Schedule(builder.nodes).order
        except CycleError:
            for node in builder.nodes:
                node.users.clear()
            self.order = Schedule(builder.nodes, fuse=False).order
        self.at = {group: n for n, group in enumerate(self.order)}
        self.kept = kept
        self.places: dict[Node, Place] = {}
        self.result = Plan()
        self.stored = {group: self._stored(group) for group in self.order}
        self.inplace = self._inplace()

    def plan(self, lines: int) -> Plan:
        """All of it."""
        result = self.result
        result.lines = lines
        for group in self.order:
            for node in self.stored[group]:
                if node.held:
                    leaf = self.inplace.get(node)
                    size = node.size * ITEM_SIZE[node.dtype]
                    self.places[node] = Place("result", len(result.results))
                    result.results.append(
                        (cast("int", node.line), size, leaf.number if leaf else -1)
                    )
        arena = _Arena()
        for step, group in enumerate(self.order):
            for node in self.stored[group]:
                if not node.held:
                    last = max((self.at[g] for g in self._users(node)), default=step)
                    size = node.size * ITEM_SIZE[node.dtype]
                    self.places[node] = Place("arena", 0, arena.take(size, step, last))
                    if size > result.largest[0]:
                        result.largest = size, f"{node.name}, {node.shape}"
            if group.work or _only_moves(group):
                self._work(group, step, arena)
            else:
                self._rows(group, step, arena)
        result.arena = arena.size
        return result

    def _users(self, node: Node) -> list[Group]:
        """The groups that read a node from memory."""
        return sorted(self.readers.get(node, ()), key=self.at.__getitem__)

    def _stored(self, group: Group) -> list[Node]:
        if not hasattr(self, "readers"):
            self.readers: dict[Node, set[Group]] = {}
            for each in self.order:
                for node in each.level:
                    for operand in node.operands:
                        if isinstance(operand, Read) and isinstance(operand.source, Node):
                            inside = operand.source in each.level
                            if not inside or from_memory(node, operand):
                                self.readers.setdefault(operand.source, set()).add(each)
        return [
            node
            for node, level in group.level.items()
            if level != "single" and (node.held or node in self.readers)
        ]

    # -- memory that is taken over -----------------------------------------------------------------

    def _inplace(self) -> dict[Node, Leaf]:
        """Results that may take the memory of a leaf nobody needs any more.

        A leaf is read element by element in the pass that writes the result, and by no group that
        runs later; nothing else of that group reads it otherwise.
        """
        last: dict[Leaf, int] = {}
        reads: dict[tuple[Leaf, Group], list[Read]] = {}
        for step, group in enumerate(self.order):
            for node in group.level:
                for operand in node.operands:
                    if isinstance(operand, Read) and isinstance(operand.source, Leaf):
                        last[operand.source] = step
                        reads.setdefault((operand.source, group), []).append(operand)
        found: dict[Node, Leaf] = {}
        taken: set[Leaf] = set()
        for (leaf, group), each in reads.items():
            if self.kept[leaf.number] or group.work or self.order[last[leaf]] is not group:
                continue
            if group.space is not None or any(n.name == "pick" for n in group.level):
                continue
            size = 1
            for n in leaf.shape:
                size *= n
            if size != group.size or not all(r.flat for r in each):
                continue
            for node in self.stored[group]:
                if node.held and node not in found and leaf not in taken:
                    if node.dtype == leaf.dtype and group.level[node] == "full":
                        found[node] = leaf
                        taken.add(leaf)
        return found

    # -- launches ----------------------------------------------------------------------------------

    def _rows(self, group: Group, step: int, arena: _Arena) -> None:
        stored = self.stored[group]
        mine = {node: self.inplace[node] for node in stored if node in self.inplace}
        text = Rows(self.traits, group, stored, mine).render()
        self.rows: dict[Any, int] = {}  # where each remembered row begins, in bytes
        for bound in text.arguments:
            if bound.kind == "scratch":
                size = text.items * bound.value * SIZE[bound.thing[1]]
                self.rows[bound.thing] = arena.take(size, step, step)
        arguments = tuple([self._argument(bound) for bound in text.arguments])
        words = tuple([n.name for n in sorted(group.level, key=lambda n: n.order)])
        self.result.steps.append(
            Step(text.name, text.text, text.items, text.group, arguments, words)
        )

    def _argument(self, bound: Bound) -> Argument:
        if bound.kind in ("source", "result"):
            return Argument("buffer", self._place(bound.thing))
        if bound.kind in ("source_offset", "result_offset"):
            place = self._place(bound.thing)
            start = place.offset // ITEM_SIZE[bound.thing.dtype]
            return Argument("constant", start + bound.value, "long")
        if bound.kind == "scratch":
            return Argument("buffer", Place("arena", 0, self.rows[bound.thing]))
        if bound.kind == "scratch_offset":
            start = self.rows[bound.thing] // SIZE[bound.thing[1]]
            return Argument("constant", start, "long")
        if bound.kind == "number":
            number, dtype = bound.thing
            if number.index < 0:
                return Argument("constant", number.constant, bound.ctype)
            return Argument("number", (number.index, dtype), bound.ctype)
        return Argument("constant", bound.value, "long")

    def _place(self, source: Node | Leaf) -> Place:
        return Place("leaf", source.number) if isinstance(source, Leaf) else self.places[source]

    def _work(self, group: Group, step: int, arena: _Arena) -> None:
        (node,) = (n for n, level in group.level.items() if level == "full")
        reads = [o for o in node.operands if isinstance(o, Read)]
        work = operations.work(self.traits, node, reads)
        scratch = [
            Place("arena", 0, arena.take(count * ITEM_SIZE[dtype], step, step))
            for dtype, count in work.scratch
        ]
        kinds = [dtype for dtype, _ in work.scratch]
        for launch in work.launches:
            arguments = []
            for a in launch.arguments:
                sort = "result" if a.kind == "result_at" else a.kind.removesuffix("_offset")
                if sort == "operand":
                    read = reads[int(a.value)]
                    source = read.stored
                    place, size, more = self._place(source), ITEM_SIZE[source.dtype], read.offset
                elif sort == "result":
                    place, size, more = self.places[node], ITEM_SIZE[node.dtype], 0
                    more = int(a.value) if a.kind == "result_at" else 0
                elif sort == "scratch":
                    place, size, more = scratch[int(a.value)], ITEM_SIZE[kinds[int(a.value)]], 0
                else:
                    arguments.append(Argument("constant", a.value, a.kind))
                    continue
                if a.kind.endswith(("_offset", "_at")):
                    arguments.append(Argument("constant", place.offset // size + more, "ulong"))
                else:
                    arguments.append(Argument("buffer", place))
            (items,), (local,) = launch.items, launch.group
            self.result.steps.append(
                Step(launch.name, launch.text, items, local, tuple(arguments), (node.name,))
            )


def _only_moves(group: Group) -> bool:
    """Whether it is one copy alone, of elements that do not lie side by side along the last axis or
    are few there: a walk along rows would go from one to the next, and a copying kernel has blocks.
    """
    if len(group.level) > 1:
        return False
    ((node, level),) = group.level.items()
    if node.name != "copy" or level != "full":
        return False
    read = node.operands[0]
    if not isinstance(read, Read) or not isinstance(read.source, (Leaf, Node)):
        return False  # what follows from a place
    if read.shape != node.shape or read.source.dtype != node.dtype:
        return False
    sizes, strides = merged(read.shape, read.strides)
    return len(sizes) > 1 and (abs(strides[-1]) != 1 or sizes[-1] < SHORT)


class _Arena:
    """Gives places to what lives for some steps, the first that is free for so long. Steps may only
    go on.
    """

    def __init__(self) -> None:
        self.size = 0
        self.gaps: list[tuple[int, int]] = []  # from, to; in order, and no two touch
        self.taken: list[tuple[int, int, int]] = []  # a heap: last step, from, to

    def take(self, size: int, step: int, last: int) -> int:
        """A place for ``size`` bytes from step ``step`` to ``last``."""
        size = -(-max(size, 1) // ALIGNMENT) * ALIGNMENT
        while self.taken and self.taken[0][0] < step:
            _, begin, end = heapq.heappop(self.taken)
            self._free(begin, end)
        for number, (begin, end) in enumerate(self.gaps):
            if end - begin >= size:
                self.gaps[number : number + 1] = [(begin + size, end)] if end - begin > size else []
                break
        else:
            begin = self.size
            if self.gaps and self.gaps[-1][1] == self.size:  # what is free at the end can grow
                begin = self.gaps.pop()[0]
            self.size = begin + size
        heapq.heappush(self.taken, (last, begin, begin + size))
        return begin

    def _free(self, begin: int, end: int) -> None:
        place = bisect.bisect(self.gaps, (begin, end))
        if place < len(self.gaps) and self.gaps[place][0] == end:
            end = self.gaps.pop(place)[1]
        if place and self.gaps[place - 1][1] == begin:
            place -= 1
            begin = self.gaps.pop(place)[0]
        self.gaps.insert(place, (begin, end))
