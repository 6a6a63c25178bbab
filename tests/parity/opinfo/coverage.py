"""Writes docs/coverage.md: how much of PyTorch is here, counted with PyTorch's own samples.

    python tests/parity/opinfo/coverage.py --write --device opencl:intel
    python tests/parity/opinfo/coverage.py cumsum sort      # every failure of these

The second column of samples is of the device given; a few samples are run there.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import torch

from opinfo import OPS, running
from opinfo.rules import OUT_OF_SCOPE, RANDOM

PAGE = Path(__file__).parents[3] / "docs" / "coverage.md"
FEW = 4  # samples of an operation and dtype on a second device

INTRODUCTION = """\
# Coverage

How much of PyTorch's dense tensor functions is here, counted with PyTorch's own tests: for each
operation OpInfo (`torch.testing._internal`) has calls that must work and calls that must fail.
`tests/parity/test_opinfo.py` runs them and holds what this table says; `python
tests/parity/opinfo/coverage.py --write --device opencl:intel` writes it.

A sample passes if results, their shapes and dtypes, first and (where PyTorch has them) second
derivatives agree. Dtypes are float32, float64, int64 and bool, derivatives are those in float64.
At most {most} samples are taken of an operation and dtype, evenly from all, and {few} on OpenCL
({device}); derivatives are compared for up to {differentiated} of them. Samples with complex,
sparse or quantised tensors are left out, as are those that [Differences](differences.md) explains.
Of random functions only shapes and dtypes are compared (marked with a star). An error input passes
if it is refused with an error of PyTorch's kinds.

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
        PAGE.write_text(page(options.device), encoding="utf-8")
        return
    for op in OPS:
        if running.ours(op) is not None and (not options.names or op.name in options.names):
            samples = running.MOST if options.device is None else FEW
            report(op, running.count(op, options.device, samples))


def report(op: Any, count: running.Count) -> None:
    """One line, and one for each failure."""
    verdict = "ok " if count.full else "BAD"
    numbers = f"{count.passed}/{count.total} {count.refused}/{count.refusable}"
    print(verdict, op.full_name, numbers, flush=True)
    for failure in count.failures:
        print("      ", " ".join(failure.split())[:330], flush=True)


def page(device: str) -> str:
    """The text of the page."""
    rows: dict[str, list[running.Count]] = defaultdict(list)
    for op in OPS:
        rows[op.name] += [
            running.count(op),
            running.count(op, device, FEW, errors=False),
        ]
        print(op.full_name, flush=True)
    lines, there, full = [], 0, 0
    missing = []
    for name, counts in sorted(rows.items()):
        ours, other = counts[::2], counts[1::2]
        if not any(running.ours(op) for op in OPS if op.name == name):
            missing.append(name)
            continue
        there += 1
        full += all(c.full for c in counts)
        star = "*" if name in RANDOM else ""
        lines.append(
            f"| `{name}`{star} | {_sum(ours, 'passed', 'total')} | {_sum(other, 'passed', 'total')}"
            f" | {_sum(ours, 'refused', 'refusable')} |"
        )
    left_out = [name for name in missing if OUT_OF_SCOPE.match(name)]
    head = INTRODUCTION.format(
        most=running.MOST,
        few=FEW,
        device=device,
        differentiated=running.MOST_DIFFERENTIATED,
        there=there,
        total=len(rows),
        full=full,
        out=len(left_out),
    )
    wanted = ", ".join(f"`{name}`" for name in missing if name not in left_out)
    return head + "\n".join(lines) + f"\n\n## Not there\n\n{wanted}.\n"


def _sum(counts: list[running.Count], part: str, whole: str) -> str:
    done, all_ = (sum(getattr(c, what) for c in counts) for what in (part, whole))
    return f"{done}/{all_}" if all_ else ""


if __name__ == "__main__":
    main()
