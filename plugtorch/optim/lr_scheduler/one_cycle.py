"""One way up and one down for a whole training, and momentum the other way: OneCycleLR."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.optim.lr_scheduler.cycle import ANNEAL, Cycle
from plugtorch.optim.lr_scheduler.values import Rate, number, own, whole
from plugtorch.optimizer import Optimizer


class OneCycleLR(Cycle):
    """Up from max_lr / div_factor to max_lr, then down to max_lr / (div_factor final_div_factor).

    Once. Going up takes pct_start of the batches. With three_phase going down takes as many, back
    to where it began, and the rest of the batches the last bit. Momentum goes the other way, from
    max_momentum to base_momentum and back.

    Args:
        optimizer: whose rates to set.
        max_lr: for all groups, or a list with one for each.
        total_steps: batches; if None, epochs times steps_per_epoch.
        pct_start: from 0 to 1.
        anneal_strategy: "cos" for half a cosine, "linear" for a straight line.
        cycle_momentum: whether to change momentum too, or beta1 where the optimizer has betas.
        base_momentum, max_momentum: for all groups, or a list with one for each.
        div_factor, final_div_factor: above 0.
        three_phase: see above.
        last_epoch: the last batch that was done; -1 begins.

    Raises ArgumentError for options out of their range, for an optimizer without momentum, and for
    a step after the last.

    >>> import plugtorch
    >>> optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    >>> scheduler = OneCycleLR(optimizer, max_lr=1.0, total_steps=10, div_factor=4)
    >>> scheduler.get_last_lr()
    [0.25]
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr(), optimizer.param_groups[0]["momentum"]
    ([0.625], 0.899...)

    Source: Smith and Topin (2018), arXiv:1708.07120; ``torch.optim.lr_scheduler.OneCycleLR``.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: Rate | Sequence[Rate],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.total_steps = self._total(total_steps, epochs, steps_per_epoch)
        self._need("pct_start", pct_start, number(pct_start, 0, 1), "a number from 0 to 1")
        good = anneal_strategy in ANNEAL
        self._need("anneal_strategy", anneal_strategy, good, "'cos' or 'linear'")
        for option, value in (("div_factor", div_factor), ("final_div_factor", final_div_factor)):
            self._need(option, value, number(value, 0) and value > 0, "a number above 0")
        self._anneal_func_type = anneal_strategy
        self._schedule_phases = phases(self.total_steps, pct_start, three_phase)
        highest = self._numbers(optimizer, "max_lr", max_lr)
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self._start_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        if last_epoch == -1:
            for group, high in zip(optimizer.param_groups, highest, strict=True):
                group["initial_lr"] = high / div_factor
                group["max_lr"] = own(high)
                group["min_lr"] = group["initial_lr"] / final_div_factor
        super().__init__(optimizer, last_epoch)

    def _total(self, total: int | None, epochs: int | None, per_epoch: int | None) -> int:
        named = [("epochs", epochs), ("steps_per_epoch", per_epoch)]
        if total is not None:
            named = [("total_steps", total)]
        elif epochs is None or per_epoch is None:
            raise ArgumentError(
                f"[{type(self).__name__}] the number of batches is not known. "
                "Give total_steps, or epochs and steps_per_epoch."
            )
        product = 1
        for option, value in named:
            self._need(option, value, whole(value, 1), "a whole number of at least 1")
            product *= int(value)  # type: ignore[arg-type]  # None is refused above
        return product

    def _rates(self) -> Sequence[Rate]:
        now = self.last_epoch
        if now > self.total_steps:
            raise ArgumentError(
                f"[{type(self).__name__}] this is step {now}, of {self.total_steps} in all. "
                "Make the cycle longer, or stop stepping."
            )
        begin: float = 0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if now <= end or phase is self._schedule_phases[-1]:
                break
            begin = end
        part = (now - begin) / (end - begin) if end != begin else 1.0  # of the phase
        anneal = ANNEAL[self._anneal_func_type]
        ends = zip(self._each(phase["start_lr"]), self._each(phase["end_lr"]), strict=True)
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                start, stop = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._put_momentum(group, anneal(start, stop, part))
        return [anneal(start, stop, part) for start, stop in ends]


def phases(total: int, part: float, three: bool) -> list[dict[str, Any]]:
    """When each phase ends, and between which of a group's values it goes. PyTorch's structure."""
    rates = ["initial_lr", "max_lr", *["initial_lr"] * three, "min_lr"]
    momenta = ["max_momentum", "base_momentum", *["max_momentum"] * three, "max_momentum"]
    ends = [part * total - 1, *[2 * part * total - 2] * three, total - 1]
    return [
        {
            "end_step": end,
            "start_lr": start_lr,
            "end_lr": end_lr,
            "start_momentum": start_momentum,
            "end_momentum": end_momentum,
        }
        for end, (start_lr, end_lr), (start_momentum, end_momentum) in zip(
            ends, pairwise(rates), pairwise(momenta), strict=True
        )
    ]
