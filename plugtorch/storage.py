"""The only mutable thing: a box with a backend's array in it, and the views into that box.

Arrays never change; changing a tensor means putting another array into its box. Tensors that see
the same box (``reshape``, slices, ``transpose``, ``expand``, ``detach``) notice by its version
number and look again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugtorch.backend import Array, Backend
from plugtorch.dtypes import dtype

if TYPE_CHECKING:
    from plugtorch.graph import Node
    from plugtorch.primitive import Movement

new = object.__new__  # skips __init__: half the price of a call, on the hottest path there is


class Storage:
    """A box: the array, the opened device it is on, and how often the box was written."""

    __slots__ = ("array", "backend", "version")

    array: Array
    backend: Backend
    version: int


Step = tuple["Movement", dict[str, Any]]


class View:
    """How a tensor sees its box: through ``steps``, movements applied one after the other.

    base is the tensor whose graph a recorded write must continue; None for a detached view. array
    is what was seen at ``version`` of the box.
    """

    __slots__ = ("steps", "base", "array", "version")

    steps: tuple[Step, ...]
    base: TensorBase | None
    array: Array
    version: int


class TensorBase:
    """The part of a tensor that dispatch reads; ``Tensor`` adds the methods.

    node is the graph node that made it (None for a leaf); tracked says that gradients flow to it.
    """

    __slots__ = ("storage", "dtype", "through", "node", "tracked", "_grad", "_hooks")

    storage: Storage
    dtype: dtype
    through: View | None
    node: Node | None
    tracked: bool

    def value(self) -> Array:
        """The array seen now. Looks again if the box was written through another tensor."""
        view = self.through
        if view is None:
            return self.storage.array
        if view.version != self.storage.version:
            refresh(self, view)
        return view.array


class _Results:
    """The class of results. ``plugtorch.tensor`` puts Tensor here: the layers below cannot import
    it.
    """

    cls: type[TensorBase] = TensorBase


results = _Results()


def wrap(array: Array, dtype: dtype, backend: Backend) -> Any:
    """A new tensor, in a new box, that no gradient flows to."""
    storage = new(Storage)
    storage.array = array
    storage.backend = backend
    storage.version = 0
    tensor = new(results.cls)
    tensor.storage = storage
    tensor.dtype = dtype
    tensor.through = None
    tensor.node = None
    tensor.tracked = False
    return tensor


def share(tensor: TensorBase) -> Any:
    """Another tensor that sees the same box in the same way; no gradient flows to it."""
    alias = new(results.cls)
    alias.storage = tensor.storage
    alias.dtype = tensor.dtype
    alias.node = None
    alias.tracked = False
    if tensor.through is None:
        alias.through = None
    else:
        alias.through = new(View)
        alias.through.array = tensor.value()
        alias.through.version = tensor.through.version
        alias.through.steps = tensor.through.steps
        alias.through.base = None
    return alias


def base_of(tensor: TensorBase, view: View) -> TensorBase | None:
    """The tensor whose graph a recorded write through ``view`` must continue, None without one."""
    base = view.base
    while base is not None and base.through is not None and base.through.base is not None:
        base = base.through.base  # it became a view itself: t_(), unsqueeze_()
    if base is None or base.storage is not tensor.storage:  # it was given another box
        return None
    steps = base.through.steps if base.through is not None else ()
    return base if view.steps[: len(steps)] == steps else None


def refresh(tensor: TensorBase, view: View) -> None:
    """Look again through a view whose box was written; its graph is made anew too, where it has a
    base.
    """
    base = base_of(tensor, view)
    if base is None:
        array = tensor.storage.array
        for movement, parameters in view.steps:
            array = tensor.storage.backend.kernels[movement.name](array, **parameters)
        view.array = array
    else:
        again: TensorBase = base
        done = len(base.through.steps) if base.through is not None else 0
        for movement, parameters in view.steps[done:]:
            again = movement.record(again, parameters)
        view.array = again.value()
        tensor.node, tensor.tracked = again.node, again.tracked
    view.version = tensor.storage.version


def put_back(backend: Backend, whole: Array, steps: tuple[Step, ...], part: Array) -> Array:
    """``whole`` with what ``steps`` shows of it replaced by ``part``."""
    if not steps:
        return part
    (movement, parameters), rest = steps[0], steps[1:]
    if rest:
        inner = backend.kernels[movement.name](whole, **parameters)
        part = put_back(backend, inner, rest, part)
    return movement.put(backend, whole, part, parameters)


def store(tensor: TensorBase, array: Array) -> None:
    """Write ``array`` (of the tensor's shape and dtype) into the tensor's box. Records nothing."""
    storage = tensor.storage
    view = tensor.through
    if view is None:
        storage.array = array
        storage.version += 1
    else:
        storage.array = put_back(storage.backend, storage.array, view.steps, array)
        storage.version += 1
        if view.base is None:
            view.array, view.version = array, storage.version
