"""gradcheck and gradgradcheck: they pass what is right and find what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

import plugtorch
from plugtorch.autograd import Function, gradcheck, gradgradcheck
from plugtorch.errors import ArgumentError, AutogradError


def leaf(*shape: int) -> Any:
    return plugtorch.randn(shape, dtype=plugtorch.float64, requires_grad=True)


class Cube(Function):
    """slope: by how much its gradient is off; bend: by how much that of the gradient is."""

    @staticmethod
    def forward(ctx: Any, x: Any, slope: float, bend: float) -> Any:
        ctx.save_for_backward(x)
        ctx.slope, ctx.bend = slope, bend
        return x**3

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (x,) = ctx.saved_tensors
        right = 3 * x**2 * ctx.slope
        return gradient * (right * ctx.bend + (right * (1 - ctx.bend)).detach()), None, None


def test_what_is_right_passes() -> None:
    assert gradcheck(plugtorch.sin, leaf(2, 3))
    assert gradcheck(plugtorch.matmul, (leaf(2, 3), leaf(3, 2)))
    assert gradcheck(lambda x: (x.exp(), x.sum(), x.argmax()), (leaf(4),))
    assert gradcheck(lambda x, n: x * n, (leaf(2), 3.0))
    assert gradcheck(lambda x, y: x * 2, (leaf(2), leaf(3)))
    assert gradcheck(lambda x: Cube.apply(x, 1.0, 1.0), leaf(3))
    assert gradgradcheck(lambda x: Cube.apply(x, 1.0, 1.0), leaf(3))
    assert gradgradcheck(plugtorch.matmul, (leaf(2, 3), leaf(3, 2)))
    assert gradgradcheck(plugtorch.tanh, leaf(3), leaf(3))


def test_what_is_wrong_is_found() -> None:
    with pytest.raises(AutogradError, match="output 0 by input 0 is wrong"):
        gradcheck(lambda x: Cube.apply(x, 1.01, 1.0), leaf(3))
    assert not gradcheck(lambda x: Cube.apply(x, 1.01, 1.0), leaf(3), raise_exception=False)
    assert gradcheck(lambda x: Cube.apply(x, 1.01, 1.0), leaf(3), rtol=0.1)
    assert gradcheck(lambda x: Cube.apply(x, 1.0, 0.9), leaf(3))
    with pytest.raises(AutogradError, match="wrong"):
        gradgradcheck(lambda x: Cube.apply(x, 1.0, 0.9), leaf(3))
    with pytest.raises(AutogradError, match="wrong"):
        gradcheck(lambda x: x.detach() * 2, leaf(3))
    random = lambda x: Noisy.apply(x)  # noqa: E731
    with pytest.raises(AutogradError, match="each time"):
        gradcheck(random, leaf(3))


class Noisy(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 1

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        return gradient * (1 + plugtorch.rand_like(gradient))


def test_what_is_refused() -> None:
    with pytest.raises(ArgumentError, match="requires"):
        gradcheck(plugtorch.sin, plugtorch.ones(2))
    with pytest.warns(UserWarning, match="float64"):
        gradcheck(plugtorch.sin, plugtorch.ones(2, requires_grad=True), eps=1e-2, atol=1e-2)


def test_inputs_without_elements_and_inputs_that_are_not_used() -> None:
    assert gradcheck(lambda x, y: (x**2, y * 2), (leaf(3), leaf(0)))
    for other in (leaf(0), leaf(2)):
        assert gradgradcheck(lambda x, y: Cube.apply(x, 1.0, 1.0), (leaf(3), other))
        with pytest.raises(AutogradError, match="wrong"):
            gradgradcheck(lambda x, y: Cube.apply(x, 1.0, 0.9), (leaf(3), other))
