"""Cases by hand: a function of the library, which gives what is to be equal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Case = Callable[[Any], Any]


class Cases(dict[str, Case]):
    """Cases by the words of their names."""

    def add(self, function: Case) -> Case:
        """Decorator that adds one."""
        self[function.__name__.replace("_", " ")] = function
        return function


def leaf(library: Any, *shape: int) -> Any:
    """1, 2, 3, ... in a shape, with gradients."""
    count = 1
    for size in shape:
        count *= size
    return library.arange(1.0, count + 1).reshape(shape).requires_grad_()
