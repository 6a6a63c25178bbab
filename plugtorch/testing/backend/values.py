"""Checks: every primitive gives what Python's own numbers say."""

from __future__ import annotations

import numpy as np

from plugtorch import dtypes
from plugtorch.dtypes import dtype as DType
from plugtorch.primitive import PRIMITIVES
from plugtorch.testing.backend.bench import Bench
from plugtorch.testing.cases.row import FLOATS, TRUTH, Case, kind_of
from plugtorch.testing.run import SkipCheck, require


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
    row = bench.row(name)
    tried = 0
    for kind in bench.dtypes(name):
        for case in row.cases(kind_of(kind)):
            bench.tried(name, case, kind)
            tried += 1
    require(tried, f"the row of {name} has no case for a dtype of this device")


def check_views(bench: Bench, name: str) -> None:
    """The same numbers where operands are slices of transposed tensors."""
    if not any(case.operands for case in bench.row(name).cases(FLOATS)):
        raise SkipCheck("it has no operands")
    takes = bench.dtypes(name)
    for kind in [dtypes.float32] if dtypes.float32 in takes else takes[:1]:
        for case in bench.row(name).cases(kind_of(kind)):
            bench.tried(name, case, kind, strided=True)


def check_extremes(bench: Bench, name: str) -> None:
    """NaN, infinities, the largest and the smallest numbers, in every dtype."""
    for kind in bench.dtypes(name):
        for case in bench.row(name).extremes(kind):
            bench.tried(name, case, kind)


def check_numbers(bench: Bench, name: str) -> None:
    """A Python number on either side is weak: the result has the tensor's dtype."""
    for kind in bench.dtypes(name):
        letter = kind_of(kind)
        if letter == TRUTH:
            continue
        host = np.array([1, 2, 3])
        numbers: list[float] = [2] if letter != FLOATS else [2, 0.5]
        for number in numbers:
            for operands in ((host, number), (number, host), (host[:1].reshape(()), number)):
                _weak(bench, name, Case(operands), kind)


def _weak(bench: Bench, name: str, case: Case, kind: DType) -> None:
    operands = bench.operands(case, bench.hosts(case, kind), kind)
    result = PRIMITIVES[name](*operands)
    needed = PRIMITIVES[name].gives or kind
    require(result.dtype is needed, f"{name} of {kind.name} and a number gave {result.dtype.name}")
    bench.tried(name, case, kind)
