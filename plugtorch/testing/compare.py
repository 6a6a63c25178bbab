"""Between a device and Python's own numbers, and how far apart two results may be.

References are computed with Python's numbers: float64, whole numbers without end, True and False. A
result in a dtype is right if it is the reference rounded to that dtype, give or take some units in
the last place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ml_dtypes
import numpy as np

from plugtorch import dtypes
from plugtorch.dtypes import dtype as DType
from plugtorch.primitive import as_number
from plugtorch.testing.run import BrokenContract, require

Host = np.ndarray[Any, Any]

NUMPY: dict[DType, np.dtype[Any]] = {
    d: np.dtype(ml_dtypes.bfloat16) if d is dtypes.bfloat16 else np.dtype(d.name)
    for d in dtypes.ALL
}
EPSILON = {
    dtypes.float16: 2.0**-10,
    dtypes.bfloat16: 2.0**-7,
    dtypes.float32: 2.0**-23,
    dtypes.float64: 2.0**-52,
}
"""The step from 1 to the next number."""

SMALLEST = {
    dtypes.float16: 2.0**-14,
    dtypes.bfloat16: 2.0**-126,
    dtypes.float32: 2.0**-126,
    dtypes.float64: 2.0**-1022,
}
"""The smallest normal number. A device may take what is below for 0."""

LARGEST = {
    dtypes.float16: 65504.0,
    dtypes.bfloat16: (2 - 2.0**-7) * 2.0**127,
    dtypes.float32: (2 - 2.0**-23) * 2.0**127,
    dtypes.float64: (2 - 2.0**-52) * 2.0**1023,
}


@dataclass(frozen=True)
class Estimate:
    """A reference with its own size: where terms cancel, errors are relative to the terms."""

    value: Any
    scale: Any


def rounded(values: Any, kind: DType) -> Host:
    """``values`` in NumPy's spelling of a dtype: fractions round to even, whole numbers wrap."""
    host = np.asarray(values)
    if kind.is_floating_point:
        with np.errstate(over="ignore", invalid="ignore"):
            return host.astype(np.float64).astype(NUMPY[kind])
    if host.dtype.kind == "O" or host.dtype.kind == "f":
        flat = [as_number(value, kind) for value in host.ravel().tolist()]
        return np.array(flat, NUMPY[kind]).reshape(host.shape)
    return host.astype(NUMPY[kind])


def widened(host: Host) -> Host:
    """A host array as float64, int64 or bool, which hold every dtype's values exactly."""
    if host.dtype.kind in "iu":
        return host.astype(np.int64)
    return host if host.dtype.kind == "b" else host.astype(np.float64)


def bits(host: Host) -> bytes:
    """The bytes of an array, for comparisons in which -0.0 is not 0.0 and NaN is NaN."""
    return np.ascontiguousarray(host).tobytes()


def close(got: Host, reference: Any, kind: DType, ulps: float, what: str) -> None:
    """Raise BrokenContract unless ``got`` is the reference in dtype ``kind``, within ``ulps``."""
    value, scale = reference, None
    if isinstance(reference, Estimate):
        value, scale = reference.value, np.asarray(reference.scale, np.float64)
    needed = rounded(value, kind)
    require(
        got.shape == needed.shape,
        f"{what} has shape {got.shape}, needed {needed.shape}",
    )
    if not kind.is_floating_point:
        wrong = got != needed
        slack: Any = 0
    else:
        exact = np.asarray(value, np.float64)
        have, want = got.astype(np.float64), needed.astype(np.float64)
        size = np.abs(exact) if scale is None else scale
        with np.errstate(invalid="ignore", over="ignore"):
            slack = ulps * EPSILON[kind] * size + SMALLEST[kind]
            finite = np.isfinite(have) & np.isfinite(want)
            near = np.abs(have - want) <= slack
            same = (have == want) | (np.isnan(have) & np.isnan(want))
        wrong = ~np.where(finite, near, same)
    if np.any(wrong):
        place = tuple(int(i) for i in np.argwhere(wrong)[0])
        many = f" ({int(np.sum(wrong))} of {got.size} elements differ)" if got.size > 1 else ""
        raise BrokenContract(
            f"{what}{list(place) if place else ''} is {got[place]}, needed {needed[place]}{many}"
        )
