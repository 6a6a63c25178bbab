"""PyTorch's zip format, written: ``torch.load`` reads it, also with ``weights_only=True``.

A pickle of the nesting, put together here instruction by instruction, and the bytes of the tensors
beside it. A tensor is its storage's key with a shape; a storage holds just what one tensor shows.
"""

from __future__ import annotations

import io
import struct
import zipfile
from collections import Counter, OrderedDict
from typing import Any

import numpy

from plugtorch.device import device
from plugtorch.dtypes import dtype
from plugtorch.errors import ArgumentError
from plugtorch.module import Module, Parameter, StateDict
from plugtorch.serialization import arrays, pickled
from plugtorch.serialization.encode import PLAIN, at, check_key, remedy
from plugtorch.serialization.torch_names import STORAGES
from plugtorch.tensor import Tensor
from plugtorch.tensor.axes import Size
from plugtorch.tensor.strides import dense

Array = numpy.ndarray[Any, Any]

_TYPES = {kind: name for name, kind in STORAGES.items()}
_LOCATION = "cpu"  # a name that PyTorch knows; others are plugtorch's own
_DATE = (1980, 1, 1, 0, 0, 0)  # the same state gives the same bytes
ALIGNMENT = 64


class ModuleInsideError(ArgumentError):
    """A whole Module, which PyTorch could only read by running code."""


class _Pickle:
    """Instructions for plain data, in the protocol that torch.save uses."""

    def __init__(self) -> None:
        self.out = io.BytesIO()
        self.out.write(b"\x80\x02")
        self.storages: list[Array] = []
        self.keys: dict[tuple[int, str], int] = {}
        self.kept: list[Any] = []  # what is in ``keys`` by id
        self.names: dict[str, int] = {}

    def finish(self) -> bytes:
        self.out.write(b".")
        return self.out.getvalue()

    def put(self, obj: Any, place: str) -> None:
        """Write what builds ``obj``. place: for messages, as in Python."""
        write = self.out.write
        if obj is None:
            write(b"N")
        elif obj is True or obj is False:
            write(b"\x88" if obj else b"\x89")
        elif isinstance(obj, int):
            self.integer(int(obj))
        elif isinstance(obj, float):
            write(b"G" + struct.pack(">d", obj))
        elif isinstance(obj, str):
            encoded = obj.encode("utf-8", "surrogatepass")
            write(b"X" + struct.pack("<I", len(encoded)) + encoded)
        elif isinstance(obj, Tensor):
            self.tensor(obj)
        elif isinstance(obj, dtype):
            self.name(f"torch {obj.name}")
        elif isinstance(obj, device):
            self.call("torch device", obj.type, *([] if obj.index is None else [obj.index]))
        elif isinstance(obj, Size):
            self.call("torch Size", tuple(obj))
        elif isinstance(obj, numpy.ndarray | numpy.generic) and obj.dtype.name in PLAIN:
            arrays.written(obj, self)
        elif type(obj) is list:
            write(b"](")
            self.items(enumerate(obj), place)
            write(b"e")
        elif type(obj) is tuple:
            write(b"(")
            self.items(enumerate(obj), place)
            write(b"t")
        elif type(obj) in (dict, OrderedDict, StateDict, Counter):
            self.mapping(obj, place)
        else:
            kind = ModuleInsideError if isinstance(obj, Module) else ArgumentError
            raise kind(
                f"[save] cannot save a {type(obj).__name__}{at(place)} in PyTorch's format. "
                f"{remedy(obj)}"
            )

    def integer(self, value: int) -> None:
        if -(2**31) <= value < 2**31:
            self.out.write(b"J" + struct.pack("<i", value))
            return
        encoded = value.to_bytes(value.bit_length() // 8 + 1, "little", signed=True)
        short = len(encoded) < 256
        self.out.write(b"\x8a" if short else b"\x8b")
        self.out.write(struct.pack("<B" if short else "<i", len(encoded)) + encoded)

    def items(self, pairs: Any, place: str) -> None:
        for key, value in pairs:
            self.put(value, f"{place}[{key!r}]")

    def mapping(self, obj: Any, place: str) -> None:
        if type(obj) is Counter:
            self.name("collections Counter")
        elif type(obj) is not dict:
            self.call("collections OrderedDict")
        if type(obj) in (dict, Counter):
            self.out.write(b"}")
        self.out.write(b"(")
        for key, value in obj.items():
            check_key(key, place)
            self.put(key, place)
            self.put(value, f"{place}[{key!r}]")
        self.out.write(b"u")
        if type(obj) is Counter:
            self.out.write(b"\x85R")  # the dict as the only argument
        if isinstance(obj, StateDict) and hasattr(obj, "_metadata"):
            self.put({"_metadata": OrderedDict(obj._metadata)}, place)
            self.out.write(b"b")

    def name(self, full: str) -> None:
        """A global; the second time, from the memo."""
        number = self.names.get(full)
        if number is None:
            number = self.names[full] = len(self.names)
            self.out.write(b"c" + full.replace(" ", "\n").encode() + b"\n")
            self.out.write(b"r" + struct.pack("<I", number))
        else:
            self.out.write(b"j" + struct.pack("<I", number))

    def call(self, function: str, *arguments: Any) -> None:
        self.name(function)
        self.put(arguments, "")
        self.out.write(b"R")

    def content(self, raw: bytes) -> None:
        self.call("_codecs encode", raw.decode("latin-1"), "latin1")

    def tensor(self, tensor: Tensor) -> None:
        parameter = isinstance(tensor, Parameter)
        if parameter:
            self.name("torch._utils _rebuild_parameter")
            self.out.write(b"(")
        self.name("torch._utils _rebuild_tensor_v2")
        self.out.write(b"((")
        self.put("storage", "")
        self.name(f"torch {_TYPES[tensor.dtype]}")
        self.put(str(self.storage(tensor)), "")
        self.put(_LOCATION if tensor.device.type == "cpu" else str(tensor.device), "")
        self.put(tensor.numel(), "")
        self.out.write(b"tQ")  # the storage, by its persistent id
        shape = tuple(tensor.shape)
        for part in (0, shape, dense(shape), bool(tensor.requires_grad) and not parameter):
            self.put(part, "")
        self.call("collections OrderedDict")  # no hooks
        self.out.write(b"tR")
        if parameter:
            self.put(bool(tensor.requires_grad), "")
            self.call("collections OrderedDict")
            self.out.write(b"tR")

    def storage(self, tensor: Tensor) -> int:
        """The key of the tensor's elements; tensors that are one and the same have one."""
        steps = repr(tensor.through.steps) if tensor.through else ""
        identity = id(tensor.storage), steps
        if identity not in self.keys:
            self.keys[identity] = len(self.storages)
            self.kept.append(tensor.storage)
            self.storages.append(numpy.asarray(tensor.detach().cpu().numpy(), order="C"))
        return self.keys[identity]


def to_torch(obj: Any) -> bytes:
    """The content of a file that ``torch.load`` reads.

    Raises ArgumentError for what is no tensor, number, text, None, or container of these, and for
    more of it than ``load`` reads.
    """
    pickle = _Pickle()
    pickle.put(obj, "")
    nesting = pickle.finish()
    if len(nesting) > pickled.LONGEST:
        raise ArgumentError(
            f"[save] what is not in tensors comes to {len(nesting)} bytes, and load reads at most "
            f"{pickled.LONGEST}. Put large arrays and long lists of numbers into tensors."
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _entry(archive, file, "data.pkl", nesting)
        _entry(archive, file, "byteorder", b"little")
        for key, array in enumerate(pickle.storages):
            little = array.astype(array.dtype.newbyteorder("<"), copy=False)
            _entry(archive, file, f"data/{key}", little.tobytes())
        _entry(archive, file, "version", b"3\n")
    return file.getvalue()


def _entry(archive: zipfile.ZipFile, file: io.BytesIO, name: str, content: bytes) -> None:
    """Add an entry whose content begins at a multiple of 64 bytes, so that it can be mapped."""
    info = zipfile.ZipInfo(f"archive/{name}", _DATE)
    begin = file.tell() + 30 + len(info.filename) + 4  # behind the header and the padding's own
    padding = -begin % ALIGNMENT
    info.extra = struct.pack("<2sH", b"FB", padding) + b"Z" * padding  # as PyTorch pads
    archive.writestr(info, content)
