"""Schedules with their options, and how two of the same, here and in PyTorch, are compared."""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any

import numpy
import pytest
import torch
from helpers import to_plugtorch, to_torch

import plugtorch

EPOCHS = 120


def grid(**options: Any) -> list[dict[str, Any]]:
    """Every combination of the options' values."""
    return [
        dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())
    ]


class Curve:
    """A function of the epoch that is an object, so that it is saved."""

    def __init__(self, speed: float) -> None:
        self.speed = speed

    def __call__(self, epoch: float) -> float:
        return 1 / (1 + self.speed * epoch)


MOMENTA: list[dict[str, Any]] = [
    {"cycle_momentum": False},
    {"base_momentum": 0.7, "max_momentum": 0.99},
    {"base_momentum": [0.7, 0.6], "max_momentum": [0.8, 0.95]},
]
CASES: list[tuple[str, dict[str, Any]]] = [
    *[
        (name, options)
        for name, choices in [
            ("LambdaLR", grid(lr_lambda=[lambda e: 0.95**e, Curve(0.1)])),
            ("LambdaLR", [{"lr_lambda": [lambda e: 0.95**e, Curve(0.2)]}]),
            ("MultiplicativeLR", grid(lr_lambda=[lambda e: 0.99, Curve(0.001)])),
            ("MultiplicativeLR", [{"lr_lambda": (lambda e: 1 + math.sin(e) / 9, Curve(0.01))}]),
            ("StepLR", grid(step_size=[1, 7, 30.0], gamma=[0.1, 0.5, 1.1])),
            ("MultiStepLR", grid(milestones=[[], [30, 80], [9, 5, 5, 200], [0, 3]], gamma=[0.3])),
            ("ConstantLR", grid(factor=[1 / 3, 0.5, 1.0, 1], total_iters=[0, 1, 5, 200])),
            ("LinearLR", grid(start_factor=[1 / 3, 1e-3, 1], total_iters=[0, 1, 5, 100, 200])),
            ("LinearLR", grid(start_factor=[0.4], end_factor=[0, 0.1, 0.9], total_iters=[10, 64])),
            ("ExponentialLR", grid(gamma=[0.9, 0.5, 1.01, 1])),
            ("PolynomialLR", grid(total_iters=[0, 1, 5, 100, 200], power=[0, 0.5, 1, 2.5])),
            ("CosineAnnealingLR", grid(T_max=[1, 2, 7, 50, 120, 33.3], eta_min=[0, 0.01, 0.2])),
            (
                "CosineAnnealingWarmRestarts",
                grid(T_0=[1, 2, 10, 50, 200], T_mult=[1, 2, 3], eta_min=[0, 0.01]),
            ),
            (
                "CyclicLR",
                grid(
                    base_lr=[0.01, [0.01, 0.02]],
                    max_lr=[0.2, [0.1, 0.3]],
                    step_size_up=[1, 8],
                    step_size_down=[None, 3],
                    mode=["triangular", "triangular2", "exp_range"],
                    gamma=[0.99],
                ),
            ),
            ("CyclicLR", [{"base_lr": 0.1, "max_lr": 0.4, "step_size_up": 9} | m for m in MOMENTA]),
            (
                "CyclicLR",
                grid(
                    base_lr=[0.1],
                    max_lr=[0.2],
                    step_size_up=[10],
                    scale_fn=[Curve(0.5), lambda x: 0.5 + 0.5 * math.sin(x)],
                    scale_mode=["cycle", "iterations"],
                ),
            ),
            (
                "OneCycleLR",
                grid(
                    max_lr=[0.3, [0.1, 0.2]],
                    total_steps=[EPOCHS],
                    pct_start=[0.3, 0.25, 0.0, 0.5],
                    anneal_strategy=["cos", "linear"],
                    three_phase=[False, True],
                ),
            ),
            (
                "OneCycleLR",
                [{"max_lr": 0.4, "epochs": 13, "steps_per_epoch": 10} | m for m in MOMENTA],
            ),
            (
                "OneCycleLR",
                grid(max_lr=[1], total_steps=[200], div_factor=[5], final_div_factor=[9]),
            ),
            (
                "SWALR",
                grid(
                    swa_lr=[0.05, [0.02, 0.9]],
                    anneal_epochs=[0, 1, 10, 200],
                    anneal_strategy=["cos", "linear"],
                ),
            ),
        ]
        for options in choices
    ],
    *[(name, {}) for name in ("ConstantLR", "LinearLR", "PolynomialLR")],
]


def described(case: tuple[str, dict[str, Any]]) -> str:
    name, options = case
    return f"{name}-{'-'.join(f'{k}={_shown(v)}' for k, v in options.items())}"


def _shown(value: object) -> object:
    """A value without addresses: the processes that share the tests must agree on their names."""
    if callable(value) or isinstance(value, tuple):
        return "f"
    return [_shown(v) for v in value] if isinstance(value, list) else value


IDS = [f"{i}-{described(case)}" for i, case in enumerate(CASES)]


# -- one of each kind ---------------------------------------------------------------------------

DIFFERENT = {  # what each kind of schedule does with tensors, groups and jumps: one case of each
    name: next(options for n, options in CASES if n == name and options) for name, _ in CASES
} | {
    "MultiStepLR": {"milestones": [3, 9, 9], "gamma": 0.3},
    "ConstantLR": {"factor": 0.25, "total_iters": 9},
    "LinearLR": {"start_factor": 0.25, "total_iters": 9},
    "PolynomialLR": {"total_iters": 9, "power": 2},
    "CosineAnnealingLR": {"T_max": 7, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 7, "T_mult": 2, "eta_min": 0.01},
    "SWALR": {"swa_lr": 0.02, "anneal_epochs": 9},
}
ONE_EACH = pytest.mark.parametrize("name", DIFFERENT)


# -- comparing -----------------------------------------------------------------------------------


class Side:
    """One library's optimizer, of two groups, and its schedule."""

    def __init__(
        self,
        library: Any,
        make: Any,
        optimizer: str = "SGD",
        tensors: bool = False,
        rates: tuple[float, ...] = (0.1, 0.3),
    ) -> None:
        convert = to_plugtorch if library is plugtorch else to_torch

        def rate(value: float) -> Any:
            return convert(numpy.asarray(value)) if tensors else value

        self.library = library
        groups = [{"params": [convert(numpy.ones(2), True)], "lr": rate(r)} for r in rates]
        options = {"momentum": 0.5} if optimizer == "SGD" else {}
        self.optimizer = getattr(library.optim, optimizer)(groups, lr=rate(rates[0]), **options)
        self.schedule = make(library.optim, self.optimizer)

    def step(self, *args: Any) -> None:
        self.optimizer.step()
        self.schedule.step(*args)

    @property
    def seen(self) -> list[Any]:
        """All numbers that a schedule may change."""
        keys = ("lr", "initial_lr", "momentum", "betas", "max_lr", "min_lr", "swa_lr")
        keys += ("max_momentum", "base_momentum")
        found = [
            group[key] for group in self.optimizer.param_groups for key in keys if key in group
        ]
        flat = [x for v in found for x in (v if isinstance(v, tuple) else (v,))]
        return [float(x) for x in (*flat, *self.schedule.get_last_lr())]


def both(make: Any, **how: Any) -> tuple[Side, Side]:
    ours, theirs = Side(plugtorch, make, **how), Side(torch, make, **how)
    return ours, theirs


def named(name: str, options: dict[str, Any]) -> Any:
    def make(optim: Any, optimizer: Any, **more: Any) -> Any:
        space = optim.swa_utils if name == "SWALR" else optim.lr_scheduler
        return getattr(space, name)(optimizer, **copy.deepcopy(options), **more)

    return make


def agree(ours: Side, theirs: Side) -> None:
    same([ours.seen], [theirs.seen])
    epochs = [getattr(side.schedule, "last_epoch", None) for side in (ours, theirs)]
    assert epochs[0] == epochs[1]
    kinds = [type(group["lr"]).__name__ for group in theirs.optimizer.param_groups]
    assert [type(group["lr"]).__name__ for group in ours.optimizer.param_groups] == kinds


def same(ours: list[list[float]], theirs: list[list[float]]) -> None:
    # what is left of a rate that goes to 0 is rounding, of the size of the rate it came from
    numpy.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-15)


def walk(ours: Side, theirs: Side, epochs: int, arguments: Any = None) -> None:
    agree(ours, theirs)
    found: tuple[list[Any], list[Any]] = ([], [])
    for epoch in range(epochs):
        for side, seen in zip((ours, theirs), found, strict=True):
            side.step(*(arguments(epoch) if arguments else ()))
            seen.append(side.seen)
    same(*found)
    agree(ours, theirs)


def as_state(value: Any, convert: Any) -> Any:
    """A state_dict with its tensors brought to the other library."""
    if isinstance(value, (plugtorch.Tensor, torch.Tensor)):
        return convert(value.numpy())
    if isinstance(value, dict):
        return type(value)({k: as_state(v, convert) for k, v in value.items()})
    if isinstance(value, list):
        return [as_state(v, convert) for v in value]
    return value


def swapped(ours: Side, theirs: Side, make: Any, **how: Any) -> tuple[Side, Side]:
    """Two fresh ones, each with the state that the other library has saved."""
    fresh_ours, fresh_theirs = both(make, **how)
    for fresh, old, convert in (
        (fresh_ours, theirs, to_plugtorch),
        (fresh_theirs, ours, to_torch),
    ):
        fresh.optimizer.load_state_dict(as_state(old.optimizer.state_dict(), convert))
        fresh.schedule.load_state_dict(as_state(copy.deepcopy(old.schedule.state_dict()), convert))
    return fresh_ours, fresh_theirs
