"""The part of the table that only looks otherwise at a value: shapes, strides, an offset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.primitive import PRIMITIVES
from plugtorch_opencl.graph import Array, Graph, array_of, computed
from plugtorch_opencl.views import Shape, broadcast, contiguous, reshaped


class Looking:
    """What every part of the table needs. read(array) gives values as a NumPy array, and waits."""

    def __init__(self, graph: Graph, nothing: Any, read: Callable[[Array], Any]) -> None:
        self.graph = graph
        self.note = graph.note
        self.nothing = nothing  # the memory of arrays without elements
        self.read = read

    def empty(self, kind: str, shape: Shape) -> Array:
        """An array without elements."""
        return array_of(computed(self.nothing, kind, shape))

    def stretch(self, x: Array, shape: Shape) -> Array:
        """x repeated to ``shape``, which it is known to fit."""
        if x.shape == shape:
            return x
        return x.seen(shape, broadcast(x.shape, x.strides, shape), x.offset)

    def reshape(self, x: Array, shape: Shape) -> Array:
        """The same elements in another shape; copied first where no strides show it."""
        if shape == x.shape:
            return x
        PRIMITIVES["reshape"].shape(x.shape, shape=shape)
        if 0 in shape:
            return self.empty(x.value.dtype, shape)
        strides = reshaped(x.shape, x.strides, shape)
        if strides is None:
            x = self.copied(x)
            strides = contiguous(shape)
        return x.seen(shape, strides, x.offset)

    def permute(self, x: Array, axes: Shape) -> Array:
        """The axes in another order."""
        shape = PRIMITIVES["permute"].shape(x.shape, axes=axes)
        return x.seen(shape, tuple([x.strides[axis] for axis in axes]), x.offset)

    def expand(self, x: Array, shape: Shape) -> Array:
        """Axes of size 1 repeated, new ones in front."""
        PRIMITIVES["expand"].shape(x.shape, shape=shape)
        if 0 in shape:
            return self.empty(x.value.dtype, shape)
        return self.stretch(x, shape)

    def slice(self, x: Array, spans: Any) -> Array:
        """A span, or one place, of each axis."""
        shape = PRIMITIVES["slice"].shape(x.shape, spans=spans)
        if 0 in shape:
            return self.empty(x.value.dtype, shape)
        offset, strides = x.offset, []
        for span, stride in zip(spans, x.strides):
            if isinstance(span, int):
                offset += span * stride
            else:
                offset += span[0] * stride
                strides.append(span[2] * stride)
        return x.seen(shape, (*strides, *x.strides[len(spans) :]), offset)

    def flip(self, x: Array, axes: Shape) -> Array:
        """The elements in reverse along axes."""
        if 0 in x.shape:
            return x
        offset = x.offset + sum((x.shape[a] - 1) * x.strides[a] for a in axes)
        strides = [-s if axis in axes else s for axis, s in enumerate(x.strides)]
        return x.seen(x.shape, tuple(strides), offset)

    def copied(self, x: Array) -> Array:
        """x with its elements one after the other."""
        result = self.note("copy", x.value.dtype, x.shape, (x,))
        result.value.bounds = x.value.bounds
        return result

    def put_slice(self, whole: Array, part: Array, spans: Any) -> Array:
        """whole, with what slice(spans) shows replaced."""
        if 0 in whole.shape:
            return whole
        shown = PRIMITIVES["slice"].shape(whole.shape, spans=spans)
        part = self.expand(part, shown)
        if 0 in shown:
            return whole
        return self.note("put_slice", whole.value.dtype, whole.shape, (whole, part), (spans,))
