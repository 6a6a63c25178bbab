"""What does not fit is told with sizes, and the process goes on: nothing lost, nothing kept."""

from __future__ import annotations

import dataclasses
import gc
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
    for lost in (large, held):  # what was to be computed with it
        with pytest.raises(OutOfMemoryError, match="was to be computed with others, and that"):
            lost.sum().item()
    assert usable(small)


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
