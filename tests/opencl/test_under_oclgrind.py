"""The scripts for the simulator Oclgrind, which CI runs, forget no operation."""

import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from works_under_oclgrind import WORKS, cases

from plugtorch_opencl.operations import MAKERS


def test_every_work_is_met() -> None:
    # these have scripts of their own
    others = {name for name in MAKERS if name.startswith(("convolution", "matmul", "linear"))}
    assert {name for name, _, _ in cases()} == set(WORKS)
    assert set(WORKS) | others == set(MAKERS)
