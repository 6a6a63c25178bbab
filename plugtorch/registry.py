"""Names to things: which loss, optimizer or backend a name means.

Nothing happens at import. The first name that is asked for loads the hook modules of plugtorch's
own distribution; only a name that they do not have, or a listing, loads those of all the others.
What a record points to is imported when it is asked for, and from then on a name costs one dict
lookup.

A name is exact but for its case. Where two distributions offer one name, it means neither; each
answers to ``distribution:name``. A name of plugtorch's own cannot be taken.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from plugtorch.errors import ArgumentError, PluginError, PluginWarning

if TYPE_CHECKING:
    from pluggy import PluginManager

    from plugtorch.hookspecs import Spec
    from plugtorch.host.discovery import Switches
    from plugtorch.host.naming import Index
    from plugtorch.host.plugin import Entry, Plugin


class Registry:
    """Everything that plugins offer. This module's functions are the methods of one of these."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._session: Plugin | None = None
        self._forget()

    def _forget(self) -> None:
        self._manager: PluginManager | None = None
        self._builtin: Index | None = None
        self._complete: Index | None = None
        self._loading = False
        self._known: dict[tuple[str, str], tuple[str, Any]] = {}

    def lookup(self, kind: str, name: str) -> tuple[str, Any]:
        """The one name of what ``name`` means, whatever alias or case it has, and the class.

        kind: "backend", "loss" or "optimizer". name: a name, an alias, or ``distribution:name``.

        Raises UnknownNameError, AmbiguousNameError, or BrokenPluginError with what the plugin
        raised as its cause.

        >>> Registry().lookup("backend", "NumPy")[0]
        'cpu'
        """
        known = self._known
        try:
            return known[kind, name]
        except (KeyError, TypeError):  # TypeError: not even hashable
            entry = self.entry(kind, name)
        found = known[kind, name] = entry.name, entry.load()
        return found

    def get(self, kind: str, name: str) -> Any:
        """The class that ``name`` means. Raises as ``lookup``."""
        return self.lookup(kind, name)[1]

    def create(self, kind: str, name: str, /, *args: Any, **options: Any) -> Any:
        """An instance of what ``name`` means.

        Raises as ``lookup``, and TypeError for an option that it does not take.
        """
        target = self.get(kind, name)
        if options:
            from plugtorch.host import description

            description.check_options(self.entry(kind, name), target, options)
        return target(*args, **options)

    def describe(self, kind: str, name: str) -> dict[str, Any]:
        """All there is to tell about what ``name`` means, as plain data.

        The record, its origin, ``doc``, ``options`` with their defaults, and what is ``required``.
        """
        from plugtorch.host import description

        entry = self.entry(kind, name)
        return description.describe(entry, entry.load())

    def entry(self, kind: str, name: str) -> Entry:
        """What ``name`` means, without importing it. Raises as ``lookup``."""
        _check(kind, name)
        for complete in (False, True):  # so nobody can take a name of plugtorch's own
            index = self._index(complete)
            found = index.find(kind, name)
            if found is not None:
                return found
        raise index.missing(kind, name)

    def names(self, kind: str) -> list[str]:
        """Every name that can be used, sorted; qualified where the short one is not enough."""
        return sorted(entry.name for entry in self.entries(kind) if entry.state != "broken")

    def entries(self, kind: str | None = None) -> list[Entry]:
        """What all plugins offer, of one kind or of all, with its origin and state."""
        if kind is not None:
            _check(kind)
        return [e for p in self.plugins() for e in p.entries if kind is None or e.kind == kind]

    def plugins(self) -> list[Plugin]:
        """Every plugin: its origin, its state, what it offers and what is wrong with it."""
        return list(self._index(complete=True).plugins)

    def register(self, spec: Spec, target: Any = None) -> Registration:
        """Offer something from a notebook or a test, as if a distribution ``session`` did.

        A second one of the same name takes the place of the first.

        target: the thing itself, where the record's ``target`` cannot be imported. Used in a
        ``with``, the answer takes the offer back at the end.

        Raises PluginError for a record that would be refused from a plugin.

        >>> from plugtorch.hookspecs import LossSpec
        >>> registry = Registry()
        >>> with registry.register(LossSpec(name="mine", target="builtins:dict")):
        ...     registry.get("loss", "mine")
        <class 'dict'>
        """
        from plugtorch.host.loading import check
        from plugtorch.host.plugin import Entry, Plugin

        check(spec, target)
        self._index(complete=True)
        with self._lock:
            self._session = self._session or Plugin("session", "session", "", "__main__")
            entry = Entry(spec, self._session, target=target)
            same = (spec.kind, spec.name)
            self._change_session(lambda old: (old.kind, old.spec.name) != same, entry)
            if entry.problem is not None:
                self.unregister(entry)
                raise PluginError(f"[plugins] {entry.problem.text}. Choose another name.")
        return Registration(self, entry)

    def unregister(self, entry: Entry) -> None:
        """Take back what ``register`` offered; does nothing if that is done already."""
        with self._lock:
            self._refuse_reentry()
            self._change_session(lambda old: old is not entry)

    def refresh(self) -> None:
        """Forget what was found and look again, as after a ``pip install`` in a running Python.

        Modules that are imported already stay as they are.
        """
        from plugtorch.host.discovery import invalidate_caches

        invalidate_caches()
        with self._lock:
            self._refuse_reentry()
            if self._session is not None:  # what is registered stays; what failed is tried again
                self._session.problems.clear()
                for entry in self._session.entries:
                    entry.state, entry.note, entry.problem = "ok", "", None
            self._forget()

    def _index(self, complete: bool) -> Index:
        """The names that plugtorch itself offers, or those of all; found on the first call."""
        index = self._complete if complete else self._builtin
        if index is not None:
            return index
        with self._lock:
            self._refuse_reentry()
            self._loading = True
            try:
                index, complaints = self._load(complete)
            except BaseException:
                self._forget()  # Ctrl-C: begin anew next time
                raise
            self._loading = False
        for complaint in complaints:  # at the end: a warning may be an error
            warnings.warn(complaint, PluginWarning, stacklevel=2)
        return index

    def _refuse_reentry(self) -> None:
        if self._loading:  # by this very thread: others wait for the lock
            raise PluginError(
                "[plugins] a plugin used the registry while plugins were being listed. "
                "A hook module only announces; look names up where they are used."
            )

    def _load(self, complete: bool) -> tuple[Index, list[str]]:
        """Find and load what was not yet; also answers with what there is to complain about."""
        from plugtorch.host import discovery, loading, naming

        manager = self._manager = self._manager or loading.new_manager()
        switches = discovery.Switches()
        complaints: list[str] = []
        if self._builtin is None:
            self._installed = _load_all(discovery.find(discovery.BUILTIN), switches, manager)
            self._builtin = naming.Index(self._installed)
            complaints += naming.complaints(self._installed)
        if not complete:
            return self._builtin, complaints
        if self._complete is None:
            found = [plugin for plugin in discovery.find() if not plugin.builtin]
            others = _load_all(found, switches, manager)
            self._installed = [*self._builtin.plugins, *others]
            self._complete = self._index_again()
            complaints += naming.complaints(others) + switches.complaints(self._installed)
        return self._complete, complaints

    def _index_again(self) -> Index:
        from plugtorch.host.naming import Index

        self._known = {}
        return Index([*self._installed, *([self._session] if self._session else [])])

    def _change_session(self, keep: Callable[[Entry], bool], *new: Entry) -> None:
        """Let go of the session's entries that are not to be kept, and of their problems."""
        session = self._session
        if session is None:
            return
        gone = [entry for entry in session.entries if not keep(entry)]
        session.entries = [e for e in session.entries if e not in gone] + list(new)
        let_go = [entry.problem for entry in gone]
        session.problems = [p for p in session.problems if p not in let_go]
        if self._complete is not None:
            self._complete = self._index_again()


class Registration:
    """What ``Registry.register`` gives: a way to take the offer back."""

    def __init__(self, registry: Registry, entry: Entry) -> None:
        self._registry = registry
        self.entry = entry

    def __enter__(self) -> Entry:
        return self.entry

    def __exit__(self, *_: object) -> None:
        self._registry.unregister(self.entry)


def _load_all(plugins: list[Plugin], switches: Switches, manager: PluginManager) -> list[Plugin]:
    from plugtorch.host.loading import load

    switches.apply(plugins)
    for plugin in plugins:
        load(plugin, manager)
    return plugins


def _check(kind: str, name: str = "") -> None:
    from plugtorch.hookspecs import KINDS

    if kind not in KINDS:
        raise ArgumentError(f"[registry] there is no kind {kind!r}. There are {', '.join(KINDS)}.")
    if not isinstance(name, str):
        raise ArgumentError(f"[{kind}] needs a name, got {name!r} of type {type(name).__name__}.")


_registry = Registry()
lookup = _registry.lookup
get = _registry.get
create = _registry.create
describe = _registry.describe
entry = _registry.entry
names = _registry.names
entries = _registry.entries
plugins = _registry.plugins
register = _registry.register
unregister = _registry.unregister
refresh = _registry.refresh
