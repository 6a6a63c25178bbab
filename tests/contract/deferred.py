"""A device like those that the kits are for and this machine may lack.

It computes nothing until it is asked, "compiles" a kernel for every new kind of call, and has few
dtypes, no float64 among them. What it computes in the end, NumPy does.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.backend import Backend, DeviceInfo
from plugtorch.dtypes import dtype
from plugtorch.primitive import PRIMITIVES
from plugtorch_numpy.backend import NumpyBackend

DTYPES = frozenset((dtypes.float32, dtypes.int64, dtypes.int32, dtypes.uint8, dtypes.bool_))


class Promise:
    """An array that may not be computed yet: its shape, and how to compute it."""

    __slots__ = ("shape", "call", "values", "__weakref__")

    def __init__(self, shape: tuple[int, ...], call: Any = None, values: Any = None) -> None:
        self.shape = shape
        self.call: Any = call  # (kernel, operands, parameters) until computed
        self.values = values

    def compute(self) -> Any:
        if self.call is not None:
            kernel, operands, parameters = self.call
            given = [o.compute() if isinstance(o, Promise) else o for o in operands]
            self.values = np.asarray(kernel(*given, **parameters))
            self.call = None
        return self.values


class Kernels(dict[str, Callable[..., Promise]]):
    """Kernels that only promise. ``seen`` has each kind of call once."""

    def __init__(self, numbers_are_text: bool = False) -> None:
        self.seen: set[Any] = set()
        for name in NumpyBackend.kernels:
            self[name] = self.promising(name, numbers_are_text)

    def promising(self, name: str, numbers_are_text: bool) -> Callable[..., Promise]:
        primitive, kernel = PRIMITIVES[name], NumpyBackend.kernels[name]

        def promise(*operands: Any, **parameters: Any) -> Promise:
            shapes = [o.shape if isinstance(o, Promise) else () for o in operands]
            shape = tuple(primitive.shape(*shapes, **parameters))
            numbers = [o for o in operands if not isinstance(o, Promise) and numbers_are_text]
            self.seen.add((name, *map(str, shapes), str(parameters), *numbers))
            result = Promise(shape, (kernel, operands, parameters))
            if -1 in shape:  # how many depends on the values
                result.shape = result.compute().shape
            return result

        return promise


class DeferredBackend(Backend):
    """The device."""

    kernels = Kernels()
    dtypes = DTYPES

    @classmethod
    def devices(cls) -> Sequence[DeviceInfo]:
        return (DeviceInfo(name="later", kind="accelerator", dtypes=tuple(d.name for d in DTYPES)),)

    def __init__(self, index: int) -> None:
        self.index = index

    @property
    def compilations(self) -> int:
        """How many programs were made so far."""
        return len(self.kernels.seen)  # type: ignore[attr-defined]

    def upload(self, host: Any, dtype: dtype) -> Promise:
        return Promise(host.shape, values=np.array(host))

    def download(self, array: Promise) -> Any:
        return array.compute()

    def evaluate(self, arrays: Sequence[Promise]) -> None:
        for array in arrays:
            array.compute()


class NumbersAreText(DeferredBackend):
    """Compiles a new kernel for every new number."""

    kernels = Kernels(numbers_are_text=True)


class AlmostRight(DeferredBackend):
    """Its square root is off by a thousandth, its squares by as much."""

    kernels = Kernels()
    kernels["square"] = lambda x: DeferredBackend.kernels["multiply"](
        DeferredBackend.kernels["multiply"](x, x), 1.001
    )
    kernels["sqrt"] = lambda x: DeferredBackend.kernels["multiply"](
        DeferredBackend.kernels["sqrt"](x), 1.001
    )
