"""argsort against the NumPy backend's kernel."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from launcher import Array, Launcher, dense, disguised, numbers, on_devices, view_of

from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import sorting

DTYPES = "float16 bfloat16 float32 float64 uint8 int8 int16 int32 int64 bool".split()


def check(device: Launcher, x: Array, axis: int) -> None:
    result = dense("int64", *x.shape)
    for descending in (False, True):
        work = sorting.work(
            device.traits, "argsort", (view_of(x),), result, axis=axis, descending=descending
        )
        got = device.compute(work, (x,), result)
        want = TABLE["argsort"](x, axis=axis, descending=descending)
        np.testing.assert_array_equal(got, want, f"{x.shape} {x.dtype} {axis} {descending}")


@pytest.mark.parametrize(("device", "dtype"), on_devices(*DTYPES), indirect=["device"])
def test_every_dtype_with_repeats_and_special_numbers(device: Launcher, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = numbers(rng, dtype, (3, 301))
    x[1] = x[1][rng.integers(0, 5, 301)]
    if "float" in dtype:
        special = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, -np.nan, 1], x.dtype)
        x[2] = special[rng.integers(0, 7, 301)]
    check(device, x, 1)
    check(device, x[:, :21], 1)


@pytest.mark.parametrize(
    ("device", "dtype"), on_devices(*["float32", "int64", "int8"]), indirect=["device"]
)
def test_long_lines(device: Launcher, dtype: str) -> None:
    rng = np.random.default_rng(1)
    x = numbers(rng, dtype, (2, 20011))
    x[0, 77] = x[1, 9]
    check(device, x, 1)
    check(device, x[:1].reshape(-1, 1), 0)


SHAPES = [(), (1,), (2,), (7,), (5, 1), (1, 5), (40, 17), (3, 4, 50), (2, 100, 3), (2, 3, 4, 5)]


@pytest.mark.parametrize(("device", "number"), on_devices(*range(len(SHAPES))), indirect=["device"])
def test_shapes_axes_and_layouts(device: Launcher, number: int) -> None:
    rng = np.random.default_rng(number)
    shape = SHAPES[number]
    x = np.asarray(rng.integers(0, 9, shape)).astype("float32")
    for axis in range(max(1, len(shape))):
        check(device, disguised(rng, x), axis)
    check(device, np.broadcast_to(np.float32(1), shape), 0)
