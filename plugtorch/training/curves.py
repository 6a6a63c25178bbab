"""The pictures: of a training, the loss and the metrics epoch by epoch; of a comparison, the same
for all of its trainings.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugtorch.errors import PluginError
from plugtorch.serialization import write_atomically
from plugtorch.training.compare import FINISHED, INTERRUPTED, Trial, combinations

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito (2008): told apart by everyone, also by the colour-blind. Without its yellow, which
# is hard to see on white.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
STYLES = ("-", "--", ":", "-.")


def draw_curves(history: Sequence[dict[str, Any]], title: str, path: Path) -> None:
    """Draw the figures of every epoch into ``path``, a PNG.

    history: records as in metrics.jsonl, at least one.

    Raises PluginError if matplotlib is not installed.
    """
    names = list(history[-1]["validation"])
    figure = _figure(path, 4.5 * len(names), 3.4)
    epochs = [record["epoch"] for record in history]
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        for part, style in (("train", "--"), ("validation", "-")):
            values = [_number(record[part][name]) for record in history]
            axes.plot(epochs, values, style, marker="." if len(epochs) < 3 else None, label=part)
        last = _number(history[-1]["validation"][name])
        axes.set_title(f"{name}: {last:.4g} on held-out data", fontsize=10)
        _finish(axes, name)
        axes.legend()
    figure.suptitle(title)
    _write(figure, path)


def draw_comparison(trials: Sequence[Trial], title: str, path: Path) -> None:
    """Draw the losses, and the first metric, of every combination into ``path``, a PNG.

    A row of panels for each loss, since different losses cannot be compared; a line for each
    optimizer, the mean over its seeds, in a band from the lowest to the highest.

    trials: at least one that did not fail has an epoch done; those that failed are not drawn.

    Raises PluginError if matplotlib is not installed.
    """
    optimizers = list(dict.fromkeys(trial.settings.optimizer for trial in trials))
    losses = list(dict.fromkeys(trial.settings.loss for trial in trials))
    record = next(trial.history[0] for trial in trials if trial.history)
    metric = [name for name in record["validation"] if name != "loss"][:1]
    panels = [("train", "loss"), ("validation", "loss"), *[("validation", name) for name in metric]]
    figure = _figure(path, 4.0 * len(panels) + 1.6, 3.3 * len(losses) + 0.6)
    grid = figure.subplots(len(losses), len(panels), squeeze=False)
    lines: dict[str, Any] = {}
    for (optimizer, loss), same in combinations(trials).items():
        histories = [t.history for t in same if t.state == FINISHED]
        histories = histories or [t.history for t in same if t.state == INTERRUPTED]
        number = optimizers.index(optimizer)
        look = {
            "color": COLOURS[number % len(COLOURS)],
            "linestyle": STYLES[number // len(COLOURS) % len(STYLES)],
        }
        for axes, (part, name) in zip(grid[losses.index(loss)], panels, strict=True):
            line = _draw_band(axes, histories, part, name, look)
            if histories:
                rate = "" if same[0].lr is None else f"  lr {same[0].lr:g}"
                lines[optimizer + rate] = line
    for row, loss in zip(grid, losses, strict=True):
        for axes, (part, name) in zip(row, panels, strict=True):
            label = f"{loss} loss" if name == "loss" else name
            data = "training" if part == "train" else "held-out"
            learnt = f", learnt by {loss}" if name != "loss" and len(losses) > 1 else ""
            axes.set_title(f"{label} on {data} data{learnt}", fontsize=10)
            _finish(axes, label)
        _share_a_scale(row[:2])
        for axes, first in zip(row[2:], grid[0, 2:], strict=True):  # a metric is one for all losses
            axes.sharey(first)
            first.autoscale(axis="y")
    seeds = len({trial.settings.seed for trial in trials})
    note = f"mean of {seeds} seeds, in a band from lowest to highest" if seeds > 1 else "one seed"
    figure.suptitle(f"{title}: {note}")
    figure.legend(list(lines.values()), list(lines), loc="outside right center", frameon=False)
    _write(figure, path)


def _draw_band(
    axes: Axes,
    histories: Sequence[Sequence[dict[str, Any]]],
    part: str,
    name: str,
    look: dict[str, Any],
) -> Any:
    """The mean over ``histories`` at each epoch, in a band from the lowest to the highest."""
    by_epoch = [  # they are equally long
        [_number(record[part][name]) for record in records]
        for records in zip(*histories, strict=True)
    ]
    epochs = range(1, len(by_epoch) + 1)
    means = [sum(values) / len(values) for values in by_epoch]
    (line,) = axes.plot(epochs, means, **look, marker="." if len(epochs) < 3 else None)
    if len(histories) > 1:
        lowest, highest = [min(v) for v in by_epoch], [max(v) for v in by_epoch]
        axes.fill_between(epochs, lowest, highest, color=look["color"], alpha=0.2, linewidth=0)
    return line


def _share_a_scale(panels: Sequence[Axes]) -> None:
    """The same range for all, logarithmic where the values span more than one power of ten."""
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    lines: list[Any] = [line for axes in panels for line in axes.lines]
    values = [float(y) for line in lines for y in line.get_ydata()]
    if values and min(values) > 0 and max(values) > 10 * min(values):
        for axes in panels:
            axes.set_yscale("log")
            if max(values) < 1000 * min(values):  # few powers of ten: label what is between them
                axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
    for axes in panels[1:]:
        axes.sharey(panels[0])
    panels[0].autoscale(axis="y")


def _figure(path: Path, width: float, height: float) -> Figure:
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PluginError(
            f"[train] {path.name} was not drawn: that needs matplotlib, which is missing. "
            'Run: pip install "plugtorch[plots]"'
        ) from error
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)  # Agg: no window and no display needed
    return figure


def _finish(axes: Axes, label: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.set_ylabel(label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)


def _write(figure: Figure, path: Path) -> None:
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    write_atomically(path, content.getvalue())


def _number(value: float | None) -> float:
    return math.nan if value is None else value
