"""Trainings side by side: every optimizer with every loss, each from several seeds.

A seed fixes the weights to begin with and the order of the samples, whatever the optimizer and the
loss are, so two of them differ by nothing else.

    for trial in plan("digits", optimizers=["sgd", "adam"], seeds=3):
        trial.run()
"""

from __future__ import annotations

import math
import statistics
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import plugtorch
from plugtorch import registry
from plugtorch.errors import PlugtorchError
from plugtorch.training.run import Record, Run, Settings
from plugtorch.training.task import find_task, make_task
from plugtorch.version import __version__

WAITING, FINISHED, FAILED, INTERRUPTED = "waiting", "finished", "failed", "interrupted"


@dataclass
class Trial:
    """One training of a comparison, and what came of it.

    lr: what the optimizer said it would begin with. problem: why it failed. steps: how often
    ``run`` calls ``after_batch``.
    """

    settings: Settings
    steps: int
    state: str = WAITING
    problem: str = ""
    traceback: str = ""
    lr: float | None = None
    history: list[Record] = field(default_factory=list)

    def run(self, after_batch: Callable[[], None] = lambda: None) -> None:
        """Train. An error is kept, not raised: the others are to go on. Ctrl-C goes through."""
        try:
            run = Run(self.settings)
            lr = run.optimizer.param_groups[0].get("lr")
            self.lr = None if lr is None else float(lr)
            run.fit(after_batch, self.history.append, keep=False)
        except KeyboardInterrupt:
            self.state = INTERRUPTED
            raise
        except Exception as error:  # a plugin's code may raise anything
            self.state, self.traceback = FAILED, traceback.format_exc()
            kind = "" if isinstance(error, PlugtorchError) else f"{type(error).__name__}: "
            self.problem = f"{kind}{error}"
        else:
            self.state = FINISHED

    def as_dict(self) -> dict[str, Any]:
        """Plain data, as compare.json keeps it."""
        return {
            "optimizer": self.settings.optimizer,
            "loss": self.settings.loss,
            "seed": self.settings.seed,
            "state": self.state,
            "problem": self.problem,
            "lr": self.lr,
            "settings": asdict(self.settings),
            "history": self.history,
        }


def plan(
    task: str,
    *,
    optimizers: Iterable[str] = (),
    losses: Iterable[str] = (),
    seeds: int = 3,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    **settings: Any,
) -> list[Trial]:
    """The trainings of a comparison, all combinations with one seed before any with the next.

    optimizers, losses: names; the task's own if there are none. options: by "task", "optimizer",
    "loss", or the name of one of the optimizers or losses. settings: what else ``Settings`` has,
    the same for all.

    Raises UnknownNameError for a task, device, optimizer or loss that nobody offers, ArgumentError
    for options that the task does not have.
    """
    options = options or {}
    task, function = find_task(task)
    optimizers = names("optimizer", optimizers)
    losses = names("loss", losses)
    plugtorch.empty(0, device=settings.get("device", "cpu"))  # there is no such device: say so now
    task_options = options.get("task", {})
    made = make_task(task, function, task_options)
    optimizers = optimizers or [made.optimizer]
    losses = losses or [made.loss]
    trials = []
    for seed in range(seeds):
        for loss in losses:
            for optimizer in optimizers:
                chosen = Settings(
                    task=task,
                    task_options=task_options,
                    loss=loss,
                    loss_options={**options.get("loss", {}), **options.get(loss, {})},
                    optimizer=optimizer,
                    optimizer_options={
                        **options.get("optimizer", {}),
                        **options.get(optimizer, {}),
                    },
                    seed=seed,
                    **settings,
                ).completed(made)
                batches = math.ceil(len(made.train[0]) / chosen.batch_size)
                trials.append(Trial(chosen, steps=chosen.epochs * batches))
    return trials


def names(kind: str, given: Iterable[str]) -> list[str]:
    """``given`` by the names that they are listed by, each once. Raises UnknownNameError.

    >>> names("loss", ["L1", "mae", "mse"])
    ['l1', 'mse']
    """
    return list(dict.fromkeys(registry.entry(kind, name).name for name in given))


def combinations(trials: Iterable[Trial]) -> dict[tuple[str, str], list[Trial]]:
    """The trials by optimizer and loss, in the order of the plan."""
    result: dict[tuple[str, str], list[Trial]] = {}
    for trial in trials:
        result.setdefault((trial.settings.optimizer, trial.settings.loss), []).append(trial)
    return result


def summary(trials: Iterable[Trial]) -> list[dict[str, Any]]:
    """What came of each combination: a row each, over those of its trainings that finished.

    train, validation: for each figure of the last epoch its mean over the seeds and its spread, the
    standard deviation; the spread of one is None. seconds: what a training took, the median.
    """
    rows = []
    for (optimizer, loss), same in combinations(trials).items():
        histories = [trial.history for trial in same if trial.state == FINISHED]
        last = [history[-1] for history in histories]
        seconds = [sum(record["seconds"] for record in history) for history in histories]
        rows.append(
            {
                "optimizer": optimizer,
                "loss": loss,
                "lr": next((trial.lr for trial in same if trial.lr is not None), None),
                "seeds": len(same),
                "finished": len(histories),
                "train": _over_seeds([record["train"] for record in last]),
                "validation": _over_seeds([record["validation"] for record in last]),
                "seconds": statistics.median(seconds) if seconds else None,
                "problem": next((trial.problem for trial in same if trial.problem), ""),
            }
        )
    return rows


def document(trials: Sequence[Trial]) -> dict[str, Any]:
    """Everything about a comparison, as compare.json keeps it."""
    return {
        "task": trials[0].settings.task,
        "device": trials[0].settings.device,
        "epochs": trials[0].settings.epochs,
        "batch_size": trials[0].settings.batch_size,
        "summary": summary(trials),
        "runs": [trial.as_dict() for trial in trials],
        "versions": {"plugtorch": __version__},
    }


def _over_seeds(
    figures: Sequence[Mapping[str, float | None]],
) -> dict[str, dict[str, float | None]]:
    """``[{"loss": 1.0}, {"loss": 3.0}]`` as ``{"loss": {"mean": 2.0, "spread": 1.414...}}``."""
    result: dict[str, dict[str, float | None]] = {}
    for name in figures[0] if figures else ():
        values = [value for each in figures if (value := each[name]) is not None]
        result[name] = {
            "mean": statistics.fmean(values) if values else None,
            "spread": statistics.stdev(values) if len(values) > 1 else None,
        }
    return result
