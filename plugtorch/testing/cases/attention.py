"""Rows of ``plugtorch.ops.attention``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype as DType
from plugtorch.dtypes import float32, float64
from plugtorch.errors import ShapeError
from plugtorch.testing.cases.row import FLOATS, Case, Draw, Host, Refusal, Row
from plugtorch.testing.compare import Estimate

# leading axes, queries, keys, size of queries, size of values
SIZES = (
    ((), 1, 1, 1, 1),
    ((), 3, 5, 4, 2),
    ((2, 3), 7, 7, 8, 8),
    ((2,), 70, 150, 20, 36),
    ((1, 2, 1), 33, 40, 17, 64),
)


def _weights(
    query: Host, key: Host, mask: tuple[Host, ...], scale: float, causal: bool
) -> tuple[Host, Host]:
    """The weights, and the logarithms of their sums."""
    pairs = scale * query @ np.swapaxes(key, -1, -2)
    if mask:
        pairs = pairs + mask[0]
    if causal:
        queries, keys = pairs.shape[-2:]
        pairs = np.where(np.arange(keys) > np.arange(queries)[:, None], -np.inf, pairs)
    top = pairs.max(-1, keepdims=True)
    top = np.where(np.isneginf(top), 0, top)
    terms = np.exp(pairs - top)
    total = terms.sum(-1, keepdims=True)
    return terms / np.where(total == 0, 1, total), np.log(total) + top


def _attention(
    query: Host, key: Host, value: Host, *mask: Host, scale: float, causal: bool
) -> Estimate:
    with np.errstate(divide="ignore"):
        weights, logs = _weights(query, key, mask, scale, causal)
    mean = np.concatenate([weights @ value, logs], -1)
    # an error of a product of query and key is one of its exponential
    reach = 1 + abs(scale) * np.abs(query).max() * np.abs(key).max() * query.shape[-1]
    size = reach * np.concatenate([weights @ np.abs(value), np.ones_like(logs)], -1)
    return Estimate(mean, size)


def _slope(
    gradient: Host,
    query: Host,
    key: Host,
    value: Host,
    logarithms: Host,
    overlaps: Host,
    *mask: Host,
    scale: float,
    causal: bool,
) -> Estimate:
    with np.errstate(divide="ignore"):
        weights, _ = _weights(query, key, mask, scale, causal)

    def turned(x: Host) -> Host:
        return np.swapaxes(x, -1, -2)

    product = gradient @ turned(value)
    pairs = scale * weights * (product - overlaps[..., None])
    size = np.abs(gradient) @ turned(np.abs(value)) + np.abs(overlaps)[..., None]
    sizes = np.abs(scale) * weights * size
    parts = (pairs @ key, turned(pairs) @ query, turned(weights) @ gradient)
    reach = 1 + abs(scale) * np.abs(query).max() * np.abs(key).max() * query.shape[-1]
    bounds = (
        sizes @ np.abs(key),
        turned(sizes) @ np.abs(query),
        turned(weights) @ np.abs(gradient),
    )

    def flat(arrays: Any) -> Host:
        return np.concatenate([x.reshape(-1) for x in arrays])

    return Estimate(flat(parts), reach * flat(bounds))


def _operands(draw: Draw, sizes: Any, seed: int) -> tuple[Host, ...]:
    leading, queries, keys, size, wide = sizes
    return (
        draw(FLOATS, *leading, queries, size, low=-2, high=2),
        draw(FLOATS, *leading, keys, size, low=-2, high=2),
        draw(FLOATS, *leading, keys, wide),
    )


def _masks(draw: Draw, leading: tuple[int, ...], queries: int, keys: int) -> Iterator[Host]:
    """Numbers, and -inf: here and there, and for a whole query."""
    some = draw(FLOATS, queries, keys)
    some[draw.random.random(some.shape) < 0.3] = -np.inf
    some[-1] = -np.inf
    yield some
    yield draw(FLOATS, *leading, 1, keys)


def _calls(seed: int) -> Iterator[tuple[tuple[Host, ...], dict[str, Any]]]:
    draw = Draw(seed)
    for number, sizes in enumerate(SIZES):
        options = {"scale": (0.5, 0.3, 1.0)[number % 3], "causal": False}
        operands = _operands(draw, sizes, number)
        yield operands, options
        yield operands, {**options, "causal": True}
        if number:
            masks = list(_masks(draw, *sizes[:3]))
            yield (*operands, masks[number % 2]), {**options, "causal": number == 3}


def _cases(kind: str) -> Iterator[Case]:
    for operands, options in _calls(1):
        yield Case(operands, options)


def _slope_cases(kind: str) -> Iterator[Case]:
    draw = Draw(2)
    for (query, key, value, *mask), options in _calls(3):
        output = np.asarray(_attention(query, key, value, *mask, **options).value)
        gradient = draw(FLOATS, *query.shape[:-1], value.shape[-1])
        overlaps = (gradient * output[..., :-1]).sum(-1)
        yield Case((gradient, query, key, value, output[..., -1], overlaps, *mask), options)


def _extremes(kind: DType) -> Iterator[Case]:
    # e^a is beyond the range of every dtype
    query = np.array([[1e3, 0.0], [-1e3, 1.0]])
    yield Case((query, query, np.array([[1.0], [2.0]])), {"scale": 1.0, "causal": False})


_TWO, _OPTIONS = np.zeros((2, 3)), {"scale": 1.0, "causal": False}
_REFUSED = tuple(
    Refusal(Case(operands, _OPTIONS), ShapeError)
    for operands in (
        (_TWO, _TWO[:, :2], _TWO),
        (_TWO, _TWO, _TWO[:1]),
        (_TWO, _TWO[None], _TWO[None]),
        (_TWO, _TWO, _TWO, _TWO),
        (_TWO, _TWO[:0], _TWO[:0]),
    )
)

ROWS = {
    "attention": Row(
        reference=_attention,
        cases=_cases,
        extremes=_extremes,
        refused=_REFUSED,
        kinds=FLOATS,
        only=(float32, float64),
        ulps=4,
    ),
    "attention_slope": Row(
        reference=_slope,
        cases=_slope_cases,
        kinds=FLOATS,
        only=(float32, float64),
        ulps=4,
    ),
}
