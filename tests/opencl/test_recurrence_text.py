"""The text of recurrence's kernels, kept for review in ``golden/``; no driver is needed.

After a wanted change, ``python tests/opencl/test_recurrence_text.py`` writes them anew.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from plugtorch.ops.recurrence import KINDS
from plugtorch.primitive import PRIMITIVES
from plugtorch_opencl.render import recurrence
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import View, Work

GOLDEN = Path(__file__).parent / "golden"
PROCESSOR = Traits("a processor", "a vendor", "a driver", "cpu", units=2, vector=8)
CARD = Traits("a card", "a vendor", "a driver", "gpu", units=32)


def result_of(name: str, shapes: list[tuple[int, ...]], **options: Any) -> View:
    shape = PRIMITIVES[name].shape(*shapes, **options)
    return View("float32", shape, contiguous(shape))


def works(traits: Traits, kind: str, times: int, rows: int, size: int, **more: Any) -> list[Work]:
    """Forward and back."""
    gates, count, seen, _ = KINDS[kind]
    wide, state = gates * size, [(rows, size)] * count
    options = {"kind": kind, "reverse": False, **more}
    forth = [(times, rows, wide), (wide, size), (wide,), *state]
    back = [(times, rows, size), (count + seen, times, rows, size), (wide, size), *state, *state]
    found = []
    for name, shapes in (("recurrence", forth), ("recurrence_slope", back)):
        own = options | ({"seen": True} if name == "recurrence" else {})
        operands = tuple([View("float32", shape, contiguous(shape)) for shape in shapes])
        found.append(recurrence.work(traits, name, operands, result_of(name, shapes, **own), **own))
    return found


CASES = {
    "processor_lstm": works(PROCESSOR, "lstm", 64, 32, 128),
    "processor_tanh": works(PROCESSOR, "tanh", 64, 32, 128),
    "card_gru": works(CARD, "gru", 64, 32, 128),
}


def texts(name: str) -> dict[Path, str]:
    return {
        GOLDEN / f"{launch.name}_on_a_{name.partition('_')[0]}.cl": launch.text
        for work in CASES[name]
        for launch in work.launches
        if launch.name.startswith("recurrence")
    }


@pytest.mark.parametrize("name", CASES)
def test_golden(name: str) -> None:
    for path, text in texts(name).items():
        assert path.exists(), f"{path.name} is missing"
        assert text == path.read_text(encoding="utf-8"), f"{path.name} changed"


def test_no_golden_text_is_left_over() -> None:
    wanted = {path for name in CASES for path in texts(name)}
    assert set(GOLDEN.glob("recurrence_*")) == wanted


@pytest.mark.parametrize("traits", [PROCESSOR, CARD], ids=["processor", "card"])
def test_one_text_serves_many_shapes(traits: Traits) -> None:
    kept = [
        [work.launches[-1].text for work in works(traits, "lstm", *sizes, reverse=sizes[0] == 5)]
        for sizes in ((64, 30, 128), (5, 30, 100))
    ]
    assert kept[0] == kept[1]


@pytest.mark.parametrize("rows", [1, 2, 5, 32, 1000])
@pytest.mark.parametrize("units", [1, 2, 16])
def test_groups_share_the_rows(rows: int, units: int) -> None:
    for traits in (replace(PROCESSOR, units=units), replace(CARD, units=units)):
        for work in works(traits, "lstm", 3, rows, 40):
            launch = work.launches[-1]
            groups = launch.items[0] // launch.group[0]
            numbers = [each.value for each in launch.arguments if each.kind == "uint"]
            share = numbers[3]
            assert (groups - 1) * share < rows <= groups * share
            assert traits is CARD or traits.vector == 1 or groups <= units


if __name__ == "__main__":
    for old in GOLDEN.glob("recurrence_*"):
        old.unlink()
    for case in CASES:
        for path, text in texts(case).items():
            path.write_text(text, encoding="utf-8")
