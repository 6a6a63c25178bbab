"""The table of contents of what can be extended: three hooks, each yielding frozen records.

A plugin is a module named by an entry point in the group ``plugtorch``; it must import fast,
because listing plugins imports it. What a record points to (``target``) is imported on first use
only. ``docs/plugins.md`` walks through whole distributions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

import pluggy

PROJECT = "plugtorch"
PROTOCOL = (1, 0)
"""Version, major and minor, of the records and of what their targets promise.

Another major is refused; any minor is taken.
"""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What every record says.

    name: what users type, a lower-case identifier.
    target: ``"package.module:Class"``, imported on first use.
    summary: one line. reference: the paper or the PyTorch name.
    aliases: other names for it.
    protocol: the version that the plugin was written for. The default stays the first one for
    ever: a plugin that says nothing must not be taken for one that knows of what came later.
    """

    kind: ClassVar[str]
    hook: ClassVar[str]

    name: str
    target: str
    summary: str = ""
    reference: str = ""
    aliases: tuple[str, ...] = ()
    protocol: tuple[int, int] = (1, 0)


@dataclass(frozen=True, kw_only=True)
class BackendSpec(Spec):
    """A kind of device; ``target`` is a subclass of ``plugtorch.backend.Backend``."""

    kind = "backend"
    hook = "plugtorch_backends"


@dataclass(frozen=True, kw_only=True)
class LossSpec(Spec):
    """A loss; ``target`` is a subclass of ``plugtorch.Loss`` (or any Module of (input, target))."""

    kind = "loss"
    hook = "plugtorch_losses"


@dataclass(frozen=True, kw_only=True)
class OptimizerSpec(Spec):
    """An optimizer; ``target`` is a subclass of ``plugtorch.Optimizer``."""

    kind = "optimizer"
    hook = "plugtorch_optimizers"


KINDS: dict[str, type[Spec]] = {spec.kind: spec for spec in (BackendSpec, LossSpec, OptimizerSpec)}


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
        yield LossSpec(name="focal", target="plugtorch_focal.loss:FocalLoss")
    """


@hookspec
def plugtorch_optimizers() -> Iterable[OptimizerSpec]:  # type: ignore[empty-body]
    """Offer optimizers.

    @plugtorch.hookimpl
    def plugtorch_optimizers():
        yield OptimizerSpec(name="lion", target="plugtorch_lion.lion:Lion")
    """
