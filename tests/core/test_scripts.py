"""Scripts that were written for PyTorch learn with plugtorch in its place, unchanged."""

import pytest

from script_runs import FOLDER, NAMES, falls, with_plugtorch


@pytest.mark.parametrize("name", NAMES)
def test_a_script_of_pytorchs_learns(name):
    assert "plugtorch" not in (FOLDER / f"{name}.py").read_text()
    printed = with_plugtorch(name, "cpu")
    assert falls(printed), printed
