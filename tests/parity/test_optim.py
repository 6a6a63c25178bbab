"""Every optimizer, with every option, against PyTorch: 100 steps, and each other's state."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Sequence
from typing import Any

import numpy
import pytest
import torch
from helpers import to_numpy, to_plugtorch, to_torch

import plugtorch

SHAPES = [(3, 4), (5,), (), (1, 1)]
TOLERANCE = {"float64": 1e-10, "float32": 1e-5}


def grid(**options: Any) -> list[dict[str, Any]]:
    """Every combination of the options' values."""
    return [
        dict(zip(options, values, strict=True)) for values in itertools.product(*options.values())
    ]


DECAYS, SWITCH = [0, 0.1], [False, True]
CASES = [
    *[
        (name, options)
        for name, choices in [
            ("SGD", grid(lr=[0.05], momentum=[0, 0.9], weight_decay=DECAYS, maximize=SWITCH)),
            ("SGD", grid(lr=[0.05], momentum=[0.9], dampening=[0.3], weight_decay=DECAYS)),
            ("SGD", grid(lr=[0.05], momentum=[0.9], nesterov=[True], weight_decay=DECAYS)),
            ("RMSprop", grid(alpha=[0.9], momentum=[0, 0.9], centered=SWITCH, weight_decay=DECAYS)),
            ("Adagrad", grid(lr=[0.1], lr_decay=[0, 0.1], weight_decay=DECAYS)),
            ("Adam", grid(lr=[0.05], weight_decay=DECAYS, amsgrad=SWITCH, maximize=SWITCH)),
            ("AdamW", grid(lr=[0.05], weight_decay=DECAYS, amsgrad=SWITCH)),
        ]
        for options in choices
    ],
    ("RMSprop", {"maximize": True, "eps": 1e-3}),
    ("Adagrad", {"maximize": True, "eps": 1e-3, "initial_accumulator_value": 0.5}),
    ("Adam", {"betas": (0.5, 0.7), "eps": 1e-3}),
    ("Adam", {"betas": (0.0, 0.9)}),
    ("Adam", {"weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {"maximize": True}),
    *[(name, {}) for name in ("SGD", "RMSprop", "Adagrad", "Adam", "AdamW")],
]
IDS = [f"{name}-{'-'.join(f'{k}={v}' for k, v in options.items())}" for name, options in CASES]


class Problem:
    """The same parameters, and the same rough way down, in both libraries."""

    def __init__(self, dtype: str, shapes: Sequence[tuple[int, ...]] = SHAPES) -> None:
        random = numpy.random.default_rng(0)
        start = [random.normal(size=shape).astype(dtype) for shape in shapes]
        self.targets = [random.normal(size=shape).astype(dtype) for shape in shapes]
        self.ours = [to_plugtorch(numpy.asarray(a), True) for a in start]
        self.theirs = [to_torch(numpy.asarray(a), True) for a in start]

    def gradients(self, step: int) -> None:
        """Set every gradient but now and then one, which is None, as in models with branches."""
        for number, (ours, theirs, target) in enumerate(
            zip(self.ours, self.theirs, self.targets, strict=True)
        ):
            if (step + number) % 7 == 3:
                ours.grad, theirs.grad = None, None
                continue
            value = to_numpy(theirs)
            gradient = (value - target) * (1 + numpy.cos(step + number)) + numpy.sin(3 * value)
            gradient = numpy.asarray(gradient, value.dtype)
            ours.grad, theirs.grad = to_plugtorch(gradient), to_torch(gradient)

    def agree(self, tolerance: float) -> None:
        for ours, theirs in zip(self.ours, self.theirs, strict=True):
            a, b = to_numpy(ours), to_numpy(theirs)
            assert a.dtype == b.dtype
            numpy.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


def walk(problem: Problem, ours: Any, theirs: Any, steps: range, tolerance: float) -> None:
    for step in steps:
        problem.gradients(step)
        ours.step()
        theirs.step()
        problem.agree(tolerance)


def to_their_state(value: Any) -> Any:
    """A state_dict of ours with torch's tensors in it."""
    if isinstance(value, plugtorch.Tensor):
        return to_torch(to_numpy(value))
    if isinstance(value, dict):
        return {k: to_their_state(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_their_state(v) for v in value]
    return value


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_hundred_steps(name: str, options: dict[str, Any], dtype: str) -> None:
    problem = Problem(dtype)
    ours = getattr(plugtorch.optim, name)(problem.ours, **options)
    theirs = getattr(torch.optim, name)(problem.theirs, **options)
    walk(problem, ours, theirs, range(100), TOLERANCE[dtype])


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_a_run_moves_to_pytorch_and_back(name: str, options: dict[str, Any]) -> None:
    problem = Problem("float64")
    ours = getattr(plugtorch.optim, name)(problem.ours, **options)
    theirs = getattr(torch.optim, name)(problem.theirs, **options)
    walk(problem, ours, theirs, range(5), 1e-10)

    fresh = getattr(torch.optim, name)(problem.theirs, lr=0.7)
    fresh.load_state_dict(to_their_state(ours.state_dict()))
    walk(problem, ours, fresh, range(5, 10), 1e-10)

    own = getattr(plugtorch.optim, name)(problem.ours, lr=0.7)
    own.load_state_dict(copy.deepcopy(theirs.state_dict()))  # torch's tensors, as they are
    restored = getattr(torch.optim, name)(problem.theirs, lr=0.7)
    restored.load_state_dict(theirs.state_dict())
    walk(problem, own, restored, range(10, 15), 1e-10)


@pytest.mark.parametrize(("name", "options"), CASES, ids=IDS)
def test_the_state_has_pytorchs_structure(name: str, options: dict[str, Any]) -> None:
    problem = Problem("float32")
    ours = getattr(plugtorch.optim, name)(problem.ours, **options)
    theirs = getattr(torch.optim, name)(problem.theirs, **options)
    for step in range(-1, 2):
        if step >= 0:
            walk(problem, ours, theirs, range(step, step + 1), 1e-5)
        a, b = ours.state_dict(), theirs.state_dict()
        assert a.keys() == b.keys()
        assert a["state"].keys() == b["state"].keys()
        for number, values in b["state"].items():
            assert a["state"][number].keys() == values.keys()
            for key, value in values.items():
                mine = a["state"][number][key]
                numpy.testing.assert_allclose(
                    to_numpy(mine) if isinstance(mine, plugtorch.Tensor) else mine,
                    to_numpy(value),
                    rtol=1e-5,
                    atol=1e-6,
                )
        for group, other in zip(a["param_groups"], b["param_groups"], strict=True):
            assert {k: v for k, v in group.items() if k in other} == other


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adagrad", "Adam", "AdamW"])
def test_groups_and_changed_rates(name: str) -> None:
    problem = Problem("float64")

    def build(library: Any, parameters: list[Any]) -> Any:
        groups = [
            {"params": parameters[:2]},
            {"params": parameters[2], "lr": 0.2, "weight_decay": 0.1},
        ]
        optimizer = getattr(library.optim, name)(groups, lr=0.05)
        optimizer.add_param_group({"params": parameters[3:], "lr": 0.01})
        return optimizer

    ours, theirs = build(plugtorch, problem.ours), build(torch, problem.theirs)
    for step in range(20):
        for group in (*ours.param_groups, *theirs.param_groups):
            group["lr"] *= 0.9
        walk(problem, ours, theirs, range(step, step + 1), 1e-10)


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adagrad", "Adam", "AdamW"])
def test_signature_and_defaults(name: str) -> None:
    """The options that PyTorch takes by position, in its order, with its defaults."""
    import inspect

    ours = inspect.signature(getattr(plugtorch.optim, name)).parameters
    theirs = inspect.signature(getattr(torch.optim, name)).parameters
    for option, parameter in theirs.items():
        assert option in ours, option
        assert ours[option].default == parameter.default, option
    by_place = [k for k, v in theirs.items() if v.kind is v.POSITIONAL_OR_KEYWORD]
    first = [
        k
        for k in by_place
        if k not in ("maximize", "foreach", "capturable", "differentiable", "fused")
    ]
    assert list(ours)[: len(first)] == first


def test_repr() -> None:
    ours = repr(plugtorch.optim.SGD([to_plugtorch(numpy.ones(2), True)], lr=0.1)).splitlines()
    theirs = repr(torch.optim.SGD([to_torch(numpy.ones(2), True)], lr=0.1)).splitlines()
    assert [line for line in ours if "capturable" not in line] == theirs


SCHEDULERS = [
    ("StepLR", {"step_size": 3, "gamma": 0.5}),
    ("MultiStepLR", {"milestones": [2, 5, 5, 9], "gamma": 0.5}),
    ("ExponentialLR", {"gamma": 0.9}),
    ("CosineAnnealingLR", {"T_max": 7, "eta_min": 0.01}),
    ("CosineAnnealingLR", {"T_max": 1}),
    ("LambdaLR", {"lr_lambda": lambda epoch: 0.95**epoch}),
    ("LambdaLR", {"lr_lambda": [lambda epoch: 0.95**epoch, lambda epoch: 1 / (1 + epoch)]}),
]


@pytest.mark.parametrize(("name", "options"), SCHEDULERS, ids=[s[0] for s in SCHEDULERS])
def test_schedules(name: str, options: dict[str, Any]) -> None:
    def build(library: Any, convert: Any) -> tuple[Any, Any]:
        groups = [
            {"params": [convert(numpy.ones(2), True)]},
            {"params": [convert(numpy.ones(1), True)], "lr": 0.3},
        ]
        optimizer = library.optim.SGD(groups, lr=0.1)
        return optimizer, getattr(library.optim.lr_scheduler, name)(optimizer, **options)

    ours, our_schedule = build(plugtorch, to_plugtorch)
    theirs, their_schedule = build(torch, to_torch)
    for epoch in range(30):
        numpy.testing.assert_allclose(
            our_schedule.get_last_lr(), their_schedule.get_last_lr(), rtol=1e-12
        )
        assert [g["initial_lr"] for g in ours.param_groups] == [
            g["initial_lr"] for g in theirs.param_groups
        ]
        ours.step()
        theirs.step()
        our_schedule.step()
        their_schedule.step()
        if epoch == 12:  # go on from what was saved
            state, groups = our_schedule.state_dict(), ours.state_dict()
            ours, our_schedule = build(plugtorch, to_plugtorch)
            ours.load_state_dict(groups)
            our_schedule.load_state_dict(state)
