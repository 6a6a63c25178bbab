"""How deep containers lie in one another, found without recursion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plugtorch.tensor import Tensor

DEEPEST = 1000  # more would exhaust Python's stack when shown


def too_deep(outermost: Any) -> bool:
    """Whether containers lie more than ``DEEPEST`` times in one another; one in itself counts once.

    Goes down one path at a time, and remembers how far down each container reaches.
    """
    reach: dict[int, int] = {}
    path = [id(outermost)]
    left = [_inside(outermost)]  # of each container of the path
    deepest = [0]  # below each of them
    on_path = set(path)
    while path:
        if not left[-1]:
            done = path.pop()
            left.pop()
            on_path.discard(done)
            found = reach[done] = 1 + deepest.pop()
        else:
            inner = left[-1].pop()
            identity = id(inner)
            if identity in on_path:
                continue
            found = reach.get(identity, 0)
            if not found:
                path.append(identity)
                left.append(_inside(inner))
                deepest.append(0)
                on_path.add(identity)
        if path and found > deepest[-1]:
            deepest[-1] = found
        if len(path) + found > DEEPEST:
            return True
    return False


def _inside(outer: Any) -> list[Any]:
    """What lies in a container or a tensor's attributes, and may have something inside itself."""
    if isinstance(outer, (tuple, list)):
        parts: list[Iterable[Any]] = [outer]
    elif isinstance(outer, dict):
        parts = [outer.values(), getattr(outer, "__dict__", {}).values()]
    else:
        parts = [vars(outer).values()] if isinstance(outer, Tensor) else []
    return [item for part in parts for item in part if isinstance(item, _NESTING)]


_NESTING = (tuple, list, dict, Tensor)
