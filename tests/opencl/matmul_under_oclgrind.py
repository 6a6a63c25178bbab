"""Every kind of product kernel on small shapes, to be run under the simulator Oclgrind.

    oclgrind --data-races --uninitialized --build-options -cl-opt-disable \
        python tests/opencl/matmul_under_oclgrind.py

Reads outside a buffer, values nobody wrote and races are reported by Oclgrind; wrong results by
this. Without ``-cl-opt-disable``, Oclgrind 21.10 meets an instruction (freeze) it does not know.
Buffers are kept to the end, because it also takes one for unwritten that got the address of
another.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from matmul_launcher import Launcher, devices

from plugtorch_opencl.render import matmul, matmul_plans

SHAPES = [(1, 19, 11), (1, 19, 37), (3, 9, 5), (17, 70, 21), (20, 9, 17)]  # rows, inner, columns
ALWAYS, NEVER = 1, 10**12


def main() -> None:
    """Run all and print how many kernels there were."""
    device = next(device for device in devices() if "Oclgrind" in device.platform.name)
    launcher = Launcher(device)
    kept: list[object] = []
    for name in ("buffer", "empty"):
        make = getattr(launcher, name)

        def keep(given: object, make=make) -> object:  # type: ignore[no-untyped-def]
            kept.append(make(given))
            return kept[-1]

        setattr(launcher, name, keep)
    real = launcher.traits
    rng = np.random.default_rng(0)
    wrong = products = 0
    matmul_plans.PACKED_SIDE = 1
    for kind, vector, units, packed, inner in (
        ("cpu", 8, 1, NEVER, 1),
        ("cpu", 8, 1, ALWAYS, 1),
        ("cpu", 8, 1, ALWAYS, NEVER),
        ("cpu", 8, 9, NEVER, 1),
        ("gpu", 1, 1, NEVER, 1),
        ("gpu", 1, 9, NEVER, 1),
    ):
        matmul_plans.PACKED_WORK = matmul_plans.PACKED_WORK_TURNED = packed
        matmul_plans.PACKED_INNER = inner
        launcher.traits = replace(
            real, kind=kind, vector=vector, units=units, local_memory=20000, group=64, float64=True
        )
        shapes = SHAPES if units == 1 else [(1, 4200, 3)]
        for dtype in ("float32", "float16", "int8", "float64") if units == 1 else ("float32",):
            for rows, depth, columns in shapes:
                for turned in ((0, 0), (0, 1), (1, 0), (1, 1)):
                    x = (rng.standard_normal((rows, depth)) * 5).astype(dtype)
                    y = (rng.standard_normal((depth, columns)) * 5).astype(dtype)
                    epilogue, extras = None, ()
                    if depth == 9:
                        epilogue = matmul.ColumnBias(dtype)
                        extras = (launcher.buffer(np.zeros(columns, dtype)), np.uint64(0))
                    (got,) = launcher.product(
                        x, y, dtype, *map(bool, turned), epilogue=epilogue, extras=extras
                    )
                    want = x.astype(np.float64) @ y.astype(np.float64)
                    if dtype == "int8":
                        want = want.astype(np.int64).astype(np.int8)
                    products += 1
                    wrong += not np.allclose(got, want, rtol=1e-2, atol=0.1)
    print(f"{products} products, {wrong} wrong, {len(launcher.programs)} kernels")


if __name__ == "__main__":
    main()
