"""Kernels that depend on the order of elements along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any


def cumsum(x: Array, axis: int) -> Array:
    if not np.ndim(x):
        return np.array(x)
    if x.dtype.itemsize == 2 and x.dtype.kind not in "iu":  # 2048 + 1 is 2048 in float16
        return np.cumsum(x, axis=axis, dtype=np.float32).astype(x.dtype)
    if x.dtype.char == "f":  # every sum carries the rounding of those before it
        return np.cumsum(x, axis=axis, dtype=np.float64).astype(np.float32)
    return np.cumsum(x, axis=axis, dtype=x.dtype)


def argsort(x: Array, axis: int, descending: bool) -> Array:
    x = np.asarray(x)
    if not x.ndim:
        return np.zeros((), np.int64)
    if x.dtype.char == "E":  # bfloat16, whose NaN ml_dtypes sorts anywhere
        x = x.astype(np.float32)
    if not descending:
        return np.argsort(x, axis=axis, kind="stable").astype(np.int64, copy=False)
    # stable from the other end: sort the mirror image, and mirror the places back
    mirrored = np.argsort(np.flip(x, axis), axis=axis, kind="stable")
    return np.ascontiguousarray(np.flip(x.shape[axis] - 1 - mirrored, axis)).astype(
        np.int64, copy=False
    )


TABLE = {"cumsum": quiet(cumsum), "argsort": argsort}
