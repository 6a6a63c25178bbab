"""Products of matrices, by NumPy's BLAS. Half precision is multiplied and summed in float32."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugtorch_numpy.quiet import quiet

Array = Any


def _half(x: Array) -> bool:
    return x.dtype.itemsize == 2 and x.dtype.kind not in "iub"


def matmul(x: Array, y: Array) -> Array:
    if _half(x):
        return np.matmul(x.astype(np.float32), y.astype(np.float32)).astype(x.dtype)
    if x.ndim == 2 and y.ndim == 2 and x.dtype.kind == "f":
        return np.dot(x, y)  # the same product with less ceremony
    return np.matmul(x, y)


def linear(x: Array, y: Array, z: Array) -> Array:
    """x times the weight y, transposed, plus the bias z."""
    if _half(x):
        wide = np.matmul(x.astype(np.float32), y.T.astype(np.float32))
        return (wide + z.astype(np.float32)).astype(x.dtype)
    product = np.dot if x.ndim <= 2 else np.matmul  # beyond, np.dot does without BLAS
    result = product(x, y.T)
    return np.add(result, z, result)


TABLE = {"matmul": quiet(matmul), "linear": quiet(linear)}
