"""What the parts of a fused kernel's text have in common: its arguments, blocks, expressions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from plugtorch_opencl.nodes import Node, Number, Read
from plugtorch_opencl.render.expressions import Context, expression
from plugtorch_opencl.render.types import FLOATING, SMALL, VARIABLE


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


def level_word(level: str) -> str:
    """What is loaded at several levels has several names: their blocks may be one."""
    return "" if level == "full" else f"{level}_"


def lane_numbers(own: str, width: int) -> str:
    """A vector of 0, 1, 2 ..."""
    return f"({own}{width})({', '.join(map(str, range(width)))})"


def negated(dtype: str, text: str) -> str:
    """A scalar as a lane of a vector: true is 1 in the one and -1 in the other."""
    return f"(char)(-{text})" if dtype == "bool" else text


def given_dtype(operand: Any, node: Node) -> str:
    """The dtype of an operand."""
    if isinstance(operand, Read):
        return operand.source.dtype
    return operand.dtype or number_dtype(node)


def number_dtype(node: Node) -> str:
    """The dtype of a Python number among a node's operands: that of the tensors beside it."""
    for operand in reversed(node.operands):
        if isinstance(operand, Read) and not (node.name == "where" and operand is node.operands[0]):
            return operand.source.dtype
        if isinstance(operand, Number) and operand.dtype:
            return operand.dtype
    return node.dtype
