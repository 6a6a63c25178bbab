"""``mkldnn.is_available()``: oneDNN is not used."""

from __future__ import annotations

enabled = False


def is_available() -> bool:
    """False: oneDNN is not used."""
    return False
