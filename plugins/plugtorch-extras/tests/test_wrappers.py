"""Wrappers: what they add, and that they keep and restore what the other one remembers."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch import nn, optimizers

START = np.array([1.0, -2.0, 0.5])


def parameter() -> Any:
    return plugtorch.tensor(START.copy(), requires_grad=True)


def closure_of(optimizer: Any, p: Any) -> Callable[[], Any]:
    def closure() -> Any:
        optimizer.zero_grad()
        loss = (p**4).sum() / 4
        loss.backward()
        return loss

    return closure


def sgd_momentum(p: Any, b: Any, slope: Any, lr: float = 0.05) -> tuple[Any, Any]:
    b = 0.9 * b + slope
    return p - lr * b, b


SGD = {"inner": "sgd", "lr": 0.05, "momentum": 0.9}


def test_lookahead_pulls_the_weights_back_every_few_steps() -> None:
    p = parameter()
    optimizer = optimizers.create("lookahead", [p], **SGD, la_steps=3, la_alpha=0.4)
    fast = slow = START
    b = np.zeros(3)
    for t in range(1, 10):
        optimizer.step(closure_of(optimizer, p))
        fast, b = sgd_momentum(fast, b, fast**3)
        if t % 3 == 0:
            fast = slow = slow + 0.4 * (fast - slow)
        np.testing.assert_allclose(p.detach().numpy(), fast, rtol=1e-12)


def test_lookahead_takes_the_name_of_the_other_one_or_its_class() -> None:
    ways = []
    for inner in ("sgd", plugtorch.optim.SGD):
        p = parameter()
        optimizer = optimizers.create("lookahead", [p], inner=inner, lr=0.1)
        closure_of(optimizer, p)()
        optimizer.step()
        ways.append(p.tolist())
    assert ways[0] == ways[1] != START.tolist()


@pytest.mark.parametrize("way", ["closure", "two steps"])
def test_sam_steps_by_the_gradient_uphill(way: str) -> None:
    p = parameter()
    optimizer = optimizers.create("sam", [p], **SGD, rho=0.3)
    at, b = START, np.zeros(3)
    for _ in range(6):
        closure = closure_of(optimizer, p)
        if way == "closure":
            assert optimizer.step(closure).item() == pytest.approx((at**4).sum() / 4)
        else:
            closure()
            optimizer.first_step(zero_grad=True)
            assert p.grad is None
            closure()
            optimizer.second_step(zero_grad=True)
        g = at**3
        worst = at + 0.3 * g / np.linalg.norm(g)
        at, b = sgd_momentum(at, b, worst**3)
        np.testing.assert_allclose(p.detach().numpy(), at, rtol=1e-9)


def test_sam_measures_all_parameters_together() -> None:
    whole, parts = parameter(), [plugtorch.tensor([x], requires_grad=True) for x in START]
    for params in ([whole], parts):
        optimizer = optimizers.create("sam", params, lr=0.05, rho=0.3)

        def closure(optimizer: Any = optimizer, params: Any = params) -> Any:
            optimizer.zero_grad()
            loss = sum((p**4).sum() for p in params)
            loss.backward()
            return loss

        optimizer.step(closure)
    np.testing.assert_allclose(whole.tolist(), [p.item() for p in parts], rtol=1e-12)


def test_sam_without_a_closure_says_so_and_moves_nothing() -> None:
    p = parameter()
    optimizer = optimizers.create("sam", [p], lr=0.1)
    closure_of(optimizer, p)()
    with pytest.raises(ValueError, match="closure"):
        optimizer.step()
    assert p.tolist() == START.tolist()


def test_sam_comes_back_if_the_second_look_fails() -> None:
    p = parameter()
    optimizer = optimizers.create("sam", [p], lr=0.1)
    good, calls = closure_of(optimizer, p), []

    def closure() -> Any:
        calls.append(p.tolist())
        if len(calls) == 2:
            raise KeyboardInterrupt
        return good()

    with pytest.raises(KeyboardInterrupt):
        optimizer.step(closure)
    assert calls[1] != START.tolist() == p.tolist()


@pytest.mark.parametrize("name", ["lookahead", "sam"])
def test_it_keeps_and_restores_what_the_other_one_remembers(name: str) -> None:
    p = parameter()
    optimizer = optimizers.create(name, [p], inner="adam", lr=0.05)
    for _ in range(3):
        optimizer.step(closure_of(optimizer, p))
    saved = optimizer.state_dict()
    assert saved["state"][0]["inner"]["step"] == 3
    assert saved["state"][0]["inner"]["exp_avg"].tolist() != [0, 0, 0]
    q = plugtorch.tensor(p.detach().numpy().copy(), requires_grad=True)
    other = optimizers.create(name, [q], inner="adam", lr=9.0)
    other.load_state_dict(copy.deepcopy(saved))
    assert other.inner.state[q]["exp_avg"].tolist() == optimizer.inner.state[p]["exp_avg"].tolist()
    for _ in range(5):
        optimizer.step(closure_of(optimizer, p))
        other.step(closure_of(other, q))
    assert q.tolist() == p.tolist()
    other.param_groups[0]["lr"] = 0.0
    other.step(closure_of(other, q))
    assert q.tolist() == p.tolist()


@pytest.mark.parametrize("name", ["lookahead", "sam"])
def test_a_state_of_another_is_refused_and_nothing_changed(name: str) -> None:
    p, q, r = parameter(), parameter(), plugtorch.zeros(2, requires_grad=True)
    optimizer = optimizers.create(name, [p], inner="adam", lr=0.05)
    plain = optimizers.create("adam", [q], lr=0.05)
    momentum = optimizers.create(name, [q], **SGD)
    small = optimizers.create(name, [r], inner="adam", lr=0.05)
    for any_of, its in ((optimizer, p), (plain, q), (momentum, q), (small, r)):
        any_of.step(closure_of(any_of, its))
    before = str(optimizer.state_dict())
    for wrong in (plain, momentum, small):
        with pytest.raises(RuntimeError, match="state"):
            optimizer.load_state_dict(wrong.state_dict())
        assert str(optimizer.state_dict()) == before


def test_groups_and_rates_are_shared() -> None:
    first, second = parameter(), parameter()
    optimizer = optimizers.create("lookahead", [first], inner="sgd", lr=0.5, la_steps=9)
    optimizer.add_param_group({"params": [second], "lr": 0.25})
    assert optimizer.inner.param_groups[1] is optimizer.param_groups[1]
    optimizer.param_groups[0]["lr"] = 0.0
    (first.sum() + second.sum()).backward()
    optimizer.step()
    assert first.tolist() == START.tolist()
    assert second.tolist() == (START - 0.25).tolist()


def test_a_scheduler_works_through_the_wrapper() -> None:
    p = parameter()
    optimizer = optimizers.create("lookahead", [p], inner="sgd", lr=1.0)
    schedule = plugtorch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 0.5**epoch)
    closure_of(optimizer, p)()
    optimizer.step()
    schedule.step()
    assert optimizer.inner.param_groups[0]["lr"] == 0.5


def test_an_option_that_both_have_is_refused() -> None:
    with pytest.raises(ValueError, match="rho"):
        optimizers.create("sam", [parameter()], inner="adadelta")


def test_an_unknown_inner_optimizer_is_an_error_that_suggests() -> None:
    with pytest.raises(plugtorch.errors.UnknownNameError, match="adam"):
        optimizers.create("sam", nn.Linear(1, 1).parameters(), inner="adan_")
