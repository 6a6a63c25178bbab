"""The NumPy spelling of each dtype."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from plugtorch.dtypes import dtype


@functools.cache
def numpy_dtype(kind: dtype) -> np.dtype[Any]:
    """``numpy_dtype(plugtorch.bfloat16)`` is the one of ml_dtypes, imported only then."""
    if kind.name == "bfloat16":
        import ml_dtypes

        return np.dtype(ml_dtypes.bfloat16)
    return np.dtype(kind.name)
