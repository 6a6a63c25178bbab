"""Scripts that others published train with plugtorch as they do with PyTorch. See README.md."""

import os
from pathlib import Path

import pytest

from public import data
from public.runs import run
from public.scripts import SCRIPTS

FOLDER = os.environ.get("PLUGTORCH_PUBLIC_SCRIPTS", "")
DEVICES = ("cpu", os.environ.get("PLUGTORCH_PUBLIC_DEVICE", "opencl"))

pytestmark = pytest.mark.skipif(
    not FOLDER, reason="PLUGTORCH_PUBLIC_SCRIPTS names no folder with the scripts"
)


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    place = tmp_path_factory.mktemp("data")
    data.write(place)
    return place


@pytest.mark.parametrize("way", DEVICES)
@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_learns(name, way, shared):
    script = SCRIPTS[name]
    got = run(name, way, Path(FOLDER), shared)
    assert not got.error
    if script.below:
        assert got.last < script.below
    elif script.rises:
        assert got.last > got.first
    else:
        assert got.last < got.first
