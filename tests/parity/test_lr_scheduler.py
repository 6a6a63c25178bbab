"""Every schedule, with every option, against PyTorch: 120 epochs to 1e-12, each other's state."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
from helpers import to_plugtorch, to_torch
from schedules import (
    CASES,
    DIFFERENT,
    EPOCHS,
    IDS,
    MOMENTA,
    ONE_EACH,
    agree,
    both,
    named,
    swapped,
    walk,
)

import plugtorch


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_every_option(name: str, options: dict[str, Any]) -> None:
    walk(*both(named(name, options)), EPOCHS)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_run_moves_to_pytorch_and_back(name: str, options: dict[str, Any]) -> None:
    make = named(name, options)
    ours, theirs = both(make)
    walk(ours, theirs, 17)
    assert ours.schedule.state_dict().keys() == theirs.schedule.state_dict().keys()
    ours, theirs = swapped(ours, theirs, make)
    walk(ours, theirs, 20)
    walk(*swapped(ours, theirs, make), 40)


OTHERS: dict[str, dict[str, Any]] = {
    # other options, which those of the state must replace
    "StepLR": {"step_size": 2},
    "MultiStepLR": {"milestones": [1]},
    "ConstantLR": {"factor": 0.9, "total_iters": 3},
    "LinearLR": {"start_factor": 0.9, "total_iters": 3},
    "ExponentialLR": {"gamma": 0.2},
    "PolynomialLR": {"total_iters": 2},
    "CosineAnnealingLR": {"T_max": 3},
    "CosineAnnealingWarmRestarts": {"T_0": 3},
    "CyclicLR": {"base_lr": 1.0, "max_lr": 2.0},
    "OneCycleLR": {"max_lr": 5.0, "total_steps": 7},
    "SWALR": {"swa_lr": 3.0, "anneal_epochs": 3},
}


SAVED = [
    i for i, (name, options) in enumerate(CASES) if name in OTHERS and "scale_fn" not in options
]


@pytest.mark.parametrize(
    ("name", "options"), [CASES[i] for i in SAVED], ids=[IDS[i] for i in SAVED]
)
def test_a_state_brings_its_options(name: str, options: dict[str, Any]) -> None:
    ours, theirs = both(named(name, options))
    walk(ours, theirs, 5)
    walk(*swapped(ours, theirs, named(name, OTHERS[name])), 40)


@ONE_EACH
@pytest.mark.parametrize("optimizer", ["Adam", "AdamW", "RMSprop"])
def test_other_optimizers(name: str, optimizer: str) -> None:
    walk(*both(named(name, DIFFERENT[name]), optimizer=optimizer), 50)


@pytest.mark.parametrize("momenta", MOMENTA)
@pytest.mark.parametrize("name", ["CyclicLR", "OneCycleLR"])
def test_betas(name: str, momenta: dict[str, Any]) -> None:
    options = DIFFERENT[name] | momenta
    ours, theirs = both(named(name, options), optimizer="Adam")
    walk(ours, theirs, 50)
    assert len(ours.optimizer.param_groups[0]["betas"]) == 2
    walk(*swapped(ours, theirs, named(name, options), optimizer="Adam"), 50)


@ONE_EACH
def test_rates_that_are_tensors(name: str) -> None:
    ours, theirs = both(named(name, DIFFERENT[name]), tensors=True)
    held = [group["lr"] for group in ours.optimizer.param_groups]
    walk(ours, theirs, 50)
    for group, tensor in zip(ours.optimizer.param_groups, held, strict=True):
        assert group["lr"] is tensor  # written in place: others may hold it
    kept = ours.schedule.get_last_lr()[0]
    was = float(kept)
    ours.optimizer.param_groups[0]["lr"].fill_(7.0)
    assert float(kept) == was  # a copy
    for rates in (ours.schedule.base_lrs, theirs.schedule.base_lrs):
        assert [type(r).__name__ for r in rates] == [
            type(r).__name__ for r in theirs.schedule.base_lrs
        ]


@ONE_EACH
@pytest.mark.parametrize("last", [0, 1, 3, 8, 20])
def test_going_on_after_an_epoch(name: str, last: int) -> None:
    def make(optim: Any, optimizer: Any) -> Any:
        before = named(name, DIFFERENT[name])(optim, optimizer)
        for _ in range(last):
            optimizer.step()
            before.step()
        return named(name, DIFFERENT[name])(optim, optimizer, last_epoch=last)

    walk(*both(make), 40)


@ONE_EACH
def test_a_scheduler_after_another(name: str) -> None:
    """initial_lr stays that of the first."""

    def make(optim: Any, optimizer: Any) -> Any:
        before = optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
        for _ in range(3):
            optimizer.step()
            before.step()
        return named(name, DIFFERENT[name])(optim, optimizer)

    walk(*both(make), 40)


@ONE_EACH
def test_a_group_that_is_added_later(name: str) -> None:
    ours, theirs = both(named(name, DIFFERENT[name]))
    walk(ours, theirs, 5)
    for side, convert in ((ours, to_plugtorch), (theirs, to_torch)):
        side.optimizer.add_param_group({"params": [convert(numpy.ones(3), True)], "lr": 0.7})
    failure: Exception | None = None
    for _ in range(10):
        try:
            theirs.schedule.step()
        except (ValueError, KeyError) as error:
            failure = error
            break
        ours.schedule.step()
        agree(ours, theirs)
    if failure is None:
        return
    before = [group["lr"] for group in ours.optimizer.param_groups]
    with pytest.raises(plugtorch.errors.ArgumentError, match="Add groups"):
        ours.schedule.step()
    assert [group["lr"] for group in ours.optimizer.param_groups] == before


JUMPING = [name for name in DIFFERENT if name != "MultiplicativeLR"]


@pytest.mark.parametrize("name", JUMPING)
@pytest.mark.filterwarnings("ignore:.*epoch:UserWarning")
def test_steps_to_an_epoch(name: str) -> None:
    epochs = [0, 3, 4, 11, 2, 25, 0, 7]
    walk(*both(named(name, DIFFERENT[name])), len(epochs), lambda i: (epochs[i],))


@pytest.mark.parametrize("mult", [1, 2, 3])
def test_warm_restarts_at_fractions_of_epochs(mult: int) -> None:
    make = named("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": mult, "eta_min": 0.01})
    ours, theirs = both(make)
    fractions = [i * 0.37 for i in range(120)]
    walk(ours, theirs, len(fractions), lambda i: (fractions[i],))
    walk(ours, theirs, 30)
