"""The matrix product."""

from __future__ import annotations

from typing import Any

from plugtorch.errors import ShapeError
from plugtorch.primitive import Primitive, Shape, broadcast


def product_shape(x: Shape, y: Shape) -> Shape:
    """(..., n, k) by (..., k, m) gives (..., n, m); leading axes broadcast."""
    if x[-1] != y[-2]:
        raise ShapeError(
            f"[matmul] cannot multiply {x} by {y}: the inner sizes {x[-1]} and {y[-2]} differ."
        )
    return (*broadcast("matmul", (x[:-2], y[:-2])), x[-2], y[-1])


matmul = Primitive(
    "matmul",
    "x y",
    shape=product_shape,
    broadcasts=True,
    doc="The matrix product over the last two axes, of which both have at least two; "
    "leading axes broadcast.",
)


@matmul.gradient("x")
def _(gradient: Any, y: Any) -> Any:
    return matmul(gradient, y.mT)


@matmul.gradient("y")
def _(gradient: Any, x: Any) -> Any:
    return matmul(x.mT, gradient)


def _linear_shape(x: Shape, weight: Shape, bias: Shape) -> Shape:
    if x[-1:] != weight[1:] or len(weight) != 2:
        raise ShapeError(
            f"[linear] input {x} does not fit weight {weight}: the last size of the input must be "
            f"{weight[-1]}."
        )
    if bias != weight[:1]:
        raise ShapeError(
            f"[linear] bias {bias} does not fit weight {weight}: it must be {weight[:1]}."
        )
    return (*x[:-1], weight[0])


linear = Primitive(
    "linear",
    "x weight bias",
    shape=_linear_shape,
    doc="x weight^T + bias, for x of any number of leading axes: a layer's product, in one kernel.",
)


@linear.gradient("x")
def _(gradient: Any, weight: Any, x_shape: Shape) -> Any:
    return matmul(gradient, weight) if len(x_shape) == 2 else gradient @ weight


@linear.gradient("weight")
def _(gradient: Any, x: Any, x_shape: Shape) -> Any:
    if len(x_shape) != 2:  # every leading axis is one of rows
        gradient = gradient.reshape(-1, gradient.shape[-1])
        x = x.reshape(-1, x_shape[-1])
    return matmul(gradient.mT, x)


@linear.gradient("bias")
def _(gradient: Any, x_shape: Shape) -> Any:
    if len(x_shape) == 1:  # one row: sum(()) would be the sum over every axis
        return gradient
    return gradient.sum(tuple(range(len(x_shape) - 1)) if len(x_shape) != 2 else 0)
