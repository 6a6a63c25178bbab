"""PyTorch's files that are damaged, or ask for more than data: refused before memory is spent."""

import io
import os
import pickle
import struct
import tracemalloc
import zipfile
from collections import Counter, OrderedDict

import numpy
import pytest
from torch_parts import SIX, archive, legacy, loaded, tensor, text, written

import plugtorch
from plugtorch.errors import CheckpointError, DeviceError
from plugtorch.serialization.depth import too_deep


class Evil:
    def __init__(self, function, *arguments):
        self.asked = function, arguments

    def __reduce__(self):
        return self.asked


# a tuple of twice the tuple before, and so on: its text, or its hash, would never end
ENDLESS = b")" + b"q\x07h\x07\x86" * 60


def inwards(count):
    """A list in a list and so on, each put into the one around it while it is still empty."""
    steps = (b"h\x01]q\x01a" for _ in range(count))
    return b"]q\x00q\x01" + b"".join(step + b"0" for step in steps) + b"."


BAD = {
    "system": (pickle.dumps(Evil(os.system, "exit 1"), 2), "names posix.system|names nt.system"),
    "system_4": (pickle.dumps([Evil(os.abort)], 4), "names posix.abort|names nt.abort"),
    "eval": (pickle.dumps(Evil(eval, "1"), 2), r"names __builtin__\.eval"),
    "getattr": (b"cbuiltins\ngetattr\n.", r"names builtins\.getattr"),
    "plugtorch_itself": (b"cplugtorch\nload\n.", r"names plugtorch\.load"),
    "dotted": (b"\x8c\x05torch\x8c\x09Size.fromx\x93.", "names torch.Size.from|damaged"),
    "objects": (pickle.dumps(numpy.array([{}]), 2), r"NumPy array of 'O8'"),
    "numpy's own": (b"\x80\x02cnumpy\nload\n.", r"numpy\.load, which is NumPy's"),
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
        b"ccollections\nOrderedDict\n)R}" + text("_metadata") + b"K\x01sb.",
        "versions",
    ),
    "list_as_key": (b"}]Ns.", "a list as a key"),
    "list_in_a_key": (b"}]\x85\x85Ns.", "a list as a key"),
    "long_key": (b"}(" + b"K\x01" * 101 + b"tNs.", "more than 100 parts"),
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
    "deep_from_outside": (inwards(1000), "nested too deeply"),
    "deep_tuples": (b")" + b"\x85" * 100_000 + b".", "nested too deeply"),
    "deep_calls": (b"ctorch\nSize\n" * 2 + b")R)RR.", "damaged|calling a"),
    "endless_size": (tensor(size="@").replace(text("@"), ENDLESS), "whole numbers"),
    "endless_key": (b"}" + ENDLESS + b"Ns.", "more than 100 parts"),
    "endless_count": (
        b"ccollections\nCounter\n(](" + ENDLESS + b"K\x01\x86etR.",
        "more than 100 parts",
    ),
    "endless_dtype": (b"cnumpy\ndtype\n(" + ENDLESS + b"I00\nI01\ntR.", "array of a tuple"),
    "endless_device": (b"ctorch\ndevice\n(" + ENDLESS + b"tR.", "no text"),
    "device_of_an_endless_number": (
        b"ctorch\ndevice\n(" + text("cpu") + ENDLESS + b"tR.",
        "no text",
    ),
    "endless_layout": (b"ctorch.serialization\n_get_layout\n(" + ENDLESS + b"tR.", "no text"),
    "complex_of_a_text": (b"c__builtin__\ncomplex\n(" + text("1") + b"tR.", "damaged"),
    "size_of_a_tensor": (b"ctorch\nSize\n(" + tensor(end=b"") + b"tR.", "a Tensor for a list"),
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
    "storage_of_a_long_name": (tensor(key="9" * 300), "not described"),
    "long_name": (b"cos\n" + b"x" * 300 + b"\n.", "a name of more than 200"),
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
        with pytest.raises(CheckpointError, match=message) as caught:
            loaded(archive(pickled, [SIX]))
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
        assert len(str(caught.value)) < 500
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


# -- what a review found: each file did harm once --------------------------------------------------

ARGUMENTS = tensor(end=b"").partition(b"_rebuild_tensor_v2\n")[2].removesuffix(b"R")
WITH_STATE = (
    b"ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nctorch\nTensor\n"
)


def test_a_tensor_is_given_no_name_that_means_something():
    """__array_interface__ would let NumPy read any address; a name that is no text, nothing."""
    address = b"}" + text("shape") + b"K\x10\x85s"
    state = b"}(" + text("__array_interface__") + address + text("_own") + b"K\x01" + b"K\x02K\x03"
    state += text("note") + b"K\x04u"
    found = loaded(archive(WITH_STATE + ARGUMENTS + state + b"tR.", [SIX]))
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert numpy.asarray(found).tolist() == found.tolist()
    assert found.note == 4
    assert not hasattr(found, "_own")
    dir(found)


def test_a_function_that_is_its_own_argument():
    callee = b"ctorch._tensor\n_rebuild_from_type_v2\nq\x00"
    itself = callee + b"(h\x00ctorch\nTensor\n]q\x01(h\x00ctorch\nTensor\nh\x01}e}tR."
    with pytest.raises(CheckpointError):
        loaded(archive(itself, [SIX]))


def test_tensors_that_are_copies_of_one_storage_are_counted():
    count = 250_000
    one = tensor(size=(350, 700), stride=(350, 1), count=count, end=b"")
    few, many = (archive(b"](" + one * n + b"e.", [bytes(4 * count)]) for n in (3, 100))
    assert len(loaded(few)) == 3
    with pytest.raises(CheckpointError, match="more copies of the storage"):
        loaded(many)


def test_keys_of_one_hash_are_refused():
    pickled = pickle.dumps({n * (2**61 - 1): 0 for n in range(2000)}, 2)
    with pytest.raises(CheckpointError, match="more than 64 bits"):
        loaded(archive(pickled, [SIX]))


def alike_pairs(count):
    """Pairs of numbers with one hash: the second is computed from the first.

    Source: CPython's Objects/tupleobject.c.
    """
    one, two, five = 0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x27D4EB2F165667C5
    pairs = []
    for first in range(1, 100 * count):
        mixed = (five + first * two) % 2**64
        mixed = ((mixed << 31 | mixed >> 33) * one) % 2**64
        second = (12345 - mixed) * pow(two, -1, 2**64) % 2**64
        second -= 2**64 * (second >= 2**63)
        if -(2**61) < second + 1 < 2**61 and hash((first, second)) == hash(
            alike := (first, second)
        ):
            pairs.append(alike)
        if len(pairs) == count:
            break
    return pairs


ALIKE = {
    "tuples": alike_pairs(80),
    "complex": [complex(-1000003.0 * n, n) for n in range(1, 81)],
    "nested": [((pair,),) for pair in alike_pairs(80)],
}


@pytest.mark.parametrize("name", ALIKE)
@pytest.mark.parametrize("kind", [dict.fromkeys, set, frozenset, OrderedDict.fromkeys, Counter])
def test_tuples_of_one_hash_are_refused(kind, name):
    keys = ALIKE[name]
    assert len(set(map(hash, keys))) == 1
    assert len(set(keys)) == 80
    for protocol in (2, 4):
        if kind is frozenset and protocol == 2:
            continue  # its name is not known there
        pickled = pickle.dumps(kind(keys), protocol)
        with pytest.raises(CheckpointError, match="more than 64 keys with one hash"):
            loaded(archive(pickled, [SIX]))
        assert loaded(archive(pickle.dumps(kind(keys[:40]), protocol))) == kind(keys[:40])


def nested(count, inmost=()):
    found = list(inmost)
    for _ in range(count - 1):
        found = [found]
    return found


def test_how_deep_is_too_deep():
    loop, noted = nested(900), plugtorch.ones(1)
    loop.append([loop, 1])
    shared = nested(600)
    noted.note = nested(999)
    for value in (3, None, plugtorch.ones(1), nested(1000), [nested(999), 1], {"a": nested(999)}):
        assert not too_deep(value)
    for value in (loop, noted, [shared, [shared]], [nested(400, shared), shared]):
        assert not too_deep(value)
    for value in (nested(1001), (1, nested(1000)), {"a": nested(1000)}, [noted]):
        assert too_deep(value)
    for value in ([shared, nested(401, [shared])], [nested(401, [shared]), shared]):
        assert too_deep(value)


def test_entries_that_would_lie_outside_of_the_file(tmp_path):
    content = bytearray(archive(tensor(), [SIX]))
    at = content.rindex(b"PK\x05\x06") + 16  # where the directory begins; entries move with it
    content[at : at + 4] = struct.pack("<I", struct.unpack("<I", content[at : at + 4])[0] + 500)
    (tmp_path / "file").write_bytes(content)
    for given in (tmp_path / "file", io.BytesIO(content)):
        with pytest.raises(CheckpointError, match="outside of it"):
            plugtorch.load(given)


def test_a_warning_of_the_standard_library_is_a_damaged_file():
    with pytest.raises(CheckpointError, match="damaged"):
        loaded(archive(b"S'\\('\n."))
