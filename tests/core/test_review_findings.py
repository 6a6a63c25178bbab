"""Small faults that were found by reading, each kept from coming back."""

from __future__ import annotations

import math
import threading
from typing import Any

import pytest

import plugtorch
from plugtorch.errors import ShapeError


def test_grad_does_not_use_up_what_it_did_not_go_through() -> None:
    x = plugtorch.tensor([1.0, 2.0], requires_grad=True)
    h = x * x * x
    (slope,) = plugtorch.autograd.grad((h * h).sum(), h)
    h.backward(slope)
    assert x.grad.tolist() == [6.0, 192.0]


@pytest.mark.parametrize(
    "step",
    [lambda x: x.floor(), lambda x: x.sign(), lambda x: x.round(), lambda x: x**0],
)
def test_what_is_flat_lets_nothing_back_however_large(step: Any) -> None:
    x = plugtorch.tensor([1.5, -2.5], requires_grad=True)
    step(x).backward(plugtorch.tensor([math.inf, math.nan]))
    assert x.grad.tolist() == [0.0, 0.0]


def test_negative_zero_is_kept() -> None:
    for x in (
        plugtorch.full((2,), -0.0),
        plugtorch.zeros(2).fill_(-0.0),
        plugtorch.zeros(2).masked_fill(plugtorch.tensor([True, True]), -0.0),
    ):
        assert (1 / x).tolist() == [-math.inf, -math.inf]


def test_a_bias_that_was_broadcast_gets_a_gradient_of_its_shape() -> None:
    x, weight = plugtorch.ones(2, 3), plugtorch.ones(4, 3)
    bias = plugtorch.ones(1, requires_grad=True)
    plugtorch.nn.functional.linear(x, weight, bias).sum().backward()
    assert bias.grad.tolist() == [8.0]


def test_adding_at_indices_broadcasts_and_refuses_what_does_not() -> None:
    x = plugtorch.zeros(4, 2)
    at = plugtorch.tensor([0, 0, 1])
    added = x.index_put((at,), plugtorch.tensor([[1.0, 2.0]]), accumulate=True)
    assert added.tolist() == [[2.0, 4.0], [1.0, 2.0], [0.0, 0.0], [0.0, 0.0]]
    column = x.index_put((at,), plugtorch.tensor([[1.0], [2.0], [3.0]]), accumulate=True)
    assert column.tolist() == [[3.0, 3.0], [3.0, 3.0], [0.0, 0.0], [0.0, 0.0]]
    with pytest.raises(ShapeError):  # as many elements as are needed, in another shape
        plugtorch.zeros(5, 4).index_put(
            (plugtorch.tensor([0, 1]),), plugtorch.ones(4, 2), accumulate=True
        )


def test_long_sums_keep_their_digits() -> None:
    tall = plugtorch.full((1_000_003, 2), 0.1)
    for sums in (tall.sum(0), tall.cumsum(0)[-1]):
        assert sums.dtype is plugtorch.float32
        assert sums.tolist() == pytest.approx([100000.3] * 2, rel=1e-5)
    assert tall.mean(0).tolist() == pytest.approx([0.1] * 2, rel=1e-5)
    x = plugtorch.arange(3 * 5000.0).reshape(5000, 3)
    assert x.sum(0, keepdim=True).shape == (1, 3)
    assert x.T.sum(1).tolist() == x.double().sum(0).tolist()


def test_inference_mode_decorates_without_brackets() -> None:
    @plugtorch.inference_mode
    def doubled(x: Any) -> Any:
        return x * 2

    assert not doubled(plugtorch.ones(2, requires_grad=True)).requires_grad
    assert plugtorch.is_grad_enabled()


class _TwoAverages(plugtorch.Optimizer):
    """Whose state begins as one tensor under two names."""

    defaults = {"lr": 0.1}
    elementwise = True

    def initial_state(self, parameter: Any, group: Any) -> Any:
        zeros = plugtorch.zeros_like(parameter)
        return {"first": zeros, "second": zeros}

    def update(self, parameter: Any, gradient: Any, state: Any, group: Any) -> Any:
        first = state["first"] * 0.5 + gradient
        second = state["second"] * 0.5 + gradient * gradient
        return parameter - group["lr"] * first / (second + 1), {"first": first, "second": second}


def test_state_that_begins_as_one_tensor_is_updated_in_blocks_as_whole() -> None:
    slopes = plugtorch.arange(100_000.0) % 7
    large = plugtorch.zeros(100_000, requires_grad=True)
    small = plugtorch.zeros(7, requires_grad=True)
    optimizer = _TwoAverages([large, small])
    for _ in range(3):
        large.grad, small.grad = slopes.clone(), slopes[:7].clone()
        optimizer.step()
    assert large[:7].tolist() == small.tolist()
    assert large[-5:].tolist() == small[(99_995 + plugtorch.arange(5)) % 7].tolist()


def _train(seed: int) -> list[Any]:
    """A few steps of a network with a large layer, and what came of them."""
    generator = plugtorch.Generator().manual_seed(seed)
    weight = plugtorch.randn(300, 300, generator=generator).mul_(0.05).requires_grad_()
    bias = plugtorch.zeros(300, requires_grad=True)
    head = plugtorch.randn(5, 300, generator=generator).mul_(0.05).requires_grad_()
    optimizer = plugtorch.optim.Adam([weight, bias, head], lr=0.01)
    losses = []
    for _ in range(15):
        x = plugtorch.randn(16, 300, generator=generator)
        x[0] = 0.0
        x[1:3] *= 2
        hidden = plugtorch.nn.functional.linear(x, weight, bias).relu()
        loss = plugtorch.log_softmax(hidden @ head.T, 1)[:, 0].mean().neg() / 0.5
        optimizer.zero_grad()
        loss.backward()
        with plugtorch.no_grad():
            weight.grad.mul_(0.5).add_(0.001)
        optimizer.step()
        losses.append(loss.item())
    return [losses, weight.tolist(), bias.tolist(), head.tolist()]


def test_models_trained_at_once_in_threads_learn_the_same() -> None:
    alone = [_train(seed) for seed in range(3)]
    together: dict[int, Any] = {}
    threads = [
        threading.Thread(target=lambda seed=seed: together.update({seed: _train(seed)}))
        for seed in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[seed] for seed in range(3)] == alone
