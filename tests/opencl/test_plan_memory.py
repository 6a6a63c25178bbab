"""Where intermediate results lie: nothing lies on what is still read, and places are used again."""

from __future__ import annotations

import random

import pytest

from plugtorch_opencl.plan import ALIGNMENT, _Arena


@pytest.mark.parametrize("seed", range(20))
def test_nothing_lies_on_what_is_still_read(seed: int) -> None:
    draw = random.Random(seed)
    arena, lives = _Arena(), []
    for step in range(200):
        for _ in range(draw.randrange(4)):
            size, last = draw.randrange(1, 5000), step + draw.randrange(draw.choice((1, 3, 60)))
            begin = arena.take(size, step, last)
            assert begin % ALIGNMENT == 0
            assert begin + size <= arena.size
            for other, end, until in lives:
                assert until < step or begin + size <= other or end <= begin
            lives.append((begin, begin + size, last))


def test_places_are_used_again() -> None:
    arena = _Arena()
    for step in range(100):
        arena.take(1000, step, step + 1)
    assert arena.size == 2 * 1024
    assert arena.take(2048, 200, 200) == 0  # two that were free side by side are one
    assert arena.take(4096, 201, 201) == 0  # and what is free at the end grows
    assert arena.size == 4096
