"""Scripts that were written for PyTorch, run on a device without a word changed."""

import numpy
import pytest

from script_runs import NAMES, falls, numbers, with_plugtorch


@pytest.fixture(scope="module")
def device():
    from drivers_here import index_of

    return f"opencl:{index_of('Intel(R) OpenCL')}"


@pytest.mark.parametrize("name", NAMES)
def test_a_script_gives_the_numbers_of_the_cpu(name, device):
    there, here = with_plugtorch(name, device), with_plugtorch(name, "cpu")
    assert falls(there), there
    assert numpy.allclose(numbers(there), numbers(here), rtol=5e-3, atol=5e-4), f"{there}\n{here}"
