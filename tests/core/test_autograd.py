"""Gradients: adding up, running twice, asking for some, second order."""

from __future__ import annotations

import numpy as np
import pytest

import plugtorch
from plugtorch.errors import AutogradError, DTypeError, ShapeError


def leaf(*values: float) -> plugtorch.Tensor:
    return plugtorch.tensor(values, requires_grad=True)


# ---- adding up -----------------------------------------------------------------------------------


def test_a_tensor_used_many_times_gets_the_sum() -> None:
    x = leaf(1.0, 2.0)
    y = x * x + x + x.exp() * 0 + x
    y.sum().backward()
    assert x.grad.tolist() == [4.0, 6.0]


def test_gradients_add_up_until_they_are_cleared() -> None:
    x = leaf(1.0, 2.0)
    for _ in range(3):
        (x * x).sum().backward()
    assert x.grad.tolist() == [6.0, 12.0]
    x.grad = None
    (x * 3).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_the_gradient_stays_the_same_tensor() -> None:
    x = leaf(1.0)
    (x * 2).backward()
    kept = x.grad
    (x * 2).backward()
    assert x.grad is kept
    assert kept.tolist() == [4.0]


def test_two_leaves_do_not_share_one_gradient() -> None:
    x, y = leaf(1.0), leaf(2.0)
    (x + y).backward()
    x.grad.zero_()
    assert y.grad.tolist() == [1.0]


def test_a_gradient_given_by_hand_is_not_taken_over() -> None:
    x, start = leaf(1.0, 2.0), plugtorch.ones(2)
    x.mul(1).backward(start)
    x.grad.fill_(7)
    assert start.tolist() == [1.0, 1.0]


@pytest.mark.parametrize("depth", [1, 10, 5000])
def test_a_deep_graph_needs_no_deep_stack(depth: int) -> None:
    x = leaf(1.0)
    y = x
    for _ in range(depth):
        y = y + 1
    y.backward()
    assert x.grad.tolist() == [1.0]


def test_a_graph_with_exponentially_many_paths_is_walked_once() -> None:
    x = leaf(1.0)
    y = x
    for _ in range(60):
        y = y * 0.5 + y * 0.5
    y.backward()
    assert x.grad.tolist() == [1.0]


def test_branches_without_gradient_are_left_alone() -> None:
    x, constant = leaf(3.0), plugtorch.tensor([2.0])
    (x * constant + constant.exp()).backward()
    assert x.grad.tolist() == [2.0]
    assert constant.grad is None
    assert not constant.exp().requires_grad


def test_broadcasting_is_undone() -> None:
    row, column, number = leaf(1.0, 2.0, 3.0), plugtorch.ones(2, 1, requires_grad=True), leaf(2.0)
    (row * column * number).sum().backward()
    assert row.grad.tolist() == [4.0, 4.0, 4.0]
    assert column.grad.tolist() == [[12.0], [12.0]]
    assert number.grad.tolist() == [12.0]


def test_the_gradient_has_the_dtype_of_its_tensor() -> None:
    x = plugtorch.ones(2, dtype=plugtorch.float16, requires_grad=True)
    w = plugtorch.ones(2, dtype=plugtorch.float64, requires_grad=True)
    (x * w).sum().backward()
    assert x.grad.dtype is plugtorch.float16
    assert w.grad.dtype is plugtorch.float64


def test_converting_to_whole_numbers_ends_the_graph() -> None:
    x = leaf(1.5, 2.5)
    assert not x.long().requires_grad
    assert not (x > 2).requires_grad
    assert not x.argmax().requires_grad
    assert x.double().requires_grad


# ---- backward ------------------------------------------------------------------------------------


def test_backward_twice_is_refused_unless_retained() -> None:
    x = leaf(1.0, 2.0)
    loss = (x * x).sum()
    loss.backward(retain_graph=True)
    loss.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    with pytest.raises(AutogradError, match="retain_graph=True"):
        loss.backward()


def test_a_graph_that_saved_nothing_may_be_walked_again() -> None:
    x = leaf(1.0, 2.0)
    loss = (x + 1).sum()
    loss.backward()
    loss.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_half_of_a_shared_graph_may_be_used_up() -> None:
    x = leaf(2.0)
    shared = x * x
    first, second = shared * 2, shared.exp()
    first.backward()
    with pytest.raises(AutogradError, match="already gone back through"):
        second.backward()


def test_several_elements_need_a_gradient() -> None:
    x = leaf(1.0, 2.0)
    with pytest.raises(AutogradError, match=r"shape \(2,\)"):
        (x * 2).backward()
    (x * 2).backward(plugtorch.tensor([1.0, 10.0]))
    assert x.grad.tolist() == [2.0, 20.0]
    with pytest.raises(ShapeError, match=r"\(3,\)"):
        (x * 2).backward(plugtorch.ones(3))


def test_one_element_of_any_rank_needs_none() -> None:
    x = plugtorch.ones(1, 1, requires_grad=True)
    (x * 5).backward()
    assert x.grad.tolist() == [[5.0]]


def test_without_a_graph_there_is_nothing_to_do() -> None:
    for tensor in (plugtorch.ones(1), leaf(1.0).detach(), leaf(1.0).long()):
        with pytest.raises(AutogradError, match="does not require grad"):
            tensor.backward()
    with plugtorch.no_grad():
        y = leaf(1.0) * 2
    with pytest.raises(AutogradError, match="no_grad"):
        y.backward()


def test_several_losses_at_once() -> None:
    x = leaf(3.0)
    plugtorch.autograd.backward([x * 2, x * x], [None, plugtorch.tensor([10.0])])
    assert x.grad.tolist() == [62.0]
    with pytest.raises(AutogradError, match="2 tensors but 1 gradients"):
        plugtorch.autograd.backward([x * 2, x * x], [None])


def test_only_the_inputs_asked_for() -> None:
    x, y = leaf(3.0), leaf(4.0)
    middle = x * y
    (middle * middle).backward(inputs=[x])
    assert x.grad.tolist() == [96.0]
    assert y.grad is None
    with pytest.raises(AutogradError, match="empty"):
        (x * y).backward(inputs=[])


def test_a_leaf_is_its_own_root() -> None:
    x = leaf(3.0)
    x.backward()
    assert x.grad.tolist() == [1.0]


# ---- grad ----------------------------------------------------------------------------------------


def test_grad_leaves_grad_alone() -> None:
    x, y = leaf(3.0), leaf(4.0)
    got = plugtorch.autograd.grad(x * x * y, [x, y])
    assert [g.tolist() for g in got] == [[24.0], [9.0]]
    assert x.grad is None
    assert y.grad is None
    assert not got[0].requires_grad


def test_grad_of_a_tensor_on_the_way() -> None:
    x = leaf(3.0)
    middle = x * x
    end = middle * 5
    assert plugtorch.autograd.grad(end, middle, retain_graph=True)[0].tolist() == [5.0]
    both = plugtorch.autograd.grad(end, [x, middle])
    assert [g.tolist() for g in both] == [[30.0], [5.0]]


def test_grad_of_itself_is_one() -> None:
    x = leaf(3.0)
    y = x * 2
    assert plugtorch.autograd.grad(y, y)[0].tolist() == [1.0]


def test_unused_inputs() -> None:
    x, unused = leaf(3.0), leaf(1.0, 2.0)
    with pytest.raises(AutogradError, match="allow_unused=True"):
        plugtorch.autograd.grad(x * x, [x, unused])
    got = plugtorch.autograd.grad(x * x, [x, unused], allow_unused=True)
    assert got[1] is None
    got = plugtorch.autograd.grad(x * x, [x, unused], materialize_grads=True)
    assert got[1].tolist() == [0.0, 0.0]
    with pytest.raises(AutogradError, match="does not require grad"):
        plugtorch.autograd.grad(x * x, plugtorch.ones(1))
    with pytest.raises(DTypeError, match="float"):
        plugtorch.autograd.grad(3.0, x)


# ---- second order --------------------------------------------------------------------------------


def test_derivatives_of_every_order() -> None:
    x = leaf(2.0)
    y = x**5
    for expected in (80.0, 160.0, 240.0, 240.0, 120.0):
        (y,) = plugtorch.autograd.grad(y, x, create_graph=True)
        assert y.tolist() == pytest.approx([expected])


def test_backward_with_create_graph_gives_gradients_with_a_graph() -> None:
    x = leaf(2.0)
    (x**3).backward(create_graph=True)
    first = x.grad
    assert first.requires_grad
    x.grad = None
    first.backward()
    assert x.grad.tolist() == [12.0]


def test_without_create_graph_gradients_have_none() -> None:
    x = leaf(2.0)
    (g,) = plugtorch.autograd.grad(x**3, x)
    assert not g.requires_grad
    with pytest.raises(AutogradError, match="does not require grad"):
        g.backward()


def test_a_gradient_penalty() -> None:
    """Part of a loss is the norm of a gradient: a derivative of a derivative."""
    w = leaf(1.0, -2.0)
    x = leaf(0.5, 3.0)
    out = (w * x).tanh().sum()
    (slope,) = plugtorch.autograd.grad(out, x, create_graph=True)
    (slope**2).sum().backward()

    def penalty(v: np.ndarray) -> float:
        return float(((v * (1 - np.tanh(v * [0.5, 3.0]) ** 2)) ** 2).sum())

    step = 1e-4
    expected = [
        (penalty(np.array([1.0, -2.0]) + e) - penalty(np.array([1.0, -2.0]) - e)) / (2 * step)
        for e in step * np.eye(2)
    ]
    np.testing.assert_allclose(w.grad.cpu().numpy(), expected, rtol=1e-3, atol=1e-6)


def test_the_hessian_of_a_quadratic_form() -> None:
    a = plugtorch.tensor([[2.0, 1.0], [0.0, 3.0]])
    x = leaf(1.0, 1.0)
    (g,) = plugtorch.autograd.grad(x @ a @ x, x, create_graph=True)
    rows = [plugtorch.autograd.grad(g[i], x, retain_graph=True)[0].tolist() for i in range(2)]
    assert rows == [[4.0, 1.0], [1.0, 6.0]]


# ---- leaves --------------------------------------------------------------------------------------


def test_what_is_a_leaf() -> None:
    x = leaf(1.0)
    assert x.is_leaf
    assert x.grad_fn is None
    y = x * 2
    assert not y.is_leaf
    assert "Multiply" in repr(y.grad_fn)
    assert y.detach().is_leaf
    assert plugtorch.ones(1).is_leaf


def test_requires_grad_is_for_floating_leaves() -> None:
    with pytest.raises(DTypeError, match="int64"):
        plugtorch.tensor([1], requires_grad=True)
    with pytest.raises(DTypeError, match="floating-point"):
        plugtorch.arange(3).requires_grad = True
    with pytest.raises(AutogradError, match="detach"):
        (leaf(1.0) * 2).requires_grad_(False)
    assert not leaf(1.0).requires_grad_(False).requires_grad


def test_a_view_may_be_made_a_leaf_and_stays_one() -> None:
    w = plugtorch.arange(4.0).view(2, 2).requires_grad_()
    for _ in range(2):
        (w * w).sum().backward()
        with plugtorch.no_grad():
            w -= 0.5 * w.grad
            w.grad = None
        assert w.requires_grad
        assert w.is_leaf
    assert w.tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_grad_is_checked_when_set() -> None:
    x = leaf(1.0, 2.0)
    x.grad = plugtorch.ones(2)
    del x.grad
    assert x.grad is None
    for wrong in (plugtorch.ones(3), plugtorch.ones(2, dtype=plugtorch.float64), 1.0):
        with pytest.raises((ValueError, TypeError)):
            x.grad = wrong
