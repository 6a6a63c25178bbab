"""testing.assert_close comes to PyTorch's verdict."""

import numpy as np
import pytest
import torch

import plugtorch
from plugtorch.testing import assert_close

DTYPES = ["float16", "bfloat16", "float32", "float64", "int32", "bool"]


def verdict(compare, *values, **options):
    try:
        compare(*values, **options)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_same_verdict(dtype):
    random = np.random.default_rng()
    verdicts = set()
    for _ in range(200):
        x = random.standard_normal(3) * 10.0 ** random.integers(-3, 3)
        y = x * (1 + random.standard_normal(3) * 10.0 ** random.integers(-9, 0))
        y[random.random(3) < 0.1] = random.choice([0.0, np.inf, -np.inf, np.nan])
        x[random.random(3) < 0.1] = random.choice([0.0, np.inf, -np.inf, np.nan])
        if dtype in ("int32", "bool"):
            x, y = np.nan_to_num(x, posinf=1, neginf=0), np.nan_to_num(y, posinf=1, neginf=0)
        options = {"equal_nan": bool(random.integers(2))}
        if random.integers(2):
            options |= {"rtol": 10.0 ** random.integers(-6, 0), "atol": 1e-4}
        ours, theirs = (
            verdict(compare, *[m.tensor(v).to(getattr(m, dtype)) for v in (x, y)], **options)
            for compare, m in ((assert_close, plugtorch), (torch.testing.assert_close, torch))
        )
        assert ours == theirs, (x, y, options)
        verdicts.add(ours)
    assert verdicts == {True, False}
