"""Primitives that only look differently at the same box: their results are views."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.backend import Array, Backend
from plugtorch.errors import UnsupportedError
from plugtorch.graph import mode
from plugtorch.primitive.faults import explain
from plugtorch.primitive.primitive import Primitive
from plugtorch.storage import TensorBase, View, new, results


class Movement(Primitive):
    """A primitive that only rearranges: its result is a view, and a write to it goes to the same
    box.
    """

    put_rule: Callable[..., Array] | None = None

    def puts(self, function: Callable[..., Array]) -> Callable[..., Array]:
        """Decorator for put(kernels, whole, part, **parameters): ``whole`` with the part that this
        shows replaced.
        """
        self.put_rule = function
        return function

    def put(self, backend: Backend, whole: Array, part: Array, parameters: dict[str, Any]) -> Array:
        """``whole`` with the part that this shows replaced, by the put rule."""
        if self.put_rule is None:
            raise UnsupportedError(f"[{self.name}] cannot be written through. Use clone() first.")
        return self.put_rule(backend.kernels, whole, part, **parameters)

    def __call__(self, first: TensorBase, *others: Any, **parameters: Any) -> Any:
        """Run on a tensor: another that sees the same box."""
        x = first
        storage = x.storage
        view = x.through
        array = storage.array if view is None else x.value()
        backend = storage.backend
        try:
            seen = backend.kernels[self.name](array, **parameters)
        except Exception as error:
            raise explain(self, backend, (x,), parameters, error) from error
        result = new(results.cls)
        result.storage = storage
        result.dtype = x.dtype
        result.through = other = new(View)
        other.array = seen
        other.version = storage.version
        if view is None:
            other.steps = ((self, parameters),)
            other.base = x if mode.enabled else None
        else:
            other.steps = (*view.steps, (self, parameters))
            base = view.base
            other.base = None if not mode.enabled else x if base is None else base
        if x.tracked and mode.enabled:
            self._record_one(result, x, array, seen, parameters)
        else:
            result.node = None
            result.tracked = False
        return result

    def record(self, x: TensorBase, parameters: dict[str, Any]) -> Any:
        """The result with its graph, whatever the mode is; for views that look again."""
        before = mode.enabled
        mode.enabled = True
        try:
            return self(x, **parameters)
        finally:
            mode.enabled = before
