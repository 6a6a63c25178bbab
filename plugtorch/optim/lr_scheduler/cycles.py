"""Rates that go up and down, and momentum the other way: CyclicLR, OneCycleLR."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import cos, floor, pi
from typing import Any

from plugtorch.errors import ArgumentError
from plugtorch.optim.lr_scheduler.functions import function_state, load_function
from plugtorch.optim.lr_scheduler.scheduler import LRScheduler, Rate, number, own, put, whole
from plugtorch.optimizer import Optimizer


def cosine(start: Rate, end: Rate, part: float) -> Rate:
    """From start to end, as part goes from 0 to 1, on half a cosine."""
    return end + (start - end) / 2 * (1 + cos(pi * part))


def linear(start: Rate, end: Rate, part: float) -> Rate:
    """From start to end, as part goes from 0 to 1, on a straight line."""
    return start + (end - start) * part


ANNEAL: dict[str, Callable[[Rate, Rate, float], Rate]] = {"cos": cosine, "linear": linear}


class Cycle(LRScheduler):
    """The part of both that is about momentum, or beta1 where the optimizer has that."""

    cycle_momentum: bool
    use_beta1: bool

    def _start_momentum(
        self, optimizer: Optimizer, base: Any, most: Any, last_epoch: int
    ) -> tuple[list[Rate], list[Rate]]:
        """The lowest and highest momentum of each group, now at its highest."""
        if not {"momentum", "betas"} & optimizer.defaults.keys():
            raise ArgumentError(
                f"[{type(self).__name__}] {type(optimizer).__name__} has neither momentum nor "
                "betas, needed to cycle it. Pass cycle_momentum=False."
            )
        self.use_beta1 = "betas" in optimizer.defaults
        highest = self._numbers(optimizer, "max_momentum", most)
        lowest = self._numbers(optimizer, "base_momentum", base)
        if last_epoch == -1:
            for group, low, high in zip(optimizer.param_groups, lowest, highest, strict=True):
                self._put_momentum(group, high)
                group["max_momentum"], group["base_momentum"] = high, low
        return lowest, highest

    def _put_momentum(self, group: dict[str, Any], momentum: Rate) -> None:
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


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

    def rates(self) -> Sequence[Rate]:
        cycle = floor(1 + self.last_epoch / self.total_size)
        part = 1 + self.last_epoch / self.total_size - cycle  # of the cycle, from 0 to 1
        top = self.step_ratio
        height = part / top if part <= top else (part - 1) / (top - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if len(self.max_lrs) != len(self.optimizer.param_groups):
            raise self._misfit("max_lr", len(self.max_lrs))
        if self.cycle_momentum:
            bounds = zip(self.base_momentums, self.max_momentums, strict=True)
            for group, (low, high) in zip(self.optimizer.param_groups, bounds, strict=True):
                self._put_momentum(group, high - (high - low) * height)
        return [
            low + (high - low) * height
            for low, high in zip(self.initial, self.max_lrs, strict=True)
        ]

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and a plain function of your own."""
        return super().state_dict() | {"_scale_fn_custom": function_state(self._scale_fn_custom)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Take over what ``state_dict`` gave."""
        scale_fn = self._scale_fn_custom
        super().load_state_dict(state_dict)
        self._scale_fn_custom = scale_fn
        load_function(scale_fn, state_dict.get("_scale_fn_custom"))


SCALES: dict[str, Callable[[float, float], float]] = {
    "triangular": lambda cycle, gamma: 1.0,
    "triangular2": lambda cycle, gamma: 0.5 ** (cycle - 1),
    "exp_range": lambda batch, gamma: gamma**batch,
}


class OneCycleLR(Cycle):
    """Once up from max_lr / div_factor to max_lr, then down to that / (div_factor final_div_factor).

    Going up takes pct_start of the batches. With three_phase going down takes as many, back to
    where it began, and the rest of the batches the last bit. Momentum goes the other way, from
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

    def rates(self) -> Sequence[Rate]:
        now = self.last_epoch
        if now > self.total_steps:
            raise ArgumentError(
                f"[{type(self).__name__}] this is step {now}, of {self.total_steps} in all. "
                "Make the cycle longer, or stop stepping."
            )
        groups = self.optimizer.param_groups
        known = sum("max_lr" in group for group in groups)
        if known != len(groups):
            raise self._misfit("max_lr", known)
        begin: float = 0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if now <= end or phase is self._schedule_phases[-1]:
                break
            begin = end
        part = (now - begin) / (end - begin) if end != begin else 1.0  # of the phase
        anneal = ANNEAL[self._anneal_func_type]
        if self.cycle_momentum:
            for group in groups:
                start, stop = group[phase["start_momentum"]], group[phase["end_momentum"]]
                self._put_momentum(group, anneal(start, stop, part))
        return [anneal(group[phase["start_lr"]], group[phase["end_lr"]], part) for group in groups]


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
