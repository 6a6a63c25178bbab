"""A rule applied block by block gives what it gives at once, bit for bit."""

import pytest

import plugtorch
from plugtorch.device import open_device
from plugtorch.optimizer.blocks import spans_of

RULES = [
    ("sgd", {"momentum": 0.9, "weight_decay": 0.1, "nesterov": True}),
    ("rmsprop", {"momentum": 0.5, "centered": True}),
    ("adagrad", {"lr_decay": 0.1}),
    ("adam", {"amsgrad": True, "weight_decay": 0.1}),
    ("adamw", {}),
]


def trained(name, options, shape, block, monkeypatch, steps=3):
    monkeypatch.setattr(type(open_device("cpu")), "block", block)
    plugtorch.manual_seed(0)
    parameter = plugtorch.randn(*shape).requires_grad_()
    optimizer = plugtorch.optimizers.create(name, [parameter], lr=0.1, **options)
    for _ in range(steps):
        parameter.grad = plugtorch.randn(*shape)
        optimizer.step()
    return parameter, optimizer


@pytest.mark.parametrize("shape", [(1000,), (37, 11), (1, 501), (3, 1, 200), (2, 7, 30)], ids=str)
@pytest.mark.parametrize(("name", "options"), RULES, ids=[name for name, _ in RULES])
def test_blocks_give_the_same_bits(name, options, shape, monkeypatch):
    whole, other = trained(name, options, shape, 0, monkeypatch)
    pieces, optimizer = trained(name, options, shape, 64, monkeypatch)
    assert (whole == pieces).all()
    mine, theirs = optimizer.state[pieces], other.state[whole]
    assert mine.keys() == theirs.keys()
    for key, value in mine.items():
        same = value == theirs[key]
        assert same.all() if isinstance(same, plugtorch.Tensor) else same


def test_blocks_are_used_where_the_parameter_is_large(monkeypatch):
    seen = []

    class Noting(plugtorch.Optimizer):
        defaults = {"lr": 1.0}
        elementwise = True

        def update(self, parameter, gradient, state, group):
            seen.append(tuple(parameter.shape))
            return parameter - group["lr"] * gradient, state

    monkeypatch.setattr(type(open_device("cpu")), "block", 10)
    parameters = [plugtorch.zeros(4).requires_grad_(), plugtorch.zeros(9, 4).requires_grad_()]
    for parameter in parameters:
        parameter.grad = plugtorch.ones_like(parameter)
    Noting(parameters).step()
    assert seen == [(4,), (2, 4), (2, 4), (2, 4), (2, 4), (1, 4)]
    assert all((p == -1).all() for p in parameters)


def test_a_value_kept_elsewhere_is_not_written(monkeypatch):
    monkeypatch.setattr(type(open_device("cpu")), "block", 10)
    parameter = plugtorch.zeros(50).requires_grad_()
    square = parameter.square().sum()  # keeps the parameter's array for its gradient
    optimizer = plugtorch.optimizers.create("sgd", [parameter], lr=1.0)
    parameter.grad = plugtorch.ones(50)
    optimizer.step()
    (slope,) = plugtorch.autograd.grad(square, parameter)
    assert (slope == 0).all()


@pytest.mark.parametrize("shape", [(5,), (1, 7), (3, 4), (1, 1), (2, 1000)], ids=str)
def test_spans_cover_every_element_once(shape):
    count = plugtorch.zeros(*shape)
    for spans in spans_of(shape, 6):
        key = tuple(slice(*span) for span in spans)
        count[key] += 1
    assert (count == 1).all()
