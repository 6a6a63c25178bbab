"""Convolutions and their adjoints on every OpenCL driver here, against NumPy in float64.

Every device runs the GPU kernels; one that wants explicit vectors runs the processors' as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from launcher import USABLE, Launcher, dense, in_role, numpy_type, roles

from plugtorch.errors import UnsupportedError
from plugtorch.ops.convolution import window_counts
from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import convolution, convolution_tiles

Case = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], Any, tuple[int, ...], int]


@pytest.fixture(params=roles())
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    with in_role(*request.param) as found:
        yield found


@pytest.fixture
def first(request: pytest.FixtureRequest) -> bool:
    """Whether the device of ``launcher`` is the first, which runs all there is."""
    index, _ = request.node.callspec.params["launcher"]
    return index == 0


def test_a_driver_was_found() -> None:
    if not USABLE:
        pytest.skip("no OpenCL driver is installed: the kernels were not run")
    assert roles()


def numbers(rng: np.random.Generator, dtype: str, *shape: int) -> np.ndarray[Any, Any]:
    if "float" in dtype:
        return rng.standard_normal(shape).astype(numpy_type(dtype))
    limits = np.iinfo(dtype)
    return rng.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


TOLERANCE = {"float32": 4e-6, "float64": 1e-14, "float16": 2e-3, "bfloat16": 2e-2}


def compute(
    launcher: Launcher,
    dtype: str,
    name: str,
    operands: list[Any],
    shape: tuple[int, ...],
    offset: int,
    options: dict[str, Any],
) -> np.ndarray[Any, Any]:
    views = tuple(dense(dtype, *operand.shape) for operand in operands)
    result = dense(dtype, *shape)
    work = convolution.work(launcher.traits, name, views, result, **options)
    return launcher.compute(work, tuple(operands), result, offset)


def check(launcher: Launcher, dtype: str, case: Case, offset: int = 0) -> None:
    """All three primitives of one convolution, the first with a bias and without."""
    x_shape, w_shape, stride, padding, dilation, groups = case
    rng = np.random.default_rng(len(str(case)))
    options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    counts = window_counts("", x_shape[2:], w_shape[2:], stride, padding, dilation)
    x, weight = numbers(rng, dtype, *x_shape), numbers(rng, dtype, *w_shape)
    bias = numbers(rng, dtype, w_shape[0])
    gradient = numbers(rng, dtype, x_shape[0], w_shape[0], *counts)
    runs: list[tuple[str, list[Any], dict[str, Any], int]] = [
        ("convolution", [x, weight], {}, w_shape[1]),
        ("convolution", [x, weight, bias], {}, w_shape[1]),
        ("convolution_input", [gradient, weight], {"size": x_shape[2:]}, w_shape[0] // groups),
        ("convolution_weight", [x, gradient], {"kernel": w_shape[2:]}, x_shape[0]),
    ]
    for name, operands, extra, terms in runs:
        wide = np.float64 if "float" in dtype else np.int64
        with np.errstate(over="ignore"):
            want = TABLE[name](*(o.astype(wide) for o in operands), **options, **extra)
        got = compute(launcher, dtype, name, operands, want.shape, offset, {**options, **extra})
        if "float" not in dtype:
            np.testing.assert_array_equal(got, want.astype(dtype))
            continue
        terms *= int(np.prod(counts if name == "convolution_weight" else w_shape[2:]))
        scale = np.maximum(np.sqrt(terms), np.abs(want))
        error = (np.abs(got.astype(np.float64) - want) / scale).max()
        assert error <= TOLERANCE[dtype], (name, case, error)


NONE1, NONE2 = ((0, 0),), ((0, 0),) * 2
CASES: list[Case] = [  # x, weight, stride, padding, dilation, groups
    ((2, 3, 9, 11), (5, 3, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    ((2, 4, 9, 11), (6, 2, 3, 2), (2, 3), ((1, 0), (-1, 2)), (2, 1), 2),
    ((3, 4, 40), (70, 4, 5), (3,), ((2, 1),), (2,), 1),
    ((1, 2, 5, 6, 7), (3, 2, 2, 3, 2), (1, 2, 1), ((1, 1), (0, 1), (1, 0)), (1, 1, 2), 1),
    ((2, 16, 20, 20), (33, 16, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    ((2, 20, 12, 12), (20, 20, 1, 1), (2, 2), NONE2, (1, 1), 1),
    ((2, 40, 7, 5), (24, 40, 1, 1), (1, 1), NONE2, (1, 1), 1),
    ((1, 1, 1), (1, 1, 1), (1,), NONE1, (1,), 1),
    ((2, 2, 4, 4), (3, 2, 5, 5), (6, 6), ((2, 2), (2, 2)), (1, 1), 1),  # a kernel beyond x
    ((2, 9, 30), (18, 1, 4), (5,), ((0, 3),), (1,), 9),  # stride beyond kernel, two a channel
    ((1, 6, 19), (4, 3, 3), (2,), ((-2, -3),), (1,), 2),
    ((2, 8, 8, 19), (8, 1, 3, 3), (1, 2), ((1, 1), (1, 1)), (1, 1), 8),
    ((1, 3, 4, 35), (2, 3, 2, 3), (1, 1), NONE2, (1, 4), 1),
    ((3, 17, 3, 3, 3), (19, 17, 3, 3, 3), (2, 1, 2), ((1, 1),) * 3, (1, 1, 1), 1),
    ((1, 2, 10), (2, 2, 2), (4,), ((5, 5),), (6,), 1),  # windows of nothing but zeros
]


FEW = (4, 11)  # for drivers beside the first: one for each family


@pytest.mark.parametrize("number", range(len(CASES)))
def test_against_numpy(launcher: Launcher, first: bool, number: int) -> None:
    if not first and number not in FEW:
        pytest.skip("the other drivers compile slowly, and get a few cases")
    check(launcher, "float32", CASES[number], offset=number % 4)


@pytest.mark.parametrize(
    "launcher", [role for role in roles() if role.values[0][0] == 0], indirect=True
)
@pytest.mark.parametrize("seed", range(1))
def test_random_shapes(launcher: Launcher, seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    done = 0
    while done < 8:
        rank = int(rng.integers(1, 3))
        groups = int(rng.choice([1, 1, 2, 3]))
        each = [int(n) for n in rng.choice([1, 2, 5, 17], 2)]
        size, kernel, stride, dilation = (
            tuple(int(n) for n in rng.integers(1, most, rank)) for most in (24, 5, 5, 4)
        )
        padding = tuple((int(a), int(b)) for a, b in rng.integers(-2, 4, (rank, 2)))
        room = [n + a + b for n, (a, b) in zip(size, padding)]
        if any(r < d * (k - 1) + 1 for r, d, k in zip(room, dilation, kernel)):
            continue
        shapes = (int(rng.integers(1, 4)), groups * each[0], *size), (groups * each[1], each[0])
        case = (shapes[0], (*shapes[1], *kernel), stride, padding, dilation, groups)
        check(launcher, "float32", case, offset=seed)
        done += 1


@pytest.mark.parametrize(
    "dtype", ["float64", "float16", "bfloat16", "uint8", "int8", "int16", "int32", "int64"]
)
def test_every_dtype(launcher: Launcher, first: bool, dtype: str) -> None:
    cases: list[Case] = [  # the second is for both families
        ((2, 34, 21), (6, 17, 3), (1,), ((0, 1),), (2,), 2),
        ((2, 4, 9, 20), (3, 4, 3, 2), (1, 2), ((1, 1), (0, 1)), (1, 1), 1),
    ]
    if not first:
        if dtype not in ("float16", "int8"):
            pytest.skip("the other drivers compile slowly, and get a few dtypes")
    if dtype not in ("float64", "bfloat16", "int8") or not first:
        del cases[1]
    if dtype == "float64" and not launcher.traits.float64:
        with pytest.raises(UnsupportedError, match="cannot compute with float64"):
            check(launcher, dtype, cases[0])
        return
    for case in cases:
        check(launcher, dtype, case, offset=3)


def test_bool_is_refused(launcher: Launcher) -> None:
    one = dense("bool", 1, 1, 1)
    options = {"stride": (1,), "padding": NONE1, "dilation": (1,), "groups": 1}
    with pytest.raises(UnsupportedError, match="no convolution of bool"):
        convolution.work(launcher.traits, "convolution", (one, one), one, **options)


def test_too_many_windows_are_refused(launcher: Launcher) -> None:
    many = dense("uint8", 1 << 20, 1, 1 << 12)
    options = {"stride": (1,), "padding": NONE1, "dilation": (1,), "groups": 1}
    with pytest.raises(UnsupportedError, match="Split the batch"):
        convolution.work(
            launcher.traits, "convolution", (many, dense("uint8", 1, 1, 1)), many, **options
        )


def test_long_sums_are_split_and_the_same_each_time(launcher: Launcher) -> None:
    launcher.traits = replace(launcher.traits, units=100)
    rng = np.random.default_rng(5)
    x, gradient = numbers(rng, "float32", 9, 3, 30, 31), numbers(rng, "float32", 9, 20, 30, 31)
    options = {"stride": (1, 1), "padding": ((1, 1),) * 2, "dilation": (1, 1), "groups": 1}
    options["kernel"] = (3, 3)
    given = ("convolution_weight", [x, gradient], (20, 3, 3, 3), 1, options)
    got = [compute(launcher, "float32", *given) for _ in range(2)]
    views = (dense("float32", *x.shape), dense("float32", *gradient.shape))
    result = dense("float32", 20, 3, 3, 3)
    work = convolution.work(launcher.traits, "convolution_weight", views, result, **options)
    assert work.launches[-1].name == "product_sum_float32"
    assert np.array_equal(got[0], got[1])
    want = TABLE["convolution_weight"](x.astype("d"), gradient.astype("d"), **options)
    np.testing.assert_allclose(got[0], want, rtol=1e-4, atol=2e-3)


def test_an_infinity_stays_where_it_is(launcher: Launcher) -> None:
    """No element is multiplied by a zero that stands for nothing."""
    x = np.ones((2, 2, 5, 6), "float32")
    x[0, 1, 4, 5] = np.inf
    weight = np.ones((3, 2, 3, 3), "float32")
    options = {"stride": (1, 1), "padding": ((0, 0),) * 2, "dilation": (1, 1), "groups": 1}
    got = compute(launcher, "float32", "convolution", [x, weight], (2, 3, 3, 4), 0, options)
    want = np.full(got.shape, 18.0)
    want[0, :, 2, 3] = np.inf
    np.testing.assert_array_equal(got, want)


@pytest.mark.parametrize("launcher", roles()[:1], indirect=True)
@pytest.mark.parametrize(("vector", "local"), [(4, 8192), (8, 32768)])
def test_other_processors(launcher: Launcher, vector: int, local: int) -> None:
    """Narrower vectors and less local memory than this machine's."""
    if launcher.traits.vector == 1:
        pytest.skip("no processor with vectors is here")
    launcher.traits = replace(launcher.traits, vector=vector, local_memory=local, units=3)
    check(launcher, "float32", CASES[4])
    check(launcher, "int64", CASES[11])


@pytest.mark.parametrize("launcher", roles()[:1], indirect=True)
def test_many_blocks(launcher: Launcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of t, and work-items with few tiles."""
    monkeypatch.setattr(convolution_tiles, "PANEL_BYTES", 1)
    monkeypatch.setattr(convolution_tiles, "MOST_TILES", 2)
    for number in (4, 11):
        check(launcher, "float32", CASES[number], offset=1)
