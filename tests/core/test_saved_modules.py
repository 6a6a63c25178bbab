"""Whole modules in a file: as they were, of allowed classes only, and nothing of them called."""

import io
import json
import sys
import types

import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.errors import ArgumentError, CheckpointError
from plugtorch.serialization import safe_globals


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(width, width)
        self.second = self.first  # twice the same
        self.scale = nn.Parameter(plugtorch.ones(width), requires_grad=False)
        self.register_buffer("seen", plugtorch.zeros(1))
        self.register_buffer("passing", plugtorch.ones(2), persistent=False)
        self.nothing = None
        self.register_parameter("absent", None)
        self.activation = F.gelu
        self.end = plugtorch.tanh
        self.options = {"width": width, "kind": plugtorch.float32, "on": plugtorch.device("cpu")}

    def forward(self, x):
        return self.end(self.activation(self.second(self.first(x))) * self.scale)


def round_trip(obj, **options):
    file = io.BytesIO()
    plugtorch.save(obj, file)
    file.seek(0)
    return plugtorch.load(file, **options)


LAYERS = [
    lambda: nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Dropout(0.3), nn.Linear(4, 2)),
    lambda: nn.ModuleDict({"a": nn.Conv2d(1, 2, 3, padding="same"), "b": nn.BatchNorm2d(2)}),
    lambda: nn.ModuleList([nn.Embedding(5, 3, padding_idx=0), nn.LayerNorm(3)]),
    lambda: nn.ParameterList([plugtorch.ones(2), plugtorch.zeros(3)]),
    lambda: nn.CrossEntropyLoss(weight=plugtorch.ones(3), label_smoothing=0.1),
    lambda: nn.MaxPool2d(2, return_indices=True),
]


@pytest.mark.parametrize("make", LAYERS)
def test_layers(make):
    module = make().eval()
    again = round_trip({"module": module})["module"]
    assert type(again) is type(module)
    assert repr(again) == repr(module)
    assert [type(m) for m in again.modules()] == [type(m) for m in module.modules()]
    assert not any(m.training for m in again.modules())
    state, expected = again.state_dict(), module.state_dict()
    assert list(state) == list(expected)
    assert all(bool((state[name] == expected[name]).all()) for name in state)
    for (name, a), b in zip(again.named_parameters(), module.parameters()):
        assert isinstance(a, nn.Parameter), name
        assert a.requires_grad == b.requires_grad


def test_a_class_of_ones_own():
    block = Block(3)
    with pytest.raises(CheckpointError, match=r"Block.*add_safe_globals\(\[Block\]\).*state_dict"):
        round_trip(block)
    for options in ({"weights_only": False}, {}):
        with safe_globals([Block]):
            again = round_trip(block, **options)
        x = plugtorch.randn(2, 3)
        assert bool((again(x) == block(x)).all())
        assert again.second is again.first
        assert again.nothing is None
        assert again.absent is None
        assert again.activation is F.gelu
        assert again.options == block.options
        assert list(again.state_dict()) == list(block.state_dict())
        assert list(dict(again.named_buffers())) == ["seen", "passing"]
        assert not again.scale.requires_grad
        again(x).sum().backward()
        assert again.first.weight.grad is not None
        again.extra = nn.Linear(1, 1)  # it goes on as any other module


def test_the_environment_changes_the_default_of_weights_only(monkeypatch):
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "1")
    assert type(round_trip(Block(2))) is Block
    with pytest.raises(CheckpointError, match="weights_only=False"):
        round_trip(Block(2), weights_only=True)
    monkeypatch.setenv("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", "0")
    with pytest.raises(CheckpointError, match="weights_only=False"):
        round_trip(Block(2))


def test_without_weights_only_classes_that_were_imported():
    assert type(round_trip(Block(2), weights_only=False)) is Block


def test_a_module_goes_to_a_path_of_pytorchs(tmp_path):
    plugtorch.save(nn.Linear(2, 2), tmp_path / "model.pt")
    assert isinstance(plugtorch.load(tmp_path / "model.pt"), nn.Linear)
    with pytest.raises(ArgumentError, match="Linear in PyTorch's format"):
        plugtorch.save(nn.Linear(2, 2), tmp_path / "model.pt", format="torch")


def test_what_a_module_may_not_hold():
    for value in (lambda x: x, {1}, open, print, types.SimpleNamespace()):
        module = nn.Linear(1, 1)
        module.extra = value
        with pytest.raises(ArgumentError, match=r"\.extra"):
            round_trip(module)
    hooked = nn.Sequential(nn.Linear(1, 1))
    hooked[0].register_forward_hook(print)
    with pytest.raises(ArgumentError, match=r"Linear at \.0 has hooks"):
        round_trip(hooked)


def changed(module, change):
    """A file of ``module`` with its description changed."""
    from safetensors import deserialize
    from safetensors.numpy import save as to_bytes

    file = io.BytesIO()
    plugtorch.save(module, file)
    content = file.getvalue()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    description = json.loads(header["__metadata__"]["plugtorch"])
    change(description["tree"])
    arrays = {}
    for name, view in deserialize(content):
        arrays[name] = plugtorch.serialization.decode._array(name, view, "")
    return io.BytesIO(to_bytes(arrays, metadata={"plugtorch": json.dumps(description)}))


class Loud(nn.Module):
    def __new__(cls):
        raise AssertionError("no file calls this")

    def __setstate__(self, state):
        raise AssertionError("no file calls this")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.update(module="os:system"), "class 'os:system'"),
        (lambda t: t.update(module="builtins:eval"), "class 'builtins:eval'"),
        (lambda t: t.update(module="this:s"), "class 'this:s'"),  # would print a poem
        (lambda t: t.update(module="plugtorch.nn.linear:Parameter"), "class"),
        (lambda t: t.update(module="plugtorch.nn.linear:Linear.__init__"), "class"),
        (lambda t: t.update(module="plugtorch.nn.no_such:Linear"), "class"),
        (lambda t: t.update(module=3), "means nothing"),
        (lambda t: t.update(module=None), "means nothing"),
        (lambda t: t.pop("passing"), "means nothing"),
        (lambda t: t.update(passing=[1]), "means nothing"),
        (lambda t: t.update(fields=[["a"]]), "means nothing"),
        (lambda t: t.update(fields=[[1, 2]]), "means nothing"),
        (lambda t: t.update(parameters=[["weight", 1]]), "means nothing"),
        (lambda t: t.update(modules=[["inner", {"tensor": "weight"}]]), "means nothing"),
        (lambda t: t.update(fields=[["f", {"function": "os:system"}]]), "means nothing"),
        (lambda t: t.update(fields=[["f", {"function": 1}]]), "means nothing"),
        (
            lambda t: t.update(fields=[["f", {"function": "plugtorch.nn.functional:load"}]]),
            "means nothing",
        ),
        (
            lambda t: t.update(fields=[["f", {"function": "plugtorch:load"}]]),
            "means nothing",
        ),
        (lambda t: t.update(fields=[["d", {"dtype": "complex64"}]]), "complex64"),
        (lambda t: t.update(fields=[["d", {"device": ":"}]]), "not here"),
        (lambda t: t.update(fields=[["s", {"size": ["a"]}]]), "means nothing"),
    ],
)
def test_changed_files(change, message):
    for options in ({}, {"weights_only": False}):
        with pytest.raises(CheckpointError, match=message):
            plugtorch.load(changed(nn.Linear(2, 2), change), **options)
    assert "this" not in sys.modules


def test_nothing_of_a_class_is_called():
    name = f"{__name__}:Loud"
    with safe_globals([Loud]):
        again = plugtorch.load(changed(nn.Module(), lambda tree: tree.update(module=name)))
    assert type(again) is Loud
