"""cumsum and nonzero against the NumPy backend's kernels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from launcher import Array, Launcher, dense, disguised, numbers, on_devices, view_of

from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import counting, scanning

DTYPES = "float16 bfloat16 float32 float64 uint8 int8 int16 int32 int64 bool".split()
TOLERANCE = {"float16": 2e-3, "bfloat16": 1e-2, "float32": 2e-7, "float64": 1e-12}


def check(device: Launcher, x: Array, axis: int) -> None:
    result = dense(x.dtype.name, *x.shape)
    work = scanning.work(device.traits, "cumsum", (view_of(x),), result, axis=axis)
    got = device.compute(work, (x,), result)
    want = np.asarray(TABLE["cumsum"](x, axis=axis))
    if x.dtype.name not in TOLERANCE:
        np.testing.assert_array_equal(got, want, f"{x.shape} {axis}")
        return
    tolerance = TOLERANCE[x.dtype.name]
    wide = (got.astype(np.float64), want.astype(np.float64))
    np.testing.assert_allclose(
        *wide, rtol=tolerance, atol=tolerance * 8, err_msg=f"{x.shape} {axis}"
    )


@pytest.mark.parametrize(("device", "dtype"), on_devices(*DTYPES), indirect=["device"])
def test_cumsum_of_every_dtype(device: Launcher, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = numbers(rng, dtype, (9, 157))
    check(device, x, 0)
    check(device, x, 1)


@pytest.mark.parametrize(
    ("device", "dtype"), on_devices(*["float32", "int64"]), indirect=["device"]
)
def test_long_lines_in_blocks(device: Launcher, dtype: str) -> None:
    rng = np.random.default_rng(1)
    check(device, numbers(rng, dtype, (50021,)), 0)
    check(device, numbers(rng, dtype, (9001, 2)), 0)


def test_the_rounding_of_long_float32_sums_does_not_add_up(device: Launcher) -> None:
    x = np.full(300_000, 0.1, np.float32)
    check(device, x, 0)
    check(device, np.stack([x[:50_000]] * 40), 1)


def test_infinity_and_nan_reach_what_follows(device: Launcher) -> None:
    x = np.ones((5, 90), np.float32)
    x[0, 30] = np.inf
    x[1, 30], x[1, 60] = np.inf, -np.inf
    x[2, 0] = np.nan
    x[3, 89] = -np.inf
    check(device, x, 1)
    check(device, np.ascontiguousarray(x.T), 0)
    check(device, np.tile(x, 200), 1)


SHAPES = [(), (1,), (7,), (5, 1), (40, 17), (3, 4, 50), (2, 30, 3), (2, 3, 4, 65), (3, 70, 33)]


@pytest.mark.parametrize(("device", "number"), on_devices(*range(len(SHAPES))), indirect=["device"])
def test_cumsum_of_all_shapes(device: Launcher, number: int) -> None:
    rng = np.random.default_rng(number)
    shape = SHAPES[number]
    x = numbers(rng, "float32", shape)
    for axis in range(max(1, len(shape))):
        check(device, disguised(rng, x), axis)
    check(device, np.broadcast_to(np.float32(1), shape), 0)


def check_nonzero(device: Launcher, x: Array) -> None:
    want = TABLE["nonzero"](x)
    one = dense("int64")
    work = counting.work(device.traits, "nonzero_count", (view_of(x),), one)
    assert device.compute(work, (x,), one) == len(want)
    if want.size:
        rows = dense("int64", *want.shape)
        work = counting.work(device.traits, "nonzero", (view_of(x),), rows)
        np.testing.assert_array_equal(device.compute(work, (x,), rows), want)


@pytest.mark.parametrize(("device", "dtype"), on_devices(*DTYPES), indirect=["device"])
def test_nonzero_of_every_dtype(device: Launcher, dtype: str) -> None:
    rng = np.random.default_rng(2)
    x = numbers(rng, dtype, (3, 50)) * (rng.random((3, 50)) < 0.4).astype(bool)
    x = x.astype(numbers(rng, dtype, ()).dtype)
    if "float" in dtype:
        x[1, :4] = [np.nan, -0.0, np.inf, np.finfo(np.float16).tiny]
    check_nonzero(device, x)


@pytest.mark.parametrize(
    ("device", "shape"),
    on_devices(*[(), (1,), (20011,), (3, 1, 5), (2, 3, 4, 5), (70, 300)]),
    indirect=["device"],
)
def test_nonzero_of_all_shapes(device: Launcher, shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(3)
    x = np.asarray(rng.integers(0, 3, shape)).astype(np.int32)
    check_nonzero(device, x)
    check_nonzero(device, disguised(rng, x))
    check_nonzero(device, np.zeros_like(x))
    check_nonzero(device, np.broadcast_to(np.int32(5), shape))


def test_pairs_on_a_processor_without_float64(device: Launcher) -> None:
    kept = device.traits
    device.traits = replace(kept, float64=False)
    try:
        check(device, np.full((3, 40_000), 0.1, np.float32), 1)
        check(device, np.full((40_000, 3), 0.1, np.float32), 0)
    finally:
        device.traits = kept
