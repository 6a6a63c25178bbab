"""In which pass over a row each fused node is computed, and what a later pass loads again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugtorch_opencl.nodes import Node, Read

if TYPE_CHECKING:
    from plugtorch_opencl.render.rows import Rows

KEPT_ROW = 65536  # elements of a row that a processor's cache keeps between passes
COSTLY = frozenset(
    "exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan sinh cosh tanh asinh acosh "
    "atanh sigmoid softplus erf erfc power atan2 pick random_uniform random_normal floor_divide "
    "remainder fmod".split()
)
"""Operations that cost more than to store a result and to load it again."""


def numbered(rows: Rows) -> tuple[int, dict[Node, int]]:
    """How many passes there are; in which a full node can be computed, and before which an outer
    one is known.
    """
    passes, found = 1, dict[Node, int]()
    for node in sorted(rows.level, key=lambda n: n.order):
        ready = 0
        for operand in node.operands:
            if isinstance(operand, Read) and isinstance(operand.source, Node):
                ready = max(ready, found.get(operand.source, 0))
        if node.kind == "fold":
            ready += 1
            passes = max(passes, ready)
        elif rows.level[node] == "full":
            passes = max(passes, ready + 1)
        found[node] = ready
    return passes, found


def remembered(rows: Rows) -> set[Node]:
    """Full nodes that a later pass loads, because to compute them again would cost more.

    What is stored anyway is loaded from there. On a graphics card a row is not in the cache.
    """
    if rows.width == 1 or rows.passes == 1 or rows.mode != "row":
        return set()
    row = rows.lanes
    for axis in rows.inner:
        row *= rows.axes[axis]
    if row > KEPT_ROW:
        return set()
    found: set[Node] = set()
    first: dict[Node, int] = {}
    for number in range(rows.passes):
        todo = [n for n in rows.stored if rows.level[n] == "full" and rows.ready[n] == number]
        for node in rows.level:
            if node.kind == "fold" and rows.ready[node] == number + 1:
                todo += full_sources(rows, node)
        seen: set[Node] = set()
        while todo:
            node = todo.pop()
            if node in seen:
                continue
            seen.add(node)
            if node in first and first[node] < number:
                if node.name in COSTLY or node in rows.stored:
                    found.add(node)
                    continue
            first.setdefault(node, number)
            todo += full_sources(rows, node)
    # it is there from the pass on that computes it first
    return {node for node in found if first[node] == rows.ready[node] or node not in rows.stored}


def full_sources(rows: Rows, node: Node) -> list[Node]:
    """The full nodes of the group that a node reads."""
    sources = [o.source for o in node.operands if isinstance(o, Read)]
    return [s for s in sources if isinstance(s, Node) and rows.level.get(s) == "full"]
