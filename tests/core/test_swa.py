"""Averages of a model: plain, exponential, of one's own; running statistics; saving."""

from __future__ import annotations

import copy
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.optim.swa_utils import (
    AveragedModel,
    get_ema_avg_fn,
    get_ema_multi_avg_fn,
    get_swa_avg_fn,
    get_swa_multi_avg_fn,
    update_bn,
)


class RunningMean(nn.Module):
    """The running part of a normalisation by batch: PyTorch's names, and its momentum of None."""

    def __init__(self, size: int, momentum: float | None = 0.1) -> None:
        super().__init__()
        self.momentum = momentum
        self.register_buffer("running_mean", plugtorch.zeros(size))
        self.register_buffer("num_batches_tracked", plugtorch.tensor(0))

    def reset_running_stats(self) -> None:
        self.running_mean.zero_()
        self.num_batches_tracked.zero_()

    def forward(self, x: Any) -> Any:
        if self.training:
            self.num_batches_tracked.add_(1)
            count = self.num_batches_tracked.item()
            weight = 1 / count if self.momentum is None else self.momentum
            self.running_mean.lerp_(x.detach().mean(0), weight)
        return x - self.running_mean


def model_of() -> Any:
    return nn.Sequential(nn.Linear(3, 2), RunningMean(2))


def trained(averaged: Any, models: int) -> list[Any]:
    """Update with random parameters and buffers; what they were."""
    model, seen = model_of(), []
    for _ in range(models):
        for tensor in model.parameters():
            nn.init.normal_(tensor)
        model[1].running_mean.normal_()
        averaged.update_parameters(model)
        seen.append(
            [t.detach().cpu().numpy().copy() for t in (*model.parameters(), *model.buffers())]
        )
    return seen


def values(averaged: Any) -> list[Any]:
    inner = averaged.module
    return [t.detach().cpu().numpy() for t in (*inner.parameters(), *inner.buffers())]


def ema(seen: list[Any], decay: float) -> Any:
    result = seen[0]
    for value in seen[1:]:
        result = decay * result + (1 - decay) * value
    return result


WAYS: list[Any] = [
    ({}, lambda seen: numpy.mean(seen, axis=0)),
    ({"avg_fn": get_swa_avg_fn()}, lambda seen: numpy.mean(seen, axis=0)),
    ({"multi_avg_fn": get_swa_multi_avg_fn()}, lambda seen: numpy.mean(seen, axis=0)),
    ({"avg_fn": get_ema_avg_fn(0.75)}, lambda seen: ema(seen, 0.75)),
    ({"multi_avg_fn": get_ema_multi_avg_fn(0.75)}, lambda seen: ema(seen, 0.75)),
    ({"avg_fn": lambda a, b, n: a.maximum(b)}, lambda seen: numpy.max(seen, axis=0)),
]


@pytest.mark.parametrize("use_buffers", [False, True])
@pytest.mark.parametrize(("options", "mean"), WAYS)
def test_ways_to_average(options: Any, mean: Any, use_buffers: bool) -> None:
    averaged = AveragedModel(model_of(), use_buffers=use_buffers, **options)
    seen = trained(averaged, 6)
    assert averaged.n_averaged.item() == 6
    for place, value in enumerate(values(averaged)):
        history = [model[place] for model in seen]
        if place >= 2 and not use_buffers:
            assert numpy.array_equal(value, history[-1])
        else:
            numpy.testing.assert_allclose(value, mean(history), rtol=1e-5, atol=1e-6)


def test_what_the_functions_are_given() -> None:
    calls: list[Any] = []

    def update(averaged: list[Any], current: list[Any], count: Any) -> None:
        calls.append((len(averaged), len(current), count.item(), averaged[0].dtype))
        assert not any(t.requires_grad for t in (*averaged, *current))

    averaged = AveragedModel(model_of(), multi_avg_fn=update, use_buffers=True)
    trained(averaged, 3)
    floats, whole = plugtorch.float32, plugtorch.int64
    assert calls == [(3, 3, 1, floats), (1, 1, 1, whole), (3, 3, 2, floats), (1, 1, 2, whole)]


def test_the_copy_is_a_copy_and_works_like_the_model() -> None:
    model = model_of()
    averaged = AveragedModel(model)
    x = plugtorch.randn(4, 3)
    assert averaged.eval()(x).tolist() == model.eval()(x).tolist()
    averaged.update_parameters(model)
    before = averaged(x).tolist()
    with plugtorch.no_grad():
        model[0].weight.zero_()
    assert averaged(x).tolist() == before
    assert [p.requires_grad for p in averaged.parameters()] == [True, True]


def test_saving_and_going_on() -> None:
    first = AveragedModel(model_of(), avg_fn=get_ema_avg_fn(0.5))
    trained(first, 3)
    state = copy.deepcopy(first.state_dict())
    assert next(iter(state)) == "n_averaged"
    second = AveragedModel(model_of(), avg_fn=get_ema_avg_fn(0.5))
    second.load_state_dict(state)
    model = model_of()
    first.update_parameters(model)
    second.update_parameters(model)
    assert second.n_averaged.item() == 4
    for a, b in zip(values(first), values(second), strict=True):
        assert numpy.array_equal(a, b)


def test_another_model() -> None:
    averaged = AveragedModel(nn.Linear(3, 2))
    averaged.update_parameters(nn.Linear(3, 2))
    before = averaged.module.weight.tolist()
    for other, message in (
        (nn.Linear(3, 1), r"shape \(1, 3\) at 0, needed \(2, 3\)"),
        (nn.Linear(3, 2, bias=False), "1 tensors, needed 2"),
    ):
        with pytest.raises(ShapeError, match=message):
            averaged.update_parameters(other)
    assert averaged.module.weight.tolist() == before
    assert averaged.n_averaged.item() == 1


def test_bad_options() -> None:
    with pytest.raises(ArgumentError, match="needed one of them"):
        AveragedModel(model_of(), avg_fn=get_swa_avg_fn(), multi_avg_fn=get_swa_multi_avg_fn())
    for decay in (-0.1, 1.1, float("nan")):
        with pytest.raises(ArgumentError, match="from 0 to 1"):
            get_ema_avg_fn(decay)
        with pytest.raises(ArgumentError, match="from 0 to 1"):
            get_ema_multi_avg_fn(decay)


# -- running statistics ----------------------------------------------------------------------------


@pytest.mark.parametrize("training", [True, False])
def test_statistics_are_the_mean_over_the_batches(training: bool) -> None:
    batches = [plugtorch.randn(4, 2) for _ in range(5)]
    model = nn.Sequential(RunningMean(2, 0.3), RunningMean(2, None)).train(training)
    model[0].running_mean.fill_(7.0)
    update_bn(batches, model)
    mean = numpy.mean([b.cpu().numpy().mean(0) for b in batches], axis=0)
    numpy.testing.assert_allclose(model[0].running_mean.cpu().numpy(), mean, rtol=1e-5)
    assert model[0].num_batches_tracked.item() == 5
    assert [m.momentum for m in model] == [0.3, None]
    assert model.training is training


def test_batches_with_targets_and_on_a_device() -> None:
    batches = [(plugtorch.ones(4, 2), "target"), [plugtorch.full((4, 2), 3.0), "target"]]
    model = RunningMean(2)
    update_bn(batches, model, device="cpu")
    assert model.running_mean.tolist() == [2.0, 2.0]


def test_nothing_to_measure() -> None:
    def never() -> Any:
        raise AssertionError("a batch was asked for")
        yield

    update_bn(never(), nn.Linear(2, 2))


def test_after_an_error_all_is_as_before() -> None:
    model = RunningMean(2, 0.3).eval()
    with pytest.raises(RuntimeError):
        update_bn([plugtorch.ones(4, 2), plugtorch.ones(4, 3)], model)
    assert model.momentum == 0.3
    assert not model.training
