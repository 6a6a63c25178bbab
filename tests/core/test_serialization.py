"""save and load: what goes in comes out, files are whole, and no file can do harm."""

import io
import math
import os
import subprocess
import sys
from collections import Counter, OrderedDict, defaultdict, namedtuple

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, CheckpointError
from plugtorch.serialization import write_atomically

DTYPES = [
    "float16",
    "bfloat16",
    "float32",
    "float64",
    "uint8",
    "int8",
    "int16",
    "int32",
    "int64",
    "bool",
]


def round_trip(obj, **options):
    file = io.BytesIO()
    plugtorch.save(obj, file)
    file.seek(0)
    return plugtorch.load(file, **options)


def same(a, b):
    """Equal in value, type and order, all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, plugtorch.Tensor):
        return (
            a.dtype is b.dtype
            and a.shape == b.shape
            and a.requires_grad == b.requires_grad
            and a.detach().cpu().numpy().tobytes() == b.detach().cpu().numpy().tobytes()
        )
    if isinstance(a, dict):
        return same(list(a.items()), list(b.items()))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


# -- what goes in comes out --------------------------------------------------------------------


@pytest.mark.parametrize(
    "obj",
    [
        None,
        True,
        -7,
        2**100,
        0.1,
        float("inf"),
        float("-inf"),
        float("nan"),
        -0.0,
        'text, ünïcode, \U0001f40d, \x00, "quoted"',
        [],
        (),
        {},
        OrderedDict(),
        [1, (2, [3, {"a": (None,)}])],
        {"tensor": "x", "tuple": [1], "float": "nan", "dict": []},  # our words as keys
        {(1, ("a", (None, 2.5))): {(): 3, ((),): 4}, -(2**63): 5},
        {2: "int", "2": "str", 1.5: "float", False: "bool", None: "none", float("inf"): "inf"},
        OrderedDict([("b", 1), ("a", 2)]),
        Counter([3, 3, 80]),
    ],
    ids=repr,
)
def test_plain_values(obj):
    assert same(round_trip(obj), obj)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 5), (2, 0, 3), (1, 1, 1, 1, 2)], ids=str)
@pytest.mark.parametrize("name", DTYPES)
def test_every_dtype_and_shape(name, shape):
    values = numpy.random.default_rng(0).normal(size=shape) * 3
    tensor = plugtorch.tensor(values.tolist(), dtype=plugtorch.float64).reshape(shape)
    tensor = tensor.abs().to(getattr(plugtorch, name))
    assert same(round_trip({"t": tensor}), {"t": tensor})


def test_special_floats_keep_their_bits():
    tensor = plugtorch.tensor([float("nan"), float("inf"), -float("inf"), -0.0, 1e-45])
    assert same(round_trip(tensor), tensor)


def test_views_are_saved_as_they_are_seen():
    base = plugtorch.arange(12).reshape(3, 4)
    views = [base.t(), base[:, 1::2], base[1], base[0, 0], base.expand(2, 3, 4), base.flip(0)]
    for view in views:
        assert round_trip(view).tolist() == view.tolist()


def test_optimizer_and_model_state():
    model = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    optimizer = plugtorch.optim.Adam(model.parameters(), lr=0.1)
    model(plugtorch.ones(2, 3)).sum().backward()
    optimizer.step()
    state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()}
    again = round_trip(state)
    assert same(again["model"], state["model"])
    assert again["model"]._metadata == state["model"]._metadata
    assert again["optimizer"].keys() == state["optimizer"].keys()
    assert again["optimizer"]["param_groups"] == state["optimizer"]["param_groups"]
    assert [type(key) for key in again["optimizer"]["state"]] == [int] * 4
    other = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 1))
    other.load_state_dict(again["model"])
    plugtorch.optim.Adam(other.parameters()).load_state_dict(again["optimizer"])
    assert same(other.state_dict(), model.state_dict())


def test_requires_grad_is_kept():
    tensor = round_trip(nn.Parameter(plugtorch.ones(2)))
    assert tensor.requires_grad
    assert tensor.is_leaf
    assert not round_trip(plugtorch.ones(2)).requires_grad


def test_tied_weights_are_written_once_and_stay_tied():
    weight = plugtorch.ones(1000)
    file = io.BytesIO()
    plugtorch.save({"a": weight, "b": weight.detach(), "c": weight.clone()}, file)
    assert 8000 <= file.tell() < 9000
    file.seek(0)
    again = plugtorch.load(file)
    again["a"].zero_()
    assert again["b"].sum() == 0
    assert again["c"].sum() == 1000


def test_one_name_of_a_tied_weight_may_need_a_gradient_and_the_other_not():
    weight = nn.Parameter(plugtorch.ones(2))
    again = round_trip([weight, weight.detach()])
    assert [tensor.requires_grad for tensor in again] == [True, False]


def test_different_views_of_one_storage_keep_their_values():
    base = plugtorch.arange(6.0)
    again = round_trip([base, base[2:4], base.reshape(2, 3), base.reshape(3, 2).t()])
    assert [t.tolist() for t in again] == [
        [0, 1, 2, 3, 4, 5],
        [2, 3],
        [[0, 1, 2], [3, 4, 5]],
        [[0, 2, 4], [1, 3, 5]],
    ]


def test_names_that_collide():
    obj = {
        "a.b": plugtorch.zeros(1),
        "a": {"b": plugtorch.ones(1)},
        "__metadata__": plugtorch.ones(2),
        "": plugtorch.ones(3),
        1: plugtorch.zeros(2),
        "1": plugtorch.zeros(3),
    }
    assert same(round_trip(obj), obj)


def test_loaded_tensors_can_be_written():
    tensor = round_trip(plugtorch.ones(3))
    tensor += 1
    assert tensor.tolist() == [2, 2, 2]


def test_same_state_same_bytes():
    state = {"z": plugtorch.ones(2), "a": [plugtorch.zeros(3), 1]}
    files = [io.BytesIO(), io.BytesIO()]
    for file in files:
        plugtorch.save(state, file)
    assert files[0].getvalue() == files[1].getvalue()


# -- other programs ----------------------------------------------------------------------------


def test_safetensors_readers_can_read_it(tmp_path):
    from safetensors.numpy import load_file

    model = nn.Linear(3, 2)
    plugtorch.save(model.state_dict(), tmp_path / "model.safetensors")
    arrays = load_file(tmp_path / "model.safetensors")
    assert sorted(arrays) == ["bias", "weight"]
    assert numpy.array_equal(arrays["weight"], model.weight.detach().cpu().numpy())


def test_plain_safetensors_can_be_read(tmp_path):
    from safetensors.numpy import save_file

    save_file({"x": numpy.arange(3.0), "a": numpy.zeros((0, 2), numpy.int8)}, tmp_path / "f")
    loaded = plugtorch.load(tmp_path / "f")
    assert list(loaded) == ["x", "a"]  # as they lie in the file
    assert loaded["x"].tolist() == [0, 1, 2]
    assert loaded["a"].shape == (0, 2)


def test_a_dtype_that_plugtorch_lacks(tmp_path):
    from safetensors.numpy import save_file

    save_file({"x": numpy.arange(3, dtype=numpy.uint32)}, tmp_path / "f")
    with pytest.raises(CheckpointError, match=r"'x'.*U32"):
        plugtorch.load(tmp_path / "f")


# -- what cannot be saved ----------------------------------------------------------------------

Point = namedtuple("Point", "x y")


def hooked():
    module = nn.Linear(1, 1)
    module.register_forward_hook(print)
    return module


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        ({"model": hooked()}, r"Linear at \['model'\].*hooks.*state_dict\(\)"),
        ({"a": [0, {1}]}, r"set at \['a'\]\[1\].*plain"),
        (object(), "object"),
        (lambda: 0, "function"),
        (numpy.zeros(2, "complex64"), "ndarray.*float32"),
        ([numpy.array([None])], r"ndarray at \[0\].*float32"),
        (defaultdict(int), "defaultdict.*plain"),
        (Point(1, 2), "Point.*plain"),
        (b"bytes", "bytes"),
        (1j, "complex"),
        ({(1, (b"x",)): 3}, r"key \(1, \(b'x',\)\).*tuple"),
    ],
)
def test_what_cannot_be_saved(tmp_path, obj, message):
    with pytest.raises(ArgumentError, match=message):
        plugtorch.save(obj, tmp_path / "file")
    assert os.listdir(tmp_path) == []


def test_a_state_that_contains_itself(tmp_path):
    loop = []
    loop.append(loop)
    with pytest.raises(ArgumentError, match="contains itself"):
        plugtorch.save(loop, tmp_path / "file")


# -- files are whole ---------------------------------------------------------------------------


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    plugtorch.save(1, path)

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        plugtorch.save(2, path)
    assert plugtorch.load(path) == 1
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and links")
def test_links_permissions_and_special_files(tmp_path):
    plugtorch.save(1, tmp_path / "file")
    (tmp_path / "plain").write_text("")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "link").symlink_to("file")
    plugtorch.save(2, tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert plugtorch.load(tmp_path / "file") == 2
    write_atomically("/dev/null", b"not replaced")
    assert not os.path.isfile("/dev/null")


def test_a_killed_writer_leaves_the_old_file_or_the_new(tmp_path):
    """A process that saves without end is killed at some moment, several times."""
    path = tmp_path / "file"
    code = (
        "import sys, plugtorch\n"
        "n = 0\n"
        "while True:\n"
        "    n += 1\n"
        "    plugtorch.save([n, plugtorch.full((100_000,), float(n))], sys.argv[1])\n"
        "    print(n, flush=True)\n"
    )
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", code, path], stdout=subprocess.PIPE, text=True
        ) as process:
            written = [int(process.stdout.readline()) for _ in range(5)][-1]
            process.kill()
            written = max([written, *map(int, process.stdout.read().split())])
        number, values = plugtorch.load(path)
        assert written <= number <= written + 1
        assert (values == number).all()


@pytest.mark.parametrize("name", ["many.pt", "many.safetensors"])
def test_many_numbers_as_keys(tmp_path, name):
    keys = dict.fromkeys(range(0, 120_000, 2), 1)
    plugtorch.save(keys, tmp_path / name)
    assert plugtorch.load(tmp_path / name) == keys
