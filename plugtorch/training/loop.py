"""One epoch: the training loop itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import plugtorch
from plugtorch.module import Module
from plugtorch.tensor import Tensor
from plugtorch.training.metrics import Metric

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

    Returns the mean loss and the metrics of the outputs on the way.
    """
    model.train()
    tally = _Tally(metrics)
    order = plugtorch.randperm(len(data[0]), generator=generator).to(data[0].device)
    for rows in _batches(order, batch_size):
        inputs, targets = data[0][rows], data[1][rows]
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = loss_function(outputs, targets)
        loss.backward()
        optimizer.step()
        tally.add(loss, outputs, targets)
        after_batch()
    return tally.figures()


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
    tally = _Tally(metrics)
    with plugtorch.no_grad():
        for inputs, targets in zip(
            _batches(data[0], batch_size), _batches(data[1], batch_size), strict=True
        ):
            outputs = model(inputs)
            tally.add(loss_function(outputs, targets), outputs, targets)
    return tally.figures()


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
