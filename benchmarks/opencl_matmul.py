"""Time the OpenCL matrix product's kernels against torch.mm and torch.bmm, in turn.

    python benchmarks/opencl_matmul.py --driver Intel --threads 1

Pin the process to as many cores as there are threads (``taskset -c 1``). "waiting" is one product,
launched and waited for; "queued" is a product among many that are launched in a row, as a network
launches them. The ratio is of queued time to PyTorch's. ``--host`` adds NumPy's BLAS on mapped
buffers.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "backends"), str(ROOT / "tests" / "opencl")]

SQUARES = (64, 128, 256, 512, 1024, 2048)
SKINNY = (  # batch, rows, inner, columns
    (1, 128, 784, 512),
    (1, 512, 128, 784),
    (1, 128, 512, 10),
    (1, 1, 512, 512),
    (1, 1, 2048, 2048),
    (1, 32, 32000, 256),
    (1, 32, 256, 32000),
    (32, 128, 64, 128),
)


def calls_for(function: Callable[[], Any], seconds: float) -> int:
    """How many calls take about ``seconds``."""
    function()
    start = time.perf_counter()
    function()
    return max(1, int(seconds / (time.perf_counter() - start)))


def main() -> None:
    """Measure every case and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", default="Intel", help="a word of the platform's name")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--seconds", type=float, default=0.02, help="of one round of one side")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--sizes", default="", help="sides of squares, comma between them")
    parser.add_argument("--host", action="store_true", help="also NumPy on mapped buffers")
    given = parser.parse_args()
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(given.threads)

    import numpy as np
    import pyopencl as cl
    import torch
    from launcher import launcher_of

    from plugtorch_opencl.render import matmul, products

    torch.set_num_threads(given.threads)
    launcher = launcher_of(given.driver)
    queue = launcher.queue
    squares = [int(n) for n in given.sizes.split(",")] if given.sizes else SQUARES
    cases = [(1, n, n, n) for n in squares] + ([] if given.sizes else list(SKINNY))
    print(f"{launcher.traits.driver}, {given.threads} thread(s), PyTorch {torch.__version__}")
    head = ("rows x inner x columns", "waiting", "queued", "torch", "GFLOP/s", "torch's", "ratio")
    print(("{:32}" + "{:>11}" * 3 + "{:>9}" * 3).format(*head) + "  kernel")
    for batch, rows, inner, columns in cases:
        for turned_x, turned_y in ((False, False), (False, True), (True, False)):
            kind = "nt"[turned_x] + "nt"[turned_y]
            name = f"{f'{batch} x ' * (batch > 1)}{rows} x {inner} x {columns} {kind}"
            if given.only not in name:
                continue
            x = torch.randn((batch, inner, rows) if turned_x else (batch, rows, inner))
            y = torch.randn((batch, columns, inner) if turned_y else (batch, inner, columns))
            out = torch.empty(batch, rows, columns)
            buffers = [launcher.buffer(array.numpy()) for array in (x, y, out)]
            operand = [
                matmul.Operand(
                    "columns" if turned else "rows",
                    given_tensor.shape[-1],
                    (given_tensor[0].numel(),) * (batch > 1),
                    True,
                )
                for given_tensor, turned in ((x, turned_x), (y, turned_y))
            ]
            sizes = matmul.Sizes(rows, columns, inner, (batch,) * (batch > 1))
            plan = matmul.plan(launcher.traits, "float32", *operand, sizes)
            work = products.launches(launcher.traits, plan, ())
            places = [(buffer, 0) for buffer in buffers]
            bound = launcher.bind(work, places[:2], places[2:])
            left = x.transpose(1, 2) if turned_x else x
            right = y.transpose(1, 2) if turned_y else y
            if batch == 1:
                left, right, out = left[0], right[0], out[0]

            def ours() -> None:
                launcher.run(bound)  # noqa: B023 - called before the next case
                queue.finish()

            def ours_queued() -> None:
                launcher.run(bound)  # noqa: B023

            def theirs() -> None:
                (torch.mm if batch == 1 else torch.bmm)(left, right, out=out)  # noqa: B023

            def host() -> None:
                for buffer in buffers:  # noqa: B023
                    flags = cl.map_flags.READ | cl.map_flags.WRITE
                    mapped, _ = cl.enqueue_map_buffer(queue, buffer, flags, 0, (4,), np.float32)
                    mapped.base.release(queue)
                np.matmul(left.numpy(), right.numpy(), out=out.numpy())  # noqa: B023
                queue.finish()

            functions = [ours, ours_queued, theirs] + [host] * given.host
            calls = [
                calls_for(function, given.seconds) for function in (ours, ours, *functions[2:])
            ]
            times: list[list[float]] = [[] for _ in functions]
            queue.finish()
            for _ in range(given.rounds):
                for function, count, kept in zip(functions, calls, times, strict=True):
                    start = time.perf_counter()
                    for _ in range(count):
                        function()
                    queue.finish()
                    kept.append((time.perf_counter() - start) / count)
            waiting, queued, reference, *mapped = (statistics.median(kept) for kept in times)
            giga = 2e-9 * batch * rows * inner * columns
            print(
                f"{name:32}{waiting * 1e6:9.1f}us{queued * 1e6:9.1f}us{reference * 1e6:9.1f}us"
                f"{giga / queued:9.1f}{giga / reference:9.1f}{queued / reference:9.2f}"
                + "".join(f"  host {one / reference:.2f}" for one in mapped)
                + f"  {plan.product.kernel.name.removeprefix('product_float32_')}",  # type: ignore[union-attr]
                flush=True,
            )


if __name__ == "__main__":
    main()
