"""A sample: one call of a function, written once for both libraries."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import ml_dtypes
import numpy

from plugtorch import dtypes

SEED = int(os.environ.get("PARITY_SEED", "0"))  # another one gives other numbers
DTYPES = tuple(kind.name for kind in dtypes.ALL)
FLOATS = tuple(kind.name for kind in dtypes.FLOATS)

SAMPLES: dict[str, list[Sample]] = {}
"""By the name of the function."""


class D(str):
    """A dtype by name; each library gets its own."""


@dataclass(frozen=True)
class Sample:
    """``name(*args, **options)``; arrays among the arguments, also in lists, become tensors.

    grad: arrays get gradients and first derivatives are compared; second: those of the second order
    too. casts: may be called in every dtype. layouts: may be called with other strides. method: is
    a method too.
    """

    name: str
    args: tuple[Any, ...]
    options: dict[str, Any] = field(default_factory=dict)
    grad: bool = True
    second: bool = True
    casts: bool = True
    layouts: bool = True
    function: bool = True
    method: bool = True

    def __str__(self) -> str:
        parts = [describe(a) for a in self.args]
        parts += [f"{key}={describe(value)}" for key, value in self.options.items()]
        return f"{self.name}({', '.join(parts)})"

    @property
    def arrays(self) -> list[Any]:
        """The arrays of the call, in order."""
        found: list[Any] = []
        replaced((self.args, self.options), lambda x: found.append(x) or x)
        return found

    def in_place(self) -> Sample:
        """The same call of the in-place twin."""
        return Sample(f"{self.name}_", self.args, self.options, function=False)

    def call(self, library: Any, tensors: Sequence[Any], as_method: bool = False) -> Any:
        """The call with tensors in the arrays' place."""
        rest = iter(tensors)
        args, options = replaced((self.args, self.options), lambda _: next(rest), library)
        if as_method:
            return getattr(args[0], self.name)(*args[1:], **options)
        return getattr(library, self.name)(*args, **options)


def replaced(value: Any, change: Callable[[Any], Any], library: Any = None) -> Any:
    """``value`` with each array in it changed, and each dtype found in ``library``."""
    if isinstance(value, (numpy.ndarray, numpy.generic)):
        return change(value)
    if isinstance(value, D) and library is not None:
        return getattr(library, value)
    if isinstance(value, (list, tuple)):
        return type(value)([replaced(x, change, library) for x in value])
    if isinstance(value, dict):
        return {key: replaced(x, change, library) for key, x in value.items()}
    return value


def describe(value: Any) -> str:
    if isinstance(value, (numpy.ndarray, numpy.generic)):
        return f"{value.dtype.name}{list(value.shape)}".replace(" ", "")
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(describe(x) for x in value) + "]"
    return str(value)


def sample(name: str, *args: Any, **options: Any) -> None:
    """Add a sample to each of the functions ``name`` names; words of Sample are its, others are the
    call's.
    """
    ours = {
        word: options.pop(word)
        for word in ("grad", "second", "casts", "layouts", "function", "method")
        if word in options
    }
    for each in name.split():
        SAMPLES.setdefault(each, []).append(Sample(each, args, options, **ours))


# ---- arrays --------------------------------------------------------------------------------------


_drawn = 0


def random() -> numpy.random.Generator:
    """A new stream at each call."""
    global _drawn
    _drawn += 1
    return numpy.random.default_rng([SEED, _drawn])


def draw(*shape: int, low: float = -3, high: float = 3, dtype: str = "float64") -> Any:
    """Uniform numbers."""
    values = numpy.asarray(random().uniform(low, high, shape))
    return cast(values, dtype)


def whole(*shape: int, low: int = 0, high: int = 3, dtype: str = "int64") -> Any:
    """Whole numbers from low to high - 1."""
    return numpy.asarray(random().integers(low, high, shape)).astype(dtype)


def truth(*shape: int) -> Any:
    """Bools."""
    return numpy.asarray(random().uniform(size=shape) < 0.5)


def distinct(*shape: int) -> Any:
    """Numbers of which no two are close."""
    count = int(numpy.prod(shape))
    return (random().permutation(count).reshape(shape) - count / 2) * 0.5


def cast(values: Any, dtype: str) -> Any:
    """``values`` in a dtype: magnitudes where it has no sign, fractions cut."""
    if dtype == "bfloat16":
        return values.astype(ml_dtypes.bfloat16)
    if dtype not in FLOATS:
        values = numpy.nan_to_num(values, posinf=3, neginf=-3)
    if dtype in ("uint8", "bool"):
        values = numpy.abs(values)
    return values.astype(dtype)


def stable(text: str) -> int:
    """A number for a text, the same in every process."""
    return zlib.crc32(text.encode())
