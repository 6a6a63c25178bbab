"""``cudnn.benchmark = True`` and the like: taken, without effect.

>>> import plugtorch
>>> plugtorch.backends.cudnn.deterministic = True
>>> plugtorch.backends.cudnn.is_available()
False
"""

from __future__ import annotations

enabled = False
benchmark = False
benchmark_limit = 10
deterministic = False
allow_tf32 = False


def is_available() -> bool:
    """False: cuDNN is not used."""
    return False


def version() -> int | None:
    """None: cuDNN is not used."""
    return None
