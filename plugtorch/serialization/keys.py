"""Keys that a file gives to dicts and sets: cheap to hash, and not many with one hash.

Python keeps the hashes of texts secret, but not those of numbers. Whoever writes a file can choose
as many tuples or complex numbers of one hash as there is room for, and a dict would compare each of
them with all the others.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from plugtorch.device import device
from plugtorch.dtypes import dtype
from plugtorch.errors import CheckpointError

PARTS = 100  # of a tuple, with what is inside its tuples
ALIKE = 64  # keys of one hash in a container; among honest ones two are rare

_KINDS = (type(None), bool, int, float, str, bytes, complex, dtype, device)


def refusal(file: str, what: str) -> CheckpointError:
    """The error for a file that asks for what it may not."""
    return CheckpointError(
        f"[load] {file} asks for {what}, which plain data does not need. Nothing in it was run, "
        "and it is not read."
    )


def shown(value: object) -> str:
    """Plain values as they are; of anything else the kind, because its text may be endless."""
    parts = value if isinstance(value, (tuple, list)) else (value,)
    if not all(type(part) in (int, float, str) for part in parts):
        return f"a {type(value).__name__}"
    text = repr(value)
    return text if len(text) < 60 else text[:57] + "..."


def can_be_key(key: object) -> bool:
    """Whether a file may be written that has ``key`` in a dict: one that ``Keys`` lets pass."""
    left, seen = [key], 1
    while left and seen <= PARTS:
        part = left.pop()
        if type(part) is tuple:
            seen += len(part)
            left.extend(part)
        elif isinstance(part, int):
            if part.bit_length() > 64:
                return False
        elif not (part is None or isinstance(part, float | str)):
            return False
    return seen <= PARTS


class Keys:
    """Lets the keys of one container pass, or raises CheckpointError."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.hashes: Counter[int] = Counter()

    def take(self, key: Any) -> Any:
        """``key``, if it is plain, a dtype, a device, or a tuple of a few of these."""
        if type(key) is str:
            return key
        self._check_parts(key)
        if type(key) in (tuple, complex):
            same = hash(key)
            self.hashes[same] += 1
            if self.hashes[same] > ALIKE:
                raise refusal(self.file, f"more than {ALIKE} keys with one hash")
        return key

    def _check_parts(self, key: Any) -> None:
        left, seen = [key], 1
        while left:
            part = left.pop()
            if type(part) is tuple:
                seen += len(part)
                if seen > PARTS:
                    raise refusal(self.file, f"a tuple of more than {PARTS} parts as a key")
                left.extend(part)
            elif type(part) not in _KINDS:
                raise refusal(self.file, f"a {type(part).__name__} as a key")
            elif type(part) is int and part.bit_length() > 64:  # any number of them has one hash
                raise refusal(self.file, "a number of more than 64 bits as a key")
