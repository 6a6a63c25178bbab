"""What PyTorch writes is read here, and what is written here PyTorch reads."""

import io
from collections import OrderedDict

import numpy
import pytest
import torch

import plugtorch
from plugtorch.errors import CheckpointError
from plugtorch.serialization.encode import PLAIN

KINDS = ["float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64"]


def saved(obj, **options):
    file = io.BytesIO()
    torch.save(obj, file, **options)
    file.seek(0)
    return file


def same(ours, theirs, path=""):
    """Equal in value, kind and order, all the way down."""
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, plugtorch.Tensor), path
        assert isinstance(ours, plugtorch.nn.Parameter) == isinstance(theirs, torch.nn.Parameter)
        assert f"torch.{ours.dtype.name}" == str(theirs.dtype), path
        assert tuple(ours.shape) == tuple(theirs.shape), path
        assert ours.requires_grad == theirs.requires_grad, path
        assert ours.detach().double().tolist() == theirs.detach().double().tolist(), path
    elif isinstance(theirs, dict):
        assert list(ours) == list(theirs), path
        for key in theirs:
            same(ours[key], theirs[key], f"{path}[{key!r}]")
    elif isinstance(theirs, (list, tuple)):
        assert type(ours).__name__ == type(theirs).__name__
        assert len(ours) == len(theirs), path
        for i, pair in enumerate(zip(ours, theirs)):
            same(*pair, f"{path}[{i}]")
    elif isinstance(theirs, (torch.dtype, torch.device)):
        assert str(ours).removeprefix("plug") == str(theirs), path
    else:
        assert type(ours) is type(theirs), path
        assert ours == theirs, path


def views():
    base = torch.arange(24.0).reshape(4, 6)
    return [
        base,
        base.t(),
        base[1:3, ::2],
        base[:, 1::2],
        base[2],
        base[1, 1],
        base.expand(2, 4, 6),
        base[:, :1].expand(4, 5),
        base.flatten()[3:],
        base[::2].t(),
        base.diagonal(),
        base[:, None, :2],
        base[:0],
        base.as_strided((2, 2), (1, 1)),
        torch.zeros(0, 3),
        torch.tensor(1.0),
    ]


def plain():
    model = torch.nn.Sequential(
        torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.Linear(3, 4)
    )
    optimizer = torch.optim.Adam(model.parameters())
    for parameter in model.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer.step()
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [2, 3])
    return {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "scheduler": scheduler.state_dict(),
        "numbers": [0, -1, 255, 256, -(2**40), 2**100, 1.5, float("inf")],
        "others": (None, True, "ünïcode", OrderedDict(z=1, a=2)),
        ("key", (1, (2.5, None))): {(): 1, ((),): 2},
        "torch": [torch.Size([2, 3]), torch.device("cpu"), torch.float32, torch.bool],
        "kinds": [(torch.randn(2, 3) * 3).abs().to(getattr(torch, k)) for k in KINDS],
        "bools": torch.tensor([True, False]),
        "parameter": torch.nn.Parameter(torch.ones(2)),
        "frozen": torch.nn.Parameter(torch.ones(2), requires_grad=False),
        "leaf": torch.ones(2, requires_grad=True),
    }


WAYS = [
    {},
    {"pickle_protocol": 4},
    {"_use_new_zipfile_serialization": False},
    {"_use_new_zipfile_serialization": False, "pickle_protocol": 5},
]


@pytest.mark.parametrize("options", WAYS, ids=repr)
def test_what_pytorch_writes_is_read(tmp_path, options):
    state = {**plain(), "views": views(), "set": {1, 2}, "bytes": b"a\xff", "complex": 1j}
    file = saved(state, **options)
    again = plugtorch.load(file)
    same(again, state)
    assert again["model"]._metadata == state["model"]._metadata
    (tmp_path / "state.pt").write_bytes(file.getvalue())
    same(plugtorch.load(tmp_path / "state.pt", weights_only=False, mmap=True), state)
    seen = again["views"]
    seen[0].zero_()
    assert [float(view.sum()) for view in seen[:10]] == [0.0] * 10


@pytest.mark.parametrize("mapped", [False, True])
def test_what_is_written_here_pytorch_reads(tmp_path, mapped):
    state = plain()
    ours = plugtorch.load(saved(state))
    ours["views"] = [plugtorch.load(saved(view)) for view in views()]
    plugtorch.save(ours, tmp_path / "state.pt")
    theirs = torch.load(tmp_path / "state.pt", weights_only=True, mmap=mapped)
    same(ours, theirs)
    same(plugtorch.load(tmp_path / "state.pt"), theirs)


def test_models_move_both_ways(tmp_path):
    def build(lib):
        return lib.nn.Sequential(lib.nn.Conv2d(1, 2, 3), lib.nn.BatchNorm2d(2), lib.nn.ReLU())

    theirs, ours = build(torch), build(plugtorch)
    x = numpy.random.default_rng(0).normal(size=(3, 1, 5, 5)).astype("float32")
    theirs(torch.from_numpy(x))
    torch.save(theirs.state_dict(), tmp_path / "there.pt")
    ours.load_state_dict(plugtorch.load(tmp_path / "there.pt"))
    ours(plugtorch.from_numpy(x * 2))
    plugtorch.save(ours.state_dict(), tmp_path / "back.pth")
    theirs.load_state_dict(torch.load(tmp_path / "back.pth", weights_only=True))
    assert torch.load(tmp_path / "back.pth")._metadata == theirs.state_dict()._metadata
    a = ours.eval()(plugtorch.from_numpy(x)).detach().numpy()
    b = theirs.eval()(torch.from_numpy(x)).detach().numpy()
    assert numpy.allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("options", WAYS[::2], ids=repr)
def test_what_neither_reads_as_data(options):
    for value in (
        torch.nn.Linear(1, 1),
        torch.zeros(2, dtype=torch.complex64),
        torch.zeros(2, dtype=torch.uint16),
        torch.zeros(2).to_sparse(),
        numpy.array([None]),
    ):
        with pytest.raises(CheckpointError):
            plugtorch.load(saved(value, **options))


@pytest.mark.parametrize("options", WAYS[::2], ids=repr)
def test_arrays_of_numpy_move_both_ways(options):
    rng = numpy.random.default_rng()
    state = {
        kind: [(9 * rng.normal(size=(2, 3))).astype(kind), numpy.arange(3).astype(kind)[2]]
        for kind in PLAIN
    }
    file = io.BytesIO()
    plugtorch.save(state, file, format="torch")
    file.seek(0)
    for got in (plugtorch.load(saved(state, **options)), torch.load(file, weights_only=False)):
        for kind, (array, scalar) in state.items():
            assert numpy.array_equal(got[kind][0], array)
            assert got[kind][0].dtype == array.dtype
            assert got[kind][1] == scalar


@pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")
def test_a_torchscript_archive():
    file = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.Linear(1, 1)), file)
    file.seek(0)
    with pytest.raises(CheckpointError, match="TorchScript"):
        plugtorch.load(file)
