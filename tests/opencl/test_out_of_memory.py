"""What does not fit is told with sizes, and the process goes on: nothing lost, nothing kept."""

from __future__ import annotations

import copy
import dataclasses
import gc
import math
from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.device import open_device
from plugtorch.errors import OutOfMemoryError


@pytest.fixture
def small(where: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A device that gives at most a MiB at a time."""
    backend: Any = open_device(where)
    backend.synchronize()
    traits = dataclasses.replace(backend.opened.traits, allocation=1 << 20)
    monkeypatch.setattr(
        backend.runner, "opened", dataclasses.replace(backend.opened, traits=traits)
    )
    monkeypatch.setattr(backend.runner, "arena", None)  # with its size: both come back together
    monkeypatch.setattr(backend.runner, "arena_size", 0)
    return where


def usable(where: str) -> bool:
    """Whether the device computes, also what needs room on the way."""
    x = plugtorch.arange(6.0, device=where).reshape(2, 3)
    return bool((x @ x.T @ x).tolist() == [[42.0, 61.0, 80.0], [150.0, 214.0, 278.0]])


def test_what_is_uploaded_does_not_fit(small: str) -> None:
    with pytest.raises(OutOfMemoryError, match=r"1,200,000 bytes for a tensor of shape.*1,048,576"):
        plugtorch.tensor(np.zeros(300_000, np.float32), device=small)
    assert usable(small)


def test_a_result_does_not_fit(small: str) -> None:
    x = plugtorch.arange(1000.0, device=small)
    held = x * 2
    large = x.reshape(-1, 1) + x
    with pytest.raises(OutOfMemoryError, match=r"4,000,000 bytes for the result of add, \("):
        large.tolist()
    with pytest.raises(OutOfMemoryError, match="was to be computed with others, and that"):
        large.sum().item()
    assert held.tolist() == [2.0 * n for n in range(1000)]
    assert usable(small)


def test_what_comes_before_is_computed(small: str) -> None:
    """As if operations were computed one by one; also what takes the place of something else."""
    x = plugtorch.arange(8.0, device=small)
    open_device(small).synchronize()
    first = [x * n for n in range(14)]  # one may take the memory of what x was
    x.add_(1)
    second = [(x * n).cumsum(0) for n in range(4)]
    wide = plugtorch.arange(1000.0, device=small)
    large = wide.reshape(-1, 1) + wide
    x.mul_(2)
    with pytest.raises(OutOfMemoryError):
        large.tolist()
    assert [y.tolist() for y in first] == [[float(n * k) for k in range(8)] for n in range(14)]
    sums = np.arange(1.0, 9).cumsum()
    assert [y.tolist() for y in second] == [(sums * n).tolist() for n in range(4)]
    with pytest.raises(OutOfMemoryError, match="lost: make or load it again"):
        x.tolist()  # of which only the last value was asked for


def test_a_smaller_batch_goes_on(small: str) -> None:
    """What a layer has seen of a batch that was too large is there, as in PyTorch."""
    plugtorch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 64), nn.BatchNorm1d(64), nn.Tanh()).to(small)
    optimizer = plugtorch.optim.SGD(model.parameters(), lr=0.1)
    alike = copy.deepcopy(model).to("cpu")
    batch = plugtorch.randn(3000, 8, device=small)

    def step(model: nn.Module, x: Any) -> float:
        optimizer.zero_grad()
        loss = model(x).square().mean()
        loss.backward()
        optimizer.step()
        return float(loss.item())

    with pytest.raises(OutOfMemoryError):
        step(model, batch)
    alike(batch.cpu())
    for name, value in model.state_dict().items():
        want = alike.state_dict()[name]
        plugtorch.testing.assert_close(value.cpu(), want, rtol=1e-5, atol=1e-5)
    assert all(math.isfinite(step(model, batch[:100])) for _ in range(2))


def test_what_is_between_does_not_fit(small: str) -> None:
    x = plugtorch.ones(1000, 1, device=small)
    with pytest.raises(OutOfMemoryError, match=r"on the way, the largest matmul, \(1000, 1000\)"):
        ((x @ x.T) @ x).tolist()
    assert usable(small)


def test_what_failed_holds_no_memory(small: str) -> None:
    """Not even until the garbage collector comes: a smaller batch has to fit now."""
    backend: Any = open_device(small)
    x = plugtorch.arange(1000.0, device=small)

    def attempt() -> None:
        read = x + 1
        backend.synchronize()
        large = (read.reshape(-1, 1) + read, read * 2)
        with pytest.raises(OutOfMemoryError):
            large[0].tolist()

    attempt()
    gc.collect()
    before = backend.opened.pool.active_bytes
    gc.disable()
    try:
        attempt()
        assert backend.opened.pool.active_bytes == before
    finally:
        gc.enable()


def test_numbers_of_an_update_that_failed(small: str) -> None:
    """They are nobody's: what is computed after it has its own."""
    weight = nn.Parameter(plugtorch.ones(8, device=small))
    optimizer = plugtorch.optim.SGD([weight], lr=0.5)
    x = plugtorch.arange(1000.0, device=small)
    large = x.reshape(-1, 1) + x
    weight.grad = large[0, :8]
    with pytest.raises(OutOfMemoryError):
        large.tolist()
    with pytest.raises(OutOfMemoryError, match="was to be computed with others"):
        optimizer.step()
    y = plugtorch.arange(4.0, device=small)
    assert (y * 7 + y * 3).tolist() == [0, 10, 20, 30]
    assert weight.tolist() == [1] * 8


def test_more_than_there_is(where: str) -> None:
    backend: Any = open_device(where)
    traits = backend.opened.traits
    rows = traits.allocation // 4 // 1000 + 1000
    column, row = plugtorch.ones(rows, 1, device=where), plugtorch.arange(1000.0, device=where)
    with pytest.raises(
        OutOfMemoryError, match=f"largest single allocation is {traits.allocation:,}"
    ):
        backend.evaluate([(column + row).storage.array])
    assert usable(where)
