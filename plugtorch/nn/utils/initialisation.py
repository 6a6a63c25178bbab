"""Modules without the work of initialising them."""

from __future__ import annotations

from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.module import Module
from plugtorch.tensor.random import get_rng_state, set_rng_state


def skip_init(module_cls: type[Module], *args: Any, **kwargs: Any) -> Module:
    """A module whose parameters are to be overwritten; it takes no random numbers.

    Here they hold what initialising gives them; in PyTorch, whatever was in memory.

    Raises ArgumentError for what is no kind of module.

    >>> import plugtorch
    >>> skip_init(plugtorch.nn.Linear, 5, 1)
    Linear(in_features=5, out_features=1, bias=True)

    Source: torch.nn.utils.skip_init.
    """
    if not isinstance(module_cls, type) or not issubclass(module_cls, Module):
        raise ArgumentError(f"[skip_init] needs a kind of module, got {module_cls!r}.")
    state = get_rng_state()
    try:
        return module_cls(*args, **kwargs)
    finally:
        set_rng_state(state)
