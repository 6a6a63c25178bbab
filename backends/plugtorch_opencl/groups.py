"""Nodes that one kernel computes, and whether another may join them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from plugtorch_opencl.nodes import Node, Ramp, Read
from plugtorch_opencl.views import Shape, breaks, chain, merged, over

MOST_BUFFERS = 20  # in one kernel: some devices take 1024 bytes of arguments
MOST_NODES = 120  # in one kernel, lest compiling it takes long


@dataclass(frozen=True)
class Space:
    """Axes to walk along: sizes and whether each is folded. parts: see ``nodes.Node``."""

    sizes: Shape
    folded: tuple[bool, ...]
    parts: int = 0

    @property
    def size(self) -> int:
        """How many places there are."""
        return math.prod(self.sizes)

    @property
    def outer(self) -> int:
        """How many places of the kept axes there are."""
        return math.prod(n for n, folded in zip(self.sizes, self.folded) if not folded)

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
    x = node.read(0)
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
    kernels of its own. into: the group that it has become part of.
    """

    number: int
    size: int
    space: Space | None = None
    level: dict[Node, str] = field(default_factory=dict)
    points: frozenset[int] = frozenset()  # where a read turns, over all axes
    before: int = 0  # bits of the groups that must come first
    direct: set[int] = field(default_factory=set)  # of those, the ones whose results it reads
    buffers: set[int] = field(default_factory=set)  # what is read from memory
    work: bool = False
    side: tuple[int, int, int] | None = None
    into: Group | None = None

    def copy(self) -> Group:
        """One to try with."""
        return replace(self, level=dict(self.level), buffers=set(self.buffers))

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
        x = node.read(0)
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
        x = node.read(0)
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
            whole = isinstance(source, Node) and read.flat and math.prod(read.shape) == source.size
            return frozenset() if whole else None
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
        if self.space is None:
            return None
        found = [self.space.full_break(point) for point in points]
        return None if None in found else frozenset(p for p in found if p is not None)

    def _enter(self, node: Node, level: str, singles: set[Node]) -> None:
        self.level[node] = level
        self.buffers |= _buffers(node, self.level)
        for operand in node.operands:
            if not isinstance(operand, Read) or from_memory(node, operand):
                continue
            if operand.source in singles:
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


def from_memory(user: Node, read: Read) -> bool:
    """Whether a node needs what it reads in memory, be it ever so little."""
    return user.kind == "work" or (user.name == "pick" and user.operands[0] is read)
