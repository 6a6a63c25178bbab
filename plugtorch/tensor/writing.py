"""In-place operations: a new value is computed, then written into the box.

A recorded write through a view continues the graph of the tensor that the view is of: the whole
with the part replaced. Values that backward needs are arrays that never change, so no write can
spoil a gradient.
"""

from __future__ import annotations

from typing import Any

from plugtorch import dtypes
from plugtorch.errors import AutogradError, DTypeError, ShapeError
from plugtorch.graph import mode
from plugtorch.ops import elementwise
from plugtorch.primitive import PRIMITIVES, cast, to_device
from plugtorch.storage import TensorBase, base_of, share, store
from plugtorch.tensor.axes import shape_of


def assign(x: Any, new: Any, name: str) -> Any:
    """Write ``new`` into ``x``, converted to its dtype; recorded if gradients flow to either."""
    if shape_of(new) != shape_of(x):
        raise ShapeError(
            f"[{name}] the result has shape {shape_of(new)}, which cannot be stored in a tensor of "
            "shape "
            f"{shape_of(x)}. Use the operation that is not in place."
        )
    if new.dtype is not x.dtype:
        if new.dtype.kind > x.dtype.kind:
            raise DTypeError(
                f"[{name}] a result of {new.dtype!r} cannot be stored in a {x.dtype!r} tensor. "
                "Convert the tensor with .to() first."
            )
        new = cast(new, x.dtype)
    if new.storage.backend is not x.storage.backend:  # x followed an operand there
        new = to_device(new, x.storage.backend)
    if mode.enabled and (x.tracked or new.tracked):
        record(x, new, name)
    else:
        store(x, new.value())
    return x


def record(x: Any, new: Any, name: str) -> None:
    """Write ``new`` so that gradients flow through the write."""
    view = x.through
    base = base_of(x, view) if view is not None else None
    owner = x if base is None else base
    if owner.tracked and owner.node is None:
        what = "a leaf tensor" if base is None else "a view of a leaf tensor"
        raise AutogradError(
            f"[{name}] {what} that requires grad cannot be changed in place: its gradient would be "
            "lost. "
            "Use `with plugtorch.no_grad():` to change it outside the graph."
        )
    if not x.dtype.is_floating_point:
        store(x, new.value())
        return
    if x.tracked and not new.tracked:
        # the value no longer depends on x, yet x stays in the graph, with the gradient 0
        new = elementwise.where.apply(x.new_ones((), dtype=dtypes.bool_), new, x)
    if base is None:
        store(x, new.value())
        x.node, x.tracked = new.node, new.tracked
        return
    done = len(base.through.steps) if base.through is not None else 0
    whole = _replaced(base, view.steps[done:], new)
    store(base, whole.value())
    base.node, base.tracked = whole.node, whole.tracked


def _replaced(whole: Any, steps: Any, part: Any) -> Any:
    """``whole`` with what ``steps`` shows of it replaced by ``part``, in recorded operations."""
    if not steps:
        return part
    (movement, parameters), rest = steps[0], steps[1:]
    if rest:
        part = _replaced(movement(whole, **parameters), rest, part)
    return movement.put_rule(PRIMITIVES, whole, part, **parameters)


def copy_(self: Any, src: Any, non_blocking: bool = False) -> Any:
    """Write the values of src, broadcast and converted to this dtype and device. Source:
    torch.Tensor.copy_.
    """
    if not isinstance(src, TensorBase):
        raise DTypeError(f"[copy_] needs a tensor, got {type(src).__name__}.")
    given = src
    if src.storage.backend is not self.storage.backend:
        src = to_device(src, self.storage.backend)
    if src.dtype is not self.dtype:
        src = cast(src, self.dtype)
    shape = shape_of(self)
    if shape_of(src) != shape:
        src = PRIMITIVES["expand"](src, shape=tuple(shape))
    view = self.through
    if (
        view is not None
        and not (mode.enabled and (self.tracked or src.tracked))
        and _quick(self, src)
    ):
        return self
    if (
        src is given or src.through is not None
    ):  # its memory may be NumPy's, or one for all elements
        src = elementwise.clone.apply(src)
    return assign(self, src, "copy_")


def _quick(x: Any, new: Any) -> bool:
    """Write a slice into a box whose array nobody else holds, without copying the rest of it."""
    view, storage = x.through, x.storage
    kernel = storage.backend.reusing.get("put_slice")
    if kernel is None or len(view.steps) > 1 or view.steps[0][0].name != "slice":
        return False
    part = new.value()
    spans = view.steps[0][1]["spans"]
    view.array = None  # this view must not count as a holder
    holder = [storage.array]
    storage.array = None
    try:
        storage.array = kernel(holder, part, spans=spans)
    except BaseException:
        storage.array = holder[0]
        raise
    finally:
        storage.version += 1
    return True


def arithmetic(primitive: Any, function: Any, name: str) -> Any:
    """The in-place twin of +, -, *, /: into the same memory where nobody else holds it."""
    kernel_name = primitive.name

    def method(self: Any, other: Any, *old: Any, **options: Any) -> Any:
        storage = self.storage
        kernel = storage.backend.reusing.get(kernel_name)
        special = old or options or self.through is not None
        if kernel is None or special or not self.dtype.wide:
            return assign(self, function(self, other, *old, **options), name)
        if type(other) is float or type(other) is int:
            if self.tracked and mode.enabled:
                return assign(self, function(self, other), name)
            y: Any = float(other)
        elif (
            isinstance(other, TensorBase)
            and other.dtype is self.dtype
            and other.storage.backend is storage.backend
            and not (mode.enabled and (self.tracked or other.tracked))
            and shape_of(other) == shape_of(self)
        ):
            y = other.value()
        else:
            return assign(self, function(self, other), name)
        holder = [storage.array]
        storage.array = None
        try:
            storage.array = kernel(holder, y)
        except BaseException:
            storage.array = holder[0]
            raise
        storage.version += 1
        return self

    method.__name__ = name
    method.__doc__ = f"In place: see ``{name.rstrip('_')}``. Source: torch.Tensor.{name}."
    return method


def twin(function: Any, name: str) -> Any:
    """The in-place twin of a function whose result has the shape of its first argument."""

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return assign(self, function(self, *args, **kwargs), name)

    method.__name__ = name
    method.__doc__ = f"In place: see ``{name.rstrip('_')}``. Source: torch.Tensor.{name}."
    return method


def reshaped(function: Any, name: str) -> Any:
    """The in-place twin of a function whose result is a view: the tensor becomes that view."""

    def method(self: Any, *args: Any) -> Any:
        recording = mode.enabled
        mode.enabled = True  # outside the graph too it stays the tensor it is
        try:
            seen = function(self, *args)
        finally:
            mode.enabled = recording
        view = seen.through
        if self.tracked and self.node is None:
            if recording:
                raise AutogradError(
                    f"[{name}] a leaf tensor that requires grad cannot be changed in place: its "
                    "gradient would be lost. Use `with plugtorch.no_grad():`, or the operation "
                    f"{name.rstrip('_')} that is not in place."
                )
            view.base = None
        else:
            if view.base is self:  # what it was goes on as its base, for its older views as well
                view.base = share(self)
                view.base.node, view.base.tracked = self.node, self.tracked
            self.node, self.tracked = seen.node, seen.tracked
        self.through = view
        return self

    method.__name__ = name
    method.__doc__ = f"In place: see ``{name.rstrip('_')}``. Source: torch.Tensor.{name}."
    return method


def fill_(self: Any, value: Any) -> Any:
    """Every element set to one number. Source: torch.Tensor.fill_."""
    if isinstance(value, TensorBase):
        if shape_of(value):
            raise ShapeError(
                f"[fill_] needs a number or a 0-d tensor, got shape {shape_of(value)}."
            )
        return copy_(self, value)
    value = dtypes.fitting("fill_", value, self.dtype)
    new = PRIMITIVES["full"].create(
        self.storage.backend, self.dtype, shape=tuple(shape_of(self)), value=value
    )
    return assign(self, new, "fill_")


def zero_(self: Any) -> Any:
    """Every element set to 0. Source: torch.Tensor.zero_."""
    return fill_(self, 0)
