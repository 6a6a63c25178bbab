"""NumPy's arrays and scalars in PyTorch's files: the pickles that NumPy makes of them, and back.

Only plain numbers: an array of objects would be a pickle in a pickle.
"""

from __future__ import annotations

import re
from typing import Any

import numpy

from plugtorch.errors import CheckpointError
from plugtorch.serialization.keys import shown

_PLACES = ("numpy._core.multiarray", "numpy.core.multiarray")  # NumPy 2's, and 1's
_KIND = re.compile(r"[biuf][1248]")


def known(file: str) -> dict[str, Any]:
    """What the names in NumPy's pickles mean: types, and functions of what follows in ``file``."""

    def wrong(what: str) -> CheckpointError:
        return CheckpointError(f"[load] {file} has a NumPy {what} that cannot be.")

    def dtype(kind: Any, *_: Any) -> Any:
        if not (isinstance(kind, str) and _KIND.fullmatch(kind)):
            raise CheckpointError(
                f"[load] {file} has a NumPy array of {shown(kind)}. Save plain numbers only."
            )
        try:
            return numpy.dtype(kind, False, True)  # one of its own, whose bytes may be turned round
        except TypeError:
            raise wrong("dtype") from None

    def reconstruct(kind: Any, *_: Any) -> Any:
        if kind is not numpy.ndarray:
            raise wrong("array")
        return numpy.ndarray((0,), "b")

    def scalar(kind: Any, content: Any = b"") -> Any:
        if not (isinstance(kind, numpy.dtype) and type(content) is bytes):
            raise wrong("scalar")
        if len(content) != kind.itemsize:
            raise wrong("scalar")
        return numpy.frombuffer(content, kind)[0]

    made: dict[str, Any] = {"numpy.ndarray": numpy.ndarray, "numpy.dtype": dtype}
    for place in _PLACES:
        made |= {f"{place}._reconstruct": reconstruct, f"{place}.scalar": scalar}
    return made


def build(target: Any, state: Any, file: str) -> None:
    """Set the state of an array or of a dtype, as NumPy's pickles do."""
    try:
        if isinstance(target, numpy.dtype):
            # what is behind the order would be flags by which NumPy takes numbers for pointers
            version, order, *rest = state
            orders = "|" if target.itemsize == 1 else "<>"
            plain = version in (3, 4) and isinstance(order, str) and len(order) == 1
            if not plain or order not in orders or rest[:6] != [None, None, None, -1, -1, 0]:
                raise ValueError("a dtype that is not plain")
            target.__setstate__((3, order, *rest[:6]))  # type: ignore[attr-defined]
            return
        version, shape, kind, in_columns, content = state
        if not (isinstance(kind, numpy.dtype) and type(content) is bytes):
            raise ValueError("no bytes of a dtype")
        if not all(type(size) is int and size >= 0 for size in shape):
            raise ValueError(f"a shape of {shown(shape)}")
        if kind.kind == "b" and content.strip(b"\0\1"):
            raise ValueError("bytes that are not booleans")
        target.__setstate__((version, tuple(shape), kind, in_columns is True, content))
    except (ValueError, TypeError, OverflowError, MemoryError) as error:
        raise CheckpointError(f"[load] a NumPy array in {file} has {error}.") from None


def written(array: Any, pickle: Any) -> None:
    """Write an array or a scalar the way NumPy's pickles have it. pickle: a Writer's."""
    scalar = isinstance(array, numpy.generic)
    values = numpy.asarray(array)
    kind, write = values.dtype, pickle.out.write
    pickle.name(f"{_PLACES[0]} {'scalar' if scalar else '_reconstruct'}")
    write(b"(")
    if not scalar:
        pickle.name("numpy ndarray")
        pickle.put((0,), "")
        pickle.content(b"b")
        write(b"tR(")
        pickle.put(1, "")
        pickle.put(values.shape, "")
    pickle.call("numpy dtype", kind.str[1:], False, True)
    pickle.put((3, "|" if kind.itemsize == 1 else "<", None, None, None, -1, -1, 0), "")
    write(b"b")
    if not scalar:
        pickle.put(False, "")
    pickle.content(values.astype(kind.newbyteorder("<"), copy=False).tobytes())
    write(b"tR" if scalar else b"tb")
