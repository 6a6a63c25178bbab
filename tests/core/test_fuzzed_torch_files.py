"""PyTorch's files with changes of chance: each is read or refused, and never anything else.

As a script it makes as many as one likes, of files that PyTorch wrote too, and keeps what went
wrong: ``python tests/core/test_fuzzed_torch_files.py 20000 SEED *.pt``.
"""

import io
import random
import sys
import time
import tracemalloc
import zipfile
from pathlib import Path

from torch_parts import legacy, written

import plugtorch
from plugtorch.errors import CheckpointError, DeviceError

INSTRUCTIONS = (
    b"(.012FGIJKLMNPQRSTUVXabcdeghijlopqrstu}])\x80\x82\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d"
)
NUMBERS = [
    b"\xff" * 4,
    b"\xff\xff\xff\x7f",
    b"\0\0\0\x80",
    bytes(4),
    b"\xff" * 8,
    bytes(7) + b"\x80",
]


def states():
    """Something of everything that a file can hold."""
    plugtorch.manual_seed(0)
    weight = plugtorch.arange(6.0).reshape(2, 3)
    model = plugtorch.nn.Linear(3, 2)
    yield {"model": model.state_dict(), "tied": [weight, weight.t(), weight[1:, ::2]], "n": 2**70}
    yield [model.weight, plugtorch.ones(2).bool(), ("text", 0.5, None), {(1, (2, "a")): {3: []}}]


def changed(random, content, other):
    """Some bytes of ``content`` flipped, replaced, taken out, copied or taken from ``other``."""
    content = bytearray(content)
    for _ in range(random.choice([1, 1, 1, 2, 5])):
        at = random.randrange(len(content) + 1)
        there = random.randrange(len(other))
        length = random.choice([1, 3, 12, 60, 300])
        number = random.choice(NUMBERS)
        instruction = bytes([random.choice(INSTRUCTIONS)])
        end, part = random.choice(
            [
                (at + 1, bytes([random.randrange(256)])),
                (at + 1, instruction),
                (at, instruction * random.choice([1, 2, 50])),
                (at + len(number), number),
                (at + length, b""),
                (at, other[there : there + length]),
                (at + length, other[there : there + length]),
                (len(content), b""),
            ]
        )
        content[at:end] = part
    return bytes(content)


def entries(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def fuzzed(random, content, other):
    """``content`` with changes; those inside of a zip archive leave its checksums right."""
    if not zipfile.is_zipfile(io.BytesIO(content)) or random.random() < 0.2:
        return changed(random, content, other)
    inside = entries(content)
    name = next(name for name in inside if name.endswith("data.pkl"))
    if random.random() < 0.3:
        name = random.choice(list(inside))
    inside[name] = changed(random, inside[name], other)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in inside.items():
            archive.writestr(name, part)
    return file.getvalue()


def outcome(given):
    """Whether it was read or refused; anything else is raised."""
    try:
        repr(plugtorch.load(given, map_location="cpu"))
    except (CheckpointError, DeviceError) as error:
        return "refused" if len(str(error)) < 1000 else "a message that is too long"
    return "read"


def test_files_with_changes(tmp_path):
    chance = random.Random(1)
    files = [pack(state) for state in states() for pack in (written, legacy)]
    found = []
    tracemalloc.start()
    try:
        for i in range(200):
            content = fuzzed(chance, chance.choice(files), chance.choice(files))
            (tmp_path / "file").write_bytes(content)
            found.append(outcome(tmp_path / "file" if i % 2 else io.BytesIO(content)))
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()
    assert set(found) == {"read", "refused"}
    assert found.count("refused") > 100
    assert found.count("read") > 5


def main(count, seed, *paths):
    chance = random.Random(seed)
    files = [pack(state) for state in states() for pack in (written, legacy)]
    files += [Path(path).read_bytes() for path in paths]
    found = []
    for i in range(int(count)):
        content = fuzzed(chance, chance.choice(files), chance.choice(files))
        path = Path(f"fuzzed-{seed}.pt")
        path.write_bytes(content)
        start = time.process_time()
        try:
            found.append(outcome(path if i % 2 else io.BytesIO(content)))
            if found[-1] not in ("read", "refused") or time.process_time() - start > 2:
                raise RuntimeError(f"{found[-1]} after {time.process_time() - start:.1f} s")
        except BaseException as error:
            print(f"{i}: {error!r}")
            path.rename(f"bad-{seed}-{i}.pt")
    print({kind: found.count(kind) for kind in set(found)}, "of", count)


if __name__ == "__main__":
    main(*sys.argv[1:])
