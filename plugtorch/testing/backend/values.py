"""Checks: every primitive gives what Python's own numbers say."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from plugtorch import dtypes
from plugtorch.dtypes import dtype as DType
from plugtorch.primitive import PRIMITIVES
from plugtorch.testing.backend.bench import FIRST, Bench
from plugtorch.testing.cases.row import FLOATS, TRUTH, Case, kind_of
from plugtorch.testing.run import SkipCheck, require

OTHERS = 4  # one case in so many is tried in another dtype, beside the first


def check_kernels(bench: Bench) -> None:
    """There is a kernel for each primitive, and none for anything else."""
    from plugtorch.testing.cases import ROWS

    kernels = set(bench.backend.kernels)
    missing, unknown = sorted(set(PRIMITIVES) - kernels), sorted(kernels - set(PRIMITIVES))
    require(not missing, f"there is no kernel for {', '.join(missing)}")
    require(not unknown, f"there is a kernel for {', '.join(unknown)}, which is no primitive")
    reusing = sorted(set(bench.backend.reusing) - kernels)
    require(not reusing, f"there is a reusing kernel, but no plain one, for {', '.join(reusing)}")
    rowless, gone = sorted(set(PRIMITIVES) - set(ROWS)), sorted(set(ROWS) - set(PRIMITIVES))
    require(not rowless, f"no row in plugtorch.testing.cases for {', '.join(rowless)}; write one")
    require(
        not gone, f"a row in plugtorch.testing.cases for {', '.join(gone)}, which is no primitive"
    )


def check_values(bench: Bench, name: str) -> None:
    """Ordinary numbers, odd shapes, every dtype."""
    tried = list(_pairs(bench, name))
    require(tried, f"the row of {name} has no case for a dtype of this device")
    bench.tried(name, tried)


def _pairs(bench: Bench, name: str) -> Iterator[tuple[Case, DType]]:
    """Cases and dtypes: all pairs on a device that computes at once.

    One that compiles kernels, each for many milliseconds, is tried on every case in one dtype of
    each kind (the first), and in each other dtype on the first case and on some of the others,
    which its dtypes take in turn.
    """
    row, seen = bench.row(name), 0
    firsts: set[str] = set()
    for kind in sorted(bench.dtypes(name), key=lambda d: d not in FIRST):
        letter = kind_of(kind)
        cases = list(row.cases(letter))
        if bench.backend.deferred and letter in firsts:
            seen += 1
            cases = [
                c for place, c in enumerate(cases) if not place or place % OTHERS == seen % OTHERS
            ]
        firsts.add(letter)
        yield from ((case, kind) for case in cases)


def check_views(bench: Bench, name: str) -> None:
    """The same numbers where operands are slices of transposed tensors."""
    if not any(case.operands for case in bench.row(name).cases(FLOATS)):
        raise SkipCheck("it has no operands")
    takes = bench.dtypes(name)
    for kind in [dtypes.float32] if dtypes.float32 in takes else takes[:1]:
        bench.tried(name, [(c, kind) for c in bench.row(name).cases(kind_of(kind))], strided=True)


def check_extremes(bench: Bench, name: str) -> None:
    """NaN, infinities, the largest and the smallest numbers, in every dtype."""
    row = bench.row(name)
    bench.tried(name, [(case, k) for k in bench.dtypes(name) for case in row.extremes(k)])


def check_numbers(bench: Bench, name: str) -> None:
    """A Python number on either side is weak: the result has the tensor's dtype."""
    tried: list[tuple[Case, DType]] = []
    for kind in bench.dtypes(name):
        letter = kind_of(kind)
        if letter == TRUTH:
            continue
        host = np.array([1, 2, 3])
        numbers: list[float] = [2] if letter != FLOATS else [2, 0.5]
        for number in numbers:
            for operands in ((host, number), (number, host), (host[:1].reshape(()), number)):
                _weak(bench, name, Case(operands), kind)
                tried.append((Case(operands), kind))
    bench.tried(name, tried)


def _weak(bench: Bench, name: str, case: Case, kind: DType) -> None:
    operands = bench.operands(case, bench.hosts(case, kind), kind)
    result = PRIMITIVES[name](*operands)
    needed = PRIMITIVES[name].gives or kind
    require(result.dtype is needed, f"{name} of {kind.name} and a number gave {result.dtype.name}")
