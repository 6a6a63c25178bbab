"""Random numbers are those of the processor; training goes on from a checkpoint to the bit."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.training import Run, Settings

BLOBS = f"{Path(__file__).parent.parent / 'training' / 'example_tasks.py'}:blobs"

SHAPES = [(), (1,), (7,), (3, 5), (2, 3, 4, 5), (1000,), (65, 129), (0, 3)]
FLOATS = ["float16", "bfloat16", "float32", "float64"]


def drawn(draw: Any, where: str) -> Any:
    plugtorch.manual_seed(7)
    plugtorch.rand(3, device=where)  # the counter does not begin at 0
    x = draw(where).cpu()
    return x.double().numpy() if x.is_floating_point() else x.numpy()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", FLOATS)
def test_uniform_and_normal(name: str, shape: tuple[int, ...], where: str) -> None:
    kind = getattr(plugtorch, name)

    def uniform(device: str) -> Any:
        return plugtorch.rand(*shape, dtype=kind, device=device)

    def normal(device: str) -> Any:
        return plugtorch.randn(*shape, dtype=kind, device=device)

    np.testing.assert_array_equal(drawn(uniform, where), drawn(uniform, "cpu"))
    near = {"float16": 2e-3, "bfloat16": 1e-2, "float32": 2e-6, "float64": 1e-14}[name]
    np.testing.assert_allclose(drawn(normal, where), drawn(normal, "cpu"), rtol=near, atol=near)


WHOLE = {
    "bits": lambda device: plugtorch.randint(-(2**62), 2**62, (33, 7), device=device),
    "randperm": lambda device: plugtorch.randperm(1000, device=device),
    "small": lambda device: plugtorch.randint(0, 10, (1001,), dtype=plugtorch.uint8, device=device),
    "bernoulli": lambda device: plugtorch.full((501,), 0.3, device=device).bernoulli(),
    "dropout": lambda device: F.dropout(plugtorch.ones(77, 13, device=device), 0.4),
    "dropout2d": lambda device: F.dropout2d(plugtorch.ones(8, 9, 3, 3, device=device), 0.5),
    "multinomial": lambda device: plugtorch.multinomial(
        plugtorch.tensor([0.1, 0.2, 0.7], device=device), 50, replacement=True
    ),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_numbers_and_masks(name: str, where: str) -> None:
    np.testing.assert_array_equal(drawn(WHOLE[name], where), drawn(WHOLE[name], "cpu"))


def train(model: Any, optimizer: Any, steps: int, where: str) -> None:
    for _ in range(steps):
        x = plugtorch.rand(4, 3, 8, 8, device=where)
        y = plugtorch.randint(0, 5, (4,), device=where)
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()


def made(where: str) -> tuple[Any, Any]:
    layers = [nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.2)]
    model = nn.Sequential(*layers, nn.Flatten(), nn.Linear(54, 5)).to(where)
    return model, plugtorch.optim.AdamW(model.parameters(), lr=0.01, amsgrad=True)


def recurrent(name: str, **options: Any) -> Any:
    def run(where: str) -> Any:
        def packed(*sequences: Any) -> Any:
            return nn.utils.rnn.pack_sequence(list(sequences), enforce_sorted=False)

        layer = getattr(nn, name)(3, 4, bidirectional=True, **options).to(where)
        return layer, lambda *given: layer(packed(*given))[0].data

    return run, [(2, 3), (5, 3), (1, 3)]


def decoder(where: str) -> Any:
    layer = nn.TransformerDecoderLayer(6, 2, 8, 0.0).to(where)
    mask = nn.Transformer.generate_square_subsequent_mask(4, device=where)
    return layer, lambda x, memory: layer(x, memory, tgt_mask=mask)


LAYERS: dict[str, Any] = {
    "LSTM": recurrent("LSTM", proj_size=2),
    "GRU": recurrent("GRU", bias=False),
    "RNN": recurrent("RNN", nonlinearity="relu"),
    "decoder": (decoder, [(4, 2, 6), (5, 2, 6)]),
}


@pytest.mark.parametrize("name", LAYERS)
def test_sequence_layers(name: str, where: str) -> None:
    make, shapes = LAYERS[name]
    inputs = [plugtorch.randn(*shape, device="cpu") for shape in shapes]
    (here, run), (there, run_there) = make("cpu"), make(where)
    there.load_state_dict(here.state_dict())
    found = []
    for layer, call, device in ((here, run, "cpu"), (there, run_there, where)):
        output = call(*[x.to(device) for x in inputs])
        output.square().sum().backward()
        found.append([output, *[p.grad for p in layer.parameters()]])
    for a, b in zip(*found, strict=True):
        ours, expected = b.detach().cpu().numpy(), a.detach().numpy()
        np.testing.assert_allclose(ours, expected, rtol=1e-4, atol=1e-5)


def test_k_steps_save_load_k_steps_are_2k_steps(where: str) -> None:
    plugtorch.manual_seed(3)
    model, optimizer = made(where)
    train(model, optimizer, 4, where)
    file = io.BytesIO()
    content = [model.state_dict(), optimizer.state_dict(), plugtorch.get_rng_state()]
    plugtorch.save({"all": content}, file)
    train(model, optimizer, 4, where)

    plugtorch.manual_seed(99)
    other, again = made(where)
    file.seek(0)
    of_model, of_optimizer, state = plugtorch.load(file)["all"]
    other.load_state_dict(of_model)
    again.load_state_dict(of_optimizer)
    plugtorch.set_rng_state(state)
    train(other, again, 4, where)
    for name, value in model.state_dict().items():
        loaded = other.state_dict()[name]
        assert loaded.device == value.device
        assert loaded.cpu().numpy().tobytes() == value.cpu().numpy().tobytes(), name


def test_a_resumed_training_is_the_same(where: str, tmp_path: Path) -> None:
    def start(folder: str, epochs: int) -> Any:
        run = Run.start(
            Settings(task=BLOBS, optimizer="adam", seed=5, epochs=epochs, device=where),
            tmp_path / folder,
        )
        run.fit()
        return run

    whole = start("whole", 4)
    start("part", 2)
    part = Run.resume(tmp_path / "part", epochs=4)
    part.fit()
    for name, value in whole.model.state_dict().items():
        assert str(value.device) == where
        assert (
            part.model.state_dict()[name].cpu().numpy().tobytes() == value.cpu().numpy().tobytes()
        )


def test_what_autocast_widens(where: str) -> None:
    """By its first tensor, given in whichever way, and not where the dtype is said."""
    x = plugtorch.ones(2, 3, dtype=plugtorch.float16, device=where)
    with plugtorch.autocast("opencl"):
        assert F.softmax(input=x, dim=1).dtype is plugtorch.float32
        assert plugtorch.sum(input=x).dtype is plugtorch.float32
        assert x.softmax(1, plugtorch.float16).dtype is plugtorch.float16
        assert F.log_softmax(x, 1, 3, plugtorch.float16).dtype is plugtorch.float16
