"""What becomes one kernel.

A group of nodes is computed in one walk over a *space*: axes that are kept and axes that are
folded. A node is at one of two levels: full, an element for each place of the space, or outer, an
element for each place of the kept axes. Folds go from full to outer; what follows may be outer, or
full again. Softmax, layer norm and their ways back are one group each.

Nodes are taken in their order. One joins the group of something it reads if everything that it
reads in the group is read element by element, if the walk still has axes, and if no other group
would then have to come both before and after. Nodes of one element that are made of numbers are not
stored for others: whoever reads one computes it again.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Sequence

from plugtorch_opencl.groups import MOST_NODES, POSITIONED, Group, from_memory
from plugtorch_opencl.nodes import Leaf, Node, Ramp, Read, Source
from plugtorch_opencl.views import breaks

MOST_SINGLE = 12  # of one element that are computed again by whoever reads them


class CycleError(Exception):
    """Groups wait for one another: a fault of this module. Without fusing it cannot be."""


class Schedule:
    """Groups for nodes, in an order in which they can run. fuse: else each node has one."""

    def __init__(self, nodes: Sequence[Node], fuse: bool = True) -> None:
        self.fuse = fuse
        self.groups: list[Group] = []
        self.home: dict[Node, Group] = {}
        self.reading: dict[Source, list[Group]] = {}  # who reads a source as it lies
        self.singles: set[Node] = set()
        self.followed = 0  # bits of the groups that others come after: few joins concern one
        needed = _needed(nodes)
        depth: dict[Node, int] = {}
        for node in needed:
            if _is_single(node, self.singles, depth):
                self.singles.add(node)
        for node in needed:
            if node in self.singles and not (node.held or _for_others(node)):
                continue
            self._place(node)
        self.order = self._sorted()

    def _place(self, node: Node) -> None:
        producers = self._producers(node)
        if self.fuse and node.kind != "work" and node not in self.singles:
            for group in [*producers, *self._neighbours(node, producers)]:
                others = [g for g in producers if g is not group]
                if any(other.before >> group.number & 1 for other in others):
                    continue
                if group.take(node, self.singles):
                    self.home[node] = group
                    self._note_reads(node, group)
                    self._after(group, others)
                    for other in others:
                        self._absorb(group, other)
                    self._absorb_folds(node, group)
                    return
        group = Group(len(self.groups), node.size, work=node.kind == "work")
        if node.kind == "work":
            group.level[node] = "full"
        elif node.kind == "fold":
            x = node.read(0)
            group.size = math.prod(x.shape)
            group.take(node, self.singles)
        else:
            group.take(node, self.singles)
        self.groups.append(group)
        self.home[node] = group
        self._note_reads(node, group)
        self._after(group, producers)
        if node.kind == "fold":
            for other in producers:
                self._absorb(group, other)

    def _neighbours(self, node: Node, producers: list[Group]) -> list[Group]:
        """Groups that go through the same memory as a fold does: it costs little to join one."""
        if node.kind != "fold":
            return []
        x = node.read(0)
        found = self.reading.get(x.source, []) if x.flat else []
        return [g for g in dict.fromkeys(map(_live, found)) if g not in producers and not g.work]

    def _note_reads(self, node: Node, group: Group) -> None:
        for operand in node.operands:
            if isinstance(operand, Read) and isinstance(operand.source, (Leaf, Node)):
                if operand.flat:
                    self.reading.setdefault(operand.source, []).append(group)

    def _producers(self, node: Node) -> list[Group]:
        """The groups of what a node reads, the latest first."""
        found = {}
        for operand in node.operands:
            if isinstance(operand, Read) and operand.source in self.home:
                if operand.source in self.singles and not from_memory(node, operand):
                    continue
                group = self.home[operand.source]
                found[group.number] = group
        return [found[number] for number in sorted(found, reverse=True)]

    def _after(self, group: Group, others: Iterable[Group]) -> None:
        """Note that others come before a group, and so before all that come after it."""
        bits = 0
        for other in others:
            if other is not group:
                bits |= other.before | 1 << other.number
                group.direct.add(other.number)
        if bits & ~group.before:
            group.before |= bits
            self.followed |= bits
            if self.followed >> group.number & 1:
                for later in self.groups:
                    if later.before >> group.number & 1:
                        later.before |= group.before

    def _absorb(self, group: Group, other: Group) -> None:
        """Make two groups one, if they fit."""
        if other is group or other.work or group.work or not self.fuse:
            return
        if other.size < group.size and any(
            user not in self.home for node in other.level for user in node.users
        ):
            return  # a small kernel more costs less than a large one in two, because this waits
        if self._between(group, other) or len(group.level) + len(other.level) > MOST_NODES:
            return
        trial = group.copy()
        # what ``other`` computes must be there before ``group`` takes what reads it
        trial.level, trial.buffers, trial.side = {}, set(), None
        trial.points = frozenset() if trial.space is None else breaks(trial.space.sizes)
        space = group.space or other.space
        trial.space = space
        trial.size = space.size if space is not None else group.size
        if space is not None:
            trial.points = breaks(space.sizes)
        both = {**other.level, **group.level}
        for node in sorted(both, key=lambda n: n.order):
            if both[node] != "single" and not trial.take(node, self.singles):
                return
        group.level, group.space, group.size = trial.level, trial.space, trial.size
        group.points, group.buffers, group.side = trial.points, trial.buffers, trial.side
        group.before = (group.before | other.before) & ~(1 << other.number)
        group.direct |= other.direct
        other.into = group
        for node in other.level:
            if self.home.get(node) is other:
                self.home[node] = group
        if self.followed >> other.number & 1:
            self.followed |= 1 << group.number
            for later in self.groups:
                if later is not group and later.before >> other.number & 1:
                    later.before |= 1 << group.number | group.before

    def _absorb_folds(self, node: Node, group: Group) -> None:
        """Take in folds of memory that the group goes through now."""
        for operand in node.operands:
            if isinstance(operand, Read) and isinstance(operand.source, Leaf) and operand.flat:
                for other in dict.fromkeys(self.reading.get(operand.source, ())):
                    if other.into is None and all(n.kind == "fold" for n in other.level):
                        self._absorb(group, other)

    def _between(self, group: Group, other: Group) -> bool:
        """Whether a third group comes after one of the two and before the other."""
        return (
            self._leads(other, group)
            or self._leads(group, other)
            or bool(other.before >> group.number & 1)
        )

    def _leads(self, first: Group, last: Group) -> bool:
        """Whether one leads to the other by way of a third."""
        for number in last.direct:
            third = _live(self.groups[number])
            if third is not first and third is not last and third.before >> first.number & 1:
                return True
        return False

    def _sorted(self) -> list[Group]:
        """The groups, each after all that must come before it."""
        live = [g for g in self.groups if g.into is None]
        users: dict[Group, set[Group]] = {g: set() for g in live}
        waits = dict.fromkeys(live, 0)
        for group in live:
            sources = {
                self.home[o.source]
                for node, level in group.level.items()
                for o in node.operands
                if isinstance(o, Read) and o.source in self.home
                if o.source not in group.level or from_memory(node, o)
            }
            for source in sources - {group}:
                if group not in users[source]:
                    users[source].add(group)
                    waits[group] += 1
        order = []
        first = {g: (min(n.order for n in g.level), g.number) for g in live}
        ready = [(first[g], g) for g in live if not waits[g]]
        heapq.heapify(ready)
        while ready:
            _, group = heapq.heappop(ready)
            order.append(group)
            for user in users[group]:
                waits[user] -= 1
                if not waits[user]:
                    heapq.heappush(ready, (first[user], user))
        if len(order) != len(live):
            raise CycleError
        return order


def _live(group: Group) -> Group:
    """The group, or the one that it has become part of."""
    while group.into is not None:
        group = group.into
    return group


def _needed(nodes: Sequence[Node]) -> list[Node]:
    """The nodes that lead to what is held, in their order; who uses them is noted too."""
    wanted = {node for node in nodes if node.held}
    for node in reversed(nodes):
        if node in wanted:
            for operand in node.operands:
                if isinstance(operand, Read) and isinstance(operand.source, Node):
                    wanted.add(operand.source)
                    operand.source.users.append(node)
    return [node for node in nodes if node in wanted]


def _is_single(node: Node, singles: set[Node], depth: dict[Node, int]) -> bool:
    """Whether it is one element made of little: computed again wherever it is read."""
    if node.kind != "map" or node.size != 1 or node.name in POSITIONED or node.name == "pick":
        return False
    total = 1
    for operand in node.operands:
        if isinstance(operand, Read) and not isinstance(operand.source, (Leaf, Ramp)):
            if operand.source not in singles:
                return False
            total += depth[operand.source]
    depth[node] = total
    return total <= MOST_SINGLE


def _for_others(node: Node) -> bool:
    """Whether somebody reads it from memory."""
    reads = [(u, o) for u in node.users for o in u.operands if isinstance(o, Read)]
    return any(from_memory(user, read) for user, read in reads if read.source is node)
