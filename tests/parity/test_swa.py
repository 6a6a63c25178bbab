"""Averages of models, their running statistics and SWALR, against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import assert_same, to_numpy, to_plugtorch, to_torch

import plugtorch


class Norm(plugtorch.nn.Module):
    """What torch.nn.BatchNorm1d does, for what update_bn has to find and use."""

    def __init__(self, size: int, momentum: float | None = 0.1) -> None:
        super().__init__()
        self.momentum = momentum
        self.weight = plugtorch.nn.Parameter(plugtorch.ones(size))
        self.bias = plugtorch.nn.Parameter(plugtorch.zeros(size))
        self.register_buffer("running_mean", plugtorch.zeros(size))
        self.register_buffer("running_var", plugtorch.ones(size))
        self.register_buffer("num_batches_tracked", plugtorch.tensor(0))

    def reset_running_stats(self) -> None:
        self.running_mean.zero_()
        self.running_var.fill_(1)
        self.num_batches_tracked.zero_()

    def forward(self, x: Any) -> Any:
        mean, var = self.running_mean, self.running_var
        if self.training:
            self.num_batches_tracked.add_(1)
            count = self.num_batches_tracked.item()
            weight = 1 / count if self.momentum is None else self.momentum
            mean, var = x.mean(0), x.var(0, unbiased=False)
            with plugtorch.no_grad():
                self.running_mean.lerp_(mean.detach(), weight)
                self.running_var.lerp_(x.detach().var(0), weight)
        return (x - mean) / (var + 1e-5).sqrt() * self.weight + self.bias


def models(momentum: float | None = 0.1) -> tuple[Any, Any]:
    """The same random float64 model in both."""
    n = torch.nn
    theirs = n.Sequential(n.Linear(3, 4), n.BatchNorm1d(4, momentum=momentum), n.Linear(4, 2))
    theirs = theirs.double()
    n = plugtorch.nn
    ours = n.Sequential(n.Linear(3, 4), Norm(4, momentum), n.Linear(4, 2)).double()
    state = {k: to_plugtorch(to_numpy(v)) for k, v in theirs.state_dict().items()}
    ours.load_state_dict(state)
    return ours, theirs


def batches(count: int, size: int = 5) -> list[Any]:
    random = numpy.random.default_rng(7)
    return [2 + 3 * random.normal(size=(size, 3)) for _ in range(count)]


WAYS: list[Any] = [
    lambda s: {},
    lambda s: {"avg_fn": s.get_swa_avg_fn()},
    lambda s: {"avg_fn": s.get_ema_avg_fn()},
    lambda s: {"avg_fn": s.get_ema_avg_fn(0.5)},
    lambda s: {"multi_avg_fn": s.get_ema_multi_avg_fn(0.7)},
    lambda s: {"avg_fn": lambda averaged, current, n: (averaged * n + 2 * current) / (n + 2)},
]


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize("way", WAYS)
def test_averaging_while_training(way: Any, use_buffers: bool) -> None:
    ours, theirs = models()
    sides = []
    for library, convert, model in (
        (plugtorch, to_plugtorch, ours),
        (torch, to_torch, theirs),
    ):
        swa = library.optim.swa_utils
        averaged = swa.AveragedModel(model, use_buffers=use_buffers, **way(swa))
        optimizer = library.optim.SGD(model.parameters(), lr=0.1)
        states, outputs = [], []
        for batch in batches(8):
            optimizer.zero_grad()
            model(convert(batch)).square().mean().backward()
            optimizer.step()
            averaged.update_parameters(model)
            states.append({k: v.clone() for k, v in averaged.state_dict().items()})
        swa.update_bn([convert(b) for b in batches(4)], averaged)
        outputs.append(averaged.eval()(convert(batches(1)[0])).detach())
        sides.append((states, outputs, dict(averaged.state_dict())))
    assert_same(sides[0], sides[1])


@pytest.mark.parametrize("functions", ["avg_fn", "multi_avg_fn"])
def test_a_state_moves_to_pytorch_and_back(functions: str) -> None:
    def build(library: Any, model: Any) -> Any:
        swa = library.optim.swa_utils
        get = {"avg_fn": swa.get_ema_avg_fn, "multi_avg_fn": swa.get_ema_multi_avg_fn}[functions]
        return swa.AveragedModel(model, **{functions: get(0.6)})

    ours, theirs = models()
    for _ in range(3):
        ours_averaged, theirs_averaged = build(plugtorch, ours), build(torch, theirs)
        for batch in batches(2):
            ours(to_plugtorch(batch))
            theirs(to_torch(batch))
            ours_averaged.update_parameters(ours)
            theirs_averaged.update_parameters(theirs)
        there, here = build(torch, theirs), build(plugtorch, ours)
        state = ours_averaged.state_dict()
        there.load_state_dict({k: to_torch(to_numpy(v)) for k, v in state.items()})
        state = theirs_averaged.state_dict()
        here.load_state_dict({k: to_plugtorch(to_numpy(v)) for k, v in state.items()})
        here.update_parameters(ours)
        there.update_parameters(theirs)
        assert_same(dict(here.state_dict()), dict(there.state_dict()))


def test_the_plain_mean_of_many_at_once() -> None:
    """PyTorch rounds its weight to float32 there."""
    ours, theirs = models()
    sides = []
    for library, model in ((plugtorch, ours), (torch, theirs)):
        swa = library.optim.swa_utils
        averaged = swa.AveragedModel(model, multi_avg_fn=swa.get_swa_multi_avg_fn())
        for _ in range(5):
            with library.no_grad():
                for p in model.parameters():
                    p.mul_(1.5)
            averaged.update_parameters(model)
        sides.append([p.detach() for p in averaged.parameters()])
    assert_same(sides[0], sides[1], tolerances={"float64": (1e-6, 1e-8)})


@pytest.mark.parametrize("momentum", [0.1, 0.9, None])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("kind", ["tensors", "tuples", "lists"])
def test_running_statistics(momentum: float | None, training: bool, kind: str) -> None:
    sides = []
    for library, convert, model in zip(
        (plugtorch, torch), (to_plugtorch, to_torch), models(momentum), strict=True
    ):
        model.train(training)
        loader = [convert(b) for b in batches(6)]
        if kind != "tensors":
            loader = [(tuple if kind == "tuples" else list)((x, 3)) for x in loader]
        library.optim.swa_utils.update_bn(loader, model, device="cpu")
        sides.append((dict(model.state_dict()), model[1].momentum, model.training))
    assert_same(sides[0], sides[1])


def test_what_is_refused() -> None:
    for library in (plugtorch, torch):
        swa, model = library.optim.swa_utils, library.nn.Linear(2, 2)
        for decay in (-0.1, 1.1):
            for get in (swa.get_ema_avg_fn, swa.get_ema_multi_avg_fn):
                with pytest.raises(ValueError, match="decay"):
                    get(decay)
        with pytest.raises((AssertionError, ValueError)):
            swa.AveragedModel(model, avg_fn=max, multi_avg_fn=max)


def test_a_whole_run() -> None:
    """As in PyTorch's tutorial: train, then average with a rate that stays."""
    ours, theirs = models()
    sides = []
    for library, convert, model in (
        (plugtorch, to_plugtorch, ours),
        (torch, to_torch, theirs),
    ):
        swa = library.optim.swa_utils
        optimizer = library.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
        schedule = library.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=20)
        swa_schedule, averaged = swa.SWALR(optimizer, 0.03, 5), swa.AveragedModel(model)
        rates = []
        for epoch in range(30):
            for batch in batches(2):
                optimizer.zero_grad()
                model(convert(batch)).square().mean().backward()
                library.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
                optimizer.step()
            if epoch > 15:
                averaged.update_parameters(model)
                swa_schedule.step()
            else:
                schedule.step()
            rates.append(optimizer.param_groups[0]["lr"])
        swa.update_bn([convert(b) for b in batches(4)], averaged)
        sides.append((rates, dict(averaged.state_dict())))
    numpy.testing.assert_allclose(sides[0][0], sides[1][0], rtol=1e-12)
    assert_same(sides[0][1], sides[1][1])
