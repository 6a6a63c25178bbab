"""Rates that go up and down again and again, and momentum the other way: CyclicLR."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import floor
from typing import Any

from plugtorch.optim.lr_scheduler.cycle import Cycle
from plugtorch.optim.lr_scheduler.functions import function_state, load_function
from plugtorch.optim.lr_scheduler.values import Rate, number, put
from plugtorch.optimizer import Optimizer

SCALES: dict[str, Callable[[float, float], float]] = {
    "triangular": lambda cycle, gamma: 1.0,
    "triangular2": lambda cycle, gamma: 0.5 ** (cycle - 1),
    "exp_range": lambda batch, gamma: gamma**batch,
}


class CyclicLR(Cycle):
    """From base_lr up to max_lr and down again, in a straight line each, over and over.

    lr = base_lr + (max_lr - base_lr) h s, where h goes from 0 to 1 in step_size_up batches and back
    in step_size_down, and s is 1 ("triangular"), 1 / 2^(cycle - 1) ("triangular2") or gamma^batch
    ("exp_range"), with cycles numbered from 1. Momentum is max_momentum - (max_momentum -
    base_momentum) h s.

    Args:
        optimizer: whose rates to set.
        base_lr, max_lr: for all groups, or a list with one for each.
        step_size_up: batches, above 0. step_size_down: batches; None for as many.
        mode: which s. gamma: of "exp_range".
        scale_fn: s of your own, of the cycle or, with scale_mode="iterations", of the batch; mode
            is then ignored.
        cycle_momentum: whether to change momentum too, or beta1 where the optimizer has betas.
        base_momentum, max_momentum: for all groups, or a list with one for each.
        last_epoch: the last batch that was done; -1 begins.

    Raises ArgumentError for options out of their range, and for an optimizer without momentum.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = CyclicLR(optimizer, base_lr=0.0, max_lr=1.0, step_size_up=4)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr()
    [0.25]

    Source: Smith (2017), arXiv:1506.01186; ``torch.optim.lr_scheduler.CyclicLR``.
    """

    base_momentums: Sequence[Rate] = ()
    max_momentums: Sequence[Rate] = ()

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: Rate | Sequence[Rate],
        max_lr: Rate | Sequence[Rate],
        step_size_up: float = 2000,
        step_size_down: float | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8,
        max_momentum: float | Sequence[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        up, down = step_size_up, step_size_up if step_size_down is None else step_size_down
        self._need("step_size_up", up, number(up, 0) and up > 0, "a number above 0")
        self._need("step_size_down", down, number(down, 0), "a number from 0")
        self._need("gamma", gamma, number(gamma), "a finite number")
        if scale_fn is None:
            self._need("mode", mode, mode in SCALES, " or ".join(map(repr, SCALES)))
            scale_mode = "iterations" if mode == "exp_range" else "cycle"
        good = scale_mode in ("cycle", "iterations")
        self._need("scale_mode", scale_mode, good, "'cycle' or 'iterations'")
        lowest = self._numbers(optimizer, "base_lr", base_lr)
        self.max_lrs = self._numbers(optimizer, "max_lr", max_lr)
        self.total_size = float(up + down)
        self.step_ratio = up / self.total_size
        self.mode, self.gamma = mode, gamma
        self._scale_fn_custom, self.scale_mode = scale_fn, scale_mode
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = self._start_momentum(
                optimizer, base_momentum, max_momentum, last_epoch
            )
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, lowest, strict=True):
                put(group, "lr", rate)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def scale_fn(self, x: float) -> float:
        """The s of the formula, of the cycle's or the batch's number."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        return SCALES[self.mode](x, self.gamma)

    def _rates(self) -> Sequence[Rate]:
        cycle = floor(1 + self.last_epoch / self.total_size)
        part = 1 + self.last_epoch / self.total_size - cycle  # of the cycle, from 0 to 1
        top = self.step_ratio
        height = part / top if part <= top else (part - 1) / (top - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        lowest = self._initial
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, bounds, strict=True):
                self._put_momentum(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(lowest, self.max_lrs, strict=True)]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and a plain function of your own."""
        return super().state_dict() | {"_scale_fn_custom": function_state(self._scale_fn_custom)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        scale_fn = self._scale_fn_custom
        super().load_state_dict(state_dict)
        self._scale_fn_custom = scale_fn
        load_function(scale_fn, state_dict.get("_scale_fn_custom"))
