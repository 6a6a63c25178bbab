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
    kind = x.dtype.char
    if kind not in "fdlq":
        wide = _wide(x)
        if wide is not None:
            return _quiet_keeping(x, axes, wide, None, keep).astype(x.dtype)
        if kind == "?":
            return np.logical_or.reduce(x, axis=axes, keepdims=keep)
    if keep:
        return _quiet_keeping(x, axes, None, None, True)
    if len(axes) == x.ndim:
        return _quiet_sum(x, None)
    return _quiet_sum(x, axes[0] if len(axes) == 1 else axes)


_quiet_keeping = quiet(np.add.reduce)
_quiet_sum = quiet(lambda x, y: np.add.reduce(x, y))


def mean(x: Array, axes: Axes, keep: bool) -> Array:
    count = 1
    for axis in axes:
        count *= x.shape[axis]
    if x.dtype.itemsize == 2:
        wide = total(x.astype(np.float32), axes, keep)
        return _quiet_divide(wide, np.float32(count)).astype(x.dtype)
    # nothing by nothing is NaN, as the mean of nothing should be
    return _quiet_divide(total(x, axes, keep), x.dtype.type(count))


_quiet_divide = quiet(np.true_divide)


def _fold(ufunc: Any) -> Any:
    def fold(x: Array, axes: Axes, keep: bool) -> Array:
        return ufunc.reduce(x, axis=axes, keepdims=keep)

    return fold


def _place(function: Any) -> Any:
    def place(x: Array, axis: int, keep: bool) -> Array:
        return function(x, axis=axis, keepdims=keep)

    return place


TABLE = {
    "sum": total,
    "mean": mean,
    "reduce_max": quiet(_fold(np.maximum)),
    "reduce_min": quiet(_fold(np.minimum)),
    "reduce_any": _fold(np.logical_or),
    "reduce_all": _fold(np.logical_and),
    "argmax": _place(np.argmax),
    "argmin": _place(np.argmin),
}
