"""From JSON and arrays back to nested state, trusting nothing."""

from __future__ import annotations

import json
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from typing import Any

import numpy

from plugtorch.device import device
from plugtorch.dtypes import by_name
from plugtorch.errors import CheckpointError, DeviceError, DTypeError
from plugtorch.module import StateDict
from plugtorch.serialization.keys import Keys, can_be_key
from plugtorch.serialization.modules import Modules
from plugtorch.serialization.placement import MapLocation, place
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size
from plugtorch.tensor.creation import from_numpy

Array = numpy.ndarray[Any, Any]
FORMAT = 1
DTYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U8": "uint8",
    "BOOL": "bool",
}


def read(content: bytes, name: str) -> tuple[dict[str, Array], str | None]:
    """The arrays of a safetensors file, as they lie in it, and plugtorch's text in its metadata."""
    from safetensors import SafetensorError, deserialize

    try:
        flat = deserialize(content)  # type: ignore[no-untyped-call, unused-ignore]
    except SafetensorError as error:
        raise CheckpointError(f"[load] {name} is {_what_else(content)} ({error}).") from None
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    arrays = {}
    for key, view in sorted(flat, key=lambda item: header[item[0]]["data_offsets"]):
        if view["dtype"] not in DTYPES:
            raise CheckpointError(
                f"[load] the tensor {key!r} in {name} is of type {view['dtype']}, which plugtorch "
                f"does not have. Convert it to one of {', '.join(DTYPES)} first."
            )
        arrays[key] = _array(key, view, name)
    return arrays, (header.get("__metadata__") or {}).get("plugtorch")


def _array(key: str, view: dict[str, Any], name: str) -> Array:
    import ml_dtypes

    kind = DTYPES[view["dtype"]]
    element = numpy.dtype(ml_dtypes.bfloat16 if kind == "bfloat16" else kind)
    flat = numpy.frombuffer(view["data"], element.newbyteorder("<"))
    if kind == "bool" and (flat.view(numpy.uint8) > 1).any():
        raise CheckpointError(
            f"[load] the tensor {key!r} in {name} has bytes that are not booleans."
        )
    try:
        return flat.reshape(view["shape"]).astype(element, copy=False)
    except (ValueError, OverflowError) as error:
        raise CheckpointError(
            f"[load] the tensor {key!r} in {name} has a shape that cannot be: {error}."
        ) from None


def _what_else(content: bytes) -> str:
    """A guess at what a file that is not safetensors is."""
    if not content:
        return "empty"
    return "not a safetensors file, or a damaged one"


def tree(text: str, name: str) -> object:
    """The nesting in plugtorch's metadata."""

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is not JSON")

    try:
        outer = json.loads(text, parse_constant=refuse)
        version, tree = outer["version"], outer["tree"]
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(
            f"[load] the description in {name} cannot be read: {error}."
        ) from None
    if version != FORMAT:
        raise CheckpointError(
            f"[load] {name} is of format {version!r}; this plugtorch reads format {FORMAT}. "
            "Use the version of plugtorch that wrote it, or a newer one."
        )
    return tree


_DICTS: dict[str, Callable[[dict[Any, Any]], dict[Any, Any]]] = {
    "dict": dict,
    "ordered_dict": OrderedDict,
    "counter": Counter,
}

_NAMED: dict[str, Callable[[str], Any]] = {"dtype": by_name, "device": device}


class Reader:
    """Turns JSON and arrays back into nested state."""

    def __init__(
        self,
        file: str,
        arrays: dict[str, Array],
        map_location: MapLocation | None,
        trusting: bool = False,
    ) -> None:
        self.file = file
        self.arrays = arrays
        self.map_location = map_location
        self.loaded: dict[tuple[str, str], Tensor] = {}
        self.copies: dict[str, Array] = {}  # of arrays that are given out as such
        self.modules = Modules(self, trusting)

    def decode(self, node: object) -> Any:
        """The state that ``node`` describes. Raises CheckpointError where it means nothing."""
        if node is None or isinstance(node, bool | int | float | str):
            return node
        if isinstance(node, list):
            return [self.decode(item) for item in node]
        if isinstance(node, dict):
            if "tensor" in node:
                return self._tensor(node)
            if node.keys() == {"array"} or node.keys() == {"scalar"}:
                return self._numpy(node)
            if "module" in node:
                return self.modules.decode(node)
            if isinstance(node.get("state_dict"), list):
                state = StateDict(self._pairs(node["state_dict"]))
                state._metadata = self._about(node)
                return state
            if len(node) == 1:
                kind, body = next(iter(node.items()))
                if kind == "float" and body in ("nan", "inf", "-inf"):
                    return float(body)
                if kind == "tuple" and isinstance(body, list):
                    return tuple(self.decode(item) for item in body)
                if kind == "size" and isinstance(body, list) and all(type(n) is int for n in body):
                    return Size(body)
                if kind in _NAMED and isinstance(body, str):
                    return self._named(kind, body)
                if kind in _DICTS and isinstance(body, list):
                    return _DICTS[kind](dict(self._pairs(body)))
        raise self.wrong(node)

    def _named(self, kind: str, name: str) -> Any:
        try:
            return _NAMED[kind](name)
        except (DTypeError, DeviceError) as error:
            raise CheckpointError(f"[load] {self.file} names what is not here: {error}") from None

    def _pairs(self, pairs: list[object]) -> Iterator[tuple[Any, Any]]:
        keys = Keys(self.file)
        for pair in pairs:
            if not (isinstance(pair, list) and len(pair) == 2):
                raise self.wrong(pair)
            key = self.decode(pair[0])
            if not can_be_key(key):
                raise self.wrong(pair[0])
            yield keys.take(key), self.decode(pair[1])

    def _about(self, node: dict[str, object]) -> dict[str, dict[str, Any]]:
        result = self.decode(node.get("about"))
        if not (isinstance(result, dict) and all(isinstance(v, dict) for v in result.values())):
            raise self.wrong(node)
        return result

    def _tensor(self, node: dict[str, object]) -> Tensor:
        name, where = node["tensor"], node.get("device", "cpu")
        if not (isinstance(name, str) and isinstance(where, str)):
            raise self.wrong(node)
        if name not in self.arrays:
            raise CheckpointError(
                f"[load] {self.file} lacks the tensor {name!r} that it refers to."
            )
        if (name, where) not in self.loaded:
            self.loaded[name, where] = place(
                from_numpy(self.arrays[name]), name, where, self.map_location
            )
        tensor = self.loaded[name, where].detach()
        if node.get("requires_grad") is True and tensor.is_floating_point():
            tensor.requires_grad_()
        return tensor

    def _numpy(self, node: dict[str, object]) -> Any:
        (kind, name), *_ = node.items()
        if not isinstance(name, str) or name not in self.arrays:
            raise self.wrong(node)
        if name not in self.copies:  # named again, it is the same array
            self.copies[name] = self.arrays[name].copy()
        array = self.copies[name]
        if kind == "scalar" and array.shape:
            raise self.wrong(node)
        return array[()] if kind == "scalar" else array

    def wrong(self, node: object) -> CheckpointError:
        """The error for a part of the description that means nothing."""
        shown = json.dumps(node)
        return CheckpointError(
            f"[load] the description in {self.file} has a part that means nothing: "
            f"{shown if len(shown) < 80 else shown[:77] + '...'}"
        )
