"""Averages of a model's parameters over the course of training, and what goes with them.

averaged = AveragedModel(model)                                 # the plain mean: SWA
averaged = AveragedModel(model, avg_fn=get_ema_avg_fn(0.999))   # one that forgets: EMA
for batch in loader:
    ...
    optimizer.step()
    averaged.update_parameters(model)
update_bn(loader, averaged)     # what it had was measured on other parameters
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import deepcopy
from typing import Any

from plugtorch.autograd import no_grad
from plugtorch.autograd.walk import evaluate
from plugtorch.dtypes import int64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module
from plugtorch.optim.lr_scheduler.cycle import ANNEAL
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler
from plugtorch.optim.lr_scheduler.values import Rate, whole
from plugtorch.optimizer import Optimizer
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import zeros

# average(averaged, current, num_averaged): the new average, from that of num_averaged models
Average = Callable[[Tensor, Tensor, Any], Tensor]

# the same for many tensors at once, written into the first
MultiAverage = Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]


# -- ways to average -------------------------------------------------------------------------------


def get_swa_avg_fn() -> Average:
    """The plain mean: averaged + (current - averaged) / (num_averaged + 1).

    >>> import plugtorch
    >>> get_swa_avg_fn()(plugtorch.tensor([1.0]), plugtorch.tensor([4.0]), 2)
    tensor([2.])

    Source: Izmailov et al. (2018), arXiv:1803.05407; ``torch.optim.swa_utils.get_swa_avg_fn``.
    """

    @no_grad()
    def average(averaged: Any, current: Any, num_averaged: Any) -> Tensor:
        return averaged + (current - averaged) / (num_averaged + 1)

    return average


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """A mean that forgets: decay averaged + (1 - decay) current.

    Raises ArgumentError for a decay that is not from 0 to 1.

    >>> import plugtorch
    >>> get_ema_avg_fn(0.75)(plugtorch.tensor([1.0]), plugtorch.tensor([5.0]), 2)
    tensor([2.])

    Source: ``torch.optim.swa_utils.get_ema_avg_fn``.
    """
    if not 0 <= decay <= 1:
        raise ArgumentError(f"[get_ema_avg_fn] decay is {decay!r}, needed a number from 0 to 1.")

    @no_grad()
    def average(averaged: Any, current: Any, num_averaged: Any) -> Tensor:
        return decay * averaged + (1 - decay) * current

    return average


def get_swa_multi_avg_fn() -> MultiAverage:
    """``get_swa_avg_fn`` for lists, in place. Source: torch.optim.swa_utils."""
    return _for_each(get_swa_avg_fn())


def get_ema_multi_avg_fn(decay: float = 0.999) -> MultiAverage:
    """``get_ema_avg_fn`` for lists, in place. Source: torch.optim.swa_utils."""
    return _for_each(get_ema_avg_fn(decay))


def _for_each(average: Average) -> MultiAverage:
    @no_grad()
    def update(averaged: Sequence[Any], current: Sequence[Any], num_averaged: Any) -> None:
        for mean, value in zip(averaged, current, strict=True):
            mean.copy_(average(mean, value, num_averaged))

    return update


# -- the average of a model ------------------------------------------------------------------------


class AveragedModel(Module):
    """A copy of a model, which ``update_parameters`` makes the average of what it is given.

    Args:
        model: copied.
        device: where the copy is to be; None for where the model is.
        avg_fn: average(averaged, current, num_averaged) gives a new average; None for the plain
            mean. num_averaged is a 0-d int64 tensor.
        multi_avg_fn: instead of it, update(averaged, current, num_averaged), of lists of one dtype
            and device, writes into the first.
        use_buffers: average buffers too; else they are the last model's.

    Raises ArgumentError for both functions.

    >>> import plugtorch
    >>> model = plugtorch.nn.Linear(1, 1)
    >>> averaged = AveragedModel(model)
    >>> for value in (1.0, 2.0, 6.0):
    ...     _ = plugtorch.nn.init.constant_(model.weight, value)
    ...     averaged.update_parameters(model)
    >>> averaged.module.weight.item(), averaged.n_averaged.item()
    (3.0, 3)

    Source: Izmailov et al. (2018), arXiv:1803.05407; ``torch.optim.swa_utils.AveragedModel``.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Any = None,
        avg_fn: Average | None = None,
        multi_avg_fn: MultiAverage | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ArgumentError("[AveragedModel] got avg_fn and multi_avg_fn, needed one of them.")
        self.module = deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", zeros((), dtype=int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model gives."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take a model into the average; the first one is copied.

        Raises ShapeError, with nothing changed, for a model with other parameters.
        """
        parameters = _pairs(self.module.parameters(), model.parameters())
        buffers = _pairs(self.module.buffers(), model.buffers())
        if not self.n_averaged.item():
            averaged, copied = [], parameters + buffers
        elif self.use_buffers:
            averaged, copied = parameters + buffers, []
        else:
            averaged, copied = parameters, buffers
        for mean, value in copied:
            mean.copy_(value)
        self._average(averaged)
        self.n_averaged.add_(1)
        evaluate([mean for mean, _ in parameters + buffers])

    def _average(self, pairs: list[tuple[Any, Any]]) -> None:
        update = self.multi_avg_fn or _for_each(self.avg_fn or get_swa_avg_fn())
        alike: dict[Any, list[tuple[Any, Any]]] = {}
        for mean, value in pairs:
            alike.setdefault((mean.device, mean.dtype), []).append((mean, value))
        for (device, _), same in alike.items():
            means, values = zip(*same, strict=True)
            update(list(means), list(values), self.n_averaged.to(device))


def _pairs(averaged: Iterable[Any], current: Iterable[Any]) -> list[tuple[Any, Any]]:
    """Each averaged tensor, to be written, with that of the model, on its device."""
    ours, theirs = list(averaged), list(current)
    have, given = [tuple(x.shape) for x in ours], [tuple(x.shape) for x in theirs]
    if have != given:
        place = next((i for i, (a, b) in enumerate(zip(have, given)) if a != b), None)
        what = f"{len(given)} tensors" if place is None else f"shape {given[place]} at {place}"
        needed = f"{len(have)}" if place is None else f"{have[place]}"
        raise ShapeError(
            f"[update_parameters] got a model with {what}, needed {needed}. "
            "Give the model that is averaged."
        )
    return [
        (mean.detach(), value.detach().to(mean.device))
        for mean, value in zip(ours, theirs, strict=True)
    ]


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Any = None) -> None:
    """Measure a model's running statistics anew, as the plain mean over a loader's batches.

    Those are its modules with ``reset_running_stats()`` and a ``momentum``, such as BatchNorm. The
    model is left in the mode it was in, also after an error.

    Args:
        loader: gives batches: tensors, or lists and tuples whose first entry is one.
        model: called with each.
        device: where to bring batches to; None leaves them.

    Source: ``torch.optim.swa_utils.update_bn``.
    """
    measuring: list[Any] = [
        module
        for module in model.modules()
        if hasattr(module, "reset_running_stats") and hasattr(module, "momentum")
    ]
    if not measuring:
        return
    was_training, momenta = model.training, [module.momentum for module in measuring]
    try:
        model.train()
        for module in measuring:
            module.reset_running_stats()
            module.momentum = None  # the plain mean
        for batch in loader:
            first = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(first if device is None else first.to(device))
    finally:
        for module, momentum in zip(measuring, momenta, strict=True):
            module.momentum = momentum
        model.train(was_training)


# -- the rate while averaging ----------------------------------------------------------------------


class SWALR(LRScheduler):
    """From what the rate is to swa_lr, in anneal_epochs, and then constant.

    lr = (1 - a) start + a swa_lr, where a goes from 0 to 1: in a straight line ("linear") or as
    (1 - cos(pi epoch / anneal_epochs)) / 2 ("cos"). start is what the present rate would come from,
    so that another schedule may work on it too.

    Args:
        optimizer: whose rates to set.
        swa_lr: for all groups, or a list with one for each.
        anneal_epochs: at least 0.
        anneal_strategy: "cos" or "linear".
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = SWALR(optimizer, swa_lr=0.5, anneal_epochs=2)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.75]

    Source: Izmailov et al. (2018), arXiv:1803.05407; ``torch.optim.swa_utils.SWALR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: Rate | Sequence[Rate],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        good = whole(anneal_epochs, 0)
        self._need("anneal_epochs", anneal_epochs, good, "a whole number equal or greater than 0")
        good = anneal_strategy in ANNEAL
        self._need("anneal_strategy", anneal_strategy, good, "'cos' or 'linear'")
        finals = self._numbers(optimizer, "swa_lr", swa_lr)
        for group, rate in zip(optimizer.param_groups, finals, strict=True):
            group["swa_lr"] = rate
        self.anneal_epochs = anneal_epochs
        self._anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> Sequence[Rate]:
        step = self._step_count - 1
        if not self.anneal_epochs:
            step = max(1, step)
        before, now = self._part(step - 1), self._part(step)
        return [
            final * now + _start(rate, final, before) * (1 - now)
            for rate, final in zip(self._present, self._each("swa_lr"), strict=True)
        ]

    def _part(self, step: int) -> float:
        """How far the way is gone at a step."""
        time = max(0, min(1, step / max(1, self.anneal_epochs)))
        return float(ANNEAL[self._anneal_strategy](0.0, 1.0, time))


def _start(rate: Rate, final: Rate, part: float) -> Rate:
    """Where a way to ``final`` began of which ``part`` is gone, with ``rate`` reached."""
    return final if part == 1 else (rate - part * final) / (1 - part)
