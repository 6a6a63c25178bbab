"""Long sums of float32: their errors stay a few roundings, however many numbers there are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch.nn import functional as F

ROUNDING = 2.0**-24


def _softmax(x: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    powers = np.exp(x - x.max(-1, keepdims=True))
    return powers / powers.sum(-1, keepdims=True)


CASES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "row": (lambda x: x.sum(-1), lambda x: x.sum(-1)),
    "column": (lambda x: x.T.contiguous().sum(0), lambda x: x.sum(-1)),
    "planes": (lambda x: x.reshape(64, 256, 64).sum((1, 2)), lambda x: x.sum(-1)),
    "short planes": (lambda x: x.reshape(64, 2048, 8).mean((1, 2)), lambda x: x.mean(-1)),
    "softmax": (lambda x: F.softmax(x, -1), _softmax),
    "var": (lambda x: x.var(-1, correction=0), lambda x: x.var(-1)),
}


@pytest.mark.parametrize("case", CASES)
def test_errors_do_not_grow_with_the_length(where: str, case: str) -> None:
    host = np.random.default_rng(0).random((64, 16384)).astype(np.float32)
    compute, exact = CASES[case]
    found = compute(plugtorch.tensor(host).to(where)).cpu().numpy()
    wanted = exact(host.astype(np.float64))
    error = np.sqrt(np.mean(np.square(found / wanted - 1)))
    assert error < 2.5 * ROUNDING
