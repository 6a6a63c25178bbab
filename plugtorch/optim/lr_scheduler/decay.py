"""Rates that are multiplied by gamma now and then: StepLR, MultiStepLR, ExponentialLR."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from plugtorch.optim.lr_scheduler.scaled import Scaled
from plugtorch.optim.lr_scheduler.values import number, whole
from plugtorch.optimizer import Optimizer


class Decay(Scaled):
    """lr = initial_lr gamma^times(epoch), with ``_times`` the author's formula."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int) -> None:
        self._need("gamma", gamma, number(gamma), "a finite number")
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def _times(self, epoch: int) -> int:
        """How often the rate was multiplied by gamma until ``epoch``."""
        raise NotImplementedError

    def _scale(self, epoch: int) -> float:
        return float(self.gamma ** self._times(epoch))

    def _change(self, epoch: int) -> tuple[float, float]:
        # not from the scales: after many epochs they are 0 or infinite, what changes is not
        before = self._times(epoch - 1) if epoch else 0
        return self.gamma ** (self._times(epoch) - before), 1.0


class StepLR(Decay):
    """The rate is multiplied by gamma every step_size epochs.

    lr = initial_lr gamma^floor(epoch / step_size).

    Args:
        optimizer: whose rates to set.
        step_size: epochs, at least 1.
        gamma: the factor.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = StepLR(optimizer, step_size=1, gamma=0.5)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.StepLR``.
    """

    _waits_when_resumed = False

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self._need("step_size", step_size, whole(step_size, 1), "a whole number of at least 1")
        self.step_size = step_size
        super().__init__(optimizer, gamma, last_epoch)

    def _times(self, epoch: int) -> int:
        return epoch // self.step_size


class MultiStepLR(Decay):
    """The rate is multiplied by gamma at each of the epochs in milestones.

    lr = initial_lr gamma^(number of milestones <= epoch).

    Args:
        optimizer: whose rates to set.
        milestones: epochs, in any order; one that is given twice counts twice.
        gamma: the factor.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = MultiStepLR(optimizer, milestones=[1, 90], gamma=0.5)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.MultiStepLR``.
    """

    _waits_when_resumed = False

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = Counter(milestones)
        for milestone in self.milestones:
            self._need("a milestone", milestone, whole(milestone, 0), "a whole number from 0")
        super().__init__(optimizer, gamma, last_epoch)

    def _times(self, epoch: int) -> int:
        return sum(often for milestone, often in self.milestones.items() if milestone <= epoch)


class ExponentialLR(Decay):
    """The rate is multiplied by gamma every epoch: lr = initial_lr gamma^epoch.

    Args:
        optimizer: whose rates to set.
        gamma: the factor.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = ExponentialLR(optimizer, gamma=0.5)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.ExponentialLR``.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        super().__init__(optimizer, gamma, last_epoch)

    def _times(self, epoch: int) -> int:
        return epoch
