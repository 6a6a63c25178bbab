"""Writes docs/coverage.md: how much of PyTorch is here, counted with PyTorch's own samples.

    python tests/parity/opinfo/coverage.py --write --device opencl:intel
    python tests/parity/opinfo/coverage.py cumsum sort      # every failure of these

The second column of samples is of the device given; one or two samples are run there.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from opinfo import OPS, running
from opinfo.rules import OUT_OF_SCOPE, RANDOM

PAGE = Path(__file__).parents[3] / "docs" / "coverage.md"
ONE = 1  # sample of an operation and dtype on a second device, which compiles kernels for each
FEWER = (torch.float32, torch.int64)

INTRODUCTION = """\
# Coverage

How much of PyTorch's dense tensor functions is here, counted with PyTorch's own tests: for each
operation OpInfo (`torch.testing._internal`) has calls that must work and calls that must fail.
`tests/parity/test_opinfo.py` runs a quarter of them and holds that all pass; `python
tests/parity/opinfo/coverage.py --write --device opencl:intel` writes it.

A sample passes if results, their shapes and dtypes, first and (where PyTorch has them)
second derivatives agree. Dtypes are float32, float64, int64 and bool, derivatives are
those in float64. At most {most} samples are taken of an operation and dtype, evenly
from all; derivatives are compared for up to {differentiated} of them. On OpenCL
({device}), where each compiles kernels, it is one in float32 and one in int64, without
derivatives. Samples with complex, sparse or quantised tensors are left out, as are
those that [Differences](differences.md) explains. Of random functions only shapes and
dtypes are compared (marked with a star). An error input passes if it is refused with an
error of PyTorch's kinds. An empty cell means that nothing was run.

{there} of {total} names are here, {full} of them without a failure. Of the others, {out} are
complex, sparse, quantised, Fourier transforms or private.

| operation | samples, cpu | samples, OpenCL | errors |
|---|---|---|---|
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--device")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.write:
        text = page(counted(), counted(options.device), options.device)
        PAGE.write_text(text, encoding="utf-8")
        return
    for op in OPS:
        if running.ours(op) is not None and (not options.names or op.name in options.names):
            report(op, running.count(op, options.device))


def report(op: Any, count: running.Count) -> None:
    """One line, and one for each failure."""
    verdict = "ok " if count.full else "BAD"
    numbers = f"{count.passed}/{count.total} {count.refused}/{count.refusable}"
    print(verdict, op.full_name, numbers, flush=True)
    for failure in count.failures:
        print("      ", " ".join(failure.split())[:330], flush=True)


Numbers = tuple[int, ...]  # samples that pass, all samples, errors refused, all errors


def counted(device: str | None = None) -> dict[str, Numbers]:
    """By the name of each operation that is here, its variants together."""
    found: dict[str, Numbers] = {}
    for op in OPS:
        if running.ours(op) is None:
            continue
        if device is None:
            count = running.count(op)
        else:
            count = running.count(op, device, ONE, errors=False, dtypes=FEWER)
        report(op, count)
        numbers = count.passed, count.total, count.refused, count.refusable
        before = found.get(op.name, (0, 0, 0, 0))
        found[op.name] = tuple([a + b for a, b in zip(before, numbers)])
    return found


def page(ours: dict[str, Numbers], other: dict[str, Numbers], device: str) -> str:
    """The text of the page."""
    names = sorted({op.name for op in OPS})
    missing = [name for name in names if name not in ours]
    lines = []
    for name in sorted(ours):
        passed, total, refused, refusable = ours[name]
        cells = [_share(passed, total), _share(*other[name][:2]), _share(refused, refusable)]
        star = "*" if name in RANDOM else ""
        lines.append(f"| `{name}`{star} | {' | '.join(cells)} |")
    left_out = [name for name in missing if OUT_OF_SCOPE.match(name)]
    full = sum(p == t and r == of for p, t, r, of in ours.values())
    head = INTRODUCTION.format(
        most=running.MOST,
        device=device,
        differentiated=running.MOST_DIFFERENTIATED,
        there=len(ours),
        total=len(names),
        full=full,
        out=len(left_out),
    )
    wanted = ", ".join(f"`{name}`" for name in missing if name not in left_out)
    return head + "\n".join(lines) + f"\n\n## Not there\n\n{wanted}.\n"


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole}" if whole else ""


if __name__ == "__main__":
    main()
