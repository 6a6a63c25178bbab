"""What can be trained: a model with its data, and how to find one by name."""

from __future__ import annotations

import difflib
import importlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from plugtorch.errors import ArgumentError, ShapeError, UnknownNameError
from plugtorch.module import Module
from plugtorch.tensor import Tensor
from plugtorch.training.metrics import Metric

BUILTIN = {
    "digits": "plugtorch.training.builtin:digits",
    "diabetes": "plugtorch.training.builtin:diabetes",
}


@dataclass(frozen=True, kw_only=True)
class Task:
    """A model, its data, and the settings it is trained with unless the command line says
    otherwise.

    model: on the CPU. train, validation: inputs and targets, one row a sample; what the model makes
    of the inputs and the targets go to the loss. loss, optimizer: names that ``plugtorch plugins``
    lists, with options for them; the options, and lr, are for that loss and that optimizer only.
    metrics: functions of (output, target); the first one is the headline.

    A task is a function that returns one. Its own keyword arguments can be given as ``--set
    task.name=value``:

        def parity(bits=8, hidden=32):
            x = plugtorch.randint(0, 2, (1000, bits))
            y = x.sum(1) % 2
            x = x.float()
            model = nn.Sequential(nn.Linear(bits, hidden), nn.ReLU(), nn.Linear(hidden, 2))
            return Task(
                model=model,
                train=(x[:800], y[:800]),
                validation=(x[800:], y[800:]),
                loss="cross_entropy",
                metrics=(accuracy,),
            )

    Raises ShapeError for data without rows, or with more inputs than targets or the reverse.
    """

    model: Module
    train: tuple[Tensor, Tensor]
    validation: tuple[Tensor, Tensor]
    loss: str
    loss_options: Mapping[str, Any] = field(default_factory=dict)
    optimizer: str = "adam"
    optimizer_options: Mapping[str, Any] = field(default_factory=dict)
    lr: float = 1e-3
    epochs: int = 20
    batch_size: int = 32
    metrics: tuple[Metric, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.model, Module):
            raise ArgumentError(
                f"[Task] the model is a {type(self.model).__name__}, needed a plugtorch.nn.Module."
            )
        for name in ("train", "validation"):
            data = getattr(self, name)
            if not (
                isinstance(data, tuple | list)
                and len(data) == 2
                and all(isinstance(part, Tensor) for part in data)
            ):
                raise ArgumentError(f"[Task] {name} must be a pair of tensors: (inputs, targets).")
            inputs, targets = data
            sizes = [part.shape[0] if part.ndim else 0 for part in data]
            if sizes[0] != sizes[1] or sizes[0] == 0:
                raise ShapeError(
                    f"[Task] the {name} data has inputs {tuple(inputs.shape)} and targets "
                    f"{tuple(targets.shape)}: needed equally many rows, and at least one."
                )


def find_task(name: str) -> tuple[str, Callable[..., Task]]:
    """The function that makes a task, and its full name.

    name: a built-in task, ``file.py:function``, or ``module:function`` of a module that can be
    imported from the working directory. The full name of ``file.py:function`` has the absolute
    path.

    Raises UnknownNameError or ArgumentError when there is none.

    >>> find_task("digits")[0]
    'digits'
    """
    if name in BUILTIN:
        module, _, function = BUILTIN[name].partition(":")
        return name, _function(importlib.import_module(module), function, name)
    source, _, function = name.rpartition(":")
    if not source or not function:
        raise UnknownNameError(_no_such_task(name))
    if source.endswith(".py"):
        path = os.path.abspath(source)
        return f"{path}:{function}", _function(_import_file(path), function, source)
    return name, _function(_import_module(source), function, source)


def make_task(name: str, function: Callable[..., Task], options: Mapping[str, Any]) -> Task:
    """``function(**options)``, refusing options that it does not have and results that are no
    Task.
    """
    check_options(name, function, options)
    task = function(**options)
    if not isinstance(task, Task):
        raise ArgumentError(
            f"[train] {name} returned a {type(task).__name__}, needed a plugtorch.training.Task."
        )
    return task


def check_options(name: str, function: Callable[..., Any], options: Mapping[str, Any]) -> None:
    """Raise ArgumentError, naming near ones, for options that are not keyword arguments of
    ``function``.
    """
    parameters = inspect.signature(function).parameters.values()
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return
    known = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for option in options:
        if option not in known:
            raise ArgumentError(
                f"[train] {name} has no option {option!r}.{_near(option, known)} "
                f"It has: {', '.join(known) or 'none'}."
            )


def _no_such_task(name: str) -> str:
    if name.endswith(".py"):
        return f"[train] {name} names no function. Write {name}:function."
    return (
        f"[train] there is no task {name!r}.{_near(name, list(BUILTIN))} There are "
        f"{', '.join(BUILTIN)}, and your own as file.py:function or module:function."
    )


def _near(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=3)
    return f" Did you mean {' or '.join(near)}?" if near else ""


def _function(module: ModuleType, name: str, source: str) -> Callable[..., Task]:
    found = getattr(module, name, None)
    if not callable(found):
        known = [key for key, value in vars(module).items() if inspect.isfunction(value)]
        raise UnknownNameError(f"[train] {source} has no function {name!r}.{_near(name, known)}")
    return found


def _import_file(path: str) -> ModuleType:
    if not os.path.isfile(path):
        raise UnknownNameError(f"[train] there is no file {path}.")
    folder, stem = os.path.dirname(path), os.path.basename(path)[: -len(".py")]
    if folder not in sys.path:
        sys.path.insert(0, folder)  # as Python does for a script: its neighbours can be imported
    name = f"plugtorch_task_{stem}"  # not the bare stem: the file may be called random.py
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ArgumentError(f"[train] {path} cannot be imported as Python.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _import_module(name: str) -> ModuleType:
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # the user named it; last, so that it hides nothing installed
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise  # found, but something it imports is missing
        raise UnknownNameError(
            f"[train] there is no module {name!r} that can be imported from here. A file is named "
            "as path/to/file.py:function."
        ) from None
