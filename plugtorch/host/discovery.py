"""Finding plugins in the metadata of installed distributions. Imports none of them.

A distribution counts once, where Python finds it first. Installed means trusted: whoever can
install a package can run code here. The working directory is nobody's installation, though:
metadata found in it is listed but not loaded, so that unpacking a stranger's archive and starting
Python beside it runs nothing of theirs.
"""

from __future__ import annotations

import importlib
import os
import re
import site
import sysconfig
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

from plugtorch.errors import PluginError
from plugtorch.hookspecs import PROJECT
from plugtorch.host.plugin import Plugin, recorded

BUILTIN = PROJECT
"""The distribution whose names nobody else can take."""

# the entry point that nothing blocks: without the CPU there is no device
_ESSENTIAL = (BUILTIN, "plugtorch_numpy")
_GROUP = re.compile(rf"^\s*\[\s*{PROJECT}\s*\]", re.MULTILINE)


def normalised(name: str) -> str:
    """A distribution's name as package indexes compare it (PEP 503).

    >>> normalised("Plugtorch_Lion")
    'plugtorch-lion'
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def find(name: str | None = None) -> list[Plugin]:
    """The plugins of every distribution, or of the one called ``name``, found but not imported."""
    found: dict[str, list[Plugin]] = {}
    aside: dict[str, list[Plugin]] = {}  # in the working directory
    untrusted = _untrusted()
    for distribution in metadata.distributions(name=name):
        plugins = _read(distribution)
        if not plugins:
            continue
        location, key = Path(plugins[0].location).resolve(), plugins[0].distribution
        if location == untrusted:
            aside.setdefault(key, plugins)
        elif key not in found and _is_first(location, key, untrusted):
            found[key] = plugins
    for key, plugins in aside.items():
        if key not in found:
            for plugin in plugins:
                plugin.blocked = "it lies in the working directory; `pip install` it"
            found[key] = plugins
    plugins = [plugin for group in found.values() for plugin in group]
    return sorted(plugins, key=lambda p: (not p.builtin, p.distribution, p.name))


def invalidate_caches() -> None:
    """Make Python look at the folders of the path again, for modules and for metadata."""
    importlib.invalidate_caches()
    metadata.MetadataPathFinder().invalidate_caches()  # Python 3.11 and 3.12 leave it out above


def _read(distribution: metadata.Distribution) -> list[Plugin]:
    """The plugins that one distribution announces; one broken plugin where that cannot be read."""
    location, name = "", Path(str(getattr(distribution, "_path", "unknown"))).name
    unreadable = Plugin("", name, "", "")
    with recorded(unreadable.problems, "metadata", unreadable, "reading the metadata"):
        location = str(distribution.locate_file(""))
        if not _GROUP.search(distribution.read_text("entry_points.txt") or ""):
            return []
        if "Name" not in distribution.metadata:
            raise PluginError("[plugins] there are entry points, but METADATA has no Name.")
        name = normalised(distribution.metadata["Name"])
        version = distribution.version or ""
        return [
            Plugin(
                name=point.name,
                distribution=name,
                version=version,
                module=point.value,
                location=location,
                builtin=name == BUILTIN,
                entry_point=point,
            )
            for point in dict.fromkeys(distribution.entry_points.select(group=PROJECT))
        ]
    unreadable.distribution, unreadable.location = name, location
    unreadable.problems[0].remedy = f"Reinstall or remove it; it is in {location}."
    return [unreadable]


def _is_first(location: Path, name: str, untrusted: Path | None) -> bool:
    """Whether this is the copy that Python would import, not one behind it on the path."""
    for first in metadata.distributions(name=name):
        folder = Path(str(first.locate_file(""))).resolve()
        if folder != untrusted:
            return folder == location
    return True  # its metadata has no name to find it by


def _untrusted() -> Path | None:
    """The working directory, unless packages are installed in it or plugtorch runs from it."""
    try:
        here = Path.cwd().resolve()
    except OSError:  # it was deleted
        return None
    installed = [
        *site.getsitepackages(),
        site.getusersitepackages(),
        sysconfig.get_path("purelib"),
        sysconfig.get_path("platlib"),
        str(Path(__file__).parents[2]),
    ]
    return None if here in {Path(folder).resolve() for folder in installed} else here


class Switches:
    """The two environment variables that keep plugins from being imported.

    PLUGTORCH_PLUGINS allows only what it lists, so that an empty one allows nothing;
    PLUGTORCH_DISABLE_PLUGINS forbids what it lists, and wins. Both hold names of distributions or
    entry points, with commas or spaces between them.
    """

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        self.allowed = _words(environment.get("PLUGTORCH_PLUGINS"))
        self.forbidden = _words(environment.get("PLUGTORCH_DISABLE_PLUGINS")) or set()

    def apply(self, plugins: Iterable[Plugin]) -> None:
        """Mark what may not be imported."""
        for plugin in plugins:
            names = {plugin.distribution, normalised(plugin.name)}
            if plugin.blocked or (plugin.distribution, plugin.name) == _ESSENTIAL:
                continue
            if names & self.forbidden:
                plugin.blocked = "by PLUGTORCH_DISABLE_PLUGINS"
            elif self.allowed is not None and not names & self.allowed:
                plugin.blocked = "by PLUGTORCH_PLUGINS, which does not list it"

    def complaints(self, plugins: Iterable[Plugin]) -> list[str]:
        """What in the variables fits none of the ``plugins``, or cannot be done."""
        plugins = list(plugins)
        known = {name for p in plugins for name in (p.distribution, normalised(p.name))}
        listed = [("PLUGTORCH_PLUGINS", word) for word in sorted(self.allowed or ())]
        listed += [("PLUGTORCH_DISABLE_PLUGINS", word) for word in sorted(self.forbidden)]
        said = [
            f"[plugins] {variable} lists {word!r}, which no installed plugin is called."
            for variable, word in listed
            if word not in known
        ]
        if normalised(_ESSENTIAL[1]) in self.forbidden:
            said.append("[plugins] PLUGTORCH_DISABLE_PLUGINS lists the CPU, which is always there.")
        return said


def _words(text: str | None) -> set[str] | None:
    return None if text is None else {normalised(w) for w in re.split(r"[,\s]+", text) if w}
