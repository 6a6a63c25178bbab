"""Which of the things offered a name means.

Each thing claims its own name and its aliases, short and with its distribution in front. A short
name that several claim means none of them. (The registry asks plugtorch's own things alone first,
so their names are theirs for sure.)
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from plugtorch.errors import AmbiguousNameError, PluginError, UnknownNameError
from plugtorch.host.discovery import normalised
from plugtorch.host.plugin import Entry, Plugin, Problem, broken


class Index:
    """The names of what ``plugins`` offer. Building it settles the state of each entry."""

    def __init__(self, plugins: Sequence[Plugin]) -> None:
        self.plugins = plugins
        self.claims: dict[tuple[str, str], list[Entry]] = {}
        self.refused: dict[tuple[str, str], Entry] = {}  # records that are no good
        entries = [entry for plugin in plugins for entry in plugin.entries]
        for entry in entries:
            self._claim(entry)
        for entry in entries:
            self._settle(entry)

    def _claim(self, entry: Entry) -> None:
        texts = dict.fromkeys((entry.spec.name, *entry.spec.aliases))
        keys = {text: (entry.kind, f"{entry.plugin.distribution}:{text}") for text in texts}
        if entry.problem is None:
            for text, qualified in keys.items():
                if qualified in self.claims:
                    said = f"{entry.plugin.distribution} offers the {entry.kind} {text!r} twice"
                    entry.fail(Problem("record", said, "Its author has to correct it."))
                    return
        if entry.problem is not None and entry.problem.phase == "record":
            for text, qualified in keys.items():
                self.refused[entry.kind, text] = self.refused[qualified] = entry
            return
        for text, qualified in keys.items():
            self.claims.setdefault((entry.kind, text), []).append(entry)
            self.claims[qualified] = [entry]

    def _settle(self, entry: Entry) -> None:
        if entry.state == "broken" or entry.plugin.builtin:
            return
        entry.state, notes = "ok", []
        for text in (entry.spec.name, *entry.spec.aliases):
            rivals = [e for e in self.claims[entry.kind, text] if e is not entry]
            if not rivals:
                continue
            own = any(e.plugin.builtin for e in rivals)
            whose = "built in" if own else f"also of {', '.join(str(e.plugin) for e in rivals)}"
            write = f"{entry.plugin.distribution}:{text}"
            notes.append(f"the {entry.kind} {text!r} is {whose}: write {write}")
            if text == entry.spec.name:
                entry.state = "shadowed" if own else "ambiguous"
        entry.note = "; ".join(notes)

    def find(self, kind: str, name: str) -> Entry | None:
        """What ``name`` means, None if nothing here claims it. Raises AmbiguousNameError."""
        claims = self.claims.get((kind, _key(name)), ())
        if len(claims) > 1:
            whose = ", ".join(str(e.plugin) for e in claims)
            offers = " or ".join(f"{e.qualified!r}" for e in claims)
            raise AmbiguousNameError(
                f"[{kind}] several plugins offer {name!r}: {whose}. Write {offers}."
            )
        return claims[0] if claims else None

    def missing(self, kind: str, name: str) -> PluginError:
        """The error for a name that nothing claims."""
        key = _key(name)
        refused = self.refused.get((kind, key))
        if refused is not None and refused.problem is not None:
            return broken(f"[{kind}] {name!r}", refused.plugin, refused.problem)
        distribution = key.rpartition(":")[0]
        for plugin, problem in self._hiding():
            unread = not plugin.entries
            if plugin.distribution == distribution or (unread and plugin.name.lower() == key):
                return broken(f"[{kind}] {name!r}", plugin, problem)
        return UnknownNameError(" ".join(self._unknown(kind, name, key)))

    def _hiding(self) -> list[tuple[Plugin, Problem]]:
        """What may have kept names from being known: all but a bad record or target."""
        early = ("metadata", "import", "hook")
        return [
            (p, problem) for p in self.plugins for problem in p.problems if problem.phase in early
        ]

    def _unknown(self, kind: str, name: str, key: str) -> list[str]:
        distribution = key.rpartition(":")[0]
        said = [f"[{kind}] nothing installed offers the {kind} {name!r}."]
        texts = sorted(text for k, text in self.claims if k == kind)
        usable = [text for text in texts if text.rpartition(":")[0] == distribution]
        others = sorted(k for k, text in self.claims if text == key)
        near = difflib.get_close_matches(key.replace("-", "_"), usable, n=3)
        if others:
            kinds = [f"{'an' if k[0] in 'aeiou' else 'a'} {k}" for k in others]
            said.append(f"There is {' and '.join(kinds)} of that name.")
        elif near:
            said.append(f"Did you mean {' or '.join(map(repr, near))}?")
        else:
            some = ", ".join(usable[:12]) or "none"
            more = f" and {len(usable) - 12} more" if len(usable) > 12 else ""
            said.append(f"There are {some}{more}.")
        if not any(plugin.builtin for plugin in self.plugins):
            said.append(
                "plugtorch's own entry points are missing: it runs from a folder where it is not "
                "installed. Run `pip install -e .` there."
            )
        failed = [f"{plugin} ({problem.text})" for plugin, problem in self._hiding()]
        if failed:
            said.append(f"It may belong to a plugin that is broken: {', '.join(failed)}.")
        blocked = [f"{p.distribution}:{p.name} ({p.blocked})" for p in self.plugins if p.blocked]
        if blocked:
            said.append(f"It may belong to a plugin that is blocked: {', '.join(blocked)}.")
        said.append("`plugtorch plugins` lists everything.")
        return said


def _key(name: str) -> str:
    """How a name is written in the index: lower case, the distribution normalised."""
    distribution, colon, short = name.lower().rpartition(":")
    return f"{normalised(distribution)}{colon}{short}"


def complaints(plugins: Sequence[Plugin]) -> list[str]:
    """What to warn of about ``plugins``: what is broken, and names that they could not have."""
    said = [
        f"[plugins] {plugin}{f', entry point {plugin.name!r}' if plugin.name else ''}, "
        f"{problem.phase}: {problem.text}. {problem.remedy}"
        for plugin in plugins
        for problem in plugin.problems
    ]
    entries = [entry for plugin in plugins for entry in plugin.entries]
    return said + [f"[plugins] {e.plugin}: {e.note}." for e in entries if e.state == "shadowed"]
