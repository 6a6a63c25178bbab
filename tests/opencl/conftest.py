"""plugtorch looks for drivers before any test asks pyopencl, which looks only once."""

from __future__ import annotations

import importlib.util
from typing import Any

import pytest
from drivers_here import USABLE, index_of

from plugtorch_opencl import devices

devices.find()

# what these are for needs it; where it is missing they cannot even be looked at for doctests
if importlib.util.find_spec("pyopencl") is None:
    collect_ignore = [
        "convolution_under_oclgrind.py",
        "launcher.py",
        "matmul_under_oclgrind.py",
        "works_under_oclgrind.py",
    ]


@pytest.fixture(params=["Intel(R) OpenCL", "Portable Computing Language"], ids=["intel", "pocl"])
def where(request: pytest.FixtureRequest) -> str:
    """A device of each driver that the tests come with: ``opencl:0``. Skips where there is none."""
    return f"opencl:{index_of(request.param)}"


@pytest.fixture(params=range(len(USABLE)), ids=lambda index: USABLE[index].traits.driver.split()[0])
def device(request: pytest.FixtureRequest) -> Any:
    """The launcher of each usable device."""
    from launcher import launcher

    return launcher(request.param)
