"""``save`` and ``load``: nested state in one safetensors file. Loading never runs code.

The tensors are the file's tensors, under the names their place suggests (a model's ``state_dict``
is readable by every safetensors reader). The nesting is JSON in the file's metadata, under the key
``plugtorch``:

    {"version": 1, "tree": {"dict": [["epoch", 3], ["model", {"dict": [["bias", {"tensor":
    "model.bias"}]]}]]}}

Numbers, texts, booleans, null and lists stand for themselves; everything else is an object with its
kind as the key: ``tensor``, ``tuple``, ``dict``, ``ordered_dict``, ``counter``, ``state_dict``
(with its modules' versions), ``float`` (nan and the infinities).
"""

from __future__ import annotations

import json
import os
from typing import IO, Any

from plugtorch.errors import ArgumentError, CheckpointError
from plugtorch.serialization.decode import FORMAT, MapLocation, Reader, read, tree
from plugtorch.serialization.encode import Writer
from plugtorch.serialization.files import write_atomically

__all__ = ["load", "save", "write_atomically"]

Path = str | os.PathLike[str]

_LARGEST_HEADER = 100_000_000  # bytes; readers refuse more


def save(obj: object, f: Path | IO[bytes]) -> None:
    """Write ``obj`` to the file ``f``, whole or not at all.

    obj: a tensor, None, a bool, an int, a float, a str, or a list, tuple, dict, OrderedDict or
    Counter of these, nested at will; the keys of a dict may be any of the plain values. f: a path,
    or a file opened for binary writing. Tensors that are one and the same (tied weights) are
    written once, and share their memory when loaded.

    Raises ArgumentError for anything else, such as a Module: save its ``state_dict()``.

    >>> import io, plugtorch
    >>> file = io.BytesIO()
    >>> plugtorch.save({"epoch": 3, "weight": plugtorch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> plugtorch.load(file)
    {'epoch': 3, 'weight': tensor([1., 1.])}

    Source: ``torch.save``; the file format is https://github.com/huggingface/safetensors.
    """
    from safetensors.numpy import save as to_bytes

    writer = Writer()
    try:
        nesting = writer.encode(obj, "", "")
    except RecursionError:
        raise ArgumentError(
            "[save] the state is nested too deeply, or contains itself. Save a flatter copy of it."
        ) from None
    text = json.dumps({"version": FORMAT, "tree": nesting}, allow_nan=False, separators=(",", ":"))
    content = to_bytes(writer.arrays, metadata={"plugtorch": text})
    if int.from_bytes(content[:8], "little") > _LARGEST_HEADER:
        raise ArgumentError(
            "[save] what is not in tensors comes to more than 100 MB, and no reader would take "
            "that. Put large lists of numbers into tensors."
        )
    if isinstance(f, str | os.PathLike):
        write_atomically(f, content)
    else:
        f.write(content)


def load(
    f: Path | IO[bytes], map_location: MapLocation | None = None, *, weights_only: bool = True
) -> Any:
    """Read what ``save`` wrote, or any safetensors file (then: a dict of its tensors).

    f: a path, or a file opened for binary reading. map_location: where the tensors go: a device, a
    dict from saved device to device, or a function of (tensor on the CPU, saved device) that
    returns a tensor; by default each goes back to the device it was saved from. weights_only: taken
    for PyTorch's sake; whatever it is, no code in the file is run.

    Raises CheckpointError for a file that is truncated, of another kind, or inconsistent;
    DeviceError if a device that tensors were saved from is not here.

    Source: ``torch.load``.
    """
    if isinstance(f, str | os.PathLike):
        with open(f, "rb") as file:
            content = file.read()
        name = os.fspath(f)
    else:
        content = f.read()
        name = str(getattr(f, "name", "the file"))
    arrays, text = read(content, name)
    try:
        if text is None:  # another program's file
            nesting: object = {"dict": [[key, {"tensor": key}] for key in sorted(arrays)]}
        else:
            nesting = tree(text, name)
        return Reader(name, arrays, map_location).decode(nesting)
    except RecursionError:
        raise CheckpointError(f"[load] {name} is nested too deeply to be a checkpoint.") from None
