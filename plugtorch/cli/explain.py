"""``plugtorch explain``: what one loss, optimizer or backend is."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

import click

from plugtorch.cli.output import json_option, print_json, print_table, traceback_option

if TYPE_CHECKING:
    from plugtorch.host.plugin import Entry

KINDS = ("loss", "optimizer", "backend")


@click.command(short_help="Explain a loss, an optimizer or a backend.")
@click.argument("name")
@click.option("--kind", type=click.Choice(KINDS), help="What it is, where one name is several.")
@json_option
@traceback_option
def explain(name: str, kind: str | None, as_json: bool) -> None:
    """Explain NAME: its formula, its options with their defaults, where it was published and which
    distribution it comes from.

    NAME is a name or an alias that `plugtorch plugins` lists, in any case, or DISTRIBUTION:NAME.

    \b
    Examples
      plugtorch explain adam
      plugtorch explain cross_entropy
      plugtorch explain plugtorch:mse --json

    In Python it is plugtorch.optimizers.describe("adam"), and losses.describe for losses.
    """
    from plugtorch import registry

    entry = find(name, kind)
    about = registry.describe(entry.kind, entry.qualified)
    if as_json:
        print_json(about)
    else:
        _print(about)


def find(name: str, kind: str | None) -> Entry:
    """What ``name`` means, of one kind or of any.

    Raises UnknownNameError if nobody offers it, AmbiguousNameError if it is of several kinds.
    """
    from plugtorch import registry
    from plugtorch.errors import AmbiguousNameError, PluginError, UnknownNameError

    if kind is not None:
        return registry.entry(kind, name)
    found: list[Entry] = []
    faults: list[PluginError] = []  # as of a plugin that is broken, or a name that several have
    for each in KINDS:
        try:
            found.append(registry.entry(each, name))
        except UnknownNameError:
            pass
        except PluginError as error:
            faults.append(error)
    if len(found) == 1:
        return found[0]
    if found:
        offers = [f"--kind {entry.kind}" for entry in found]
        raise AmbiguousNameError(
            f"[explain] {name!r} is {' and '.join(_a(entry.kind) for entry in found)}. "
            f"Add {' or '.join(offers)}."
        )
    if faults:
        raise faults[0]
    raise UnknownNameError(
        f"[explain] nothing installed is called {name!r}.{_near(name)} "
        "`plugtorch plugins` lists everything, and what is broken."
    )


def _near(name: str) -> str:
    from plugtorch import registry

    kinds: dict[str, str] = {}
    for entry in registry.entries():
        for text in (entry.name, *entry.spec.aliases):
            kinds.setdefault(text, entry.kind)
    near = difflib.get_close_matches(name.lower().replace("-", "_"), kinds, n=3)
    said = " or ".join(f"the {kinds[text]} {text!r}" for text in near)
    return f" Did you mean {said}?" if said else ""


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _print(about: dict[str, Any]) -> None:
    """For people: what it is, its formula, its options, and where all that comes from."""
    origin = f"{about['distribution']} {about['version']}".strip()
    click.echo(f"{about['name']}: {_a(about['kind'])} of {origin}")
    if about["summary"] not in about["formula"]:
        click.echo(about["summary"])
    if about["formula"]:
        click.echo(f"\n{about['formula']}")
    rows = [{"option": name, "default": "(must be given)"} for name in about["required"]]
    rows += [{"option": name, "default": _text(v)} for name, v in about["options"].items()]
    if rows and about["kind"] != "backend":  # which is made by plugtorch, not with options
        click.echo()
        print_table(["option", "default"], rows)
    if about["arguments"]:
        click.echo(f"\n{about['arguments']}")
    click.echo()
    notes = {
        "reference": about["reference"],
        "also called": ", ".join(about["aliases"]),
        "defined in": about["target"],
        "note": about["note"],
        "try": _example(about),
    }
    for title, text in notes.items():
        if text:
            click.echo(f"{title:<13}{text}")


def _text(default: Any) -> str:
    """A default as --set takes it."""
    return default if isinstance(default, str) and default else repr(default)


def _example(about: dict[str, Any]) -> str:
    if about["kind"] == "backend":
        return f"plugtorch train digits --device {about['name']}"
    text = f"plugtorch train TASK --{about['kind']} {about['name']}"
    simple = [k for k, v in about["options"].items() if isinstance(v, int | float)]
    if simple:
        name = simple[0]
        text += f" --set {about['kind']}.{name}={_text(about['options'][name])}"
    return text
