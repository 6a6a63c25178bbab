"""Importing a hook module, calling its hooks one by one, and checking each record.

pluggy's own way in, ``load_setuptools_entrypoints`` and one call for all implementations, stops at
the first plugin that raises. Here each is by itself, and records that a hook yielded before it
failed stay valid: each is a whole offer.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

import pluggy

from plugtorch import hookspecs
from plugtorch.errors import PluginError
from plugtorch.hookspecs import KINDS, PROJECT, PROTOCOL, Spec
from plugtorch.host.plugin import Entry, Plugin, Problem, check_target, recorded

if TYPE_CHECKING:
    from pluggy import HookImpl

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PATH = r"[^\W\d]\w*(\.[^\W\d]\w*)*"
_TARGET = re.compile(f"{_PATH}:{_PATH}")
_AUTHOR = "Its author has to correct it."


def new_manager() -> pluggy.PluginManager:
    """A plugin manager that knows the hooks."""
    manager = pluggy.PluginManager(PROJECT)
    manager.add_hookspecs(hookspecs)
    return manager


def load(plugin: Plugin, manager: pluggy.PluginManager) -> None:
    """Import the hook module of ``plugin`` and collect its records. Only Ctrl-C is raised."""
    if plugin.blocked or plugin.problems or plugin.entry_point is None:
        return
    with recorded(plugin.problems, "import", plugin, f"importing {plugin.module!r}"):
        module = plugin.entry_point.load()
        if module is None:
            raise PluginError(f"[plugins] the entry point {plugin.name!r} names None.")
    if plugin.problems:
        return
    key = f"{plugin.distribution}:{plugin.name}"
    with recorded(plugin.problems, "hook", plugin, f"registering {plugin.module!r}"):
        owner = manager.get_name(module)
        if owner is None:
            manager.register(module, key)
            _collect(plugin, module, manager, key)
        else:
            text = f"{plugin.module!r} is the plugin {owner} already"
            plugin.problems.append(Problem("hook", text, "Uninstall one of the two."))


def _collect(plugin: Plugin, module: Any, manager: pluggy.PluginManager, key: str) -> None:
    """Call the hooks of one plugin, one after the other, and check what they yield."""
    known = {spec.hook: spec for spec in KINDS.values()}
    implemented = set()
    for hook, caller in list(vars(manager.hook).items()):
        for implementation in getattr(caller, "get_hookimpls", list)():
            if implementation.plugin_name != key:
                continue
            implemented.add(hook)
            if hook in known:
                _call(plugin, known[hook], implementation)
            elif not implementation.optionalhook:
                near = difflib.get_close_matches(hook, known, n=1, cutoff=0.5)
                hint = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(known)}."
                plugin.problems.append(Problem("hook", f"there is no hook {hook!r}", hint))
    for hook in set(known) - implemented:
        unmarked = getattr(module, hook, None)
        if callable(unmarked) and unmarked is not getattr(hookspecs, hook):
            text = f"{hook}() is not marked as a hook"
            plugin.problems.append(Problem("hook", text, "Write @plugtorch.hookimpl above it."))
    if not implemented and not plugin.problems:
        text = f"{plugin.module!r} implements no hook"
        plugin.problems.append(Problem("hook", text, f"It can implement {', '.join(known)}."))


def _call(plugin: Plugin, wanted: type[Spec], implementation: HookImpl) -> None:
    if implementation.wrapper or implementation.hookwrapper:
        text = f"{wanted.hook}() is a hook wrapper, which would see the records of other plugins"
        plugin.problems.append(Problem("hook", text, "Write @plugtorch.hookimpl without options."))
        return
    with recorded(plugin.problems, "hook", plugin, f"calling {wanted.hook}()"):
        records: Any = implementation.function()
        for record in records or ():
            wrong = _flaw(record, wanted)
            if wrong is None:
                plugin.entries.append(Entry(record, plugin))
                continue
            problem = Problem("record", *wrong)
            if isinstance(record, wanted) and isinstance(record.name, str):
                # its name is kept, so that asking for it says what is wrong
                entry = Entry(wanted(name=record.name.lower(), target=str(record.target)), plugin)
                plugin.entries.append(entry)
                entry.fail(problem)
            else:
                plugin.problems.append(problem)


def _flaw(record: object, wanted: type[Spec]) -> tuple[str, str] | None:
    """What is wrong with a record and what to do about it; None for a good one."""
    if not isinstance(record, wanted):
        shown = f"{type(record).__name__} {record!r:.80}"
        return f"{wanted.hook}() yielded {shown}, not a {wanted.__name__}", _AUTHOR
    if not isinstance(record.name, str) or not _NAME.fullmatch(record.name):
        said = f"{wanted.__name__} has the name {record.name!r}, not a lower-case identifier"
        return said, _AUTHOR
    where = f"{wanted.__name__} {record.name!r}"
    protocol: Any = record.protocol
    if not (isinstance(protocol, tuple) and list(map(type, protocol)) == [int, int]):
        return f"{where} has the protocol {protocol!r}, not (major, minor)", _AUTHOR
    if protocol[0] != PROTOCOL[0]:
        said = f"{where} was written for protocol {protocol[0]}, this plugtorch has {PROTOCOL[0]}"
        newer = protocol[0] > PROTOCOL[0]
        return said, f"Update {'plugtorch' if newer else 'the plugin'}."
    if not isinstance(record.target, str) or not _TARGET.fullmatch(record.target):
        return f"{where} has the target {record.target!r}, not 'package.module:Class'", _AUTHOR
    aliases: Any = record.aliases
    if not isinstance(aliases, tuple) or not all(isinstance(alias, str) for alias in aliases):
        return f"{where} has the aliases {aliases!r}, not a tuple of names", _AUTHOR
    bad = [alias for alias in aliases if not _NAME.fullmatch(alias)]
    if bad:
        return f"{where} has the alias {bad[0]!r}, not a lower-case identifier", _AUTHOR
    if not isinstance(record.summary, str) or not isinstance(record.reference, str):
        return f"{where} has a summary or a reference that is not text", _AUTHOR
    return None


def check(record: object, target: object = None) -> None:
    """Raise PluginError for a record, or its target, that would be refused from a plugin."""
    wanted = next((spec for spec in KINDS.values() if isinstance(record, spec)), Spec)
    found = _flaw(record, wanted) if wanted is not Spec else (f"{record!r} is no record", "")
    if found:
        raise PluginError(f"[plugins] {found[0]}. {found[1]}".rstrip())
    if target is not None:
        check_target(target, wanted.kind)
