"""LBFGS against PyTorch's: parameters after every step, the number of calls, each other's state."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import to_numpy, to_plugtorch, to_torch
from test_optim import grid, to_their_state
from torch.optim.lbfgs import _strong_wolfe

import plugtorch
from plugtorch_optim.line_search import Point, strong_wolfe

CASES = [
    *grid(line_search_fn=[None, "strong_wolfe"], history_size=[2, 100], lr=[1, 0.3], max_iter=[3]),
    *grid(line_search_fn=[None, "strong_wolfe"], max_eval=[1, 2, 5]),
    *grid(line_search_fn=[None, "strong_wolfe"], max_iter=[1]),
    *grid(line_search_fn=[None, "strong_wolfe"], tolerance_grad=[0.5]),
    *grid(line_search_fn=[None, "strong_wolfe"], tolerance_change=[0.1]),
    {"line_search_fn": "strong_wolfe", "lr": 50, "max_iter": 3},  # the first trial is too far
    {"line_search_fn": "strong_wolfe", "lr": 0.02, "max_iter": 3},  # and here too near
    {},
]
IDS = ["-".join(f"{k}={v}" for k, v in options.items()) for options in CASES]


class Valley:
    """The same bent valley in both libraries, and a parameter that the loss does not know."""

    def __init__(self, dtype: str = "float64", convert: Callable[..., Any] = to_plugtorch) -> None:
        random = numpy.random.default_rng(0)
        start = [random.normal(size=shape).astype(dtype) for shape in ((3, 2), (4,), (), (2,))]
        self.parameters = [convert(numpy.asarray(a), True) for a in start]
        self.calls = 0
        self.sign = 1

    def loss(self) -> Any:
        x, y, z, _ = self.parameters
        valley = ((1 - x[:, 0]) ** 2 + 10 * (x[:, 1] - x[:, 0] ** 2) ** 2).sum()
        return valley + ((y - z) ** 4).sum() + (y * y).sum() / 4 + (z - 0.5).cos() + 1

    def closure(self, optimizer: Any) -> Callable[[], Any]:
        def run() -> Any:
            self.calls += 1
            optimizer.zero_grad()
            loss = self.sign * self.loss()
            loss.backward()
            return loss

        return run


class Bowl(Valley):
    """One in which rounding errors do not grow."""

    def loss(self) -> Any:
        x, y, z, _ = self.parameters
        bowl = (x[:, 0] ** 2 + 0.6 * x[:, 0] * x[:, 1] + 0.5 * x[:, 1] ** 2).sum()
        return bowl + ((y - 3) ** 2).sum() + 0.5 * (z - y[0]) ** 2 + z.cosh()


class Race:
    """Both optimizers in their valleys."""

    def __init__(
        self, options: dict[str, Any], dtype: str = "float64", where: type[Valley] = Valley
    ) -> None:
        self.here, self.there = where(dtype), where(dtype, to_torch)
        self.ours = plugtorch.optim.LBFGS(self.here.parameters, **options)
        self.theirs = torch.optim.LBFGS(self.there.parameters, **options)

    def run(self, steps: int, tolerance: float) -> None:
        for _ in range(steps):
            a = self.ours.step(self.here.closure(self.ours))
            b = self.theirs.step(self.there.closure(self.theirs))
            numpy.testing.assert_allclose(a.item(), b.item(), rtol=tolerance, atol=tolerance)
            for ours, theirs in zip(self.here.parameters, self.there.parameters, strict=True):
                x, y = to_numpy(ours), to_numpy(theirs)
                assert x.dtype == y.dtype
                numpy.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)

    def meet(self) -> None:
        """Bring ours to where theirs is, with what it remembers."""
        for ours, theirs in zip(self.here.parameters, self.there.parameters, strict=True):
            ours.data.copy_(to_plugtorch(to_numpy(theirs)))
        self.ours.load_state_dict(copy.deepcopy(self.theirs.state_dict()))


@pytest.mark.parametrize("options", CASES, ids=IDS)
def test_fifty_steps_along_a_valley(options: dict[str, Any]) -> None:
    """Each from where PyTorch is: rounding errors grow tenfold from step to step in a valley."""
    race = Race(options)
    for _ in range(50):
        race.meet()
        race.run(1, 1e-10)
    assert race.here.calls == race.there.calls


@pytest.mark.parametrize("options", CASES, ids=IDS)
def test_a_hundred_steps_down_a_bowl(options: dict[str, Any]) -> None:
    race = Race(options, where=Bowl)
    race.run(100, 1e-10)
    assert race.here.calls == race.there.calls


@pytest.mark.parametrize("options", CASES, ids=IDS)
def test_in_float32(options: dict[str, Any]) -> None:
    """Near the bottom losses differ by no more than rounding, and that decides where it stops."""
    race = Race(options, "float32", Bowl)
    race.run(2, 1e-5)
    race.run(20, 1e-2)


@pytest.mark.parametrize("options", CASES, ids=IDS)
def test_a_run_moves_to_pytorch_and_back(options: dict[str, Any]) -> None:
    race = Race(options)
    race.run(2, 1e-10)
    fresh = torch.optim.LBFGS(race.there.parameters, lr=0.7)
    fresh.load_state_dict(to_their_state(race.ours.state_dict()))
    race.theirs = fresh
    race.run(2, 1e-10)
    own = plugtorch.optim.LBFGS(race.here.parameters, lr=0.7)
    own.load_state_dict(copy.deepcopy(fresh.state_dict()))
    race.ours = own
    race.run(2, 1e-10)


@pytest.mark.parametrize("options", CASES, ids=IDS)
def test_the_state_has_pytorchs_structure(options: dict[str, Any]) -> None:
    race = Race(options)
    for _ in range(3):
        race.run(1, 1e-10)
        ours, theirs = race.ours.state_dict(), race.theirs.state_dict()
        group, other = ours["param_groups"][0], theirs["param_groups"][0]
        assert {k: v for k, v in group.items() if k in other} == other
        assert ours["state"].keys() == theirs["state"].keys() == {0}
        mine = ours["state"][0]
        yours = {k: v for k, v in theirs["state"][0].items() if k != "al"}  # room to compute in
        assert mine.keys() == yours.keys()
        for key, value in yours.items():
            for a, b in zip(listed(mine[key]), listed(value), strict=True):
                numpy.testing.assert_allclose(a, b, rtol=1e-7, atol=1e-10, err_msg=key)


def listed(value: Any) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    return [
        to_numpy(v) if isinstance(v, (plugtorch.Tensor, torch.Tensor)) else numpy.asarray(v)
        for v in values
    ]


Curve = Callable[[float], float]


def same_search(value: Curve, slope: Curve, t: float, most: int = 25, width: float = 1e-9) -> None:
    """Both searches go along a curve from 0, where it falls."""

    def theirs(x: Any, t: Any, d: Any) -> Any:
        return value(float(t)), torch.tensor([slope(float(t))], dtype=torch.float64)

    d, g = (torch.tensor([number], dtype=torch.float64) for number in (1, slope(0)))
    f, _, where, evals = _strong_wolfe(
        theirs, None, t, d, value(0), g, g.dot(d), tolerance_change=width, max_ls=most
    )

    def probe(t: float) -> Point:
        return Point(t, value(t), None, slope(t))

    end, calls = strong_wolfe(probe, probe(0.0), t, 1.0, width, most)
    assert calls == evals
    assert [end.t, end.value] == pytest.approx([float(where), f], rel=1e-8, abs=1e-8)


@pytest.mark.parametrize("seed", range(60))
def test_the_search_on_wild_curves(seed: int) -> None:
    """Where it has to go on, to narrow, and to give up."""
    random = numpy.random.default_rng(seed)
    height, pace, phase = random.normal(size=5), random.uniform(0.1, 6, 5), random.normal(size=5)
    bend = random.uniform(0, 0.3)
    if (height * pace * numpy.cos(phase)).sum() > 0:
        height = -height

    def value(t: float) -> float:
        return float((height * numpy.sin(pace * t + phase)).sum() + bend * t * t)

    def slope(t: float) -> float:
        return float((height * pace * numpy.cos(pace * t + phase)).sum() + 2 * bend * t)

    for first in (1e-3, 0.1, 1.0, 10.0, 200.0):
        same_search(value, slope, first)
        same_search(value, slope, first, most=3)
        same_search(value, slope, first, most=0)
        same_search(value, slope, first, width=0.1)


@pytest.mark.parametrize("length", [1.3, 1.7, 2.9, 100.0])
def test_the_search_on_a_saw(length: float) -> None:
    """It falls wherever one looks; the second point may be higher than the first."""
    same_search(lambda t: -(t % length), lambda _: -1.0, 1.0, most=8)


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_up_is_down_the_negative(search: str | None) -> None:
    options = {"max_iter": 4, "line_search_fn": search}
    race = Race(options)
    race.ours.param_groups[0]["maximize"] = True
    race.here.sign = -1
    for _ in range(10):
        a = race.ours.step(race.here.closure(race.ours))
        b = race.theirs.step(race.there.closure(race.theirs))
        assert a.item() == pytest.approx(-b.item(), rel=1e-10)
        for ours, theirs in zip(race.here.parameters, race.there.parameters, strict=True):
            numpy.testing.assert_allclose(to_numpy(ours), to_numpy(theirs), rtol=1e-10, atol=1e-10)


def test_a_straight_slope_is_followed() -> None:
    """The cubic through two points of a straight line has no lowest point."""
    found = []
    for library, convert in ((plugtorch, to_plugtorch), (torch, to_torch)):
        parameter = convert(numpy.array([3.0, -2.0]), True)
        optimizer = library.optim.LBFGS([parameter], max_iter=3, line_search_fn="strong_wolfe")

        def run(parameter: Any = parameter, optimizer: Any = optimizer) -> Any:
            optimizer.zero_grad()
            loss = (2 * parameter).sum()
            loss.backward()
            return loss

        optimizer.step(run)
        found.append(to_numpy(parameter))
    numpy.testing.assert_allclose(*found, rtol=1e-10)


def test_a_step_without_a_closure_is_refused() -> None:
    valley = Valley()
    optimizer = plugtorch.optim.LBFGS(valley.parameters)
    for arguments in ((), (None,), (1.5,)):
        with pytest.raises(TypeError, match=r"^\[LBFGS\] step got no closure.*step\(closure\)"):
            optimizer.step(*arguments)
    assert not optimizer.state


def test_several_groups_are_refused() -> None:
    first, second = (to_plugtorch(numpy.ones(2), True) for _ in range(2))
    groups = [{"params": [first]}, {"params": [second]}]
    with pytest.raises(plugtorch.errors.ArgumentError, match="second group"):
        plugtorch.optim.LBFGS(groups)
    optimizer = plugtorch.optim.LBFGS([first])
    with pytest.raises(plugtorch.errors.ArgumentError, match="second group"):
        optimizer.add_param_group({"params": [second]})
    assert len(optimizer.param_groups) == 1


def test_parameters_come_back_when_the_closure_raises() -> None:
    valley = Valley()
    optimizer = plugtorch.optim.LBFGS(valley.parameters, line_search_fn="strong_wolfe")
    run = valley.closure(optimizer)
    before = [to_numpy(p).copy() for p in valley.parameters]

    def fails() -> Any:
        if valley.calls == 1:  # in the line search, where parameters are on trial
            assert not numpy.array_equal(to_numpy(valley.parameters[0]), before[0])
            raise KeyboardInterrupt
        return run()

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(fails)
    for parameter, values in zip(valley.parameters, before, strict=True):
        numpy.testing.assert_array_equal(to_numpy(parameter), values)
