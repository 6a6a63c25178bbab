"""Pooling against the NumPy backend's kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from launcher import Array, Launcher, dense, disguised, numbers, on_devices, view_of

from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import pooling

DTYPES = "float16 bfloat16 float64 uint8 int8 int64".split()
TOLERANCE = {"float16": 2e-3, "bfloat16": 2e-2, "float32": 1e-6, "float64": 1e-14}


def check(device: Launcher, name: str, *operands: Array, **options: Any) -> Array:
    want = np.asarray(TABLE[name](*operands, **options))
    result = dense(want.dtype.name, *want.shape)
    work = pooling.work(device.traits, name, tuple(map(view_of, operands)), result, **options)
    got = device.compute(work, operands, result)
    tolerance = TOLERANCE.get(want.dtype.name, 0) if name.startswith("sum") else 0
    if tolerance:
        wide = (got.astype(np.float64), want.astype(np.float64))
        np.testing.assert_allclose(*wide, rtol=tolerance, atol=tolerance * 40)
    else:
        np.testing.assert_array_equal(got, want)
    return want


def check_all(device: Launcher, rng: np.random.Generator, x: Array, *way: Any) -> None:
    kernel, stride, padding, dilation = way
    options = {"kernel": kernel, "stride": stride, "padding": padding}
    largest = check(device, "max_pool", x, **options, dilation=dilation)
    largest = disguised(rng, largest)
    check(device, "max_pool_index", x, largest, **options, dilation=dilation)
    total = check(device, "sum_pool", x, **options) if set(dilation) == {1} else None
    if total is not None:
        # the last elements may belong to no window
        check(device, "sum_pool_input", disguised(rng, total), size=x.shape[2:], **options)


@pytest.mark.parametrize(("device", "dtype"), on_devices(*DTYPES), indirect=["device"])
def test_every_dtype(device: Launcher, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = numbers(rng, dtype, (2, 3, 7, 43))
    check_all(device, rng, x, (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1))


WAYS: list[
    tuple[tuple[int, ...], Any, Any, Any, Any]
] = [  # size, kernel, stride, padding, dilation
    ((1,), (1,), (1,), ((0, 0),), (1,)),
    ((50,), (2,), (2,), ((0, 0),), (1,)),
    ((57,), (5,), (1,), ((2, 2),), (1,)),
    ((90,), (3,), (3,), ((1, 0),), (2,)),
    ((61,), (2,), (4,), ((0, 3),), (1,)),
    ((40,), (1,), (2,), ((0, 0),), (1,)),
    ((9, 70), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
    ((8, 71), (3, 4), (1, 2), ((1, 1), (2, 1)), (1, 1)),
    ((7, 45), (3, 3), (2, 1), ((1, 1), (1, 1)), (2, 3)),
    ((4, 5, 40), (2, 3, 3), (1, 2, 2), ((0, 1), (1, 1), (1, 1)), (1, 1, 1)),
    ((5, 33), (2, 3), (3, 4), ((1, 2), (2, 5)), (1, 1)),
]


@pytest.mark.parametrize(("device", "number"), on_devices(*range(len(WAYS))), indirect=["device"])
def test_windows_and_layouts(device: Launcher, number: int) -> None:
    size, *way = WAYS[number]
    rng = np.random.default_rng(number)
    x = np.asarray(rng.integers(-4, 5, (2, 3, *size))).astype(np.float32)  # with equal ones
    check_all(device, rng, x if number % 2 else disguised(rng, x), *way)


def test_nan_infinity_and_windows_of_nothing(device: Launcher) -> None:
    rng = np.random.default_rng(3)
    special = np.array([np.nan, np.inf, -np.inf, 1, 2], np.float32)
    x = special[rng.choice(5, (2, 2, 6, 60), p=[0.03, 0.1, 0.4, 0.27, 0.2])]
    x[0, 0] = -np.inf
    for padding in (((0, 0), (0, 0)), ((1, 1), (1, 1)), ((4, 4), (5, 3))):
        options = {"kernel": (2, 3), "stride": (1, 2), "padding": padding, "dilation": (1, 1)}
        largest = check(device, "max_pool", x, **options)
        check(device, "max_pool_index", x, largest, **options)
