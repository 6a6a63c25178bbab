"""PyTorch's files that name one part of themselves again and again, to take memory or time."""

import struct

import pytest
from torch_parts import SIX, archive, loaded, tensor, text

from plugtorch.errors import CheckpointError


def test_copies_of_one_part_are_counted():
    part = b"\x8e" + struct.pack("<Q", 1_000_000) + bytes(1_000_000) + b"q\x00"
    copies = b"cbuiltins\nbytearray\nq\x010](" + (b"h\x01h\x00\x85R") * 300 + b"e."
    with pytest.raises(CheckpointError, match="more copies"):
        loaded(archive(part + b"0" + copies, [SIX]))


def named_often(first, function, count=300):
    """A pickle that calls ``function`` with one and the same argument again and again."""
    return first + b"q\x010" + function + b"q\x000](" + b"h\x00h\x01\x85R" * count + b"e."


MANY = 30_000
OFTEN = {
    "size": named_often(b"](" + b"K\x01" * MANY + b"e", b"ctorch\nSize\n"),
    "set_of_one": named_often(b"](" + b"N" * MANY + b"e", b"c__builtin__\nset\n"),
    "ordered_of_one": named_often(b"](" + b"NN\x86" * MANY + b"e", b"ccollections\nOrderedDict\n"),
    "counter": named_often(
        b"}(" + b"".join(b"J" + struct.pack("<i", n) + b"N" for n in range(MANY)) + b"u",
        b"ccollections\nCounter\n",
    ),
    "versions": b"}"
    + text("_metadata")
    + b"}("
    + b"".join(text(str(n)) + b"}" for n in range(MANY))
    + b"usq\x010ccollections\nOrderedDict\n)R"
    + b"h\x01b" * 300
    + b".",
    "attributes": b"}("
    + b"".join(text(f"a{n}") + b"N" for n in range(MANY))
    + b"uq\x010("
    + (b"ctorch._utils\n_rebuild_parameter_with_state\n(" + tensor(end=b"") + b"\x88Nh\x01tR") * 300
    + b"t.",
}


@pytest.mark.parametrize("name", OFTEN)
def test_what_goes_through_one_part_again_and_again_is_refused(name):
    with pytest.raises(CheckpointError, match="more copies"):
        loaded(archive(OFTEN[name], [SIX]))
