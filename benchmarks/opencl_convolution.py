"""Time the OpenCL convolution kernels against PyTorch's conv2d and its two gradients, in turn.

    python benchmarks/opencl_convolution.py --driver Intel --threads 2

The time is of one convolution among many that are launched in a row, as a network launches them;
the ratio is to PyTorch's. "step" is forward and both gradients.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "backends"), str(ROOT / "tests" / "opencl")]

CASES = (  # name, (N, C, H, W), filters, kernel, stride, padding, groups
    ("LeNet 5x5 1-6", (64, 1, 28, 28), 6, 5, 1, 2, 1),
    ("LeNet 5x5 6-16", (64, 6, 14, 14), 16, 5, 1, 0, 1),
    ("3x3 1-32 at 28", (64, 1, 28, 28), 32, 3, 1, 1, 1),
    ("3x3 32-64 at 28", (64, 32, 28, 28), 64, 3, 1, 1, 1),
    ("3x3 32-64 at 14", (64, 32, 14, 14), 64, 3, 1, 1, 1),
    ("3x3 64 at 56", (16, 64, 56, 56), 64, 3, 1, 1, 1),
    ("3x3 128 at 28", (16, 128, 28, 28), 128, 3, 1, 1, 1),
    ("3x3 256 at 14", (16, 256, 14, 14), 256, 3, 1, 1, 1),
    ("3x3 512 at 7", (16, 512, 7, 7), 512, 3, 1, 1, 1),
    ("3x3 64-128 s2 at 56", (16, 64, 56, 56), 128, 3, 2, 1, 1),
    ("3x3 256-512 s2 at 14", (16, 256, 14, 14), 512, 3, 2, 1, 1),
    ("1x1 64-256 at 56", (16, 64, 56, 56), 256, 1, 1, 0, 1),
    ("1x1 512-128 at 28", (16, 512, 28, 28), 128, 1, 1, 0, 1),
    ("1x1 256-1024 at 14", (16, 256, 14, 14), 1024, 1, 1, 0, 1),
    ("1x1 64-128 s2 at 56", (16, 64, 56, 56), 128, 1, 2, 0, 1),
    ("7x7 3-64 s2 at 112", (8, 3, 112, 112), 64, 7, 2, 3, 1),
    ("depthwise 3x3 64 at 56", (16, 64, 56, 56), 64, 3, 1, 1, 64),
    ("depthwise 3x3 64 s2", (16, 64, 56, 56), 64, 3, 2, 1, 64),
)


def main() -> None:
    """Measure every case and print a row for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--driver", default="Intel", help="a word of the platform's name")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.05, help="of one round of one side")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--launches", action="store_true", help="also the time of each launch")
    given = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(given.threads)

    import torch
    from launcher import dense, launcher_of

    from plugtorch_opencl.render import convolution

    torch.set_num_threads(given.threads)
    print(f"{given.threads} thread(s), PyTorch {torch.__version__}, {given.driver}")
    head = ("", "forward", "torch", "ratio", "input", "torch", "ratio")
    head += ("weight", "torch", "ratio", "step")
    print(("{:24}" + ("{:>10}{:>10}{:>7}" * 3) + "{:>7}").format(*head))
    for name, shape, filters, kernel, stride, padding, groups in CASES:
        if given.only not in name:
            continue
        launcher = launcher_of(given.driver)
        windows = {
            "stride": (stride,) * 2,
            "padding": ((padding, padding),) * 2,
            "dilation": (1, 1),
            "groups": groups,
        }
        sides = sides_of(torch, shape, filters, kernel, stride, padding, groups)
        row, total, reference = "", 0.0, 0.0
        parts = []
        for primitive, operands, result, extra, theirs in sides:
            views = tuple(dense("float32", *t.shape) for t in operands)
            work = convolution.work(
                launcher.traits,
                primitive,
                views,
                dense("float32", *result.shape),
                **windows,
                **extra,
            )
            buffers = [(launcher.buffer(t.numpy()), 0) for t in operands]
            bound = launcher.bind(work, buffers, [(launcher.buffer(result.numpy()), 0)])

            ours = partial(launcher.run, bound)
            mine, other = measure(ours, theirs, launcher.queue, given.rounds, given.seconds)
            row += f"{mine * 1e6:10.0f}{other * 1e6:10.0f}{mine / other:7.2f}"
            total, reference = total + mine, reference + other
            if given.launches:
                for number, one in enumerate(bound):
                    call = partial(launcher.run, [one])
                    alone = measure(call, int, launcher.queue, 3, given.seconds)[0]
                    parts.append(f"    {alone * 1e6:8.0f} us  {work.launches[number].name}")
        print(f"{name:24}{row}{total / reference:7.2f}", flush=True)
        for part in parts:
            print(part)


def sides_of(
    torch: Any,
    shape: tuple[int, ...],
    filters: int,
    kernel: int,
    stride: int,
    padding: int,
    groups: int,
) -> list[tuple[str, tuple[Any, ...], Any, dict[str, Any], Any]]:
    """(primitive, operands, result, its own parameters, PyTorch's function) of all three."""
    x = torch.randn(shape)
    weight = torch.randn(filters, shape[1] // groups, kernel, kernel)
    options = ([stride] * 2, [padding] * 2, [1, 1])
    out = torch.nn.functional.conv2d(x, weight, None, *options, groups)
    gradient = torch.randn_like(out)

    def forward() -> Any:
        return torch.nn.functional.conv2d(x, weight, None, *options, groups)

    def backward(mask: list[bool]) -> Any:
        return torch.ops.aten.convolution_backward(
            gradient, x, weight, None, *options, False, [0, 0], groups, mask
        )

    to_input, to_weight = (partial(backward, [which, not which, False]) for which in (True, False))
    return [
        ("convolution", (x, weight), out, {}, forward),
        ("convolution_input", (gradient, weight), x, {"size": shape[2:]}, to_input),
        ("convolution_weight", (x, gradient), weight, {"kernel": (kernel,) * 2}, to_weight),
    ]


def measure(ours: Any, theirs: Any, queue: Any, rounds: int, seconds: float) -> tuple[float, float]:
    """Medians of seconds a call."""
    functions = (ours, theirs)
    counts, times = [], []
    for function in functions:
        function()
        queue.finish()
        start = time.perf_counter()
        function()
        queue.finish()
        counts.append(max(1, min(10000, int(seconds / (time.perf_counter() - start)))))
        times.append([])
    for _ in range(rounds):
        for function, count, kept in zip(functions, counts, times, strict=True):
            start = time.perf_counter()
            for _ in range(count):
                function()
            queue.finish()
            kept.append((time.perf_counter() - start) / count)
    return statistics.median(times[0]), statistics.median(times[1])


if __name__ == "__main__":
    main()
