"""PyTorch's files without PyTorch: written, and read back.

What PyTorch itself writes and reads is compared in tests/parity.
"""

import os
import pickle
import zipfile
from collections import Counter, OrderedDict

import numpy
import pytest
from torch_parts import SIX, archive, legacy, loaded, tensor, text, written

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, CheckpointError, DeviceError

# -- what is written comes back ----------------------------------------------------------------


def state():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4))
    optimizer = plugtorch.optim.Adam(model.parameters(), lr=0.1)
    model(plugtorch.ones(2, 3)).sum().backward()
    optimizer.step()
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "numbers": [0, -1, 2**31, -(2**31), -(2**31) - 1, 2**300, -(2**2000), 0.1, float("inf")],
        "others": (None, True, False, "ünïcode \x00", Counter([1, 1, 5]), OrderedDict(z=1)),
        "torch": [plugtorch.Size([2, 0]), plugtorch.bfloat16, plugtorch.device("cpu")],
        1: {None: {0.5: {True: ()}}},
        (): {((1, ("a", None)), 2.5): 3, (1, (2,)): 4},
    }


@pytest.mark.parametrize("container", [written, legacy], ids=["zip", "legacy"])
def test_nested_state(container):
    saved = state()
    again = loaded(container(saved))
    assert list(again) == list(saved)
    for key in ("numbers", "others", "torch", 1, ()):
        assert again[key] == saved[key]
        assert repr(again[key]) == repr(saved[key])
    assert again["model"]._metadata == saved["model"]._metadata
    assert again["optimizer"]["param_groups"] == saved["optimizer"]["param_groups"]
    for name, value in saved["model"].items():
        assert again["model"][name].dtype is value.dtype
        assert bool((again["model"][name] == value).all())


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 0, 3), (1, 2, 1)], ids=str)
@pytest.mark.parametrize("container", [written, legacy], ids=["zip", "legacy"])
def test_every_dtype_and_shape(container, shape):
    values = numpy.random.default_rng(0).normal(size=shape) * 3
    for kind in plugtorch.dtypes.ALL:
        value = plugtorch.tensor(values).abs().to(kind)
        again = loaded(container(value))
        assert again.dtype is kind
        assert again.shape == value.shape
        assert again.tolist() == value.tolist()
        again.zero_()  # it can be written


def test_parameters_and_ties():
    weight = nn.Parameter(plugtorch.ones(3), requires_grad=False)
    other = plugtorch.ones(2, requires_grad=True)
    a, b, c, d = loaded(written([weight, weight.data, other, other]))
    assert isinstance(a, nn.Parameter)
    assert not a.requires_grad
    assert c.requires_grad
    a.zero_()
    assert b.sum() == 0
    assert not isinstance(d, nn.Parameter)


def test_the_name_of_a_file_says_its_format(tmp_path):
    value = {"x": plugtorch.ones(2)}
    for name, zipped in [("a.pt", True), ("a.PTH", True), ("a.bin", False), ("pt", False)]:
        plugtorch.save(value, tmp_path / name)
        assert zipfile.is_zipfile(tmp_path / name) == zipped
        assert plugtorch.load(tmp_path / name)["x"].tolist() == [1, 1]
    plugtorch.save(value, str(tmp_path / "b.pt"), format="safetensors")
    assert not zipfile.is_zipfile(tmp_path / "b.pt")
    with pytest.raises(ArgumentError, match="safetensors, torch"):
        plugtorch.save(value, tmp_path / "c", format="pickle")
    assert written(value) == written({"x": plugtorch.ones(2)})  # the same state, the same bytes


@pytest.mark.parametrize(
    "value",
    [object(), {1, 2}, b"x", {((b"x",),): 2}, {(1,) * 100: 2}, {2**65: 2}, numpy.float64(1).dtype],
)
def test_what_cannot_be_written(value):
    with pytest.raises(ArgumentError, match=r"at \['a'\]\[0\]"):
        written({"a": [value]})


def test_a_state_that_contains_itself():
    loop = []
    loop.append(loop)
    with pytest.raises(ArgumentError, match="contains itself"):
        written(loop)


def test_a_file_of_a_machine_with_the_other_byte_order():
    values = [1.5, -2.0, 3.25]
    for kind in ("float32", "bfloat16", "int64", "bool"):
        value = plugtorch.tensor(values).to(getattr(plugtorch, kind))
        assert loaded(legacy(value, little=False)).tolist() == value.tolist()
    big = numpy.arange(6, dtype=">f4").tobytes()
    again = loaded(archive(tensor(), [big], byteorder=b"big"))
    assert again.tolist() == [[0, 1, 2], [3, 4, 5]]


# -- strides -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_strided_views_show_what_numpy_shows(seed):
    """Random slices and permutations of an array, and overlapping strides."""
    rng = numpy.random.default_rng(seed)
    shape = tuple(rng.integers(1, 5, size=rng.integers(1, 4)))
    base = numpy.arange(numpy.prod(shape), dtype="<f4").reshape(shape)
    view = base.transpose(rng.permutation(len(shape)))
    view = view[tuple(slice(rng.integers(0, n), None, rng.integers(1, 3)) for n in view.shape)]
    if seed % 3 == 0:
        view = numpy.broadcast_to(view[..., :1], (*view.shape[:-1], 5))
    offset = (view.__array_interface__["data"][0] - base.__array_interface__["data"][0]) // 4
    asked = tensor(offset, view.shape, tuple(int(s) // 4 for s in view.strides), base.size)
    seen = loaded(archive(asked, [base.tobytes()]))
    assert seen.numpy(force=True).tolist() == view.tolist()
    assert seen.shape == view.shape


def test_views_of_one_storage_share_it():
    flat, turned, every = _together((0, (6,), (1,)), (0, (3, 2), (1, 3)), (1, (3,), (2,)))
    flat.zero_()
    assert turned.sum() == every.sum() == 0
    every[0] = 5
    assert turned.tolist() == [[0, 0], [5, 0], [0, 0]]


def _together(*views):
    p = b"(" + b"".join(tensor(o, s, t, end=b"") for o, s, t in views) + b"t."
    return loaded(archive(p, [SIX]))


# -- where tensors go --------------------------------------------------------------------------


def elsewhere(name="cuda:0"):
    return tensor().replace(text("cpu"), text(name))


def test_map_location():
    content = archive(elsewhere(), [SIX])
    for where in ("cpu", plugtorch.device("cpu"), {"cuda:0": "cpu"}, lambda storage, loc: storage):
        assert loaded(content, map_location=where).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(DeviceError, match=r"saved from 'cuda:0'.*map_location=\"cpu\""):
        loaded(content)
    with pytest.raises(DeviceError, match="saved from"):
        loaded(content, map_location={"cuda:1": "cpu"})


# -- what is allowed ---------------------------------------------------------------------------


class Settings:
    def __init__(self, depth):
        raise AssertionError("a file calls no __init__")


def test_allowed_classes():
    settings = object.__new__(Settings)
    settings.depth = 3
    content = archive(pickle.dumps({"a": settings}, 2))
    with pytest.raises(CheckpointError, match=r"add_safe_globals\(\[Settings\]\)"):
        loaded(content)
    with plugtorch.serialization.safe_globals([Settings]):
        again = loaded(content)["a"]
        assert plugtorch.serialization.get_safe_globals() == [Settings]
    assert type(again) is Settings
    assert again.depth == 3
    assert plugtorch.serialization.get_safe_globals() == []
    plugtorch.serialization.add_safe_globals([(Settings, f"{__name__}.Settings")])
    assert loaded(content)["a"].depth == 3
    plugtorch.serialization.clear_safe_globals()
    with pytest.raises(CheckpointError):
        loaded(content)


@pytest.mark.parametrize("wrong", [os.system, eval, exec, __import__, 3, (1, 2, 3), (len, 3)])
def test_what_is_never_allowed(wrong):
    with pytest.raises(ArgumentError, match="safe_globals"):
        plugtorch.serialization.add_safe_globals([wrong])
    assert plugtorch.serialization.get_safe_globals() == []
