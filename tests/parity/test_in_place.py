"""Writing tensors, by hand: what sees what, and the dtypes.

Each case is a function of the library that returns what is to be equal.
"""

from __future__ import annotations

from typing import Any

import pytest
import torch
from helpers import assert_same
from samples.case import Cases, leaf

import plugtorch

CASES = Cases()
case = CASES.add


# ---- what sees what ------------------------------------------------------------------------------


@case
def a_write_is_seen_through_every_view(t: Any) -> Any:
    x = t.zeros(2, 3)
    rows, columns, flat, first, again = x[0], x.t(), x.view(-1), x[:, :1], x.detach()
    x.add_(1)
    first.mul_(5)
    flat[-1] = 9
    return x, rows, columns, flat, first, again, x.data


@case
def a_view_of_a_view_of_a_view(t: Any) -> Any:
    x = t.arange(24.0).reshape(2, 3, 4)
    part = x.permute(2, 0, 1)[1:3].transpose(0, 1)[0].unsqueeze(0)
    part += 100
    return x, part, part.sum()


@case
def a_copy_is_apart(t: Any) -> Any:
    x = t.zeros(2, 3)
    copies = (
        x.clone(),
        x.t().reshape(-1),
        x.t().contiguous(),
        x[[0]],
        x[x == 0],
        x.to(t.float64),
        x + 0,
    )
    x.fill_(7)
    return copies


@case
def contiguous_and_to_give_the_tensor_itself(t: Any) -> Any:
    x = t.zeros(2, 3)
    return (
        x.contiguous() is x,
        x.to(t.float32) is x,
        x.cpu() is x,
        x.float() is x,
        x.t().contiguous() is x,
    )


@case
def flatten_of_a_vector_is_the_tensor_itself(t: Any) -> Any:
    x = t.zeros(3)
    x.flatten().fill_(1)
    x.reshape(3).add_(1)
    x.ravel().mul_(3)
    return x


@case
def reshape_of_a_transposed_tensor_is_a_copy(t: Any) -> Any:
    x = t.zeros(2, 3)
    x.t().reshape(6).fill_(1)
    x.reshape(6)[:2] = 2
    return x


@case
def unbind_split_chunk_share(t: Any) -> Any:
    x = t.zeros(4, 2)
    x.unbind(1)[0].fill_(1)
    x.split(3)[1].add_(5)
    x.chunk(2)[0].mul_(2)
    for row in x:
        row += 1
    return x


@case
def diagonals_share(t: Any) -> Any:
    x = t.zeros(3, 3)
    x.diagonal().fill_(1)
    x.diagonal(1).copy_(t.tensor([5.0, 6.0]))
    x.diagonal(-1).add_(2)
    y = t.zeros(2, 3, 3)
    y.diagonal(0, 1, 2).add_(t.ones(2, 3))
    return x, y, t.zeros(4, 3).fill_diagonal_(2.0), t.zeros(2, 2, 2).fill_diagonal_(3.0)


@case
def data_and_detach_share_but_forget(t: Any) -> Any:
    x = leaf(t, 3)
    x.data.mul_(2)
    x.detach()[0] = 50
    y = x * x
    y.detach().add_(1)
    y.sum().backward()
    return x, y, x.grad, x.data.requires_grad, x.detach().is_leaf


@case
def data_can_be_replaced(t: Any) -> Any:
    x = leaf(t, 3)
    view = x.detach()
    x.data = t.ones(2)
    x.data += 1
    (x * 3).sum().backward()
    return x, x.grad, view, x.requires_grad


@case
def item_assignment_broadcasts_and_converts(t: Any) -> Any:
    x = t.zeros(2, 3)
    x[0] = t.tensor([1, 2, 3])
    x[:, 1] = 7
    x[1] = t.ones(1, 1, 3, dtype=t.float64) * 0.1
    x[0, 0] = t.tensor(True)
    y = t.zeros(3, dtype=t.int64)
    y[:2] = t.tensor([1.9, -1.9])
    y[2] = 2.9
    return x, y


@case
def operators_in_place_on_parts(t: Any) -> Any:
    x = t.arange(6).reshape(2, 3)
    x[0] += 10
    x[:, 1] *= 2
    x[1] //= 2
    x[0, 2] -= 3
    x[x > 10] = -1
    x[1] **= 2
    x[0] %= 3
    z = t.arange(4)
    z &= 2
    z |= 1
    z ^= 3
    z <<= 2
    z >>= 1
    return x, z


@case
def list_of_operators_in_place(t: Any) -> Any:
    x, same = t.ones(2), t.ones(2)
    for_identity = x
    x += same
    x -= 0.5
    x *= 2
    x /= 4
    return x, for_identity, x is for_identity


@case
def a_tensor_as_its_own_operand(t: Any) -> Any:
    x = t.arange(4.0)
    x.add_(x)
    x.mul_(x)
    x[:2].copy_(x[2:])
    y = t.arange(6.0).reshape(2, 3)
    y += y.sum(0)
    y.copy_(y.flip(1))
    return x, y


@case
def swapping_two_slices(t: Any) -> Any:
    x = t.arange(4.0)
    x[:2], x[2:] = x[2:].clone(), x[:2].clone()
    return x


@case
def in_place_shapes(t: Any) -> Any:
    x = t.arange(6.0).reshape(2, 3)
    view = x[0]
    x.t_()
    x.unsqueeze_(0)
    x.squeeze_(0)
    x.transpose_(0, 1)
    x.add_(1)
    return x, view


# ---- dtypes --------------------------------------------------------------------------------------


@case
def in_place_keeps_the_dtype(t: Any) -> Any:
    results = []
    for dtype in (t.uint8, t.int32, t.int64, t.float16, t.bfloat16, t.float32, t.float64):
        x = t.ones(3, dtype=dtype)
        x.add_(2)
        x.mul_(t.tensor([1, 2, 3], dtype=t.int16))
        if dtype.is_floating_point:
            x.div_(t.tensor([2.0, 4.0, 8.0], dtype=t.float64))
            x.sub_(1)
        results.append(x)
    return results


@case
def comparisons_in_place(t: Any) -> Any:
    x = t.tensor([1.0, 2.0, 3.0])
    return x.clone().gt_(2), x.clone().eq_(t.tensor([1, 0, 3])), x.clone().logical_not_()


@case
def wrapping_around(t: Any) -> Any:
    x = t.tensor([200, 100], dtype=t.uint8)
    x += 100
    y = t.tensor([100], dtype=t.int8)
    y *= 2
    return x, y


@case
def copies_between_dtypes(t: Any) -> Any:
    x = t.zeros(3, dtype=t.int64)
    x.copy_(t.tensor([1.9, -2.9, 0.0]))
    y = t.zeros(2, 3)
    y.copy_(t.tensor([True, False, True]))
    v = leaf(t, 3)
    z = t.zeros(3, dtype=t.float64)
    z.copy_(v)
    z.sum().backward()
    return x, y, z, v.grad


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    assert_same(CASES[name](plugtorch), CASES[name](torch))
