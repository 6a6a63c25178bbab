"""Writing tensors that take part in a graph, by hand.

Each case is a function of the library that returns what is to be equal.
"""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
import torch
from helpers import assert_same
from samples.case import Cases, leaf

import plugtorch

CASES = Cases()
case = CASES.add


# ---- recorded writes -----------------------------------------------------------------------------


@case
def gradient_through_a_write_to_a_part(t: Any) -> Any:
    x, v = leaf(t, 2, 3), leaf(t, 3)
    y = x * 2
    y[0] = v * v
    y[:, 1] *= 3
    (y * y).sum().backward()
    return y, x.grad, v.grad, y.is_leaf, y.requires_grad


@case
def a_view_made_before_a_write_has_the_new_graph(t: Any) -> Any:
    x = leaf(t, 4)
    y = x * 1
    part = y[1:3]
    y.mul_(x.detach())
    part.mul_(2)
    first = t.autograd.grad(part.sum(), x, retain_graph=True)
    return part, y, *first, *t.autograd.grad(y.sum(), x)


@case
def a_write_through_a_view_reaches_the_base_and_other_views(t: Any) -> Any:
    x, v = leaf(t, 2, 2), leaf(t, 2)
    y = x * 3
    transposed, row = y.t(), y[1]
    row.copy_(v * 10)
    return [*t.autograd.grad(transposed.sum() + y.sum(), [x, v]), transposed, y.requires_grad]


@case
def a_write_makes_a_constant_part_of_the_graph(t: Any) -> Any:
    v = leaf(t, 2)
    x = t.zeros(3)
    x[:2] = v * v
    x[2] = 5
    (x * x).sum().backward()
    return x, v.grad, x.requires_grad, x.is_leaf


@case
def overwriting_everything_leaves_a_graph_of_zeros(t: Any) -> Any:
    x = leaf(t, 2)
    y = x * 2
    y.fill_(3)
    z = x * 2
    z.zero_()
    w = x * 2
    w.copy_(t.ones(2))
    (y + z + w).sum().backward()
    return y, x.grad, y.requires_grad, z.requires_grad, w.requires_grad


@case
def writing_in_turn(t: Any) -> Any:
    x = leaf(t, 3)
    y = x * 1
    for i in range(3):
        y[i] = y[i - 1].clone() * x[i]
    y.sum().backward()
    return y, x.grad


@case
def second_derivatives_through_writes(t: Any) -> Any:
    x = leaf(t, 3)
    y = x * 1
    y[1:] *= x[:-1] ** 2
    (g,) = t.autograd.grad((y**3).sum(), x, create_graph=True)
    return g, *t.autograd.grad((g * g).sum(), x)


@case
def what_was_saved_before_a_write_to_a_leaf_is_not_spoilt(t: Any) -> Any:
    x = leaf(t, 3)
    y = x.exp() + x * 2  # what these save is not x
    with t.no_grad():
        x.add_(100)
    y.sum().backward()
    return y, x, x.grad


@case
def no_grad_writes_to_views_of_leaves(t: Any) -> Any:
    x = leaf(t, 2, 3)
    with t.no_grad():
        x[0] = 1
        x[:, 1].mul_(10)
        x.t()[2].fill_(-1)
        x -= 0.5 * t.ones(2, 3)
    (x * x).sum().backward()
    return x, x.grad, x.is_leaf, x.requires_grad


@case
def an_optimizer_step_by_hand(t: Any) -> Any:
    w = leaf(t, 3)
    losses = []
    for _ in range(5):
        loss = (w * w).sum()
        loss.backward()
        with t.no_grad():
            w -= 0.1 * w.grad
            w.grad.zero_()
        losses.append(loss.item())
    return losses, w, w.grad


@case
def masks_and_places_with_gradient(t: Any) -> Any:
    x, v = leaf(t, 4), leaf(t, 2)
    y = x * 2
    y[t.tensor([0, 2])] = v
    y[y > 5] = 1.0
    y[t.tensor([3, 3])] += v
    y.sum().backward()
    return y, x.grad, v.grad


@case
def relu_in_place(t: Any) -> Any:
    x = t.tensor([-1.0, 2.0, 0.0], requires_grad=True)
    y = x * 1
    y.relu_()
    y.sum().backward()
    return y, x.grad


@case
def detach_in_place(t: Any) -> Any:
    x = leaf(t, 2)
    y = x * 2
    y.detach_()
    return y.requires_grad, y.is_leaf, y.grad_fn is None


@case
def requires_grad_in_place(t: Any) -> Any:
    x = t.ones(2)
    y = x * 2
    x.requires_grad_()
    z = x * 3
    return y.requires_grad, z.requires_grad, x.requires_grad_(False).requires_grad


@case
def cloned_parameters_can_be_written(t: Any) -> Any:
    x = leaf(t, 2)
    y = x.clone()
    y[0] = 5
    y.sum().backward()
    return y, x.grad


# ---- modes ---------------------------------------------------------------------------------------


@case
def a_view_made_under_no_grad(t: Any) -> Any:
    x = leaf(t, 3)
    with t.no_grad():
        view = x[1:]
        y = x * 2
    return view.requires_grad, view.is_leaf, y.requires_grad, view


@case
def writing_under_no_grad_keeps_the_graph(t: Any) -> Any:
    x = leaf(t, 2)
    y = x * 2
    with t.no_grad():
        y.add_(5)
    y.sum().backward()
    return y, x.grad, y.requires_grad


@case
def modes_nest(t: Any) -> Any:
    x = leaf(t, 1)
    seen = []
    with t.no_grad():
        seen.append((x * 1).requires_grad)
        with t.enable_grad():
            seen.append((x * 1).requires_grad)
            with t.set_grad_enabled(False):
                seen.append((x * 1).requires_grad)
        with t.inference_mode():
            seen.append((x * 1).requires_grad)
    with contextlib.suppress(ValueError), t.no_grad():
        raise ValueError
    seen.append(t.is_grad_enabled())
    return seen


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    assert_same(CASES[name](plugtorch), CASES[name](torch))
