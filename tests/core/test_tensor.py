"""What a tensor says about itself, what Python's own functions make of it, and settings."""

from __future__ import annotations

import copy
import math
from array import array
from collections import deque
from typing import Any

import numpy as np
import pytest

import plugtorch
from plugtorch.errors import ArgumentError, DTypeError, PlugtorchError, ShapeError

# ---- facts ---------------------------------------------------------------------------------------


def test_sizes() -> None:
    x = plugtorch.zeros(2, 3, 4)
    assert x.shape == (2, 3, 4)
    assert x.size() == (2, 3, 4)
    assert isinstance(x.shape, plugtorch.Size)
    assert x.size(-1) == 4
    assert (x.ndim, x.dim(), x.ndimension()) == (3, 3, 3)
    assert (x.numel(), x.nelement(), x.shape.numel()) == (24, 24, 24)
    assert (x.itemsize, x.element_size(), x.nbytes) == (4, 4, 96)
    assert plugtorch.numel(x) == 24
    assert len(x) == 2
    assert repr(x.shape[1:]) == "plugtorch.Size([3, 4])"
    assert isinstance(x.shape + (1,), plugtorch.Size)
    with pytest.raises(IndexError):
        x.size(3)


def test_kinds() -> None:
    x, n, b = plugtorch.zeros(1), plugtorch.zeros(1, dtype=plugtorch.uint8), plugtorch.zeros(1) > 0
    assert x.is_floating_point()
    assert not n.is_floating_point()
    assert plugtorch.is_floating_point(x)
    assert (x.is_signed(), n.is_signed(), b.is_signed()) == (True, False, False)
    assert not x.is_complex()
    assert plugtorch.is_tensor(x)
    assert not plugtorch.is_tensor([1.0])
    assert (x.cpu().type(), n.cpu().type(), b.cpu().type()) == (
        "torch.FloatTensor",
        "torch.ByteTensor",
        "torch.BoolTensor",
    )
    assert x.type("torch.LongTensor").dtype is plugtorch.int64
    assert x.type(plugtorch.int8).dtype is plugtorch.int8
    with pytest.raises(DTypeError, match="Colour"):
        x.type("torch.ColourTensor")
    assert str(x.cpu().device) == "cpu"
    assert (x.is_cuda, x.is_sparse, x.is_quantized, x.is_leaf) == (False, False, False, True)
    assert not x.requires_grad


def test_strides() -> None:
    x = plugtorch.zeros(2, 3, 4)
    assert x.stride() == (12, 4, 1)
    assert x.stride(1) == 4
    assert x.transpose(0, 2).stride() == (1, 4, 12)
    assert x[:, ::2].stride() == (12, 8, 1)
    assert x[0, :, 1].stride() == (4,)
    assert plugtorch.zeros(1).expand(3, 5).stride() == (0, 0)
    assert x.is_contiguous()
    assert not x.permute(1, 0, 2).is_contiguous()
    assert x[1].is_contiguous()
    assert not x[:, :2].is_contiguous()


def test_who_shares_memory() -> None:
    x = plugtorch.zeros(4)
    assert x.data_ptr() == x.view(2, 2).data_ptr() == x.detach().data_ptr()
    assert x.data_ptr() != x.clone().data_ptr()


def test_the_old_constructor() -> None:
    assert plugtorch.Tensor(2, 3).shape == (2, 3)
    assert plugtorch.Tensor([1, 2]).dtype is plugtorch.float32
    assert plugtorch.Tensor().shape == (0,)
    assert plugtorch.zeros(2).new(3).shape == (3,)


# ---- Python's own functions ----------------------------------------------------------------------


def test_numbers_out() -> None:
    for value in (3, -2.5, True):
        x = plugtorch.tensor(value)
        assert x.item() == value
        assert type(x.item()) is type(value)
        assert plugtorch.tensor([[value]]).item() == value
        assert x.tolist() == value
    assert float(plugtorch.tensor([2])) == 2.0
    assert int(plugtorch.tensor(2.9)) == 2
    assert bool(plugtorch.tensor([0.0])) is False
    assert bool(plugtorch.tensor(math.nan)) is True
    assert plugtorch.tensor(1.5, dtype=plugtorch.bfloat16).item() == 1.5
    assert plugtorch.tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert plugtorch.zeros(2, 0).tolist() == [[], []]
    assert plugtorch.tensor([1.5], dtype=plugtorch.bfloat16).tolist() == [1.5]
    assert math.isclose(math.sqrt(plugtorch.tensor(2.0)), 2**0.5)
    for wrong in (plugtorch.zeros(2), plugtorch.zeros(0)):
        with pytest.raises((ShapeError, ArgumentError), match=r"\(\d,\)"):
            wrong.item()
        with pytest.raises(PlugtorchError):
            bool(wrong)


def test_of_any_sequences() -> None:
    mixed = plugtorch.tensor(deque([array("d", [1.0, 2.0]), deque([3, plugtorch.tensor(4)])]))
    assert mixed.dtype is plugtorch.float32
    assert mixed.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert plugtorch.as_tensor(deque([True, False])).dtype is plugtorch.bool
    assert plugtorch.tensor(deque()).shape == (0,)
    with pytest.raises(ShapeError, match="unequal lengths"):
        plugtorch.tensor(deque([[1], [1, 2]]))
    with pytest.raises(DTypeError, match="'1'"):
        plugtorch.tensor(deque(["1"]))


def test_as_an_index() -> None:
    assert [10, 20, 30][plugtorch.tensor(1)] == 20
    assert list(range(plugtorch.tensor(2))) == [0, 1]
    for wrong in (plugtorch.tensor(1.0), plugtorch.tensor([1, 2])):
        with pytest.raises(TypeError):
            [10, 20, 30][wrong]


def test_going_through() -> None:
    x = plugtorch.arange(6).reshape(3, 2)
    assert [row.tolist() for row in x] == [[0, 1], [2, 3], [4, 5]]
    first, *rest = x
    assert first.tolist() == [0, 1]
    assert len(rest) == 2
    assert [row.tolist() for row in reversed(x)] == [[4, 5], [2, 3], [0, 1]]
    assert [i.item() for i in x[0]] == [0, 1]
    assert max(x[:, 0]).item() == 4
    assert sum(x[:, 0]).item() == 6
    assert [n.item() for n in sorted(x[:, 1])] == [1, 3, 5]
    assert list(plugtorch.zeros(0)) == []
    assert dict(enumerate(x[0].tolist())) == {0: 0, 1: 1}
    for function in (len, iter):
        with pytest.raises(TypeError, match="0-d"):
            function(plugtorch.tensor(1.0))


def test_membership_and_hash() -> None:
    x = plugtorch.tensor([1.0, 2.0])
    assert 2 in x
    assert 3 not in x
    y = plugtorch.tensor([1.0, 2.0])
    assert len({x, y, x}) == 2
    assert {x: "first"}[x] == "first"


def test_comparison_with_what_is_no_number() -> None:
    x = plugtorch.tensor([1.0])
    assert (x == None) is False  # noqa: E711
    assert (x != "text") is True
    assert (x == object()) is False
    with pytest.raises(TypeError):
        _ = x < "text"
    with pytest.raises(TypeError):
        _ = x + "text"


def test_formatting() -> None:
    assert f"{plugtorch.tensor(3.14159):.2f}" == "3.14"
    assert f"{plugtorch.tensor(5):03d}" == "005"
    assert f"{plugtorch.tensor([1, 2])}" == "tensor([1, 2])"
    assert f"{plugtorch.tensor([1.0]).item():.1f}" == "1.0"


def test_operators_with_numbers_on_either_side() -> None:
    x = plugtorch.tensor([1.0, 2.0, 4.0])
    expected: list[tuple[Any, list[float]]] = [
        (x + 1, [2, 3, 5]), (1 + x, [2, 3, 5]), (x - 1, [0, 1, 3]), (1 - x, [0, -1, -3]),
        (x * 2, [2, 4, 8]), (2 * x, [2, 4, 8]), (x / 2, [0.5, 1, 2]), (2 / x, [2, 1, 0.5]),
        (x // 2, [0, 1, 2]), (5 // x, [5, 2, 1]), (x % 3, [1, 2, 1]), (5 % x, [0, 1, 1]),
        (x**2, [1, 4, 16]), (2**x, [2, 4, 16]), (-x, [-1, -2, -4]), (+x, [1, 2, 4]),
        (abs(-x), [1, 2, 4]), (x @ x, 21),
    ]  # fmt: skip
    for got, numbers in expected:
        assert got.tolist() == numbers
        assert got.dtype is plugtorch.float32
    n = plugtorch.tensor([1, 2, 6])
    bits: list[tuple[Any, list[int]]] = [
        (n & 2, [0, 2, 2]), (2 & n, [0, 2, 2]), (n | 1, [1, 3, 7]), (n ^ 3, [2, 1, 5]),
        (~n, [-2, -3, -7]), (n << 1, [2, 4, 12]), (n >> 1, [0, 1, 3]), (1 << n, [2, 4, 64]),
        (64 >> n, [32, 16, 1]),
    ]  # fmt: skip
    for got, whole in bits:
        assert got.tolist() == whole


def test_operators_with_numpy() -> None:
    x = plugtorch.tensor([1.0, 2.0])
    number = np.float32(3)
    for got in (x * number, number * x, x + np.int64(3) - 1):
        assert isinstance(got, plugtorch.Tensor)
    assert (number * x).tolist() == [3.0, 6.0]
    assert (x * number).dtype is plugtorch.float32


# ---- copies --------------------------------------------------------------------------------------


def test_copies() -> None:
    x = plugtorch.tensor([1.0, 2.0], requires_grad=True)
    (x * 3).sum().backward()
    x.note = "a word"
    deep = copy.deepcopy(x)
    assert deep.tolist() == [1.0, 2.0]
    assert deep.requires_grad
    assert deep.grad.tolist() == [3.0, 3.0]
    assert deep.note == "a word"
    with plugtorch.no_grad():
        deep.zero_()
        deep.grad.zero_()
    assert x.tolist() == [1.0, 2.0]
    assert x.grad.tolist() == [3.0, 3.0]
    with pytest.raises(PlugtorchError, match="leaf"):
        copy.deepcopy(x * 2)


def test_deep_copies_of_what_holds_one_tensor_twice() -> None:
    x = plugtorch.zeros(2)
    first, second = copy.deepcopy([x, x])
    assert first is second


def test_copy_shares() -> None:
    x = plugtorch.zeros(2)
    other = copy.copy(x)
    assert isinstance(other, plugtorch.Tensor)
    assert other.tolist() == [0.0, 0.0]


def test_attributes_of_the_users_own() -> None:
    x = plugtorch.zeros(2)
    x.name_of_mine = 5
    assert x.name_of_mine == 5
    with pytest.raises(AttributeError):
        _ = x.nothing


def test_subclasses() -> None:
    class Own(plugtorch.Tensor):
        def doubled(self) -> Any:
            return self * 2

    x = Own([1.0, 2.0])
    assert isinstance(x, Own)
    assert x.doubled().tolist() == [2.0, 4.0]


# ---- settings ------------------------------------------------------------------------------------


def test_the_default_dtype() -> None:
    assert plugtorch.get_default_dtype() is plugtorch.float32
    plugtorch.set_default_dtype(plugtorch.float64)
    try:
        assert plugtorch.ones(1).dtype is plugtorch.float64
        assert plugtorch.tensor([1.5]).dtype is plugtorch.float64
        assert (plugtorch.arange(2) / 2).dtype is plugtorch.float64
    finally:
        plugtorch.set_default_dtype(plugtorch.float32)
    with pytest.raises(DTypeError, match="floating-point"):
        plugtorch.set_default_dtype(plugtorch.int64)


def test_the_default_device() -> None:
    assert str(plugtorch.get_default_device()) == "cpu"
    with plugtorch.device("cpu"):
        assert str(plugtorch.ones(1).device) == "cpu"
    plugtorch.set_default_device("nowhere")
    try:
        with pytest.raises(PlugtorchError, match="nowhere"):
            plugtorch.ones(1)
    finally:
        plugtorch.set_default_device(None)
    assert plugtorch.ones(1).tolist() == [1.0]


def test_limits_of_the_dtypes() -> None:
    assert plugtorch.finfo(plugtorch.float32).eps == float(np.finfo(np.float32).eps)
    assert plugtorch.finfo(plugtorch.float64).max == float(np.finfo(np.float64).max)
    assert plugtorch.finfo().tiny == float(np.finfo(np.float32).tiny)
    assert plugtorch.finfo(plugtorch.bfloat16).bits == 16
    assert plugtorch.iinfo(plugtorch.int16).min == -(2**15)
    assert plugtorch.iinfo(plugtorch.uint8).max == 255
    for function, wrong in ((plugtorch.finfo, plugtorch.int8), (plugtorch.iinfo, plugtorch.bool)):
        with pytest.raises(DTypeError, match="needs"):
            function(wrong)


def test_no_warning_from_the_arithmetic_of_infinities() -> None:
    """Warnings are errors in these tests: 1/0, 0/0 and overflow are numbers, not causes for one."""
    x = plugtorch.tensor([0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, 3e38])
    for function in (
        "exp log sqrt rsqrt reciprocal sin acos atanh log1p expm1 sinh square sigmoid relu "
        "tanh sum mean prod std "
        "softmax logsumexp cumsum norm sort argmax median logit sinc floor sign"
    ).split():
        method = getattr(plugtorch, function)
        method(x, 0) if function in ("softmax", "logsumexp", "cumsum") else method(x)
    _ = (x / 0, x * x * x, x - x, x // 0, x % 0, x**x, x @ x, x.half(), x.bfloat16(), x + 3e38)
    _ = (x.double() * 1e308, plugtorch.tensor([1e300]).float(), plugtorch.tensor([math.nan]).long())
