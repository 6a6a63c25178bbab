"""What recurrence's kernels compute, on every driver and in both roles, against NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyopencl", reason="pyopencl is not installed")
from launcher import in_role, roles, view_of

from plugtorch.ops.recurrence import KINDS
from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import recurrence
from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import View


def operands_of(rng: Any, kind: str, times: int, rows: int, size: int) -> tuple[Any, ...]:
    gates, count, _, _ = KINDS[kind]
    wide = gates * size
    shapes = [(times, rows, wide), (wide, size), (wide,), *[(rows, size)] * count]
    return tuple([rng.standard_normal(shape).astype(np.float32) / 2 for shape in shapes])


@pytest.mark.parametrize("place", roles())
@pytest.mark.parametrize("kind", KINDS)
def test_like_numpy(place: tuple[int, str], kind: str) -> None:
    rng = np.random.default_rng()
    with in_role(*place) as launcher:
        for times, rows, size in ((1, 1, 1), (3, 5, 7), (2, 19, 33), (2, 9, 70)):
            options = {"kind": kind, "reverse": bool(rng.integers(2))}
            given = operands_of(rng, kind, times, rows, size)
            given[1][:] /= max(1, size / 8)
            found = TABLE["recurrence"](*given, **options, seen=True)
            _, weight, _, *state = given
            gradient, last = rng.standard_normal((2, *found.shape[1:])).astype(np.float32)
            slope = (gradient, found, weight, *state, *([last[0].copy()] * len(state)))
            for name, operands, more in (
                ("recurrence", given, {"seen": True}),
                ("recurrence", given, {"seen": False}),
                ("recurrence_slope", slope, {}),
            ):
                want = TABLE[name](*operands, **options, **more)
                result = View("float32", want.shape, contiguous(want.shape))
                views = tuple(map(view_of, operands))
                work = recurrence.work(launcher.traits, name, views, result, **options, **more)
                got = launcher.compute(work, operands, result)
                np.testing.assert_allclose(got, want, 1e-3, 1e-4 * max(1, np.abs(want).max()))
