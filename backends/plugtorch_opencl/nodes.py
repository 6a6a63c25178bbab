"""The lines of a graph as nodes that can be fused: elementwise, folds, or with own kernels.

What is one line to the core may be several nodes here: ``log_softmax`` is two folds and what lies
between, so that its neighbours can be fused with each part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

from plugtorch_opencl.render.types import FLOATING, SMALL
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, broadcast, contiguous, merged


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
LONG_RAMP = Ramp("int64")


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

    @property
    def size(self) -> int:
        """How many elements it has."""
        total = 1
        for n in self.shape:
            total *= n
        return total


Source = Node | Leaf | Ramp


@dataclass(frozen=True, eq=False)
class Read:
    """An operand: a source seen through a shape, strides and an offset."""

    source: Source
    shape: Shape
    strides: Shape
    offset: int = 0

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


class Builder:
    """Makes nodes of lines."""

    def __init__(self, traits: Traits) -> None:
        self.traits = traits
        self.nodes: list[Node] = []
        self.found: dict[Any, Node] = {}
        self.of_line: list[Node] = []
        self.leaves: dict[int, Leaf] = {}
        self.numbers = 0

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
        node = dtype or _dtype(x)
        kept = tuple([1 if a in axes else n for a, n in enumerate(x.shape)])
        if all(x.shape[a] == 1 for a in axes):
            return self._true(x, kept) if name in _TRUTH else self.map("copy", node, kept, x)
        side = self.side_parts(x.shape, axes, node)
        parts = side or self.parts(x.shape, axes)
        if parts > 1:
            inner = Node(name, node, (parts, *kept), [x], "fold", axes=axes, parts=parts)
            inner.side = bool(side)
            first = whole(self.add(inner))
            rest = _second(name)
            outer = Node(rest, node, (1, *kept), [first], "fold", axes=(0,))
            return Read(self.add(outer), kept, contiguous(kept))
        return whole(self.add(Node(name, node, kept, [x], "fold", axes=axes)))

    def _true(self, x: Read, shape: Shape) -> Read:
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

    def side_parts(self, shape: Shape, axes: Shape, dtype: str) -> int:
        """Into how many runs of rows a fold of rows is split on a processor; 0 if it is no such.

        Column by column it would go through memory in leaps. Row by row it adds to a row of sums,
        which stays in the cache; and that can be done on the way, where the rows are made.
        """
        sizes, flags = _merged_flags(shape, axes)
        if self.traits.vector == 1 or flags != [True, False] or dtype in SMALL:
            return 0
        rows, columns = sizes
        if rows < 32 or columns < self.traits.vector or columns > 32768 or rows * columns < 16384:
            return 0
        return min(max(4 * self.traits.units, rows // 4096), rows // 8)

    # -- lines -------------------------------------------------------------------------------------

    def line(self, key: tuple[Any, ...]) -> None:
        """The nodes of one line of the graph."""
        name, dtype, shape, parameters, *read = key
        operands = [self._operand(r) for r in read]
        if name == "formula":
            self.of_line.append(self._formula(shape, operands, *parameters))
            return
        lower = LOWERED.get(name)
        if lower is not None:
            result = lower(self, dtype, shape, operands, parameters)
            source = result.source
            if not (isinstance(source, Node) and result.flat):
                source = self.add(Node("copy", dtype, shape, [result]))
        elif name in OPAQUE:
            stored = [self._stored(operand) for operand in operands]
            for k, fits in enumerate(as_it_lies(name, stored)):
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
        self.numbers = max(self.numbers, first + len(formula.numbers))
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
        if read is None:
            self.numbers += 1
            return Number(self.numbers - 1)
        index, shape, strides, offset, dtype, own = read
        if index >= 0:
            node = self.of_line[index]
            if node.name == "full":
                number = node.operands[0]
                assert isinstance(number, Number)
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


def _dtype(x: Operand) -> str:
    return x.source.dtype if isinstance(x, Read) else x.dtype


_TRUTH = frozenset(("reduce_any", "reduce_all"))


def _second(name: str) -> str:
    """What folds the parts of a fold."""
    return name


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


# -- lines that are several nodes ------------------------------------------------------------------

Lower = Callable[[Builder, str, Shape, Sequence[Any], Any], Read]


def _real(b: Builder, x: Any, shape: Shape, dtype: str) -> Read:
    """An operand as a read; a small float as a float32."""
    if isinstance(x, Number):
        return b.map("full", dtype, shape, x)
    if _dtype(x) in SMALL:
        return b.map("cast", "float32", x.shape, x)
    return x


def _wide(dtype: str) -> str:
    return "float32" if dtype in SMALL else dtype


def _narrow(b: Builder, dtype: str, shape: Shape, x: Read) -> Read:
    return b.map("cast", dtype, shape, x) if _dtype(x) != dtype else x


def _simple_fold(name: str) -> Lower:
    def lower(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
        x = operands[0]
        if isinstance(x, Full):
            x = b.map("full", x.dtype, x.shape, x)
        folded = name
        if name == "sum" and dtype == "bool":
            folded = "reduce_any"
        if not axes:
            read = b._true(x, x.shape) if folded in _TRUTH else b.map("copy", dtype, x.shape, x)
        else:
            read = b.fold(folded, x, axes, dtype)
        return Read(read.source, shape, contiguous(shape))

    return lower


def _mean(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
    x = _real(b, operands[0], getattr(operands[0], "shape", ()), dtype)
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    kind = _wide(dtype)
    total = b.fold("sum", x, axes, kind) if axes else x
    total = Read(total.source, shape, contiguous(shape), 0) if axes else total
    result = b.map("divide", kind, shape, total, Number(-1, float(count)))
    return _narrow(b, dtype, shape, result)


def _place(largest: bool) -> Lower:
    def lower(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
        x = operands[0]
        if isinstance(x, Full):
            x = b.map("full", x.dtype, x.shape, x)
        kind, full = _dtype(x), x.shape
        axis = axes[0]
        extreme = b.fold("reduce_max" if largest else "reduce_min", x, axes, kind)
        hit = b.map("equal", "bool", full, x, spread(extreme, full))
        if kind in FLOATING:  # NaN counts as the extreme, and equals nothing
            hit = b.map("logical_or", "bool", full, hit, b.map("isnan", "bool", full, x))
        place = _along(full, axis)
        found = b.map("where", "int32", full, hit, place, Number(-1, 2**31 - 1))
        first = b.fold("reduce_min", found, axes, "int32")
        return b.map("cast", "int64", shape, Read(first.source, shape, contiguous(shape)))

    return lower


def _along(shape: Shape, axis: int) -> Read:
    """The number of each element along an axis."""
    return Read(RAMP, shape, tuple([int(a == axis) for a in range(len(shape))]))


def _log_softmax(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
    x, kind = _real(b, operands[0], shape, dtype), _wide(dtype)
    if not axes:
        return b.map("subtract", dtype, shape, operands[0], operands[0])
    largest = b.fold("reduce_max", x, axes, kind)
    near = b.map("subtract", kind, shape, x, spread(largest, shape))
    total = b.fold("sum", b.map("exp", kind, shape, near), axes, kind)
    logarithm = b.map("log", kind, total.shape, total)
    return _narrow(b, dtype, shape, b.map("subtract", kind, shape, near, spread(logarithm, shape)))


def _log_softmax_slope(
    b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any
) -> Read:
    x, log_p = (_real(b, o, shape, dtype) for o in operands)
    kind = _wide(dtype)
    total = b.fold("sum", x, axes, kind) if axes else x
    share = b.map("multiply", kind, shape, b.map("exp", kind, shape, log_p), spread(total, shape))
    return _narrow(b, dtype, shape, b.map("subtract", kind, shape, x, share))


def _average(b: Builder, x: Read, axes: Shape, kind: str) -> Read:
    total = b.fold("sum", x, axes, kind) if axes else x
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    return b.map("divide", kind, total.shape, total, Number(-1, float(count)))


def _centred(b: Builder, x: Read, eps: float, axes: Shape, kind: str) -> tuple[Read, Read]:
    """X - mean, and 1 / sqrt(var + eps); eps is a constant, so both ways find the same node."""
    shape = x.shape
    centred = b.map("subtract", kind, shape, x, spread(_average(b, x, axes, kind), shape))
    variance = _average(b, b.map("square", kind, shape, centred), axes, kind)
    small = variance.shape
    return centred, b.map(
        "rsqrt", kind, small, b.map("add", kind, small, variance, Number(-1, eps))
    )


def _standardize(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], given: Any) -> Read:
    kind = _wide(dtype)
    axes, eps = given
    x = _real(b, operands[0], shape, dtype)
    centred, factor = _centred(b, x, eps, axes, kind)
    result = b.map("multiply", kind, shape, centred, spread(factor, shape))
    return _narrow(b, dtype, shape, result)


def _standardize_slope(
    b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], given: Any
) -> Read:
    kind = _wide(dtype)
    axes, eps = given
    gradient, x = (_real(b, o, shape, dtype) for o in operands)
    centred, factor = _centred(b, x, eps, axes, kind)
    z = b.map("multiply", kind, shape, centred, spread(factor, shape))
    mean = _average(b, gradient, axes, kind)
    along = _average(b, b.map("multiply", kind, shape, gradient, z), axes, kind)
    rest = b.map("subtract", kind, shape, gradient, spread(mean, shape))
    taken = b.map("multiply", kind, shape, z, spread(along, shape))
    rest = b.map("subtract", kind, shape, rest, taken)
    result = b.map("multiply", kind, shape, rest, spread(factor, shape))
    return _narrow(b, dtype, shape, result)


def _hit(b: Builder, shape: Shape, axis: int, index: Any) -> Read:
    """Whether an element's number along the axis is the index of its line."""
    small = tuple([1 if a == axis else n for a, n in enumerate(shape)])
    if isinstance(index, Number):
        wanted: Operand = index
    else:
        own = Read(index.source, small, index.strides, index.offset)
        wanted = spread(b.map("cast", "int32", small, own), shape)
    return b.map("equal", "bool", shape, _along(shape, axis), wanted)


def _choose(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
    x, index = operands
    full = x.shape
    hit = _hit(b, full, axes[0], index)
    found = b.map("where", dtype, full, hit, x, Number(-1, 0))
    read = b.fold("reduce_any" if dtype == "bool" else "sum", found, axes, dtype)
    return Read(read.source, shape, contiguous(shape))


def _scatter_one(adds: bool) -> Lower:
    def lower(b: Builder, dtype: str, shape: Shape, operands: Sequence[Any], axes: Any) -> Read:
        x, index, source = operands
        hit = _hit(b, shape, axes[0], index)
        written = b.map("add", dtype, shape, x, source) if adds else source
        return b.map("where", dtype, shape, hit, written, x)

    return lower


LOWERED: dict[str, Lower] = {
    "sum": _simple_fold("sum"),
    "reduce_max": _simple_fold("reduce_max"),
    "reduce_min": _simple_fold("reduce_min"),
    "reduce_any": _simple_fold("reduce_any"),
    "reduce_all": _simple_fold("reduce_all"),
    "mean": _mean,
    "argmax": _place(True),
    "argmin": _place(False),
    "log_softmax": _log_softmax,
    "log_softmax_slope": _log_softmax_slope,
    "standardize": _standardize,
    "standardize_slope": _standardize_slope,
    "choose": _choose,
    "scatter_one": _scatter_one(False),
    "scatter_add_one": _scatter_one(True),
}


def as_it_lies(name: str, operands: Sequence[Operand]) -> list[bool]:
    """For each operand of an operation with kernels of its own, whether they can read it so."""
    reads = [o for o in operands if isinstance(o, Read)]
    if name in ("matmul", "linear"):
        fits = [_is_matrix(read) for read in reads[:2]]
        if name == "linear":
            fits[0] = fits[0] and len(merged(reads[0].shape[:-1], reads[0].strides[:-1])[0]) <= 1
            return [*fits, reads[2].flat]
        return fits
    if name.startswith("convolution"):
        return [read.flat for read in reads]
    return [True] * len(reads)


def _is_matrix(read: Read) -> bool:
    """Whether elements are neighbours along one of the last two axes, and there are few others."""
    if len(read.shape) == 1:
        return read.strides[0] == 1
    *batch, rows, columns = read.shape
    *_, down, along = read.strides
    neighbours = (along == 1 or columns == 1) or (down == 1 or rows == 1)
    return neighbours and min(read.strides) >= 0 and len([n for n in batch if n != 1]) <= 3


OPAQUE = frozenset(
    "matmul linear convolution convolution_input convolution_weight max_pool max_pool_index "
    "sum_pool sum_pool_input index_put scatter scatter_add cumsum argsort nonzero_count nonzero "
    "concatenate put_slice".split()
)
"""Operations with kernels of their own."""
