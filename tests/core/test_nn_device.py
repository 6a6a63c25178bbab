"""Layers on a device that is not the default one: nothing may be made, or stay, on the CPU."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.errors import DeviceError
from plugtorch.hookspecs import BackendSpec
from plugtorch.utils.data import DataLoader, TensorDataset


@pytest.fixture
def other() -> Iterator[str]:
    """A second device: NumPy's again, under another name."""
    spec = BackendSpec(name="second_cpu", target="plugtorch_numpy.backend:NumpyBackend")
    with plugtorch.registry.register(spec):
        yield "second_cpu"


def test_moving_a_module(other: str) -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4))
    net.register_buffer("count", plugtorch.tensor(0))
    parameters = list(net.parameters())
    net(plugtorch.ones(2, 3)).sum().backward()
    net.to(other)
    assert [p is q for p, q in zip(parameters, net.parameters(), strict=True)] == [True] * 4
    for tensor in (*parameters, *(p.grad for p in parameters), net.count):
        assert tensor.device.type == other
    assert net(plugtorch.ones(2, 3, device=other)).device.type == other
    with pytest.raises(DeviceError):
        net(plugtorch.ones(2, 3))
    assert net.cpu()(plugtorch.ones(2, 3)).device.type == "cpu"


def test_loading_across_devices(other: str) -> None:
    there, here = nn.Linear(3, 2, device=other), nn.Linear(3, 2)
    there.load_state_dict(here.state_dict())
    assert there.weight.device.type == other
    assert there.weight.tolist() == here.weight.tolist()
    here.load_state_dict(there.state_dict(), assign=True)
    assert here.weight.device.type == other


@pytest.mark.parametrize(
    "make",
    [lambda d: nn.Linear(4, 3, device=d), lambda d: nn.Bilinear(4, 4, 3, device=d)]
    + [lambda d: nn.LayerNorm(4, device=d), lambda d: nn.RMSNorm(4, device=d)]
    + [lambda d: nn.PReLU(device=d), lambda d: nn.GRUCell(4, 3, device=d)]
    + [lambda d: nn.LSTMCell(4, 3, device=d), lambda d: nn.RNNCell(4, 3, device=d)]
    + [lambda d: nn.LSTM(4, 3, 2, bidirectional=True, proj_size=2, device=d)]
    + [lambda d: nn.TransformerEncoderLayer(4, 2, 8, device=d)]
    + [
        lambda d: nn.Dropout(),
        lambda d: nn.AlphaDropout(),
        lambda d: nn.RReLU(),
        lambda d: nn.GELU(),
    ]
    + [lambda d: nn.GELU(), lambda d: nn.Softmax(1), lambda d: nn.LogSoftmax(1)]
    + [lambda d: nn.Softplus()],
)
def test_layers_stay_there(make: Any, other: str) -> None:
    layer = make(other)
    x = plugtorch.ones(2, 4, device=other, requires_grad=True)
    output = layer(x, x) if isinstance(layer, nn.Bilinear) else layer(x)
    output = output[0] if isinstance(output, tuple) else output
    output.sum().backward()
    for tensor in (output, x.grad, *(p.grad for p in layer.parameters())):
        assert tensor.device.type == other


def test_packed_sequences_stay_there(other: str) -> None:
    layer = nn.GRU(3, 4, bidirectional=True, device=other)
    sequences = [plugtorch.ones(n, 3, device=other) for n in (2, 4)]
    packed = nn.utils.rnn.pack_sequence(sequences, enforce_sorted=False)
    output, last = layer(packed)
    padded, lengths = nn.utils.rnn.pad_packed_sequence(output)
    assert packed.batch_sizes.device.type == lengths.device.type == "cpu"
    for tensor in (packed.data, packed.sorted_indices, output.data, last, padded):
        assert tensor.device.type == other
    assert packed.to("cpu").sorted_indices.device.type == "cpu"


@pytest.mark.parametrize("length", [4, 300])
def test_attention_stays_there(length: int, other: str) -> None:
    model = nn.Transformer(4, 2, 1, 1, 8, device=other)
    x = plugtorch.ones(length, 1, 4, device=other)
    mask = model.generate_square_subsequent_mask(length, device=other)
    padding = plugtorch.zeros(1, length, dtype=plugtorch.bool, device=other)
    with pytest.warns(UserWarning, match="dtype"):
        result = model(x, x, mask, mask, src_key_padding_mask=padding)
    assert result.device.type == mask.device.type == other
    y = F.scaled_dot_product_attention(x[:, 0], x[:, 0], x[:, 0], is_causal=True)
    assert y.device.type == other


def test_embeddings_stay_there(other: str) -> None:
    options = {"padding_idx": 1, "max_norm": 1.0, "scale_grad_by_freq": True}
    table = nn.Embedding(5, 2, device=other, **options)
    index = plugtorch.tensor([0, 1, 1, 4], device=other)
    table(index).sum().backward()
    assert table.weight.grad.device.type == other
    assert F.one_hot(index).device.type == other
    for mode in ("constant", "replicate"):
        padded = F.pad(plugtorch.ones(2, 3, device=other), (1, 1), mode)
        assert padded.device.type == other


@pytest.mark.parametrize("name", ["uniform_", "normal_", "trunc_normal_", "orthogonal_", "eye_"])
def test_initialising_there(name: str, other: str) -> None:
    here, there = plugtorch.empty(4, 6), plugtorch.empty(4, 6, device=other)
    for tensor in (here, there):
        plugtorch.manual_seed(5)
        getattr(nn.init, name)(tensor)
    assert there.device.type == other
    assert there.tolist() == here.tolist()


def test_batches_and_clipping_there(other: str) -> None:
    data = TensorDataset(plugtorch.ones(4, 3, device=other), plugtorch.zeros(4))
    for x, y in DataLoader(data, 2, shuffle=True):
        assert (x.device.type, y.device.type) == (other, "cpu")
    layer = nn.Linear(3, 2, device=other)
    layer(x).sum().backward()
    assert nn.utils.clip_grad_norm_(layer.parameters(), 1.0).device.type == other
