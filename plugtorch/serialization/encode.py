"""From nested state to JSON and arrays."""

from __future__ import annotations

import math
from collections import Counter, OrderedDict
from collections.abc import Iterator
from typing import Any

import numpy

from plugtorch.device import device
from plugtorch.dtypes import dtype
from plugtorch.errors import ArgumentError
from plugtorch.module import Module, StateDict
from plugtorch.serialization.keys import can_be_key
from plugtorch.serialization.modules import encode_module
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size

Array = numpy.ndarray[Any, Any]

_DICTS: dict[type, str] = {
    dict: "dict",
    OrderedDict: "ordered_dict",
    Counter: "counter",  # MultiStepLR's milestones, as in PyTorch
    StateDict: "state_dict",
}


# the dtypes of arrays that a file can hold
PLAIN = "bool uint8 int8 int16 int32 int64 float16 float32 float64".split()


class Writer:
    """Turns nested state into JSON and a dict of arrays."""

    def __init__(self) -> None:
        self.arrays: dict[str, Array] = {}
        self.written: dict[tuple[int, str], str] = {}  # storage and view -> name
        self.modules: dict[int, int] = {}  # id of a module -> its number

    def encode(self, obj: object, name: str, place: str) -> object:
        """``obj`` as JSON. name: for its tensors, dotted. place: for messages, as in Python."""
        if obj is None or isinstance(obj, bool | str):
            return obj
        if isinstance(obj, int):
            return int(obj)
        if isinstance(obj, float):
            return float(obj) if math.isfinite(obj) else {"float": repr(float(obj))}
        if isinstance(obj, Tensor):
            return self._tensor(obj, name)
        if isinstance(obj, numpy.ndarray | numpy.generic) and obj.dtype.name in PLAIN:
            self.arrays[known := self._free(name or "array")] = numpy.array(obj, order="C")
            return {"array": known} if isinstance(obj, numpy.ndarray) else {"scalar": known}
        if isinstance(obj, Module):
            return encode_module(self, obj, name, place)
        if isinstance(obj, Size):
            return {"size": list(obj)}
        if isinstance(obj, dtype):
            return {"dtype": obj.name}
        if isinstance(obj, device):
            return {"device": str(obj)}
        if type(obj) is list:
            return list(self._items(enumerate(obj), name, place))
        if type(obj) is tuple:
            return {"tuple": list(self._items(enumerate(obj), name, place))}
        kind = _DICTS.get(type(obj))
        if kind is not None and isinstance(obj, dict):
            keys = [self._key(key, place) for key in obj]
            values = self._items(obj.items(), name, place)
            pairs = [[key, value] for key, value in zip(keys, values, strict=True)]
            if isinstance(obj, StateDict):
                return {kind: pairs, "about": self.encode(getattr(obj, "_metadata", {}), "", place)}
            return {kind: pairs}
        raise ArgumentError(f"[save] cannot save a {type(obj).__name__}{at(place)}. {remedy(obj)}")

    def _items(self, pairs: Any, name: str, place: str) -> Iterator[object]:
        for key, value in pairs:
            yield self.encode(value, f"{name}.{key}" if name else str(key), f"{place}[{key!r}]")

    def _key(self, key: object, place: str) -> object:
        check_key(key, place)
        return self.encode(key, "", place)

    def _tensor(self, tensor: Tensor, name: str) -> dict[str, object]:
        identity = (id(tensor.storage), repr(tensor.through.steps) if tensor.through else "")
        known = self.written.get(identity)
        if known is None:
            known = self._free(name or "tensor")
            array = tensor.detach().cpu().numpy()
            self.arrays[known] = numpy.asarray(array, order="C")
            self.written[identity] = known
        node: dict[str, object] = {"tensor": known}
        if tensor.requires_grad:
            node["requires_grad"] = True
        if tensor.device.type != "cpu":
            node["device"] = str(tensor.device)
        return node

    def _free(self, name: str) -> str:
        """The name, with a number if it is taken: {"a.b": ..., "a": {"b": ...}}."""
        known, count = name, 1
        while known in self.arrays or known == "__metadata__":
            count += 1
            known = f"{name}#{count}"
        return known


def check_key(key: object, place: str) -> None:
    """Raise ArgumentError for what cannot be a key in a file."""
    if not can_be_key(key):
        raise ArgumentError(
            f"[save] the key {key!r}{at(place)} is a {type(key).__name__}; keys can be a str, an "
            "int of 64 bits, a float, a bool, None, or a short tuple of these."
        )


def at(place: str) -> str:
    """Where in the state, for a message."""
    return f" at {place}" if place else ""


def remedy(obj: object) -> str:
    """What to do about something that no file can hold."""
    if hasattr(obj, "state_dict"):
        return "Save its state_dict()."
    if isinstance(obj, numpy.ndarray | numpy.generic):
        return f"Of NumPy's arrays and scalars, those of the dtypes {', '.join(PLAIN)} can be."
    if isinstance(obj, dict | list | tuple | set | frozenset):
        return "Turn it into a plain dict, list or tuple."
    return "A checkpoint holds tensors, numbers, texts, None, and lists, tuples and dicts of these."
