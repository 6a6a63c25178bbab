"""PyTorch's own files, read without running anything: the zip format and the one before 1.6.

zip: ``name/data.pkl`` is a pickle of the nesting, in which tensors refer to storages by a key, and
``name/data/KEY`` are the bytes of a storage. Before: five pickles (a number, a version, facts about
the machine, the nesting, the keys of storages) and then each storage with its length before it.

Entries of a PyTorch zip are never compressed. One that is, is refused: so nothing that is read
takes more memory than the file has bytes.

Source: torch/serialization.py and caffe2/serialize/inline_container.h.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
from typing import IO, Any

from plugtorch.errors import CheckpointError, PlugtorchError
from plugtorch.serialization import pickled
from plugtorch.serialization.pickled import LONGEST_NAME, Machine
from plugtorch.serialization.placement import MapLocation
from plugtorch.serialization.stored import Stored
from plugtorch.serialization.torch_names import Names, StorageType

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001
_KEY = re.compile(r"\w[\w.-]*", re.ASCII)


def is_zip(start: bytes) -> bool:
    """Whether a file that begins so is a zip archive."""
    return start.startswith((b"PK\x03\x04", b"PK\x05\x06")) and not _is_safetensors(start)


def is_pickle(start: bytes) -> bool:
    """Whether a file that begins so is a pickle of protocol 2 or newer."""
    known = len(start) > 1 and start[0] == 0x80 and 2 <= start[1] <= 5
    return known and not _is_safetensors(start)


def _is_safetensors(start: bytes) -> bool:
    """Whether it begins with a length and a brace; the length may look like anything."""
    return start[5:9] == b"\0\0\0{"


class _File:
    """What both formats have in common: storages by key."""

    def __init__(self, name: str, map_location: MapLocation | None) -> None:
        self.name = name
        self.names = Names(name, map_location)
        self.storages: dict[str, Stored] = {}
        self.swapped = False

    def machine(self) -> Machine:
        return Machine(self.name, self.names.find, self.persistent, self.names.build)

    def damaged(self, what: str) -> CheckpointError:
        return CheckpointError(f"[load] {self.name} is a damaged PyTorch file: {what}.")

    def described(self, identity: Any) -> tuple[Any, str, str, int]:
        """What a persistent id says of a storage: its type, key, device and length."""
        if not (
            isinstance(identity, tuple) and len(identity) in (5, 6) and identity[0] == "storage"
        ):
            if isinstance(identity, tuple) and identity[:1] == ("module",):
                raise self.machine().refused("a module with its source code")
            raise self.damaged("a tensor refers to something that is no storage")
        _, kind, key, where, count = identity[:5]
        if identity[5:] not in ((), (None,)):
            raise self.damaged("storages inside storages, as before PyTorch 0.4, are not read")
        if not (
            isinstance(kind, StorageType)
            and isinstance(key, str)
            and isinstance(where, str)
            and type(count) is int
            and count >= 0
            and len(key) + len(where) < LONGEST_NAME  # they go into messages
        ):
            raise self.damaged("a storage is not described by type, key, device and length")
        return kind, key, where, count

    def persistent(self, identity: Any) -> Stored:
        kind, key, where, count = self.described(identity)
        known = self.storages.get(key)
        if known is None:
            known = self.storages[key] = self.stored(kind, key, where, count)
        elif known.described != (kind.kind, count):
            raise self.damaged(f"the storage {key!r} is described in two ways")
        return known

    def stored(self, kind: StorageType, key: str, where: str, count: int) -> Stored:
        raise NotImplementedError


class _Zip(_File):
    def __init__(self, file: IO[bytes], name: str, map_location: MapLocation | None) -> None:
        super().__init__(name, map_location)
        self.archive = zipfile.ZipFile(file)
        self.entries = {entry.filename: entry for entry in self.archive.infolist()}
        self.root = self._root()
        if len(self.entries) < len(self.archive.infolist()):
            raise self.damaged("two of its entries have one name")
        size = file.seek(0, io.SEEK_END)
        for entry in self.entries.values():
            if not 0 <= entry.header_offset < size:
                raise self.damaged(f"{entry.filename!r:.99} would lie outside of it")
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise CheckpointError(
                    f"[load] {name} is a zip archive with compressed entries, which PyTorch does "
                    "not write. Unpack it and save the state anew."
                )
            if entry.flag_bits & 1:
                raise self.damaged(f"{entry.filename!r:.99} is encrypted")
        if sum(entry.file_size for entry in self.entries.values()) > size:
            raise self.damaged("its entries are together larger than the file")

    def _root(self) -> str:
        """The folder in the archive that everything is in."""
        roots = [n.removesuffix("/data.pkl") for n in self.entries if n.endswith("/data.pkl")]
        if len(roots) != 1 or f"{roots[0]}/constants.pkl" in self.entries:
            kind = "a TorchScript archive, which holds code" if roots else "a zip archive"
            raise CheckpointError(
                f"[load] {self.name} is {kind}, not what torch.save makes of a state_dict. Save "
                "the state_dict() of the model."
            )
        return roots[0]

    def bytes_of(self, part: str, length: int | None = None) -> bytearray:
        entry = self.entries.get(f"{self.root}/{part}")
        if entry is None:
            raise self.damaged(f"there is no {part!r} in it")
        if length is not None and entry.file_size != length:
            raise self.damaged(f"{part!r} has {entry.file_size} bytes and should have {length}")
        content = bytearray(entry.file_size)
        with self.archive.open(entry) as source:
            done = 0
            while count := source.readinto(memoryview(content)[done:]):  # type: ignore[attr-defined]
                done += count
        if done != len(content):
            raise self.damaged(f"{part!r} ends early")
        return content

    def stored(self, kind: StorageType, key: str, where: str, count: int) -> Stored:
        if not _KEY.fullmatch(key):
            raise self.damaged(f"{key[:40]!r} cannot be the key of a storage")
        return Stored(
            key,
            kind.kind,
            count,
            where,
            lambda length: self.bytes_of(f"data/{key}", length),
            self.swapped,
        )

    def load(self) -> Any:
        entry = self.entries[f"{self.root}/data.pkl"]
        pickled.check_length(entry.file_size, self.name)
        if f"{self.root}/byteorder" in self.entries:
            order = bytes(self.bytes_of("byteorder"))
            if order not in (b"little", b"big"):
                raise self.damaged(f"its byte order is {order[:20]!r}")
            self.swapped = order == b"big"
        source = io.BytesIO(self.bytes_of("data.pkl"))
        return self.machine().run(source)


def load_zip(file: IO[bytes], name: str, map_location: MapLocation | None) -> Any:
    """What ``torch.save`` wrote as a zip archive. file: opened, and one that can seek.

    Raises CheckpointError for an archive that is damaged, or asks for more than data.
    """
    try:
        return _Zip(file, name, map_location).load()
    except PlugtorchError:
        raise
    except (
        zipfile.BadZipFile,
        struct.error,
        ValueError,
        OverflowError,
        EOFError,
        NotImplementedError,
    ) as error:
        raise CheckpointError(
            f"[load] {name} is a damaged zip archive ({error!s:.200})."
        ) from error


class _Census(Machine):
    """Goes through a pickle only to see which storages it refers to; builds no tensor."""

    def _call(self, new: bool) -> None:
        del self.stack[-2:]
        self._push(None)

    def _set_state(self) -> None:
        self.stack.pop()

    def _append(self, items: list[Any]) -> None:
        pass

    def _add(self, items: list[Any]) -> None:
        pass

    def _set_items(self, items: list[Any]) -> None:
        pass


def _equals(value: Any, number: int) -> bool:
    return type(value) is int and value == number


class _Legacy(_File):
    def __init__(self, content: bytes, name: str, map_location: MapLocation | None) -> None:
        super().__init__(name, map_location)
        self.content = content
        self.source = io.BytesIO(content)
        self.places: dict[str, tuple[int, int]] = {}  # key -> position, bytes

    def load(self) -> Any:
        if not _equals(self.machine().run(self.source), MAGIC):
            raise CheckpointError(
                f"[load] {self.name} is a pickle, and not one that torch.save wrote. Pickles can "
                "run code, so it is not read."
            )
        version = self.machine().run(self.source)
        if not _equals(version, PROTOCOL):
            raise self.damaged(f"its version is not {PROTOCOL}")
        facts = self.machine().run(self.source)
        self.swapped = isinstance(facts, dict) and facts.get("little_endian") is False
        start = self.source.tell()
        seen: dict[str, tuple[Any, int]] = {}

        def note(identity: Any) -> None:
            kind, key, _, count = self.described(identity)
            seen[key] = kind, count

        _Census(self.name, self.names.find, note, self.names.build).run(self.source)
        end = self.source.tell()
        pickled.check_length(end - start, self.name)
        keys = self.machine().run(self.source)
        self._locate(keys, seen)
        self.source.seek(start)
        return self.machine().run(self.source)

    def _locate(self, keys: Any, seen: dict[str, tuple[Any, int]]) -> None:
        """Where each storage lies: one after the other, behind its length."""
        position = self.source.tell()
        if not isinstance(keys, list) or any(type(k) is not str or k not in seen for k in keys):
            raise self.damaged("its list of storages is not that of its tensors")
        for key in keys:
            kind, count = seen[key]
            width = 1 if kind.kind is None else kind.kind.itemsize
            said = int.from_bytes(self.content[position : position + 8], "little", signed=True)
            position += 8
            if said != count or key in self.places:
                raise self.damaged(
                    f"the storage {key!r} has {said} elements, and should have {count}"
                )
            if position + count * width > len(self.content):
                raise self.damaged(f"it ends inside the storage {key!r}")
            self.places[key] = position, count * width
            position += count * width

    def stored(self, kind: StorageType, key: str, where: str, count: int) -> Stored:
        if key not in self.places:
            raise self.damaged(f"there is no storage {key!r} in it")
        position, length = self.places[key]
        return Stored(
            key,
            kind.kind,
            count,
            where,
            lambda _: bytearray(self.content[position : position + length]),
            self.swapped,
        )


def load_legacy(content: bytes, name: str, map_location: MapLocation | None) -> Any:
    """What ``torch.save`` wrote before PyTorch 1.6, or without its zip format.

    Raises CheckpointError for a file that is damaged, another pickle, or asks for more than data.
    """
    return _Legacy(content, name, map_location).load()
