"""A formula on a piece of its arrays after the other, so that what is in between stays in cache.

Every value of a piece has a slot: a part of an input or of a new array, or a buffer. Kernels that
are NumPy's own write straight into a slot, where they can into one that they read: memory just read
is the fastest to write, and fewer slots leave more of the cache.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from plugtorch.backend import Formula
from plugtorch_numpy.kernels import TABLE
from plugtorch_numpy.kernels.elementwise import UFUNCS, alone
from plugtorch_numpy.quiet import fresh
from plugtorch_numpy.threads import together, usable
from plugtorch_numpy.types import numpy_dtype

Array = Any
Pick = Callable[[list[Any]], tuple[Any, ...]]
Job = tuple[list[Array], int, int]

NEVER, ALWAYS = -1, 1 << 60  # the last line that reads a value
NONE = 1 << 60  # the value of a slot that has none
WIDE = {np.dtype(np.float32), np.dtype(np.float64)}  # where NumPy takes numbers as we do


def _maximum(x: Array, y: Array, out: Array) -> Array:
    return np.maximum(x, y, out=out)


def _minimum(x: Array, y: Array, out: Array) -> Array:
    return np.minimum(x, y, out=out)


def _clamp(x: Array, low: Array, high: Array, out: Array) -> Array:
    return x.clip(low, high, out)


# called with operands and then, by position, which is faster, with what they write to
WRITING = {**UFUNCS, "maximum": _maximum, "minimum": _minimum}  # these two want it by name
WRITING["clamp"] = _clamp


class Arrangement:
    """A formula's lines made ready, with a slot for every value.

    Slots are, in this order: inputs, new arrays, numbers, and then buffers and results of kernels
    that make their own.
    """

    def __init__(self, formula: Formula) -> None:
        self.inputs = len(formula.inputs)
        self.kinds: list[Any] = [numpy_dtype(kind) for kind in formula.inputs]  # of every slot
        self.targets: list[int] = []  # of every result: the slot of an input or a new array
        self.writable: set[int] = set()
        self.numbers: list[Any] = [None] * len(formula.numbers)  # dtypes to convert them to
        self.buffers: list[int] = []
        self.lines: list[tuple[Callable[..., Any], Pick, int | None]] = []
        self.copies: list[tuple[int, int]] = []  # after the lines, from slot to slot
        fresh().run(self._arrange, formula)
        self.written = sorted(slot for slot in self.writable if slot < self.inputs)
        self.width = sum(kind.itemsize for kind in self.kinds if kind is not None)  # bytes

    def _arrange(self, formula: Formula) -> None:
        samples = [np.ones(1, kind) for kind in self.kinds]  # of every value
        numbers = [kind(1) for kind in formula.numbers]
        last: dict[int, int] = {}
        for number, (name, operands, parameters) in enumerate(formula.lines):
            last |= dict.fromkeys(operands, number)
            given = [samples[o] if o >= 0 else numbers[~o] for o in operands]
            samples.append(np.asarray(TABLE[name](*given, **dict(parameters))))
        last |= {value: ALWAYS for value, _ in formula.results}

        homes: dict[int, int] = {}  # where values are to be that are results
        for value, into in formula.results:
            self.targets.append(len(self.kinds) if into is None else into)
            if into is None:
                self.kinds.append(samples[value].dtype)
            if into != value:
                self.writable.add(self.targets[-1])
                homes.setdefault(value, self.targets[-1])
        self.arrays = len(self.kinds)
        self.kinds += self.numbers

        place = list(range(self.inputs))  # of every value its slot
        holds = {slot: slot for slot in place}  # of every slot its latest value

        def room(number: int, operands: list[int]) -> int:
            """A slot for what a line gives: where it is to be, or in the place of an operand that
            is not read again, or a buffer.
            """
            value = len(place)
            kind, home = samples[value].dtype, homes.get(value)
            near = [*operands, *self.buffers] if home is None else [home, *self.buffers]
            for slot in near:
                ours = slot in self.buffers or slot in self.writable
                unread = last.get(holds.get(slot, NONE), NEVER) <= number
                if ours and unread and self.kinds[slot] == kind:
                    return slot
            self.buffers.append(self._slot(kind))
            return self.buffers[-1]

        for number, (name, operands, parameters) in enumerate(formula.lines):
            kinds = {samples[o].dtype for o in operands if o >= 0}
            slots = [place[o] if o >= 0 else self.arrays + ~o for o in operands]
            if len(kinds) == 1 and kinds <= WIDE and name in WRITING:
                (kind,) = kinds
                for o in operands:
                    if o < 0:
                        self.numbers[~o] = kind
                place.append(room(number, slots))
                self.lines.append((WRITING[name], itemgetter(*slots, place[-1]), None))
            else:
                place.append(self._slot(samples[len(place)].dtype))
                kernel = partial(TABLE[name], **dict(parameters))
                self.lines.append((kernel, _picking(slots), place[-1]))
            holds[place[-1]] = len(place) - 1

        for (value, into), target in zip(formula.results, self.targets, strict=True):
            source = place[value]
            if into == value or source == target:
                continue
            if source in self.writable and value < self.inputs:  # others may be copied there
                source = self._slot(None)
                self.lines.append((np.array, _picking([place[value]]), source))
            self.copies.append((source, target))

    def _slot(self, kind: Any) -> int:
        self.kinds.append(kind)
        return len(self.kinds) - 1


def _picking(slots: list[int]) -> Pick:
    if len(slots) > 1:
        return itemgetter(*slots)
    return lambda values: tuple([values[slot] for slot in slots])


arranged = functools.lru_cache(maxsize=64)(Arrangement)


class Pieces:
    """A formula with its numbers. Works on pieces that take about ``size`` bytes of memory."""

    def __init__(self, formula: Formula, numbers: Sequence[Any], size: int) -> None:
        self.plan = plan = arranged(formula)
        self.longest = max(1, size // plan.width)
        self.numbers = [
            x if kind is None else np.asarray(x, kind)
            for x, kind in zip(numbers, plan.numbers, strict=True)
        ]

    def run(self, inputs: Sequence[Sequence[list[Array]]]) -> list[list[Array]]:
        """The results of each; see ``Backend.in_pieces``."""
        plan, sets = self.plan, []
        jobs: deque[Job] = deque()
        elements = 0
        for holders in inputs:
            arrays = [holder[0] for holder in holders]
            for slot in plan.written:
                x = arrays[slot]
                count = sys.getrefcount(x) - 1  # ``arrays`` has it too
                if not (alone(x, count) and x.flags.c_contiguous):
                    arrays[slot] = np.array(x, order="C")
            total = arrays[0].size
            for slot in range(plan.inputs, plan.arrays):
                arrays.append(np.empty(arrays[0].shape, plan.kinds[slot]))
            sets.append(arrays)
            elements += total
            if total <= self.longest or not all(x.flags.c_contiguous for x in arrays):
                jobs.append((arrays, 0, total))
            else:
                size = self._even(total)
                jobs += [(arrays, start, start + size) for start in range(0, total, size)]
        together(lambda: fresh().run(self._work, jobs), min(usable(), elements // self.longest))
        return [[arrays[slot] for slot in plan.targets] for arrays in sets]

    def _even(self, total: int) -> int:
        """How long pieces are to be that are about equal and not too long."""
        return -(-total // -(-total // self.longest))

    def _work(self, jobs: deque[Job]) -> None:
        """Do jobs until there are none; several threads do."""
        lines, copies = self.plan.lines, self.plan.copies
        others: dict[int, list[Any]] = {}
        while True:
            try:
                arrays, first, last = jobs.popleft()
            except IndexError:
                return
            arrays = [x.reshape(-1) for x in arrays]  # a copy where strides want one
            last = min(last, arrays[0].size)
            size = last - first
            if size > self.longest:
                size = self._even(size)
            for start in range(first, last, size or 1):
                stop = min(start + size, last)
                slots = [array[start:stop] for array in arrays]
                if stop - start not in others:
                    others[stop - start] = self._others(stop - start)
                slots += others[stop - start]
                for function, pick, slot in lines:
                    if slot is None:
                        function(*pick(slots))
                    else:
                        slots[slot] = function(*pick(slots))
                for source, target in copies:
                    slots[target][...] = slots[source]

    def _others(self, size: int) -> list[Any]:
        """The slots that are not parts of arrays, for a piece of some size; for one thread."""
        # a number as an array that has it everywhere: NumPy takes that faster than a number
        others = [
            np.ndarray((size,), x.dtype, x, 0, (0,)) if isinstance(x, np.ndarray) else x
            for x in self.numbers
        ]
        others += [None] * (len(self.plan.kinds) - len(others) - self.plan.arrays)
        start = 0
        for slot in self.plan.buffers:
            kind = self.plan.kinds[slot]
            stop = start + size * kind.itemsize
            others[slot - self.plan.arrays] = _scratch(stop)[start:stop].view(kind)
            start = stop + -stop % 64
        return others


class _Memory(threading.local):
    bytes = np.empty(0, np.uint8)


_memory = _Memory()


def _scratch(size: int) -> Array:
    """At least so many bytes that nobody else in this thread uses while a formula runs. Kept, since
    the system gives new memory only slowly.
    """
    if _memory.bytes.size < size:
        _memory.bytes = np.empty(size, np.uint8)
    return _memory.bytes
