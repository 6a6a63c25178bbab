"""The text of tensors, letter for letter; tests/parity compares many more with PyTorch."""

import math
from collections.abc import Iterator
from typing import Any

import pytest

import plugtorch
from plugtorch import set_printoptions, tensor
from plugtorch.errors import ArgumentError

NAN, INFINITY = math.nan, math.inf


@pytest.fixture(autouse=True)
def _defaults() -> Iterator[None]:
    yield
    set_printoptions(profile="default")
    plugtorch.set_default_dtype(plugtorch.float32)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        (2.5, "tensor(2.5000)"),
        (-3, "tensor(-3)"),
        (True, "tensor(True)"),
        (NAN, "tensor(nan)"),
        ([], "tensor([])"),
        ([1.0, 2.0, -3.0], "tensor([ 1.,  2., -3.])"),
        ([0.1, -0.25, 200.0], "tensor([ 1.0000e-01, -2.5000e-01,  2.0000e+02])"),
        ([0.5, 400.0], "tensor([  0.5000, 400.0000])"),
        ([0.00001, 0.00002], "tensor([1.0000e-05, 2.0000e-05])"),
        ([1.0, 1e9], "tensor([1.0000e+00, 1.0000e+09])"),
        ([2e8, 3e8], "tensor([2.0000e+08, 3.0000e+08])"),
        ([1e8, 1e7], "tensor([100000000.,  10000000.])"),
        ([1.0, NAN, -INFINITY], "tensor([1., nan, -inf])"),
        ([1.5, NAN, -INFINITY, 0.0], "tensor([1.5000,    nan,   -inf, 0.0000])"),
        ([0.0, -0.0], "tensor([0., -0.])"),
        ([1, -20, 300], "tensor([  1, -20, 300])"),
        ([True, False], "tensor([ True, False])"),
        ([[1, 2], [3, 4]], "tensor([[1, 2],\n        [3, 4]])"),
        (
            [[[1, 2]], [[3, 4]]],
            "tensor([[[1, 2]],\n\n        [[3, 4]]])",
        ),
    ],
    ids=repr,
)
def test_numbers(values: Any, text: str) -> None:
    assert repr(tensor(values)) == text


def test_long_rows_are_broken_into_lines() -> None:
    assert repr(plugtorch.arange(30)) == (
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "        18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29])"
    )


def test_large_tensors_show_their_ends() -> None:
    assert repr(plugtorch.arange(2000)) == "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"
    assert repr(plugtorch.zeros(500, 7)) == (
        "tensor([[0., 0., 0.,  ..., 0., 0., 0.],\n"
        "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
        "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
        "        ...,\n"
        "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
        "        [0., 0., 0.,  ..., 0., 0., 0.],\n"
        "        [0., 0., 0.,  ..., 0., 0., 0.]])"
    )


def test_the_width_is_that_of_the_numbers_shown() -> None:
    x = plugtorch.zeros(2000)
    x[1000] = 1234.5
    assert repr(x) == "tensor([0., 0., 0.,  ..., 0., 0., 0.])"


def test_dtypes_that_the_numbers_do_not_tell() -> None:
    assert repr(tensor([1.0], dtype=plugtorch.float64)) == "tensor([1.], dtype=plugtorch.float64)"
    assert repr(tensor([0.1], dtype=plugtorch.bfloat16)) == (
        "tensor([0.1001], dtype=plugtorch.bfloat16)"
    )
    assert (
        repr(tensor([0.1], dtype=plugtorch.float16)) == "tensor([0.1000], dtype=plugtorch.float16)"
    )
    assert repr(tensor(7, dtype=plugtorch.uint8)) == "tensor(7, dtype=plugtorch.uint8)"
    plugtorch.set_default_dtype(plugtorch.float64)
    assert repr(tensor([1.0])) == "tensor([1.])"
    assert repr(tensor([1.0], dtype=plugtorch.float32)) == "tensor([1.], dtype=plugtorch.float32)"


def test_empty_tensors_tell_size_and_dtype() -> None:
    assert repr(plugtorch.zeros(0, 3)) == "tensor([], size=(0, 3))"
    assert repr(plugtorch.zeros(2, 0, dtype=plugtorch.int64)) == (
        "tensor([], size=(2, 0), dtype=plugtorch.int64)"
    )


def test_tensors_that_take_part_in_gradients() -> None:
    x = tensor([1.0, 2.0], requires_grad=True)
    assert repr(x) == "tensor([1., 2.], requires_grad=True)"
    y = x * 2
    assert repr(y) == f"tensor([2., 4.], grad_fn=<{y.grad_fn.name()}>)"
    assert repr(y.detach()) == "tensor([2., 4.])"


def test_facts_that_do_not_fit_go_on_a_new_line() -> None:
    x = plugtorch.zeros(11, dtype=plugtorch.float64, requires_grad=True)
    assert repr(x) == (
        "tensor([0., 0., 0., 0., 0., 0., 0., 0., 0., 0., 0.], dtype=plugtorch.float64,\n"
        "       requires_grad=True)"
    )
    set_printoptions(linewidth=46)
    assert repr(x[:3].detach()) == "tensor([0., 0., 0.], dtype=plugtorch.float64)"
    set_printoptions(linewidth=45)
    assert repr(x[:3].detach()) == "tensor([0., 0., 0.],\n       dtype=plugtorch.float64)"


def test_a_subclass_gives_its_name() -> None:
    class Image(plugtorch.Tensor):
        pass

    assert repr(Image([[1.0, 1.0]])) == "Image([[1., 1.]])"


def test_options() -> None:
    x = tensor([0.123456, 12.0])
    set_printoptions(precision=2)
    assert repr(x) == "tensor([ 0.12, 12.00])"
    set_printoptions(sci_mode=True)
    assert repr(x) == "tensor([1.23e-01, 1.20e+01])"
    set_printoptions(sci_mode=False)
    assert repr(tensor([1e-8, 1.0])) == "tensor([0.00, 1.00])"
    set_printoptions(threshold=4, edgeitems=1)  # and sci_mode is forgotten
    assert repr(plugtorch.arange(5)) == "tensor([0,  ..., 4])"
    set_printoptions(profile="default", linewidth=20)
    assert repr(plugtorch.arange(6)) == "tensor([0, 1, 2, 3,\n        4, 5])"
    set_printoptions(profile="full")
    assert "..." not in repr(plugtorch.zeros(1001))
    set_printoptions(profile="short")
    assert repr(plugtorch.zeros(1001) + 0.5) == "tensor([0.50, 0.50,  ..., 0.50, 0.50])"


@pytest.mark.parametrize("options", [{"profile": "long"}, {"precision": -1}, {"edgeitems": -3}])
def test_bad_options_change_nothing(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="set_printoptions"):
        set_printoptions(linewidth=10, **options)
    assert repr(plugtorch.arange(6)) == "tensor([0, 1, 2, 3, 4, 5])"


def test_a_number_formats_as_a_number() -> None:
    loss = tensor(0.125, requires_grad=True)
    assert f"{loss}" == "0.125"
    assert f"{loss:.2f}" == "0.12"
    assert f"{plugtorch.ones(2)}" == "tensor([1., 1.])"
    with pytest.raises(TypeError):
        f"{plugtorch.ones(2):.2f}"
