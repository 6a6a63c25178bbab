"""``plugtorch train``."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from plugtorch.cli.output import (
    batch_size_option,
    console,
    device_option,
    epochs_option,
    figures_text,
    output_option,
    print_json,
    set_option,
    traceback_option,
)

if TYPE_CHECKING:
    from plugtorch.training import Run

SECTIONS = ("task", "loss", "optimizer")


@click.command(short_help="Train a model and keep what came of it.")
@click.argument("task", required=False)
@device_option
@click.option("--loss", metavar="NAME", help="The loss, by name; `plugtorch plugins` lists them.")
@click.option("--optimizer", metavar="NAME", help="The optimizer, by name.")
@click.option("--lr", type=float, metavar="X", help="The optimizer's learning rate.")
@epochs_option
@batch_size_option
@click.option(
    "--seed",
    type=click.IntRange(0, 2**32 - 1),
    metavar="N",
    help="Same seed, same result. [default: 0]",
)
@output_option
@set_option
@click.option(
    "--resume",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Go on with the training in DIR.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@traceback_option
def train(
    task: str | None,
    resume: Path | None,
    output: Path | None,
    assignments: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> int:
    """Train a model on TASK, showing its progress, and keep what came of it in a folder.

    \b
    TASK is
      digits               handwritten digits of scikit-learn: which one is it?
      diabetes             patients of scikit-learn: how far will the disease be in a year?
      FILE.py:FUNCTION     your own; so is MODULE:FUNCTION. The function returns a
                           plugtorch.training.Task: a model, its data, a loss.

    What you do not choose is chosen by the task. Its options, learning rate included, go with
    its own loss and optimizer; another one starts with its own defaults.

    \b
    Examples
      plugtorch train digits
      plugtorch train digits --optimizer sgd --lr 0.1 --set optimizer.momentum=0.9
      plugtorch train digits --set loss.label_smoothing=0.1 --set task.hidden=64
      plugtorch train moons.py:moons --epochs 50 --output runs/first
      plugtorch train --resume runs/first --epochs 100

    \b
    --set KEY=VALUE, with KEY one of
      task.NAME            a keyword argument of the task's function
      loss.NAME            an option of the loss
      optimizer.NAME       an option of the optimizer
    VALUE is a number, true, false, none, a Python literal such as (0.9, 0.99), or a text.

    \b
    The folder holds
      checkpoint.safetensors   all that --resume needs; model weights included
      metrics.jsonl            the figures of every epoch, a JSON object a line
      config.json              the settings, complete
      curves.png               the figures as a picture

    --resume DIR goes on from the last whole epoch, exactly as if it had never stopped. Only
    --epochs and --device can be given with it. Ctrl-C stops; the checkpoint stays.
    """
    from plugtorch.training import Run

    chosen = {name: value for name, value in options.items() if value is not None}
    if resume is not None:
        refused = sorted(set(chosen) - {"epochs", "device"})
        refused += ["output"] * (output is not None) + ["set"] * bool(assignments)
        if refused:
            raise click.UsageError(
                f"--{refused[0].replace('_', '-')} cannot be changed by --resume; only --epochs "
                "and --device can. Start another training with --output."
            )
        run = Run.resume(resume, task=task, **chosen)
    elif task is None:
        raise click.UsageError("Name a task, such as digits, or a folder to --resume.")
    else:
        run = Run.start(_settings(task, chosen, assignments), output)
    return _fit(run, as_json)


def _settings(task: str, chosen: dict[str, Any], assignments: tuple[str, ...]) -> Any:
    from plugtorch.training import Settings

    by_section = parse_assignments(assignments, lr=chosen.pop("lr", None))
    return Settings(
        task=task,
        task_options=by_section["task"],
        loss_options=by_section["loss"],
        optimizer_options=by_section["optimizer"],
        **chosen,
    )


def parse_assignments(
    assignments: Sequence[str], sections: Sequence[str] = SECTIONS, lr: float | None = None
) -> dict[str, dict[str, Any]]:
    """``("loss.delta=2",)`` as ``{"task": {}, "loss": {"delta": 2}, "optimizer": {}}``.

    lr: what --lr gave; it goes to the optimizer.
    """
    result: dict[str, dict[str, Any]] = {section: {} for section in sections}
    for text in assignments:
        key, equals, value = text.partition("=")
        section, dot, name = key.strip().rpartition(".")  # a distribution's name may have dots
        if not equals:
            raise click.BadParameter(f"{text!r} has no '='. Write it as optimizer.momentum=0.9")
        if section not in result or not name.isidentifier():
            raise click.BadParameter(
                f"{key!r} is not one of {', '.join(f'{known}.NAME' for known in sections)}."
                + ("" if dot else f" Is it --{key.replace('_', '-')}?")
            )
        if name in result[section]:
            raise click.BadParameter(f"{key!r} is given twice.")
        result[section][name] = parse_value(value.strip())
    if lr is not None:
        if "lr" in result["optimizer"]:
            raise click.UsageError("--lr and --set optimizer.lr are the same. Give one.")
        result["optimizer"]["lr"] = lr
    return result


def parse_value(text: str) -> Any:
    """A number, true, false, none, another Python literal, or else the text itself.

    >>> [parse_value(text) for text in ("1e-3", "true", "none", "(0.9, 0.99)", "mean")]
    [0.001, True, None, (0.9, 0.99), 'mean']
    """
    words = {"true": True, "false": False, "none": None, "null": None}
    if text.lower() in words:
        return words[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


def _fit(run: Run, as_json: bool) -> int:
    """Train, with a progress bar; draw; say what came of it."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    settings = run.settings
    screen = console(stderr=True)
    already = run.epoch
    screen.print(
        f"{settings.task} with {settings.loss} and {settings.optimizer} on {settings.device}: "
        f"{len(run.train_data[0])} samples to learn from, {len(run.validation_data[0])} held out"
        + (f"; going on after epoch {already}" if already else ""),
        soft_wrap=True,
    )
    if already >= settings.epochs:
        screen.print("all its epochs are done; a larger --epochs goes on", soft_wrap=True)
    width = len(str(settings.epochs))
    interrupted = False
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    ) as progress:
        steps = run.batches_per_epoch()
        bar = progress.add_task(
            "training", total=settings.epochs * steps, completed=already * steps
        )

        def after_batch() -> None:
            progress.advance(bar)

        def after_epoch(record: dict[str, Any]) -> None:
            screen.print(
                f"epoch {record['epoch']:>{width}}/{settings.epochs}   "
                f"train {figures_text(record['train'])}   "
                f"validation {figures_text(record['validation'])}",
                soft_wrap=True,
            )

        try:
            run.fit(after_batch, after_epoch)
        except KeyboardInterrupt:
            interrupted = True
    _report(run, interrupted, as_json)
    return 130 if interrupted else 0


def _report(run: Run, interrupted: bool, as_json: bool) -> None:
    """The last words: how good it is, and where things are."""
    from plugtorch.errors import PluginError
    from plugtorch.training.curves import draw_curves
    from plugtorch.training.run import CHECKPOINT, CONFIG, CURVES, METRICS

    files = [CHECKPOINT, METRICS, CONFIG]
    if run.history:
        try:
            draw_curves(run.history, run.settings.task.rpartition(":")[2], run.folder / CURVES)
            files.append(CURVES)
        except PluginError as error:  # a missing picture does not undo a training
            click.echo(f"warning: {error}", err=True)
    if interrupted:
        again = f"plugtorch train --resume {run.folder}"
        click.echo(f"stopped after {run.epoch} whole epochs. Go on with: {again}", err=True)
    record: dict[str, Any] = run.history[-1] if run.history else {"train": {}, "validation": {}}
    if as_json:
        print_json(
            {
                "task": run.settings.task,
                "state": "interrupted" if interrupted else "finished",
                "epochs": run.epoch,
                "train": record["train"],
                "validation": record["validation"],
                "folder": str(run.folder),
                "files": {name.partition(".")[0]: str(run.folder / name) for name in files},
            }
        )
        return
    where = f"in {run.folder}: {', '.join(files)}"
    if not run.history:
        click.echo(f"no epoch was finished; {where}")
        return
    figures = record["validation"]
    measured = {name: value for name, value in figures.items() if name != "loss"} or figures
    seconds = sum(past["seconds"] for past in run.history)
    click.echo(
        f"{figures_text(measured)} on held-out data after {run.epoch} epochs ({seconds:.1f} s); "
        + where
    )
