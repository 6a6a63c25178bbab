"""Checks: derivatives of the primitives, first and second, against differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.testing.backend.bench import Bench
from plugtorch.testing.cases import Case, Fixed
from plugtorch.testing.differences import check_derivatives
from plugtorch.testing.run import require


def check_gradient(bench: Bench, name: str) -> None:
    """The gradient rule of a primitive as this device computes it, in float64 where it has that."""
    kind = dtypes.float64 if dtypes.float64 in bench.backend.dtypes else dtypes.float32
    tried = 0
    for case in bench.row(name).smooth():
        if case.parameters.get("dtype", kind) is not kind:
            continue
        moving = [i for i, o in enumerate(case.operands) if isinstance(o, np.ndarray)]
        fixed = bench.operands(case, bench.hosts(case, kind), kind)

        def call(
            *leaves: Any, case: Case = case, moving: list[int] = moving, fixed: Any = fixed
        ) -> Any:
            operands = list(fixed)
            for place, leaf in zip(moving, leaves):
                operands[place] = leaf
            return bench.call(name, case, operands, kind)

        given = [o for o in case.operands if isinstance(o, np.ndarray)]
        shapes = [np.shape(o.host if isinstance(o, Fixed) else o) for o in case.operands]
        what = f"{name} of {shapes} {dict(case.parameters) or ''}".rstrip()
        check_derivatives(call, given, bench.up, bench.down, kind, what)
        tried += 1
    require(tried, f"{name} is differentiable, but its row has no smooth cases; write some")
