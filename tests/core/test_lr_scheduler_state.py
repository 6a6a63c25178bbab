"""Schedules: saving and going on, what they keep of the optimizer, and what they warn of."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import Any

import pytest

import plugtorch
from plugtorch.errors import StateError
from plugtorch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    OneCycleLR,
    PolynomialLR,
    ReduceLROnPlateau,
    SequentialLR,
    StepLR,
)
from plugtorch.optim.swa_utils import SWALR


def optimizer_of(*rates: float, name: str = "SGD") -> Any:
    groups = [{"params": [plugtorch.ones(2, requires_grad=True)], "lr": r} for r in rates or (1.0,)]
    return getattr(plugtorch.optim, name)(groups)


# -- saving ----------------------------------------------------------------------------------------


class Curve:
    def __init__(self, speed: float) -> None:
        self.speed = speed

    def __call__(self, epoch: float) -> float:
        return 1 / (1 + self.speed * epoch)


SAVED: list[Any] = [
    lambda o: LambdaLR(o, Curve(0.5)),
    lambda o: MultiplicativeLR(o, [lambda e: 0.9, Curve(0.5)]),
    lambda o: StepLR(o, 3),
    lambda o: MultiStepLR(o, [2, 7, 7]),
    lambda o: ConstantLR(o, 0.5, 8),
    lambda o: LinearLR(o, 0.5, total_iters=9),
    lambda o: ExponentialLR(o, 0.9),
    lambda o: PolynomialLR(o, 9, 2),
    lambda o: CosineAnnealingLR(o, 4),
    lambda o: CosineAnnealingWarmRestarts(o, 2, 2),
    lambda o: CyclicLR(o, 0.1, 1.0, 3, scale_fn=Curve(0.5)),
    lambda o: OneCycleLR(o, 1.0, 30, three_phase=True),
    lambda o: ReduceLROnPlateau(o, patience=1, cooldown=1),
    lambda o: SWALR(o, 0.5),
    lambda o: SequentialLR(o, [LinearLR(o, 0.1), MultiStepLR(o, [4])], [4]),
    lambda o: ChainedScheduler([LinearLR(o, 0.1), MultiStepLR(o, [4])]),
]


def walk(scheduler: Any, epochs: int) -> list[list[float]]:
    found = []
    for _ in range(epochs):
        scheduler.optimizer.step()
        scheduler.step(*([1.0] if isinstance(scheduler, ReduceLROnPlateau) else []))
        groups = scheduler.optimizer.param_groups
        found.append([*scheduler.get_last_lr(), *(g["momentum"] for g in groups)])
    return found


@pytest.mark.parametrize("make", SAVED)
def test_a_file_goes_on_as_if_nothing_had_been(make: Any, tmp_path: Any) -> None:
    scheduler = make(optimizer_of(1.0, 0.5))
    walk(scheduler, 6)
    state = {"optimizer": scheduler.optimizer.state_dict(), "scheduler": scheduler.state_dict()}
    plugtorch.save(state, tmp_path / "checkpoint")
    expected = walk(scheduler, 12)
    again = make(optimizer_of(7.0, 7.0))
    saved = plugtorch.load(tmp_path / "checkpoint")
    untouched = copy.deepcopy(saved)
    again.optimizer.load_state_dict(saved["optimizer"])
    again.load_state_dict(saved["scheduler"])
    assert saved == untouched
    assert walk(again, 12) == expected


@pytest.mark.parametrize("make", [m for m in SAVED if m is not SAVED[1]])
def test_copies_and_pickles(make: Any) -> None:
    scheduler = make(optimizer_of(1.0, 0.5))
    copied = copy.deepcopy(scheduler)
    assert copied.optimizer is not scheduler.optimizer
    unpickled = pickle.loads(pickle.dumps(scheduler))  # noqa: S301
    expected = walk(scheduler, 9)
    assert walk(copied, 9) == expected
    assert walk(unpickled, 9) == expected


def test_objects_that_are_called_are_saved_and_functions_not() -> None:
    state = MultiplicativeLR(optimizer_of(1.0, 1.0), [lambda e: 1.0, Curve(3.0)]).state_dict()
    assert state["lr_lambdas"] == [None, {"speed": 3.0}]
    curve = Curve(9.0)
    MultiplicativeLR(optimizer_of(1.0, 1.0), [lambda e: 2.0, curve]).load_state_dict(state)
    assert curve.speed == 3.0
    state = CyclicLR(optimizer_of(), 0.1, 1.0, scale_fn=Curve(4.0)).state_dict()
    CyclicLR(optimizer_of(), 0.1, 1.0, scale_fn=curve).load_state_dict(state)
    assert curve.speed == 4.0
    assert state["_scale_fn_custom"] == {"speed": 4.0}


@pytest.mark.parametrize("make", [StepLR, ExponentialLR, CosineAnnealingLR])
def test_the_state_of_another_scheduler(make: Any) -> None:
    scheduler = make(optimizer_of(), 0.5 if make is ExponentialLR else 3)
    before = copy.deepcopy(scheduler.state_dict())
    for state in (LinearLR(optimizer_of()).state_dict(), {}, SequentialLRState):
        with pytest.raises(StateError, match=rf"\[{make.__name__}\] the state has no"):
            scheduler.load_state_dict(state)
        assert scheduler.state_dict() == before


SequentialLRState: dict[str, Any] = {"last_epoch": 3, "_schedulers": [], "_milestones": []}


def test_the_state_of_other_groups() -> None:
    scheduler = LambdaLR(optimizer_of(), Curve(1.0))
    with pytest.raises(StateError, match="2 functions"):
        scheduler.load_state_dict(LambdaLR(optimizer_of(1.0, 1.0), Curve(1.0)).state_dict())
    optimizer = optimizer_of()
    several = ChainedScheduler([StepLR(optimizer, 3), LinearLR(optimizer)])
    with pytest.raises(StateError, match="0 schedulers"):
        several.load_state_dict(SequentialLRState)
    before = copy.deepcopy(several.state_dict())
    swapped = {**before, "_schedulers": before["_schedulers"][::-1]}
    with pytest.raises(StateError, match=r"\[StepLR\]"):
        several.load_state_dict(swapped)
    assert several.state_dict() == before


# -- warnings --------------------------------------------------------------------------------------


def test_a_step_before_the_optimizers() -> None:
    optimizer = optimizer_of()
    scheduler = StepLR(optimizer, 3)
    with pytest.warns(UserWarning, match="Call optimizer.step"):
        scheduler.step()
    scheduler.step()  # once is enough

    optimizer = optimizer_of()
    first, second = StepLR(optimizer, 3), LinearLR(optimizer)
    optimizer.step()
    first.step()
    second.step()
    StepLR(optimizer, 3).step()  # it was stepped already


def test_an_optimizer_written_pytorchs_way_is_watched_too() -> None:
    class Plain(plugtorch.Optimizer):
        def __init__(self, params: Any, lr: float) -> None:
            super().__init__(params, {"lr": lr})

        def step(self, closure: Any = None) -> Any:
            return "stepped"

    optimizer = Plain([plugtorch.ones(1, requires_grad=True)], lr=1.0)
    scheduler = StepLR(optimizer, 3)
    assert optimizer.step() == "stepped"
    scheduler.step()


def test_watching_keeps_nothing_alive() -> None:
    gc.disable()
    try:
        optimizer = optimizer_of()
        scheduler = StepLR(optimizer, 3)
        optimizer.step()
        scheduler.step()
        alive = weakref.ref(optimizer)
        del optimizer, scheduler
        assert alive() is None
    finally:
        gc.enable()


def test_other_warnings() -> None:
    scheduler = StepLR(optimizer_of(), 3)
    scheduler.optimizer.step()
    with pytest.warns(UserWarning, match="get_last_lr"):
        scheduler.get_lr()
    with pytest.warns(UserWarning, match="given an epoch"):
        scheduler.step(7)
    assert scheduler.get_last_lr() == pytest.approx([0.01])
