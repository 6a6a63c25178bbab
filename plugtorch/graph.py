"""The graph that backward() walks: nodes, and whether they are being recorded.

A node knows the nodes before it, never the tensors after it, so no cycle keeps a graph alive: it is
freed when the loss that ended it is. What a node keeps of the forward pass are arrays, which never
change; a tensor written later cannot spoil them.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from plugtorch.backend import Backend
from plugtorch.dtypes import dtype
from plugtorch.storage import TensorBase, new, wrap

if TYPE_CHECKING:
    from plugtorch.primitive import Plan, Primitive


class _Mode(threading.local):
    enabled = True  # whether operations are recorded in this thread
    inference = False


mode = _Mode()
next_sequence = itertools.count().__next__  # a node made later has a larger number


class Node:
    """One recorded operation.

    parents: for each input the node that made it, or the leaf tensor itself, or None where no
    gradient flows. saved: what the gradient rules asked for, None once used up. shapes: of the
    inputs, None where all are equal to the output's. dtypes: of the inputs, then of the output.
    """

    __slots__ = (
        "sequence",
        "primitive",
        "plan",
        "parents",
        "saved",
        "shapes",
        "dtypes",
        "parameters",
        "backend",
        "hooks",
        "__weakref__",
    )

    sequence: int
    primitive: Primitive
    plan: Plan | None
    parents: tuple[Node | TensorBase | None, ...]
    saved: tuple[Any, ...] | None
    shapes: tuple[tuple[int, ...], ...] | None
    dtypes: tuple[dtype | None, ...]
    parameters: dict[str, Any]
    backend: Backend
    hooks: list[Callable[[Any], Any]] | None

    def name(self) -> str:
        """As it is shown: ``TanhBackward``."""
        return "".join(w.capitalize() for w in self.primitive.name.split("_")) + "Backward"

    def __repr__(self) -> str:
        return f"<{self.name()}>"

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """PyTorch's way to look at the parents."""
        return tuple((parent, 0) for parent in self.parents)

    def propagate(self, gradient: Any, create_graph: bool) -> list[Any]:
        """The gradients of the parents, one for each, for nodes without a plan."""
        raise NotImplementedError

    def free(self) -> None:
        """Let go of what was saved."""
        self.saved = None


def restorer(slot: int, position: int) -> Callable[[Node], Any]:
    """A function that gives, as a tensor, what a node saved in ``slot``: input ``position``, or the
    output.
    """

    def restore(node: Node) -> Any:
        array = node.saved[slot]  # type: ignore[index]
        kind = node.dtypes[position]
        if kind is None:  # a Python number
            return array
        tensor = wrap(array, kind, node.backend)
        if mode.enabled:  # create_graph: the value must lead back to what made it
            parents = node.parents
            source = node if position == len(parents) else parents[position]
            if isinstance(source, Node):
                tensor.node, tensor.tracked = source, True
            elif source is not None:
                tensor.node, tensor.tracked = link(source, node), True
        return tensor

    return restore


class Link(Node):
    """Leads from a saved value of a leaf to the leaf, which may have been written since."""

    __slots__ = ()

    def name(self) -> str:
        """As it is shown."""
        return "LinkBackward"

    def propagate(self, gradient: Any, create_graph: bool) -> list[Any]:
        """The gradient itself."""
        return [gradient]


def link(leaf: TensorBase, user: Node) -> Link:
    """A node that leads to ``leaf``, for a value of it that ``user`` saved."""
    link = new(Link)
    link.sequence = next_sequence()
    link.primitive = user.primitive
    link.plan = None
    link.parents = (leaf,)
    link.saved = ()
    link.shapes = None
    link.dtypes = ()
    link.parameters = {}
    link.backend = user.backend
    link.hooks = None
    return link
