"""Schedules: their formulas, several of them together, and bad options."""

from __future__ import annotations

import math
from typing import Any

import pytest

import plugtorch
from plugtorch.errors import ArgumentError, StateError
from plugtorch.optim import lr_scheduler, swa_utils
from plugtorch.optim.lr_scheduler import (
    ChainedScheduler,
    ConstantLR,
    CosineAnnealingLR,
    CosineAnnealingWarmRestarts,
    CyclicLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    LRScheduler,
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


def rates_of(scheduler: Any, epochs: int) -> list[float]:
    """The first group's rate in each epoch."""
    found = []
    for _ in range(epochs):
        found.append(scheduler.get_last_lr()[0])
        scheduler.optimizer.step()
        scheduler.step()
    return found


# -- the formulas ----------------------------------------------------------------------------------

FORMULAS: list[tuple[Any, Any]] = [
    (lambda o: LambdaLR(o, lambda e: 1 / (1 + e)), lambda e: 1 / (1 + e)),
    (lambda o: MultiplicativeLR(o, lambda e: 1 + 1 / e), lambda e: 1.0 + e),
    (lambda o: StepLR(o, 3, 0.5), lambda e: 0.5 ** (e // 3)),
    (lambda o: MultiStepLR(o, [9, 2, 2], 0.5), lambda e: 0.5 ** (2 * (e >= 2) + (e >= 9))),
    (lambda o: ConstantLR(o, 0.5, 4), lambda e: 0.5 if e < 4 else 1.0),
    (lambda o: ConstantLR(o, 0.0, 4), lambda e: 0.0 if e < 4 else 1.0),
    (lambda o: LinearLR(o, 0.5, 1.0, 4), lambda e: 0.5 + min(e, 4) / 8),
    (lambda o: LinearLR(o, 1.0, 0.0, 4), lambda e: 1 - min(e, 4) / 4),
    (lambda o: ExponentialLR(o, 0.5), lambda e: 0.5**e),
    (lambda o: ExponentialLR(o, 0.0), lambda e: float(e == 0)),
    (lambda o: PolynomialLR(o, 5, 2), lambda e: (1 - min(e, 5) / 5) ** 2),
    (
        lambda o: CosineAnnealingLR(o, 5, 0.1),
        lambda e: 0.1 + 0.9 * (1 + math.cos(math.pi * e / 5)) / 2,
    ),
    (
        lambda o: CosineAnnealingWarmRestarts(o, 5, eta_min=0.1),
        lambda e: 0.1 + 0.9 * (1 + math.cos(math.pi * (e % 5) / 5)) / 2,
    ),
    (lambda o: CyclicLR(o, 0.0, 1.0, 4), lambda e: 1 - abs(e % 8 - 4) / 4),
    (lambda o: CyclicLR(o, 0.0, 1.0, 1, 3), lambda e: (4 - e % 4) % 4 / 3),
    (
        lambda o: OneCycleLR(o, 1.0, 20, pct_start=0.5, anneal_strategy="linear", div_factor=10),
        lambda e: 0.1 + 0.1 * e if e < 10 else 1 + (1e-5 - 1) * (e - 9) / 10,
    ),
    (lambda o: SWALR(o, 0.5, 4, "linear"), lambda e: 1 - min(e, 4) / 8),
]


@pytest.mark.parametrize(("make", "formula"), FORMULAS)
def test_the_formula(make: Any, formula: Any) -> None:
    found = rates_of(make(optimizer_of(1.0)), 20)
    assert found == pytest.approx([formula(e) for e in range(20)], rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(("make", "formula"), FORMULAS)
def test_every_group_from_its_own_rate(make: Any, formula: Any) -> None:
    optimizer = optimizer_of(1.0, 1.0)
    scheduler = make(optimizer)
    first, second = [], []
    for _ in range(9):
        first.append(optimizer.param_groups[0]["lr"])
        second.append(optimizer.param_groups[1]["lr"])
        assert scheduler.get_last_lr() == [first[-1], second[-1]]
        optimizer.step()
        scheduler.step()
    assert first == second


def test_momentum_goes_the_other_way() -> None:
    optimizer = optimizer_of()
    scheduler = CyclicLR(optimizer, 0.0, 1.0, 4, base_momentum=0.5, max_momentum=0.9)
    momenta = []
    for _ in range(9):
        momenta.append(optimizer.param_groups[0]["momentum"])
        optimizer.step()
        scheduler.step()
    assert momenta == pytest.approx([0.9, 0.8, 0.7, 0.6, 0.5, 0.6, 0.7, 0.8, 0.9])
    optimizer = optimizer_of(name="Adam")
    OneCycleLR(optimizer, 1.0, 10, max_momentum=0.7)
    assert optimizer.param_groups[0]["betas"] == (0.7, 0.999)


def test_a_phase_without_a_batch() -> None:
    """In PyTorch this divides by zero."""
    assert rates_of(OneCycleLR(optimizer_of(), 1.0, 10, pct_start=0.1), 2)[0] == 1.0
    last = rates_of(OneCycleLR(optimizer_of(), 1.0, 10, pct_start=1.0, div_factor=2), 10)[-1]
    assert last == 1.0


def test_factors_multiply_for_a_thousand_epochs() -> None:
    """Also when each alone has long been 0 or infinite."""
    optimizer = optimizer_of()
    down, up = ExponentialLR(optimizer, 0.25), ExponentialLR(optimizer, 4.0)
    for _ in range(1000):
        optimizer.step()
        down.step()
        up.step()
    assert up.get_last_lr() == [1.0]


def test_restarts_at_exact_powers() -> None:
    """The length that grows by 3 each time begins anew at 1, 4, 13 ... 9841, never an epoch off."""
    scheduler = CosineAnnealingWarmRestarts(optimizer_of(), 1, T_mult=3)
    start = 0
    for power in range(9):
        start += 3**power
        scheduler.step(start)
        assert (scheduler.T_cur, scheduler.T_i) == (0, 3 ** (power + 1))
        assert scheduler.get_last_lr() == [1.0]


def test_the_optimizer_steps_with_the_rate() -> None:
    p = plugtorch.zeros(1, requires_grad=True)
    p.grad = plugtorch.ones(1)
    optimizer = plugtorch.optim.SGD([p], lr=1.0)
    scheduler = StepLR(optimizer, 1, 0.5)
    for _ in range(4):
        optimizer.step()
        scheduler.step()
    assert p.item() == -(1 + 0.5 + 0.25 + 0.125)


def test_a_rate_that_is_a_tensor_is_written_in_place() -> None:
    rate = plugtorch.tensor(1.0, dtype=plugtorch.float64)
    optimizer = plugtorch.optim.SGD([plugtorch.ones(1, requires_grad=True)], lr=rate)
    scheduler = ExponentialLR(optimizer, 0.5)
    optimizer.step()
    scheduler.step()
    assert optimizer.param_groups[0]["lr"] is rate
    assert rate.item() == 0.5
    assert isinstance(scheduler.base_lrs[0], plugtorch.Tensor)
    assert scheduler.base_lrs[0].item() == 1.0
    assert isinstance(scheduler.get_last_lr()[0], plugtorch.Tensor)


# -- several ---------------------------------------------------------------------------------------


def test_sequences_inside_sequences() -> None:
    """PyTorch's inner one is an epoch early."""
    flat, nested = optimizer_of(), optimizer_of()
    parts = [LinearLR(flat, 0.1), CosineAnnealingLR(flat, 9), StepLR(flat, 2)]
    one = SequentialLR(flat, parts, [5, 12])
    inner = SequentialLR(nested, [LinearLR(nested, 0.1), CosineAnnealingLR(nested, 9)], [5])
    two = SequentialLR(nested, [inner, StepLR(nested, 2)], [12])
    assert rates_of(one, 20) == rates_of(two, 20)


def test_a_chain_inside_a_sequence() -> None:
    """PyTorch's chain makes a step too many there."""
    optimizer = optimizer_of()
    chain = ChainedScheduler([LinearLR(optimizer, 0.5), ExponentialLR(optimizer, 0.5)])
    scheduler = SequentialLR(optimizer, [chain, StepLR(optimizer, 9)], [3])
    assert rates_of(scheduler, 4) == pytest.approx([0.5, 0.6 * 0.5, 0.7 * 0.25, 1.0])


def test_groups_that_are_added_later() -> None:
    optimizer = optimizer_of()
    scheduler, fixed = StepLR(optimizer, 2, 0.5), CosineAnnealingWarmRestarts(optimizer, 9)
    optimizer.add_param_group({"params": [plugtorch.ones(1, requires_grad=True)], "lr": 8.0})
    optimizer.step()
    scheduler.step()
    scheduler.step()
    assert scheduler.get_last_lr() == [0.5, 4.0]
    with pytest.raises(ArgumentError, match=r"\[CosineAnnealingWarmRestarts\] .* 1 .* 2 .* groups"):
        fixed.step()
    assert [g["lr"] for g in optimizer.param_groups] == [0.5, 4.0]


# -- bad options -----------------------------------------------------------------------------------

nan, inf = math.nan, math.inf
BAD: list[Any] = [
    lambda o: LRScheduler(o, last_epoch=-2),
    lambda o: LRScheduler(o, last_epoch=0.5),
    lambda o: StepLR(o, 0),
    lambda o: StepLR(o, 2.5),
    lambda o: StepLR(o, 3, nan),
    lambda o: StepLR(o, 3, "0.1"),
    lambda o: MultiStepLR(o, [3, -1]),
    lambda o: MultiStepLR(o, [2.5]),
    lambda o: ConstantLR(o, 1.5),
    lambda o: ConstantLR(o, nan),
    lambda o: ConstantLR(o, 0.5, -1),
    lambda o: LinearLR(o, 0.0),
    lambda o: LinearLR(o, 0.5, 1.5),
    lambda o: LinearLR(o, total_iters=2.5),
    lambda o: ExponentialLR(o, inf),
    lambda o: PolynomialLR(o, power=-1),
    lambda o: PolynomialLR(o, -5),
    lambda o: CosineAnnealingLR(o, 0),
    lambda o: CosineAnnealingLR(o, 5, nan),
    lambda o: CosineAnnealingWarmRestarts(o, 0),
    lambda o: CosineAnnealingWarmRestarts(o, 5, 0),
    lambda o: CosineAnnealingWarmRestarts(o, 5).step(-1),
    lambda o: CyclicLR(o, 0.1, 1.0, 0),
    lambda o: CyclicLR(o, 0.1, 1.0, 5, -1),
    lambda o: CyclicLR(o, 0.1, nan),
    lambda o: CyclicLR(o, 0.1, [1.0, 1.0]),
    lambda o: CyclicLR(o, 0.1, 1.0, mode="square"),
    lambda o: CyclicLR(o, 0.1, 1.0, scale_fn=abs, scale_mode="batch"),
    lambda o: CyclicLR(o, 0.1, 1.0, max_momentum="high"),
    lambda o: OneCycleLR(o, 1.0),
    lambda o: OneCycleLR(o, 1.0, 0),
    lambda o: OneCycleLR(o, nan, 9),
    lambda o: OneCycleLR(o, 1.0, epochs=3, steps_per_epoch=2.5),
    lambda o: OneCycleLR(o, 1.0, 9, pct_start=1.5),
    lambda o: OneCycleLR(o, 1.0, 9, div_factor=0),
    lambda o: OneCycleLR(o, 1.0, 9, anneal_strategy="sin"),
    lambda o: ReduceLROnPlateau(o, "least"),
    lambda o: ReduceLROnPlateau(o, factor=1.0),
    lambda o: ReduceLROnPlateau(o, factor=-0.5),
    lambda o: ReduceLROnPlateau(o, patience=-1),
    lambda o: ReduceLROnPlateau(o, threshold=nan),
    lambda o: ReduceLROnPlateau(o, threshold_mode="both"),
    lambda o: ReduceLROnPlateau(o, min_lr=[0.1, 0.1]),
    lambda o: SWALR(o, inf),
    lambda o: SWALR(o, 0.1, -1),
    lambda o: SWALR(o, 0.1, 5, "sin"),
    lambda o: LambdaLR(o, [abs, abs]),
    lambda o: ChainedScheduler([]),
    lambda o: ChainedScheduler([StepLR(o, 3), StepLR(optimizer_of(), 3)]),
    lambda o: ChainedScheduler([ReduceLROnPlateau(o)]),
    lambda o: SequentialLR(o, [], []),
    lambda o: SequentialLR(o, [StepLR(o, 3)], [3]),
    lambda o: SequentialLR(o, [StepLR(o, 3)] * 3, [5, 3]),
    lambda o: SequentialLR(o, [StepLR(optimizer_of(), 3)], []),
    lambda o: SequentialLR(o, [StepLR(o, 3), ReduceLROnPlateau(o)], [3]),
    lambda o: SequentialLR(o, [StepLR(o, 3), ChainedScheduler([StepLR(o, 3)])], [3]),
]


@pytest.mark.parametrize("make", BAD)
def test_bad_options(make: Any) -> None:
    optimizer = optimizer_of(0.25)
    with pytest.raises(ArgumentError, match=r"^\[\w+\] .*\.$") as error:
        make(optimizer)
    assert "needed" in str(error.value) or str(error.value).count(". ") == 1
    assert optimizer.param_groups[0]["lr"] == 0.25
    assert "max_momentum" not in optimizer.param_groups[0]


def test_what_is_no_optimizer_function_or_scheduler() -> None:
    for make in (LRScheduler, lambda o: StepLR(o, 3), lambda o: CyclicLR(o, 0.1, 1.0)):
        with pytest.raises(TypeError, match=r"got a list, needed an optimizer"):
            make([])  # type: ignore[operator]
    for kind in (LambdaLR, MultiplicativeLR):
        with pytest.raises(TypeError, match="needed a function"):
            kind(optimizer_of(), 0.5)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="needed a scheduler"):
        ChainedScheduler([3])  # type: ignore[list-item]


def test_an_optimizer_without_momentum_and_a_resumed_one_without_rates() -> None:
    for make in (lambda o: CyclicLR(o, 0.1, 1.0), lambda o: OneCycleLR(o, 1.0, 9)):
        with pytest.raises(ArgumentError, match="cycle_momentum=False"):
            make(optimizer_of(name="Adagrad"))
    with pytest.raises(StateError, match="group 0 has no initial_lr"):
        StepLR(optimizer_of(), 3, last_epoch=5)


def test_a_step_too_many() -> None:
    scheduler = OneCycleLR(optimizer_of(), 1.0, 3)
    rates_of(scheduler, 3)
    rates = scheduler.get_last_lr()
    with pytest.raises(ArgumentError, match="this is step 4, of 3 in all"):
        scheduler.step()
    assert [g["lr"] for g in scheduler.optimizer.param_groups] == rates


def test_without_a_formula() -> None:
    with pytest.raises(NotImplementedError, match="Write get_lr"):
        LRScheduler(optimizer_of())


def test_a_subclass_may_use_any_name() -> None:
    class Noisy(CosineAnnealingLR):
        def __init__(self, optimizer: Any) -> None:
            for name in "initial present rates scale change times progress number need".split():
                setattr(self, name, [0.5])
            super().__init__(optimizer, 5)

    assert rates_of(Noisy(optimizer_of()), 9) == rates_of(CosineAnnealingLR(optimizer_of(), 5), 9)


def test_the_names() -> None:
    assert lr_scheduler._LRScheduler is not LRScheduler
    assert issubclass(lr_scheduler._LRScheduler, LRScheduler)
    assert plugtorch.optim.swa_utils is swa_utils
