"""Attention by its primitive, which never stores the weights of all pairs."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

from plugtorch.autograd import Function
from plugtorch.functional.recorded import by_graph
from plugtorch.graph import mode
from plugtorch.ops.attention import attention, attention_slope
from plugtorch.primitive import broadcast
from plugtorch.tensor import Tensor

LARGEST = 256
"""Sizes of a query and a value up to which a device keeps a row of them at hand."""

MANY = 1 << 13
"""Pairs from which on it is faster: fewer fit the cache, and blocks of them are hardly filled."""

Composed = Callable[..., Tensor]


def suits(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> bool:
    """Whether the primitive can be used, and pays: nothing is empty or too large, there are many
    pairs, and no gradient flows to the mask.
    """
    if not (query.numel() and key.numel() and value.numel()):
        return False
    if query.shape[-2] * key.shape[-2] < MANY:
        return False
    if max(query.shape[-1], value.shape[-1]) > LARGEST:
        return False
    return mask is None or not (mask.requires_grad and mode.enabled)


def attended(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    causal: bool,
    scale: float,
    composed: Composed,
) -> Tensor:
    """softmax(query key^T scale + mask) value; composed computes the same from operations that have
    derivatives, for those of second order.
    """
    shape = query.shape[:-2]
    for other in (key, value) if mask is None else (key, value, mask):
        shape = broadcast("scaled_dot_product_attention", (shape, other.shape[:-2]))
    given = [x.expand(*shape, *x.shape[-2:]) for x in (query, key, value)]
    return _Attention.apply(*given, mask, causal, float(scale), composed)


class _Attention(Function):
    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        causal: bool,
        scale: float,
        composed: Composed,
    ) -> Tensor:
        ctx.options = {"scale": scale, "causal": causal}
        ctx.composed = composed
        given = (query, key, value) if mask is None else (query, key, value, mask)
        found = attention(*given, **ctx.options)
        ctx.save_for_backward(found, *given)
        result: Tensor = found[..., :-1].clone()
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        found, *given = ctx.saved_tensors
        query, key, value, *mask = given
        if mode.enabled:  # a gradient that has one of its own

            def again(*given: Tensor) -> Tensor:
                return ctx.composed(*given, *(mask or (None,)), **ctx.options)

            return *by_graph(again, (query, key, value), gradient), *(None,) * 4
        overlaps = (gradient * found[..., :-1]).sum(-1)
        flat = attention_slope(
            gradient, query, key, value, found[..., -1], overlaps, *mask, **ctx.options
        )
        sizes = [prod(x.shape) for x in (query, key, value)]
        parts = zip(flat.split(sizes), (query, key, value), ctx.needs_input_grad)
        slopes = [part.reshape(x.shape) if needed else None for part, x, needed in parts]
        return *slopes, *(None,) * 4
