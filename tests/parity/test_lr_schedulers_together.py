"""Schedules that work together, that follow a figure, and that others wrote, against PyTorch."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy
import pytest
import torch
from helpers import to_plugtorch, to_torch
from schedules import DIFFERENT, EPOCHS, agree, both, grid, named, swapped, walk

import plugtorch


def sequential(optim: Any, optimizer: Any, kind: str = "plain") -> Any:
    s = optim.lr_scheduler
    if kind == "plain":
        parts = [s.LinearLR(optimizer, 0.1, total_iters=5), s.CosineAnnealingLR(optimizer, 20)]
        return s.SequentialLR(optimizer, parts, [5])
    if kind == "all":
        parts = [
            s.ConstantLR(optimizer, 0.5, total_iters=3),
            s.ExponentialLR(optimizer, 0.8),
            s.StepLR(optimizer, 3),
            s.MultiStepLR(optimizer, [1, 3]),
            s.PolynomialLR(optimizer, 4),
            s.LambdaLR(optimizer, lambda e: 1 / (1 + e)),
            s.MultiplicativeLR(optimizer, lambda e: 0.9),
            s.CosineAnnealingWarmRestarts(optimizer, 3),
            s.CyclicLR(optimizer, 0.01, 0.1, step_size_up=2),
            s.LinearLR(optimizer),
        ]
        return s.SequentialLR(optimizer, parts, [4, 8, 14, 20, 26, 31, 35, 42, 50])
    if kind == "empty phases":
        parts = [s.ExponentialLR(optimizer, g) for g in (0.5, 0.6, 0.7)]
        return s.SequentialLR(optimizer, parts, [0, 3])
    if kind == "restarts first":
        parts = [s.CosineAnnealingWarmRestarts(optimizer, 3), s.ConstantLR(optimizer, 0.1, 4)]
        return s.SequentialLR(optimizer, parts, [10])
    if kind == "one cycle":
        parts = [s.LinearLR(optimizer), s.OneCycleLR(optimizer, 0.5, total_steps=200)]
        return s.SequentialLR(optimizer, parts, [10])
    if kind == "averaging":
        parts = [s.ExponentialLR(optimizer, 0.9), optim.swa_utils.SWALR(optimizer, 0.05, 5)]
        return s.SequentialLR(optimizer, parts, [10])
    if kind == "chained first":
        chained = s.ChainedScheduler([s.LinearLR(optimizer), s.StepLR(optimizer, 2)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch takes its own first step for the user's
            return s.SequentialLR(optimizer, [chained, s.StepLR(optimizer, 3)], [10])
    parts = [s.LinearLR(optimizer, 0.1, total_iters=5), s.ExponentialLR(optimizer, 0.9)]
    return s.SequentialLR(optimizer, parts, [9], last_epoch=3)


SEQUENCES = ["plain", "all", "empty phases", "restarts first", "one cycle", "averaging"]
SEQUENCES += ["chained first", "resumed"]


@pytest.mark.parametrize("tensors", [False, True])
@pytest.mark.parametrize("kind", SEQUENCES)
def test_one_after_the_other(kind: str, tensors: bool) -> None:
    def make(optim: Any, optimizer: Any) -> Any:
        return sequential(optim, optimizer, kind)

    ours, theirs = both(make, tensors=tensors)
    walk(ours, theirs, 25)
    ours, theirs = swapped(ours, theirs, make, tensors=tensors)
    walk(ours, theirs, 80)


@pytest.mark.parametrize("tensors", [False, True])
def test_all_at_once(tensors: bool) -> None:
    def make(optim: Any, optimizer: Any) -> Any:
        s = optim.lr_scheduler
        parts = [
            s.ConstantLR(optimizer, 0.1, total_iters=4),
            s.LinearLR(optimizer, 0.5, total_iters=7),
            s.ExponentialLR(optimizer, 0.99),
            s.StepLR(optimizer, 5, 0.9),
            s.MultiStepLR(optimizer, [3, 40]),
            s.MultiplicativeLR(optimizer, lambda e: 1.001),
            s.CosineAnnealingLR(optimizer, 11, eta_min=1e-3),
            s.PolynomialLR(optimizer, 200),
        ]
        return s.ChainedScheduler(parts, optimizer=optimizer)

    ours, theirs = both(make, tensors=tensors)
    walk(ours, theirs, 30)
    walk(*swapped(ours, theirs, make, tensors=tensors), 90)


@pytest.mark.parametrize("outer", ["StepLR", "CosineAnnealingLR", "LinearLR"])
def test_two_that_know_nothing_of_each_other(outer: str) -> None:
    def make(optim: Any, optimizer: Any) -> Any:
        first = optim.lr_scheduler.ExponentialLR(optimizer, 0.97)
        second = named(outer, DIFFERENT[outer])(optim, optimizer)

        def step() -> None:
            first.step()
            type(second).step(second)

        second.step = step
        return second

    walk(*both(make), 60)


# -- by a figure -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tensors", [False, True])
@pytest.mark.parametrize(
    "options",
    [
        {},
        *grid(
            mode=["min", "max"],
            factor=[0.5],
            patience=[0, 3],
            threshold=[0.05],
            threshold_mode=["rel", "abs"],
            cooldown=[0, 2],
        ),
        *grid(factor=[0.0, 0.3], patience=[1], min_lr=[0.02, [0.01, 0.05]], eps=[1e-8, 0.02]),
    ],
)
def test_plateaus(options: dict[str, Any], tensors: bool) -> None:
    random = numpy.random.default_rng(3)
    figures = [float(x) for x in 2 + random.normal(size=EPOCHS) - numpy.arange(EPOCHS) / 40]
    figures[20], figures[33] = math.nan, math.inf
    make = named("ReduceLROnPlateau", options)
    ours, theirs = both(make, tensors=tensors)
    walk(ours, theirs, 60, lambda i: (figures[i],))
    assert ours.schedule.state_dict().keys() == theirs.schedule.state_dict().keys()
    ours, theirs = swapped(ours, theirs, make, tensors=tensors)
    walk(ours, theirs, 60, lambda i: (figures[60 + i],))
    for key, value in theirs.schedule.state_dict().items():
        if key != "_last_lr":
            assert ours.schedule.state_dict()[key] == pytest.approx(value, nan_ok=True)
    assert ours.schedule.in_cooldown == theirs.schedule.in_cooldown


def test_a_plateau_takes_tensors_and_added_groups() -> None:
    make = named("ReduceLROnPlateau", {"patience": 0, "factor": 0.5})
    ours, theirs = both(make)
    ours.schedule.step(plugtorch.tensor([2.0]))
    theirs.schedule.step(torch.tensor([2.0]))
    for side, convert in ((ours, to_plugtorch), (theirs, to_torch)):
        side.optimizer.add_param_group({"params": [convert(numpy.ones(3), True)], "lr": 0.7})
    walk_from = [(2.0,), (2.0,), (1.0,), (3.0,)]
    for extra in walk_from:
        ours.step(*extra)
        theirs.step(*extra)
        agree(ours, theirs)
    lists = named("ReduceLROnPlateau", {"patience": 0, "min_lr": [0.0, 0.1]})
    ours, theirs = both(lists)
    for side, convert in ((ours, to_plugtorch), (theirs, to_torch)):
        side.optimizer.add_param_group({"params": [convert(numpy.ones(3), True)], "lr": 0.7})
        side.step(1.0)
        with pytest.raises(RuntimeError):
            side.step(1.0)


# -- schedules of others ---------------------------------------------------------------------------


def test_a_schedule_written_for_pytorch() -> None:
    """As many are: with a closed form, a look at the private flag, and super().get_lr()."""

    def warm_up(base: Any) -> Any:
        class WarmUp(base.CosineAnnealingLR):  # type: ignore[misc, name-defined]
            def __init__(self, optimizer: Any, warm: int, T_max: int) -> None:  # noqa: N803
                self.warm = warm
                super().__init__(optimizer, T_max)

            def get_lr(self) -> Any:
                if not self._get_lr_called_within_step:
                    warnings.warn("use get_last_lr", UserWarning, stacklevel=2)
                if self.last_epoch < self.warm:
                    return [b * (self.last_epoch + 1) / (self.warm + 1) for b in self.base_lrs]
                if self.last_epoch == self.warm:
                    return list(self.base_lrs)
                return super().get_lr()

        return WarmUp

    class Plain:
        @staticmethod
        def make(optim: Any, optimizer: Any) -> Any:
            return warm_up(optim.lr_scheduler)(optimizer, 5, 30)

    walk(*both(Plain.make), 60)


def test_a_schedule_with_a_step_of_its_own() -> None:
    def make(optim: Any, optimizer: Any) -> Any:
        class Wrapper(optim.lr_scheduler._LRScheduler):  # type: ignore[misc, name-defined]
            def __init__(self, optimizer: Any, after: Any) -> None:
                self.after = after
                super().__init__(optimizer)

            def get_lr(self) -> Any:
                return [b * min(1, (self.last_epoch + 1) / 4) for b in self.base_lrs]

            def step(self, epoch: int | None = None) -> None:
                if self.last_epoch >= 4:
                    self.after.step()
                    self._last_lr = self.after.get_last_lr()
                    self.last_epoch += 1
                else:
                    super().step(epoch)

        return Wrapper(optimizer, optim.lr_scheduler.ExponentialLR(optimizer, 0.9))

    walk(*both(make), 20)
