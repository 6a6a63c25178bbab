"""Loops of training steps: what the second and all later ones cost, and that nothing grows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.device import open_device
from plugtorch_opencl import graph

Made = tuple[Any, tuple[int, ...]]


def perceptron() -> Made:
    return nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 5)), (16, 20)


def network() -> Made:
    layers = [nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(128, 5)), (4, 3, 8, 8)


def counts(backend: Any) -> tuple[int, ...]:
    """What a step that was seen before must not add to."""
    return backend.runner.scheduled, backend.compilations, len(backend.runner.plans)


@pytest.mark.parametrize("looks", [False, True], ids=["waits_for_nothing", "loss_item"])
@pytest.mark.parametrize("make", [perceptron, network])
def test_a_step_seen_before_plans_and_compiles_nothing(
    make: Callable[[], Made], looks: bool, where: str
) -> None:
    backend: Any = open_device(where)
    model, shape = make()
    model = model.to(where)
    optimizer = plugtorch.optim.Adam(model.parameters(), lr=0.01)
    scheduler = plugtorch.optim.lr_scheduler.StepLR(optimizer, 2, 0.5)
    before: tuple[int, ...] = ()
    for step in range(8):
        x = plugtorch.rand(*shape, device=where)
        y = plugtorch.randint(0, 5, shape[:1], device=where)
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        scheduler.step()
        if looks:
            assert loss.item() > 0
        if step == 0:
            before = counts(backend)
    assert scheduler.get_last_lr() != [0.01]
    assert counts(backend) == before


def test_the_second_step_is_as_the_first(where: str) -> None:
    backend: Any = open_device(where)
    model = perceptron()[0].to(where)
    optimizer = plugtorch.optim.SGD(model.parameters(), lr=0.1)
    backend.synchronize()  # what the model begins with is no part of a step
    seen = []
    for _ in range(3):
        x, y = plugtorch.rand(16, 20, device=where), plugtorch.rand(16, 5, device=where)
        optimizer.zero_grad()
        F.mse_loss(model(x), y).backward()
        optimizer.step()
        seen.append(counts(backend))
    assert seen[0] == seen[1] == seen[2]


@pytest.mark.parametrize("most", range(6, 14))
def test_lines_are_computed_in_the_middle_of_a_step(
    most: int, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they are where an optimizer has thousands of parameters."""

    def trained(device: str) -> Any:
        weights = [nn.Parameter(plugtorch.full((3,), 1.0 + k, device=device)) for k in range(5)]
        optimizer = plugtorch.optim.Adam(weights, lr=0.1)
        for step in range(2):
            for k, weight in enumerate(weights):
                weight.grad = weight.detach() * 0.5 - k - step
            optimizer.step()
        return plugtorch.stack([w.detach() for w in weights]).cpu().numpy()

    expected = trained("cpu")
    monkeypatch.setattr(graph, "MOST_LINES", most)
    np.testing.assert_allclose(trained(where), expected, rtol=1e-5)


def test_nothing_grows_in_ten_thousand_steps(where: str) -> None:
    backend: Any = open_device(where)
    graph = backend.graph
    model = nn.Linear(3, 1).to(where)
    optimizer = plugtorch.optim.Adam(model.parameters(), lr=0.001)
    x, y = plugtorch.rand(8, 3, device=where), plugtorch.rand(8, 1, device=where)

    def steps(number: int) -> tuple[int, ...]:
        for step in range(number):
            optimizer.zero_grad()
            loss = F.mse_loss(model(x), y)
            loss.backward()
            optimizer.step()
            if step % 10 == 0:
                loss.item()
        backend.synchronize()
        return (
            backend.opened.pool.active_bytes,
            len(graph.values),
            len(graph.interned),
            *counts(backend),
        )

    warm = steps(20)
    assert steps(10_000 if where == first() else 1_000) == warm


def first() -> str:
    """The device that runs the long test."""
    return "opencl:0"


def test_freed_tensors_go_back_to_the_pool(where: str) -> None:
    backend: Any = open_device(where)
    pool = backend.opened.pool
    backend.synchronize()
    before = pool.active_bytes
    x = plugtorch.rand(1000, 1000, device=where)
    y = x * 2
    backend.synchronize()
    assert pool.active_bytes >= before + 8_000_000
    del x
    backend.synchronize()
    assert before + 4_000_000 <= pool.active_bytes < before + 8_000_000
    del y
    assert pool.active_bytes < before + 1_000_000
    z = plugtorch.rand(1000, 1000, device=where) + 1
    backend.synchronize()
    assert z.sum().item() > 0
    assert pool.active_bytes < before + 5_000_000
