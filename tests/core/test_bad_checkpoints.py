"""Files that are truncated, of other kinds, damaged or malicious are refused and do no harm."""

import io
import json
import os
import pickle
import zipfile

import numpy
import pytest

import plugtorch
from plugtorch import nn
from plugtorch.errors import CheckpointError, DeviceError, StateError


def file_of(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def described(text, **tensors):
    return file_of({"__metadata__": {"plugtorch": text}, **tensors}, b"0" * 4 * len(tensors))


def tree(node, **tensors):
    return described(json.dumps({"version": 1, "tree": node}), **tensors)


def zipped():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    return file.getvalue()


class Evil:
    def __reduce__(self):
        return os.abort, ()


F32 = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}
CONTENTS = {
    "empty": (b"", "empty"),
    "text": (b"hello, this is a text", "not a safetensors file"),
    "pickle": (pickle.dumps(Evil()), "pickle"),
    "zip": (zipped(), "pickle"),
    "header_longer_than_file": ((2**40).to_bytes(8, "little") + b"{}", "damaged"),
    "header_length_negative": ((2**64 - 1).to_bytes(8, "little") + b"{}", "damaged"),
    "header_not_json": (file_of(b"{]"), "damaged"),
    "header_not_utf8": (file_of(b'{"\xff": 1}'), "damaged"),
    "header_nan": (file_of(b'{"x": NaN}'), "damaged"),
    "header_deep": (file_of(b"[" * 100_000), "damaged"),
    "header_metadata_not_text": (file_of({"__metadata__": {"plugtorch": 1}}), "damaged"),
    "overlap": (file_of({"x": F32, "y": {**F32, "data_offsets": [2, 6]}}, b"0" * 6), "damaged"),
    "beyond_the_end": (file_of({"x": F32}, b"0" * 3), "damaged"),
    "left_over": (file_of({"x": F32}, b"0" * 5), "damaged"),
    "offsets_reversed": (file_of({"x": {**F32, "data_offsets": [4, 0]}}, b"0" * 4), "damaged"),
    "offsets_negative": (file_of({"x": {**F32, "data_offsets": [-4, 0]}}, b"0" * 4), "damaged"),
    "shape_and_size": (file_of({"x": {**F32, "shape": [2]}}, b"0" * 4), "damaged"),
    "shape_overflow": (file_of({"x": {**F32, "shape": [2**40, 2**40]}}, b"0" * 4), "damaged"),
    "shape_huge_and_empty": (
        file_of({"x": {**F32, "shape": [0, 2**63], "data_offsets": [0, 0]}}),
        "shape that cannot be",
    ),
    "too_many_axes": (
        file_of({"x": {**F32, "shape": [1] * 100}}, b"0" * 4),
        "shape that cannot be",
    ),
    "not_booleans": (
        file_of({"x": {"dtype": "BOOL", "shape": [2], "data_offsets": [0, 2]}}, b"\x00\x02"),
        "not booleans",
    ),
    "description_not_json": (described("{]"), "cannot be read"),
    "description_nan": (described('{"version": 1, "tree": NaN}'), "NaN is not JSON"),
    "description_infinity": (described('{"version": 1, "tree": [-Infinity]}'), "not JSON"),
    "description_list": (described("[1]"), "cannot be read"),
    "description_no_tree": (described('{"version": 1}'), "cannot be read"),
    "description_deep": (
        described('{"version": 1, "tree": ' + "[" * 90_000 + "]" * 90_000 + "}"),
        "nested too deeply|cannot be read",
    ),
    "version_unknown": (described('{"version": 2, "tree": 0}'), "format 2"),
    "version_text": (described('{"version": "x", "tree": 0}'), "format 'x'"),
    "tensor_missing": (tree({"tensor": "x"}), "lacks the tensor 'x'"),
    "tensor_no_name": (tree({"tensor": ["x"]}, x=F32), "means nothing"),
    "tensor_device_no_text": (tree({"tensor": "x", "device": 1}, x=F32), "means nothing"),
    "word_unknown": (tree({"eval": "1"}), "means nothing"),
    "words_many": (tree({"dict": [], "tuple": []}), "means nothing"),
    "words_none": (tree({}), "means nothing"),
    "float_not_special": (tree({"float": "1"}), "means nothing"),
    "tuple_of_nothing": (tree({"tuple": 3}), "means nothing"),
    "dict_of_singles": (tree({"dict": [[1]]}), "means nothing"),
    "dict_with_list_key": (tree({"dict": [[[1], 2]]}), "means nothing"),
    "dict_with_list_in_a_key": (tree({"dict": [[{"tuple": [[1]]}, 2]]}), "means nothing"),
    "dict_with_a_long_key": (tree({"dict": [[{"tuple": [1] * 101}, 2]]}), "means nothing"),
    "dict_with_a_huge_key": (tree({"dict": [[2**65, 2]]}), "means nothing"),
    "dict_with_tensor_key": (tree({"dict": [[{"tensor": "x"}, 2]]}, x=F32), "means nothing"),
    "state_dict_without_versions": (tree({"state_dict": []}), "means nothing"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_bad_files(tmp_path, name):
    content, message = CONTENTS[name]
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(CheckpointError, match=message) as caught:
        plugtorch.load(tmp_path / "file")
    assert str(tmp_path / "file") in str(caught.value)
    with pytest.raises(CheckpointError):
        plugtorch.load(io.BytesIO(content))


def test_truncated_anywhere(tmp_path):
    file = io.BytesIO()
    plugtorch.save({"a": plugtorch.ones(3), "b": [plugtorch.zeros(2), "text"]}, file)
    content = file.getvalue()
    for length in range(len(content)):
        with pytest.raises(CheckpointError):
            plugtorch.load(io.BytesIO(content[:length]))


def test_flipped_bits_load_or_are_refused():
    file = io.BytesIO()
    plugtorch.save({"a": plugtorch.ones(3), "b": (plugtorch.zeros(2), float("nan"))}, file)
    content = file.getvalue()
    random = numpy.random.default_rng(0)
    refused = 0
    for _ in range(500):
        damaged = bytearray(content)
        damaged[random.integers(len(content))] ^= 1 << random.integers(8)
        try:
            plugtorch.load(io.BytesIO(damaged))
        except (CheckpointError, DeviceError):  # the name of a device may be hit
            refused += 1
    assert refused > 100


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        plugtorch.load(tmp_path / "nothing")


def test_state_of_another_model(tmp_path):
    plugtorch.save(nn.Linear(3, 2).state_dict(), tmp_path / "file")
    with pytest.raises(StateError, match="weight"):
        nn.Linear(4, 2).load_state_dict(plugtorch.load(tmp_path / "file"))


# -- devices -----------------------------------------------------------------------------------

ELSEWHERE = {"tensor": "x", "device": "abacus:1"}


def test_a_device_that_is_not_here():
    with pytest.raises(DeviceError, match=r"saved from 'abacus:1'.*map_location"):
        plugtorch.load(io.BytesIO(tree(ELSEWHERE, x=F32)))


@pytest.mark.parametrize(
    "map_location",
    [
        "cpu",
        plugtorch.device("cpu"),
        {"abacus:1": "cpu"},
        lambda tensor, saved: tensor if saved == "abacus:1" else None,
    ],
    ids=["text", "device", "dict", "function"],
)
def test_map_location(map_location):
    tensor = plugtorch.load(io.BytesIO(tree(ELSEWHERE, x=F32)), map_location)
    assert tensor.device == plugtorch.device("cpu")
    assert tensor.shape == (1,)
