"""The table of operations: each notes a line of the graph.

Nothing is computed here. What cannot wait is asked for here too: whether an index is inside.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from plugtorch.dtypes import dtype
from plugtorch.errors import ArgumentError, IndexRangeError
from plugtorch.primitive import PRIMITIVES, Elementwise
from plugtorch_opencl.graph import Array
from plugtorch_opencl.looking import Looking
from plugtorch_opencl.render.matmul_signature import MOST_BATCH_AXES
from plugtorch_opencl.views import Shape

Note = Callable[..., Array]
Table = dict[str, Callable[..., Array]]
INTEGERS = frozenset(("uint8", "int8", "int16", "int32", "int64"))


class Kernels(Looking):
    """The table for one device. read(array) gives values as a NumPy array, and waits for them."""

    def table(self) -> Table:
        """All of it, by name."""
        table: Table = {}
        for name, primitive in PRIMITIVES.items():
            if isinstance(primitive, Elementwise):
                count = len(primitive.inputs)
                gives = primitive.gives.name if primitive.gives else None
                maker = (self._unary, self._binary, self._ternary)[count - 1]
                table[name] = maker(name, gives)
        for name in ("sum", "mean", "reduce_max", "reduce_min", "reduce_any", "reduce_all"):
            table[name] = self._fold(name)
        for name in ("argmax", "argmin"):
            table[name] = self._place(name)
        for name in ("floor_divide", "remainder", "fmod"):
            table[name] = self._dividing(name, table[name])
        for name in ("max_pool", "max_pool_index", "sum_pool", "sum_pool_input", "concatenate"):
            table[name] = self._work(name)
        for name in ("convolution_input", "convolution_weight", "attention", "attention_slope"):
            table[name] = self._work(name)
        for name in ("recurrence", "recurrence_slope"):
            table[name] = self._work(name)
        for name in ("random_uniform", "random_normal", "random_bits"):
            table[name] = self._random(name)
        for name in ("floor", "ceil", "round", "trunc"):
            table[name] = self._whole(table[name])
        for name in (
            "cast clone power reshape permute expand slice flip put_slice full arange index "
            "index_put gather scatter scatter_add nonzero cumsum argsort log_softmax "
            "log_softmax_slope standardize standardize_slope matmul linear convolution"
        ).split():
            table[name] = getattr(self, name)
        return table

    # -- element by element ------------------------------------------------------------------------

    def _unary(self, name: str, gives: str | None) -> Note:
        note = self.note

        def kernel(x: Array) -> Array:
            if 0 in x.shape:
                return self.empty(gives or x.value.dtype, x.shape)
            return note(name, gives or x.value.dtype, x.shape, (x,))

        return kernel

    def _binary(self, name: str, gives: str | None) -> Note:
        note = self.note

        def kernel(x: Any, y: Any) -> Array:
            if type(x) is Array:
                kind = gives or x.value.dtype
                if type(y) is Array:
                    shape = x.shape
                    if shape != y.shape:
                        x, y = self.alike(name, x, y)
                        shape = x.shape
                else:
                    shape = x.shape
            else:
                kind = gives or y.value.dtype
                shape = y.shape
            if 0 in shape:
                return self.empty(kind, shape)
            result = note(name, kind, shape, (x, y))
            if kind == "int64" and name == "add" and type(y) is int and x.value.bounds is not None:
                low, high = x.value.bounds[0] + y, x.value.bounds[1] + y
                if low >= -(2**63) and high < 2**63:  # else some of them wrap around
                    result.value.bounds = low, high
            return result

        return kernel

    def _ternary(self, name: str, gives: str | None) -> Note:
        chooses = name == "where"  # its first operand is the condition

        def kernel(condition: Any, x: Any, y: Any) -> Array:
            kind = next(
                o.value.dtype
                for o in ((x, y) if chooses else (condition, x, y))
                if type(o) is Array
            )
            operands = self.alike(name, condition, x, y)
            shape = operands[0].shape
            if 0 in shape:
                return self.empty(kind, shape)
            result = self.note(name, kind, shape, operands)
            if kind in INTEGERS and chooses:
                result.value.bounds = _hull(x, y)
            return result

        return kernel

    def alike(self, name: str, *operands: Any) -> tuple[Any, ...]:
        """The operands in their common shape; numbers stay numbers."""
        shapes = [o.shape for o in operands if type(o) is Array]
        shape = PRIMITIVES[name].shape(*shapes)
        return tuple([self.stretch(o, shape) if type(o) is Array else o for o in operands])

    def power(self, x: Any, y: Any) -> Array:
        """x^y. Some exponents are other operations, many times faster."""
        if type(y) in (int, float) and x.value.dtype not in INTEGERS:
            if y == 2:
                return self._unary("square", None)(x)
            if y == 0.5:
                return self._unary("sqrt", None)(x)
            if y == 1:
                return x
            if y == -1:
                return self._unary("reciprocal", None)(x)
            if y == 3:
                return self._unary("cube", None)(x)
        return self._binary("power", None)(x, y)

    def _dividing(self, name: str, kernel: Note) -> Note:
        """Refuses to divide whole numbers by 0; if it must, it waits for the values to look."""

        def apply(x: Any, y: Any) -> Array:
            kind = x.value.dtype if type(x) is Array else y.value.dtype
            if kind in INTEGERS or kind == "bool":
                zero = y == 0 if type(y) is not Array else self._any_zero(y)
                if zero:
                    raise ArgumentError(
                        f"[{name}] a whole number has no quotient by 0. Convert to a "
                        "floating-point dtype first."
                    )
            result = kernel(x, y)
            if name == "remainder" and kind in INTEGERS and type(y) is int:
                result.value.bounds = (0, y - 1) if y > 0 else (y + 1, 0)
            return result

        return apply

    def _any_zero(self, y: Array) -> bool:
        low, high = self.bounds(y)
        if low > 0 or high < 0 or 0 in y.shape:
            return False
        return not self.read(self._fold("reduce_all")(y, tuple(range(len(y.shape))), False)).item()

    def _whole(self, kernel: Note) -> Note:
        """Whole numbers stay as they are."""

        def apply(x: Array) -> Array:
            return x if x.value.dtype in INTEGERS or x.value.dtype == "bool" else kernel(x)

        return apply

    def cast(self, x: Array, dtype: dtype) -> Array:
        """x in another dtype."""
        kind = dtype.name
        if kind == x.value.dtype:
            return x
        if 0 in x.shape:
            return self.empty(kind, x.shape)
        result = self.note("cast", kind, x.shape, (x,))
        if kind == "int64" or (kind == "int32" and x.value.dtype in ("int16", "int8", "uint8")):
            result.value.bounds = x.value.bounds
        return result

    def clone(self, x: Array) -> Array:
        """x, which never changes; copied only if elements of it are one in memory."""
        return self.copied(x) if 0 in x.strides and math.prod(x.shape) > 1 else x

    # -- folding -----------------------------------------------------------------------------------

    def _fold(self, name: str) -> Note:
        primitive = PRIMITIVES[name]
        gives = "bool" if name in ("reduce_any", "reduce_all") else None
        empty = {"sum": 0, "mean": float("nan"), "reduce_any": False, "reduce_all": True}.get(name)

        def kernel(x: Array, axes: Shape, keep: bool) -> Array:
            shape = primitive.shape(x.shape, axes=axes, keep=keep)
            kind = gives or x.value.dtype
            if 0 in shape:
                return self.empty(kind, shape)
            if 0 in x.shape:
                return self.note("full", kind, shape, (empty,))
            return self.note(name, kind, shape, (x,), axes)

        return kernel

    def _place(self, name: str) -> Note:
        primitive = PRIMITIVES[name]

        def kernel(x: Array, axis: int, keep: bool) -> Array:
            if not x.shape:
                return self.note("full", "int64", (), (0,))
            shape = primitive.shape(x.shape, axis=axis, keep=keep)
            if 0 in shape:
                return self.empty("int64", shape)
            result = self.note(name, "int64", shape, (x,), (axis,))
            result.value.bounds = (0, x.shape[axis] - 1)
            return result

        return kernel

    def log_softmax(self, x: Array, axis: int) -> Array:
        """x - ln sum e^x along an axis."""
        return self._along("log_softmax", (x,), (axis,) if x.shape else ())

    def log_softmax_slope(self, x: Array, log_p: Array, axis: int) -> Array:
        """x - e^log_p sum x along an axis."""
        return self._along("log_softmax_slope", (x, log_p), (axis,) if x.shape else ())

    def standardize(self, x: Array, axes: Shape, eps: float) -> Array:
        """(x - mean) / sqrt(var + eps) over axes."""
        PRIMITIVES["standardize"].shape(x.shape, axes=axes, eps=eps)
        return self._along("standardize", (x,), (axes, float(eps)))

    def standardize_slope(self, gradient: Array, x: Array, axes: Shape, eps: float) -> Array:
        """What standardize lets back."""
        PRIMITIVES["standardize_slope"].shape(gradient.shape, x.shape, axes=axes, eps=eps)
        return self._along("standardize_slope", (gradient, x), (axes, float(eps)))

    def _along(self, name: str, operands: tuple[Any, ...], parameters: Any) -> Array:
        x = operands[0]
        if 0 in x.shape:
            return x
        return self.note(name, x.value.dtype, x.shape, operands, parameters)

    # -- new ones ----------------------------------------------------------------------------------

    def full(self, shape: Shape, value: Any, dtype: dtype) -> Array:
        """Filled with one number."""
        if 0 in shape:
            return self.empty(dtype.name, shape)
        # one element, repeated: it takes no memory, and what reads it takes a number
        single = self.note("full", dtype.name, (), (value,))
        if dtype.name in INTEGERS:
            single.value.bounds = (int(value), int(value))
        return single if not shape else single.seen(shape, (0,) * len(shape), 0)

    def arange(self, start: Any, step: Any, length: int, dtype: dtype) -> Array:
        """start, start + step ..."""
        if not length:
            return self.empty(dtype.name, (0,))
        mode = "real" if isinstance(start + step, float) else "whole"
        result = self.note("arange", dtype.name, (length,), (start, step), (mode,))
        if mode == "whole" and dtype.name in ("int32", "int64"):
            result.value.bounds = tuple(sorted((start, start + step * (length - 1))))
        return result

    def _random(self, name: str) -> Note:
        def kernel(shape: Shape, seed: int, offset: int, dtype: dtype) -> Array:
            if 0 in shape:
                return self.empty(dtype.name, shape)
            return self.note(name, dtype.name, shape, (seed % 2**64, offset % 2**64))

        return kernel

    # -- what indices are known to be ------------------------------------------------------------

    def bounds(self, index: Array) -> tuple[int, int]:
        """The smallest and largest of whole numbers; waits for them where nothing is known."""
        value = index.value
        if value.bounds is not None:
            return value.bounds
        return self.measured(index)

    def measured(self, index: Array) -> tuple[int, int]:
        """The smallest and largest element seen, waiting for them."""
        if 0 in index.shape:
            return 0, 0
        axes = tuple(range(len(index.shape)))
        low = self._fold("reduce_min")(index, axes, False)
        high = self._fold("reduce_max")(index, axes, False)
        found = int(self.read(low)), int(self.read(high))
        if math.prod(index.shape) == math.prod(index.value.shape) and 0 not in index.strides:
            index.value.bounds = found
        return found

    def inside(self, name: str, index: Array, extent: int, lowest: int) -> None:
        """Refuse an index outside ``lowest`` to ``extent`` - 1."""
        if 0 in index.shape:
            return
        low, high = self.bounds(index)
        if low < lowest or high >= extent:
            low, high = self.measured(index)  # what is seen may be less than all
            if low < lowest or high >= extent:
                found = low if low < lowest else high
                raise IndexRangeError(
                    f"[{name}] index {found} is outside an axis of size {extent}: it must be from "
                    f"{lowest} to {extent - 1}."
                )

    # -- others ------------------------------------------------------------------------------------

    def cumsum(self, x: Array, axis: int) -> Array:
        """Sums of all elements up to each."""
        if 0 in x.shape or not x.shape:
            return x
        return self.note("cumsum", x.value.dtype, x.shape, (x,), (axis,))

    def argsort(self, x: Array, axis: int, descending: bool) -> Array:
        """The order that sorts along an axis."""
        if 0 in x.shape:
            return self.empty("int64", x.shape)
        if not x.shape:
            return self.note("full", "int64", (), (0,))
        result = self.note("argsort", "int64", x.shape, (x,), (axis, descending))
        result.value.bounds = (0, x.shape[axis] - 1)
        return result

    def matmul(self, x: Array, y: Array) -> Array:
        """The matrix product."""
        shape = PRIMITIVES["matmul"].shape(x.shape, y.shape)
        if 0 in shape:
            return self.empty(x.value.dtype, shape)
        if not x.shape[-1]:
            return self.note("full", x.value.dtype, shape, (0,))
        batch = shape[:-2]
        if len(y.shape) > 2 and sum(n != 1 for n in batch) > MOST_BATCH_AXES:
            x, y = (
                self.reshape(
                    self.stretch(o, batch + o.shape[-2:]), (math.prod(batch), *o.shape[-2:])
                )
                for o in (x, y)
            )
            return self.reshape(self.matmul(x, y), shape)
        return self.note("matmul", x.value.dtype, shape, (x, y))

    def linear(self, x: Array, weight: Array, bias: Array) -> Array:
        """A weight^T + b."""
        shape = PRIMITIVES["linear"].shape(x.shape, weight.shape, bias.shape)
        if 0 in shape:
            return self.empty(x.value.dtype, shape)
        if not x.shape[-1]:
            return self.stretch(bias, shape)
        return self.note("linear", x.value.dtype, shape, (x, weight, bias))

    def convolution(self, x: Array, weight: Array, *bias: Array, **options: Any) -> Array:
        """Convolution, with or without a bias."""
        return self._work("convolution")(x, weight, *bias, **options)

    def _work(self, name: str) -> Note:
        """A primitive with kernels of its own, whose parameters go there as they are."""
        primitive = PRIMITIVES[name]
        gives = "int64" if name == "max_pool_index" else None

        def kernel(*operands: Array, **parameters: Any) -> Array:
            shape = primitive.shape(*[o.shape for o in operands], **parameters)
            kind = gives or operands[0].value.dtype
            if 0 in shape:
                return self.empty(kind, shape)
            if name == "concatenate":
                operands = tuple([o for o in operands if 0 not in o.shape])
            if any(0 in o.shape for o in operands):
                return self.note("full", kind, shape, (0,))  # a sum of nothing
            result = self.note(name, kind, shape, operands, tuple(parameters.items()))
            if name == "max_pool_index":
                x = operands[0]
                result.value.bounds = (0, math.prod(x.shape[2:]) - 1)
            return result

        return kernel


def _hull(*operands: Any) -> tuple[int, int] | None:
    """Bounds of what is chosen from arrays and numbers, None where one of them has none."""
    low, high = [], []
    for operand in operands:
        found = operand.value.bounds if type(operand) is Array else (int(operand), int(operand))
        if found is None:
            return None
        low.append(found[0])
        high.append(found[1])
    return min(low), max(high)
