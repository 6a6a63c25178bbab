"""Whole modules in a file: the name of the class, and what its instance holds.

    {"module": "plugtorch.nn.linear:Linear", "parameters": [["weight", {"tensor": "weight"}]],
     "buffers": [], "modules": [], "passing": [], "fields": [["in_features", 2], ...]}

A module that is met again is ``{"module": 3}``, its number in the order they begin. Loading makes
an object of a class that is known or was allowed (``safe``) and calls nothing of it, not even
``__init__``. A function among the fields is the name of one of plugtorch's.
"""

from __future__ import annotations

from types import FunctionType
from typing import TYPE_CHECKING, Any

import plugtorch
from plugtorch import functional
from plugtorch.errors import ArgumentError, CheckpointError
from plugtorch.module import Module, Parameter
from plugtorch.serialization import safe
from plugtorch.tensor import Tensor

if TYPE_CHECKING:
    from plugtorch.serialization.decode import Reader
    from plugtorch.serialization.encode import Writer

_TABLES = ("parameters", "buffers", "modules")


def encode_module(writer: Writer, module: Module, name: str, place: str) -> object:
    """A module as JSON; its tensors are called as in its ``state_dict``, behind ``name``.

    Raises ArgumentError for a module with hooks, or with an attribute that no file can hold.
    """
    known = writer.modules.get(id(module))
    if known is not None:
        return {"module": known}
    writer.modules[id(module)] = len(writer.modules)
    kind, fields = type(module), dict(module.__dict__)
    if fields.pop("_hooks", None) is not None:
        raise ArgumentError(
            f"[save] the {kind.__name__}{f' at {place}' if place else ''} has hooks, which are "
            "code. Remove them, or save its state_dict()."
        )
    node: dict[str, object] = {"module": f"{kind.__module__}:{kind.__qualname__}"}
    for table in _TABLES:
        node[table] = [
            [key, writer.encode(value, f"{name}.{key}" if name else key, f"{place}.{key}")]
            for key, value in fields.pop(f"_{table}").items()
        ]
    node["passing"] = sorted(fields.pop("_non_persistent_buffers_set"))
    node["fields"] = [
        [key, _field(writer, value, f"{name}.{key}" if name else key, f"{place}.{key}")]
        for key, value in fields.items()
    ]
    return node


def _field(writer: Writer, value: Any, name: str, place: str) -> object:
    if isinstance(value, FunctionType):
        for where, functions in _PUBLIC.items():
            for known in (value.__name__, *functions):
                if _function(where, known) is value:
                    return {"function": f"{where}:{known}"}
    return writer.encode(value, name, place)


# activations and the like: those of nn.functional, and those that are methods of tensors too
_PUBLIC = {
    "plugtorch.nn.functional": functional.__all__,
    "plugtorch": [name for name in dir(Tensor) if not name.startswith("_")],
}


def _function(place: str, name: str) -> Any:
    """One of plugtorch's functions, or None."""
    if name not in _PUBLIC.get(place, ()):
        return None
    found = vars(functional if place != "plugtorch" else plugtorch).get(name)
    return found if isinstance(found, FunctionType) else None


class Modules:
    """The modules of one file, by number."""

    def __init__(self, reader: Reader, trusting: bool) -> None:
        self.reader = reader
        self.trusting = trusting
        self.seen: list[Module] = []

    def decode(self, node: dict[str, Any]) -> Module:
        """The module that ``node`` describes.

        Raises CheckpointError unless its class is known or allowed.
        """
        name = node["module"]
        if type(name) is int and 0 <= name < len(self.seen) and len(node) == 1:
            return self.seen[name]
        parts = {*_TABLES, "passing", "fields"}
        if not isinstance(name, str) or not all(isinstance(node.get(part), list) for part in parts):
            raise self.reader.wrong(node)
        kind = safe.module_class(name, self.trusting)
        if kind is None:
            short = name.rpartition(":")[2]
            raise CheckpointError(
                f"[load] {self.reader.file} holds a module of the class {name!r}. If it is yours: "
                f"plugtorch.serialization.add_safe_globals([{short}]), or weights_only=False for "
                "classes that this program has imported. Safer is to save its state_dict()."
            )
        module: Module = object.__new__(kind)
        self.seen.append(module)
        fields = dict(self._field(pair) for pair in node["fields"])
        for table in _TABLES:
            fields[f"_{table}"] = {}
        module.__dict__.update(fields)
        module.__dict__["_non_persistent_buffers_set"] = {
            self._text(node, item) for item in node["passing"]
        }
        for table in _TABLES:
            for pair in node[table]:
                self._register(module, table, *self._pair(pair))
        return module

    def _text(self, node: object, value: object) -> str:
        if not isinstance(value, str):
            raise self.reader.wrong(node)
        return value

    def _pair(self, pair: Any) -> tuple[str, Any]:
        if not (isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str)):
            raise self.reader.wrong(pair)
        return pair[0], pair[1]

    def _field(self, pair: Any) -> tuple[str, Any]:
        name, node = self._pair(pair)
        if isinstance(node, dict) and list(node) == ["function"]:
            place, _, qualname = self._text(node, node["function"]).partition(":")
            found = _function(place, qualname)
            if found is None:
                raise self.reader.wrong(node)
            return name, found
        return name, self.reader.decode(node)

    def _register(self, module: Module, table: str, name: str, node: object) -> None:
        value = self.reader.decode(node)
        if table == "parameters" and isinstance(value, Tensor):
            value = Parameter(value, value.requires_grad)
        needed = Module if table == "modules" else Tensor
        if value is not None and not isinstance(value, needed):
            raise self.reader.wrong(node)
        module.__dict__[f"_{table}"][name] = value
