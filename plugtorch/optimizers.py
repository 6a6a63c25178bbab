"""Optimizers by name: plugtorch's own and those of every installed plugin.

>>> import plugtorch.optimizers
>>> "sgd" in plugtorch.optimizers.names()
True
"""

from __future__ import annotations

from typing import Any

from plugtorch import registry


def create(name: str, params: Any, **options: Any) -> Any:
    """An optimizer of ``params``.

    name: a name, an alias, or ``distribution:name``; any case. params: tensors, or groups of them,
    as every optimizer takes them. options: as ``describe(name)["options"]`` lists them.

    Raises UnknownNameError (near names are suggested), AmbiguousNameError, BrokenPluginError, or
    TypeError for an option that it does not take.

    >>> import plugtorch
    >>> weight = plugtorch.ones(2, requires_grad=True)
    >>> plugtorch.optimizers.create("sgd", [weight], lr=0.1).param_groups[0]["lr"]
    0.1
    """
    return registry.create("optimizer", name, params, **options)


def get(name: str) -> Any:
    """The class of an optimizer. Raises as ``create``.

    >>> import plugtorch
    >>> plugtorch.optimizers.get("sgd").__name__
    'SGD'
    """
    return registry.get("optimizer", name)


def names() -> list[str]:
    """The names of all optimizers that can be used, sorted."""
    return registry.names("optimizer")


def describe(name: str) -> dict[str, Any]:
    """What an optimizer is: summary, doc, reference, distribution, options with their defaults ...

    >>> import plugtorch
    >>> plugtorch.optimizers.describe("sgd")["options"]["momentum"]
    0
    """
    return registry.describe("optimizer", name)
