"""``save`` and ``load``. Loading never runs code.

``save`` writes one safetensors file, or for a name that ends in .pt or .pth what ``torch.load``
reads; ``load`` reads both, every other safetensors file, and what ``torch.save`` wrote.

In a safetensors file the tensors are the file's tensors, under the names their place suggests (a
model's ``state_dict`` is readable by every safetensors reader). The nesting is JSON in the file's
metadata, under the key ``plugtorch``:

    {"version": 1, "tree": {"dict": [["epoch", 3], ["model", {"dict": [["bias", {"tensor":
    "model.bias"}]]}]]}}

Numbers, texts, booleans, null and lists stand for themselves; everything else is an object with its
kind as the key: ``tensor``, ``tuple``, ``dict``, ``ordered_dict``, ``counter``, ``state_dict``
(with its modules' versions), ``size``, ``dtype``, ``device``, ``module`` (see ``modules``),
``float`` (nan and the infinities), ``array`` and ``scalar`` (NumPy's).
"""

from __future__ import annotations

import io
import json
import os
from typing import IO, Any

from plugtorch.errors import ArgumentError, CheckpointError
from plugtorch.serialization.decode import FORMAT, Reader, read, tree
from plugtorch.serialization.encode import Writer
from plugtorch.serialization.files import write_atomically
from plugtorch.serialization.placement import MapLocation
from plugtorch.serialization.safe import (
    add_safe_globals,
    clear_safe_globals,
    get_safe_globals,
    safe_globals,
)
from plugtorch.serialization.torch_files import is_pickle, is_zip, load_legacy, load_zip

__all__ = [
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "load",
    "safe_globals",
    "save",
    "write_atomically",
]

Path = str | os.PathLike[str]

_LARGEST_HEADER = 100_000_000  # bytes; readers refuse more
_FORMATS = ("safetensors", "torch")
_YES = ("1", "y", "yes", "true")


def save(
    obj: object,
    f: Path | IO[bytes],
    pickle_module: Any = None,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
    *,
    format: str | None = None,
) -> None:
    """Write ``obj`` to the file ``f``, whole or not at all.

    obj: a tensor, None, a bool, an int, a float, a str, a Size, a dtype, a device, a NumPy array or
    scalar of a dtype that tensors have, or a list,
    tuple, dict, OrderedDict or Counter of these, nested at will; the keys of a dict may be any of
    the plain values, and short tuples of these. A Module as well, which is its class's name and
    what it holds; safer is to save its ``state_dict()``. f: a path, or a file opened for binary
    writing. Tensors that are one and the same (tied weights) are written once, and share their
    memory when loaded.

    format: "safetensors", or "torch" for a file that ``torch.load`` reads. Without it, paths that
    end in .pt or .pth are PyTorch's, unless there is a Module in them, and all else is safetensors.
    The other options are PyTorch's, and without effect.

    Raises ArgumentError for anything else.

    >>> import io, plugtorch
    >>> file = io.BytesIO()
    >>> plugtorch.save({"epoch": 3, "weight": plugtorch.ones(2)}, file)
    >>> _ = file.seek(0)
    >>> plugtorch.load(file)
    {'epoch': 3, 'weight': tensor([1., 1.])}

    Source: ``torch.save``; the file format is https://github.com/huggingface/safetensors.
    """
    if format not in (None, *_FORMATS):
        raise ArgumentError(f"[save] format must be one of {', '.join(_FORMATS)}, got {format!r}.")
    try:
        content = _content(obj, f, format)
    except RecursionError:
        raise ArgumentError(
            "[save] the state is nested too deeply, or contains itself. Save a flatter copy of it."
        ) from None
    if isinstance(f, str | os.PathLike):
        write_atomically(f, content)
    else:
        f.write(content)


def _content(obj: object, f: Any, format: str | None) -> bytes:
    """What goes into the file."""
    from plugtorch.serialization.torch_writer import ModuleInsideError, to_torch

    named = isinstance(f, str | os.PathLike) and os.fspath(f).lower().endswith((".pt", ".pth"))
    if format == "torch" or (format is None and named):
        try:
            return to_torch(obj)
        except ModuleInsideError:
            if format is not None:
                raise
    return _to_safetensors(obj)


def _to_safetensors(obj: object) -> bytes:
    from safetensors.numpy import save as to_bytes

    writer = Writer()
    nesting = writer.encode(obj, "", "")
    text = json.dumps({"version": FORMAT, "tree": nesting}, allow_nan=False, separators=(",", ":"))
    content = to_bytes(writer.arrays, metadata={"plugtorch": text})
    if int.from_bytes(content[:8], "little") > _LARGEST_HEADER:
        raise ArgumentError(
            "[save] what is not in tensors comes to more than 100 MB, and no reader would take "
            "that. Put large lists of numbers into tensors."
        )
    return content


def load(
    f: Path | IO[bytes],
    map_location: MapLocation | None = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = None,
    mmap: bool | None = None,
    **pickle_load_args: Any,
) -> Any:
    """Read what ``save`` wrote, what PyTorch's wrote, or any safetensors file (then: a dict of its
    tensors).

    f: a path, or a file opened for binary reading. map_location: where the tensors go: a device, a
    dict from saved device to device, or a function of (tensor on the CPU, saved device) that
    returns a tensor; by default each goes back to the device it was saved from. weights_only: False
    lets whole modules be of any class that the program has imported, and not only of plugtorch's
    and of those given to ``serialization.add_safe_globals``; whatever it is, no code in the file is
    run. Left out, it is True, or False where the environment has
    TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD=1, as PyTorch has it for scripts older than that default. The
    other options are PyTorch's, and without effect.

    Raises CheckpointError for a file that is truncated, of another kind, inconsistent, or that asks
    for more than data; DeviceError if a device that tensors were saved from is not here.

    Source: ``torch.load``.
    """
    if isinstance(f, str | os.PathLike):
        name = os.fspath(f)
        with open(f, "rb") as file:
            start = file.read(9)
            if is_zip(start):
                return load_zip(file, name, map_location)
            content = start + file.read()
    else:
        content = f.read()
        name = str(getattr(f, "name", "the file"))
        if is_zip(content[:9]):
            return load_zip(io.BytesIO(content), name, map_location)
    if is_pickle(content[:9]):
        return load_legacy(content, name, map_location)
    arrays, text = read(content, name)
    try:
        if text is None:  # another program's file
            nesting: object = {"dict": [[key, {"tensor": key}] for key in arrays]}
        else:
            nesting = tree(text, name)
        return Reader(name, arrays, map_location, _trusting(weights_only)).decode(nesting)
    except RecursionError:
        raise CheckpointError(f"[load] {name} is nested too deeply to be a checkpoint.") from None


def _trusting(weights_only: bool | None) -> bool:
    """Whether modules may be of any imported class."""
    if weights_only is None:
        return os.environ.get("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "").lower() in _YES
    return not weights_only
