"""searchsorted and bucketize, where NaN makes the order a matter of how one searches."""

from functools import partial

import numpy
import pytest
import torch
from helpers import same

import plugtorch

NAN, INF = float("nan"), float("inf")
EDGES = [
    [],
    [NAN],
    [1.0, 2.0, NAN],
    [NAN, 1.0, 2.0],
    [1.0, NAN, 2.0, 3.0],
    [1.0, NAN, NAN, NAN],
    [INF, NAN],
    [-INF, 0.0, 0.0, INF],
]


@pytest.mark.parametrize("right", [False, True])
@pytest.mark.parametrize("edges", EDGES, ids=repr)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_edges_with_nan(dtype, edges, right):
    edges = numpy.array(edges, dtype)
    values = numpy.array([[0, -0.0, 1, 2], [5, NAN, INF, -INF]], dtype)

    def search(lib):
        return lambda e, v: (
            lib.searchsorted(e, v, right=right),
            lib.searchsorted(e.expand(2, -1).contiguous(), v, side="right" if right else "left"),
            lib.bucketize(v, e, right=right, out_int32=True),
        )

    same(search(plugtorch), search(torch), [edges, values], grad=False)


def _search(lib, right, edges, values):
    return lib.searchsorted(edges, values, right=right)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 33])
def test_any_edges_at_all(size):
    """Edges in no order, with NaN among them: the result tells which edges were looked at."""
    random = numpy.random.default_rng(size)
    for right in [False, True] * 5:
        edges = random.choice([*range(5), NAN, INF], size=(3, size)).astype("float32")
        values = random.choice([*range(5), 1.5, NAN, INF, -INF], size=(3, 9)).astype("float32")
        ours, theirs = partial(_search, plugtorch, right), partial(_search, torch, right)
        same(ours, theirs, [edges, values], grad=False)


def test_a_sorter_and_a_number_with_nan():
    edges, sorter = numpy.array([3, 1, NAN], "float32"), numpy.array([1, 0, 2])
    values = numpy.array([1, NAN, 2], "float32")

    def search(lib):
        return lambda e, v, s: (lib.searchsorted(e, v, sorter=s), lib.searchsorted(e, NAN))

    same(search(plugtorch), search(torch), [edges, values, sorter], grad=False)
