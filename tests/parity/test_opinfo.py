"""PyTorch's own samples (OpInfo) of everything that plugtorch has: results, derivatives, refusals.

With ``--device opencl:intel`` a few of them on that device.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import torch
from opinfo import OPS, running
from opinfo.rules import PARTLY

import plugtorch

# with arguments of their own, or a property
NOT_METHODS = {"softmax", "log_softmax", "where", "real"}
# variants for complex numbers or for CUDA alone have no samples here
HERE = [
    op
    for op in OPS
    if running.ours(op) is not None and not op.supported_dtypes("cpu").isdisjoint(running.DTYPES)
]


@pytest.mark.parametrize("op", HERE, ids=lambda op: op.full_name)
def test_samples(op: Any, request: pytest.FixtureRequest) -> None:
    device = request.config.getoption("--device")
    count = running.count(op, device, running.FEW if device == "cpu" else 2, device == "cpu")
    if op.name in PARTLY:
        assert count.failures, f"{op.name} agrees with PyTorch: take it out of PARTLY"
        pytest.xfail(PARTLY[op.name])
    assert count.total or count.refusable or op.name in running.RANDOM, "no sample was run"
    assert not count.failures, "\n".join(count.failures)


METHODS = [op for op in HERE if hasattr(torch.Tensor, op.name) and op.name not in NOT_METHODS]


@pytest.mark.parametrize("name", sorted({op.name for op in METHODS}))
def test_methods(name: str) -> None:
    """What is a method in PyTorch is the function here too."""
    method, function = getattr(plugtorch.Tensor, name), getattr(plugtorch, name, None)
    if function is not None and not isinstance(function, type) and callable(function):
        assert inspect.unwrap(method) is inspect.unwrap(function)  # without out= and the like


def test_much_is_here() -> None:
    """Names that were here stay."""
    assert len({op.name for op in HERE}) >= 520
