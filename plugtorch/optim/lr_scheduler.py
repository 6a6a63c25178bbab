"""Learning rates that change with time: ``scheduler.step()`` after an epoch of optimizer steps.

Each is a rule ``get_lr`` that gives the next rates from the present ones, so that several can work
on one optimizer.
"""

from __future__ import annotations

import math
import types
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.optimizer import Optimizer
from plugtorch.tensor import Tensor


class LRScheduler:
    """The base: counts epochs and writes ``get_lr()`` into the optimizer's groups.

    Args:
        optimizer: whose learning rates to set.
        last_epoch: the epoch to go on from; -1 begins, and takes the present rates as the initial
            ones.

    Raises TypeError for what is no optimizer, ArgumentError where a group to go on with has no
    "initial_lr".

    Source: ``torch.optim.lr_scheduler.LRScheduler``.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(
                f"[{type(self).__name__}] got a {type(optimizer).__name__}, needed an optimizer."
            )
        self.optimizer = optimizer
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _number(group["lr"]))
            elif "initial_lr" not in group:
                raise ArgumentError(
                    f"[{type(self).__name__}] group {number} has no initial_lr, needed to go on "
                    "from epoch "
                    f"{last_epoch}. Load the optimizer's state first."
                )
        self.base_lrs = [_number(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self.step()

    def get_lr(self) -> Sequence[float]:
        """The rates for epoch ``last_epoch``, one for each group. Override this."""
        raise NotImplementedError(f"[{type(self).__name__}] has no rule. Write get_lr().")

    def get_last_lr(self) -> list[float]:
        """The rates that were set last."""
        return self._last_lr

    def step(self) -> None:
        """Go on to the next epoch."""
        self._step_count += 1
        self.last_epoch += 1
        for group, rate in zip(self.optimizer.param_groups, self.get_lr(), strict=True):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        self._last_lr = self.present

    @property
    def present(self) -> list[float]:
        """The rates that the groups have now."""
        return [_number(group["lr"]) for group in self.optimizer.param_groups]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave. The rates themselves are in the optimizer's state."""
        self.__dict__.update(state_dict)


_LRScheduler = LRScheduler  # PyTorch's older name


class LambdaLR(LRScheduler):
    """lr = initial_lr f(epoch).

    lr_lambda: f, or one for each group. Functions are not saved in ``state_dict``; callable objects
        are.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = LambdaLR(optimizer, lambda epoch: 1 / (1 + epoch))
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.LambdaLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        groups = len(optimizer.param_groups)
        rules = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(rules) != groups:
            raise ArgumentError(
                f"[LambdaLR] got {len(rules)} functions, needed one for each of {groups} groups."
            )
        self.lr_lambdas: list[Any] = rules
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[float]:
        """Each initial rate times its function of the epoch."""
        return [
            base * rule(self.last_epoch)
            for base, rule in zip(self.base_lrs, self.lr_lambdas, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and plain functions, which cannot be saved."""
        kept = [
            None if isinstance(f, types.FunctionType) else f.__dict__.copy()
            for f in self.lr_lambdas
        ]
        return super().state_dict() | {"lr_lambdas": kept}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        rules = self.lr_lambdas
        super().load_state_dict(state_dict)
        self.lr_lambdas = rules
        for rule, fields in zip(rules, state_dict["lr_lambdas"], strict=True):
            if fields is not None:
                rule.__dict__.update(fields)


class StepLR(LRScheduler):
    """The rate is multiplied by gamma every step_size epochs.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = StepLR(optimizer, step_size=1, gamma=0.5)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: ``torch.optim.lr_scheduler.StepLR``.
    """

    def __init__(
        self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[float]:
        """The present rates, times gamma where a step begins."""
        if self.last_epoch == 0 or self.last_epoch % self.step_size:
            return self.present
        return [rate * self.gamma for rate in self.present]


class MultiStepLR(LRScheduler):
    """The rate is multiplied by gamma at each of the epochs in milestones.

    Source: ``torch.optim.lr_scheduler.MultiStepLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        milestones: Iterable[int],
        gamma: float = 0.1,
        last_epoch: int = -1,
    ) -> None:
        self.milestones = sorted(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[float]:
        """The present rates, times gamma at a milestone."""
        # a milestone that is given twice counts twice
        times = bisect_right(self.milestones, self.last_epoch) - bisect_right(
            self.milestones, self.last_epoch - 1
        )
        return [rate * self.gamma**times for rate in self.present]


class ExponentialLR(LRScheduler):
    """The rate is multiplied by gamma every epoch.

    Source: ``torch.optim.lr_scheduler.ExponentialLR``.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[float]:
        """The present rates times gamma."""
        if self.last_epoch == 0:
            return self.present
        return [rate * self.gamma for rate in self.present]


class CosineAnnealingLR(LRScheduler):
    """Down half a cosine from initial_lr to eta_min in T_max epochs, and up again after them.

    lr = eta_min + (initial_lr - eta_min) (1 + cos(pi epoch / T_max)) / 2.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = CosineAnnealingLR(optimizer, T_max=2)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]

    Source: Loshchilov and Hutter (2017), arXiv:1608.03983;
    ``torch.optim.lr_scheduler.CosineAnnealingLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_max: int,  # noqa: N803 - PyTorch's name
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> Sequence[float]:
        """The next rates on the cosine, from the present ones."""
        epoch, period, low = self.last_epoch, self.T_max, self.eta_min
        if epoch == 0:
            return self.present
        before = 1 + math.cos(math.pi * (epoch - 1) / period)
        # at the bottom the ratio below has no meaning
        if (epoch - 1 - period) % (2 * period) == 0:
            rise = (1 - math.cos(math.pi / period)) / 2
            return [
                rate + (base - low) * rise
                for rate, base in zip(self.present, self.base_lrs, strict=True)
            ]
        ratio = (1 + math.cos(math.pi * epoch / period)) / before
        return [ratio * (rate - low) + low for rate in self.present]


def _number(rate: Any) -> float:
    value: float = rate.item() if isinstance(rate, Tensor) else rate
    return value
