"""The part of the table that reads and writes at indices."""

from __future__ import annotations

from typing import Any

from plugtorch.ops.indexing import indexed
from plugtorch.primitive import PRIMITIVES
from plugtorch_opencl.graph import Array
from plugtorch_opencl.kernels import Kernels
from plugtorch_opencl.views import Shape


class IndexingKernels(Kernels):
    """The whole table: that of ``Kernels`` asks for these by name."""

    def index(self, x: Array, *indices: Array, axes: Shape) -> Array:
        """x read at integer arrays along axes."""
        shape = indexed(x.shape, tuple([i.shape for i in indices]), axes)
        for axis, index in zip(axes, indices):
            self.inside("index", index, x.shape[axis], -x.shape[axis])
        if 0 in shape:
            return self.empty(x.value.dtype, shape)
        common = PRIMITIVES["add"].shape(*[i.shape for i in indices])
        neighbours = axes == tuple(range(axes[0], axes[0] + len(axes)))
        front = axes[0] if neighbours else 0
        rest = [s for axis, s in enumerate(x.strides) if axis not in axes]
        behind = len(shape) - front - len(common)
        steps = (*rest[:front], *(0,) * len(common), *rest[front:])
        found = []
        for index in indices:
            i = self.stretch(index, common)
            found.append(i.seen(shape, (0,) * front + i.strides + (0,) * behind, i.offset))
        return self.picked(x.seen(shape, steps, x.offset), found, x, axes)

    def gather(self, x: Array, index: Array, axis: int) -> Array:
        """One element for each of index, along an axis."""
        shape = PRIMITIVES["gather"].shape(x.shape, index.shape, axis=axis)
        if not shape:
            self.inside("gather", index, 1, 0)
            return x
        self.inside("gather", index, x.shape[axis], 0)
        if 0 in shape:
            return self.empty(x.value.dtype, shape)
        if shape[axis] == 1 and x.value.memory is None:  # it may never be: fused, as a sum
            narrowed = tuple([(0, n, 1) for a, n in enumerate(shape)])
            spans = tuple([(0, x.shape[a], 1) if a == axis else s for a, s in enumerate(narrowed)])
            row = self.slice(x, spans)
            if row.shape == x.shape:
                return self.note("choose", x.value.dtype, shape, (row, index), (axis,))
        steps = tuple([0 if a == axis else s for a, s in enumerate(x.strides)])
        return self.picked(x.seen(shape, steps, x.offset), [index], x, (axis,))

    def picked(self, view: Array, indices: list[Array], x: Array, axes: Shape) -> Array:
        """A line that reads x at a place of its own for each element."""
        places = tuple(
            [(x.strides[a], x.shape[a], self.bounds(i)[0] < 0) for a, i in zip(axes, indices)]
        )
        result = self.note("pick", x.value.dtype, view.shape, (view, *indices), places)
        result.value.bounds = x.value.bounds
        return result

    def index_put(
        self, x: Array, values: Any, *indices: Array, axes: Shape, accumulate: bool
    ) -> Array:
        """x with values written at integer arrays."""
        seen = indexed(x.shape, tuple([i.shape for i in indices]), axes)
        PRIMITIVES["index_put"].shape(
            x.shape, values.shape, *[i.shape for i in indices], axes=axes, accumulate=accumulate
        )
        for axis, index in zip(axes, indices):
            self.inside("index_put", index, x.shape[axis], -x.shape[axis])
        if 0 in seen or 0 in x.shape:
            return x
        values = self.stretch(values, seen)
        common = PRIMITIVES["add"].shape(*[i.shape for i in indices])
        operands = (x, values, *[self.stretch(i, common) for i in indices])
        return self.note("index_put", x.value.dtype, x.shape, operands, (axes, accumulate))

    def scatter(self, x: Array, index: Array, source: Array, axis: int) -> Array:
        """x with source written along an axis."""
        return self._scatter("scatter", x, index, source, axis)

    def scatter_add(self, x: Array, index: Array, source: Array, axis: int) -> Array:
        """x with source added along an axis."""
        return self._scatter("scatter_add", x, index, source, axis)

    def _scatter(self, name: str, x: Array, index: Array, source: Array, axis: int) -> Array:
        PRIMITIVES[name].shape(x.shape, index.shape, source.shape, axis=axis)
        self.inside(name, index, x.shape[axis] if x.shape else 1, 0)
        if not x.shape:
            return source if name == "scatter" else self._binary("add", None)(x, source)
        if 0 in index.shape or 0 in x.shape:
            return x
        spans = tuple([(0, n, 1) for n in index.shape])
        source = self.slice(source, spans)
        if index.shape == tuple([1 if a == axis else n for a, n in enumerate(x.shape)]):
            # one place in each line: a choice, fused with what comes before and after
            operands = (x, self.stretch(index, x.shape), self.stretch(source, x.shape))
            return self.note(f"{name}_one", x.value.dtype, x.shape, operands, (axis,))
        return self.note(name, x.value.dtype, x.shape, (x, index, source), (axis,))

    def nonzero(self, x: Array) -> Array:
        """The indices of what is not 0. Waits for how many there are."""
        if 0 in x.shape:
            return self.empty("int64", (0, len(x.shape)))
        lengths = self.note("nonzero_count", "int64", (1,), (x,))
        count = int(self.read(lengths).item())
        if not count or not x.shape:
            return self.empty("int64", (count, len(x.shape)))
        result = self.note("nonzero", "int64", (count, len(x.shape)), (x,))
        result.value.bounds = (0, max(x.shape) - 1)
        return result
