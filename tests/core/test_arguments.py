"""Arguments at the edge of what a function takes: what they mean, and which are refused."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch.errors import ArgumentError, DTypeError, ShapeError


@pytest.mark.parametrize("spacing", [0, 0.0, [0.0]])
@pytest.mark.parametrize("edge_order", [1, 2])
def test_a_step_of_nothing_makes_slopes_infinite(spacing: Any, edge_order: int) -> None:
    found = plugtorch.gradient(
        plugtorch.tensor([1.0, 2.0, 4.0, 3.0]), spacing=spacing, edge_order=edge_order
    )
    assert isinstance(found, tuple)
    assert found[0].tolist()[:2] == [math.inf, math.inf]
    assert found[0][-1].item() == -math.inf


def test_slopes_of_even_steps() -> None:
    values = numpy.random.default_rng().standard_normal((4, 6))
    step = random.uniform(0.1, 3)
    found = plugtorch.gradient(plugtorch.tensor(values.tolist()), spacing=step, edge_order=2)
    for ours, theirs in zip(found, numpy.gradient(values, step, edge_order=2), strict=True):
        numpy.testing.assert_allclose(ours.tolist(), theirs, rtol=1e-3, atol=1e-4)


REFUSED: dict[str, Callable[[], Any]] = {
    "randint without size": lambda: plugtorch.randint(2),
    "randint of a fraction": lambda: plugtorch.randint(2.5, (2,)),
    "randint from a fraction": lambda: plugtorch.randint(0.5, 2, (2,)),
    "randint of a bool": lambda: plugtorch.randint(True, (2,)),
    "randint of a word": lambda: plugtorch.randint("2", (2,)),
    "randint of one size": lambda: plugtorch.randint(2, size=5),
    "randint of two numbers": lambda: plugtorch.randint(2, 5),
    "randint of three numbers": lambda: plugtorch.randint(2, 5, 3),
    "randint_like of a fraction": lambda: plugtorch.randint_like(plugtorch.ones(2), 2.5),
    "addcdiv of a number": lambda: plugtorch.addcdiv(plugtorch.ones(2), 2, plugtorch.ones(2)),
    "addcdiv by a number": lambda: plugtorch.addcdiv(plugtorch.ones(2), plugtorch.ones(2), 2),
    "addcdiv to a number": lambda: plugtorch.addcdiv(1, plugtorch.ones(2), plugtorch.ones(2)),
    "addcdiv_ of a number": lambda: plugtorch.ones(2).addcdiv_(2, plugtorch.ones(2)),
    "addcmul of a number": lambda: plugtorch.addcmul(plugtorch.ones(2), 2, plugtorch.ones(2)),
    "addcmul by a number": lambda: plugtorch.addcmul(plugtorch.ones(2), plugtorch.ones(2), 2),
    "addcmul of nothing": lambda: plugtorch.addcmul(plugtorch.ones(2), None, plugtorch.ones(2)),
    "searchsorted in a list": lambda: plugtorch.searchsorted([1.0], plugtorch.ones(1)),
    "searchsorted of a list": lambda: plugtorch.searchsorted(plugtorch.ones(1), [1.0]),
    "searchsorted to a word": lambda: plugtorch.searchsorted(plugtorch.ones(1), 1, right="left"),
    "bucketize to a word": lambda: plugtorch.bucketize(1, plugtorch.ones(1), right="left"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_whole_number_or_no_tensor_is_a_type_error(name: str) -> None:
    with pytest.raises(DTypeError, match=r"^\[\w+\] \S"):
        REFUSED[name]()


def test_whole_numbers_of_any_kind() -> None:
    drawn = plugtorch.randint(numpy.int64(3), plugtorch.tensor(5), [100])
    assert set(drawn.tolist()) == {3, 4}


def test_a_number_is_searched_for_as_it_is() -> None:
    whole = plugtorch.tensor([1, 2, 2])
    assert plugtorch.searchsorted(whole, 1.5).item() == 1
    assert plugtorch.searchsorted(whole, 2.5).item() == 3
    assert plugtorch.bucketize(numpy.float32(2.5), whole).item() == 3
    assert plugtorch.searchsorted(whole, True, right=True).item() == 1
    fine = plugtorch.tensor([0.1, 0.2])  # 0.1 is below the float32 next to it
    assert plugtorch.bucketize(0.1, fine).item() == plugtorch.searchsorted(fine, 0.1).item() == 0
    with pytest.raises(ShapeError, match="vector"):
        plugtorch.searchsorted(plugtorch.ones(2, 2), 1)


def test_a_dense_tensor_comes_first() -> None:
    sparse, dense = plugtorch.tensor([0.0, 2.0]).to_sparse(), plugtorch.ones(2)
    assert (dense + sparse).tolist() == [1.0, 3.0]
    assert (dense - sparse).tolist() == [1.0, -1.0]
    for wrong in (lambda: sparse + dense, lambda: sparse - dense, lambda: sparse.add(dense)):
        with pytest.raises(ArgumentError, match="dense \\+ sparse"):
            wrong()


WITH_OUT: dict[str, Callable[..., Any]] = {
    "aminmax": plugtorch.aminmax,
    "argsort": plugtorch.argsort,
    "inverse": plugtorch.inverse,
    "log_softmax": lambda x, out=None: plugtorch.log_softmax(x, 1, out=out),
    "median": lambda x, out=None: plugtorch.median(x, 1, out=out),
    "nanmean": plugtorch.nanmean,
    "range": lambda x, out=None: plugtorch.range(0, 4, out=out),
    "softmax": lambda x, out=None: plugtorch.softmax(x, 1, out=out),
    "special.erf": plugtorch.special.erf,
    "special.xlog1py": lambda x, out=None: plugtorch.special.xlog1py(x, x, out=out),
    "threshold": lambda x, out=None: plugtorch.threshold(x, 0.5, 0.0, out=out),
}


@pytest.mark.parametrize("name", WITH_OUT)
def test_results_are_written_into_out(name: str) -> None:
    x = plugtorch.rand(3, 3) + plugtorch.eye(3)
    want = WITH_OUT[name](x)
    several = isinstance(want, tuple)
    parts = want if several else (want,)
    out = tuple(plugtorch.empty(0, dtype=part.dtype) for part in parts)
    given = WITH_OUT[name](x, out=out if several else out[0])
    for made, place, part in zip(given if several else (given,), out, parts, strict=True):
        assert made is place
        assert place.tolist() == part.tolist()
