"""``PLUGTORCH_DEBUG``: words, separated by commas, for somebody who wants to see inside.

    kernels    the text of every kernel that is made, what it fuses, and how long each launch takes

It is read when the first device is opened.
"""

from __future__ import annotations

import atexit
import os
import sys
import warnings
from contextlib import ExitStack
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugtorch.backend import Backend

VARIABLE = "PLUGTORCH_DEBUG"
WORDS = ("kernels",)

_unknown_seen = ""
_asked: list[ExitStack] = []  # what the variable began, until the process ends


def words() -> frozenset[str]:
    """The known words in ``PLUGTORCH_DEBUG``. Warns of others, once for each text."""
    global _unknown_seen
    found = [word.strip().lower() for word in os.environ.get(VARIABLE, "").split(",")]
    unknown = ", ".join(sorted({word for word in found if word and word not in WORDS}))
    if unknown and unknown != _unknown_seen:
        _unknown_seen = unknown
        warnings.warn(
            f"{VARIABLE} has words that mean nothing: {unknown}. It knows {', '.join(WORDS)}.",
            stacklevel=2,
        )
    return frozenset(found) & frozenset(WORDS)


def opened(backend: Backend) -> None:
    """A device was opened: begin what the variable asks for."""
    if "kernels" in words():
        if not _asked:
            _asked.append(ExitStack())
            atexit.register(_asked[0].close)
        _asked[0].enter_context(backend.explain(to_stderr))


def to_stderr(text: str) -> None:
    """Write lines where errors go, whatever that is by then."""
    sys.stderr.write(text)
    sys.stderr.flush()
