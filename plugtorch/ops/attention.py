"""Attention: every query's weighted mean of values, and what it lets back.

Composed, the weights of all pairs of a query and a key would be stored, read and written six times;
they grow with the square of a text's length. A kernel goes through them block by block, and on the
way back computes them again from the logarithm that it kept (FlashAttention, arXiv:2205.14135).
That logarithm wants all digits: these are for float32 and float64, and callers with smaller floats
convert.
"""

from __future__ import annotations

from math import prod

from plugtorch.errors import ShapeError
from plugtorch.primitive import Primitive, Shape, broadcast


def _fits(name: str, query: Shape, key: Shape, value: Shape, mask: tuple[Shape, ...]) -> None:
    if len(query) < 2 or not query[:-2] == key[:-2] == value[:-2]:
        raise ShapeError(
            f"[{name}] query {query}, key {key} and value {value} must be (..., length, size) with "
            "the same leading axes."
        )
    if query[-1] != key[-1] or key[-2] != value[-2]:
        raise ShapeError(
            f"[{name}] query {query} and key {key} must have the same last size, key and value "
            f"{value} the same length."
        )
    if 0 in query or 0 in key or 0 in value:
        raise ShapeError(f"[{name}] query {query}, key {key} and value {value}: none may be empty.")
    pairs = (*query[:-1], key[-2])
    if mask and broadcast(name, (mask[0], pairs)) != pairs:
        raise ShapeError(f"[{name}] a mask of shape {mask[0]} does not stretch to {pairs}.")


def _attention_shape(
    query: Shape, key: Shape, value: Shape, *mask: Shape, scale: float, causal: bool
) -> Shape:
    _fits("attention", query, key, value, mask)
    return (*query[:-1], value[-1] + 1)


def _slope_shape(
    gradient: Shape,
    query: Shape,
    key: Shape,
    value: Shape,
    logarithms: Shape,
    overlaps: Shape,
    *mask: Shape,
    scale: float,
    causal: bool,
) -> Shape:
    _fits("attention_slope", query, key, value, mask)
    rows = query[:-1]
    if gradient != (*rows, value[-1]) or not logarithms == overlaps == rows:
        raise ShapeError(
            f"[attention_slope] gradient {gradient}, logarithms {logarithms} and overlaps "
            f"{overlaps} must be {(*rows, value[-1])} and twice {rows}."
        )
    return (prod(query) + prod(key) + prod(value),)


attention = Primitive(
    "attention",
    "query key value *mask",
    "scale causal",
    shape=_attention_shape,
    differentiable=False,
    doc="(sum over s of p[l, s] value[s], ln sum over s of e^a[l, s]) side by side, with a = scale "
    "query key^T + mask, -inf where causal and s > l, and p = e^a / sum e^a along s; p is 0 where "
    "every a is -inf. Leading axes are equal; the mask stretches to a.",
)

attention_slope = Primitive(
    "attention_slope",
    "gradient query key value logarithms overlaps *mask",
    "scale causal",
    shape=_slope_shape,
    differentiable=False,
    doc="What attention lets back of the gradient of its means: the gradients of query, key and "
    "value one after the other, flat. logarithms is its last column, overlaps are the sums of "
    "gradient times means. With p as there, and s = scale p (gradient value^T - overlaps): s key, "
    "s^T query and p^T gradient.",
)
