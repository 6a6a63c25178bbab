"""The names that PyTorch's files may use, and what each of them means here."""

from __future__ import annotations

from collections import Counter, OrderedDict
from typing import Any

from numpy import dtype as numpy_dtype
from numpy import ndarray

from plugtorch import dtypes
from plugtorch.device import device
from plugtorch.dtypes import dtype
from plugtorch.errors import CheckpointError
from plugtorch.module import Parameter
from plugtorch.serialization import arrays, safe
from plugtorch.serialization.keys import Keys
from plugtorch.serialization.pickled import Callee
from plugtorch.serialization.placement import MapLocation
from plugtorch.serialization.stored import Stored
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size

STORAGES: dict[str, dtype | None] = {
    "DoubleStorage": dtypes.float64,
    "FloatStorage": dtypes.float32,
    "HalfStorage": dtypes.float16,
    "BFloat16Storage": dtypes.bfloat16,
    "LongStorage": dtypes.int64,
    "IntStorage": dtypes.int32,
    "ShortStorage": dtypes.int16,
    "CharStorage": dtypes.int8,
    "ByteStorage": dtypes.uint8,
    "BoolStorage": dtypes.bool_,
    "UntypedStorage": None,
}


class StorageType:
    """What ``torch.FloatStorage`` stands for in a file."""

    def __init__(self, kind: dtype | None) -> None:
        self.kind = kind


class Names:
    """What a file's names mean. The tensors that they build go to ``map_location``."""

    def __init__(self, file: str, map_location: MapLocation | None) -> None:
        self.file = file
        self.map_location = map_location
        self.known: dict[str, Any] = {
            "collections.OrderedDict": Callee(self._ordered),
            "collections.Counter": Callee(self._counter),
            "torch.Size": Callee(self._size),
            "torch.device": Callee(self._device),
            "torch.Tensor": Tensor,
            "torch.nn.parameter.Parameter": Parameter,
            "torch.serialization._get_layout": Callee(self._layout),
            "torch._utils._rebuild_tensor": Callee(self._tensor),
            "torch._utils._rebuild_tensor_v2": Callee(self._tensor),
            "torch._utils._rebuild_tensor_v3": Callee(self._tensor_v3),
            "torch._utils._rebuild_parameter": Callee(self._parameter),
            "torch._utils._rebuild_parameter_with_state": Callee(self._parameter_with_state),
            "torch._tensor._rebuild_from_type_v2": Callee(self._with_attributes),
            "_codecs.encode": Callee(self._bytes),
            **{f"{place}.{n}": Callee(make) for place in _BUILTINS for n, make in _MAKERS},
            **{f"{place}.set": Callee(self._set) for place in _BUILTINS},
            **{f"torch.{kind.name}": kind for kind in dtypes.ALL},
            **{f"torch.{name}": StorageType(kind) for name, kind in STORAGES.items()},
            "torch.storage.UntypedStorage": StorageType(None),
            **{
                name: meaning if isinstance(meaning, type) else Callee(meaning)
                for name, meaning in arrays.known(file).items()
            },
        }

    def find(self, module: str, name: str) -> Any:
        """What ``module.name`` means. Raises CheckpointError unless a file may name it."""
        full = f"{module}.{name}"
        found = self.known.get(full)
        if found is None:
            given = safe.allowed(full)
            found = None if given is None else Callee(given)
        if found is None:
            raise CheckpointError(
                f"[load] the pickle in {self.file} names {full}, {_advice(module, name)}"
            )
        return found

    def build(self, target: Any, state: Any) -> None:
        """Set an object's state, as a pickle's BUILD asks for."""
        if isinstance(target, OrderedDict) and isinstance(state, dict):
            metadata = state.get("_metadata", {})
            if not isinstance(metadata, dict) or not all(
                isinstance(key, str) and isinstance(about, dict) for key, about in metadata.items()
            ):
                raise CheckpointError(f"[load] the versions in {self.file} are not texts to dicts.")
            target._metadata = metadata  # type: ignore[attr-defined]
        elif type(target) is ndarray or isinstance(target, numpy_dtype):
            arrays.build(target, state, self.file)
        elif safe.is_allowed(type(target)):
            if hasattr(target, "__setstate__"):
                target.__setstate__(state)
            else:
                target.__dict__.update(state)
        else:
            raise CheckpointError(
                f"[load] {self.file} sets the insides of a {type(target).__name__}, which a state "
                "has no need of."
            )

    # -- plain -------------------------------------------------------------------------------------

    def _listed(self, items: Any) -> Any:
        """``items``, if it is one of the containers whose length the machine counts."""
        if not isinstance(items, (tuple, list, set, frozenset, dict)):
            raise CheckpointError(
                f"[load] {self.file} takes a {type(items).__name__} for a list of values."
            )
        return items

    def _ordered(self, pairs: Any = ()) -> OrderedDict[Any, Any]:
        keys = Keys(self.file)
        return OrderedDict((keys.take(key), value) for key, value in self._listed(pairs))

    def _counter(self, counts: Any = ()) -> Counter[Any]:
        if not isinstance(counts, dict):  # of which the keys have been checked
            counts = self._ordered(counts)
        return Counter(dict(counts))

    def _set(self, items: Any = ()) -> set[Any]:
        return set(map(Keys(self.file).take, self._listed(items)))

    def _size(self, sizes: Any = ()) -> Size:
        if not all(type(size) is int for size in self._listed(sizes)):
            raise CheckpointError(f"[load] {self.file} has a Size of other than whole numbers.")
        return Size(sizes)

    def _device(self, kind: Any, index: Any = None) -> device:
        if not isinstance(kind, str) or not (index is None or type(index) is int):
            raise CheckpointError(f"[load] {self.file} has a device that is no text and number.")
        return device(kind, index)

    def _layout(self, name: Any) -> str:
        if not isinstance(name, str):
            raise CheckpointError(f"[load] {self.file} has a layout that is no text.")
        return name

    def _bytes(self, text: Any, encoding: Any = "latin1") -> bytes:
        if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
            raise CheckpointError(f"[load] {self.file} encodes something other than bytes.")
        return text.encode("latin-1")

    # -- tensors -----------------------------------------------------------------------------------

    def _tensor(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: Any = False,
        hooks: Any = None,
        metadata: Any = None,
        kind: dtype | None = None,
    ) -> Tensor:
        if not isinstance(storage, Stored):
            raise CheckpointError(f"[load] {self.file} builds a tensor of no storage.")
        made = storage.tensor(self.file, kind, offset, size, stride, self.map_location)
        if requires_grad is True and made.is_floating_point():
            made.requires_grad_()
        return made

    def _tensor_v3(
        self,
        storage: Any,
        offset: Any,
        size: Any,
        stride: Any,
        requires_grad: Any,
        hooks: Any,
        kind: Any,
        metadata: Any = None,
    ) -> Tensor:
        if not isinstance(kind, dtype):
            raise CheckpointError(f"[load] {self.file} builds a tensor of no dtype.")
        return self._tensor(storage, offset, size, stride, requires_grad, kind=kind)

    def _parameter(self, data: Any, requires_grad: Any = True, hooks: Any = None) -> Parameter:
        if not isinstance(data, Tensor):
            raise CheckpointError(f"[load] {self.file} makes a Parameter of no tensor.")
        return Parameter(data, requires_grad is True)

    def _parameter_with_state(
        self, data: Any, requires_grad: Any, hooks: Any, state: Any
    ) -> Parameter:
        return self._attributes(self._parameter(data, requires_grad), state)

    def _with_attributes(self, function: Any, kind: Any, arguments: Any, state: Any) -> Any:
        makers = (self._tensor, self._tensor_v3, self._parameter)
        made_here = isinstance(function, Callee) and function.call in makers
        if not made_here or not (kind is Tensor or kind is Parameter):
            raise CheckpointError(f"[load] {self.file} has a tensor of a class of its own.")
        return self._attributes(function.call(*arguments), state)

    def _attributes(self, made: Any, state: Any) -> Any:
        if isinstance(state, dict) and isinstance(made, Tensor):
            # names with an underscore mean something to Python, NumPy and others
            taken = set(dir(made))
            made.__dict__.update(
                {
                    name: value
                    for name, value in state.items()
                    if type(name) is str and not name.startswith("_") and name not in taken
                }
            )
        return made


def _complex(real: Any = 0.0, imaginary: Any = 0.0) -> complex:
    if not (isinstance(real, (int, float)) and isinstance(imaginary, (int, float))):
        raise TypeError("a complex number of other than numbers")
    return complex(float(real), float(imaginary))


def _bytearray(content: Any = b"", encoding: Any = "latin-1") -> bytearray:
    if isinstance(content, str):
        content = content.encode("latin-1")
    if not isinstance(content, bytes):  # a number would be a length
        raise TypeError("a bytearray of no bytes")
    return bytearray(content)


_BUILTINS = ("builtins", "__builtin__")
_MAKERS = (("complex", _complex), ("bytearray", _bytearray))


def _advice(module: str, name: str) -> str:
    """What to do about a name that is refused."""
    if module.startswith("torch.nn.modules"):
        return (
            "so it holds a whole module of PyTorch's, which is code. Save its state_dict() there, "
            "and load that into a model that is built here."
        )
    if safe.harmful(module, name):
        return "which can do harm. Nothing was run, and the file is not read."
    if module.startswith("numpy"):
        return "which is NumPy's, and no array of plain numbers. Save it as a tensor."
    if module == "torch" and name.endswith("Storage"):
        names = ", ".join(kind.name for kind in dtypes.ALL)
        return f"and there is no such dtype. Convert to one of {names}."
    if module == "torch":
        return "which has no counterpart. Convert it, in PyTorch, to what has."
    return (
        "which is not among what a checkpoint may hold; nothing was run. If it is yours and "
        f"does no harm with any arguments: plugtorch.serialization.add_safe_globals([{name}])."
    )
