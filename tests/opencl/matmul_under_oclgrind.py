"""Every kind of product kernel on small shapes, to be run under the simulator Oclgrind.

    oclgrind --data-races --uninitialized --build-options -cl-opt-disable \
        python tests/opencl/matmul_under_oclgrind.py

Reads outside a buffer, values nobody wrote and races are reported by Oclgrind; wrong results by
this. Without ``-cl-opt-disable``, Oclgrind 21.10 meets an instruction (freeze) it does not know,
gives up the kernel, and every result is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from launcher import launcher_of

from plugtorch_opencl.render import matmul, matmul_plans

DTYPES = ("float32", "float16", "int8", "float64")
TURNS = ((False, False), (False, True), (True, False), (True, True))
SHAPES = [(1, 19, 11), (1, 19, 37), (3, 9, 5), (17, 70, 21), (20, 9, 17)]  # rows, inner, columns
GROUPS = [(3, 9, 5), (17, 20, 21), (8, 16, 8)]  # the last is read in vectors
LONG = (1, 4200, 3)  # its sum is split between units
ALWAYS, NEVER = 1, 10**12
TINY, SMALL = {"group": 64, "local_memory": 4000}, {"group": 64, "local_memory": 20000}
ANY = {"group": 256, "local_memory": 20000}


def cases() -> Iterator[tuple[dict[str, Any], int, int, tuple[str, ...], list[Any]]]:
    """Traits, work from which operands are packed, inner sizes from which x is; dtypes; shapes."""
    processor = {"kind": "cpu", "vector": 8, "units": 1, **SMALL}
    for packed, inner in ((NEVER, 1), (ALWAYS, 1), (ALWAYS, NEVER)):
        yield processor, packed, inner, DTYPES, SHAPES
    yield {**processor, "units": 9}, NEVER, 1, DTYPES[:1], [LONG]
    card = {"kind": "gpu", "vector": 1, "units": 1}
    yield {**card, **TINY}, NEVER, 1, DTYPES, GROUPS
    yield {**card, **TINY, "units": 3}, NEVER, 1, DTYPES[:1], [(3, 300, 5)]
    yield {**card, **SMALL}, NEVER, 1, DTYPES[:1], [(20, 9, 17)]
    yield {**card, **ANY}, NEVER, 1, DTYPES[:1], [(3, 9, 20), (20, 9, 3)]
    yield {**card, "group": 1}, NEVER, 1, DTYPES[:1], GROUPS[:1]


def main() -> None:
    """Run all and print how many kernels there were."""
    launcher = launcher_of("Oclgrind", keep=True)
    real = launcher.traits
    rng = np.random.default_rng(0)
    wrong = products = 0
    matmul_plans.PACKED_SIDE = 1
    for traits, packed, inner, dtypes, shapes in cases():
        matmul_plans.PACKED_WORK = matmul_plans.PACKED_WORK_TURNED = packed
        matmul_plans.PACKED_INNER = inner
        launcher.traits = replace(real, float64=True, **traits)
        for dtype in dtypes:
            for rows, depth, columns in shapes:
                for turned in TURNS:
                    x = (rng.standard_normal((rows, depth)) * 5).astype(dtype)
                    y = (rng.standard_normal((depth, columns)) * 5).astype(dtype)
                    want = x.astype(np.float64) @ y.astype(np.float64)
                    if dtype == "int8":
                        want = want.astype(np.int64).astype(np.int8)
                    options: dict[str, Any] = {}
                    if depth == 9:
                        zero = np.zeros(columns, dtype)
                        options = {"epilogue": matmul.ColumnBias(dtype), "after": (zero,)}
                    (got,) = launcher.product(x, y, dtype, *turned, **options)
                    products += 1
                    wrong += not np.allclose(got, want, rtol=1e-2, atol=0.1)
    print(f"{products} products, {wrong} wrong, {len(launcher.programs)} kernels")


if __name__ == "__main__":
    main()
