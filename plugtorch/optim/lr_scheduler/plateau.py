"""Rates that fall when nothing gets better any more: ReduceLROnPlateau."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Any

from plugtorch.optim.lr_scheduler.scheduler import LRScheduler, warn_of_epoch
from plugtorch.optim.lr_scheduler.values import copies, number, put, whole
from plugtorch.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """lr = max(factor lr, min_lr) after more than patience epochs without a better figure.

    Better is below best (1 - threshold) ("rel") or below best - threshold ("abs"); for mode="max"
    above best (1 + threshold) or best + threshold.

    Args:
        optimizer: whose rates to set.
        mode: "min" for a loss, "max" for an accuracy.
        factor: from 0 to below 1.
        patience: epochs without a better figure that are accepted.
        threshold, threshold_mode: how much better counts.
        cooldown: epochs after a reduction in which no epoch is counted as bad.
        min_lr: the lowest rate, for all groups or a list with one for each.
        eps: a reduction by less than this is left out.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = ReduceLROnPlateau(optimizer, factor=0.5, patience=0)
    >>> for loss in (3.0, 2.0, 2.0):
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.ReduceLROnPlateau``.
    """

    default_min_lr: Any = None  # states of older versions do not have it

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        good = number(factor, 0, 1) and factor < 1
        self._need("factor", factor, good, "a number from 0 to below 1")
        self._need("mode", mode, mode in ("min", "max"), "'min' or 'max'")
        good = threshold_mode in ("rel", "abs")
        self._need("threshold_mode", threshold_mode, good, "'rel' or 'abs'")
        for option, value in (("threshold", threshold), ("eps", eps)):
            self._need(option, value, number(value), "a finite number")
        for option, value in (("patience", patience), ("cooldown", cooldown)):
            self._need(option, value, whole(value, 0), "a whole number from 0")
        self.min_lrs = self._numbers(optimizer, "min_lr", min_lr)
        self.default_min_lr = None if isinstance(min_lr, (list, tuple)) else min_lr
        self.optimizer = optimizer
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.mode_worse = inf if mode == "min" else -inf
        self.last_epoch = 0
        self._last_lr = copies(optimizer, "lr")
        self._reset()

    def _reset(self) -> None:
        """Forget all figures."""
        self.best = self.mode_worse
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def _is_better(self, figure: float, best: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "rel":
            enough = best * (1 + sign * self.threshold)
        else:
            enough = best + sign * self.threshold
        return figure < enough if self.mode == "min" else figure > enough

    @property
    def in_cooldown(self) -> bool:
        """Whether the last reduction was so recent that no epoch is counted as bad."""
        return self.cooldown_counter > 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Go on to the next epoch, with the figure to watch: a number or a tensor of one element.

        epoch: the number of this one instead. PyTorch advises against it.
        """
        figure = float(metrics)
        if epoch is not None:
            warn_of_epoch(self)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(figure, self.best):
            self.best = figure
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = copies(self.optimizer, "lr")

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        if len(self.min_lrs) != len(groups):  # some were added
            if self.default_min_lr is None:
                raise self._misfit("min_lr", len(self.min_lrs))
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs, strict=True):
            rate = float(group["lr"])
            lower = max(rate * self.factor, float(least))
            if rate - lower > self.eps:
                put(group, "lr", lower)
