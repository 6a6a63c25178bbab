"""Primitives that fold axes together. ``axes`` is a sorted tuple of axis numbers, ``keep`` leaves
them with size 1.

There is no ``prod``: it is composed as a tree of products, whose derivatives are right with zeros
among the factors, in every order.
"""

from __future__ import annotations

from typing import Any

from plugtorch.dtypes import bool_, int64
from plugtorch.errors import IndexRangeError
from plugtorch.primitive import Primitive, Shape


def reduced(x: Shape, axes: tuple[int, ...], keep: bool) -> Shape:
    """The shape after folding ``axes`` of ``x``."""
    for axis in axes:
        if not 0 <= axis < len(x):
            raise IndexRangeError(f"[reduce] axis {axis} is outside a tensor of {len(x)} axes.")
    if keep:
        return tuple([1 if i in axes else size for i, size in enumerate(x)])
    return tuple([size for i, size in enumerate(x) if i not in axes])


def _not_empty(name: str) -> Any:
    def rule(x: Shape, axes: tuple[int, ...], keep: bool) -> Shape:
        result = reduced(x, axes, keep)
        if 0 in [x[axis] for axis in axes] and 0 not in result:
            raise IndexRangeError(
                f"[{name}] axes {axes} of shape {x} have no elements, so there is no {name}. "
                "Check for an empty tensor first."
            )
        return result

    return rule


def _stretch(folded: Any, shape: Shape, axes: tuple[int, ...], keep: bool) -> Any:
    """What was folded from ``shape``, spread over it again."""
    if not keep and len(axes) != len(shape):
        folded = folded.reshape(tuple([1 if i in axes else n for i, n in enumerate(shape)]))
    return folded.expand(shape)


sum = Primitive("sum", "x", "axes keep", shape=reduced, doc="The sum over axes, in the dtype of x.")


@sum.gradient
def _(gradient: Any, x_shape: Shape, axes: tuple[int, ...], keep: bool) -> Any:
    return _stretch(gradient, x_shape, axes, keep)


mean = Primitive("mean", "x", "axes keep", shape=reduced, doc="The mean over axes; NaN of nothing.")


@mean.gradient
def _(gradient: Any, x_shape: Shape, axes: tuple[int, ...], keep: bool) -> Any:
    count = 1
    for axis in axes:
        count *= x_shape[axis]
    return _stretch(gradient / float(count) if count else gradient, x_shape, axes, keep)


def _shared(gradient: Any, x: Any, output: Any, axes: tuple[int, ...], keep: bool) -> Any:
    # PyTorch: equal extremes share the gradient
    hit = x == _stretch(output, x.shape, axes, keep)
    share = gradient / (hit.sum(axes, keepdim=keep) if axes else 1)
    return _stretch(share, x.shape, axes, keep) * hit


maximum = Primitive(
    "reduce_max",
    "x",
    "axes keep",
    shape=_not_empty("maximum"),
    doc="The largest element over axes; NaN if any is.",
)
maximum.gradient(_shared)

minimum = Primitive(
    "reduce_min",
    "x",
    "axes keep",
    shape=_not_empty("minimum"),
    doc="The smallest element over axes; NaN if any is.",
)
minimum.gradient(_shared)

any = Primitive(
    "reduce_any",
    "x",
    "axes keep",
    shape=reduced,
    gives=bool_,
    differentiable=False,
    doc="Whether any element over axes is true.",
)
all = Primitive(
    "reduce_all",
    "x",
    "axes keep",
    shape=reduced,
    gives=bool_,
    differentiable=False,
    doc="Whether every element over axes is true.",
)


def _one_axis(name: str) -> Any:
    rule = _not_empty(name)
    return lambda x, axis, keep: rule(x, (axis,), keep)


argmax = Primitive(
    "argmax",
    "x",
    "axis keep",
    shape=_one_axis("argmax"),
    gives=int64,
    differentiable=False,
    doc="The place of the first largest element along an axis.",
)
argmin = Primitive(
    "argmin",
    "x",
    "axis keep",
    shape=_one_axis("argmin"),
    gives=int64,
    differentiable=False,
    doc="The place of the first smallest element along an axis.",
)
