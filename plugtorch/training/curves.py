"""The picture of a training: the loss and the metrics, epoch by epoch."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plugtorch.errors import PluginError
from plugtorch.serialization import write_atomically


def draw_curves(history: Sequence[dict[str, Any]], title: str, path: Path) -> None:
    """Draw the figures of every epoch into ``path``, a PNG.

    history: records as in metrics.jsonl, at least one.

    Raises PluginError if matplotlib is not installed.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.ticker import MaxNLocator
    except ImportError as error:
        raise PluginError(
            f"[train] {path.name} was not drawn: that needs matplotlib, which is missing. "
            'Run: pip install "plugtorch[plots]"'
        ) from error
    names = list(history[-1]["validation"])
    epochs = [record["epoch"] for record in history]
    figure = Figure(figsize=(4.5 * len(names), 3.4), layout="constrained")
    FigureCanvasAgg(figure)  # Agg: no window and no display needed
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names, strict=True):
        for part, style in (("train", "--"), ("validation", "-")):
            values = [_number(record[part][name]) for record in history]
            axes.plot(epochs, values, style, marker="." if len(epochs) < 3 else None, label=part)
        axes.set_xlabel("epoch")
        axes.set_ylabel(name)
        last = _number(history[-1]["validation"][name])
        axes.set_title(f"{name}: {last:.4g} on held-out data", fontsize=10)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.grid(alpha=0.3)
        axes.legend()
    figure.suptitle(title)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=120)
    write_atomically(path, content.getvalue())


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
