"""PyTorch's torch.random: the default generator, and leaving it as it was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from plugtorch.tensor.random import (
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)

__all__ = [
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]


@contextmanager
def fork_rng(
    devices: Iterable[Any] | None = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str = "cuda",
) -> Iterator[None]:
    """What is drawn inside does not change what is drawn after; all devices share one stream.

    >>> import plugtorch
    >>> state = plugtorch.get_rng_state()
    >>> with plugtorch.random.fork_rng():
    ...     _ = plugtorch.rand(3)
    >>> bool((plugtorch.get_rng_state() == state).all())
    True

    Source: torch.random.fork_rng.
    """
    state = get_rng_state()
    try:
        yield
    finally:
        if enabled:
            set_rng_state(state)
