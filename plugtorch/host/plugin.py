"""What is known of a plugin, and of each thing that it offers.

Whatever a plugin raises, ``SystemExit`` included, is kept as a Problem with the phase it happened
in; only Ctrl-C passes.

    metadata   reading the entry points; imports nothing
    import     importing the hook module
    hook       registering it, and calling its hooks
    record     checking each record that a hook yielded
    target     importing what a record points to, on first use
"""

from __future__ import annotations

import importlib
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from plugtorch.backend import Backend
from plugtorch.errors import BrokenPluginError, PluginError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from plugtorch.hookspecs import Spec


@dataclass(eq=False)
class Problem:
    """One thing that went wrong: in which phase, what, what to do, and the exception if any."""

    phase: str
    text: str
    remedy: str = ""
    cause: BaseException | None = None

    @property
    def traceback(self) -> str:
        """As Python prints it; empty where nothing was raised."""
        return "".join(traceback.format_exception(self.cause)) if self.cause else ""

    def as_dict(self) -> dict[str, str]:
        """Plain data, as ``plugtorch plugins --json`` prints it."""
        return {
            "phase": self.phase,
            "text": self.text,
            "remedy": self.remedy,
            "traceback": self.traceback,
        }


@dataclass(eq=False)
class Plugin:
    """One entry point of one distribution, and how far it came."""

    name: str  # the entry point's
    distribution: str  # normalised: plugtorch-lion
    version: str
    module: str
    location: str = ""  # the folder that its metadata is in
    builtin: bool = False
    blocked: str = ""  # why it was not imported; empty where it was
    entry_point: EntryPoint | None = None
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def state(self) -> str:
        """ok, partial (some of it works), broken or blocked."""
        if self.blocked:
            return "blocked"
        if not self.problems:
            return "ok"
        return "partial" if any(e.state != "broken" for e in self.entries) else "broken"

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}".rstrip()

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as ``plugtorch plugins --json`` prints it."""
        return {
            "distribution": self.distribution,
            "version": self.version,
            "name": self.name,
            "module": self.module,
            "location": self.location,
            "builtin": self.builtin,
            "state": self.state,
            "blocked": self.blocked,
            "problems": [problem.as_dict() for problem in self.problems],
            "entries": [entry.as_dict() for entry in self.entries],
        }


@dataclass(eq=False)
class Entry:
    """One thing that a plugin offers, and the names that it answers to."""

    spec: Spec
    plugin: Plugin
    state: str = "ok"  # or broken; ambiguous: others have its name; shadowed: plugtorch has it
    note: str = ""  # why the state is not ok
    problem: Problem | None = None
    target: Any = None  # once imported

    @property
    def kind(self) -> str:
        """backend, loss or optimizer."""
        return self.spec.kind

    @property
    def qualified(self) -> str:
        """The name that nobody else can have: ``distribution:name``."""
        return f"{self.plugin.distribution}:{self.spec.name}"

    @property
    def name(self) -> str:
        """What to write to get it: its own name, or the qualified one where that is not its own."""
        return self.qualified if self.state in ("ambiguous", "shadowed") else self.spec.name

    def fail(self, problem: Problem) -> None:
        """Keep ``problem``: it is raised to whoever asks for this."""
        self.state, self.note, self.problem = "broken", problem.text, problem
        self.plugin.problems.append(problem)

    def load(self) -> Any:
        """What the record points to, imported on the first call. Raises BrokenPluginError."""
        if self.target is None and self.problem is None:
            problems: list[Problem] = []
            with recorded(problems, "target", self.plugin, f"importing {self.spec.target!r}"):
                module, _, attribute = self.spec.target.partition(":")
                target = attrgetter(attribute)(importlib.import_module(module))
                check_target(target, self.kind)
                self.target = target
            for problem in problems:
                self.fail(problem)
        if self.problem is not None:
            raise broken(f"[{self.kind}] {self.spec.name!r}", self.plugin, self.problem)
        return self.target

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as ``plugtorch plugins --json`` prints it."""
        return {
            "kind": self.kind,
            "name": self.name,
            "aliases": list(self.spec.aliases),
            "qualified": self.qualified,
            "distribution": self.plugin.distribution,
            "version": self.plugin.version,
            "target": self.spec.target,
            "summary": self.spec.summary,
            "reference": self.spec.reference,
            "protocol": list(self.spec.protocol),
            "state": self.state,
            "note": self.note,
        }


@contextmanager
def recorded(problems: list[Problem], phase: str, plugin: Plugin, what: str) -> Iterator[None]:
    """Whatever is raised inside becomes a Problem; only Ctrl-C passes."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        # not str(error): an exception's own __str__ may fail too
        said = traceback.format_exception_only(error)[-1].strip()
        problems.append(Problem(phase, f"{what} raised {said}", _remedy(plugin, error), error))


def broken(subject: str, plugin: Plugin, problem: Problem) -> BrokenPluginError:
    """The error for whoever asks for ``subject`` of ``plugin``, with the cause of ``problem``."""
    error = BrokenPluginError(
        f"{subject} of {plugin} is installed but broken ({problem.phase}): {problem.text}. "
        f"{problem.remedy}"
    )
    error.__cause__ = problem.cause
    return error


def check_target(target: object, kind: str) -> None:
    """Raise PluginError for a ``target`` that is not what its kind needs."""
    backend = isinstance(target, type) and issubclass(target, Backend)
    if kind == "backend" and not backend:
        raise PluginError(f"[{kind}] {target!r} is not a subclass of plugtorch.backend.Backend.")
    if not callable(target):
        raise PluginError(f"[{kind}] {target!r} is not a class.")


def _remedy(plugin: Plugin, error: BaseException) -> str:
    name = plugin.distribution
    again = f"`pip install --force-reinstall {name}`"
    off = "" if plugin.builtin else f", or switch it off with PLUGTORCH_DISABLE_PLUGINS={name}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        if error.name.partition(".")[0] == plugin.module.partition(".")[0]:
            return f"Its files are gone or moved: {again}, or `pip uninstall {name}`."
        return f"Install what provides the module {error.name!r}{off}."
    return f"`pip install --upgrade {name}`, report it to its author{off}."
