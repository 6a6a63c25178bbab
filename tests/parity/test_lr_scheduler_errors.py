"""What schedules warn of and refuse, against PyTorch."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import numpy
import pytest
import torch
from schedules import DIFFERENT, ONE_EACH, Side, both, described, named, walk

import plugtorch


def warned(function: Any) -> list[type[Warning]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        function()
    return [w.category for w in caught]


@ONE_EACH
def test_warnings(name: str) -> None:
    def too_early(side: Side) -> list[Any]:
        early = warned(side.schedule.step)
        again = warned(side.schedule.step)
        side.optimizer.step()
        return [early, again, warned(side.schedule.step)]

    ours, theirs = both(named(name, DIFFERENT[name]))
    assert too_early(ours) == too_early(theirs)
    jumps = (lambda: theirs.schedule.step(3)), (lambda: ours.schedule.step(3))
    assert warned(jumps[1]) == warned(jumps[0])
    assert warned(ours.schedule.get_lr) == warned(theirs.schedule.get_lr) == [UserWarning]


@pytest.mark.parametrize("name", ["StepLR", "CosineAnnealingLR", "ConstantLR"])
def test_get_lr_from_outside(name: str) -> None:
    ours, theirs = both(named(name, DIFFERENT[name]))
    for _ in range(12):
        ours.step()
        theirs.step()
        with pytest.warns(UserWarning, match="get_last_lr"):
            mine = ours.schedule.get_lr()
        with pytest.warns(UserWarning, match="get_last_lr"):
            numpy.testing.assert_allclose(mine, theirs.schedule.get_lr(), rtol=1e-12)


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("LambdaLR", {"lr_lambda": [lambda e: 1]}),
    ("MultiplicativeLR", {"lr_lambda": [lambda e: 1] * 3}),
    ("MultiplicativeLR", {"lr_lambda": 3}),
    ("ConstantLR", {"factor": 1.1}),
    ("ConstantLR", {"factor": -0.1}),
    ("LinearLR", {"start_factor": 0}),
    ("LinearLR", {"start_factor": 1.1}),
    ("LinearLR", {"end_factor": 1.1}),
    ("LinearLR", {"end_factor": -0.1}),
    ("CosineAnnealingWarmRestarts", {"T_0": 0}),
    ("CosineAnnealingWarmRestarts", {"T_0": 2.5}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 0}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "T_mult": 1.5}),
    ("CosineAnnealingWarmRestarts", {"T_0": 3, "eta_min": "0"}),
    ("OneCycleLR", {"max_lr": 1.0}),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 3}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 0}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 2.5}),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": -3, "steps_per_epoch": 3}),
    ("OneCycleLR", {"max_lr": 1.0, "epochs": 3, "steps_per_epoch": 0}),
    ("OneCycleLR", {"max_lr": [1.0], "total_steps": 9}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "pct_start": 1.5}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "anneal_strategy": "sin"}),
    ("OneCycleLR", {"max_lr": 1.0, "total_steps": 9, "max_momentum": [1.0]}),
    ("CyclicLR", {"base_lr": [0.1], "max_lr": 1.0}),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": [1.0]}),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "mode": "square"}),
    ("CyclicLR", {"base_lr": 0.1, "max_lr": 1.0, "base_momentum": [0.1]}),
    ("ReduceLROnPlateau", {"factor": 1.0}),
    ("ReduceLROnPlateau", {"mode": "least"}),
    ("ReduceLROnPlateau", {"threshold_mode": "both"}),
    ("ReduceLROnPlateau", {"min_lr": [0.1]}),
    ("SWALR", {"swa_lr": [0.1]}),
    ("SWALR", {"swa_lr": 0.1, "anneal_strategy": "sin"}),
    ("SWALR", {"swa_lr": 0.1, "anneal_epochs": -1}),
    ("SWALR", {"swa_lr": 0.1, "anneal_epochs": 2.5}),
]


@pytest.mark.parametrize(("name", "options"), REFUSED, ids=map(described, REFUSED))
def test_what_pytorch_refuses(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(Exception) as theirs:  # noqa: PT011 - whichever it is
        Side(torch, named(name, options))
    with pytest.raises(theirs.type, match=rf"\[{name}\]"):
        Side(plugtorch, named(name, options))


@ONE_EACH
def test_what_is_no_optimizer(name: str) -> None:
    make = named(name, DIFFERENT[name])
    for optim in (plugtorch.optim, torch.optim):
        with pytest.raises((TypeError, AttributeError)):
            make(optim, object())


def test_momentum_that_the_optimizer_does_not_have() -> None:
    for name in ("CyclicLR", "OneCycleLR"):
        for library in (plugtorch, torch):
            with pytest.raises(ValueError, match="cycle"):
                Side(library, named(name, DIFFERENT[name]), optimizer="Adagrad")


def test_a_step_after_the_last() -> None:
    ours, theirs = both(named("OneCycleLR", {"max_lr": 1.0, "total_steps": 5}))
    walk(ours, theirs, 5)
    before = ours.seen
    for side in (ours, theirs):
        with pytest.raises(ValueError, match="6"):
            side.step()
    assert ours.seen == before


def test_signatures() -> None:
    """The options that PyTorch takes, in its order, with its defaults."""
    names = [n for n in torch.optim.lr_scheduler.__all__ if n != "LRScheduler"]
    assert set(names) < set(plugtorch.optim.lr_scheduler.__all__)
    for name in names:
        ours = inspect.signature(getattr(plugtorch.optim.lr_scheduler, name)).parameters
        theirs = inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters
        assert list(ours) == list(theirs)
        for option, parameter in theirs.items():
            assert ours[option].default == parameter.default
