"""Attention, a block of queries after the other: its weights stay in the cache."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any
PAIRS = 1 << 16  # of a query and a key whose weights are computed at once: they stay in the cache


def _stacked(x: Array) -> Array:
    """One leading axis."""
    return x.reshape(prod(x.shape[:-2]), *x.shape[-2:])


class _Pairs:
    """Every query with every key, block by block."""

    def __init__(
        self, query: Array, key: Array, mask: tuple[Array, ...], scale: float, causal: bool
    ) -> None:
        self.query, self.key = _stacked(query), _stacked(key)
        self.scale, self.causal = query.dtype.type(scale), causal
        self.mask = None
        if mask:
            (own,) = mask
            if prod(own.shape[:-2]) != 1:
                own = np.broadcast_to(own, (*query.shape[:-2], *own.shape[-2:]))
            self.mask = np.broadcast_to(
                _stacked(own), (len(self.query), *self.query.shape[1:2], self.key.shape[1])
            )

    def blocks(self) -> Iterator[tuple[slice, slice]]:
        """Matrices, and rows of them."""
        count, queries, _ = self.query.shape
        matrices = max(1, PAIRS // (queries * self.key.shape[1]))
        rows = max(1, PAIRS // self.key.shape[1])
        for first in range(0, count, matrices):
            for row in range(0, queries, rows):
                yield slice(first, first + matrices), slice(row, row + rows)

    def scores(self, block: tuple[slice, slice]) -> Array:
        """scale query key^T + mask of a block."""
        found = np.matmul(self.query[block], self.key[block[0]].mT)
        found *= self.scale
        if self.mask is not None:
            found += self.mask[block]
        if self.causal:
            row = block[1].start
            of = np.arange(row, row + found.shape[1])[:, None]
            found[:, np.arange(found.shape[2]) > of] = -np.inf
        return found


def attention(
    query: Array, key: Array, value: Array, *mask: Array, scale: float, causal: bool
) -> Array:
    pairs, values = _Pairs(query, key, mask, scale, causal), _stacked(value)
    if not query.shape[:-2] == key.shape[:-2] == value.shape[:-2]:
        raise ValueError("leading axes differ")  # the rule of shapes says it better
    result = np.empty((*pairs.query.shape[:2], value.shape[-1] + 1), query.dtype)
    for block in pairs.blocks():
        weights = pairs.scores(block)
        top = weights.max(-1, keepdims=True)
        top = np.where(np.isneginf(top), 0, top)
        weights -= top
        np.exp(weights, out=weights)
        total = weights.sum(-1, keepdims=True)
        means = np.matmul(weights, values[block[0]])
        result[block][..., :-1] = means / np.where(total == 0, 1, total)
        result[block][..., -1:] = np.log(total) + top
    return result.reshape(*query.shape[:-1], value.shape[-1] + 1)


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
    pairs, values, gradients = (
        _Pairs(query, key, mask, scale, causal),
        _stacked(value),
        _stacked(gradient),
    )
    logs, shares = (_stacked(x[..., None]) for x in (logarithms, overlaps))
    slopes = [np.zeros(x.shape, x.dtype) for x in (pairs.query, pairs.key, values)]
    for block in pairs.blocks():
        matrices, _ = block
        weights = pairs.scores(block)
        weights -= np.where(np.isneginf(logs[block]), np.inf, logs[block])  # nothing is seen there
        np.exp(weights, out=weights)
        slopes[2][matrices] += np.matmul(weights.mT, gradients[block])
        weights *= np.matmul(gradients[block], values[matrices].mT) - shares[block]
        weights *= pairs.scale
        slopes[0][block] = np.matmul(weights, pairs.key[matrices])
        slopes[1][matrices] += np.matmul(weights.mT, pairs.query[block])
    return np.concatenate([slope.reshape(-1) for slope in slopes])


TABLE = {"attention": quiet(attention), "attention_slope": quiet(attention_slope)}
