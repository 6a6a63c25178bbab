"""Who shares memory with whom: only what was named is written, and all that shares sees it."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

import plugtorch
from plugtorch.errors import AutogradError

# -- a tensor that becomes a view of itself --------------------------------------------------------


@pytest.mark.parametrize("turn", ["t_", "unsqueeze_"])
def test_views_stay_what_they_are_when_their_tensor_is_turned(turn: str) -> None:
    y = plugtorch.zeros(3, 4)
    row = y[0]
    y.t_() if turn == "t_" else y.unsqueeze_(0)
    y.add_(1)
    assert row.tolist() == [1.0] * 4
    row.add_(1)
    assert row.tolist() == [2.0] * 4
    assert y.sum().item() == 12 + 4
    row.fill_(5.0)
    y.squeeze_().mul_(2)
    assert row.tolist() == [10.0] * 4


def test_gradients_flow_through_a_turned_tensor_and_its_older_views() -> None:
    x = plugtorch.ones(2, 3, requires_grad=True)
    y = x * 1
    row = y[0]
    y.t_()
    row.mul_(3)
    (y * plugtorch.arange(6.0).reshape(3, 2)).sum().backward()
    assert x.grad.tolist() == [[0.0, 6.0, 12.0], [1.0, 3.0, 5.0]]


def test_a_turned_tensor_is_written_within_the_graph() -> None:
    w = plugtorch.tensor([2.0, 3.0], requires_grad=True)
    y = plugtorch.ones(2)
    y.unsqueeze_(0)
    y.mul_(w)
    (y * y).sum().backward()
    assert w.grad.tolist() == [4.0, 6.0]


def test_a_leaf_is_not_turned_in_the_graph_and_stays_a_leaf_outside_it() -> None:
    w = plugtorch.ones(2, 3, requires_grad=True)
    with pytest.raises(AutogradError, match="leaf"):
        w.t_()
    with plugtorch.no_grad():
        w.t_()
    assert w.shape == (3, 2)
    assert w.requires_grad
    assert w.is_leaf
    (w * 2).sum().backward()
    assert w.grad.shape == (3, 2)
    with plugtorch.no_grad():
        w -= w.grad
    assert w.requires_grad
    assert w.tolist() == [[-1.0] * 2] * 3


def test_turning_outside_the_graph_does_not_cut_it() -> None:
    x = plugtorch.ones(3, requires_grad=True)
    y = x * 2
    with plugtorch.no_grad():
        y.unsqueeze_(0)
    y.sum().backward()
    assert x.grad.tolist() == [2.0] * 3


def test_a_view_keeps_its_box_when_its_tensor_gets_another() -> None:
    w = plugtorch.ones(3)
    v = w[:2]
    w.data = plugtorch.full((3,), 7.0)
    v.zero_()
    assert v.tolist() == [0.0, 0.0]
    assert w.tolist() == [7.0] * 3
    v.mul_(plugtorch.ones(2, requires_grad=True))
    assert not w.requires_grad
    assert w.tolist() == [7.0] * 3


# -- results are new -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.roll(3, 1),
        lambda x: x.roll((0, 3), (0, 1)),
        lambda x: x.prod(0),
        lambda x: x.prod(0, keepdim=True),
        lambda x: x[:, :1].prod(),
        lambda x: plugtorch.var_mean(x[0, 0], correction=0)[1],
        lambda x: x.flip(1),
        lambda x: x.flip(()),
    ],
)
def test_results_are_not_views_of_their_input(function: Any) -> None:
    x = plugtorch.zeros(1, 3)
    function(x).add_(1)
    assert x.tolist() == [[0.0, 0.0, 0.0]]


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.flip(0),
        lambda x: x.floor(),
        lambda x: x.round(),
        lambda x: x[0].cumsum(0),
        lambda x: plugtorch.zeros(4, dtype=plugtorch.int64).copy_(x),
        lambda x: x.clone(),
        lambda x: x.prod(1) if x.ndim > 1 else x[:1].prod(0),
        lambda x: plugtorch.zeros(4, dtype=plugtorch.int64).index_fill(0, plugtorch.tensor([1]), 3),
    ],
)
def test_what_numpy_writes_reaches_no_other_tensor(function: Any) -> None:
    array = numpy.arange(4)
    x = plugtorch.from_numpy(array)
    y = function(x)
    before = y.tolist()
    array += 100
    assert y.tolist() == before


def test_copy_takes_values_not_memory() -> None:
    array = numpy.ones(3, numpy.float32)
    p = plugtorch.zeros(3, requires_grad=True)
    whole = plugtorch.zeros(3)
    with plugtorch.no_grad():
        p.copy_(plugtorch.from_numpy(array))
        whole[:] = plugtorch.from_numpy(array)
    array[:] = 7
    assert p.tolist() == whole.tolist() == [1.0] * 3


def test_each_element_has_memory_of_its_own() -> None:
    p = plugtorch.zeros(3).copy_(plugtorch.tensor(1.0))
    p.numpy()[0] = 5
    assert p.tolist() == [5.0, 1.0, 1.0]
    x = plugtorch.zeros(3, requires_grad=True)
    x.sum().backward()
    seen = x.grad[:2]
    x.grad.numpy()[0] = 5
    assert x.grad.tolist() == [5.0, 1.0, 1.0]
    assert seen.tolist() == [5.0, 1.0]


def test_gradients_share_memory_with_nobody() -> None:
    a, b = (plugtorch.ones(2, requires_grad=True) for _ in range(2))
    ((a + b) ** 2).sum().backward()
    a.grad.numpy()[:] = 9
    assert b.grad.tolist() == [4.0, 4.0]

    array = numpy.ones(2, numpy.float32)
    x = plugtorch.ones(2, requires_grad=True)
    for value in (1, 5):  # one buffer for every gradient
        array[:] = value
        (x + 0).backward(plugtorch.from_numpy(array))
    assert x.grad.tolist() == [6.0, 6.0]


def test_gradients_with_a_graph_are_not_one_tensor() -> None:
    a, b = (plugtorch.ones(2, requires_grad=True) for _ in range(2))
    ((a + b) ** 3).sum().backward(create_graph=True)
    assert a.grad is not b.grad
    with plugtorch.no_grad():
        a.grad.mul_(0)
    assert b.grad.tolist() == [12.0, 12.0]
    first = b.grad
    (again,) = plugtorch.autograd.grad(first.sum(), b)
    assert again.tolist() == [12.0, 12.0]


@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning")
def test_arrays_of_other_classes_are_taken_as_arrays() -> None:
    x = plugtorch.from_numpy(numpy.asmatrix([[1.0, 2.0], [3.0, 4.0]]))
    assert x.reshape(4).shape == (4,)
    assert x[0].shape == (2,)
    masked = numpy.ma.array([1.0, 2.0], mask=[False, True])
    assert plugtorch.from_numpy(masked).sum().item() == 3.0
