"""The lines of a graph as nodes that can be fused: elementwise, folds, or with own kernels.

What is one line to the core may be several nodes here: ``log_softmax`` is two folds and what lies
between, so that its neighbours can be fused with each part.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Any, cast

from plugtorch_opencl.layouts import OPAQUE, as_it_lies
from plugtorch_opencl.render.types import SMALL
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, breaks, broadcast, contiguous, merged


@dataclass(eq=False)
class Leaf:
    """A value that is in memory already."""

    number: int
    dtype: str
    shape: Shape


@dataclass(eq=False)
class Ramp:
    """A source without memory, whose element at a place is the place itself."""

    dtype: str = "int32"


RAMP = Ramp()


@dataclass(eq=False)
class Node:
    """One operation. kind: "map", "fold" or "work". axes: what a fold folds.

    line: the graph's line whose result it is, or None for a step on the way. held: whether it must
    be stored for somebody outside. parts: of a fold, into how many it is split; they come first in
    its shape. side: it folds rows into one, and the parts are runs of rows, so it can be done
    beside whatever else goes through these rows.
    """

    name: str
    dtype: str
    shape: Shape
    operands: list[Operand]
    kind: str = "map"
    parameters: Any = ()
    axes: Shape = ()
    line: int | None = None
    held: bool = False
    parts: int = 0
    side: bool = False
    order: int = 0
    users: list[Node] = field(default_factory=list)

    def read(self, number: int) -> Read:
        """An operand that is no number."""
        return cast("Read", self.operands[number])

    @property
    def size(self) -> int:
        """How many elements it has."""
        return math.prod(self.shape)


Source = Node | Leaf | Ramp


@dataclass(frozen=True, eq=False)
class Read:
    """An operand: a source seen through a shape, strides and an offset."""

    source: Source
    shape: Shape
    strides: Shape
    offset: int = 0

    @property
    def stored(self) -> Node | Leaf:
        """The source of one that is no ramp: it is in memory, or in the same kernel."""
        return cast("Node | Leaf", self.source)

    @property
    def flat(self) -> bool:
        """Whether it is the source, element by element."""
        return self.offset == 0 and all(
            n == 1 or s == c for n, s, c in zip(self.shape, self.strides, contiguous(self.shape))
        )


@dataclass(frozen=True)
class Number:
    """An operand that is one number: the ``index``-th of the graph, or a constant.

    dtype: what it is rounded to first; "" for what uses it.
    """

    index: int
    constant: Any = None
    dtype: str = ""


Operand = Read | Number
Lower = Callable[..., "Read | None"]
"""(builder, dtype, shape, operands, axes) -> the result; None where one node is better."""


class Builder:
    """Makes nodes of lines. lowered: of operations that are several nodes, what makes them."""

    def __init__(self, traits: Traits, lowered: Mapping[str, Lower]) -> None:
        self.traits = traits
        self.lowered = lowered
        self.nodes: list[Node] = []
        self.found: dict[Any, Node] = {}
        self.of_line: list[Node] = []
        self.leaves: dict[int, Leaf] = {}

    # -- making nodes ------------------------------------------------------------------------------

    def add(self, node: Node) -> Node:
        """Append a node, or find the one that computes the same."""
        key = (
            node.name,
            node.dtype,
            node.shape,
            node.kind,
            node.parameters,
            node.axes,
            node.parts,
            *[_key(operand) for operand in node.operands],
        )
        same = self.found.get(key)
        if same is not None:
            return same
        self.found[key] = node
        node.order = len(self.nodes)
        self.nodes.append(node)
        return node

    def map(self, name: str, dtype: str, shape: Shape, *operands: Operand) -> Read:
        """An elementwise node, as it is read."""
        return whole(self.add(Node(name, dtype, shape, list(operands))))

    def fold(self, name: str, x: Read, axes: Shape, dtype: str = "") -> Read:
        """A fold, read with its axes kept at size 1. Long or few ones are split in two."""
        node = dtype or dtype_of(x)
        kept = tuple([1 if a in axes else n for a, n in enumerate(x.shape)])
        if all(x.shape[a] == 1 for a in axes):
            return self.true(x, kept) if name in TRUTH else self.map("copy", node, kept, x)
        side = self.side_parts(x, axes, node)
        parts = side or self.parts(x.shape, axes)
        if parts > 1:
            # the parts of a sum of small floats are rounded when they are one
            between = "float32" if node in SMALL else node
            inner = Node(name, between, (parts, *kept), [x], "fold", axes=axes, parts=parts)
            inner.side = bool(side)
            first = whole(self.add(inner))
            outer = Node(name, node, (1, *kept), [first], "fold", axes=(0,))
            return Read(self.add(outer), kept, contiguous(kept))
        return whole(self.add(Node(name, node, kept, [x], "fold", axes=axes)))

    def true(self, x: Read, shape: Shape) -> Read:
        return self.map("cast", "bool", shape, x)

    def parts(self, shape: Shape, axes: Shape) -> int:
        """Into how many parts a fold is split: enough for the device, and few enough roundings."""
        outer = inner = 1
        for axis, n in enumerate(shape):
            if axis in axes:
                inner *= n
            else:
                outer *= n
        last_kept = max((a for a, n in enumerate(shape) if a not in axes and n > 1), default=-1)
        last_folded = max(a for a in axes if shape[a] > 1)
        width = max(1, self.traits.vector)
        along = last_folded > last_kept  # lanes run along what is folded
        steps = inner // width if along else inner
        runs = outer if along else max(1, outer // width)
        if self.traits.kind == "gpu":
            steps, runs = (inner // 64, outer) if along else (inner, max(1, outer // 64))
        wanted = 4 * self.traits.units
        parts = 1
        if runs < wanted and outer * inner >= 65536:
            parts = -(-wanted // runs)
        # where it is cut anyway: as many roundings in each part as parts are added up
        if steps // parts > (16384 if parts == 1 else 1024):
            parts = max(parts, isqrt(steps))
        if parts == 1:
            return 1
        # it is the outermost folded axis that is cut
        sizes, flags = _merged_flags(shape, axes)
        first = sizes[flags.index(True)]
        lanes = width if along and sum(flags) == 1 else 1
        return max(1, min(parts, first // (lanes * 16) if lanes > 1 else first // 2))

    def side_parts(self, x: Read, axes: Shape, dtype: str) -> int:
        """Into how many runs of rows a fold of rows is split on a processor; 0 if it is no such.

        Column by column it would go through memory in leaps. Row by row it adds to a row of sums,
        which stays in the cache; and that can be done on the way, where the rows are made. Only
        whole rows can: in each, elements lie the same distance apart.
        """
        sizes, flags = _merged_flags(x.shape, axes)
        if self.traits.vector == 1 or flags != [True, False] or dtype in SMALL:
            return 0
        rows, columns = sizes
        if rows < 32 or columns < self.traits.vector or columns > 32768 or rows * columns < 16384:
            return 0
        if any(point < columns for point in breaks(merged(x.shape, x.strides)[0])):
            return 0
        return min(max(4 * self.traits.units, rows // 256), rows // 8)  # 256: few roundings

    # -- lines -------------------------------------------------------------------------------------

    def line(self, key: tuple[Any, ...]) -> None:
        """The nodes of one line of the graph."""
        name, dtype, shape, parameters, *read = key
        operands = [self._operand(r) for r in read]
        if name == "formula":
            self.of_line.append(self._formula(shape, operands, *parameters))
            return
        lower = self.lowered.get(name)
        result = lower(self, dtype, shape, operands, parameters) if lower is not None else None
        if result is not None:
            source = result.source
            if not (isinstance(source, Node) and result.flat):
                source = self.add(Node("copy", dtype, shape, [result]))
        elif name in OPAQUE:
            stored = [self._stored(operand) for operand in operands]
            reads = [o for o in stored if isinstance(o, Read)]
            for k, fits in enumerate(as_it_lies(self.traits, name, reads)):
                given = stored[k]
                if not fits and isinstance(given, Read):
                    stored[k] = self.map("copy", given.source.dtype, given.shape, given)
            source = self.add(Node(name, dtype, shape, stored, "work", parameters))
        else:
            if name == "pick":
                operands[0] = self._stored(operands[0])
            source = self.add(Node(name, dtype, shape, operands, parameters=parameters))
        self.of_line.append(source)

    def _formula(
        self, shape: Shape, given: list[Operand], interned: Any, wanted: int, first: int
    ) -> Node:
        """The node of one of a formula's values. first: the first of its numbers."""
        formula, kinds = interned.formula, interned.kinds
        values: list[Operand] = list(given)
        for place, (name, operands, parameters) in enumerate(formula.lines, len(given)):
            if place > wanted:
                break
            read = [values[k] if k >= 0 else Number(first + ~k) for k in operands]
            if name == "full":
                values.append(Full(-1, dict(parameters)["value"], kinds[place], ()))
                continue
            own = shape if any(isinstance(o, Read) and o.shape for o in read) else ()
            fitted = [spread_to(o, own) if isinstance(o, Read) else o for o in read]
            values.append(whole(self.add(Node(name, kinds[place], own, fitted))))
        result = values[wanted]
        if isinstance(result, Read) and isinstance(result.source, Node) and result.shape == shape:
            return result.source
        if isinstance(result, Read):
            result = spread_to(result, shape)
        return self.add(Node("copy", kinds[wanted], shape, [result]))

    def hold(self, held: Sequence[bool]) -> None:
        """Note which lines are held. Two that are the same get memory each: one may be taken over
        by a later result.
        """
        for line, node in enumerate(self.of_line):
            if not held[line]:
                continue
            if node.held:
                copy = Node("copy", node.dtype, node.shape, [whole(node)], order=len(self.nodes))
                self.nodes.append(copy)
                node = copy
            node.line, node.held = line, True

    def _operand(self, read: Any) -> Operand:
        if type(read) is int:
            return Number(read)
        index, shape, strides, offset, dtype, own = read
        if index >= 0:
            node = self.of_line[index]
            if node.name == "full":
                number = cast("Number", node.operands[0])
                return Full(number.index, number.constant, node.dtype, shape)
            return Read(node, shape, strides, offset)
        leaf = self.leaves.get(~index)
        if leaf is None:
            leaf = self.leaves[~index] = Leaf(~index, dtype, own)
        return Read(leaf, shape, strides, offset)

    def _stored(self, operand: Operand) -> Operand:
        """An operand that is in memory when it is read: a number becomes an array of one."""
        if isinstance(operand, Full):
            node = self.add(Node("full", operand.dtype, (), [operand]))
            return Read(node, operand.shape, (0,) * len(operand.shape))
        return operand


@dataclass(frozen=True)
class Full(Number):
    """A number that stands for an array filled with it."""

    shape: Shape = ()


def _key(operand: Operand) -> Any:
    """What two operands share if they are the same."""
    if isinstance(operand, Read):
        return (id(operand.source), operand.shape, operand.strides, operand.offset)
    return operand


def whole(node: Node) -> Read:
    """A node as it lies."""
    return Read(node, node.shape, contiguous(node.shape))


def spread(read: Read, shape: Shape) -> Read:
    """A read repeated to a shape of as many axes."""
    return Read(read.source, shape, broadcast(read.shape, read.strides, shape), read.offset)


def spread_to(read: Read, shape: Shape) -> Read:
    """A read of one element, or of that shape, as one of the shape."""
    return read if read.shape == shape else Read(read.source, shape, (0,) * len(shape), read.offset)


def dtype_of(x: Operand) -> str:
    """The dtype of an operand, "" for a number that has none of its own."""
    return x.source.dtype if isinstance(x, Read) else x.dtype


TRUTH = frozenset(("reduce_any", "reduce_all"))


def _merged_flags(shape: Shape, axes: Shape) -> tuple[list[int], list[bool]]:
    """Sizes and whether they are folded, neighbours alike merged, those of 1 left out."""
    sizes: list[int] = []
    flags: list[bool] = []
    for axis, n in enumerate(shape):
        if n == 1:
            continue
        if flags and flags[-1] == (axis in axes):
            sizes[-1] *= n
        else:
            sizes.append(n)
            flags.append(axis in axes)
    return sizes, flags
