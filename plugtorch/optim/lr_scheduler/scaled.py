"""Schedules that are a curve: the initial rate times a number that depends on the epoch alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from plugtorch.optim.lr_scheduler.scheduler import LRScheduler
from plugtorch.optim.lr_scheduler.values import Rate


class Scaled(LRScheduler):
    """lr = eta_min + (initial_lr - eta_min) scale(epoch), with ``_scale`` the author's formula.

    A step goes from what the rate is now, not from initial_lr, so that several such schedules can
    work on one optimizer: their scales multiply.
    """

    eta_min: float = 0.0

    _waits_when_resumed: ClassVar[bool] = True
    """With a ``last_epoch`` to go on from, whether the rates stay until the first step. PyTorch's
    schedules differ in this."""

    def _scale(self, epoch: int) -> float:
        """The curve."""
        raise NotImplementedError

    def _change(self, epoch: int) -> tuple[float, float]:
        """The scale at ``epoch`` and at the one before; or two numbers with the same quotient."""
        return self._scale(epoch), self._scale(epoch - 1) if epoch else 1.0

    def _rates(self) -> Sequence[Rate]:
        """The present rates, moved as much as the curve moves."""
        if self._is_initial and self.last_epoch and self._waits_when_resumed:
            return self._present
        low, (now, before) = self.eta_min, self._change(self.last_epoch)
        if now == before:
            return self._present
        if before == 0:  # the rates are at their lowest: no factor leads up from there
            return [
                rate + (base - low) * now
                for rate, base in zip(self._present, self._initial, strict=True)
            ]
        return [now / before * (rate - low) + low for rate in self._present]

    def _get_closed_form_lr(self) -> Sequence[Rate]:
        low, now = self.eta_min, self._scale(self.last_epoch)
        return [low + (base - low) * now for base in self._initial]
