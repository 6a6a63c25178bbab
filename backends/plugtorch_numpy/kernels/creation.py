"""Kernels without inputs."""

from __future__ import annotations

from math import copysign
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype
from plugtorch_numpy import philox
from plugtorch_numpy.quiet import quiet
from plugtorch_numpy.types import numpy_dtype

Array = Any
Shape = tuple[int, ...]


def full(shape: Shape, value: Any, dtype: dtype) -> Array:
    if value == 0 and copysign(1, value) > 0:
        return np.zeros(shape, numpy_dtype(dtype))  # untouched memory: the system gives it zeroed
    return np.full(shape, value, numpy_dtype(dtype))


def arange(start: Any, step: Any, length: int, dtype: dtype) -> Array:
    kind = numpy_dtype(dtype)
    wide = np.arange(length, dtype=np.float64 if isinstance(start + step, float) else np.int64)
    return (start + step * wide).astype(kind)


def random_uniform(shape: Shape, seed: int, offset: int, dtype: dtype) -> Array:
    return philox.uniform(shape, seed, offset, numpy_dtype(dtype))


def random_normal(shape: Shape, seed: int, offset: int, dtype: dtype) -> Array:
    return philox.normal(shape, seed, offset, numpy_dtype(dtype))


def random_bits(shape: Shape, seed: int, offset: int, dtype: dtype) -> Array:
    return philox.bits(shape, seed, offset)


TABLE = {
    "full": quiet(full),
    "arange": arange,
    "random_uniform": random_uniform,
    "random_normal": quiet(random_normal),
    "random_bits": random_bits,
}
