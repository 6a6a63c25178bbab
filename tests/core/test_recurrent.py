"""Recurrent layers over sequences, without PyTorch at hand: a layer is a cell called many times."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, AutogradError, DTypeError, ShapeError

rnn = nn.utils.rnn
KINDS = ["RNN", "GRU", "LSTM"]


def cell_of(layer: Any, suffix: str) -> Any:
    """The cell with the weights of a layer that ends so."""
    cell = getattr(nn, f"{type(layer).__name__}Cell")(layer.weight_ih_l0.shape[1], 4)
    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
        setattr(cell, name, getattr(layer, name + suffix))
    return cell


def run(cell: Any, steps: Any) -> tuple[list[Any], Any]:
    state, outputs = None, []
    for x in steps:
        state = cell(x, state)
        outputs.append(state[0] if isinstance(state, tuple) else state)
    return outputs, state


def equal(a: Any, b: Any) -> bool:
    if isinstance(a, tuple):
        return all(equal(x, y) for x, y in zip(a, b, strict=True))
    return plugtorch.allclose(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", KINDS)
def test_a_layer_is_a_cell_called_many_times(name: str) -> None:
    layer = getattr(nn, name)(3, 4)
    x = plugtorch.randn(6, 2, 3)
    output, last = layer(x)
    outputs, state = run(cell_of(layer, "_l0"), x)
    assert equal(output, plugtorch.stack(outputs))
    assert equal(last, _layered(state))


def _layered(state: Any) -> Any:
    """A cell's state as that of the only layer."""
    if isinstance(state, tuple):
        return tuple(s.unsqueeze(0) for s in state)
    return state.unsqueeze(0)


@pytest.mark.parametrize("name", KINDS)
def test_gradients_are_those_of_the_cell(name: str) -> None:
    layer = getattr(nn, name)(3, 4)
    cell = cell_of(layer, "_l0")
    x = plugtorch.randn(6, 2, 3, requires_grad=True)
    weights = [x, *layer.parameters()]
    scale = plugtorch.randn(6, 2, 4)
    ours = plugtorch.autograd.grad((layer(x)[0] * scale).sum(), weights)
    outputs, _ = run(cell, x)
    expected = plugtorch.autograd.grad((plugtorch.stack(outputs) * scale).sum(), weights)
    for a, b in zip(ours, expected, strict=True):
        assert plugtorch.allclose(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", KINDS)
def test_from_the_end_it_is_the_cell_on_what_is_turned_round(name: str) -> None:
    layer = getattr(nn, name)(3, 4, bidirectional=True)
    x = plugtorch.randn(6, 2, 3)
    output, _ = layer(x)
    outputs, _ = run(cell_of(layer, "_l0_reverse"), x.flip(0))
    assert equal(output[..., 4:], plugtorch.stack(outputs[::-1]))


@pytest.mark.parametrize("name", KINDS)
def test_packed_sequences_are_each_done_alone(name: str) -> None:
    layer = getattr(nn, name)(3, 4, num_layers=2, bidirectional=True)
    sequences = [plugtorch.randn(n, 3) for n in (2, 5, 1, 5)]
    output, last = layer(rnn.pack_sequence(sequences, enforce_sorted=False))
    for place, (x, y) in enumerate(zip(sequences, rnn.unpack_sequence(output), strict=True)):
        alone, end = layer(x)
        assert equal(alone, y)
        states = last if name == "LSTM" else (last,)
        ends = end if name == "LSTM" else (end,)
        assert equal(tuple(s[:, place] for s in states), ends)


@pytest.mark.parametrize("name", [*KINDS, "projected", "relu"])
def test_gradients_of_packed_sequences(name: str) -> None:
    options = {"projected": {"proj_size": 2}, "relu": {"nonlinearity": "relu"}}.get(name, {})
    kind = {"projected": "LSTM", "relu": "RNN"}.get(name, name)
    layer = getattr(nn, kind)(3, 4, bidirectional=True, **options)
    sequences = [plugtorch.randn(n, 3) for n in (2, 5, 1)]
    sizes = {"LSTM": (4, 4), "projected": (2, 4)}.get(name, (4,))
    first = [plugtorch.randn(2, 3, size, requires_grad=True) for size in sizes]
    leaves = [*first, *layer.parameters()]

    def run(x: Any, state: Any) -> Any:
        output, last = layer(x, tuple(state) if kind == "LSTM" else state[0])
        rows = output.data if isinstance(output, rnn.PackedSequence) else output
        ends = last if kind == "LSTM" else (last,)
        return (rows**2).sum() + sum((s**3).sum() for s in ends)

    packed = run(rnn.pack_sequence(sequences, enforce_sorted=False), first)
    alone = sum(run(x, [s[:, i] for s in first]) for i, x in enumerate(sequences))
    ours = plugtorch.autograd.grad(packed, leaves)
    for a, b in zip(ours, plugtorch.autograd.grad(alone, leaves), strict=True):
        assert plugtorch.allclose(a, b, rtol=1e-4, atol=1e-5)


def test_a_relu_lets_nothing_through_below_zero() -> None:
    layer = nn.RNN(1, 1, nonlinearity="relu")
    with plugtorch.no_grad():
        for weight in layer.parameters():
            weight.fill_(1.0 if weight.ndim == 2 else 0.0)
    x = plugtorch.tensor([[-1.0], [2.0], [-3.0]], requires_grad=True)
    layer(x)[0].sum().backward()
    assert x.grad.tolist() == [[0.0], [1.0], [0.0]]


@pytest.mark.parametrize("name", KINDS)
def test_the_state_goes_on(name: str) -> None:
    layer = getattr(nn, name)(3, 4, batch_first=True)
    x = plugtorch.randn(2, 6, 3)
    whole, last = layer(x)
    first, state = layer(x[:, :4])
    second, end = layer(x[:, 4:], state)
    assert equal(whole, plugtorch.cat([first, second], 1))
    assert equal(last, end)


def test_a_projection_makes_outputs_smaller() -> None:
    layer = nn.LSTM(3, 5, proj_size=2, num_layers=2, bidirectional=True)
    output, (h, c) = layer(plugtorch.randn(4, 6, 3))
    assert (output.shape, h.shape, c.shape) == ((4, 6, 4), (4, 6, 2), (4, 6, 5))
    assert layer.weight_hr_l1_reverse.shape == (2, 5)
    assert layer.weight_ih_l1.shape == (20, 4)


def test_names_of_weights() -> None:
    layer = nn.GRU(3, 4, 2, bias=False, bidirectional=True)
    names = ["weight_ih_l0", "weight_hh_l0", "weight_ih_l0_reverse", "weight_hh_l0_reverse"]
    assert list(layer.state_dict()) == names + [n.replace("l0", "l1") for n in names]
    assert [len(weights) for weights in layer.all_weights] == [2, 2, 2, 2]
    assert layer.all_weights[1][0] is layer.weight_ih_l0_reverse
    assert layer.flatten_parameters() is None


def test_a_weight_may_be_replaced() -> None:
    layer = nn.RNN(3, 4)
    before = layer(plugtorch.ones(1, 3))[0]
    layer.weight_ih_l0 = nn.Parameter(layer.weight_ih_l0.detach() * 2)
    assert not equal(layer(plugtorch.ones(1, 3))[0], before)
    twin = copy.deepcopy(layer)
    assert equal(twin(plugtorch.ones(1, 3)), layer(plugtorch.ones(1, 3)))


def test_dropout_is_between_layers_and_in_training_only() -> None:
    layer = nn.RNN(3, 40, num_layers=2, dropout=0.5, nonlinearity="relu")
    x = plugtorch.randn(2, 5, 3)
    assert not equal(layer(x)[0], layer(x)[0])
    layer.eval()
    assert equal(layer(x), layer(x))
    layer.train().dropout = 1.0
    blank = nn.RNN(3, 40, num_layers=2, nonlinearity="relu")
    blank.load_state_dict(layer.state_dict())
    with plugtorch.no_grad():
        blank.weight_ih_l1.zero_()
    assert equal(layer(x)[0], blank(x)[0])


@pytest.mark.parametrize("name", KINDS)
def test_gradients_are_those_of_what_was_there(name: str) -> None:
    """Weights, input and state may be written to between forward and backward."""
    layer = getattr(nn, name)(3, 4)
    x, h = plugtorch.randn(3, 2, 3), plugtorch.randn(1, 2, 4)

    def gradients(change: bool) -> list[Any]:
        inputs = x.clone(), h.clone()
        state = (inputs[1], inputs[1].clone()) if name == "LSTM" else inputs[1]
        output, last = layer(inputs[0], state)
        total = (output**2).sum() + sum(s.sum() for s in last)
        before = {n: w.detach().clone() for n, w in layer.named_parameters()}
        if change:
            with plugtorch.no_grad():
                for written in (*inputs, *layer.parameters()):
                    written.mul_(3.0)
        found = plugtorch.autograd.grad(total, list(layer.parameters()))
        layer.load_state_dict(before)
        return list(found)

    for a, b in zip(gradients(False), gradients(True), strict=True):
        assert equal(a, b)


def test_a_graph_is_gone_back_through_once_or_as_often_as_asked() -> None:
    layer = nn.GRU(3, 4)
    total = layer(plugtorch.randn(3, 2, 3))[0].sum()
    first = plugtorch.autograd.grad(total, layer.weight_hh_l0, retain_graph=True)
    assert equal(first, plugtorch.autograd.grad(total, layer.weight_hh_l0))
    with pytest.raises(AutogradError, match="already gone back through"):
        total.backward()


def test_frozen_weights_get_no_gradient() -> None:
    layer = nn.LSTM(3, 4, proj_size=2)
    layer.weight_hh_l0.requires_grad_(False)
    layer.bias_hh_l0.requires_grad_(False)
    layer(plugtorch.randn(3, 2, 3))[0].sum().backward()
    with_gradient = [n for n, w in layer.named_parameters() if w.grad is not None]
    assert with_gradient == ["weight_ih_l0", "bias_ih_l0", "weight_hr_l0"]


def test_second_derivatives_of_a_layer() -> None:
    layer = nn.LSTM(2, 2).double()
    x = plugtorch.randn(3, 1, 2, dtype=plugtorch.float64, requires_grad=True)

    def slope(x: Any) -> Any:
        (g,) = plugtorch.autograd.grad((layer(x)[0] ** 2).sum(), x, create_graph=True)
        return g

    direction = plugtorch.randn(3, 1, 2, dtype=plugtorch.float64)
    (second,) = plugtorch.autograd.grad((slope(x) * direction).sum(), x)
    h = 1e-5
    expected = (slope(x + h * direction) - slope(x - h * direction)) / (2 * h)
    assert plugtorch.allclose(second, expected.detach(), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: nn.GRU(3, 4, proj_size=2), ArgumentError, "only LSTM"),
        (lambda: nn.LSTM(3, 4, proj_size=4), ArgumentError, "proj_size must be from 0 to"),
        (lambda: nn.LSTM(3, 4, dropout=2), ArgumentError, "probability"),
        (lambda: nn.LSTM(3, 4, bias=1), DTypeError, "bias must be of type bool"),
        (lambda: nn.LSTM(3, 0), ArgumentError, "hidden_size=0"),
        (
            lambda: nn.LSTM(3, 4)(plugtorch.ones(5, 2, 3), plugtorch.ones(1, 2, 4)),
            ArgumentError,
            "pair",
        ),
        (lambda: nn.RNN(3, 4)(plugtorch.ones(5, 2, 2)), ShapeError, "input_size is 3"),
        (
            lambda: nn.RNN(3, 4)(plugtorch.ones(5, 3), plugtorch.ones(1, 1, 4)),
            ShapeError,
            "directions",
        ),
        (
            lambda: rnn.pack_padded_sequence(plugtorch.ones(2, 2), [3, 1]),
            ArgumentError,
            "from 1 to 2",
        ),
        (lambda: rnn.pack_padded_sequence(plugtorch.ones(0, 2), [1, 1]), ShapeError, "empty"),
        (lambda: rnn.pad_sequence([]), ShapeError, "at least one"),
        (lambda: rnn.unpad_sequence(plugtorch.ones(2, 2), [1]), ShapeError, "1 lengths"),
    ],
)
def test_what_is_refused(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_unpadding_leaves_its_argument_alone() -> None:
    x = plugtorch.ones(3, 2)
    rnn.unpad_sequence(x, [3, 1])
    assert x.shape == (3, 2)
