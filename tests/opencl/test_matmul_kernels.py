"""Matrix products on every OpenCL driver of this machine, against NumPy in float64.

Every device runs the GPU kernels; one that wants explicit vectors runs the processors' as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")

from launcher import USABLE, Launcher, in_role, numpy_type, roles

from plugtorch.errors import ArgumentError, UnsupportedError
from plugtorch_opencl.render import matmul, matmul_plans

TURNS = [(False, False), (False, True), (True, False), (True, True)]


@pytest.fixture(params=roles())
def launcher(request: pytest.FixtureRequest) -> Iterator[Launcher]:
    with in_role(*request.param) as found:
        yield found


def test_a_driver_was_found() -> None:
    if not USABLE:
        pytest.skip("no OpenCL driver is installed: the kernels were not run")
    assert roles()


def numbers(rng: np.random.Generator, dtype: str, *shape: int) -> np.ndarray[Any, Any]:
    kind = numpy_type(dtype)
    if "float" in dtype:
        return rng.standard_normal(shape).astype(kind)
    limits = np.iinfo(kind)
    return rng.integers(limits.min, limits.max, shape, dtype=kind, endpoint=True)


def expected(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    if x.dtype.kind in "iu":
        with np.errstate(over="ignore"):
            return (x.astype(np.int64) @ y.astype(np.int64)).astype(x.dtype)
    return x.astype(np.float64) @ y.astype(np.float64)


TOLERANCE = {"float32": 4e-6, "float64": 1e-14, "float16": 2e-3, "bfloat16": 2e-2}


def check(
    launcher: Launcher, x: np.ndarray[Any, Any], y: np.ndarray[Any, Any], dtype: str, **options: Any
) -> None:
    (got,) = launcher.product(x, y, dtype, **options)
    want = expected(x, y)
    if "float" not in dtype:
        np.testing.assert_array_equal(got, want)
        return
    scale = np.sqrt(x.shape[-1])
    error = np.abs(got.astype(np.float64) - want) / np.maximum(scale, np.abs(want))
    assert error.max() <= TOLERANCE[dtype], launcher.last.product.kernel.name


def compiles_fast(launcher: Launcher) -> bool:
    """Whether a kernel takes less than a third of a second."""
    return "Portable Computing Language" not in launcher.traits.driver


SHAPES = [  # rows, inner, columns
    (1, 1, 1),
    (1, 33, 17),
    (1, 100, 300),
    (2, 7, 3),
    (3, 65, 33),
    (5, 40, 130),
    (7, 65, 100),
    (12, 17, 70),
    (17, 3, 65),
    (33, 100, 1),
    (33, 17, 2),
    (65, 33, 7),
    (65, 500, 33),
    (100, 65, 100),
    (100, 450, 100),
]


@pytest.mark.parametrize("turned", TURNS, ids=["nn", "nt", "tn", "tt"])
def test_odd_sizes(launcher: Launcher, turned: tuple[bool, bool]) -> None:
    rng = np.random.default_rng(0)
    shapes = list(enumerate(SHAPES))
    if not compiles_fast(launcher):  # each shape once, turned in one way
        shapes = shapes[TURNS.index(turned) :: len(TURNS)]
    for number, (rows, inner, columns) in shapes:
        x, y = numbers(rng, "float32", rows, inner), numbers(rng, "float32", inner, columns)
        check(launcher, x, y, "float32", turned_x=turned[0], turned_y=turned[1], offset=number % 5)


@pytest.mark.parametrize("dtype", [d for d in matmul.SUMMED if d != "float32"])
def test_every_dtype(launcher: Launcher, dtype: str) -> None:
    if dtype == "float64" and not launcher.traits.float64:
        with pytest.raises(UnsupportedError, match="cannot compute with float64"):
            check(launcher, np.ones((2, 2)), np.ones((2, 2)), dtype)
        return
    rng = np.random.default_rng(1)
    cases = [(3, 40, 21, 0, 1), (25, 40, 37, 1, 1), (3, 40, 70, 0, 0), (25, 40, 37, 0, 0)]
    if not compiles_fast(launcher):
        cases = cases[:2]
    for rows, inner, columns, *turned in cases:
        x, y = numbers(rng, dtype, rows, inner), numbers(rng, dtype, inner, columns)
        check(launcher, x, y, dtype, turned_x=bool(turned[0]), turned_y=bool(turned[1]), offset=3)


@pytest.mark.parametrize(
    ("left", "right"),
    [((5,), (5,)), ((3,), (1,)), ((1,), (3,)), ((2, 1, 3), (1, 4, 3)), ((2, 3), (2, 1))],
)
def test_batches(launcher: Launcher, left: tuple[int, ...], right: tuple[int, ...]) -> None:
    rng = np.random.default_rng(2)
    x, y = numbers(rng, "float32", *left, 9, 33), numbers(rng, "float32", *right, 33, 20)
    check(launcher, x, y, "float32", turned_y=True, offset=2)
    check(launcher, x, y, "float32", turned_x=True)


@pytest.mark.parametrize("dtype", ["float32", "float16", "int8"])
@pytest.mark.parametrize("rows", [3, 30])
def test_bias(launcher: Launcher, dtype: str, rows: int) -> None:
    rng = np.random.default_rng(3)
    x, y = numbers(rng, dtype, rows, 20), numbers(rng, dtype, 20, 71)
    bias = numbers(rng, dtype, 75)
    for relu in (False, True):
        epilogue = matmul.ColumnBias(dtype, relu)
        (got,) = launcher.product(x, y, dtype, turned_y=True, epilogue=epilogue, after=(bias[4:],))
        want = expected(x, y) + bias[4:].astype(x.dtype if dtype == "int8" else np.float64)
        want = np.maximum(want, 0) if relu else want
        np.testing.assert_allclose(got, want, rtol=2e-3 if dtype == "float16" else 1e-5, atol=2e-3)


@dataclass(frozen=True)
class Signs:
    """Two outputs of different dtype, and everything an epilogue may ask for."""

    name: str = "signs"
    parameters: tuple[str, ...] = ("const float factor",)
    results: tuple[tuple[str, str], ...] = (("scaled", "float32"), ("sign", "bool"))

    def lines(self, width: int, row: str, column: str, batch: str) -> list[str]:
        kind, mask = ("float", "uchar") if width == 1 else (f"float{width}", f"uchar{width}")
        positive = "value > 0" if width == 1 else "(value > 0) & 1"
        place = f"(float)({batch} * 10000 + {row} * 100 + {column})"
        steps = "" if width == 1 else f" + ({kind})({', '.join(map(str, range(width)))})"
        return [
            f"const {kind} scaled = value * factor + ({place}{steps});",
            f"const {mask} sign = convert_{mask}({positive});",
            "// a long epilogue",
            "// is written once",
        ]


@pytest.mark.parametrize("rows", [2, 40])
def test_several_outputs(launcher: Launcher, rows: int) -> None:
    rng = np.random.default_rng(4)
    x, y = numbers(rng, "float32", 3, rows, 20), numbers(rng, "float32", 1, 20, 71)
    scaled, sign = launcher.product(x, y, "float32", epilogue=Signs(), after=(0.5,))
    want = expected(x, y)
    batch, row, column = np.indices(want.shape)
    np.testing.assert_allclose(
        scaled, want / 2 + batch * 10000 + row * 100 + column, rtol=1e-5, atol=1e-4
    )
    np.testing.assert_array_equal(sign, want.astype(np.float32) > 0)


def test_long_sums_are_split_where_units_would_idle(launcher: Launcher) -> None:
    launcher.traits = replace(launcher.traits, units=12)
    rng = np.random.default_rng(5)
    bias = numbers(rng, "float32", 9)
    for rows in (2, 20):
        for turned in TURNS[:3]:
            x, y = numbers(rng, "float32", 2, rows, 9001), numbers(rng, "float32", 2, 9001, 9)
            got = [
                launcher.product(
                    x, y, "float32", *turned, epilogue=matmul.ColumnBias("float32"), after=(bias,)
                )[0]
                for _ in range(2)
            ]
            assert launcher.last.sum is not None
            assert np.array_equal(got[0], got[1])
            np.testing.assert_allclose(got[0], expected(x, y) + bias, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("launcher", roles("processor"), indirect=True)
@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float16", "int64"])
def test_packed(
    launcher: Launcher, monkeypatch: pytest.MonkeyPatch, dtype: str, in_place: bool
) -> None:
    monkeypatch.setattr(matmul_plans, "PACKED_WORK", 1)
    monkeypatch.setattr(matmul_plans, "PACKED_WORK_TURNED", 1)
    monkeypatch.setattr(matmul_plans, "PACKED_SIDE", 1)
    monkeypatch.setattr(matmul_plans, "PACKED_INNER", 10**6 if in_place else 1)
    if dtype != "float16":  # which stays one block
        monkeypatch.setattr(matmul_plans, "PANEL_DEPTH", 128)
    rng = np.random.default_rng(6)
    for turned in TURNS:
        x, y = numbers(rng, dtype, 2, 41, 301), numbers(rng, dtype, 1, 301, 101)
        check(launcher, x, y, dtype, turned_x=turned[0], turned_y=turned[1], offset=1)
        assert launcher.last.pack_y is not None


@pytest.mark.parametrize("launcher", roles("processor")[:1], indirect=True)
@pytest.mark.parametrize(("vector", "local"), [(4, 4096), (8, 32768)])
def test_other_processors(launcher: Launcher, vector: int, local: int) -> None:
    """Narrower vectors and less local memory than this machine's."""
    launcher.traits = replace(launcher.traits, vector=vector, local_memory=local, units=3)
    rng = np.random.default_rng(7)
    for dtype in ("float32", "int16"):
        for rows, inner, columns in ((3, 50, 30), (20, 50, 30), (65, 300, 50)):
            x, y = numbers(rng, dtype, rows, inner), numbers(rng, dtype, inner, columns)
            for turned in TURNS[:3]:
                check(launcher, x, y, dtype, turned_x=turned[0], turned_y=turned[1])


@pytest.mark.parametrize("launcher", roles("gpu"), indirect=True)
@pytest.mark.parametrize(
    ("name", "limits"),
    [
        ("NVIDIA", {}),
        ("Intel(R) UHD", {}),
        ("Mali", {}),
        ("unknown", {}),
        ("unknown", {"group": 64}),
        ("unknown", {"group": 1}),
        ("unknown", {"local_memory": 1500}),
    ],
)
def test_every_group_tile(launcher: Launcher, name: str, limits: dict[str, int]) -> None:
    launcher.traits = replace(launcher.traits, name=name, vendor=name, **limits)
    rng = np.random.default_rng(8)
    shapes = ((130, 40, 140), (130, 37, 133), (60, 36, 12), (8, 19, 200))
    for number, (rows, inner, columns) in enumerate(shapes):
        x, y = numbers(rng, "float32", rows, inner), numbers(rng, "float32", inner, columns)
        for turned in (TURNS[number], TURNS[number - 1]):
            check(launcher, x, y, "float32", turned_x=turned[0], turned_y=turned[1], offset=4)


@pytest.mark.parametrize(
    ("dtype", "sizes", "error", "text"),
    [
        ("bool", (2, 2, 2), UnsupportedError, "no product of bool"),
        ("float32", (0, 2, 2), ArgumentError, "must not be 0"),
        ("float32", (2, 2, 0), ArgumentError, "must not be 0"),
        ("float32", (2, 2**31, 2), UnsupportedError, "below 2"),
        ("float32", (2, 2, 2, (1, 1, 1, 1)), ArgumentError, "at most 3 batch axes"),
    ],
)
def test_refused(
    launcher: Launcher, dtype: str, sizes: tuple[Any, ...], error: type[Exception], text: str
) -> None:
    operand = matmul.Operand("rows", 2)
    with pytest.raises(error, match=text):
        matmul.plan(launcher.traits, dtype, operand, operand, matmul.Sizes(*sizes))
