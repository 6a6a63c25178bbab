"""Several schedules for one optimizer: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from plugtorch.errors import ArgumentError, StateError
from plugtorch.optim.lr_scheduler.plateau import ReduceLROnPlateau
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler
from plugtorch.optim.lr_scheduler.values import copies, put, whole
from plugtorch.optimizer import Optimizer


class Several(LRScheduler):
    """The part of both that is about their schedulers."""

    _schedulers: Sequence[LRScheduler]

    def _take(self, schedulers: Iterable[LRScheduler], optimizer: Optimizer | None) -> None:
        self._schedulers = list(schedulers)
        if not self._schedulers:
            raise ArgumentError(f"[{type(self).__name__}] got no scheduler, needed at least one.")
        for place, scheduler in enumerate(self._schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(
                    f"[{type(self).__name__}] schedulers[{place}] is a "
                    f"{type(scheduler).__name__}, needed a scheduler."
                )
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ArgumentError(
                    f"[{type(self).__name__}] schedulers[{place}] is a ReduceLROnPlateau, whose "
                    "step needs a figure. Step it by itself."
                )
            optimizer = optimizer or scheduler.optimizer
            if scheduler.optimizer is not optimizer:
                raise ArgumentError(
                    f"[{type(self).__name__}] schedulers[{place}] is for another optimizer. "
                    "Build all for the same."
                )
        self.optimizer = self._checked(optimizer)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of the schedulers, their states."""
        states = [scheduler.state_dict() for scheduler in self._schedulers]
        return super().state_dict() | {"_schedulers": states}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        schedulers, states = self._schedulers, state_dict.get("_schedulers", [])
        if len(states) != len(schedulers):
            raise StateError(
                f"[{type(self).__name__}] the state has {len(states)} schedulers, this one has "
                f"{len(schedulers)}. Build it of the same."
            )
        for scheduler, state in zip(schedulers, states, strict=True):
            scheduler._check_state(state)
        super().load_state_dict(state_dict)
        self._schedulers = schedulers
        for scheduler, state in zip(schedulers, states, strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(Several):
    """One schedule after the other: the first until epoch milestones[0], and so on.

    Each begins with an epoch 0 of its own.

    Args:
        optimizer: whose rates to set.
        schedulers: made for this optimizer.
        milestones: epochs, one fewer than schedulers, none before the one to its left.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for none, for a ReduceLROnPlateau, for another optimizer's, and for
    milestones that do not fit; TypeError for what is no scheduler.

    >>> import plugtorch
    >>> from plugtorch.optim import lr_scheduler
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> warm_up = lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=1)
    >>> decay = lr_scheduler.ExponentialLR(optimizer, gamma=0.1)
    >>> scheduler = SequentialLR(optimizer, [warm_up, decay], milestones=[1])
    >>> scheduler.get_last_lr()
    [0.5]
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [1.0]

    Source: ``torch.optim.lr_scheduler.SequentialLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        self._take(schedulers, self._checked(optimizer))
        if len(milestones) != len(self._schedulers) - 1:
            raise ArgumentError(
                f"[SequentialLR] got {len(milestones)} milestones for {len(self._schedulers)} "
                "schedulers, needed one fewer than schedulers."
            )
        good = all(whole(epoch, 0) for epoch in milestones)
        good = good and all(a <= b for a, b in pairwise(milestones))
        self._need("milestones", milestones, good, "whole numbers in increasing order")
        for place, scheduler in enumerate(self._schedulers[1:], 1):
            if isinstance(scheduler, Several):
                raise ArgumentError(
                    f"[SequentialLR] schedulers[{place}] is a {type(scheduler).__name__}, which "
                    "cannot begin later. Put it first, or its schedulers in its place."
                )
        self._milestones = list(milestones)
        self.last_epoch = last_epoch + 1
        for group in optimizer.param_groups:  # all have made their first step: undo them
            put(group, "lr", group["initial_lr"])
        _undo(self)
        self._initial_step()

    def _initial_step(self) -> None:
        first = self._schedulers[bisect_right(self._milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch, of the schedule whose turn it is."""
        self.last_epoch += 1
        place = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[place]
        if place and self._milestones[place - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _undo(scheduler: LRScheduler) -> None:
    if isinstance(scheduler, Several):
        for inner in scheduler._schedulers:
            _undo(inner)
    else:
        scheduler.last_epoch -= 1


class ChainedScheduler(Several):
    """All schedules at once: each changes the rates that the one before it has left.

    Args:
        schedulers: made for the same optimizer. Those of a closed formula, such as LambdaLR, undo
            what came before them.
        optimizer: theirs, if you want to have that checked.

    Raises ArgumentError for none, for a ReduceLROnPlateau, and for another optimizer's; TypeError
    for what is no scheduler.

    >>> import plugtorch
    >>> from plugtorch.optim import lr_scheduler
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> lower = lr_scheduler.ConstantLR(optimizer, factor=0.5)
    >>> scheduler = ChainedScheduler([lower, lr_scheduler.ExponentialLR(optimizer, gamma=0.5)])
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]

    Source: ``torch.optim.lr_scheduler.ChainedScheduler``.
    """

    def __init__(
        self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None
    ) -> None:
        self._take(schedulers, optimizer)
        self._last_lr = copies(self.optimizer, "lr")

    def _initial_step(self) -> None:
        for scheduler in self._schedulers:
            scheduler._initial_step()
        self._last_lr = copies(self.optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Go on to the next epoch, of every schedule."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = copies(self.optimizer, "lr")
