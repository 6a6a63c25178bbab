"""PyTorch's files without PyTorch: written, read back, and refused where they ask for more.

What PyTorch itself writes and reads is compared in tests/parity.
"""

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections import Counter, OrderedDict

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import ArgumentError, CheckpointError, DeviceError
from plugtorch.serialization.torch_writer import _Pickle

CPU = {"map_location": "cpu"}


def written(obj):
    file = io.BytesIO()
    plugtorch.save(obj, file, format="torch")
    return file.getvalue()


def loaded(content, **options):
    return plugtorch.load(io.BytesIO(content), **options)


def archive(pickled, storages=(), compression=zipfile.ZIP_STORED, **others):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as out:
        out.writestr("archive/data.pkl", pickled)
        for key, content in enumerate(storages):
            out.writestr(f"archive/data/{key}", content)
        for name, content in others.items():
            out.writestr(f"archive/{name}", content)
    return file.getvalue()


def legacy(obj, little=True, change=lambda parts: parts):
    """A file of before PyTorch 1.6."""
    body = _Pickle()
    body.put(obj, "")
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": little}]
    order = "<" if little else ">"
    parts = [pickle.dumps(part, 2) for part in head]
    parts += [body.finish(), pickle.dumps([str(i) for i in range(len(body.storages))], 2)]
    for array in body.storages:
        parts.append(struct.pack("<q", array.size))
        parts.append(array.astype(array.dtype.newbyteorder(order)).tobytes())
    return b"".join(change(parts))


def tensor(offset=0, size=(2, 3), stride=(3, 1), count=6, kind=b"FloatStorage", key="0", end=b"."):
    """A pickle of one float tensor, as it is asked for."""
    p = _Pickle()
    p.out.write(b"ctorch._utils\n_rebuild_tensor_v2\n(")
    p.out.write(b"(")
    p.put("storage", "")
    p.out.write(b"ctorch\n" + kind + b"\n")
    for part in (key, "cpu", count):
        p.put(part, "")
    p.out.write(b"tQ")
    for part in (offset, size, stride, False):
        p.put(part, "")
    p.out.write(b"ccollections\nOrderedDict\n)RtR" + end)
    return p.out.getvalue()


SIX = numpy.arange(6, dtype="<f4").tobytes()


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
    }


@pytest.mark.parametrize("container", [written, legacy], ids=["zip", "legacy"])
def test_nested_state(container):
    saved = state()
    again = loaded(container(saved))
    assert list(again) == list(saved)
    for key in ("numbers", "others", "torch", 1):
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


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", {(1,): 2}, numpy.float64(1).dtype])
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
    return tensor().replace(_text("cpu"), _text(name))


def _text(text):
    return b"X" + struct.pack("<I", len(text)) + text.encode()


def test_map_location():
    content = archive(elsewhere(), [SIX])
    for where in ("cpu", plugtorch.device("cpu"), {"cuda:0": "cpu"}, lambda storage, loc: storage):
        assert loaded(content, map_location=where).tolist() == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(DeviceError, match=r"saved from 'cuda:0'.*map_location=\"cpu\""):
        loaded(content)
    with pytest.raises(DeviceError, match="saved from"):
        loaded(content, map_location={"cuda:1": "cpu"})


# -- what is refused ---------------------------------------------------------------------------


class Evil:
    def __init__(self, function, *arguments):
        self.asked = function, arguments

    def __reduce__(self):
        return self.asked


# a tuple of twice the tuple before, and so on: its text, or its hash, would never end
ENDLESS = b")" + b"q\x07h\x07\x86" * 60

BAD = {
    "system": (pickle.dumps(Evil(os.system, "exit 1"), 2), "names posix.system|names nt.system"),
    "system_4": (pickle.dumps([Evil(os.abort)], 4), "names posix.abort|names nt.abort"),
    "eval": (pickle.dumps(Evil(eval, "1"), 2), r"names __builtin__\.eval"),
    "getattr": (b"cbuiltins\ngetattr\n.", r"names builtins\.getattr"),
    "plugtorch_itself": (b"cplugtorch\nload\n.", r"names plugtorch\.load"),
    "dotted": (b"\x8c\x05torch\x8c\x09Size.fromx\x93.", "names torch.Size.from|damaged"),
    "numpy": (pickle.dumps(numpy.float64(1), 2), r"NumPy's.*\.item\(\)"),
    "whole_module": (b"ctorch.nn.modules.linear\nLinear\n.", r"whole module.*state_dict\(\)"),
    "no_such_dtype": (b"ctorch\nComplexFloatStorage\n.", "no such dtype.*float32"),
    "call_of_data": (b"](K\x01etR.", "damaged|calling a list"),
    "call_of_a_dtype": (b"ctorch\nfloat32\n)R.", "calling a dtype"),
    "class_of_tensor": (b"ctorch\nTensor\n)\x81.", "calling a type"),
    "instance": (b"(icollections\nOrderedDict\n.", "instruction INST"),
    "object": (b"(ccollections\nOrderedDict\no.", "instruction OBJ"),
    "extension": (b"\x82\x01.", "instruction EXT1|damaged"),
    "persistent_text": (b"Pstorage\n.", "instruction PERSID"),
    "persistent_number": (b"K\x01Q.", "no storage"),
    "persistent_module": (b"(X\x06\x00\x00\x00moduletQ.", "a module with its source"),
    "build_a_list": (b"]}b.", "sets the insides of a list"),
    "build_a_size": (b"ctorch\nSize\n)R}b.", "sets the insides of a Size"),
    "metadata_of_nothing": (
        b"ccollections\nOrderedDict\n)R}" + _text("_metadata") + b"K\x01sb.",
        "versions",
    ),
    "list_as_key": (b"}]Ns.", "a list as a key"),
    "deep_key": (b"})\x85\x85Ns.", "a tuple as a key"),
    "append_to_a_dict": (b"}Na.", "filling a dict as if it were a list"),
    "set_in_a_list": (b"]NNs.", "filling a list as if it were a dict"),
    "key_without_value": (b"}(Nu.", "damaged"),
    "memo_of_nothing": (b"h\x05.", "damaged"),
    "no_mark": (b"Nt.", "damaged"),
    "mark_as_value": (b"](a.", "damaged"),
    "only_a_mark": (b"(.", "damaged"),
    "two_results": (b"NN.", "damaged"),
    "nothing": (b".", "damaged"),
    "empty": (b"", "damaged"),
    "no_end": (b"N", "damaged"),
    "unknown_instruction": (b"\xff.", "damaged"),
    "text_beyond_the_end": (b"X\xff\xff\xff\x7fabc.", "damaged"),
    "bytes_beyond_the_end": (b"\x8e" + b"\xff" * 7 + b"\x7fabc.", "damaged"),
    "number_beyond_the_end": (b"\x8b\xff\xff\xff\x7f\x01.", "damaged"),
    "not_utf8": (b"X\x01\x00\x00\x00\xff.", "damaged"),
    "bytearray_of_a_length": (b"cbuiltins\nbytearray\n(J\xff\xff\xff\x7ftR.", "damaged"),
    "deep": (b"]" * 100_000 + b"a" * 99_999 + b".", "nested too deeply"),
    "deep_tuples": (b")" + b"\x85" * 100_000 + b".", "nested too deeply"),
    "deep_calls": (b"ctorch\nSize\n" * 2 + b")R)RR.", "damaged|calling a"),
    "endless_size": (tensor(size="@").replace(_text("@"), ENDLESS), "whole numbers"),
    "endless_key": (b"}" + ENDLESS + b"Ns.", "a tuple as a key"),
    "endless_count": (
        b"ccollections\nCounter\n(](" + ENDLESS + b"K\x01\x86etR.",
        "a tuple as a key",
    ),
    "size_of_texts": (b"ctorch\nSize\n(N\x85tR.", "whole numbers"),
    "device_of_nothing": (b"ctorch\ndevice\n)R.", "damaged"),
    "tensor_of_no_storage": (b"ctorch._utils\n_rebuild_tensor\n(NK\x00))tR.", "no storage"),
    "parameter_of_nothing": (b"ctorch._utils\n_rebuild_parameter\nN\x85R.", "no tensor"),
    "beyond_the_storage": (tensor(1), "reaches beyond its storage '0' of 6"),
    "stride_too_long": (tensor(stride=(4, 1)), "reaches beyond"),
    "offset_negative": (tensor(-1), "whole numbers from 0"),
    "size_negative": (tensor(size=(-2, 3)), "whole numbers from 0"),
    "stride_negative": (tensor(5, stride=(-3, 1)), "whole numbers from 0"),
    "size_of_floats": (tensor(size=(2.0, 3)), "whole numbers from 0"),
    "size_huge": (tensor(size=(2**62, 2**62)), "reaches beyond"),
    "size_beyond_64_bits": (tensor(size=(2**70, 3), stride=(0, 1)), "whole numbers from 0"),
    "fewer_strides": (tensor(stride=(1,)), "as many strides"),
    "too_many_axes": (tensor(size=(1,) * 65, stride=(1,) * 65), "64 at most"),
    "elements_again_and_again": (tensor(size=(3, 3), stride=(1, 1)), "several times"),
    "expanded_without_end": (tensor(size=(2**62, 2**62), stride=(0, 0)), "more elements"),
    "empty_without_end": (tensor(size=(0, 2**62, 8)), "as many strides"),
    "storage_longer": (tensor(count=7), "has 24 bytes and should have 28"),
    "storage_shorter": (tensor(size=(2,), stride=(1,), count=2), "should have 8"),
    "storage_negative": (tensor(count=-6), "not described"),
    "storage_huge": (tensor(count=2**62), "should have"),
    "storage_missing": (tensor(key="1"), "no 'data/1'"),
    "storage_elsewhere": (tensor(key="../data.pkl"), "cannot be the key"),
    "storage_absolute": (tensor(key="/etc/passwd"), "cannot be the key"),
    "storage_twice": (
        b"(" + tensor(end=b"") + tensor(count=3, size=(1,), stride=(1,), end=b"") + b"t.",
        "in two ways",
    ),
    "storage_of_two_types": (
        b"(" + tensor(end=b"") + tensor(kind=b"IntStorage", end=b"") + b"t.",
        "in two ways",
    ),
    "not_booleans": (tensor(kind=b"BoolStorage", count=24), "not booleans"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_pickles_are_refused_before_memory_is_spent(tmp_path, name):
    pickled, message = BAD[name]
    tracemalloc.start()
    try:
        with pytest.raises(CheckpointError, match=message):
            loaded(archive(pickled, [SIX]))
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    (tmp_path / "file").write_bytes(archive(pickled, [SIX]))
    with pytest.raises(CheckpointError) as caught:
        plugtorch.load(tmp_path / "file", weights_only=False)  # changes nothing here
    assert str(tmp_path / "file") in str(caught.value)


def _edited(edit):
    """A good archive whose bytes were changed."""
    return edit(archive(tensor(), [SIX]))


BAD_ARCHIVES = {
    "compressed": (archive(tensor(), [bytes(24)], zipfile.ZIP_DEFLATED), "compressed"),
    "not_pytorch": (archive(tensor()).replace(b"data.pkl", b"data.txt"), "is a zip archive, not"),
    "torchscript": (archive(tensor(), [SIX], **{"constants.pkl": b""}), "TorchScript"),
    "no_entries": (b"PK\x05\x06" + bytes(18), "is a zip archive, not"),
    "byte_order": (archive(tensor(), [SIX], byteorder=b"middle"), "byte order"),
    "cut": (_edited(lambda content: content[:-30]), "damaged"),
    "data_changed": (_edited(lambda content: content.replace(SIX, SIX[::-1])), "damaged"),
    "sizes_grown": (
        _edited(lambda c: c.replace(struct.pack("<II", 24, 24), struct.pack("<II", 2**31, 2**31))),
        "together larger",
    ),
    "encrypted": (
        _edited(
            lambda c: c.replace(
                b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"
            )
        ),
        "damaged",
    ),
}


@pytest.mark.parametrize("name", BAD_ARCHIVES)
def test_bad_archives(name):
    content, message = BAD_ARCHIVES[name]
    with pytest.raises(CheckpointError, match=message):
        loaded(content)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name():
    with pytest.raises(CheckpointError, match="one name"):
        loaded(_twice())


def _twice():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as out:
        for _ in range(2):
            out.writestr("archive/data/0", SIX)
        out.writestr("archive/data.pkl", tensor())
    return file.getvalue()


def test_too_much_beside_the_tensors(monkeypatch):
    content, old = written(["text" * 100]), legacy(["text" * 100])
    monkeypatch.setattr("plugtorch.serialization.pickled.LONGEST", 300)
    for file in (content, old):
        with pytest.raises(CheckpointError, match="bytes beside its tensors"):
            loaded(file)


BAD_LEGACY = {
    "another_pickle": (pickle.dumps({"a": 1}), "not one that torch.save wrote"),
    "harmful": (pickle.dumps(Evil(os.abort), 2), "names posix.abort|names nt.abort"),
    "version": (lambda p: [p[0], pickle.dumps(1002, 2), *p[2:]], "version is not 1001"),
    "keys_no_list": (lambda p: [*p[:4], pickle.dumps({}, 2), *p[5:]], "list of storages"),
    "keys_unknown": (lambda p: [*p[:4], pickle.dumps(["9"], 2), *p[5:]], "list of storages"),
    "keys_twice": (lambda p: [*p[:4], pickle.dumps(["0", "0"], 2), *p[5:], *p[5:]], "elements"),
    "keys_missing": (lambda p: [*p[:4], pickle.dumps([], 2)], "no storage '0'"),
    "length": (lambda p: [*p[:5], struct.pack("<q", 2**40), p[6]], "should have 6"),
    "length_negative": (lambda p: [*p[:5], struct.pack("<q", -6), p[6]], "should have 6"),
    "cut": (lambda p: [*p[:6], p[6][:-1]], "ends inside"),
    "body": (lambda p: [*p[:3], b"\x80\x02cos\nabort\n)R.", *p[4:]], "names os.abort"),
}


@pytest.mark.parametrize("name", BAD_LEGACY)
def test_bad_legacy_files(name):
    content, message = BAD_LEGACY[name]
    if callable(content):
        content = legacy(plugtorch.arange(6.0), change=content)
    with pytest.raises(CheckpointError, match=message):
        loaded(content)


@pytest.mark.parametrize("container", [written, legacy], ids=["zip", "legacy"])
def test_truncated_anywhere_and_flipped_bits(container):
    content = container({"a": plugtorch.ones(3), "b": [plugtorch.zeros(2), "text"], "c": 1.5})
    for length in range(0, len(content), 7):
        with pytest.raises(CheckpointError):
            loaded(content[:length])
    random = numpy.random.default_rng(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(content)
        damaged[random.integers(len(content))] ^= 1 << random.integers(8)
        try:
            loaded(bytes(damaged), map_location="cpu")
        except (CheckpointError, DeviceError):
            refused += 1
    assert refused > 60


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
