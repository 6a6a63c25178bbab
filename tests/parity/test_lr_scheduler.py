"""Every schedule, with every option, against PyTorch: 120 epochs to 1e-12, and each other's state."""

from __future__ import annotations

import copy
import itertools
import math
import warnings
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
            *[
                ("CyclicLR", [{"base_lr": 0.1, "max_lr": 0.4, "step_size_up": 9} | m])
                for m in MOMENTA
            ],
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
            *[
                ("OneCycleLR", [{"max_lr": 0.4, "epochs": 13, "steps_per_epoch": 10} | m])
                for m in MOMENTA
            ],
            (
                "OneCycleLR",
                grid(max_lr=[1], total_steps=[200], div_factor=[5], final_div_factor=[9]),
            ),
        ]
        for options in choices
    ],
    *[(name, {}) for name in ("ConstantLR", "LinearLR", "PolynomialLR")],
]


def described(case: tuple[str, dict[str, Any]]) -> str:
    name, options = case
    plain = {k: "f" if callable(v) or isinstance(v, tuple) else v for k, v in options.items()}
    return f"{name}-{'-'.join(f'{k}={v}' for k, v in plain.items())}"


IDS = [f"{i}-{described(case)}" for i, case in enumerate(CASES)]


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
    # what is left of a rate that goes to 0 is rounding, of the size of the rate it came from
    numpy.testing.assert_allclose(ours.seen, theirs.seen, rtol=1e-12, atol=1e-15)
    kinds = [type(group["lr"]).__name__ for group in theirs.optimizer.param_groups]
    assert [type(group["lr"]).__name__ for group in ours.optimizer.param_groups] == kinds


def walk(ours: Side, theirs: Side, epochs: int, arguments: Any = None) -> None:
    agree(ours, theirs)
    for epoch in range(epochs):
        extra = arguments(epoch) if arguments else ()
        ours.step(*extra)
        theirs.step(*extra)
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


# -- one schedule ----------------------------------------------------------------------------------


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
}


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_state_brings_its_options(name: str, options: dict[str, Any]) -> None:
    if name not in OTHERS or "scale_fn" in options:
        pytest.skip("functions are not in the state")
    ours, theirs = both(named(name, options))
    walk(ours, theirs, 5)
    walk(*swapped(ours, theirs, named(name, OTHERS[name])), 40)


DIFFERENT = {  # what each kind of schedule does with tensors, groups and jumps: one case of each
    name: next(options for n, options in CASES if n == name and options) for name, _ in CASES
} | {
    "MultiStepLR": {"milestones": [3, 9, 9], "gamma": 0.3},
    "ConstantLR": {"factor": 0.25, "total_iters": 9},
    "LinearLR": {"start_factor": 0.25, "total_iters": 9},
    "PolynomialLR": {"total_iters": 9, "power": 2},
    "CosineAnnealingLR": {"T_max": 7, "eta_min": 0.01},
    "CosineAnnealingWarmRestarts": {"T_0": 7, "T_mult": 2, "eta_min": 0.01},
}
ONE_EACH = pytest.mark.parametrize("name", DIFFERENT)


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


JUMPING = [name for name in DIFFERENT if name not in ("MultiplicativeLR",)]


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


# -- several ---------------------------------------------------------------------------------------


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
        chained = s.ChainedScheduler([s.LinearLR(optimizer), s.ExponentialLR(optimizer, 0.9)])
        return s.SequentialLR(optimizer, [chained, s.StepLR(optimizer, 3)], [10])
    if kind == "resumed":
        parts = [s.LinearLR(optimizer, 0.1, total_iters=5), s.ExponentialLR(optimizer, 0.9)]
        return s.SequentialLR(optimizer, parts, [9], last_epoch=3)
    nested = sequential(optim, optimizer)
    return s.SequentialLR(optimizer, [nested, s.StepLR(optimizer, 3)], [20])


SEQUENCES = ["plain", "all", "empty phases", "restarts first", "one cycle", "averaging"]
SEQUENCES += ["chained first", "resumed", "nested"]


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


# -- warnings and errors ---------------------------------------------------------------------------


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
        with pytest.warns(UserWarning):
            mine = ours.schedule.get_lr()
        with pytest.warns(UserWarning):
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
    import inspect

    names = [n for n in torch.optim.lr_scheduler.__all__ if n != "LRScheduler"]
    assert set(names) < set(plugtorch.optim.lr_scheduler.__all__)
    for name in names:
        ours = inspect.signature(getattr(plugtorch.optim.lr_scheduler, name)).parameters
        theirs = inspect.signature(getattr(torch.optim.lr_scheduler, name)).parameters
        assert list(ours) == list(theirs)
        for option, parameter in theirs.items():
            assert ours[option].default == parameter.default
