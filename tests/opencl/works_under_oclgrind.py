"""Copies, scatters, sorts, sums, pools and attention on small shapes, under the simulator Oclgrind.

    oclgrind --data-races --uninitialized --build-options -cl-opt-disable \
        python tests/opencl/works_under_oclgrind.py

Reads outside a buffer, values nobody wrote and races are reported by Oclgrind; wrong results by
this. Both kinds of kernels are run, those for processors and those for graphics cards.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from launcher import USABLE, Launcher, dense, view_of

from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import (
    attention,
    copying,
    counting,
    pooling,
    scanning,
    scattering,
    sorting,
)

MODULES = {
    "attention": attention,
    "attention_slope": attention,
    "scatter": scattering,
    "scatter_add": scattering,
    "index_put": scattering,
    "argsort": sorting,
    "cumsum": scanning,
    "nonzero": counting,
    "max_pool": pooling,
    "max_pool_index": pooling,
    "sum_pool": pooling,
    "sum_pool_input": pooling,
}


def cases() -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Names, operands and parameters."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 37)).astype(np.float32)
    half = x.astype(np.float16)
    index = rng.integers(0, 5, (70,))
    rows = rng.standard_normal((70, 37)).astype(np.float32)
    along = rng.integers(0, 37, (5, 60))
    flat = rng.integers(0, 50, (700,))
    plane = rng.standard_normal((1, 2, 5, 37)).astype(np.float32)
    halved = {"kernel": (2, 2), "stride": (2, 2), "padding": ((0, 1), (1, 0))}
    over = {"kernel": (3, 3), "stride": (1, 1), "padding": ((1, 1), (1, 1))}
    once = {"dilation": (1, 1)}
    found: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
        ("index_put", (x, rows, index), {"axes": (0,), "accumulate": True}),
        ("index_put", (half, rows.astype(np.float16), index), {"axes": (0,), "accumulate": False}),
        ("scatter_add", (x, along, rows[:5, :1].repeat(60, 1)), {"axis": 1}),
        ("scatter", (np.zeros(50, np.float32), flat, flat.astype(np.float32)), {"axis": 0}),
        ("argsort", (x,), {"axis": 0, "descending": True}),
        ("argsort", (rng.integers(0, 9, (2, 130)),), {"axis": 1, "descending": False}),
        ("cumsum", (x,), {"axis": 1}),
        ("cumsum", (np.tile(half, (1, 4)),), {"axis": 0}),
        ("cumsum", (np.arange(4500),), {"axis": 0}),
        ("nonzero", (x * (x > 0),), {}),
    ]
    for way in (halved, over):
        largest = TABLE["max_pool"](plane, **way, **once)
        found += [
            ("max_pool", (plane,), {**way, **once}),
            ("max_pool_index", (plane, largest), {**way, **once}),
            ("sum_pool", (plane,), way),
            ("sum_pool_input", (largest,), {**way, "size": (5, 37)}),
        ]
    return found + attended(rng)


def attended(rng: np.random.Generator) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Attention with lengths and sizes that fill no panel, and with one that does."""
    found: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
    for causal, (queries, keys, size, wide) in ((True, (19, 70, 6, 16)), (False, (19, 20, 16, 5))):
        shapes = (2, queries, size), (2, keys, size), (2, keys, wide), (2, queries, wide)
        *given, gradient = (rng.standard_normal(s).astype(np.float32) for s in shapes)
        mask = () if causal else (rng.standard_normal((queries, keys)).astype(np.float32),)
        options = {"scale": 0.5, "causal": causal}
        means = TABLE["attention"](*given, *mask, **options)
        logarithms = np.ascontiguousarray(means[..., -1])
        overlaps = (gradient * means[..., :-1]).sum(-1)
        slope = (gradient, *given, logarithms, overlaps, *mask)
        found += [("attention", (*given, *mask), options), ("attention_slope", slope, options)]
    return found


def main() -> None:
    """Run all and print how many there were."""
    (found,) = [one for one in USABLE if "Oclgrind" in one.traits.driver]
    launcher = Launcher(found, keep=True)
    real = launcher.traits
    ran = wrong = 0
    for kind, vector in (("cpu", 8), ("gpu", 1)):
        launcher.traits = replace(
            real, kind=kind, vector=vector, units=1, local_memory=30000, group=64, float64=True
        )
        for name, operands, options in cases():
            want = np.asarray(TABLE[name](*operands, **options))
            result = dense(want.dtype.name, *want.shape)
            views = tuple(map(view_of, operands))
            work = MODULES[name].work(launcher.traits, name, views, result, **options)
            got = launcher.compute(work, operands, result)
            ran += 1
            tolerance = 1e-2 if want.dtype == np.float16 else 1e-5
            wrong += not np.allclose(got, want, rtol=tolerance, atol=tolerance)
        square = np.arange(20 * 37, dtype=np.float32).reshape(20, 37).T
        for x in (square, square[::-1], np.broadcast_to(np.float32(3), (37, 20))):
            work = copying.copy_work(launcher.traits, view_of(x), dense("float32", *x.shape))
            ran += 1
            wrong += not np.array_equal(launcher.compute(work, (x,), dense("float32", *x.shape)), x)
        # a line in blocks, each digit in launches of its own
        ran += 1
        wrong += not sorted_in_blocks(launcher)
    print(f"{ran} works, {wrong} wrong, {len(launcher.programs)} programs")


def sorted_in_blocks(launcher: Launcher) -> bool:
    x = np.random.default_rng(1).integers(-100, 100, 200).astype(np.int8)
    kept = sorting.LONG, sorting.PROCESSOR_BLOCK, sorting.GROUP_BLOCK, sorting.MOST_LOCAL
    sorting.LONG, sorting.PROCESSOR_BLOCK, sorting.GROUP_BLOCK, sorting.MOST_LOCAL = 1, 60, 60, 1
    result = dense("int64", 200)
    options = {"axis": 0, "descending": False}
    work = sorting.work(launcher.traits, "argsort", (view_of(x),), result, **options)
    sorting.LONG, sorting.PROCESSOR_BLOCK, sorting.GROUP_BLOCK, sorting.MOST_LOCAL = kept
    return np.array_equal(launcher.compute(work, (x,), result), np.argsort(x, kind="stable"))


if __name__ == "__main__":
    main()
