"""``mps.is_available()``: no Metal."""

from __future__ import annotations


def is_available() -> bool:
    """False: there is no Metal."""
    return False


def is_built() -> bool:
    """False: there is no Metal."""
    return False
