"""Attention, one matrix of the leading axes after the other: its weights stay in the cache."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any
PAIRS = 1 << 16  # of a query and a key whose weights are computed at once: they stay in the cache


def _weights(
    query: Array, key: Array, mask: tuple[Array, ...], first: int, scale: float, causal: bool
) -> Array:
    """scale query key^T + mask, for queries from number ``first`` on."""
    found = np.matmul(query, key.T)
    found *= found.dtype.type(scale)
    if mask:
        found += mask[0]
    if causal:
        later = np.arange(key.shape[0]) > np.arange(first, first + len(query))[:, None]
        found[later] = -np.inf
    return found


def _walk(query: Array, key: Array, mask: tuple[Array, ...]) -> Any:
    """(place among the leading axes, queries, their part of the mask) of each block."""
    *leading, length, _ = query.shape
    step = max(1, PAIRS // key.shape[-2])
    stretched = [np.broadcast_to(m, (*query.shape[:-1], key.shape[-2])) for m in mask]
    for place in np.ndindex(*leading):
        for first in range(0, length, step):
            rows = slice(first, min(first + step, length))
            yield place, rows, tuple([m[place][rows] for m in stretched])


def attention(
    query: Array, key: Array, value: Array, *mask: Array, scale: float, causal: bool
) -> Array:
    result = np.empty((*query.shape[:-1], value.shape[-1] + 1), query.dtype)
    for place, rows, part in _walk(query, key, mask):
        weights = _weights(query[place][rows], key[place], part, rows.start, scale, causal)
        top = weights.max(-1, keepdims=True)
        weights -= np.where(np.isneginf(top), 0, top)
        np.exp(weights, out=weights)
        total = weights.sum(-1, keepdims=True)
        block = result[place][rows]
        mean = np.matmul(weights, value[place])
        block[:, :-1] = mean / np.where(total == 0, 1, total)
        block[:, -1:] = np.log(total) + np.where(total == 0, 0, top)
    return result


def attention_slope(
    gradient: Array,
    query: Array,
    key: Array,
    value: Array,
    logarithms: Array,
    overlaps: Array,
    *mask: Array,
    scale: float,
    causal: bool,
) -> Array:
    slopes = [np.zeros(x.shape, x.dtype) for x in (query, key, value)]
    for place, rows, part in _walk(query, key, mask):
        q, k, v = query[place][rows], key[place], value[place]
        g, logs = gradient[place][rows], logarithms[place][rows, None]
        weights = _weights(q, k, part, rows.start, scale, causal)
        weights -= np.where(np.isneginf(logs), np.inf, logs)  # nothing is seen there
        np.exp(weights, out=weights)
        slopes[2][place] += np.matmul(weights.T, g)
        weights *= np.matmul(g, v.T) - overlaps[place][rows, None]
        weights *= weights.dtype.type(scale)
        slopes[0][place][rows] = np.matmul(weights, k)
        slopes[1][place] += np.matmul(weights.T, q)
    return np.concatenate([slope.reshape(-1) for slope in slopes])


TABLE = {"attention": quiet(attention), "attention_slope": quiet(attention_slope)}
