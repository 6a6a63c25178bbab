"""Bringing numbers to mean 0 and variance 1, and what that lets back.

Batch, layer, group and instance normalisation are this over different axes. Composed, it would be
six operations that each go through all of a tensor and ten on the way back, most of what a
convolutional network without a wide layer takes, on a device that runs operations one by one.
"""

from __future__ import annotations

from typing import Any

from plugtorch.errors import IndexRangeError
from plugtorch.primitive import Primitive, Shape


def _same(x: Shape, axes: tuple[int, ...], eps: float) -> Shape:
    if any(not 0 <= axis < len(x) for axis in axes):
        raise IndexRangeError(f"[standardize] axes {axes} are outside a tensor of shape {x}.")
    return x


standardize = Primitive(
    "standardize",
    "x",
    "axes eps",
    shape=_same,
    doc="(x - mean) / sqrt(var + eps), mean and variance over axes, a sorted tuple.",
)
standardize_slope = Primitive(
    "standardize_slope",
    "gradient x",
    "axes eps",
    shape=lambda gradient, x, axes, eps: _same(x, axes, eps),
    doc="r (g - mean(g) - z mean(g z)) over axes, with z = standardize(x) and r = 1 / sqrt(var + "
    "eps): the gradient g as standardize lets it back.",
)


@standardize.gradient
def _(gradient: Any, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    return standardize_slope(gradient, x, axes=axes, eps=eps)


@standardize_slope.gradient("gradient")
def _(outer: Any, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    return standardize_slope(outer, x, axes=axes, eps=eps)  # it is its own adjoint


@standardize_slope.gradient("x")
def _(outer: Any, gradient: Any, x: Any, axes: tuple[int, ...], eps: float) -> Any:
    # with <u, v> = mean(u v): outer . slope / n = r (<outer, g> - mean(outer) mean(g) - <outer, z>
    # <g, z>), where r changes by -r^2 z / n, and z by what standardize lets back
    def mean(values: Any) -> Any:
        return values.mean(axes, keepdim=True)

    z = standardize(x, axes=axes, eps=eps)
    centred = x - mean(x)
    r = (mean(centred * centred) + eps).rsqrt()
    first, second = mean(outer * z), mean(gradient * z)
    through_z = -(outer * second + gradient * first) * r
    product = mean(outer * gradient) - mean(outer) * mean(gradient) - first * second
    return standardize_slope(through_z, x, axes=axes, eps=eps) - z * (product * r * r)
