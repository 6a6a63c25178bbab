"""The devices that can be used here."""

from __future__ import annotations

from plugtorch import registry
from plugtorch.testing.run import SkipCheck


def usable_devices() -> list[str]:
    """The name of every device that works, "cpu" first."""
    names = []
    for entry in registry.entries("backend"):
        if entry.state == "broken":
            continue
        seen = entry.load().devices()
        for index, info in enumerate(seen):
            if not info.problem:
                names.append(entry.name if len(seen) == 1 else f"{entry.name}:{index}")
    return sorted(names, key=lambda name: name != "cpu")


def other_devices() -> list[str]:
    """Every usable device but the CPU. Raises SkipCheck if there is none."""
    others = usable_devices()[1:]
    if not others:
        raise SkipCheck("the CPU is the only usable device here")
    return others
