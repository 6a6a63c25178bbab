"""There is one process: ``is_available()`` is False, and what needs a group of them says so.

Scripts import these names at their top, and use them if they were started as one of several.
"""

from __future__ import annotations

from typing import Any, NoReturn

from plugtorch import left_out
from plugtorch.errors import StateError

__all__ = [
    "all_gather",
    "all_reduce",
    "barrier",
    "broadcast",
    "destroy_process_group",
    "get_rank",
    "get_world_size",
    "init_process_group",
    "is_available",
    "is_initialized",
]


def is_available() -> bool:
    """False. Source: torch.distributed.is_available.

    >>> import plugtorch
    >>> plugtorch.distributed.is_available()
    False
    """
    return False


def is_initialized() -> bool:
    """False. Source: torch.distributed.is_initialized."""
    return False


class _OfAGroup:
    """A function that needs a group of processes."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self.__doc__ = f"Raises StateError: there is no group. As torch.distributed.{name}."

    def __call__(self, *_: Any, **__: Any) -> NoReturn:
        raise StateError(
            f"[distributed.{self.__name__}] there is one process and one device, and no group of "
            "them. Ask distributed.is_available() first, or start the script without torchrun."
        )


all_gather = _OfAGroup("all_gather")
all_reduce = _OfAGroup("all_reduce")
barrier = _OfAGroup("barrier")
broadcast = _OfAGroup("broadcast")
destroy_process_group = _OfAGroup("destroy_process_group")
get_rank = _OfAGroup("get_rank")
get_world_size = _OfAGroup("get_world_size")
init_process_group = _OfAGroup("init_process_group")


def __getattr__(name: str) -> Any:
    raise AttributeError(left_out.message(f"distributed.{name}"))
