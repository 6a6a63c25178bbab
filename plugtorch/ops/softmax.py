"""The logarithm of softmax, and what it lets back.

Composed, they would be nine operations that each go through all of a large tensor; a device that
runs operations one by one would spend a classifier's time on them.
"""

from __future__ import annotations

from typing import Any

from plugtorch.primitive import Primitive

log_softmax = Primitive(
    "log_softmax",
    "x",
    "axis",
    shape=lambda x, axis: x,
    doc="x - ln sum e^x along an axis, as (x - m) - ln sum e^(x - m) with m the largest: e^x would "
    "overflow, and taking the large ln sum from x would lose digits.",
)


@log_softmax.gradient
def _(gradient: Any, output: Any, axis: int) -> Any:
    return log_softmax_slope(gradient, output, axis=axis)


log_softmax_slope = Primitive(
    "log_softmax_slope",
    "x log_p",
    "axis",
    shape=lambda x, log_p, axis: x,
    doc="x - e^log_p sum x along an axis: the gradient x as log_softmax, whose result is log_p, "
    "lets it back.",
)


@log_softmax_slope.gradient("x")
def _(gradient: Any, log_p: Any, axis: int) -> Any:
    return gradient - (gradient * log_p.exp()).sum(axis, keepdim=True)


@log_softmax_slope.gradient("log_p")
def _(gradient: Any, x: Any, log_p: Any, axis: int) -> Any:
    return -gradient * log_p.exp() * x.sum(axis, keepdim=True)
