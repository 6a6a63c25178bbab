"""The functions that NumPy lacks, against the math module."""

import math
from typing import Any

import ml_dtypes
import numpy as np
import pytest

from plugtorch_numpy import special
from plugtorch_numpy.quiet import quiet

erf, erfc = quiet(special.erf), quiet(special.erfc)
INFINITY, NAN = float("inf"), float("nan")


def samples(dtype: Any) -> np.ndarray[Any, Any]:
    """Numbers of every size at which the function does something, of both signs."""
    random = np.random.default_rng(0)
    pieces = [
        random.uniform(0, 1 / 256, 4000),
        random.uniform(0, 1, 8000),
        random.uniform(1, 7, 8000),
        np.arange(3073) / 512,  # where the table's steps are
        10 ** random.uniform(-37, 30, 4000),
    ]
    x = np.concatenate(pieces)
    return np.concatenate([x, -x]).astype(dtype)


@pytest.mark.parametrize(("dtype", "units"), [(np.float64, 2.0), (np.float32, 2.4)])
def test_erf_is_accurate_to_the_last_places(dtype: Any, units: float) -> None:
    x = samples(dtype)
    exact = np.array([math.erf(value) for value in x.tolist()])
    unit = np.spacing(np.abs(exact).astype(dtype)).astype(np.float64)
    error = np.abs(erf(x).astype(np.float64) - exact) / unit
    assert error.max() <= units, f"{error.max()} units in the last place at {x[error.argmax()]}"


def tails(dtype: Any) -> np.ndarray[Any, Any]:
    """Where erfc is next to 2, next to 1 and next to 0."""
    random = np.random.default_rng(1)
    spread = random.uniform(-7, 27.5, 20000), random.uniform(-1, 1, 10000), np.arange(441) / 16
    return np.concatenate([*spread, samples(np.float64)]).astype(dtype)


@pytest.mark.parametrize(("dtype", "units"), [(np.float64, 6.0), (np.float32, 0.6)])
def test_erfc_is_accurate_to_the_last_places(dtype: Any, units: float) -> None:
    x = tails(dtype)
    exact = np.array([math.erfc(value) for value in x.tolist()])
    with np.errstate(under="ignore"):
        unit = np.spacing(exact.astype(dtype)).astype(np.float64)
    error = np.abs(erfc(x).astype(np.float64) - exact) / unit
    assert error.max() <= units, f"{error.max()} units in the last place at {x[error.argmax()]}"


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_erfc_at_the_ends(dtype: Any) -> None:
    x = np.array([0.0, -0.0, INFINITY, -INFINITY, NAN, 30, -30], dtype)
    found = erfc(x)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found.astype(np.float64), [1, 1, 0, 2, NAN, 0, 2])
    assert erfc(x[0]).shape == ()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_erfc_of_any_layout(dtype: Any) -> None:
    x = np.random.default_rng(1).standard_normal((6, 50, 70)).astype(dtype)  # several blocks
    np.testing.assert_array_equal(erfc(x.transpose(2, 0, 1)), erfc(x).transpose(2, 0, 1))
    before = x.copy()
    erfc(x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_erf_of_two_bytes_is_the_one_of_four_rounded(dtype: Any) -> None:
    x = np.arange(2**16, dtype=np.uint16).view(dtype)
    found = erf(x)
    assert found.dtype == dtype
    wide = erf(x.astype(np.float32))
    np.testing.assert_array_equal(found.astype(np.float32), wide.astype(dtype).astype(np.float32))


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16, np.float32, np.float64])
def test_erf_at_the_ends(dtype: Any) -> None:
    found = erf(np.array([0.0, -0.0, INFINITY, -INFINITY, NAN, 30, -30], dtype)).astype(np.float64)
    np.testing.assert_array_equal(found, [0, 0, 1, -1, NAN, 1, -1])
    assert np.signbit(found[:2]).tolist() == [False, True]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_erf_is_odd_and_bounded_and_keeps_the_smallest_numbers(dtype: Any) -> None:
    x = samples(dtype)
    assert np.array_equal(erf(-x), -erf(x))
    assert np.abs(erf(x)).max() == 1
    tiny = np.finfo(dtype).smallest_subnormal
    small = np.array([1, 2, 7, 1000], dtype) * tiny
    expected = np.rint(np.array([1, 2, 7, 1000]) * 2 / math.sqrt(math.pi)).astype(dtype) * tiny
    np.testing.assert_array_equal(erf(small), expected)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_erf_of_any_layout(dtype: Any) -> None:
    x = np.random.default_rng(1).standard_normal((6, 50, 70)).astype(dtype)  # more than a block
    whole = erf(x)
    assert whole.shape == x.shape
    for view in (
        lambda a: a.T,
        lambda a: a.transpose(1, 0, 2),
        lambda a: a[:, ::3, ::-2],
        lambda a: a[0, 0, 0],
        lambda a: a[:0],
        lambda a: np.broadcast_to(a[:1], (4, 50, 70)),
    ):
        found = erf(view(x))
        assert found.shape == view(x).shape
        np.testing.assert_array_equal(found, view(whole))
