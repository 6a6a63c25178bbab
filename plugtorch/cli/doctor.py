"""``plugtorch doctor``: is everything in order?"""

from __future__ import annotations

import math
import os
import platform
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

import click

from plugtorch.cli.listing import list_devices
from plugtorch.cli.output import console, json_option, print_json, traceback_option
from plugtorch.errors import UnsupportedError
from plugtorch.version import __version__

OK, MISSING, WRONG = "ok", "missing", "wrong"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. state: ok, missing (and can be done without) or wrong."""

    subject: str
    state: str
    text: str


@click.command(short_help="Check the installation.")
@json_option
@traceback_option
def doctor(as_json: bool) -> int:
    """Check Python, NumPy, every plugin, every device (with a step of training on it), and what is
    optional.

    Exits with 1 if anything is wrong. What is missing but optional is shown, with the command that
    installs it.
    """
    findings = list(examine())
    wrong = [finding for finding in findings if finding.state == WRONG]
    if as_json:
        print_json({"ok": not wrong, "findings": [asdict(finding) for finding in findings]})
    else:
        _print(findings)
        if wrong:
            click.echo(f"{len(wrong)} of {len(findings)} are wrong")
        else:
            click.echo("everything works")
    return 1 if wrong else 0


def examine() -> Iterator[Finding]:
    """Everything that is looked at."""
    yield Finding("plugtorch", OK, __version__)
    yield Finding(
        "python",
        OK,
        f"{platform.python_version()} on {platform.system()} {platform.machine()}, "
        f"{os.cpu_count()} processors",
    )
    yield Finding("numpy", OK, _numpy())
    yield from _plugins()
    yield from _devices()
    yield from _extras()


def _print(findings: list[Finding]) -> None:
    screen = console()
    width = max(len(finding.subject) for finding in findings)
    styles = {OK: "green", MISSING: "yellow", WRONG: "bold red"}
    for finding in findings:
        screen.print(f"{finding.state:<8}", style=styles[finding.state], end="")
        screen.print(f"{finding.subject:<{width}}  {finding.text}", soft_wrap=True)


def _numpy() -> str:
    import numpy

    try:
        settings: Any = numpy.show_config(mode="dicts")  # type: ignore[call-overload, unused-ignore]
        blas = settings["Build Dependencies"]["blas"]
        return f"{numpy.__version__} with {blas['name']} {blas.get('version', '')}".rstrip()
    except (KeyError, TypeError, AttributeError):  # what it tells has changed before
        return f"{numpy.__version__}; which BLAS it uses cannot be told"


def _plugins() -> Iterator[Finding]:
    """Each plugin, with everything that it offers imported."""
    from plugtorch import registry
    from plugtorch.errors import PluginError

    for plugin in registry.plugins():
        subject = f"plugin {plugin.distribution}:{plugin.name}"
        if plugin.blocked:
            yield Finding(subject, MISSING, f"left out {plugin.blocked}")
            continue
        for entry in plugin.entries:
            try:
                entry.load()
            except PluginError:
                pass  # it is now among the plugin's problems
        if plugin.problems:
            for problem in plugin.problems:
                yield Finding(
                    subject, WRONG, f"{problem.phase}: {problem.text} {problem.remedy}".rstrip()
                )
        else:
            yield Finding(subject, OK, f"{plugin.version}: {_offers(plugin.entries)}")


def _offers(entries: list[Any]) -> str:
    """``1 backend, 8 losses``."""
    kinds = [entry.kind for entry in entries]
    plurals = {"backend": "backends", "loss": "losses", "optimizer": "optimizers"}
    counts = [
        f"{kinds.count(kind)} {kind if kinds.count(kind) == 1 else plural}"
        for kind, plural in plurals.items()
        if kind in kinds
    ]
    return ", ".join(counts) or "offers nothing"


def _devices() -> Iterator[Finding]:
    for row in list_devices():
        subject = f"device {row['device'] or row['backend']}"
        if row["problem"]:
            offers_none = not row["device"]  # a driver without a device: one can do without
            named = offers_none and row["name"].lower() != row["backend"]
            name = f"{row['name']}: " if named else ""
            yield Finding(subject, MISSING if offers_none else WRONG, f"{name}{row['problem']}")
        elif not row["device"]:
            yield Finding(subject, MISSING, "the backend is there, but sees no device")
        else:
            name = row["name"]
            try:
                problem = try_training(row["device"])
            except UnsupportedError as error:  # a backend may offer a part, and says so
                yield Finding(subject, MISSING, f"{name}: cannot train. {error}")
            else:
                yield Finding(subject, WRONG if problem else OK, problem or f"{name}: trains")


def try_training(device: str) -> str:
    """A few steps down a parabola on ``device``; what went wrong, or nothing.

    Raises UnsupportedError for a device that lacks what this needs.
    """
    import plugtorch

    try:
        goal = plugtorch.tensor([1.0, -2.0, 3.0], device=device)
        weight = plugtorch.zeros(3, device=device, requires_grad=True)
        for _ in range(20):
            loss = ((weight - goal) ** 2).sum()
            loss.backward()
            with plugtorch.no_grad():
                weight -= 0.25 * weight.grad
                weight.grad = None
        distance = float((weight - goal).abs().max())
    except UnsupportedError:
        raise
    except Exception as error:  # whatever a driver comes up with is a finding
        return f"{type(error).__name__}: {error}"
    if not (math.isfinite(distance) and distance < 1e-4):
        return f"computes wrongly: 20 steps of gradient descent end {distance} from the minimum"
    return ""


def _extras() -> Iterator[Finding]:
    """What ``pip install "plugtorch[...]"`` can add, as the installed metadata says."""
    try:
        required = metadata.requires("plugtorch") or []
    except metadata.PackageNotFoundError:
        yield Finding("extras", WRONG, "plugtorch is not installed. Run: pip install plugtorch")
        return
    extras: dict[str, list[str]] = {}
    for requirement in required:
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", requirement)
        name = re.match(r"[\w.-]+", requirement)
        if extra and name and name[0] != "plugtorch":
            names = extras.setdefault(extra[1], [])
            names += [name[0]] if name[0] not in names else []
    for subject, names in extras.items():
        missing = [name for name in names if not _version(name)]
        if missing:
            text = f'without {", ".join(missing)}. Run: pip install "plugtorch[{subject}]"'
        else:
            text = ", ".join(f"{name} {_version(name)}" for name in names)
        yield Finding(f"extra {subject}", MISSING if missing else OK, text)


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""
