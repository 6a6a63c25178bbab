"""What commands have in common: options, tables, figures."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from rich.console import Console


@dataclass
class Display:
    """What the user wants to see."""

    traceback: bool = False


def _want_traceback(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        context.obj.traceback = True


traceback_option = click.option(
    "--traceback",
    is_flag=True,
    expose_value=False,
    callback=_want_traceback,
    help="Show where an error comes from.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else.")

# what every command that trains takes
device_option = click.option(
    "--device",
    metavar="NAME",
    help="Where to compute; `plugtorch devices` lists them. [default: cpu]",
)
epochs_option = click.option(
    "--epochs", type=click.IntRange(min=1), metavar="N", help="How often to go through the data."
)
batch_size_option = click.option(
    "--batch-size", type=click.IntRange(min=1), metavar="N", help="Samples in a step."
)
output_option = click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder to write to. [default: a new one in runs/]",
)
set_option = click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Any other option of the task's function, the loss or the optimizer. Repeatable.",
)


def console(stderr: bool = False) -> Console:
    """A console that takes text as it is, and cuts and colours nothing unless someone watches."""
    from rich.console import Console

    result = Console(stderr=stderr, markup=False, highlight=False, emoji=False)
    if not result.is_terminal:
        result.width = 10_000  # a file or another program has no width
    return result


def print_json(value: object) -> None:
    """Print ``value`` for other programs; what JSON has not is printed as Python would."""
    click.echo(json.dumps(value, indent=2, default=repr))


def print_table(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Print the ``columns`` of ``rows``; columns with nothing in them are left out."""
    from rich.table import Table

    rows = list(rows)
    columns = [name for name in columns if any(row[name] for row in rows)]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name in columns:
        table.add_column(name, overflow="fold")
    for row in rows:
        broken = row.get("problem") or row.get("state") in ("broken", "failed")
        table.add_row(*[str(row[name] or "") for name in columns], style="red" if broken else None)
    out = console()
    with out.capture() as capture:
        out.print(table)
    for line in capture.get().splitlines():
        click.echo(line.rstrip(), color=True)  # rich has decided about colour


def _figure_text(name: str, value: float | None) -> str:
    """``accuracy 97.8 %``, ``loss 0.1234``."""
    if value is None:
        return f"{name} undefined"
    return (
        f"{name} {value:.1%}".replace("%", " %") if name == "accuracy" else f"{name} {value:#.4g}"
    )


def figures_text(figures: Mapping[str, float | None]) -> str:
    """``loss 0.1234  accuracy 97.8 %``."""
    return "  ".join(_figure_text(name, value) for name, value in figures.items())


def memory_text(size: int) -> str:
    """``size`` in bytes as ``7.8 GiB``; nothing for 0, which means unknown."""
    return f"{size / 2**30:.1f} GiB" if size else ""
