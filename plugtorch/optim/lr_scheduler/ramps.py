"""Rates that go from one factor to another in a given time: ConstantLR, LinearLR, PolynomialLR."""

from __future__ import annotations

from math import inf

from plugtorch.optim.lr_scheduler.scaled import Scaled
from plugtorch.optim.lr_scheduler.values import number, whole
from plugtorch.optimizer import Optimizer


class Ramp(Scaled):
    """A curve of ``progress``, which goes from 0 to 1 in total_iters epochs and stays there.

    With total_iters = 0 it stays at 0, as in PyTorch.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int, last_epoch: int) -> None:
        self._need("total_iters", total_iters, whole(total_iters, 0), "a whole number from 0")
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def _progress(self, epoch: int) -> float:
        """The part of the time that is over."""
        return min(epoch, self.total_iters) / self.total_iters if self.total_iters else 0.0


class ConstantLR(Ramp):
    """lr = factor initial_lr for total_iters epochs, then initial_lr.

    Args:
        optimizer: whose rates to set.
        factor: from 0 to 1.
        total_iters: epochs.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = ConstantLR(optimizer, factor=0.5, total_iters=1)
    >>> scheduler.get_last_lr()
    [0.5]
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [1.0]

    Source: ``torch.optim.lr_scheduler.ConstantLR``.
    """

    _waits_when_resumed = False

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 1 / 3,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        self._need("factor", factor, number(factor, 0, 1), "a number from 0 to 1")
        self.factor = factor
        super().__init__(optimizer, total_iters, last_epoch)

    def _scale(self, epoch: int) -> float:
        return self.factor if self._progress(epoch) < 1 else 1.0


class LinearLR(Ramp):
    """From start_factor initial_lr to end_factor initial_lr on a straight line: a warm-up.

    lr = initial_lr (start_factor + (end_factor - start_factor) min(epoch / total_iters, 1)).

    Args:
        optimizer: whose rates to set.
        start_factor: above 0, at most 1.
        end_factor: from 0 to 1.
        total_iters: epochs.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.75]

    Source: ``torch.optim.lr_scheduler.LinearLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        good = number(start_factor, 0, 1) and start_factor > 0
        self._need("start_factor", start_factor, good, "a number above 0 and at most 1")
        self._need("end_factor", end_factor, number(end_factor, 0, 1), "a number from 0 to 1")
        self.start_factor = start_factor
        self.end_factor = end_factor
        super().__init__(optimizer, total_iters, last_epoch)

    def _scale(self, epoch: int) -> float:
        start, end = self.start_factor, self.end_factor
        return start + (end - start) * self._progress(epoch)


class PolynomialLR(Ramp):
    """Down to 0 in total_iters epochs: lr = initial_lr (1 - min(epoch / total_iters, 1))^power.

    Args:
        optimizer: whose rates to set.
        total_iters: epochs.
        power: at least 0; 1 is a straight line.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = PolynomialLR(optimizer, total_iters=2, power=2)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]

    Source: ``torch.optim.lr_scheduler.PolynomialLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        total_iters: int = 5,
        power: float = 1.0,
        last_epoch: int = -1,
    ) -> None:
        self._need("power", power, number(power, 0, inf), "a finite number from 0")
        self.power = power
        super().__init__(optimizer, total_iters, last_epoch)

    def _scale(self, epoch: int) -> float:
        return float((1.0 - self._progress(epoch)) ** self.power)
