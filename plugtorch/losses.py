"""Losses by name: plugtorch's own and those of every installed plugin.

>>> import plugtorch.losses
>>> "cross_entropy" in plugtorch.losses.names()
True
"""

from __future__ import annotations

from typing import Any

from plugtorch import registry


def create(name: str, **options: Any) -> Any:
    """A loss, called as ``loss(input, target)``.

    name: a name, an alias, or ``distribution:name``; any case. options: as
    ``describe(name)["options"]`` lists them.

    Raises UnknownNameError (near names are suggested), AmbiguousNameError, BrokenPluginError, or
    TypeError for an option that it does not take.

    >>> import plugtorch
    >>> loss = plugtorch.losses.create("mse", reduction="sum")
    >>> float(loss(plugtorch.tensor([1.0, 2.0]), plugtorch.tensor([1.0, 4.0])))
    4.0
    """
    return registry.create("loss", name, **options)


def get(name: str) -> Any:
    """The class of a loss. Raises as ``create``.

    >>> import plugtorch
    >>> plugtorch.losses.get("mse").__name__
    'MSELoss'
    """
    return registry.get("loss", name)


def names() -> list[str]:
    """The names of all losses that can be used, sorted."""
    return registry.names("loss")


def describe(name: str) -> dict[str, Any]:
    """What a loss is: summary, doc, reference, distribution, options with their defaults ...

    >>> import plugtorch
    >>> plugtorch.losses.describe("mse")["options"]["reduction"]
    'mean'
    """
    return registry.describe("loss", name)
