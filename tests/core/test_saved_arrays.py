"""NumPy's arrays and scalars in files, in both formats, and what is wrong with them."""

import io
import pickle
import zipfile

import numpy
import pytest

import plugtorch
from plugtorch.errors import ArgumentError, CheckpointError
from plugtorch.serialization.encode import PLAIN

FORMATS = ("safetensors", "torch")


def round_trip(obj, form):
    file = io.BytesIO()
    plugtorch.save(obj, file, format=form)
    file.seek(0)
    return plugtorch.load(file)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", PLAIN)
@pytest.mark.parametrize("shape", [(), (0, 3), (5,), (2, 3, 4)])
def test_arrays_and_scalars(form, kind, shape):
    array = numpy.asarray(numpy.random.default_rng().normal(size=shape) * 9).astype(kind)
    scalar = numpy.array(3).astype(kind)[()]
    strided = numpy.broadcast_to(array, (2, *shape)).T
    tensor = plugtorch.ones(2)
    again = round_trip({"a": [array, scalar], "b": strided, "a.0": tensor}, form)
    for got, expected in ((again["a"][0], array), (again["b"], strided)):
        assert type(got) is numpy.ndarray
        assert got.dtype == expected.dtype
        assert numpy.array_equal(got, expected)
        assert got.shape == expected.shape
        assert got.flags.writeable
    got = again["a"][1]
    assert got == scalar
    assert type(got) is (type(scalar) if kind != "float64" else type(got))
    assert again["a.0"].equal(tensor)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("wrong", [numpy.array(["a"]), numpy.zeros(1, "c8"), numpy.array([None])])
def test_arrays_that_no_file_holds(form, wrong):
    with pytest.raises(ArgumentError, match=r"cannot save a ndarray at \['x'\].*float32"):
        plugtorch.save({"x": wrong}, io.BytesIO(), format=form)


def read(content):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a/data.pkl", content)
        archive.writestr("a/byteorder", b"little")
        archive.writestr("a/version", b"3\n")
    file.seek(0)
    return plugtorch.load(file)


@pytest.mark.parametrize("order", "<>")
def test_arrays_as_numpy_pickles_them(order):
    columns = numpy.asfortranarray(numpy.arange(6).reshape(2, 3).astype(f"{order}i4"))
    for array in (columns, columns[0], numpy.array([True, False])):
        got = read(pickle.dumps(array, 2))
        assert got.tolist() == array.tolist()
        assert got.dtype == array.dtype.newbyteorder("=")
    assert read(pickle.dumps(numpy.int16(-7), 2)) == -7


ENDLESS = ()  # the text of which would never end
for _ in range(60):
    ENDLESS = (ENDLESS, ENDLESS)


def altered(**changes):
    """A pickle of an array with its state, or its dtype's, changed."""

    class Dtype:
        def __reduce__(self):
            state = changes.get("about", (3, "<", None, None, None, -1, -1, 0))
            return numpy.dtype, (changes.get("dtype", "i4"), False, True), state

    class Array:
        def __reduce__(self):
            function, (kind, *_), _ = numpy.arange(4, dtype="i4").__reduce__()
            made = (changes.get("kind", kind), (0,), b"b")
            content = changes.get("content", bytes(16))
            return function, made, (1, changes.get("shape", (4,)), Dtype(), False, content)

    return pickle.dumps(Array(), 2)


def test_the_pickle_that_is_altered_below():
    assert read(altered()).tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    "changes",
    [
        {"about": (3, "<", None, None, None, -1, -1, 63)},  # flags: its numbers would be pointers
        {"about": (3, "<", None, ("a",), {}, 8, 1, 0)},
        {"about": (3, "<", None, None, None, 10**9, -1, 0)},
        {"about": ()},
        {"about": {"a": 1}},
        {"dtype": "O"},
        {"dtype": "V8"},
        {"dtype": "i3"},
        {"kind": dict},
        {"shape": (5,)},
        {"shape": (-4,)},
        {"shape": (2**62, 2**62)},
        {"shape": ("4",)},
        {"shape": (ENDLESS,)},
        {"about": (3, ENDLESS, None, None, None, -1, -1, 0)},
        {"about": (3, "x", None, None, None, -1, -1, 0)},
        {"dtype": ENDLESS},
        {"kind": ENDLESS},
        {"content": ENDLESS},
        {"shape": 4},
        {"content": "text"},
        {"content": bytes(15)},
        {"content": [0, 0, 0, 0]},
        {"dtype": "b1", "shape": (16,), "content": bytes(15) + b"\2"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_is_no_array(changes):
    with pytest.raises(CheckpointError):
        read(altered(**changes))


def test_scalars_that_cannot_be():
    good = pickle.dumps(numpy.float32(2.5), 2)
    assert read(good) == 2.5
    for content in (b"", b"abc", b"abcdefgh"):
        wrong = pickle.dumps(numpy.float32(2.5), 3).replace(
            b"C\x04" + numpy.float32(2.5).tobytes(), b"C" + bytes([len(content)]) + content
        )
        with pytest.raises(CheckpointError, match="scalar"):
            read(wrong)


def test_an_array_that_is_named_twice_is_one():
    file = io.BytesIO()
    plugtorch.save({"a": numpy.zeros(1000), "b": numpy.zeros(1000)}, file)
    content = file.getvalue().replace(rb"{\"array\":\"b\"}", rb"{\"array\":\"a\"}")
    again = plugtorch.load(io.BytesIO(content))
    assert again["a"] is again["b"]


def test_what_load_would_refuse_is_not_saved(monkeypatch):
    monkeypatch.setattr("plugtorch.serialization.pickled.LONGEST", 100_000)
    high = numpy.full(60_000, 255, "u1")  # twice as many bytes in the file
    assert (round_trip(high[:40_000], "torch") == 255).all()
    with pytest.raises(ArgumentError, match="into tensors"):
        plugtorch.save(high, io.BytesIO(), format="torch")
