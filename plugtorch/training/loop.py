"""One epoch: the training loop itself, and what is asked before the first."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import plugtorch
from plugtorch.errors import ArgumentError, PlugtorchError
from plugtorch.module import Module
from plugtorch.tensor import Tensor
from plugtorch.training.metrics import Metric
from plugtorch.training.state import random_state, set_random_state

Data = tuple[Tensor, Tensor]  # inputs and targets, one row a sample
Figures = dict[str, float]


def train_epoch(
    model: Module,
    loss_function: Module,
    optimizer: Any,
    data: Data,
    *,
    batch_size: int,
    generator: Any,
    metrics: Sequence[Metric] = (),
    after_batch: Callable[[], None] = lambda: None,
) -> Figures:
    """Show the model every sample once, in an order drawn from ``generator``, a step for each
    batch.

    Returns the mean loss and the metrics of the outputs on the way, each batch's before its step.
    """
    model.train()
    loss_function.train()
    tally = _Tally(metrics)
    needs_closure = optimizer.needs_closure
    order = plugtorch.randperm(len(data[0]), generator=generator).to(data[0].device)
    for rows in _batches(order, batch_size):
        inputs, targets = data[0][rows], data[1][rows]
        gradients = partial(_gradients, model, loss_function, optimizer, inputs, targets)
        if needs_closure:
            loss, outputs = _step_with_closure(optimizer, gradients)
        else:
            loss, outputs = gradients()
            optimizer.step()
        tally.add(loss, outputs, targets)
        after_batch()
    return tally.figures()


def _gradients(
    model: Module, loss_function: Module, optimizer: Any, inputs: Tensor, targets: Tensor
) -> tuple[Tensor, Tensor]:
    """Leave the gradients of a batch in the parameters; its loss and outputs."""
    optimizer.zero_grad()
    outputs = model(inputs)
    loss = loss_function(outputs, targets)
    loss.backward()
    return loss, outputs


def _step_with_closure(
    optimizer: Any, gradients: Callable[[], tuple[Tensor, Tensor]]
) -> tuple[Tensor, Tensor]:
    """Take a step that asks for gradients as often as it likes; loss and outputs at its beginning.

    Every call draws the same random numbers: a step goes down one function, not down another one
    with each call's dropout, and the next batch draws what it would with any other optimizer.
    """
    first: tuple[Tensor, Tensor] | None = None
    start = random_state()

    def closure() -> Tensor:
        nonlocal first
        with plugtorch.enable_grad():  # not every step that turns gradients off turns them on here
            if first is None:
                first = gradients()
                return first[0]
            now = random_state()
            set_random_state(start)
            try:
                return gradients()[0]
            finally:
                set_random_state(now)

    optimizer.step(closure)
    if first is None:
        raise PlugtorchError(
            f"[train] {type(optimizer).__name__} asks for a closure, but its step did not call it."
        )
    return first


def evaluate(
    model: Module,
    loss_function: Module,
    data: Data,
    *,
    batch_size: int,
    metrics: Sequence[Metric] = (),
) -> Figures:
    """The mean loss and the metrics of the model on ``data``, without learning from it."""
    model.eval()
    loss_function.eval()
    tally = _Tally(metrics)
    with plugtorch.no_grad():
        for inputs, targets in zip(
            _batches(data[0], batch_size), _batches(data[1], batch_size), strict=True
        ):
            outputs = model(inputs)
            tally.add(loss_function(outputs, targets), outputs, targets)
    return tally.figures()


def try_loss(model: Module, loss_function: Module, data: Data, *, batch_size: int) -> None:
    """Make sure that there is a loss of what the model makes of the data, on its first batch.

    Raises ArgumentError, with the shapes and the loss's own reason, where there is none.
    """
    name, forward = type(loss_function).__name__, inspect.signature(loss_function.forward)
    inputs, targets = data[0][:batch_size], data[1][:batch_size]
    try:
        forward.bind(inputs, targets)
    except TypeError as error:
        raise ArgumentError(
            f"[train] {name} is of ({', '.join(forward.parameters)}), and a training gives it two "
            "tensors: what the model makes of the inputs, and the targets. Use it in a loop of "
            "your own."
        ) from error
    model.eval()
    loss_function.eval()
    with plugtorch.no_grad():
        outputs = model(inputs)
        try:
            loss = loss_function(outputs, targets)
        except (TypeError, ValueError, RuntimeError, LookupError) as error:
            raise ArgumentError(
                f"[train] {name} does not fit this task, whose model makes {_kind(outputs)} and "
                f"whose targets are {_kind(targets)}. {error}"
            ) from error
    if not (isinstance(loss, Tensor) and loss.numel() == 1):
        raise ArgumentError(
            f"[train] {name} of a batch is {_kind(loss)}, needed one number. With the option "
            'reduction="mean" most losses give one.'
        )


def _kind(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{tuple(value.shape)} of {value.dtype.name}"
    return f"a {type(value).__name__}"


def _batches(rows: Tensor, size: int) -> Iterator[Tensor]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


class _Tally:
    """Losses and outputs of the batches so far, left on the device until all are done: nothing
    waits for them.
    """

    def __init__(self, metrics: Sequence[Metric]) -> None:
        self.metrics = metrics
        self.samples = 0
        self.losses: list[Tensor] = []
        self.outputs: list[Tensor] = []
        self.targets: list[Tensor] = []

    def add(self, loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        self.samples += len(targets)
        self.losses.append(loss.detach() * len(targets))  # the last batch may be smaller
        if self.metrics:
            self.outputs.append(outputs.detach())
            self.targets.append(targets)

    def figures(self) -> Figures:
        result = {"loss": float(plugtorch.stack(self.losses).sum()) / self.samples}
        if self.metrics:
            with plugtorch.no_grad():
                outputs, targets = plugtorch.cat(self.outputs), plugtorch.cat(self.targets)
                for metric in self.metrics:
                    result[getattr(metric, "__name__", "metric")] = float(metric(outputs, targets))
        return result
