"""A row: what a primitive means, in Python's own numbers, and what to try it on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from plugtorch.dtypes import ALL
from plugtorch.dtypes import dtype as DType

Host = np.ndarray[Any, Any]

FLOATS, WHOLE, TRUTH = "f", "i", "b"
"""The kinds of dtypes: floating, whole numbers, bool."""


@dataclass(frozen=True)
class Fixed:
    """An operand that keeps its dtype, int64 or bool, whatever is tried: an index, a condition."""

    host: Host


@dataclass(frozen=True)
class Case:
    """One call. Arrays are converted to the dtype tried; Python numbers stay numbers."""

    operands: tuple[Any, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Refusal:
    """A call that must raise ``error``."""

    case: Case
    error: type[Exception]


def _none(*_: Any) -> tuple[()]:
    return ()


@dataclass(frozen=True, kw_only=True)
class Row:
    """What a primitive means and what to try it on.

    reference(*operands, **parameters): the result, from host arrays that hold every value exactly
    (float64, int64 or bool); an array, or an Estimate where terms cancel. It may hold Python
    numbers of any size. cases(kind): ordinary calls on ordinary and odd shapes, for the kind of
    dtype "f", "i" or "b". extremes(dtype): NaN, infinities, the largest and the smallest numbers.
    smooth(): float cases around which the function has two derivatives. refused: calls that raise.
    kinds: the dtypes it takes. ulps: how far off a result may be, in units in the last place. only:
    the dtypes it takes, where a kind says too much. numbers: whether one of two operands may be a
    Python number.
    """

    reference: Callable[..., Any]
    cases: Callable[[str], Iterable[Case]]
    extremes: Callable[[DType], Iterable[Case]] = _none
    smooth: Callable[[], Iterable[Case]] = _none
    refused: tuple[Refusal, ...] = ()
    kinds: str = "fib"
    ulps: float = 0
    only: tuple[DType, ...] = ()
    numbers: bool = False

    def dtypes(self, among: Iterable[DType]) -> list[DType]:
        """Those of a device's dtypes that the primitive takes, in a fixed order."""
        known = [d for d in ALL if d in set(among)]
        return [d for d in known if (d in self.only if self.only else kind_of(d) in self.kinds)]


def kind_of(d: DType) -> str:
    """The letter of a dtype's kind."""
    return FLOATS if d.is_floating_point else TRUTH if d.name == "bool" else WHOLE


class Draw:
    """Numbers to try things on: random, but the same in every run."""

    def __init__(self, seed: int = 0) -> None:
        self.random = np.random.default_rng(seed)

    def __call__(self, kind: str, *shape: int, low: float = -3, high: float = 3) -> Host:
        """An array for the kind of dtype, with numbers from low to high.

        Fractions are sixteenths: exact in every dtype up to 16, so that ties and equal numbers
        occur in all.
        """
        if kind == TRUTH:
            return np.asarray(self.random.random(shape) < 0.5)
        if kind == WHOLE:
            return np.asarray(self.random.integers(int(low), int(high) + 1, shape))
        sixteenths = self.random.integers(
            int(np.ceil(low * 16)), int(np.floor(high * 16)) + 1, shape
        )
        return np.asarray(sixteenths / 16)

    def distinct(self, *shape: int, low: float = -3, high: float = 3) -> Host:
        """Floats no two of which are near each other, in random order."""
        count = int(np.prod(shape))
        spread = np.linspace(low, high, count) if count > 1 else np.full(count, (low + high) / 2)
        return self.random.permutation(spread).reshape(shape)

    def between(self, *shape: int, low: float, high: float) -> Host:
        """Floats between low and high."""
        return np.asarray(self.random.uniform(low, high, shape))


def each_index(shape: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Every place of an array of that shape."""
    return iter(np.ndindex(*shape))


def filled(shape: tuple[int, ...], value: Callable[[tuple[int, ...]], Any]) -> Host:
    """An array of Python numbers with value(place) at each place."""
    result = np.empty(shape, object)
    for place in each_index(shape):
        result[place] = value(place)
    return result


def python(host: Host) -> Host:
    """A host array as an array of Python numbers, which do not overflow."""
    return np.asarray(host).astype(object)
