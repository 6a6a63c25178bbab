"""Primitives that depend on the order of elements along an axis."""

from __future__ import annotations

from typing import Any

from plugtorch.dtypes import int64
from plugtorch.primitive import Primitive

cumsum = Primitive(
    "cumsum",
    "x",
    "axis",
    shape=lambda x, axis: x,
    doc="Sums of all elements up to each, along an axis.",
)


@cumsum.gradient
def _(gradient: Any, axis: int) -> Any:
    # every later sum contains the element
    return cumsum(gradient.flip(axis), axis=axis).flip(axis)


argsort = Primitive(
    "argsort",
    "x",
    "axis descending",
    shape=lambda x, axis, descending: x,
    gives=int64,
    differentiable=False,
    doc="The order that sorts along an axis; equal elements keep theirs (stable), NaN is largest.",
)
