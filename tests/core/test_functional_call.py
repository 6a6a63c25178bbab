"""A module called with other parameters than its own; and the small names beside it."""

from __future__ import annotations

import math
from typing import Any

import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, DTypeError, StateError
from plugtorch.func import functional_call
from plugtorch.nn.attention import SDPBackend, sdpa_kernel
from plugtorch.nn.utils import parametrizations, stateless


def test_one_step_of_learning_to_learn() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    x = plugtorch.rand(5, 3)
    own = dict(net.named_parameters())
    slopes = plugtorch.autograd.grad(net(x).sum(), list(own.values()), create_graph=True)
    rate = plugtorch.tensor(0.5, requires_grad=True)
    stepped = {name: p - rate * g for (name, p), g in zip(own.items(), slopes, strict=True)}
    loss = functional_call(net, stepped, (x,)).sum()
    loss.backward()
    assert rate.grad.item() != 0
    assert all(p.grad is not None for p in own.values())
    # the module is as it was, and with these numbers as its own computes the same
    assert dict(net.named_parameters()) == own
    net.load_state_dict({name: value.detach() for name, value in stepped.items()})
    assert plugtorch.allclose(net(x).sum(), loss)


def test_buffers_options_and_what_is_left_as_it_is() -> None:
    net = nn.BatchNorm1d(2)
    mean = plugtorch.tensor([1.0, 2.0])
    x = plugtorch.rand(4, 2)
    functional_call(
        net, ({"running_mean": mean}, {"weight": plugtorch.ones(2)}), kwargs={"input": x}
    )
    assert mean.tolist() != [1.0, 2.0]  # written in training
    assert net.running_mean.tolist() == [0.0, 0.0]
    assert stateless.functional_call is functional_call


def test_tied_weights() -> None:
    net = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    net[1].weight = net[0].weight
    x, mine = plugtorch.ones(1, 2), {"0.weight": 2 * plugtorch.eye(2)}
    assert functional_call(net, mine, x).tolist() == [[4.0, 4.0]]
    loose = functional_call(net, mine, x, tie_weights=False)
    assert plugtorch.allclose(loose, 2 * net[1](x))
    with pytest.raises(ArgumentError, match="tied"):
        functional_call(net, {**mine, "1.weight": plugtorch.eye(2)}, x)


def test_parametrized() -> None:
    net = parametrizations.weight_norm(nn.Linear(2, 1, bias=False))
    mine = {
        "parametrizations.weight.original0": plugtorch.tensor([[5.0]]),
        "parametrizations.weight.original1": plugtorch.tensor([[3.0, 4.0]]),
    }
    assert functional_call(net, mine, plugtorch.ones(1, 2)).item() == pytest.approx(7)


def test_refused() -> None:
    net, x = nn.Linear(2, 2), plugtorch.ones(1, 2)
    some = {"weight": plugtorch.eye(2)}
    with pytest.raises(StateError, match=r"missing .'bias'"):
        functional_call(net, some, x, strict=True)
    with pytest.raises(ArgumentError, match="several dictionaries"):
        functional_call(net, (some, some), x)
    with pytest.raises(DTypeError, match="weight must be a tensor"):
        functional_call(net, {"weight": 3}, x)
    with pytest.raises(ZeroDivisionError):
        functional_call(net.register_forward_pre_hook(lambda *_: 1 / 0) and net, some, x)
    assert isinstance(net.weight, nn.Parameter)


def test_the_rest_of_func_says_what_to_do() -> None:
    with pytest.raises(AttributeError, match=r"autograd\.grad"):
        print(plugtorch.func.grad)


@pytest.mark.parametrize("named", [SDPBackend.MATH, [SDPBackend.FLASH_ATTENTION], []])
def test_which_code_computes_attention(named: Any) -> None:
    x = plugtorch.rand(1, 2, 3, 4)
    with nn.attention.sdpa_kernel(named):
        inside = nn.functional.scaled_dot_product_attention(x, x, x)
    assert plugtorch.equal(inside, nn.functional.scaled_dot_product_attention(x, x, x))
    with pytest.raises(ArgumentError, match="sdpa_kernel"), sdpa_kernel("math"):
        pass


def test_real_numbers_asked_what_complex_ones_are() -> None:
    x = plugtorch.tensor([-2.0, 0.0, math.nan], requires_grad=True)
    assert x.real is x.conj() is x
    turned = x.angle()
    assert turned.tolist()[:2] == [pytest.approx(math.pi), 0.0]
    assert math.isnan(turned[2].item())
    turned[:2].sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 0.0]
    assert plugtorch.tensor([-3, 4]).angle().dtype is plugtorch.float32
    assert x.isreal().all()
    assert not x.is_conj()
    assert not x.is_neg()
    assert x.is_signed()
    assert not plugtorch.tensor([True]).is_signed()
    assert plugtorch.is_same_size(x, x + 1)
    assert not plugtorch.is_same_size(x, x[:1])
    assert plugtorch.can_cast(plugtorch.int64, plugtorch.float16)
    assert not plugtorch.can_cast(plugtorch.int64, plugtorch.bool)
    assert x[plugtorch.newaxis].shape == (1, 3)
