"""What a backend is: a table of operations and four memory functions.

A backend sees arrays that never change. It does not see mutation, views, gradients, dtype promotion
or broadcasting of gradients; the core has settled all of that before it calls. An array is any
object with a ``shape`` (a tuple of int); everything else about it is the backend's own.
``docs/writing_a_backend.md`` has a whole one.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plugtorch.dtypes import dtype

if TYPE_CHECKING:
    import numpy

Array = Any  # a backend's own value: immutable, with a ``shape``
Kernel = Callable[..., Array]  # kernel(array_or_number, ..., **parameters) -> array


@dataclass(frozen=True)
class DeviceInfo:
    """One line of ``plugtorch devices``."""

    name: str
    kind: str  # "cpu", "gpu" or "accelerator"
    vendor: str = ""
    memory: int = 0  # bytes; 0 where unknown
    dtypes: tuple[str, ...] = ()
    driver: str = ""
    problem: str = ""  # why it cannot be used; empty when it can
    extra: Mapping[str, str] = field(default_factory=dict)


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
    """How many elements to work on at a time where that can be chosen, so that the device's cache
    holds them and a few intermediate results; 0 where it makes no difference. Needs ``put_slice``
    in ``reusing``."""
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

    def evaluate(self, arrays: Sequence[Array]) -> None:
        """Start computing ``arrays``. Called at the end of ``backward()`` and of ``step()``."""

    def synchronize(self) -> None:
        """Wait until everything that was started is done."""
