"""The faults in the table: each is shown by a kernel, and not met by kernels that follow traits.

The kernel that shows a fault runs in a process of its own, which may die or never end.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import dataclass, replace

import pytest
from drivers_here import USABLE, index_of, python

from plugtorch_opencl.quirks import QUIRKS, applying, avoid
from plugtorch_opencl.traits import Traits

POCL = "Portable Computing Language"
PLATFORMS = {"pocl": POCL, "llvmpipe": "rusticl"}
RUN = """
import json, os, warnings
import numpy as np
from plugtorch_opencl import opening
os.environ["PYOPENCL_NO_CACHE"] = "1"
import pyopencl as cl
warnings.simplefilter("ignore")
index, text, inputs, dtype, items, group = json.loads({given!r})
opened = opening.open_index(index)
flags = cl.mem_flags.READ_WRITE | cl.mem_flags.COPY_HOST_PTR
buffers = [cl.Buffer(opened.context, flags, hostbuf=np.array(x, dtype)) for x in inputs]
out = np.zeros_like(np.array(inputs[0], dtype))
buffers.append(cl.Buffer(opened.context, flags, hostbuf=out))
kernel = cl.Kernel(cl.Program(opened.context, text).build(), "fault")
kernel.set_args(*buffers)
cl.enqueue_nd_range_kernel(opened.queue, kernel, (items,), (group,) if group else None)
cl.enqueue_copy(opened.queue, out, buffers[-1])
print(json.dumps(out.tolist()))
"""


@dataclass(frozen=True)
class Case:
    """A kernel, where it stumbles and where not.

    text: with TYPE for the type of an element, or a vector of them. bad, good: how many there are
    in a vector, or work-items in a group, or which of CHOICES it makes, as ``varied`` says.
    """

    quirk: str
    text: str
    inputs: tuple[list[float], ...]
    dtype: str
    bad: int
    good: int
    varied: str = "width"


def beside(odd: float, rest: float, place: int = 1) -> list[float]:
    """Sixteen numbers with an odd one among them. Which place shows a fault is for trying out."""
    numbers = [rest] * 16
    numbers[place] = odd
    return numbers


CALL = """
kernel void fault(global const TYPE* a, global const TYPE* b, global TYPE* out) {
    out[get_global_id(0)] = FUNCTION(a[get_global_id(0)], b[get_global_id(0)]);
}
"""
ONE = """
kernel void fault(global const TYPE* a, global TYPE* out) {
    out[get_global_id(0)] = FUNCTION(a[get_global_id(0)]);
}
"""
STACK = """
kernel void fault(global const int* a, global int* out) {
    int i = get_global_id(0);
    int own[2048];
    for (int j = 0; j < 2048; j++) own[j] = a[(i + j) & 8191];
    int sum = 0;
    for (int j = 0; j < 2048; j++) sum += own[(7 * j) & 2047];
    out[i] = sum;
}
"""
CHOICE = """
kernel void fault(global const uchar* a, global uchar* out) {
    const uchar own = a[get_global_id(0)], choice = a[get_global_id(0) ^ 1];
    out[get_global_id(0)] = CHOSEN;
}
"""
JOIN = """
kernel void fault(global const float* a, global float* out) {
    const float4 low = vload4(0, a), high = vload4(1, a);
    if (get_global_id(0) < 2)
        vstore8(CHOSEN, get_global_id(0), out);
}
"""
CHOICES = {
    1: "choice ? own : (uchar)1",
    2: "select((uchar)1, own, choice)",
    3: "(float8)(low, high)",
    4: "(float8)(low.s0, low.s1, low.s2, low.s3, high.s0, high.s1, high.s2, high.s3)",
}
INF = float("inf")
CASES = [
    Case("pocl-wide-vectors", CALL.replace("FUNCTION", "pow"),
         (beside(INF, 0.1), beside(17.0, 0.3)), "float64", 8, 4),
    Case("pocl-wide-vectors", CALL.replace("FUNCTION", "fmod"),
         (beside(5e-320, 2.0, 0), beside(1.0, 1.5, 0)), "float64", 8, 4),
    *(
        Case("pocl-vector-trigonometry", ONE.replace("FUNCTION", name),
             (beside(1e30, 0.001),), "float32", width, 1)
        for name in ("sin", "cos", "tan") for width in (2, 4, 8)
    ),
    Case("pocl-stack", STACK, ([1.0] * 8192,), "int32", 4096, 256, "group"),
    Case("llvmpipe-small-choice", CHOICE, ([1.0] * 8 + [0.0] * 8,), "uint8", 1, 2, "choice"),
    Case("oclgrind-vector-of-vectors", JOIN, ([1.0] * 16,), "float32", 3, 4, "choice"),
]  # fmt: skip
WANTED = {
    "pow": 0.1**0.3,
    "fmod": 0.5,
    "sin": 0.001,
    "cos": 0.9999995,
    "tan": 0.001,
    "own[": 2048,
    "CHOSEN": 1,
}


def run(case: Case, value: int, timeout: float = 8) -> list[float] | None:
    """What the kernel writes; None where it kills its process or does not end."""
    index, simulator = _where(case.quirk.partition("-")[0])
    width = value if case.varied == "width" else 1
    base = {"float64": "double", "float32": "float", "int32": "int", "uint8": "uchar"}[case.dtype]
    text = case.text.replace("TYPE", base if width == 1 else f"{base}{width}")
    text = text.replace("CHOSEN", CHOICES[value] if case.varied == "choice" else "")
    group = value if case.varied == "group" else 0
    given = [index, text, case.inputs, case.dtype, len(case.inputs[0]) // width, group]
    try:
        ended = python(RUN.format(given=json.dumps(given)), timeout, command=simulator)
    except subprocess.TimeoutExpired:
        return None
    if ended.returncode > 0:  # a Python error: the test is wrong, not the driver
        pytest.fail(ended.stderr)
    return json.loads(ended.stdout) if ended.returncode == 0 else None


def _where(driver: str) -> tuple[int, tuple[str, ...]]:
    """The device's index, and what its processes are run with."""
    if driver != "oclgrind":
        return index_of(PLATFORMS[driver]), ()
    if shutil.which("oclgrind") is None:
        pytest.skip("oclgrind is not installed")
    pytest.importorskip("pyopencl")
    # it is the only device then
    return 0, ("oclgrind", "--uninitialized", "--build-options", "-cl-opt-disable")


def is_right(case: Case, out: list[float] | None) -> bool:
    wanted = next(value for name, value in WANTED.items() if name in case.text)
    return (
        out is not None
        and sum(value == pytest.approx(wanted, rel=1e-5) for value in out) >= len(out) - 1
    )


each_case = pytest.mark.parametrize(
    "case", CASES, ids=lambda c: f"{c.quirk}-{c.bad}-{next(n for n in WANTED if n in c.text)}"
)


@each_case
def test_the_fault_shows(case: Case) -> None:
    if is_right(case, run(case, case.bad)):
        pytest.skip("this processor, or this version of the driver, does not show the fault")


@each_case
def test_the_way_around_it_is_right(case: Case) -> None:
    assert is_right(case, run(case, case.good, 60))


def test_every_fault_has_a_kernel_that_shows_it() -> None:
    assert {case.quirk for case in CASES} == {quirk.name for quirk in QUIRKS}
    assert len({quirk.name for quirk in QUIRKS}) == len(QUIRKS)
    assert all(len(quirk.reason) > 80 for quirk in QUIRKS)


PLATFORM = "Portable Computing Language OpenCL 3.0 PoCL"
REPORTED = Traits(
    name="pthread-processor",
    vendor="vendor",
    driver=f"{PLATFORM} 3.0-rc2  Linux, LLVM 14.0.6 3.0-rc2",
    kind="cpu",
    group=4096,
    vector=16,
)


def test_traits_of_pocl_avoid_them() -> None:
    traits = avoid(REPORTED)
    assert [quirk.name for quirk in applying(REPORTED)] == [
        "pocl-wide-vectors",
        "pocl-vector-trigonometry",
        "pocl-stack",
    ]
    assert traits.vector == 8
    assert traits.one_by_one == {"sin", "cos", "tan"}
    assert traits.group == 256
    assert avoid(traits) == traits


def test_what_is_within_the_limits_stays() -> None:
    traits = avoid(replace(REPORTED, vector=4, group=64))
    assert (traits.vector, traits.group) == (4, 64)


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"driver": f"{PLATFORM} 5.0 3.0"}, ["pocl-stack"]),
        ({"driver": f"{PLATFORM} 10.1 10.1"}, ["pocl-stack"]),
        ({"driver": "Intel(R) OpenCL OpenCL 3.1 LINUX 2026"}, []),
        ({"driver": "rusticl OpenCL 3.0  22.3.6"}, []),
        ({"driver": "Oclgrind OpenCL 1.2 (Oclgrind 21.10) 21.10"}, ["oclgrind-vector-of-vectors"]),
        ({"kind": "gpu"}, []),
    ],
)
def test_others_are_left_alone(change: dict[str, str], names: list[str]) -> None:
    traits = replace(REPORTED, **change)
    assert [quirk.name for quirk in applying(traits)] == names
    if not names:
        assert avoid(traits) == traits


def test_a_device_of_pocl_here_avoids_them() -> None:
    traits = USABLE[index_of(POCL)].traits
    assert traits is not None
    assert traits.group <= 256
    if "PoCL 3." in traits.driver:
        assert traits.vector <= 8
        assert "sin" in traits.one_by_one
