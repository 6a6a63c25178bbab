"""A module called with other parameters than its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from plugtorch.errors import ArgumentError, DTypeError, StateError
from plugtorch.module import Module
from plugtorch.storage import TensorBase

__all__ = ["functional_call"]

Tensors = Mapping[str, Any]


def functional_call(
    module: Module,
    parameter_and_buffer_dicts: Tensors | Sequence[Tensors],
    args: Any = None,
    kwargs: Mapping[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """module(*args, **kwargs) with the given tensors in place of its parameters and buffers of
    these names; gradients flow to them. Afterwards the module is as it was.

    parameter_and_buffer_dicts: names, as in ``state_dict``, and tensors; or several such
    dictionaries. args: a tuple, or the only argument. tie_weights: a tensor that the module has
    under several names is replaced under all of them. strict: every name must be given and known.

    Raises StateError if strict and one is not, ArgumentError for a name or a tied tensor given
    twice, DTypeError for what is no tensor.

    >>> import plugtorch
    >>> net = plugtorch.nn.Linear(2, 1)
    >>> mine = {"weight": plugtorch.ones(1, 2), "bias": plugtorch.zeros(1)}
    >>> functional_call(net, mine, plugtorch.tensor([1.0, 2.0]))
    tensor([3.])

    Source: torch.func.functional_call.
    """
    dicts: Any = parameter_and_buffer_dicts
    if isinstance(dicts, Mapping):
        dicts = (dicts,)
    given: dict[str, Any] = {}
    for part in dicts:
        twice = given.keys() & part.keys()
        if twice:
            raise ArgumentError(f"[functional_call] {sorted(twice)} are in several dictionaries.")
        given.update(part)
    for name, tensor in given.items():
        if not isinstance(tensor, TensorBase):
            raise DTypeError(
                f"[functional_call] {name} must be a tensor, got {type(tensor).__name__}."
            )
    own = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    if strict and own.keys() != given.keys():
        raise StateError(
            f"[functional_call] missing {sorted(own.keys() - given.keys())}, unexpected "
            f"{sorted(given.keys() - own.keys())}. Give every name, or strict=False."
        )
    if tie_weights:
        given = _tied(own, given)
    positional = args if isinstance(args, tuple) else () if args is None else (args,)
    with _replaced(module, {name: t for name, t in given.items() if name in own}):
        return module(*positional, **(kwargs or {}))


def _tied(own: Tensors, given: Tensors) -> dict[str, Any]:
    """What is given for a tensor, under all its names."""
    chosen: dict[int, Any] = {}
    for name in given.keys() & own.keys():
        if chosen.setdefault(id(own[name]), given[name]) is not given[name]:
            raise ArgumentError(f"[functional_call] {name} is tied to another that is given too.")
    return {**given, **{name: chosen[id(t)] for name, t in own.items() if id(t) in chosen}}


@contextmanager
def _replaced(module: Module, tensors: Tensors) -> Iterator[None]:
    before: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for path, tensor in tensors.items():
            prefix, _, name = path.rpartition(".")
            owner = module.get_submodule(prefix)
            table: dict[str, Any] = (
                owner._parameters if name in owner._parameters else owner._buffers
            )
            before.append((table, name, table[name]))
            table[name] = tensor
        yield
    finally:
        for table, name, value in before:
            table[name] = value
