"""testing.assert_close: what passes, what does not, and what the error says."""

import re

import numpy as np
import pytest

import plugtorch
from plugtorch.errors import ArgumentError
from plugtorch.testing import assert_close

INF, NAN = float("inf"), float("nan")


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (plugtorch.tensor([1.0, 2.0]), plugtorch.tensor([1.000001, 2.0])),
        (plugtorch.tensor([INF, -INF]), plugtorch.tensor([INF, -INF])),
        (plugtorch.tensor([3, -4]), plugtorch.tensor([3, -4])),
        (plugtorch.zeros(0, 3), plugtorch.zeros(0, 3)),
        ([1.0, {"a": plugtorch.ones(2)}], (1.0 + 1e-9, {"a": plugtorch.ones(2)})),
        (np.ones(3), np.ones(3)),
        (None, None),
        (True, True),
        (plugtorch.nn.Parameter(plugtorch.ones(2)), plugtorch.ones(2)),
    ],
)
def test_close(actual, expected):
    assert_close(actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "said"),
    [
        (plugtorch.tensor([1.0, 2.0]), plugtorch.tensor([1.0, 2.5]), "1 of 2 .* at (1,) got 2.0"),
        (plugtorch.tensor(INF), plugtorch.tensor(1.0), "got inf, needed 1.0"),
        (plugtorch.tensor(1.0), plugtorch.tensor(INF), "got 1.0, needed inf"),
        (plugtorch.tensor(NAN), plugtorch.tensor(NAN), "got nan"),
        (plugtorch.tensor([3, 2**62]), plugtorch.tensor([3, 2**62 + 1]), "at (1,) got 46"),
        (plugtorch.zeros(2), plugtorch.zeros(3), "got shape (2,), needed (3,)"),
        (plugtorch.zeros(2), plugtorch.zeros(2, dtype=plugtorch.float64), "got dtype"),
        ([1.0, 2.0], [1.0, 3.0], "at [1]: got 2.0, needed 3.0"),
        ([1.0], [1.0, 3.0], "got 1 values, needed 2"),
        ({"a": 1}, {"b": 1}, "['b'] are missing, and ['a'] too many"),
        (1, 1.0, "got a int, needed a float"),
    ],
)
def test_not_close(actual, expected, said):
    with pytest.raises(AssertionError, match=re.escape(said).replace(r"\.\*", ".*")):
        assert_close(actual, expected)


def test_options():
    x, y = plugtorch.tensor([1.0, NAN]), plugtorch.tensor([1.5, NAN])
    assert_close(x, y, rtol=0.5, atol=0.0, equal_nan=True)
    assert_close(x, y, rtol=0.0, atol=0.5, equal_nan=True)
    assert_close(x, y.double(), rtol=0.0, atol=0.6, equal_nan=True, check_dtype=False)
    turned = plugtorch.zeros(2, 3).T
    assert_close(turned, plugtorch.zeros(3, 2))
    with pytest.raises(AssertionError, match="stride"):
        assert_close(turned, plugtorch.zeros(3, 2), check_stride=True)
    with pytest.raises(AssertionError, match=r"^mine$"):
        assert_close(1.0, 2.0, msg="mine")
    with pytest.raises(AssertionError, match=r"^layer 3: got 1\.0"):
        assert_close(1.0, 2.0, msg=lambda said: f"layer 3: {said}")


def test_what_cannot_be_compared():
    for actual, expected in [("a", "a"), (plugtorch.ones(1), [1.0]), (1.0, plugtorch.ones(()))]:
        with pytest.raises(TypeError, match=r"\[assert_close\].*cannot be compared"):
            assert_close(actual, expected)
    with pytest.raises(ArgumentError, match="both rtol and atol"):
        assert_close(1.0, 1.0, rtol=1.0)
    parameter = plugtorch.nn.Parameter(plugtorch.ones(1))
    with pytest.raises(TypeError, match="subclasses are not allowed"):
        assert_close(parameter, plugtorch.ones(1), allow_subclasses=False)
