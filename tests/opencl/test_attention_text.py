"""The text of attention's kernels, kept for review in ``golden/``; no driver is needed.

After a wanted change, ``python tests/opencl/test_attention_text.py`` writes them anew.
"""

from __future__ import annotations

from math import prod
from pathlib import Path

import pytest

from plugtorch.errors import UnsupportedError
from plugtorch_opencl.render import attention
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import View, Work

GOLDEN = Path(__file__).parent / "golden"
PROCESSOR = Traits(
    "a processor", "a vendor", "a driver", "cpu", units=2, local_memory=1 << 18, vector=8
)
CARD = Traits("a card", "a vendor", "a driver", "gpu", units=32, local_memory=1 << 15)


def works(
    traits: Traits, leading: tuple[int, ...], length: int, size: int, masked: bool = False
) -> list[Work]:
    """Attention and what it lets back, of a text with itself."""

    def view(*shape: int) -> View:
        return View("float32", shape, contiguous(shape))

    rows = view(*leading, length, size)
    mask = (view(length, length),) if masked else ()
    options = {"scale": 0.125, "causal": not masked}
    result = view(*leading, length, size + 1)
    line = view(*leading, length)
    flat = view(3 * prod(rows.shape))
    slope = (rows, rows, rows, rows, line, line, *mask)
    return [
        attention.work(traits, "attention", (rows, rows, rows, *mask), result, **options),
        attention.work(traits, "attention_slope", slope, flat, **options),
    ]


CASES = {
    "processor": works(PROCESSOR, (8, 4), 256, 64),
    "processor_masked": works(PROCESSOR, (8, 4), 256, 20, masked=True),
    "card": works(CARD, (8, 4), 256, 64),
}


def texts(name: str) -> dict[Path, str]:
    return {
        GOLDEN / f"attention_{name}_{launch.name}.cl": launch.text
        for work in CASES[name]
        for launch in work.launches
        if launch.name.startswith("attention")
    }


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    for path, text in texts(name).items():
        assert path.exists(), f"{path.name} is missing"
        assert text == path.read_text(encoding="utf-8"), f"{path.name} changed"


def test_no_golden_text_is_left_over() -> None:
    wanted = {path for name in CASES for path in texts(name)}
    assert set(GOLDEN.glob("attention_*")) == wanted


@pytest.mark.parametrize("traits", [PROCESSOR, CARD], ids=["processor", "card"])
def test_one_text_serves_many_lengths(traits: Traits) -> None:
    found = [works(traits, leading, length, 64) for leading, length in (((8, 4), 256), ((3,), 70))]
    kept = [
        {launch.text for work in each for launch in work.launches if "attention" in launch.name}
        for each in found
    ]
    assert kept[0] == kept[1]


def test_no_memory_for_the_weights_of_all_pairs() -> None:
    length = 4096
    for work in works(PROCESSOR, (2,), length, 64):
        assert sum(count for _, count in work.scratch) < 2 * length * 64 * 8


def test_whole_rows_are_not_packed() -> None:
    packed = [
        sum(
            "outer" in launch.name
            for work in works(PROCESSOR, (8, 4), 256, size)
            for launch in work.launches
        )
        for size in (64, 20)
    ]
    assert packed == [0, 4]


def test_rows_that_local_memory_cannot_hold() -> None:
    with pytest.raises(UnsupportedError, match="bytes of local memory"):
        works(PROCESSOR, (1,), 16, 8192)


if __name__ == "__main__":
    for old in GOLDEN.glob("attention_*"):
        old.unlink()
    for case in CASES:
        for path, text in texts(case).items():
            path.write_text(text, encoding="utf-8")
