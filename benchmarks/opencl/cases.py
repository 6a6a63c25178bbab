"""All cases by name, and the choice among them."""

from __future__ import annotations

import fnmatch
from typing import Any

import layers
import operations
import optimizers

import training

CASES: dict[str, Any] = {
    case.name: case
    for case in (*operations.CASES, *layers.CASES, *optimizers.CASES, *training.CASES)
}


def chosen(patterns: str) -> list[str]:
    """The names that one of the patterns (with a comma between them) is in, or fits with its
    ``*``. Raises SystemExit where there is none.
    """
    wanted = [pattern.strip() for pattern in patterns.split(",")]
    names = [
        name
        for name in CASES
        if any(fnmatch.fnmatchcase(name, f"*{pattern}*") for pattern in wanted)
    ]
    if not names:
        raise SystemExit(f"no case fits {patterns!r}; --list shows the names")
    return names
