"""scatter, scatter_add and index_put against the NumPy backend's kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from launcher import (
    Array,
    Launcher,
    dense,
    disguised,
    numbers,
    numpy_type,
    on_devices,
    view_of,
)

from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import scattering

DTYPES = "float16 bfloat16 float32 float64 uint8 int8 int16 int32 int64 bool".split()


def in_order(array: Array) -> Array:
    return np.array(array, order="C")


def check(device: Launcher, name: str, operands: tuple[Array, ...], **options: Any) -> None:
    x = operands[0]
    result = dense(x.dtype.name, *x.shape)
    views = tuple(map(view_of, operands))
    work = scattering.work(device.traits, name, views, result, **options)
    got = device.compute(work, operands, result)
    # NumPy goes through an index in the order of its memory, and then another write is the last
    want = np.asarray(TABLE[name](*map(in_order, operands), **options))
    assert want.dtype == got.dtype
    if name == "index_put" and options["accumulate"] and x.dtype.itemsize > 1:
        # NumPy adds up what goes to one place in another order
        wide = (
            [a.astype(np.float64) for a in (got, want)] if "float" in x.dtype.name else [got, want]
        )
        tolerance = {2: 0.04, 4: 1e-5, 8: 1e-12}[x.dtype.itemsize]
        np.testing.assert_allclose(*wide, rtol=tolerance, atol=tolerance * 20)
    else:
        np.testing.assert_array_equal(got, want)


def indices(rng: np.random.Generator, limit: int, shape: tuple[int, ...], low: int = 0) -> Array:
    return np.asarray(rng.integers(low, limit, shape))


@pytest.mark.parametrize("name", ["scatter", "scatter_add"])
@pytest.mark.parametrize(("device", "dtype"), on_devices(*DTYPES), indirect=["device"])
def test_scatter_of_every_dtype(device: Launcher, name: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    x = numbers(rng, dtype, (9, 21))
    index = indices(rng, 9, (14, 20))
    check(device, name, (x, index, numbers(rng, dtype, (14, 20))), axis=0)
    rows = np.broadcast_to(indices(rng, 9, (14, 1)), (14, 21))  # whole rows
    check(device, name, (x, rows, numbers(rng, dtype, (14, 21))), axis=0)


SCATTERS: list[tuple[tuple[int, ...], tuple[int, ...], int]] = [  # x, index, axis
    ((), (), 0),
    ((1,), (1,), 0),
    ((5,), (700,), 0),
    ((3000,), (2000,), 0),
    ((3, 7), (2, 9), 1),
    ((40, 1, 3), (70, 1, 2), 0),
    ((3, 4, 100), (3, 4, 33), 2),
    ((2, 9, 5, 6), (2, 30, 5, 4), 1),
    ((300, 5), (290, 2), 1),
]


@pytest.mark.parametrize("name", ["scatter", "scatter_add"])
def test_scatter_of_all_shapes(device: Launcher, name: str) -> None:
    rng = np.random.default_rng(1)
    for shape, wanted, axis in SCATTERS:
        limit = shape[axis] if shape else 1
        for _ in range(3):
            x = disguised(rng, numbers(rng, "float32", shape))
            index = disguised(rng, indices(rng, limit, wanted))
            source = numbers(rng, "float32", tuple(size + 1 for size in wanted))
            source = disguised(rng, source[tuple(slice(0, size) for size in wanted)])
            check(device, name, (x, index, source), axis=axis)
            zeros = np.broadcast_to(np.float32(0), shape)
            check(device, name, (zeros, index, source), axis=axis)


@pytest.mark.parametrize(("device", "dtype"), on_devices(*DTYPES), indirect=["device"])
@pytest.mark.parametrize("accumulate", [False, True])
def test_index_put_of_every_dtype(device: Launcher, dtype: str, accumulate: bool) -> None:
    rng = np.random.default_rng(2)
    x, index = numbers(rng, dtype, (11, 37)), indices(rng, 11, (60,), -11)
    options = {"axes": (0,), "accumulate": accumulate}
    check(device, "index_put", (x, numbers(rng, dtype, (60, 37)), index), **options)
    one = np.ones((), numpy_type(dtype))
    check(device, "index_put", (x, one, index), **options)
    check(device, "index_put", (x, numbers(rng, dtype, (60, 1)), index), **options)


PUTS: list[tuple[tuple[int, ...], tuple[int, ...], list[tuple[int, ...]]]] = [  # x, axes, indices
    ((1,), (0,), [()]),
    ((9,), (0,), [(100,)]),
    ((5000,), (0,), [(3000,)]),
    ((50, 6, 7), (0,), [(3, 5)]),
    ((6, 50, 7), (1,), [(33,)]),
    ((6, 7, 50), (2,), [(40,)]),
    ((6, 7, 50), (0, 1), [(4, 1), (1, 5)]),
    ((6, 7, 50), (0, 2), [(30,), ()]),
    ((4, 5, 6, 20), (1, 2), [(3, 1), (8,)]),
    ((4, 5, 6), (0, 1, 2), [(70,), (70,), (1,)]),
    ((3, 2000), (0,), [(17,)]),
]


@pytest.mark.parametrize("accumulate", [False, True])
def test_index_put_of_all_shapes(device: Launcher, accumulate: bool) -> None:
    rng = np.random.default_rng(3)
    for shape, axes, wanted in PUTS:
        for _ in range(3):
            x = disguised(rng, numbers(rng, "float32", shape))
            given = [
                disguised(rng, indices(rng, shape[axis], one, -shape[axis]))
                for axis, one in zip(axes, wanted)
            ]
            common = np.broadcast_shapes(*wanted)
            rest = [size for axis, size in enumerate(shape) if axis not in axes]
            neighbours = axes == tuple(range(axes[0], axes[0] + len(axes)))
            front = axes[0] if neighbours else 0
            target = (*rest[:front], *common, *rest[front:])
            full = numbers(rng, "float32", target)
            part = full[tuple(slice(0, int(rng.integers(1, 3)) // 2 or None) for _ in target)]
            for values in (full, part, full[..., :1] if target else part):
                operands = (x, disguised(rng, values), *given)
                check(device, "index_put", operands, axes=axes, accumulate=accumulate)


def test_special_numbers_add_up_as_they_should(device: Launcher) -> None:
    x = np.array([1, np.inf, -np.inf, np.nan, -0.0, 0], np.float32)
    source = np.array([np.inf, -np.inf, 2, 3, -0.0, np.nan, 1e38, 3e38], np.float32)
    index = np.array([0, 1, 2, 3, 4, 5, 0, 0])
    check(device, "scatter_add", (x, index, source), axis=0)


def test_the_same_bits_each_time_and_the_last_write_stays(device: Launcher) -> None:
    rng = np.random.default_rng(4)
    index = indices(rng, 3, (4000,))
    for width in (1, 40):
        x = numbers(rng, "float32", (3, width))
        values = numbers(rng, "float32", (4000, width))
        check(device, "index_put", (x, values, index), axes=(0,), accumulate=False)
        rows = np.broadcast_to(index[:, None], values.shape)
        check(device, "scatter_add", (x, rows, values), axis=0)
