"""Attention: for every query a mean of values, weighted by how well their keys fit."""

from __future__ import annotations

import math
import warnings
from typing import Any

from plugtorch.autocasting import LOWER, autocasts
from plugtorch.dtypes import bool_, float32
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.functional.attending import attended, suits
from plugtorch.functional.checks import floating, probability
from plugtorch.functional.dropout import dropout
from plugtorch.functional.linear import linear
from plugtorch.functional.padding import pad
from plugtorch.functional.pieces import pieces
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import ones
from plugtorch.tensor.joining import cat
from plugtorch.tensor.softmax import softmax


@autocasts(LOWER)
def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    *,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query key^T scale + mask) value.

    query: (..., L, E). key: (..., S, E). value: (..., S, V). Result: (..., L, V). attn_mask: fits
    (..., L, S); either bools, True where a query may look at a key, or numbers to be added.
    dropout_p: the probability for a weight to be zeroed, in training or not. is_causal: the i-th
    query may look at the first i keys only. scale: 1/sqrt(E) if None. enable_gqa: key and value may
    have fewer heads, at axis -3, than the query; each then serves several of the query's. A query
    that may look at no key gets zeros.

    Raises ShapeError and DTypeError where these do not fit, ArgumentError for a dropout_p that is
    no probability.

    >>> import plugtorch
    >>> q, k = plugtorch.zeros(1, 2), plugtorch.randn(4, 2)
    >>> v = plugtorch.tensor([[1.0], [2.0], [3.0], [6.0]])
    >>> plugtorch.nn.functional.scaled_dot_product_attention(q, k, v)
    tensor([[3.]])

    Vaswani et al. 2017, arXiv:1706.03762; torch.nn.functional.scaled_dot_product_attention.
    """
    _check(query, key, value, attn_mask)
    probability("scaled_dot_product_attention", dropout_p)
    if enable_gqa:
        key, value = _shared(key, query), _shared(value, query)
    size = query.shape[-1]
    if scale is None:
        scale = 1 / math.sqrt(size) if size else 1.0
    kind = query.dtype
    if not kind.wide:  # sums of 16 bits lose too much
        query, key, value = query.to(float32), key.to(float32), value.to(float32)
    if attn_mask is not None and attn_mask.dtype is not bool_:
        attn_mask = attn_mask.to(query.dtype)
    return _attention(query, key, value, attn_mask, dropout_p, is_causal, scale).to(kind)


def _attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    dropout_p: float,
    is_causal: bool,
    scale: float,
) -> Tensor:
    """Attention after all checks."""
    if dropout_p == 0 and suits(query, key, value, mask):
        if mask is not None and mask.dtype is bool_:
            mask = query.new_zeros(mask.shape).masked_fill(mask.logical_not(), -math.inf)
        return attended(query, key, value, mask, is_causal, scale, _composed)
    return _composed(query, key, value, mask, scale, is_causal, dropout_p)


def _composed(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None,
    scale: float,
    causal: bool,
    dropout_p: float = 0.0,
) -> Tensor:
    """The same from operations on the weights of all pairs."""
    scores = (query * scale) @ key.mT
    if causal:
        before = ones(*scores.shape[-2:], dtype=bool_, device=query.device).tril()
        scores = scores.masked_fill(before.logical_not(), -math.inf)
    if mask is not None:
        if mask.dtype is bool_:
            scores = scores.masked_fill(mask.logical_not(), -math.inf)
        else:
            scores = scores + mask
    weights = softmax(scores, -1) if mask is None else _softmax_or_zeros(scores)
    return dropout(weights, dropout_p) @ value


def _softmax_or_zeros(x: Tensor) -> Tensor:
    """Softmax along the last axis; zeros where all are -infinity, which softmax makes NaN."""
    if not x.shape[-1]:
        return x
    largest = x.detach().amax(-1, keepdim=True)
    powers = (x - largest.masked_fill(largest == -math.inf, 0.0)).exp()
    total = powers.sum(-1, keepdim=True)
    return powers / total.masked_fill(total == 0, 1.0)


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> None:
    name = "scaled_dot_product_attention"
    floating(name, query)
    q, k, v = tuple(query.shape), tuple(key.shape), tuple(value.shape)
    if min(len(q), len(k), len(v)) < 2 or q[-1] != k[-1] or k[-2] != v[-2]:
        raise ShapeError(
            f"[{name}] query {q}, key {k} and value {v} do not fit: needed (..., L, E), (..., S, E)"
            " and (..., S, V)."
        )
    if key.dtype is not query.dtype or value.dtype is not query.dtype:
        raise DTypeError(
            f"[{name}] got a query of {query.dtype}, a key of {key.dtype} and a value of "
            f"{value.dtype}, needed one dtype."
        )
    if mask is not None and mask.dtype not in (bool_, float32, query.dtype):
        raise DTypeError(
            f"[{name}] got an attn_mask of {mask.dtype}, needed bool or the query's {query.dtype}."
        )


def _shared(x: Tensor, query: Tensor) -> Tensor:
    """The heads of a key or a value, each as often as it takes to serve all of the query's."""
    heads, own = query.shape[-3:-2], x.shape[-3:-2]
    if not heads or not own or not own[0] or heads[0] % own[0]:
        raise ShapeError(
            f"[scaled_dot_product_attention] with enable_gqa the query's heads must be a multiple "
            f"of the others', got query {tuple(query.shape)} and {tuple(x.shape)}."
        )
    times = heads[0] // own[0]
    wide = x.unsqueeze(-3).expand(*x.shape[:-2], times, *x.shape[-2:])
    return wide.reshape(*x.shape[:-3], heads[0], *x.shape[-2:])


# -- with projections and several heads ------------------------------------------------------------


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """What MultiheadAttention computes, all its weights given: the output, and the weights or None.

    query: (L, N, E) or (L, E). key, value: (S, N, K), (S, N, V), or without N. in_proj_weight: (3E,
    E), or with use_separate_proj_weight three weights (E, E), (E, K), (E, V). bias_k, bias_v:
    (1, 1, E), one more key and value. static_k, static_v: (N num_heads, S, E / num_heads), in place
    of what would be computed.

    Raises ShapeError where these do not fit, ArgumentError for is_causal without an attn_mask.

    As torch.nn.functional.multi_head_attention_forward.
    """
    batched = query.ndim == 3
    _check_heads(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    mask_dtype = None if attn_mask is None else attn_mask.dtype
    padding = additive_mask("key_padding_mask", key_padding_mask, query, mask_dtype)
    if is_causal and attn_mask is None:
        raise ArgumentError(
            "[multi_head_attention_forward] is_causal says that attn_mask is the causal one, which "
            "is needed too. Transformer.generate_square_subsequent_mask makes it."
        )
    if is_causal and padding is None and not need_weights:
        mask = None
    else:
        mask, is_causal = additive_mask("attn_mask", attn_mask, query), False
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else None
    projected = _projected(query, key, value, in_proj_weight, in_proj_bias, weights)
    if not batched:
        projected = tuple([x.unsqueeze(1) for x in projected])
        padding = None if padding is None else padding.unsqueeze(0)
    q, k, v = projected
    length, batch, size = q.shape
    mask = _over_heads(mask, padding, batch, num_heads, length, k.shape[0])
    if bias_k is not None and bias_v is not None:
        k = cat([k, bias_k.expand(1, batch, size)])
        v = cat([v, bias_v.expand(1, batch, size)])

    def heads(
        x: Tensor, static: Tensor | None = None
    ) -> Tensor:  # (N, num_heads, ..., E / num_heads)
        if static is not None:
            return static.reshape(batch, num_heads, *static.shape[1:])
        return x.reshape(x.shape[0], batch, num_heads, size // num_heads).permute(1, 2, 0, 3)

    q, k, v = heads(q), heads(k, static_k), heads(v, static_v)
    if add_zero_attn:
        k, v = [cat([x, x.new_zeros(batch, num_heads, 1, x.shape[-1])], 2) for x in (k, v)]
    if mask is not None and mask.shape[-1] < k.shape[-2]:  # what was added may be looked at
        mask = pad(mask, (0, k.shape[-2] - mask.shape[-1]))
    dropout_p = dropout_p if training else 0.0
    shown = None
    if need_weights:
        scores = (q * math.sqrt(1 / q.shape[-1])) @ k.mT
        shown = softmax(scores if mask is None else scores + mask, -1)
        shown = dropout(shown, dropout_p)
        result = shown @ v
        shown = shown.mean(1) if average_attn_weights else shown
    else:
        result = scaled_dot_product_attention(q, k, v, mask, dropout_p, is_causal)
    result = linear(
        result.permute(2, 0, 1, 3).reshape(length, batch, size), out_proj_weight, out_proj_bias
    )
    if not batched:
        return result.squeeze(1), None if shown is None else shown.squeeze(0)
    return result, shown


def _check_heads(
    query: Tensor, key: Tensor, value: Tensor, size: int, num_heads: int, separate: bool
) -> None:
    q, k, v = tuple(query.shape), tuple(key.shape), tuple(value.shape)
    if len(q) not in (2, 3) or len(k) != len(q) or len(v) != len(q):
        raise ShapeError(
            f"[multi_head_attention_forward] query {q}, key {k} and value {v} must all have 3 axes,"
            " or 2 without a batch."
        )
    if q[-1] != size or size % num_heads:
        raise ShapeError(
            f"[multi_head_attention_forward] got a query of shape {q} for {num_heads} heads, "
            f"needed a last size of {size} and a multiple of the heads."
        )
    if k[:-1] != v[:-1] or not (separate or k == v) or k[1:-1] != q[1:-1]:
        raise ShapeError(
            f"[multi_head_attention_forward] key {k} and value {v} do not fit query {q} or one "
            "another: lengths of key and value must be equal, and so must batches."
        )


def additive_mask(
    name: str, mask: Tensor | None, query: Tensor, other: Any = None
) -> Tensor | None:
    """A mask as numbers to be added to scores: -infinity where a mask of bools is True.

    other: the dtype of the mask that this one will be added to.
    """
    if mask is None:
        return None
    if other is not None and other is not mask.dtype:
        warnings.warn(
            f"[attention] {name} is of {mask.dtype}, the other mask of {other}. Give both in one "
            "dtype.",
            stacklevel=3,
        )
    if mask.dtype is bool_:
        return query.new_zeros(mask.shape).masked_fill(mask, -math.inf)
    if not mask.dtype.is_floating_point:
        raise DTypeError(f"[attention] {name} must be of bools or of numbers, got {mask.dtype}.")
    return mask


def _projected(
    query: Tensor, key: Tensor, value: Tensor, weight: Any, bias: Any, separate: Any
) -> tuple[Tensor, ...]:
    size = query.shape[-1]
    if separate is None and query is key and key is value:
        return pieces(linear(query, weight, bias), [size] * 3, query.ndim - 1)
    weights = pieces(weight, [size] * 3, 0) if separate is None else separate
    biases = (None, None, None) if bias is None else pieces(bias, [size] * 3, 0)
    return tuple([linear(*given) for given in zip((query, key, value), weights, biases)])


def _over_heads(
    mask: Tensor | None, padding: Tensor | None, batch: int, heads: int, length: int, keys: int
) -> Tensor | None:
    """The sum of both masks, such that it fits (N, num_heads, L, S)."""
    if mask is not None:
        if tuple(mask.shape) not in ((length, keys), (batch * heads, length, keys)):
            raise ShapeError(
                f"[multi_head_attention_forward] attn_mask has shape {tuple(mask.shape)}, needed "
                f"{(length, keys)} or {(batch * heads, length, keys)}."
            )
        mask = mask.reshape(*((batch, heads) if mask.ndim == 3 else (1, 1)), length, keys)
    if padding is None:
        return mask
    if tuple(padding.shape) != (batch, keys):
        raise ShapeError(
            f"[multi_head_attention_forward] key_padding_mask has shape {tuple(padding.shape)}, "
            f"needed {(batch, keys)}, or without a batch {(keys,)}."
        )
    padding = padding.reshape(batch, 1, 1, keys)
    return padding if mask is None else mask + padding
