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

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from plugtorch_opencl.nodes import Leaf, Node, Ramp, Read, Source
from plugtorch_opencl.views import Shape, breaks, chain, merged, over

MOST_BUFFERS = 20  # in one kernel: some devices take 1024 bytes of arguments
MOST_NODES = 120  # in one kernel, lest compiling it takes long
MOST_SINGLE = 12  # of one element that are computed again by whoever reads them


@dataclass(frozen=True)
class Space:
    """Axes to walk along: sizes and whether each is folded. parts: see ``nodes.Node``."""

    sizes: Shape
    folded: tuple[bool, ...]
    parts: int = 0

    @property
    def size(self) -> int:
        """How many places there are."""
        total = 1
        for n in self.sizes:
            total *= n
        return total

    @property
    def outer(self) -> int:
        """How many places of the kept axes there are."""
        total = 1
        for n, folded in zip(self.sizes, self.folded):
            total *= 1 if folded else n
        return total

    def expected(self, sizes: Shape, folded: Sequence[bool]) -> Shape:
        """The strides with which an outer result is read over axes at least as fine."""
        strides = []
        step = 1
        for n, fold in zip(reversed(sizes), reversed(folded)):
            strides.append(0 if fold else step)
            step *= 1 if fold else n
        return tuple(reversed(strides))

    def full_break(self, point: int) -> int | None:
        """Where a turning point of the kept axes lies among all axes; None inside a fold."""
        inner_outer = inner_full = 1
        for n, folded in zip(reversed(self.sizes), reversed(self.folded)):
            if not folded:
                if point <= inner_outer:
                    break
                if point < inner_outer * n:
                    return inner_full * (point // inner_outer) if point % inner_outer == 0 else None
                inner_outer *= n
            inner_full *= n
        return inner_full


def space_of(node: Node) -> Space:
    """The space of a fold."""
    x = node.operands[0]
    assert isinstance(x, Read)
    sizes: list[int] = []
    flags: list[bool] = []
    for axis, n in enumerate(x.shape):
        if n == 1:
            continue
        if flags and flags[-1] == (axis in node.axes):
            sizes[-1] *= n
        else:
            sizes.append(n)
            flags.append(axis in node.axes)
    return Space(tuple(sizes), tuple(flags), node.parts)


@dataclass(eq=False)
class Group:
    """Nodes of one kernel.

    level: of each, "full", "outer", "single" (computed again by whoever reads it) or "side" (a fold
    of rows, see ``nodes.Node``). side: rows, columns and parts of those. work: it is one node with
    kernels of its own.
    """

    number: int
    size: int
    space: Space | None = None
    level: dict[Node, str] = field(default_factory=dict)
    points: frozenset[int] = frozenset()  # where a read turns, over all axes
    before: int = 0  # bits of the groups that must come first
    buffers: set[int] = field(default_factory=set)  # what is read from memory
    work: bool = False
    side: tuple[int, int, int] | None = None

    def copy(self) -> Group:
        """One to try with."""
        return Group(
            self.number,
            self.size,
            self.space,
            dict(self.level),
            self.points,
            self.before,
            set(self.buffers),
            self.work,
            self.side,
        )

    # -- may a node join? --------------------------------------------------------------------------

    def take(self, node: Node, singles: set[Node]) -> bool:
        """Let a node in, if it fits; True if it did."""
        if self.work or len(self.level) >= MOST_NODES:
            return False
        if node.kind == "fold":
            return (self._take_side if node.side else self._take_fold)(node, singles)
        size = node.size
        if size == self.size and self._take_at("full", node, singles):
            return True
        if self.space is not None and not self.space.parts and size == self.space.outer:
            return self._take_at("outer", node, singles)
        return False

    def _take_side(self, node: Node, singles: set[Node]) -> bool:
        space = space_of(node)
        rows, columns = space.sizes
        side = (rows, columns, node.parts)
        if self.size != rows * columns or self.side not in (None, side):
            return False
        if self.space not in (None, Space(space.sizes, (False, True))):
            return False
        x = node.operands[0]
        assert isinstance(x, Read)
        found = self._read("full", x, singles)
        if found is None:
            return False
        points = self.points | found | {columns}
        if min(points) < columns or chain(points, self.size) is None:
            return False
        self.points, self.side = points, side
        self._enter(node, "side", singles)
        return True

    def _take_fold(self, node: Node, singles: set[Node]) -> bool:
        space = space_of(node)
        if self.side is not None and (space.parts or space.folded != (False, True)):
            return False
        if self.side is not None and space.sizes != self.side[:2]:
            return False
        if space.size != self.size or (self.space is not None and self.space != space):
            return False
        before = self.space
        if before is None:
            points = self.points | breaks(space.sizes)
            if chain(points, self.size) is None:
                return False
            self.space, self.points = space, points
        x = node.operands[0]
        assert isinstance(x, Read)
        points = self.points
        found = self._read("full", x, singles)
        if found is None or chain(points | found, self.size) is None:
            self.space = before
            return False
        self.points = points | found
        self._enter(node, "outer", singles)
        return True

    def _take_at(self, level: str, node: Node, singles: set[Node]) -> bool:
        points = self.points
        for number, operand in enumerate(node.operands):
            if not isinstance(operand, Read):
                continue
            if node.name == "pick" and number == 0 and operand.source in self.level:
                return False  # it is read at any place: it must be in memory
            found = self._read(level, operand, singles)
            if found is None:
                return False
            points = points | found
        if chain(points, self.size) is None:
            return False
        if self.side is not None and min(points) < self.side[1]:
            return False
        if len(self.buffers | _buffers(node, self.level)) > MOST_BUFFERS:
            return False
        self.points = points
        self._enter(node, level, singles)
        return True

    def _read(self, level: str, read: Read, singles: set[Node]) -> frozenset[int] | None:
        """The turning points of a read at a level; None if it may not be read here."""
        source = read.source
        own = self.level.get(source) if isinstance(source, Node) else None
        if own == "single" or (own is None and source in singles):
            return frozenset()
        if own == "side":
            return None
        if own is None:
            points = breaks(merged(read.shape, read.strides)[0])
            return points if level == "full" else self._at(level, points)
        if own == level:
            assert isinstance(source, Node)
            return frozenset() if read.flat and _count(read.shape) == source.size else None
        if level == "outer" or self.space is None or self.space.parts:
            return None
        points = self.points | breaks(merged(read.shape, read.strides)[0])
        axes = chain(points, self.size)
        if axes is None or read.offset:
            return None
        folded = flags(axes, self.space)
        if over(axes, read.shape, read.strides) != self.space.expected(axes, folded):
            return None
        return frozenset()

    def _at(self, level: str, points: Iterable[int]) -> frozenset[int] | None:
        """Turning points of the kept axes as those of all."""
        assert self.space is not None
        found = [self.space.full_break(point) for point in points]
        return None if None in found else frozenset(p for p in found if p is not None)

    def _enter(self, node: Node, level: str, singles: set[Node]) -> None:
        self.level[node] = level
        self.buffers |= _buffers(node, self.level)
        for operand in node.operands:
            if isinstance(operand, Read) and operand.source in singles:
                self._single(operand.source, singles)

    def _single(self, node: Node, singles: set[Node]) -> None:
        if node in self.level:
            return
        for operand in node.operands:
            if isinstance(operand, Read) and operand.source in singles:
                self._single(operand.source, singles)
        self.level[node] = "single"
        self.buffers |= _buffers(node, self.level)


POSITIONED = frozenset(("arange", "random_uniform", "random_normal", "random_bits"))
"""Operations whose result depends on where an element is."""


def flags(axes: Shape, space: Space) -> list[bool]:
    """For axes at least as fine as the space's, whether each is folded."""
    result = []
    position = len(space.sizes) - 1
    left = space.sizes[position]
    for n in reversed(axes):
        if left == 1:
            position -= 1
            left = space.sizes[position]
        result.append(space.folded[position])
        left //= n
    return result[::-1]


def _count(shape: Shape) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def _buffers(node: Node, inside: dict[Node, str]) -> set[int]:
    """What a node reads from memory, and itself if it is stored there, by identity."""
    found = {
        id(operand.source)
        for operand in node.operands
        if isinstance(operand, Read)
        and not isinstance(operand.source, Ramp)
        and operand.source not in inside
    }
    return found | {id(node)} if node.held else found


class Schedule:
    """Groups for nodes, in an order in which they can run."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self.groups: list[Group] = []
        self.home: dict[Node, Group] = {}
        self.reading: dict[Source, list[Group]] = {}  # who reads a source as it lies
        self.singles: set[Node] = set()
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
        if node.kind != "work" and node not in self.singles:
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
            x = node.operands[0]
            assert isinstance(x, Read)
            group.size = _count(x.shape)
            taken = group.take(node, self.singles)
            assert taken
        else:
            taken = group.take(node, self.singles)
            assert taken
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
        x = node.operands[0]
        assert isinstance(x, Read)
        found = self.reading.get(x.source, []) if x.flat else []
        live = {self.home_of(group) for group in found}
        return [g for g in live if g not in producers and not g.work]

    def home_of(self, group: Group) -> Group:
        """The group, or the one that it became part of."""
        while isinstance(group, _Gone):
            assert group.into is not None
            group = group.into
        return group

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
                if operand.source in self.singles and node.kind != "work":
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
        if bits & ~group.before:
            group.before |= bits
            for later in self.groups:
                if later.before >> group.number & 1:
                    later.before |= group.before

    def _absorb(self, group: Group, other: Group) -> None:
        """Make two groups one, if they fit."""
        if other is group or other.work or group.work:
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
        self.groups[other.number] = gone = _Gone(other.number, group)
        for groups in self.reading.values():
            groups[:] = [gone if g is other else g for g in groups]
        for node, home in list(self.home.items()):
            if home is other:
                self.home[node] = group
        for later in self.groups:
            if later is not group and later.before >> other.number & 1:
                later.before |= 1 << group.number | group.before

    def _absorb_folds(self, node: Node, group: Group) -> None:
        """Take in folds of memory that the group goes through now."""
        for operand in node.operands:
            if isinstance(operand, Read) and isinstance(operand.source, Leaf) and operand.flat:
                for other in dict.fromkeys(self.reading.get(operand.source, ())):
                    if all(n.kind == "fold" for n in other.level) and other.level:
                        self._absorb(group, other)

    def _between(self, group: Group, other: Group) -> bool:
        """Whether a third group comes after one of the two and before the other."""
        for third in self.groups:
            if third is group or third is other or isinstance(third, _Gone):
                continue
            after_other = third.before >> other.number & 1
            after_group = third.before >> group.number & 1
            if (after_other and group.before >> third.number & 1) or (
                after_group and other.before >> third.number & 1
            ):
                return True
        return bool(other.before >> group.number & 1)

    def _sorted(self) -> list[Group]:
        """The groups, each after all that must come before it."""
        live = [g for g in self.groups if not isinstance(g, _Gone)]
        users: dict[Group, set[Group]] = {g: set() for g in live}
        waits = dict.fromkeys(live, 0)
        for group in live:
            sources = {
                self.home[o.source]
                for node, level in group.level.items()
                for o in node.operands
                if isinstance(o, Read) and o.source in self.home and o.source not in group.level
            }
            for source in sources - {group}:
                if group not in users[source]:
                    users[source].add(group)
                    waits[group] += 1
        order = []
        ready = [g for g in live if not waits[g]]
        while ready:
            ready.sort(key=lambda g: -min(n.order for n in g.level))
            group = ready.pop()
            order.append(group)
            for user in users[group]:
                waits[user] -= 1
                if not waits[user]:
                    ready.append(user)
        assert len(order) == len(live), "groups wait for one another"
        return order


class _Gone(Group):
    """The place of a group that became part of another."""

    def __init__(self, number: int, into: Group) -> None:
        super().__init__(number, -1, work=True)
        self.into = into


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
    return any(
        user.kind == "work" or (user.name == "pick" and _reads_first(user, node))
        for user in node.users
    )


def _reads_first(user: Node, node: Node) -> bool:
    first = user.operands[0]
    return isinstance(first, Read) and first.source is node
