"""What was asked for and is not computed yet.

A kernel of this backend only notes a line: an operation, its parameters and its operands. When
values are wanted, all lines are planned and launched together. Lines are in the order they were
noted, so no search is needed to have what a line reads come before it.

A line's key says all of its structure, and nothing that changes from one step of a training loop to
the next: operands are named by how they came up, Python numbers by their places among all of them.
The keys of all lines are the key of a plan, so the second step finds the first one's.

Whoever is outside the graph holds a value through an ``Array``; inside it, lines hold values
themselves. Reference counts therefore tell what somebody may still ask for, and must be stored,
from what only served on the way and may never exist in memory.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any, NamedTuple

from plugtorch.errors import DeviceError, PlugtorchError
from plugtorch_opencl.interrupts import Uninterrupted
from plugtorch_opencl.views import Shape, contiguous

Key = tuple[Any, ...]
new = object.__new__
_next_epoch = count(1).__next__

MOST_KEYS = 200_000  # that numbers are kept for
MOST_LINES = 16384
"""Lines noted before they are computed without being asked for: they hold what they read."""


class Value:
    """A result, computed or not: elements one after the other.

    memory is its buffer, None before it is computed; failure is why it never will be. index and
    epoch name it among the lines of an epoch: a line's number, or ~k for the k-th value from
    before. uses is how many of its operands lines of that epoch have read it. bounds are the
    smallest and largest element where they are known: for whole numbers, which may become indices.
    """

    __slots__ = ("dtype", "shape", "memory", "failure", "index", "epoch", "uses", "bounds")

    dtype: str
    shape: Shape
    memory: Any
    failure: PlugtorchError | None
    index: int
    epoch: int
    uses: int
    bounds: tuple[int, int] | None


class Array:
    """What the core holds: a value, seen through a shape, strides and an offset in elements."""

    __slots__ = ("value", "shape", "strides", "offset", "__weakref__")

    value: Value
    shape: Shape
    strides: Shape
    offset: int

    @property
    def dtype(self) -> str:
        """The name of its elements' type."""
        return self.value.dtype

    def seen(self, shape: Shape, strides: Shape, offset: int) -> Array:
        """The same value seen otherwise."""
        other = new(Array)
        other.value = self.value
        other.shape = shape
        other.strides = strides
        other.offset = offset
        return other


def array_of(value: Value) -> Array:
    """A value as it lies."""
    array = new(Array)
    array.value = value
    array.shape = value.shape
    array.strides = contiguous(value.shape)
    array.offset = 0
    return array


def computed(memory: Any, dtype: str, shape: Shape) -> Value:
    """A value that is in memory already."""
    value = new(Value)
    value.dtype = dtype
    value.shape = shape
    value.memory = memory
    value.failure = None
    value.index = value.epoch = value.uses = 0
    value.bounds = None
    return value


class Lines(NamedTuple):
    """What is to be computed together. signature: the numbers of keys, which name a plan together
    with held, whether each line's value is asked for, and kept, whether each leaf still is.
    """

    signature: tuple[int, ...]
    keys: Sequence[Key]
    held: tuple[bool, ...]
    kept: tuple[bool, ...]
    leaves: Sequence[Value]
    numbers: Sequence[Any]


getrefcount = sys.getrefcount


def _holders(values: list[Value]) -> list[int]:
    """How many references there are to each but those of lines."""
    return [getrefcount(value) - value.uses for value in values]


_ALONE = _holders([computed(None, "float32", ())])[
    0
]  # what is counted for one that only a list has


def _held(values: list[Value]) -> list[bool]:
    """Which of the values somebody outside the graph holds."""
    return [number > _ALONE for number in _holders(values)]


class Graph:
    """The lines of one device.

    run(lines, memories) starts computing and fills in each line's memory, where it fails those of
    the lines before.
    """

    def __init__(self, run: Callable[..., None]) -> None:
        self.run = run
        self.lock = threading.RLock()
        self.interned: dict[Key, int] = {}
        self.next_number = count().__next__
        self._begin()

    def _begin(self) -> None:
        self.epoch = _next_epoch()
        self.values: list[Value] = []
        self.sources: list[tuple[Value, ...]] = []
        self.keys: list[Key] = []
        self.signature: list[int] = []
        self.leaves: list[Value] = []
        self.numbers: list[Any] = []

    def note(
        self, name: str, dtype: str, shape: Shape, operands: Sequence[Any], parameters: Any = ()
    ) -> Array:
        """A line: ``name`` of operands, each an Array or a Python number."""
        value = new(Value)
        value.dtype = dtype
        value.shape = shape
        value.memory = value.failure = value.bounds = None
        value.uses = 0
        sources = []
        read: list[Any] = []
        with self.lock:
            epoch = self.epoch
            known, lines = len(self.numbers), len(self.values)
            try:
                for operand in operands:
                    if type(operand) is Array:
                        source = operand.value
                        if source.epoch != epoch:
                            self._leaf(source)
                        sources.append(source)
                        source.uses += 1
                        read.append(
                            (
                                source.index,
                                operand.shape,
                                operand.strides,
                                operand.offset,
                                source.dtype,
                                source.shape,
                            )
                        )
                    else:
                        read.append(len(self.numbers))
                        self.numbers.append(operand)
                key = (name, dtype, shape, parameters, *read)
                number = self.interned.get(key)
                if number is None:
                    number = self._intern(key)
                value.index = lines
                value.epoch = epoch
                self.values.append(value)
                self.sources.append(tuple(sources))
                self.keys.append(key)
                self.signature.append(number)
            except BaseException:  # an operand that failed, Ctrl-C: leave no trace of this line
                for source in sources:
                    source.uses -= 1
                del self.numbers[known:]
                for noted in (self.values, self.sources, self.keys, self.signature):
                    del noted[lines:]
                raise
        array = new(Array)
        array.value = value
        array.shape = shape
        array.strides = contiguous(shape)
        array.offset = 0
        if value.index >= MOST_LINES:
            self.flush()
        return array

    def _intern(self, key: Key) -> int:
        """A number for a new key. None is given twice: plans are found by them."""
        interned = self.interned
        if len(interned) > MOST_KEYS:  # shapes that never come again
            interned.clear()
            interned.update(zip(self.keys, self.signature))
        number = interned[key] = self.next_number()
        return number

    def _leaf(self, value: Value) -> None:
        """Give a value from before this epoch its number among them."""
        if value.memory is None:
            check(value)
        value.index = ~len(self.leaves)
        value.uses = 0
        self.leaves.append(value)
        value.epoch = self.epoch  # last: Ctrl-C may come before

    def flush(self) -> None:
        """Start computing whatever was noted and is held. What fails is not tried again: whoever
        asks for it later is told why.
        """
        with self.lock, Uninterrupted():
            values, leaves = self.values, self.leaves
            if not values:
                return
            held, kept = tuple(_held(values)), tuple(_held(leaves))
            sources = self.sources
            lines = Lines(tuple(self.signature), self.keys, held, kept, leaves, self.numbers)
            self._begin()
            memories: list[Any] = [None] * len(values)
            try:
                self.run(lines, memories)
            except BaseException as error:
                failure = _without_frames(error)
                for value, memory in zip(values, memories):
                    if memory is None:
                        value.failure = failure
                raise
            finally:
                for value, memory in zip(values, memories):
                    value.memory = memory
            del sources  # they kept alive what was read


def _without_frames(error: BaseException) -> PlugtorchError:
    """The same to be kept: an error's frames hold the values, which would hold it."""
    kind = type(error) if isinstance(error, PlugtorchError) else DeviceError
    return kind(str(error) or type(error).__name__)


def check(value: Value) -> None:
    """Raise for a value that can no longer be computed."""
    if value.failure is not None:
        raise type(value.failure)(
            "[opencl] this tensor was to be computed with others, and that failed, so it is lost: "
            f"make or load it again. It failed with: {value.failure}"
        )
