"""Files that are whole: what is written replaces the old at once, or not at all."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Make ``path`` hold ``content``: readers see the old file or the new one, never a part, even
    after a crash.

    Source: write a temporary file beside it, fsync, rename (POSIX ``rename`` replaces atomically).
    """
    target = os.path.realpath(path)  # a link stays a link
    if os.path.exists(target) and not os.path.isfile(
        target
    ):  # a pipe or /dev/null: nothing to replace
        with open(target, "wb") as special:
            special.write(content)
        return
    folder, name = os.path.split(target)
    temporary = os.path.join(folder, f".{name}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise
    with suppress(OSError):  # Windows cannot open a folder, and does not need to
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
