"""Kernels that are not fused, but products, on small shapes under the simulator Oclgrind.

    oclgrind --data-races --uninitialized --build-options -cl-opt-disable \
        python tests/opencl/works_under_oclgrind.py

Reads outside a buffer, values nobody wrote and races are reported by Oclgrind; wrong results by
this. Both kinds of kernels are run, those for processors and those for graphics cards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from launcher import USABLE, Launcher, dense, view_of

from plugtorch.ops.recurrence import KINDS
from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import (
    assembling,
    attention,
    copying,
    counting,
    pooling,
    recurrence,
    scanning,
    scattering,
    sorting,
)
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.work import View, Work


def copied(traits: Traits, name: str, views: tuple[View, ...], result: View) -> Work:
    return copying.copy_work(traits, views[0], result)


WORKS: dict[str, Callable[..., Work]] = {
    "attention": attention.work,
    "attention_slope": attention.work,
    "recurrence": recurrence.work,
    "recurrence_slope": recurrence.work,
    "scatter": scattering.work,
    "scatter_add": scattering.work,
    "index_put": scattering.work,
    "argsort": sorting.work,
    "cumsum": scanning.work,
    "nonzero": counting.work,
    "nonzero_count": counting.work,
    "max_pool": pooling.work,
    "max_pool_index": pooling.work,
    "sum_pool": pooling.work,
    "sum_pool_input": pooling.work,
    "copy": copied,
    "concatenate": assembling.concatenate,
    "put_slice": assembling.put_slice,
}


def cases() -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Names, operands and parameters."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((5, 37)).astype(np.float32)
    half = x.astype(np.float16)
    index = rng.integers(0, 5, (70,))
    rows = rng.standard_normal((70, 37)).astype(np.float32)
    square = rows[:20].T
    along = rng.integers(0, 37, (5, 60))
    flat = rng.integers(0, 50, (700,))
    plane = rng.standard_normal((1, 2, 5, 37)).astype(np.float32)
    halved = {"kernel": (2, 2), "stride": (2, 2), "padding": ((0, 1), (1, 0))}
    over = {"kernel": (3, 3), "stride": (1, 1), "padding": ((1, 1), (1, 1))}
    line = {"kernel": (4,), "stride": (3,), "padding": ((2, 1),)}
    box = {"kernel": (1, 2, 3), "stride": (1, 1, 2), "padding": ((0, 0), (1, 0), (1, 1))}
    bytes_, boxes = (rows[:, None] * 9).astype(np.int8), plane.astype(np.float16)[:, :1, None]
    odd: list[Any] = [(line, (37,), bytes_[:2]), (box, (1, 37, 5), boxes.swapaxes(3, 4))]
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
        ("index_put", (x, rows[:5, 0], index[:5], index[5:10]), {"axes": (0, 1), "accumulate": 1}),
        ("scatter_add", (x[::-1, ::2] > 0, along[:, :9] % 19, x[:, 9:18] > 0), {"axis": 1}),
        ("argsort", (half.T,), {"axis": 1, "descending": False}),
        ("cumsum", (x.astype(np.int8)[::-1],), {"axis": 1}),
        ("nonzero", (x.T > 0,), {}),
        ("nonzero_count", (x.T > 0,), {}),
        ("concatenate", (x, half.T.astype(np.float32).T[:2], rows[::9]), {"axis": 0}),
        ("concatenate", (x > 0, x.T[:9].T < 0), {"axis": 1}),
        ("put_slice", (x, rows[:2, 4:36:2]), {"spans": ((4, 0, -2), (1, 33, 2))}),
        ("put_slice", (half, half[0, ::-1]), {"spans": (3,)}),
        ("copy", (square,), {}),
        ("copy", (square[::-1],), {}),
        ("copy", (np.broadcast_to(np.float32(3), (37, 20)),), {}),
    ]
    for way, size, places in ((halved, (5, 37), plane), (over, (5, 37), plane), *odd):
        largest = TABLE["max_pool"](places, **way, dilation=(1,) * len(size))
        found += [
            ("max_pool", (places,), {**way, "dilation": (1,) * len(size)}),
            ("max_pool_index", (places, largest), {**way, "dilation": (1,) * len(size)}),
            ("sum_pool", (places,), way),
            ("sum_pool_input", (largest,), {**way, "size": size}),
        ]
    return found + attended(rng) + recurred(rng)


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


def recurred(rng: np.random.Generator) -> list[tuple[str, tuple[Any, ...], dict[str, Any]]]:
    """Sequences whose rows fill no tile and whose units fill no vector."""
    found: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
    times, rows, size = 3, 7, 11
    for kind, (gates, count, _, _) in KINDS.items():
        wide = gates * size
        shapes = (times, rows, wide), (wide, size), (wide,), *[(rows, size)] * count
        given = [rng.standard_normal(shape).astype(np.float32) / 2 for shape in shapes]
        options = {"kind": kind, "reverse": kind == "gru"}
        states = TABLE["recurrence"](*given, **options, seen=True)
        state = given[3:]
        slope = (states[0] * 2, states, given[1], *state, *state)
        found += [
            ("recurrence", tuple(given), {**options, "seen": kind != "relu"}),
            ("recurrence_slope", slope, options),
        ]
    return found


def main() -> None:
    """Run all and print how many there were."""
    (found,) = [one for one in USABLE if "Oclgrind" in one.traits.driver]
    launcher = Launcher(found, keep=True)
    real = launcher.traits
    wanted = {**TABLE, "nonzero_count": np.count_nonzero, "copy": np.copy}
    ran = wrong = 0
    for kind, vector in (("cpu", 8), ("gpu", 1)):
        launcher.traits = replace(
            real, kind=kind, vector=vector, units=1, local_memory=30000, group=64, float64=True
        )
        for name, operands, options in cases():
            want = np.asarray(wanted[name](*operands, **options))
            result = dense(want.dtype.name, *want.shape)
            views = tuple(map(view_of, operands))
            work = WORKS[name](launcher.traits, name, views, result, **options)
            got = launcher.compute(work, operands, result)
            ran += 1
            tolerance = 1e-2 if want.dtype == np.float16 else 1e-5
            wrong += not np.allclose(got, want, rtol=tolerance, atol=tolerance)
        # a line in blocks, each digit in launches of its own
        ran += 1
        wrong += not sorted_in_blocks(launcher)
    kernels = sum(len(program.all_kernels()) for program in launcher.programs.values())
    print(f"{ran} works, {wrong} wrong, {kernels} kernels")


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
