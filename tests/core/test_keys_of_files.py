"""Numbers as keys: many that count up are read, many that could be chosen to collide are not."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import plugtorch
from plugtorch.errors import CheckpointError
from plugtorch.serialization.keys import SCATTERED


def test_many_numbers_as_keys(tmp_path: Path) -> None:
    path = tmp_path / "many.pt"
    counted = dict.fromkeys(range(3, SCATTERED + 100), 1)
    plugtorch.save(counted, path)
    assert plugtorch.load(path) == counted
    plugtorch.save(dict.fromkeys(random.sample(range(10**9), SCATTERED), 1), path)
    assert len(plugtorch.load(path)) == SCATTERED
    plugtorch.save(dict.fromkeys(range(0, 2 * SCATTERED + 10, 2), 1), path)
    with pytest.raises(CheckpointError, match=f"more than {SCATTERED} keys"):
        plugtorch.load(path)
