"""The table of contents of what can be extended: three hooks, each yielding frozen records.

A plugin is a module named by an entry point in the group ``plugtorch``; it must import fast, because listing
plugins imports it. What a record points to (``target``) is imported on first use only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pluggy

PROJECT = "plugtorch"
PROTOCOL = (1, 0)
"""Major and minor version of the records and of what their targets promise."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What every record says.

    name: what users type, lower case. target: ``"package.module:Class"``, imported on first use.
    aliases: other names for it. summary: one line. reference: the paper or the PyTorch name.
    protocol: the version that the plugin was written for.
    """

    name: str
    target: str
    summary: str = ""
    reference: str = ""
    aliases: tuple[str, ...] = ()
    protocol: tuple[int, int] = PROTOCOL


@dataclass(frozen=True, kw_only=True)
class BackendSpec(Spec):
    """A kind of device; ``target`` is a subclass of ``plugtorch.backend.Backend``."""


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """A loss; ``target`` is a subclass of ``plugtorch.Loss`` (or any Module of (input, target))."""


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(Spec):
    """An optimizer; ``target`` is a subclass of ``plugtorch.Optimizer``."""


@hookspec
def plugtorch_backends() -> Iterable[BackendSpec]:  # type: ignore[empty-body]
    """Offer kinds of devices.

    @plugtorch.hookimpl
    def plugtorch_backends():
        yield BackendSpec(name="abacus", target="plugtorch_abacus.backend:AbacusBackend")
    """


@hookspec
def plugtorch_losses() -> Iterable[LossSpec]:  # type: ignore[empty-body]
    """Offer losses.

    @plugtorch.hookimpl
    def plugtorch_losses():
        yield LossSpec(name="focal", target="plugtorch_focal:FocalLoss", reference="arXiv:1708.02002")
    """


@hookspec
def plugtorch_optimizers() -> Iterable[OptimizerSpec]:  # type: ignore[empty-body]
    """Offer optimizers.

    @plugtorch.hookimpl
    def plugtorch_optimizers():
        yield OptimizerSpec(name="lion", target="plugtorch_lion:Lion", reference="arXiv:2302.06675")
    """
