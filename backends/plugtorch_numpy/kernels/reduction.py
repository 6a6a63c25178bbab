"""Kernels that fold axes together."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any
Axes = tuple[int, ...]


def _wide(x: Array) -> Array:
    """Half-precision sums are taken in float32, as PyTorch does: 2048 + 1 is 2048 in float16."""
    return np.float32 if x.dtype.itemsize == 2 and x.dtype.kind not in "iub" else None


def total(x: Array, axes: Axes, keep: bool) -> Array:
    wide = _wide(x)
    if wide is not None:
        return np.add.reduce(x, axis=axes, keepdims=keep, dtype=wide).astype(x.dtype)
    if x.dtype.kind == "b":
        return np.logical_or.reduce(x, axis=axes, keepdims=keep)
    if not keep and x.ndim == len(axes):
        return np.add.reduce(x, None)
    return np.add.reduce(x, axes, None, None, keep)


def _fold(ufunc: Any) -> Any:
    def fold(x: Array, axes: Axes, keep: bool) -> Array:
        return ufunc.reduce(x, axis=axes, keepdims=keep)

    return fold


def _place(function: Any) -> Any:
    def place(x: Array, axis: int, keep: bool) -> Array:
        return function(x, axis=axis, keepdims=keep)

    return place


TABLE = {
    "sum": quiet(total),
    "reduce_max": quiet(_fold(np.maximum)),
    "reduce_min": quiet(_fold(np.minimum)),
    "reduce_any": _fold(np.logical_or),
    "reduce_all": _fold(np.logical_and),
    "argmax": _place(np.argmax),
    "argmin": _place(np.argmin),
}
