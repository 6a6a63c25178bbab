"""The functions of ``safetensors.torch``, for plugtorch's tensors."""

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, CheckpointError
from plugtorch.serialization import safetensors


def test_every_dtype_there_and_back(tmp_path):
    values = plugtorch.tensor([[0.0, 1.0, 2.0]])
    tensors = {kind.name: values.to(kind) for kind in plugtorch.dtypes.ALL}
    tensors["view"] = plugtorch.arange(6).reshape(2, 3).t()
    tensors["none"] = plugtorch.zeros(0, 2)
    safetensors.save_file(tensors, tmp_path / "f", metadata={"by": "test"})
    for again in (
        safetensors.load_file(tmp_path / "f"),
        safetensors.load(safetensors.save(tensors)),
        plugtorch.load(tmp_path / "f"),
    ):
        assert sorted(again) == sorted(tensors)
        for name, value in tensors.items():
            assert again[name].dtype is value.dtype
            assert again[name].tolist() == value.tolist()


def test_other_programs_read_it(tmp_path):
    from safetensors import safe_open
    from safetensors.numpy import load_file

    safetensors.save_file({"x": plugtorch.ones(2)}, str(tmp_path / "f"), {"by": "test"})
    assert numpy.array_equal(load_file(tmp_path / "f")["x"], [1, 1])
    with safe_open(tmp_path / "f", "numpy") as file:
        assert file.metadata() == {"by": "test"}


def test_tensors_come_in_the_order_of_the_file(tmp_path):
    from safetensors import safe_open

    tensors = {"a": plugtorch.ones(3).to(plugtorch.int8), "c": plugtorch.ones(2)}
    tensors |= {"b": plugtorch.ones(1).to(plugtorch.float16), "d": plugtorch.zeros(1)}
    safetensors.save_file(tensors, tmp_path / "f")
    with safe_open(tmp_path / "f", "numpy") as file:
        order = list(file.offset_keys())
    assert order != sorted(order)
    content = (tmp_path / "f").read_bytes()
    for again in (
        safetensors.load_file(tmp_path / "f"),
        safetensors.load(content),
        plugtorch.load(tmp_path / "f"),
    ):
        assert list(again) == order


def test_models(tmp_path):
    model, other = nn.Linear(3, 2), nn.Linear(3, 2)
    safetensors.save_model(model, tmp_path / "f")
    assert safetensors.load_model(other, tmp_path / "f") == ([], [])
    assert bool((other.weight == model.weight).all())
    assert safetensors.load_model(nn.ReLU(), tmp_path / "f", strict=False)[1] == ["bias", "weight"]


def test_bad_input(tmp_path):
    for wrong in ([plugtorch.ones(1)], {"x": [1]}, {1: plugtorch.ones(1)}):
        with pytest.raises(ArgumentError, match=r"safetensors\.save"):
            safetensors.save_file(wrong, tmp_path / "f")
    assert not list(tmp_path.iterdir())
    with pytest.raises(CheckpointError):
        safetensors.load(b"no such thing")
