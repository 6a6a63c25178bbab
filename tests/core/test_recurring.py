"""Recurrence by its primitive, against the same from a step's operations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.autograd import grad
from plugtorch.errors import PlugtorchError
from plugtorch.functional import recurring, sequence
from plugtorch.primitive import PRIMITIVES

LAYERS: dict[str, Any] = {
    "tanh": nn.RNN,
    "relu": lambda *sizes, **options: nn.RNN(*sizes, nonlinearity="relu", **options),
    "gru": nn.GRU,
    "lstm": nn.LSTM,
}
SHAPES = [(1, 1, 3, 1), (5, 2, 3, 4), (4, 7, 2, 17), (2, 13, 5, 40)]  # times, rows, inputs, size


@pytest.fixture
def composed(monkeypatch: Any) -> Any:
    """Has a call done without the primitive."""

    def call(function: Any, *arguments: Any) -> Any:
        with monkeypatch.context() as patch:
            patch.setattr(sequence, "suits", lambda *given: False)
            return function(*arguments)

    return call


def draw(rng: Any, *shape: int) -> Any:
    values = rng.standard_normal(shape).astype(np.float32)
    return plugtorch.tensor(values, requires_grad=True)


def host(tensor: Any) -> Any:
    return tensor.detach().to(plugtorch.float32).cpu().numpy()


def state_of(rng: Any, kind: str, places: int, rows: int, size: int) -> tuple[Any, ...]:
    return tuple([draw(rng, places, rows, size) for _ in range(2 if kind == "lstm" else 1)])


def run(layer: Any, x: Any, state: tuple[Any, ...]) -> list[Any]:
    """The output and the last state."""
    output, last = layer(x, state if len(state) > 1 else state[0])
    return [output, *(last if len(state) > 1 else (last,))]


def same(ours: Any, others: Any, tolerance: float = 1e-4) -> None:
    for a, b in zip(ours, others, strict=True):
        np.testing.assert_allclose(host(a), host(b), tolerance, tolerance / 10)


@pytest.mark.parametrize("kind", LAYERS)
@pytest.mark.parametrize("bias", [True, False])
def test_values_and_gradients(composed: Any, kind: str, bias: bool) -> None:
    rng = np.random.default_rng()
    for times, rows, inputs, size in SHAPES:
        layer = LAYERS[kind](inputs, size, bias=bias, bidirectional=True)
        x, state = draw(rng, times, rows, inputs), state_of(rng, kind, 2, rows, size)
        ours = run(layer, x, state)
        others = composed(run, layer, x, state)
        same(ours, others)
        upstream = [draw(rng, *result.shape).detach() for result in ours]
        leaves = [x, *state, *layer.parameters()]
        same(grad(ours, leaves, upstream), grad(others, leaves, upstream), 1e-3)


@pytest.mark.parametrize("kind", LAYERS)
def test_nothing_recorded(composed: Any, kind: str) -> None:
    rng = np.random.default_rng()
    layer = LAYERS[kind](3, 5, num_layers=2)
    x, state = draw(rng, 4, 2, 3), state_of(rng, kind, 2, 2, 5)
    with plugtorch.no_grad():
        same(run(layer, x, state), composed(run, layer, x, state))


@pytest.mark.parametrize("kind", LAYERS)
def test_second_derivatives(composed: Any, kind: str) -> None:
    rng = np.random.default_rng()
    layer = LAYERS[kind](3, 4)
    x, state = draw(rng, 4, 2, 3), state_of(rng, kind, 1, 2, 4)
    leaves = [x, *state, *layer.parameters()]

    def second() -> Any:
        total = sum((result**2).sum() for result in run(layer, x, state))
        first = grad(total, leaves, create_graph=True)
        return grad(sum((g**2).sum() for g in first), leaves)

    same(second(), composed(second), 2e-3)


@pytest.mark.parametrize("kind", LAYERS)
def test_only_a_part_of_the_results_is_used(composed: Any, kind: str) -> None:
    rng = np.random.default_rng()
    layer = LAYERS[kind](3, 4)
    x, state = draw(rng, 4, 2, 3), state_of(rng, kind, 1, 2, 4)
    for place in range(len(state) + 1):
        leaves = [x, *state, layer.weight_hh_l0]

        def gradients(place: int = place, leaves: Any = leaves) -> Any:
            return grad(run(layer, x, state)[place].sum(), leaves)

        same(gradients(), composed(gradients))


def test_only_what_is_wanted_gets_a_gradient() -> None:
    layer = nn.GRU(3, 4)
    layer.weight_hh_l0.requires_grad_(False)
    layer.bias_hh_l0.requires_grad_(False)
    layer(plugtorch.randn(5, 2, 3))[0].sum().backward()
    given = [name for name, weight in layer.named_parameters() if weight.grad is not None]
    assert given == ["weight_ih_l0", "bias_ih_l0"]


def names_of(monkeypatch: Any, function: Any) -> list[str]:
    """The primitives that are called meanwhile."""
    seen = []
    call = type(PRIMITIVES["matmul"]).__call__

    def noted(self: Any, *operands: Any, **parameters: Any) -> Any:
        seen.append(self.name)
        return call(self, *operands, **parameters)

    with monkeypatch.context() as patch:
        patch.setattr(type(PRIMITIVES["matmul"]), "__call__", noted)
        function()
    return seen


def test_a_longer_sequence_is_no_more_operations(monkeypatch: Any) -> None:
    layer = nn.LSTM(3, 4)

    def train(times: int) -> None:
        layer(plugtorch.ones(times, 2, 3))[0].sum().backward()

    few, many = (names_of(monkeypatch, lambda n=n: train(n)) for n in (2, 50))
    assert few == many
    assert few.count("recurrence") == few.count("recurrence_slope") == 1


def test_what_is_composed(monkeypatch: Any) -> None:
    """Sequences of several lengths, and projections."""
    packed = nn.utils.rnn.pack_sequence([plugtorch.ones(3, 3), plugtorch.ones(2, 3)])
    x = plugtorch.ones(3, 2, 3)
    for call in (lambda: nn.GRU(3, 4)(packed), lambda: nn.LSTM(3, 4, proj_size=2)(x)):
        assert "recurrence" not in names_of(monkeypatch, call)
    even = nn.utils.rnn.pack_sequence([plugtorch.ones(3, 3)] * 2)
    assert "recurrence" in names_of(monkeypatch, lambda: nn.GRU(3, 4)(even))


@pytest.mark.parametrize("dtype", [plugtorch.float16, plugtorch.bfloat16, plugtorch.float64])
def test_other_dtypes(composed: Any, dtype: Any) -> None:
    if dtype not in plugtorch.ones(1).storage.backend.dtypes:
        pytest.skip("this device does not have the dtype")
    rng = np.random.default_rng()
    layer = nn.LSTM(3, 4).to(dtype)
    x = draw(rng, 5, 2, 3).detach().to(dtype).requires_grad_()

    def results() -> Any:
        output, last = layer(x)
        return output, *last, *grad(output.sum(), [x, *layer.parameters()])

    ours = results()
    assert all(part.dtype is dtype for part in ours)
    for a, b in zip(ours, composed(results), strict=True):
        tolerance = 1e-5 if dtype is plugtorch.float64 else 0.05
        np.testing.assert_allclose(host(a), host(b), tolerance, tolerance)


def test_no_rows_at_all() -> None:
    output, (h, c) = nn.LSTM(3, 4)(plugtorch.ones(5, 0, 3))
    assert (output.shape, h.shape, c.shape) == ((5, 0, 4), (1, 0, 4), (1, 0, 4))
    assert not recurring.suits(plugtorch.ones(0, 4))


def test_outputs_and_states_may_be_written_to() -> None:
    layer = nn.LSTM(3, 4)
    x = plugtorch.randn(5, 2, 3)
    with plugtorch.no_grad():
        output, (h, c) = layer(x)
        kept = h.clone(), c.clone()
        output.zero_()
        same((h, c), kept)
    output, (h, _) = layer(x)
    total = (output**2).sum()
    want = grad(total, layer.weight_hh_l0, retain_graph=True)
    output.data.zero_()
    h.data.zero_()
    same(grad(total, layer.weight_hh_l0), want)


@pytest.mark.parametrize("kind", LAYERS)
def test_gates_wide_open_or_shut(composed: Any, kind: str) -> None:
    """e^x beyond the range of its dtype, forward and back."""
    layer = LAYERS[kind](2, 3)
    x = plugtorch.tensor([[[1e4, -1e4]], [[-1e4, 1e4]]], requires_grad=True)

    def gradients() -> Any:
        output = layer(x)[0]
        return output, *grad(output.sum(), [x, *layer.parameters()])

    ours = gradients()
    assert all(np.isfinite(host(part)).all() for part in ours)
    same(ours, composed(gradients), 1e-3)


def test_a_state_of_another_dtype() -> None:
    layer = nn.GRU(3, 4)
    with pytest.raises(PlugtorchError, match=r"\["):
        layer(plugtorch.ones(5, 2, 3), plugtorch.ones(1, 2, 4, dtype=plugtorch.float64))
