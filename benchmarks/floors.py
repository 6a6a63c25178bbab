"""Optimizers as bare NumPy loops: the least that a step costs where NumPy does the arithmetic.

No tensor, no check: each rule is the shortest row of ufuncs found for it, written in place, on
pieces that stay in the cache. Where this takes longer than PyTorch, so does every library that
computes with NumPy, which has no multiply-add: a product goes through the cache once more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Array = Any
Rule = Callable[..., None]
PIECE = 1 << 16  # elements: the fastest of the powers of two for SGD with a cache of 1 MiB


def _sgd(p: Array, g: Array, t: Array) -> None:
    np.multiply(g, 1e-3, t)
    np.subtract(p, t, p)


def _momentum(p: Array, g: Array, t: Array, b: Array) -> None:
    np.multiply(b, 0.9, b)
    np.add(b, g, b)
    np.multiply(b, 1e-3, t)
    np.subtract(p, t, p)


def _nesterov(p: Array, g: Array, t: Array, b: Array) -> None:
    np.multiply(p, 1e-4, t)
    np.add(g, t, t)
    np.multiply(b, 0.9, b)
    np.add(b, t, b)
    np.multiply(b, 0.9e-3, t)  # the gradient's own share of the step is folded into the next line
    np.subtract(p, t, p)
    np.multiply(g, 1e-3, t)
    np.subtract(p, t, p)


def _adagrad(p: Array, g: Array, t: Array, s: Array) -> None:
    np.multiply(g, g, t)
    np.add(s, t, s)
    np.sqrt(s, t)
    np.add(t, 1e-10, t)
    np.divide(g, t, t)
    np.multiply(t, 1e-2, t)
    np.subtract(p, t, p)


def _rmsprop(p: Array, g: Array, t: Array, s: Array) -> None:
    np.multiply(s, 0.99, s)
    np.multiply(g, g, t)
    np.multiply(t, 0.01, t)
    np.add(s, t, s)
    np.sqrt(s, t)
    np.add(t, 1e-8, t)
    np.divide(g, t, t)
    np.multiply(t, 1e-2, t)
    np.subtract(p, t, p)


def _adamax(p: Array, g: Array, t: Array, m: Array, u: Array) -> None:
    np.subtract(g, m, t)
    np.multiply(t, 0.1, t)
    np.add(m, t, m)
    np.abs(g, t)
    np.add(t, 1e-8, t)
    np.multiply(u, 0.999, u)
    np.maximum(u, t, out=u)
    np.divide(m, u, t)
    np.multiply(t, 2e-3, t)
    np.subtract(p, t, p)


RULES: dict[str, tuple[int, Rule]] = {
    "SGD": (0, _sgd),
    "SGD, momentum": (1, _momentum),
    "SGD, Nesterov, decay": (1, _nesterov),
    "Adagrad": (1, _adagrad),
    "RMSprop": (1, _rmsprop),
    "Adamax": (2, _adamax),
}


def floor(label: str, shapes: list[tuple[int, ...]]) -> Callable[[], None] | None:
    """A function that takes one step, in one thread; None for an optimizer without a floor."""
    if label not in RULES:
        return None
    states, rule = RULES[label]
    random = np.random.default_rng(0)
    sets = [
        [random.random(int(np.prod(shape)), np.float32) for _ in range(2 + states)]
        for shape in shapes
    ]
    spare = np.empty(PIECE, np.float32)

    def step() -> None:
        for p, g, *state in sets:
            for start in range(0, p.size, PIECE):
                part = slice(start, start + PIECE)
                x = p[part]
                rule(x, g[part], spare[: x.size], *[s[part] for s in state])

    return step
