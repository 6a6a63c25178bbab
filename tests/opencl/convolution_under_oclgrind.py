"""Every kind of convolution kernel on small shapes, to be run under the simulator Oclgrind.

    oclgrind --data-races --uninitialized --build-options -cl-opt-disable \
        python tests/opencl/convolution_under_oclgrind.py

Reads outside a buffer, values nobody wrote and races are reported by Oclgrind; wrong results by
this.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from launcher import dense, launcher_of

from plugtorch_numpy.kernels import TABLE
from plugtorch_opencl.render import convolution

NONE = ((0, 0), (0, 0))
CASES: list[Any] = [  # x, weight, stride, padding, dilation, groups
    ((2, 3, 5, 9), (4, 3, 3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
    ((1, 4, 5, 19), (18, 2, 2, 3), (2, 2), ((1, 0), (-1, 2)), (1, 2), 2),
    ((2, 12, 3, 9), (11, 12, 1, 1), (1, 1), NONE, (1, 1), 1),
    ((2, 5, 6, 11), (5, 1, 3, 3), (1, 2), ((1, 1), (1, 1)), (1, 1), 5),
    ((2, 3, 12), (9, 3, 2), (3,), ((1, 1),), (1,), 1),
]


def main() -> None:
    """Run all and print how many kernels there were."""
    launcher = launcher_of("Oclgrind", keep=True)
    real = launcher.traits
    rng = np.random.default_rng(0)
    wrong = works = 0
    for kind, vector, units in (("cpu", 8, 1), ("cpu", 4, 40), ("gpu", 1, 1), ("gpu", 1, 40)):
        launcher.traits = replace(
            real, kind=kind, vector=vector, units=units, local_memory=20000, group=64, float64=True
        )
        for dtype in ("float32", "float16") if units == 1 else ("float32",):
            for x_shape, w_shape, stride, padding, dilation, groups in CASES:
                options = {"stride": stride, "padding": padding}
                options |= {"dilation": dilation, "groups": groups}
                x = rng.standard_normal(x_shape).astype(dtype)
                weight = rng.standard_normal(w_shape).astype(dtype)
                bias = rng.standard_normal(w_shape[0]).astype(dtype)
                out = TABLE["convolution"](x, weight, bias, **options)
                for name, operands, extra in (
                    ("convolution", [x, weight, bias], {}),
                    ("convolution_input", [out, weight], {"size": x_shape[2:]}),
                    ("convolution_weight", [x, out], {"kernel": w_shape[2:]}),
                ):
                    wide = [operand.astype("float64") for operand in operands]
                    want = TABLE[name](*wide, **options, **extra)
                    views = tuple(dense(dtype, *operand.shape) for operand in operands)
                    result = dense(dtype, *want.shape)
                    work = convolution.work(
                        launcher.traits, name, views, result, **options, **extra
                    )
                    got = launcher.compute(work, tuple(operands), result, 1)
                    works += 1
                    wrong += not np.allclose(got, want, rtol=1e-2, atol=0.1)
    print(f"{works} works, {wrong} wrong, {len(launcher.programs)} kernels")


if __name__ == "__main__":
    main()
