"""For operations whose gradient is written out: second derivatives by way of the graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from plugtorch.autograd import grad


def by_graph(compute: Callable[..., Any], given: Sequence[Any], gradients: Any) -> list[Any]:
    """The gradients of what ``compute`` was given, for those of its result, themselves recorded.

    given: tensors, and None for what is left out.
    """
    # a copy is a node that nothing else leads to
    copies = [None if x is None else x.clone() for x in given]
    wanted = [x for x in copies if x is not None and x.requires_grad]
    result = compute(*copies)
    found = iter(grad(result, wanted, gradients, create_graph=True, allow_unused=True))
    return [next(found) if x is not None and x.requires_grad else None for x in copies]
