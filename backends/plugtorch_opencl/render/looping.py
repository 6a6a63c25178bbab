"""Loops over what a fold takes in, and how the errors of long sums are kept small in them.

A float that takes in n numbers one after another has an error that grows with n. So after CHUNK of
them the sum is put aside, and the next ones begin anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from plugtorch_opencl.nodes import Node
from plugtorch_opencl.render.matmul_text import indent
from plugtorch_opencl.render.statements import combine
from plugtorch_opencl.render.types import FLOATING, kind, splat

if TYPE_CHECKING:
    from plugtorch_opencl.render.rows import Rows

CHUNK = 64


class Sums:
    """The float sums among the folds of a pass: after a while they are put aside, and the next ones
    begin anew. stride: elements of a lane's step along the last axis, if that is folded.

    axis: whose loop is cut, None where there are too few elements for it. many: of its elements.
    """

    def __init__(self, rows: Rows, folds: list[Node], stride: int = 1) -> None:
        self.rows = rows
        self.nodes = [n for n in folds if n.name == "sum" and n.dtype in FLOATING]
        self.axis: int | None = None
        added = 1
        for axis in range(len(rows.axes) - 1, -1, -1) if self.nodes else ():
            if not rows.folded[axis]:
                continue
            step = stride if axis == len(rows.axes) - 1 else 1
            cut = rows.parts if rows.parts and axis == first_inner(rows) else 1
            steps = -(-rows.axes[axis] // (step * cut))
            if added * steps > 2 * CHUNK:
                self.axis, self.many = axis, max(1, CHUNK // added) * step
                break
            added *= steps
        if self.axis is None:
            self.nodes = []

    def loop(
        self, axis: int, head: str, until: tuple[str, int, str], step: str, body: list[str]
    ) -> list[str]:
        """A loop along an axis while place + ahead <= last, or place < last with nothing ahead."""
        place, ahead, last = until
        before = f"{place} + {ahead} <= " if ahead else f"{place} < "
        if axis != self.axis:
            return [f"for ({head}; {before}{last}; {step}) {{", *indent(body), "}"]
        many = self.rows.long("chunk", self.many)
        inside = [
            f"const long chunk_end = min({last}, {place} + {many});",
            f"for (; {before}chunk_end; {step}) {{",
            *indent(body),
            "}",
            *[line for node in self.nodes for line in self._aside(node)],
        ]
        return [f"for ({head}; {before}{last};) {{", *indent(inside), "}"]

    def _aside(self, node: Node) -> list[str]:
        name = self.rows.names[node]
        return [
            f"{name}_aside = {self._all(node)};",
            f"{name}_so_far = {splat(node.dtype, self.rows.width, '0')};",
        ]

    def _all(self, node: Node) -> str:
        name = self.rows.names[node]
        return combine(node, self.rows.width, f"{name}_aside", f"{name}_so_far")

    def begin(self) -> list[str]:
        """Statements in front of the loops."""
        width, names = self.rows.width, self.rows.names
        return [
            f"{kind(node.dtype, width)} {names[node]}_aside = {splat(node.dtype, width, '0')};"
            for node in self.nodes
        ]

    def end(self) -> list[str]:
        """Statements behind them."""
        return [f"{self.rows.names[node]}_so_far = {self._all(node)};" for node in self.nodes]


def loops(rows: Rows, body: list[str], sums: Sums) -> list[str]:
    """The body inside loops over the folded axes without lanes."""
    for axis in reversed(rows.inner):
        first, last = inner_range(rows, axis)
        place = f"i{axis}"
        body = sums.loop(axis, f"long {place} = {first}", (place, 0, last), f"++{place}", body)
    return body


def inner_range(rows: Rows, axis: int) -> tuple[str, str]:
    """From where to where a loop along a folded axis goes."""
    name = "columns" if axis == len(rows.axes) - 1 else f"size_{axis}"
    size = rows.long(name, rows.axes[axis])
    if rows.parts and axis == first_inner(rows):
        step = rows.width if axis == len(rows.axes) - 1 else 1
        each = -(-rows.axes[axis] // rows.parts)
        each = -(-each // step) * step
        name = rows.long("part_size", each)
        return f"min({size}, part * {name})", f"min({size}, (part + 1) * {name})"
    return "0", size


def first_inner(rows: Rows) -> int | None:
    """The axis that is cut into parts."""
    return rows.folded.index(True) if rows.parts else None
