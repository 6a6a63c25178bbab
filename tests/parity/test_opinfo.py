"""PyTorch's own samples (OpInfo) of everything that plugtorch has: results, derivatives, refusals.

With ``--device opencl:intel`` a few of them on that device.
"""

from __future__ import annotations

from typing import Any

import pytest
from opinfo import running
from opinfo.rules import PARTLY
from torch.testing._internal.common_methods_invocations import op_db

HERE = [op for op in op_db if running.ours(op) is not None]


@pytest.mark.parametrize("op", HERE, ids=lambda op: op.full_name)
def test_samples(op: Any, request: pytest.FixtureRequest) -> None:
    device = request.config.getoption("--device")
    count = running.count(op, device, running.MOST if device == "cpu" else 4, device == "cpu")
    if op.name in PARTLY:
        assert count.failures, f"{op.name} agrees with PyTorch: take it out of PARTLY"
        pytest.xfail(PARTLY[op.name])
    assert count.total or count.refusable or op.name in running.RANDOM, "no sample was run"
    assert not count.failures, "\n".join(count.failures)


def test_much_is_here() -> None:
    """Names that were here stay."""
    assert len({op.name for op in HERE}) >= 400
