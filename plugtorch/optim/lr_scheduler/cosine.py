"""Rates that go down half a cosine: CosineAnnealingLR, CosineAnnealingWarmRestarts."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, floor, pi

from plugtorch.errors import ArgumentError
from plugtorch.optim.lr_scheduler.scaled import Scaled
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler
from plugtorch.optim.lr_scheduler.values import Rate, number, whole
from plugtorch.optimizer import Optimizer


class CosineAnnealingLR(Scaled):
    """Half a cosine from initial_lr down to eta_min in T_max epochs, then up in as many, and so on.

    lr = eta_min + (initial_lr - eta_min) (1 + cos(pi epoch / T_max)) / 2.

    Args:
        optimizer: whose rates to set.
        T_max: epochs, above 0.
        eta_min: the lowest rate.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = CosineAnnealingLR(optimizer, T_max=2)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: Loshchilov and Hutter (2017), arXiv:1608.03983, without its restarts;
    ``torch.optim.lr_scheduler.CosineAnnealingLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: float,  # noqa: N803 - PyTorch's name
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self._need("T_max", T_max, number(T_max, 0) and T_max > 0, "a number above 0")
        self._need("eta_min", eta_min, number(eta_min), "a finite number")
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def _scale(self, epoch: int) -> float:
        return (1 + cos(pi * epoch / self.T_max)) / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """Down half a cosine from initial_lr to eta_min, then from the start: T_mult times as long.

    lr = eta_min + (initial_lr - eta_min) (1 + cos(pi T_cur / T_i)) / 2, with T_cur the epochs since
    the last restart, T_i those from that to the next.

    Args:
        optimizer: whose rates to set.
        T_0: epochs until the first restart, at least 1.
        T_mult: how many times longer each time between restarts is, at least 1.
        eta_min: the lowest rate.
        last_epoch: the last epoch that was done; -1 begins.

    Raises ArgumentError for options out of their range.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = CosineAnnealingWarmRestarts(optimizer, T_0=2)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [1.0]

    Source: Loshchilov and Hutter (2017), arXiv:1608.03983;
    ``torch.optim.lr_scheduler.CosineAnnealingWarmRestarts``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,  # noqa: N803 - PyTorch's names
        T_mult: int = 1,  # noqa: N803
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self._need("T_0", T_0, whole(T_0, 1), "a whole number of at least 1")
        self._need("T_mult", T_mult, whole(T_mult, 1), "a whole number of at least 1")
        self._need("eta_min", eta_min, number(eta_min), "a finite number")
        self.T_0 = self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _rates(self) -> Sequence[Rate]:
        low, scale = self.eta_min, (1 + cos(pi * self.T_cur / self.T_i)) / 2
        return [low + (base - low) * scale for base in self._initial]

    def step(self, epoch: float | None = None) -> None:
        """Go on by one, or to ``epoch``, which may have a fraction: epoch + batch / batches.

        Raises ArgumentError for an epoch below 0.
        """
        if epoch is None and self.last_epoch >= 0:
            self.last_epoch += 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur %= self.T_i
                self.T_i *= self.T_mult
        else:
            self._go_to(epoch or 0)
        self._set_lr(self.get_lr)

    def _go_to(self, epoch: float) -> None:
        if not number(epoch, 0):
            raise ArgumentError(f"[{type(self).__name__}] epoch is {epoch!r}, needed one from 0.")
        self.last_epoch = floor(epoch)
        self.T_cur, self.T_i = epoch, self.T_0
        if self.T_mult == 1:
            self.T_cur %= self.T_0
        else:
            while self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
