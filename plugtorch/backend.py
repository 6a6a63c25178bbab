"""What a backend is: a table of operations and four memory functions.

A backend sees arrays that never change. It does not see mutation, views, gradients, dtype promotion
or broadcasting of gradients; the core has settled all of that before it calls. An array is any
object with a ``shape`` (a tuple of int); everything else about it is the backend's own.
``docs/writing_a_backend.md`` has a whole one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plugtorch.dtypes import dtype
from plugtorch.record import Clock, Records, by_the_clock

if TYPE_CHECKING:
    import numpy

Array = Any  # a backend's own value: immutable, with a ``shape``
Kernel = Callable[..., Array]  # kernel(array_or_number, ..., **parameters) -> array


@dataclass(frozen=True)
class DeviceInfo:
    """One line of ``plugtorch devices``."""

    name: str
    kind: str  # "cpu", "gpu" or "accelerator"; "" for a driver that offers no device, and says why
    vendor: str = ""
    memory: int = 0  # bytes; 0 where unknown
    dtypes: tuple[str, ...] = ()
    driver: str = ""
    problem: str = ""  # why it cannot be used; empty when it can
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Formula:
    """Kernels that work element by element, one after the other, on arrays of one shape.

    inputs: their dtypes. numbers: the types of Python numbers. lines: a kernel's name, its operands
    and its parameters; operand k is an input or, counted on from these, the result of a line, and
    ~k is a number. results: what is wanted, each with the input that it replaces, or None.
    """

    inputs: tuple[dtype, ...]
    numbers: tuple[type, ...]
    lines: tuple[tuple[str, tuple[int, ...], tuple[tuple[str, Any], ...]], ...]
    results: tuple[tuple[int, int | None], ...]


class Backend(ABC):
    """One opened device.

    ``kernels`` maps a primitive's name to a function of its arrays, then its parameters as
    keywords. Operands arrive in one dtype (except where the primitive says otherwise) or as Python
    numbers, which must not change the dtype of the result.
    """

    device: Any = None  # the plugtorch.device it was opened as; the core sets it
    kernels: Mapping[str, Kernel]
    reusing: Mapping[str, Kernel] = {}
    """Optional. As ``kernels``, but called as kernel(holder, ...) where holder is a one-element
    list with the first array in it: the kernel may overwrite that array if nobody else holds it."""
    dtypes: frozenset[dtype]
    block: int = 0
    """How many elements of a few arrays its cache holds; larger ones are better worked on by
    ``in_pieces``. 0 where that makes no difference, and is not offered."""
    clock: Clock | None = None
    """What times calls while somebody profiles; the core sets it. What ``in_pieces`` gave asks it
    to, because the core keeps that."""
    deferred: bool = False
    """Whether kernels only note what is to be done, so that ``evaluate`` has something to start."""

    @classmethod
    @abstractmethod
    def devices(cls) -> Sequence[DeviceInfo]:
        """Every device that can be seen, in the order of its index, usable or not. Never raises."""

    @abstractmethod
    def __init__(self, index: int) -> None:
        """Open device ``index``; called on the first allocation there."""

    @abstractmethod
    def upload(self, host: numpy.ndarray[Any, Any], dtype: dtype) -> Array:
        """An array with the values of ``host``, which is of that dtype. May share its memory."""

    @abstractmethod
    def download(self, array: Array) -> numpy.ndarray[Any, Any]:
        """The values of ``array``, waiting for them. May share memory."""

    def in_pieces(
        self, formula: Formula, numbers: Sequence[Any]
    ) -> Callable[[Sequence[Sequence[list[Array]]]], list[list[Array]]]:
        """Optional, see ``block``. A function that computes the formula's results for several sets
        of inputs, a piece of the arrays after the other. It gets each input in a list that may be
        its only holder, as ``reusing`` kernels do, and may overwrite what a result replaces and
        nobody else holds.
        """
        raise NotImplementedError(
            f"[{type(self).__name__}] has a block of {self.block} but no in_pieces. Write it, or "
            "leave block 0."
        )

    def evaluate(self, arrays: Sequence[Array]) -> None:
        """Start computing ``arrays``. Called at the end of ``backward()`` and of ``step()``."""

    def synchronize(self) -> None:
        """Wait until everything that was started is done."""

    def profile(self) -> AbstractContextManager[Records]:
        """A context that notes what the device does inside; its list is filled when it is left.

        Several may be open at once, and be left in any order. What was started before is not in it,
        what was started inside is, and has ended. As it is here, calls of kernels, ``upload`` and
        ``download`` are timed by the clock on the wall, and of a ``deferred`` device ``evaluate``:
        a device with events of its own overrides it.
        """
        return by_the_clock(self)

    def explain(self, write: Callable[[str], None]) -> AbstractContextManager[None]:
        """Optional. A context that writes the text of the kernels run inside, and why they are so,
        for somebody who works on the backend; each call of ``write`` gets whole lines.
        """
        return nullcontext()
