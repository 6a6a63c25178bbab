"""Primitives that read and write at places given by integer tensors.

``axes`` says which axes of x the index tensors stand for, in rising order. As in NumPy and PyTorch
the common shape of the indices takes the place of the first of them if they are neighbours, and
goes to the front if they are not. Negative indices count from the end. A kernel raises
IndexRangeError for one outside.
"""

from __future__ import annotations

from typing import Any

from plugtorch.dtypes import int64
from plugtorch.errors import IndexRangeError, ShapeError
from plugtorch.primitive import Primitive, Shape, broadcast


def indexed(x: Shape, indices: tuple[Shape, ...], axes: tuple[int, ...]) -> Shape:
    """The shape of x read at ``indices``."""
    try:
        common = broadcast("index", indices)
    except ShapeError as error:  # PyTorch counts this among the faults of an index
        raise IndexRangeError(str(error)) from None
    rest = [size for axis, size in enumerate(x) if axis not in axes]
    neighbours = axes == tuple(range(axes[0], axes[0] + len(axes)))
    front = axes[0] if neighbours else 0
    return (*rest[:front], *common, *rest[front:])


def _put_shape(
    x: Shape, values: Shape, *indices: Shape, axes: tuple[int, ...], accumulate: bool
) -> Shape:
    target = indexed(x, indices, axes)
    if broadcast("index_put", (values, target)) != target:
        raise ShapeError(
            f"[index_put] values of shape {values} do not fit the {target} that is indexed."
        )
    return x


index = Primitive(
    "index",
    "x *indices",
    "axes",
    shape=lambda x, *indices, axes: indexed(x, indices, axes),
    doc="x read at integer tensors along axes: index(x, *indices, axes=...).",
)
index_put = Primitive(
    "index_put",
    "x values *indices",
    "axes accumulate",
    shape=_put_shape,
    doc="x with values written at integer tensors: "
    "index_put(x, values, *indices, axes=..., accumulate=...). "
    "Accumulating adds; otherwise the last value written to a place stays.",
)


def _nothing(like: Any, shape: Shape) -> Any:
    """Zeros to add to: one, spread out, so that they take no memory of their own."""
    return like.new_zeros(()).expand(shape)


@index.gradient("x")
def _(gradient: Any, x_shape: Shape, indices: list[Any], axes: tuple[int, ...]) -> Any:
    return index_put(_nothing(gradient, x_shape), gradient, *indices, axes=axes, accumulate=True)


@index_put.gradient("x")
def _(gradient: Any, indices: list[Any], axes: tuple[int, ...], accumulate: bool) -> Any:
    if accumulate:
        return gradient
    return index_put(gradient, gradient.new_zeros(()), *indices, axes=axes, accumulate=False)


@index_put.gradient("values")
def _(gradient: Any, values_shape: Shape, indices: list[Any], axes: tuple[int, ...]) -> Any:
    return index(gradient, *indices, axes=axes).sum_to_size(values_shape)


def _gather_shape(x: Shape, index: Shape, axis: int) -> Shape:
    fits = len(x) == len(index) and all(
        i == axis or b <= a for i, (a, b) in enumerate(zip(x, index))
    )
    if not fits:
        raise ShapeError(
            f"[gather] index of shape {index} does not fit {x} along axis {axis}: it needs as many "
            "axes, and no "
            "other size may be larger."
        )
    return index


gather = Primitive(
    "gather",
    "x index",
    "axis",
    shape=_gather_shape,
    doc="x[.., index[.., i, ..], ..]: one element for each of index, along an axis.",
)


@gather.gradient("x")
def _(gradient: Any, index: Any, x_shape: Shape, axis: int) -> Any:
    return scatter_add(_nothing(gradient, x_shape), index, gradient, axis=axis)


def _scatter_shape(x: Shape, index: Shape, source: Shape, axis: int) -> Shape:
    _gather_shape(x, index, axis)
    if len(source) != len(index) or any(b > a for a, b in zip(source, index)):
        raise ShapeError(
            f"[scatter] source of shape {source} must be at least as large as the index, {index}."
        )
    return x


scatter_add = Primitive(
    "scatter_add",
    "x index source",
    "axis",
    shape=_scatter_shape,
    doc="x with source added at x[.., index[.., i, ..], ..] along an axis.",
)
scatter = Primitive(
    "scatter",
    "x index source",
    "axis",
    shape=_scatter_shape,
    doc="x with source written at x[.., index[.., i, ..], ..] along an axis.",
)


@scatter_add.gradient("x")
def _(gradient: Any) -> Any:
    return gradient


@scatter.gradient("x")
def _(gradient: Any, index: Any, source_shape: Shape, axis: int) -> Any:
    return scatter(gradient, index, gradient.new_zeros(source_shape), axis=axis)


@scatter_add.gradient("source")
@scatter.gradient("source")
def _(gradient: Any, index: Any, source_shape: Shape, axis: int) -> Any:
    picked = gather(gradient, index, axis=axis)
    if picked.shape == source_shape:
        return picked
    # only the corner of source that index covers was used
    spans = tuple([(0, size, 1) for size in picked.shape])
    from plugtorch.primitive import PRIMITIVES

    return PRIMITIVES["put_slice"](gradient.new_zeros(source_shape), picked, spans=spans)


nonzero = Primitive(
    "nonzero",
    "x",
    shape=lambda x: (-1, len(x)),  # the number of rows depends on the values
    gives=int64,
    differentiable=False,
    doc="The indices of the elements that are not zero, a row each. Waits for the values.",
)
