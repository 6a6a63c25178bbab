"""The kit for plugins: what a distribution announces, and everything that it offers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import TypeVar

from plugtorch import registry
from plugtorch.errors import DeviceError, PluginError, PluginWarning
from plugtorch.host.discovery import normalised
from plugtorch.host.plugin import Entry, Plugin
from plugtorch.testing import backend, loss, optimizer
from plugtorch.testing.run import Check, SkipCheck, Subject, require

Thing = TypeVar("Thing")

KITS = {"backend": backend.checks, "loss": loss.checks, "optimizer": optimizer.checks}

_LISTING = """
import importlib, json, sys
import plugtorch, plugtorch.hookspecs
for name in ("description", "discovery", "loading", "naming"):
    importlib.import_module(f"plugtorch.host.{name}")
before = set(sys.modules)
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def checks(subject: Subject) -> Iterator[Check]:
    """Every check of a distribution: its announcement, then those of each thing that it offers."""
    plugins = _plugins(subject.name)
    for plugin in plugins:
        yield Check(f"announcement-{plugin.name}", _about(plugin, check_announcement))
        yield Check(f"light-{plugin.name}", _about(plugin, check_light))
    for entry in (entry for plugin in plugins for entry in plugin.entries):
        yield Check(f"record-{entry.kind}-{entry.spec.name}", _about(entry, check_record))
        try:
            entry.load()
        except PluginError:
            continue  # its record's check says so
        offer = Subject(entry.kind, entry.name)
        try:
            offered = list(KITS[entry.kind](offer))
        except DeviceError as error:  # a backend whose devices are elsewhere
            yield Check(f"{entry.kind}-{entry.spec.name}-device", _skipped(str(error)))
            continue
        for check in offered:
            yield Check(f"{entry.kind}-{entry.spec.name}-{check.id}", _about(offer, check))


def _about(thing: Thing, check: Callable[[Thing], None]) -> Callable[[Subject], None]:
    """A check of one of the distribution's things, as a check of the distribution."""
    return lambda distribution: check(thing)


def _skipped(why: str) -> Callable[[Subject], None]:
    """A check that cannot be made here."""

    def check(distribution: Subject) -> None:
        raise SkipCheck(why)

    return check


def _plugins(distribution: str) -> list[Plugin]:
    """The plugins of an installed distribution. Raises PluginError if it has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PluginWarning)  # what they say is checked, and told in full
        plugins = registry.plugins()
    found = [p for p in plugins if p.distribution == normalised(distribution)]
    if not found:
        known = ", ".join(sorted({p.distribution for p in plugins}))
        raise PluginError(
            f"[contract] no installed distribution {distribution!r} has an entry point in the "
            f"group 'plugtorch'. These have: {known}. Install yours, as with `pip install -e .`."
        )
    return found


def check_announcement(plugin: Plugin) -> None:
    """The entry point loads, and every record that its hooks yield is good."""
    problems = [f"{p.phase}: {p.text}. {p.remedy}" for p in plugin.problems]
    require(not plugin.blocked, f"it is switched off {plugin.blocked}")
    require(not problems, "\n".join(problems))
    require(plugin.entries, f"{plugin.module!r} offers nothing")
    require(plugin.version, "the distribution has no version")


def check_light(plugin: Plugin) -> None:
    """Importing the announcement imports no target and no other package: listing stays fast.

    A target in the announcing module itself is fine: small plugins are one file.
    """
    if plugin.entry_point is None:
        raise SkipCheck("it was registered in this session, so there is nothing to import")
    module = plugin.module.partition(":")[0]
    ended = subprocess.run(
        [sys.executable, "-c", _LISTING, module],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    require(ended.returncode == 0, f"importing {module!r} failed:\n{ended.stderr}")
    imported = json.loads(ended.stdout.splitlines()[-1])
    targets = {entry.spec.target.partition(":")[0] for entry in plugin.entries} - {module}
    early = sorted(targets & set(imported))
    require(
        not early,
        f"importing {module!r} imports {', '.join(early)}; name a target as text, and it need not",
    )
    own = {module.partition(".")[0], "plugtorch"}
    packages = {name.partition(".")[0] for name in imported} - own
    heavy = sorted(packages - set(sys.stdlib_module_names))
    require(
        not heavy, f"importing {module!r} imports {', '.join(heavy)}; import it where it is used"
    )


def check_record(entry: Entry) -> None:
    """Its name means it, its target can be imported, and there is something to tell about it."""
    require(entry.state == "ok", f"{entry.spec.name!r} is {entry.state}: {entry.note}")
    target = entry.load()
    about = registry.describe(entry.kind, entry.name)
    require(about["summary"], f"{entry.spec.name!r} has neither a summary nor a docstring")
    for alias in entry.spec.aliases:
        means = registry.get(entry.kind, alias)
        require(means is target, f"the alias {alias!r} of {entry.spec.name!r} means {means!r}")
