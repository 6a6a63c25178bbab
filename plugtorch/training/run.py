"""A training that can stop and go on: settings, model, optimizer, history, and the folder they are
kept in.

The folder holds

    checkpoint.safetensors   everything needed to go on, replaced as a whole after every epoch
    metrics.jsonl            the figures of every epoch, one JSON object a line
    config.json              the settings and versions, for people and other programs
    curves.png               drawn at the end

Only the checkpoint is read again. It is one file, so it cannot disagree with itself, and it
contains the settings and the figures: the others are written anew from it when a training goes on.
"""

from __future__ import annotations

import json
import math
import os
import platform
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import plugtorch
from plugtorch import losses, optimizers, registry
from plugtorch.errors import ArgumentError, CheckpointError, PlugtorchError, StateError
from plugtorch.serialization import load, save, write_atomically
from plugtorch.training.loop import Data, Figures, evaluate, train_epoch, try_loss
from plugtorch.training.state import random_state, seed_everything, set_random_state
from plugtorch.training.task import Task, find_task, make_task
from plugtorch.version import __version__

CHECKPOINT, METRICS, CONFIG, CURVES = (
    "checkpoint.safetensors",
    "metrics.jsonl",
    "config.json",
    "curves.png",
)
EVALUATION_BATCH = 1024

Record = dict[str, Any]  # {"epoch": 1, "train": {"loss": ...}, "validation": {...}, "seconds": ...}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What to train and how. An empty loss or optimizer, 0, and options left out mean the task's
    own; the device is the default one.
    """

    task: str
    task_options: Mapping[str, Any] = field(default_factory=dict)
    device: str = field(default_factory=lambda: str(plugtorch.get_default_device()))
    loss: str = ""
    loss_options: Mapping[str, Any] = field(default_factory=dict)
    optimizer: str = ""
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 0
    batch_size: int = 0
    seed: int = 0

    def completed(self, task: Task) -> Settings:
        """With what was left open taken from ``task``.

        Its options, and its lr, were chosen for its own loss and optimizer, and are not given to
        others.
        """
        loss, optimizer = self.loss or task.loss, self.optimizer or task.optimizer
        own_loss = task.loss_options if _same("loss", loss, task.loss) else {}
        own_optimizer = (
            {"lr": task.lr, **task.optimizer_options}
            if _same("optimizer", optimizer, task.optimizer)
            else {}
        )
        return replace(
            self,
            loss=loss,
            loss_options={**own_loss, **self.loss_options},
            optimizer=optimizer,
            optimizer_options={**own_optimizer, **self.optimizer_options},
            epochs=self.epochs or task.epochs,
            batch_size=self.batch_size or task.batch_size,
        )


class Run:
    """One training. ``Run.start`` makes a new one, ``Run.resume`` finds one in its folder, ``fit``
    trains. ``Run(settings).fit(keep=False)`` is one without a folder.

    What the loss has to learn is optimized with the model. After ``fit`` the model has the
    parameters to use, which those of some optimizers are not while they train.

    Raises UnknownNameError for a task, device, loss or optimizer that nobody offers, ArgumentError
    for options that they do not have and for a loss that does not fit the task.
    """

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        name, function = find_task(settings.task)
        plugtorch.empty(
            0, device=settings.device
        )  # an unknown device is told before anything is loaded
        seed_everything(settings.seed)
        task = make_task(name, function, settings.task_options)
        self.settings = replace(settings, task=name).completed(task)
        self.folder = folder or Path()
        self.metrics = task.metrics
        self.model = task.model.to(self.settings.device)
        self.train_data = self._placed(task.train)
        self.validation_data = self._placed(task.validation)
        try:
            self.loss = losses.create(self.settings.loss, **self.settings.loss_options)
            self.loss.to(self.settings.device)
            self.optimizer = optimizers.create(
                self.settings.optimizer,
                [*self.model.parameters(), *self.loss.parameters()],
                **self.settings.optimizer_options,
            )
        except TypeError as error:  # an option too many, one that is needed, one of another type
            given = f"{self.settings.loss} or {self.settings.optimizer}"
            own = str(error).startswith("[")
            raise ArgumentError(
                str(error) if own else f"[train] {given} does not take an option: {error}"
            ) from error
        self.order = plugtorch.Generator().manual_seed(self.settings.seed)
        self.random = random_state()  # ours: others draw too, rich for one when it is imported
        self.epoch = 0  # how many are done
        self.history: list[Record] = []
        try_loss(self.model, self.loss, self.train_data, batch_size=self.settings.batch_size)

    @classmethod
    def start(cls, settings: Settings, folder: Path | None = None) -> Run:
        """A new training, in ``folder``, or else in a new one under ``runs``.

        Raises ArgumentError if the folder has a training already.
        """
        if folder is not None and (folder / CHECKPOINT).exists():
            raise ArgumentError(
                f"[train] {folder} holds a training already. Go on with it by --resume {folder}, "
                "or name another folder by --output."
            )
        run = cls(settings, folder)
        if folder is None:
            run.folder = new_folder(run.settings.task.rpartition(":")[2])
        else:
            make_folder(folder)
        run._write_config()
        run._write_metrics()
        run._write_checkpoint([])
        return run

    @classmethod
    def resume(
        cls,
        folder: Path,
        *,
        task: str | None = None,
        epochs: int | None = None,
        device: str | None = None,
    ) -> Run:
        """The training in ``folder``, as after its last whole epoch. What is not None replaces its
        setting.

        task: where the task's function is now, if its file has moved.

        Raises CheckpointError if there is none or it is damaged, StateError if the model is no
        longer the same.
        """
        path = folder / CHECKPOINT
        if not path.exists():
            raise CheckpointError(
                f"[train] there is no training in {folder}: it has no {CHECKPOINT}. Start one with "
                f"plugtorch train TASK --output {folder}"
            )
        state = load(path, map_location="cpu")
        settings = _settings(state, path)
        if task is not None:
            if task.rpartition(":")[2] != settings.task.rpartition(":")[2]:
                raise ArgumentError(
                    f"[train] {folder} holds a training of {settings.task}, not of {task}."
                )
            settings = replace(settings, task=task)
        run = cls(
            replace(settings, epochs=epochs or settings.epochs, device=device or settings.device),
            folder,
        )
        try:
            for name, part in run.parts().items():
                try:
                    part.load_state_dict(state[name])
                except StateError as error:
                    raise StateError(
                        f"[train] the {name} in {path} is not the one that its settings make now. "
                        f"Has its code changed? {error}"
                    ) from error
            run.order.set_state(state["order"])
            run.epoch, run.history = state["epoch"], state["history"]
            run.random = state["random"]
        except (KeyError, TypeError) as error:
            raise CheckpointError(
                f"[train] {path} is not a training's checkpoint: {error!r}."
            ) from error
        for left in folder.glob(".*.tmp"):  # of a process that was killed while writing
            with suppress(OSError):
                left.unlink()
        run._write_config()
        run._write_metrics()
        return run

    def fit(
        self,
        after_batch: Callable[[], None] = lambda: None,
        after_epoch: Callable[[Record], None] = lambda record: None,
        keep: bool = True,
    ) -> None:
        """Train until the settings' number of epochs is reached.

        keep: write a checkpoint and the figures to the folder after each.

        Raises PlugtorchError if the loss stops being finite; the checkpoint is then of the epoch
        before.
        """
        while self.epoch < self.settings.epochs:
            set_random_state(self.random)
            record = self._one_epoch(after_batch)
            self.random = random_state()
            history = [*self.history, record]
            if keep:
                self._write_checkpoint(history)
            self.epoch, self.history = record["epoch"], history
            if keep:
                with open(self.folder / METRICS, "a", encoding="utf-8") as file:
                    file.write(json.dumps(record) + "\n")
            after_epoch(record)

    def parts(self) -> dict[str, Any]:
        """What has a state of its own, as the checkpoint names it."""
        return {"model": self.model, "loss": self.loss, "optimizer": self.optimizer}

    def batches_per_epoch(self) -> int:
        """How often ``fit`` calls ``after_batch`` in an epoch."""
        return math.ceil(len(self.train_data[0]) / self.settings.batch_size)

    def _one_epoch(self, after_batch: Callable[[], None]) -> Record:
        began = time.perf_counter()
        self.optimizer.train()
        train = train_epoch(
            self.model,
            self.loss,
            self.optimizer,
            self.train_data,
            batch_size=self.settings.batch_size,
            generator=self.order,
            metrics=self.metrics,
            after_batch=after_batch,
        )
        self.optimizer.eval()  # for what follows: the figures, and the checkpoint
        validation = evaluate(
            self.model,
            self.loss,
            self.validation_data,
            batch_size=EVALUATION_BATCH,
            metrics=self.metrics,
        )
        if not math.isfinite(train["loss"] + validation["loss"]):
            raise PlugtorchError(
                f"[train] the training loss became {train['loss']} and the validation loss "
                f"{validation['loss']} in epoch {self.epoch + 1}. Try a smaller --lr "
                f"(the optimizer's options are {dict(self.settings.optimizer_options)})."
            )
        seconds = round(time.perf_counter() - began, 4)
        return {
            "epoch": self.epoch + 1,
            "train": _finite(train),
            "validation": _finite(validation),
            "seconds": seconds,
        }

    def _placed(self, data: Data) -> Data:
        return data[0].to(self.settings.device), data[1].to(self.settings.device)

    def _write_checkpoint(self, history: list[Record]) -> None:
        save(
            {
                "settings": asdict(self.settings),
                "epoch": len(history),
                "history": history,
                **{name: part.state_dict() for name, part in self.parts().items()},
                "order": self.order.get_state(),
                "random": self.random,
            },
            self.folder / CHECKPOINT,
        )

    def _write_metrics(self) -> None:
        lines = "".join(json.dumps(record) + "\n" for record in self.history)
        write_atomically(self.folder / METRICS, lines.encode())

    def _write_config(self) -> None:
        config = {
            **asdict(self.settings),
            "parameters": sum(p.numel() for p in self.model.parameters()),
            "versions": {"plugtorch": __version__, "python": platform.python_version()},
        }
        text = json.dumps(config, indent=2, default=repr) + "\n"
        write_atomically(self.folder / CONFIG, text.encode())


def _same(kind: str, name: str, own: str) -> bool:
    """Whether ``name`` is another way to write ``own``, which need not be installed."""
    if name == own:
        return True
    entry = registry.entry(kind, name)
    return own.lower() in (entry.spec.name, *entry.spec.aliases, entry.qualified)


def _finite(figures: Figures) -> dict[str, float | None]:
    """JSON has no nan: a metric that cannot be told is null."""
    return {name: value if math.isfinite(value) else None for name, value in figures.items()}


def _settings(state: Any, path: Path) -> Settings:
    known = {f.name for f in fields(Settings)}
    settings = state.get("settings") if isinstance(state, dict) else None
    if not isinstance(settings, dict) or not settings.keys() <= known or "task" not in settings:
        raise CheckpointError(f"[train] {path} is not the checkpoint of a `plugtorch train`.")
    return Settings(**settings)


def new_folder(name: str) -> Path:
    """runs/NAME, or runs/NAME-2 if there is one already, and so on."""
    number = 1
    while True:
        folder = Path("runs") / (name if number == 1 else f"{name}-{number}")
        try:
            os.makedirs(folder)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise _unwritable(folder, error) from error
        else:
            return folder


def make_folder(folder: Path) -> None:
    """``folder``, with those it is in. Raises ArgumentError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> ArgumentError:
    return ArgumentError(
        f"[train] cannot make the folder {folder}: {error.strerror}. Name another by --output."
    )
