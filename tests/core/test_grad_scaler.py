"""GradScaler: what is scaled, left out, and refused."""

from __future__ import annotations

from typing import Any

import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch.amp import GradScaler
from plugtorch.errors import ArgumentError, DTypeError, StateError

bfloat16, float16, float32 = plugtorch.bfloat16, plugtorch.float16, plugtorch.float32


def trained() -> tuple[Any, Any, GradScaler]:
    w = plugtorch.ones(3, requires_grad=True)
    return w, plugtorch.optim.SGD([w], lr=0.5), GradScaler("cpu", init_scale=8.0, growth_interval=2)


def test_a_step_is_left_out_where_gradients_are_not_finite() -> None:
    w, optimizer, scaler = trained()
    for factor, scale in ((1.0, 8.0), (float("inf"), 4.0), (1.0, 4.0), (1.0, 8.0)):
        before = w.tolist()
        optimizer.zero_grad()
        scaler.scale((w * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        assert scaler.get_scale() == scale
        assert (w.tolist() == before) == (factor != 1.0)
    assert w.tolist() == [-0.5] * 3


def test_unscaling_gradients_that_are_not_there() -> None:
    """As in PyTorch, it is the step that cannot be made."""
    _, optimizer, scaler = trained()
    scaler.scale(plugtorch.ones(1))
    scaler.unscale_(optimizer)
    with pytest.raises(StateError, match="no gradients"):
        scaler.step(optimizer)


def test_two_losses_of_one_layer_in_one_region() -> None:
    """The weight was converted once: both ways back go through that."""
    layer, x = plugtorch.nn.Linear(3, 2), plugtorch.ones(4, 3)
    with plugtorch.autocast("cpu"):
        first, second = layer(x).sum(), layer(x * 2).sum()
    first.float().backward()
    once = layer.weight.grad.clone()
    second.float().backward()
    assert (layer.weight.grad == 3 * once).all()


def test_several_optimizers_and_one_that_overflows() -> None:
    w, optimizer, scaler = trained()
    v, other, _ = trained()
    scaler.scale(w.sum() + (v * float("nan")).sum()).backward()
    scaler.step(optimizer)
    scaler.step(other)
    scaler.update()
    assert (w.tolist(), v.tolist()) == ([0.5] * 3, [1.0] * 3)
    assert scaler.get_scale() == 4.0


def test_misuse_is_told() -> None:
    w, optimizer, scaler = trained()
    for call in (lambda: scaler.step(optimizer), lambda: scaler.unscale_(optimizer), scaler.update):
        with pytest.raises(StateError, match="before scale"):
            call()
    scaler.scale(w.sum()).backward()
    with pytest.raises(StateError, match="without a step"):
        scaler.update()
    scaler.unscale_(optimizer)
    assert w.grad.tolist() == [1.0] * 3
    with pytest.raises(StateError, match="after unscale_"):
        scaler.unscale_(optimizer)
    with pytest.raises(ArgumentError, match="closure"):
        scaler.step(optimizer, closure=lambda: None)
    scaler.step(optimizer)
    for call in (lambda: scaler.step(optimizer), lambda: scaler.unscale_(optimizer)):
        with pytest.raises(StateError):
            call()
    scaler.update(3.0)
    assert scaler.get_scale() == 3.0
    half = plugtorch.ones(2, dtype=float16, requires_grad=True)
    scaler.scale(half.sum()).backward()
    with pytest.raises(ArgumentError, match="float16 gradients"):
        scaler.unscale_(plugtorch.optim.SGD([half], lr=0.1))
    with pytest.raises(DTypeError, match="scales tensors"):
        scaler.scale(3)
    for options in ({"growth_factor": 1.0}, {"backoff_factor": 1.0}):
        with pytest.raises(ArgumentError):
            GradScaler("cpu", **options)  # type: ignore[arg-type]


def test_one_that_is_off_does_nothing() -> None:
    w, optimizer, _ = trained()
    scaler = GradScaler("cpu", enabled=False)
    loss = w.sum()
    assert scaler.scale(loss) is loss
    loss.backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert w.tolist() == [0.5] * 3
    assert (scaler.state_dict(), scaler.get_scale()) == ({}, 1.0)
    scaler.load_state_dict({"scale": 3.0})
    with pytest.raises(StateError, match="empty"):
        GradScaler("cpu").load_state_dict({})


def test_training_in_float16_needs_the_scale() -> None:
    x = plugtorch.full((1, 1), 1e-3)
    device = x.device.type
    gradients = []
    for scaler in (GradScaler(device, enabled=False), GradScaler(device)):
        w = plugtorch.ones(1, 1, requires_grad=True)
        with plugtorch.autocast(device, dtype=float16):
            y = x @ w
            loss = F.mse_loss(y, plugtorch.full((1, 1), 9.9e-4))  # its gradient is 2e-5, at w 2e-8
        scaler.scale(loss).backward()
        if scaler.is_enabled():
            scaler.unscale_(plugtorch.optim.SGD([w], lr=1.0))
        gradients.append(float(w.grad))
    assert gradients[0] == 0
    assert gradients[1] == pytest.approx(2e-8, rel=0.1)
