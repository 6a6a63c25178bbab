"""``plugtorch compare``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    print_table,
    set_option,
    traceback_option,
)
from plugtorch.cli.train import SECTIONS, parse_assignments

if TYPE_CHECKING:
    from plugtorch.training.compare import Trial

RESULT, PICTURE = "compare.json", "compare.png"


def _split(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> list[str]:
    """``("sgd,adam", "lion")`` as a list of three."""
    parts = [part.strip() for text in given for part in text.split(",")]
    if not all(parts):
        raise click.BadParameter("needs names with commas between them, such as sgd,adam")
    return parts


@click.command(short_help="Train with several optimizers or losses, side by side.")
@click.argument("task")
@click.option(
    "--optimizer",
    "optimizers",
    multiple=True,
    callback=_split,
    metavar="NAMES",
    help="Optimizers, with commas between them. [default: the task's own]",
)
@click.option(
    "--loss",
    "losses",
    multiple=True,
    callback=_split,
    metavar="NAMES",
    help="Losses, with commas between them. [default: the task's own]",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    default=3,
    metavar="N",
    help="How often to train each, from other weights. [default: 3]",
)
@device_option
@click.option("--lr", type=float, metavar="X", help="One learning rate for every optimizer.")
@epochs_option
@batch_size_option
@output_option
@set_option
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@traceback_option
@click.pass_context
def compare(
    context: click.Context,
    /,
    task: str,
    optimizers: list[str],
    losses: list[str],
    seeds: int,
    lr: float | None,
    output: Path | None,
    assignments: tuple[str, ...],
    as_json: bool,
    **settings: Any,
) -> int:
    """Train TASK with every combination of the optimizers and losses, print a table of how good
    each became, and draw the curves into one picture.

    TASK is as in `plugtorch train`. A seed fixes the initial weights and the order of the samples,
    the same for every combination, so that nothing but the optimizer or the loss makes a
    difference. Figures are those after the last epoch: the mean over the seeds, and ± their
    standard deviation.

    \b
    Examples
      plugtorch compare digits --optimizer sgd,rmsprop,adagrad,adam
      plugtorch compare digits --optimizer sgd,adam --lr 0.01 --seeds 5 --epochs 10
      plugtorch compare digits --optimizer sgd,adam --set sgd.lr=0.1 --set sgd.momentum=0.9
      plugtorch compare diabetes --loss mse,l1,huber --output runs/losses

    \b
    --set KEY=VALUE, with KEY one of
      task.NAME            a keyword argument of the task's function
      loss.NAME            an option of every loss
      optimizer.NAME       an option of every optimizer
      sgd.NAME             an option of that optimizer or loss only; it wins over the others
    What is not set is the task's for its own optimizer and loss, learning rate included, and the
    default of each other. A good rate for one is a bad one for another: set them.

    \b
    The folder holds
      compare.json         every training: settings, figures of every epoch, what went wrong
      compare.png          the losses and the first metric, epoch by epoch

    A combination that fails is shown with the reason, and the rest goes on; the exit code is then
    1. Ctrl-C stops, and shows what is done so far.
    """
    from plugtorch.training.compare import names, plan

    optimizers, losses = names("optimizer", optimizers), names("loss", losses)
    options = parse_assignments(assignments, [*SECTIONS, *optimizers, *losses], lr)
    trials = plan(
        task,
        optimizers=optimizers,
        losses=losses,
        seeds=seeds,
        options=options,
        **{name: value for name, value in settings.items() if value is not None},
    )
    folder = _folder(trials, output)
    interrupted = _train(trials, folder, context.obj.traceback)
    _report(trials, folder, interrupted, as_json)
    return 130 if interrupted else int(any(trial.problem for trial in trials))


def _folder(trials: Sequence[Trial], output: Path | None) -> Path:
    from plugtorch.errors import ArgumentError
    from plugtorch.training.run import make_folder, new_folder

    if output is None:
        return new_folder(f"compare-{_short(trials)}")
    if (output / RESULT).exists():
        raise ArgumentError(
            f"[compare] {output} holds a comparison already. Name another folder by --output."
        )
    make_folder(output)
    return output


def _short(trials: Sequence[Trial]) -> str:
    """The task's name without the file it is in."""
    return trials[0].settings.task.rpartition(":")[2]


def _train(trials: Sequence[Trial], folder: Path, want_traceback: bool) -> bool:
    """Train them all, with one progress bar and a line for each. True if Ctrl-C came between."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    first = trials[0].settings
    screen = console(stderr=True)
    screen.print(
        f"{_short(trials)} on {first.device}: {len(trials)} trainings of {first.epochs} epochs, "
        f"{first.batch_size} samples a step",
        soft_wrap=True,
    )
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(compact=True),
        console=screen,
        transient=True,
        disable=not screen.is_terminal,
    ) as progress:
        bar = progress.add_task("", total=sum(trial.steps for trial in trials))
        done = 0
        try:
            for trial in trials:
                chosen = trial.settings
                title = f"{chosen.optimizer} with {chosen.loss}, seed {chosen.seed}"
                progress.update(bar, description=title)
                trial.run(lambda: progress.advance(bar))
                done += trial.steps
                progress.update(bar, completed=done)  # also what failed early is over
                if trial.problem:
                    said = f"failed: {trial.traceback if want_traceback else trial.problem}"
                else:
                    said = f"validation {figures_text(trial.history[-1]['validation'])}"
                screen.print(f"{title}: {said}", soft_wrap=True)
                _write(trials, folder)  # so that what is done is kept, whatever comes
        except KeyboardInterrupt:
            _write(trials, folder)
            return True
    return False


def _write(trials: Sequence[Trial], folder: Path) -> None:
    from plugtorch.serialization import write_atomically
    from plugtorch.training.compare import document

    text = json.dumps(document(trials), indent=2, default=repr) + "\n"
    write_atomically(folder / RESULT, text.encode())


def _report(trials: Sequence[Trial], folder: Path, interrupted: bool, as_json: bool) -> None:
    """The table, and where things are."""
    from plugtorch.errors import PluginError
    from plugtorch.training.compare import FAILED, FINISHED, summary
    from plugtorch.training.curves import draw_comparison

    files = [RESULT]
    if any(trial.history and trial.state != FAILED for trial in trials):
        try:
            draw_comparison(trials, _short(trials), folder / PICTURE)
            files.append(PICTURE)
        except PluginError as error:  # a missing picture does not undo the trainings
            click.echo(f"warning: {error}", err=True)
    rows = summary(trials)
    if interrupted:
        done = sum(trial.state == FINISHED for trial in trials)
        click.echo(f"stopped: {done} of {len(trials)} trainings are done", err=True)
    if as_json:
        print_json(
            {
                "task": trials[0].settings.task,
                "state": "interrupted" if interrupted else "finished",
                "summary": rows,
                "folder": str(folder),
                "files": {name.partition(".")[2]: str(folder / name) for name in files},
            }
        )
        return
    _print_summary(rows)
    click.echo(f"in {folder}: {', '.join(files)}")


def _print_summary(rows: Sequence[Mapping[str, Any]]) -> None:
    metrics = dict.fromkeys(name for row in rows for name in row["validation"] if name != "loss")
    table = []
    for row in rows:
        validation, train = row["validation"], row["train"]
        table.append(
            {
                "optimizer": row["optimizer"],
                "lr": "" if row["lr"] is None else f"{row['lr']:g}",
                "loss": row["loss"],
                "seeds": f"{row['finished']}/{row['seeds']}",
                **{name: _spread_text(name, validation.get(name)) for name in metrics},
                "validation loss": _spread_text("loss", validation.get("loss")),
                "train loss": _spread_text("loss", train.get("loss")),
                "time": "" if row["seconds"] is None else f"{row['seconds']:.3g} s",
                "state": "failed" if row["problem"] else "",
            }
        )
    print_table(list(table[0]), table)
    for row in rows:
        if row["problem"]:  # too long for a column
            click.echo(f"{row['optimizer']} with {row['loss']} failed: {row['problem']}")


def _spread_text(name: str, figure: Mapping[str, float | None] | None) -> str:
    """``97.8 ± 0.3 %``, ``0.1234 ± 0.0021``."""
    if figure is None:
        return ""
    mean, spread = figure["mean"], figure["spread"]
    if mean is None:
        return "undefined"
    if name == "accuracy":
        return f"{100 * mean:.1f}" + ("" if spread is None else f" ± {100 * spread:.1f}") + " %"
    return f"{mean:#.4g}" + ("" if spread is None else f" ± {spread:.2g}")
