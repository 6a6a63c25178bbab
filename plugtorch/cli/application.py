"""The group of commands, and what becomes of errors: one readable message and an exit code."""

from __future__ import annotations

import os
import traceback
import warnings
from collections.abc import Sequence
from typing import Any

import click

from plugtorch.cli.compare import compare
from plugtorch.cli.doctor import doctor
from plugtorch.cli.explain import explain
from plugtorch.cli.listing import devices, plugins
from plugtorch.cli.output import Display, traceback_option
from plugtorch.cli.script import run as run_script
from plugtorch.cli.train import train
from plugtorch.errors import AmbiguousNameError, ArgumentError, PlugtorchError, UnknownNameError
from plugtorch.version import __version__

FAILED, MISUSED, INTERRUPTED = 1, 2, 130


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="plugtorch", message="%(prog)s %(version)s")
@traceback_option
def group() -> None:
    """Train neural networks, with every loss, optimizer and device a plugin.

    \b
    Begin with
      plugtorch train digits        learn to read handwritten digits, in seconds
      plugtorch compare digits --optimizer sgd,adam
                                    which of them learns faster?
      plugtorch run script.py       a script that was written for PyTorch, as it is
      plugtorch explain adam        its formula, options and origin
      plugtorch plugins             the losses, optimizers and backends that are installed
      plugtorch devices             what there is to compute on
      plugtorch doctor              is everything in order?

    \b
    Exit codes: 0 done, 1 something failed, 2 something was asked for that does not exist,
    130 stopped by Ctrl-C. Results go to standard output, progress and messages to standard
    error. NO_COLOR=1 turns colours off, PLUGTORCH_DEBUG=1 shows where an error comes from.
    """


for command in (train, compare, run_script, explain, plugins, devices, doctor):
    group.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """Run the command line on ``arguments`` and return its exit code."""
    display = Display(traceback=os.environ.get("PLUGTORCH_DEBUG", "") not in ("", "0"))
    try:
        with warnings.catch_warnings():
            warnings.showwarning = _show_warning
            code = group.main(
                list(arguments), prog_name="plugtorch", standalone_mode=False, obj=display
            )
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("stopped", err=True)
        return INTERRUPTED
    except (PlugtorchError, OSError) as error:
        if display.traceback:
            traceback.print_exc()
        click.echo(f"error: {error}", err=True)
        asked = isinstance(error, UnknownNameError | AmbiguousNameError | ArgumentError)
        return MISUSED if asked else FAILED
    if callable(code):  # a script: its warnings and errors are not ours to show
        return code()
    return code if isinstance(code, int) else 0


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"warning: {message}", err=True)
