"""autograd.Function: operations with a backward of one's own."""

from __future__ import annotations

from typing import Any

import pytest

import plugtorch
from plugtorch.autograd import Function
from plugtorch.errors import AutogradError, ShapeError


def leaf(*values: float) -> plugtorch.Tensor:
    return plugtorch.tensor(values, requires_grad=True)


class Cube(Function):
    """x^3, from the saved input."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        assert not plugtorch.is_grad_enabled()
        ctx.save_for_backward(x)
        return x * x * x

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (x,) = ctx.saved_tensors
        return gradient * 3 * x * x


class Exp(Function):
    """e^x, from the saved output."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        result = x.exp()
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        (result,) = ctx.saved_tensors
        return gradient * result


class Scale(Function):
    """x times a number that is no tensor."""

    @staticmethod
    def forward(ctx: Any, x: Any, factor: float, *, shift: float = 0.0) -> Any:
        ctx.factor = factor
        return x * factor + shift

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        return gradient * ctx.factor, None


class Split(Function):
    """Two outputs, and one that has no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        places = x.argsort()
        ctx.mark_non_differentiable(places)
        return x * 2, x * 3, places

    @staticmethod
    def backward(ctx: Any, double: Any, triple: Any, places: Any) -> Any:
        ctx.seen = (double, triple)
        return double * 2 + triple * 3


class AddInto(Function):
    """x += y, in place."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        x.add_(y)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx: Any, gradient: Any) -> Any:
        assert ctx.needs_input_grad == (True, True)
        return gradient, gradient


# ---- values and gradients ------------------------------------------------------------------------


@pytest.mark.parametrize(("function", "order"), [(Cube, [12.0, 12.0, 6.0]), (Exp, [7.389056] * 3)])
def test_derivatives_of_every_order(function: type[Function], order: list[float]) -> None:
    x = leaf(2.0)
    y = function.apply(x)
    for expected in order:
        (y,) = plugtorch.autograd.grad(y, x, create_graph=True)
        assert y.tolist() == pytest.approx([expected])


def test_it_is_one_node_among_others() -> None:
    x = leaf(1.0, 2.0)
    y = Cube.apply(x * 2)
    assert "CubeBackward" in repr(y.grad_fn)
    (Exp.apply(y * 0.01) * x).sum().backward()
    numbers = [1.0, 2.0]
    expected = []
    for v in numbers:
        e = 2.718281828459045 ** (0.08 * v**3)
        expected.append(e + v * e * 0.24 * v * v)
    assert x.grad.tolist() == pytest.approx(expected, rel=1e-5)


def test_arguments_that_are_no_tensors() -> None:
    x = leaf(1.0, 2.0)
    y = Scale.apply(x, 5.0, shift=1.0)
    assert y.tolist() == [6.0, 11.0]
    y.sum().backward()
    assert x.grad.tolist() == [5.0, 5.0]


def test_several_outputs() -> None:
    x = leaf(3.0, 1.0)
    double, triple, places = Split.apply(x)
    assert places.tolist() == [1, 0]
    assert not places.requires_grad
    (double + triple * 10).sum().backward()
    assert x.grad.tolist() == [32.0, 32.0]


def test_an_output_that_nobody_used_gets_zeros() -> None:
    x = leaf(3.0, 1.0)
    _, triple, _ = Split.apply(x)
    triple.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_or_none_if_it_asks_for_that() -> None:
    class Bare(Split):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.set_materialize_grads(False)
            return Split.forward(ctx, x)

        @staticmethod
        def backward(ctx: Any, double: Any, triple: Any, places: Any) -> Any:
            assert double is None
            assert places is None
            return triple * 3

    x = leaf(3.0, 1.0)
    Bare.apply(x)[1].sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_needs_input_grad() -> None:
    class Product(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            ctx.save_for_backward(x, y)
            return x * y

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            x, _ = ctx.saved_tensors
            assert ctx.needs_input_grad == (False, True)
            return None, gradient * x

    y = leaf(3.0)
    Product.apply(plugtorch.tensor([2.0]), y).backward()
    assert y.grad.tolist() == [2.0]


def test_setup_context() -> None:
    class Square(Function):
        @staticmethod
        def forward(x: Any, scale: float) -> Any:
            return x * x * scale

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.scale = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            (x,) = ctx.saved_tensors
            return gradient * 2 * x * ctx.scale, None

    x = leaf(3.0)
    Square.apply(x, 10.0).backward()
    assert x.grad.tolist() == [60.0]


def test_what_it_saved_is_what_it_was() -> None:
    x = leaf(2.0)
    middle = x * 1
    y = Cube.apply(middle)
    z = Exp.apply(middle)
    total = (y + z).sum()
    middle.fill_(50)
    y.fill_(0)
    z.fill_(0)
    total.backward()
    assert x.grad.tolist() == pytest.approx([12 + 7.389056])


def test_none_for_an_input_means_no_gradient() -> None:
    class Stop(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return None

    x = leaf(2.0)
    (Stop.apply(x) + x).backward()
    assert x.grad.tolist() == [1.0]


# ---- without a graph -----------------------------------------------------------------------------


def test_nothing_is_recorded_without_need() -> None:
    assert not Cube.apply(plugtorch.ones(2)).requires_grad
    with plugtorch.no_grad():
        assert not Cube.apply(leaf(1.0)).requires_grad


def test_returning_the_input_itself() -> None:
    class Same(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return -gradient  # a gradient reversal layer

    x = leaf(1.0, 2.0)
    y = Same.apply(x)
    y.sum().backward()
    assert x.grad.tolist() == [-1.0, -1.0]
    assert x.is_leaf
    assert y is not x


def test_returning_a_view_of_the_input() -> None:
    class Flat(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            ctx.shape = x.shape
            return x.view(-1)

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return gradient.reshape(ctx.shape)

    x = plugtorch.ones(2, 2, requires_grad=True)
    (Flat.apply(x) * plugtorch.arange(4.0)).sum().backward()
    assert x.grad.tolist() == [[0.0, 1.0], [2.0, 3.0]]


# ---- in place ------------------------------------------------------------------------------------


def test_mark_dirty() -> None:
    x, y = leaf(1.0, 2.0), leaf(10.0, 20.0)
    middle = x * 2
    result = AddInto.apply(middle, y)
    assert result is middle
    assert middle.tolist() == [12.0, 24.0]
    (middle * middle).sum().backward()
    assert x.grad.tolist() == [48.0, 96.0]
    assert y.grad.tolist() == [24.0, 48.0]


def test_a_leaf_cannot_be_dirty() -> None:
    x = leaf(1.0)
    with pytest.raises(AutogradError, match="leaf"):
        AddInto.apply(x, leaf(1.0))


# ---- mistakes ------------------------------------------------------------------------------------


def test_backward_must_answer_for_each_argument() -> None:
    class Forgets(Cube):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return gradient

    x = leaf(1.0)
    with pytest.raises(AutogradError, match=r"\[Forgets\] backward returned 1 gradients for 2"):
        Forgets.apply(x, x).backward()


def test_a_gradient_of_the_wrong_shape_is_refused() -> None:
    class Wrong(Cube):
        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return plugtorch.ones(3)

    x = leaf(1.0, 2.0)
    with pytest.raises(ShapeError, match=r"\[Wrong\].*\(3,\).*\(2,\)"):
        Wrong.apply(x).sum().backward()


def test_a_gradient_that_was_broadcast_is_summed() -> None:
    class Wide(Function):
        @staticmethod
        def forward(ctx: Any, x: Any, y: Any) -> Any:
            return x + y

        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return gradient, gradient

    x, y = leaf(1.0), leaf(1.0, 2.0, 3.0)
    Wide.apply(x, y).sum().backward()
    assert x.grad.tolist() == [3.0]
    assert y.grad.tolist() == [1.0, 1.0, 1.0]


def test_a_gradient_that_is_no_tensor_is_refused() -> None:
    class Number(Cube):
        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            return 3.0

    with pytest.raises(AutogradError, match=r"\[Number\].*float"):
        Number.apply(leaf(1.0)).backward()


def test_forward_or_backward_forgotten() -> None:
    class Nothing(Function):
        pass

    class HalfDone(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

    with pytest.raises(NotImplementedError, match="forward"):
        Nothing.apply(leaf(1.0))
    with pytest.raises(NotImplementedError, match="backward"):
        HalfDone.apply(leaf(1.0)).backward()


def test_backward_twice() -> None:
    x = leaf(2.0)
    y = Cube.apply(x)
    y.backward(retain_graph=True)
    y.backward()
    assert x.grad.tolist() == [24.0]
    with pytest.raises(AutogradError, match="retain_graph"):
        y.backward()


def test_the_mode_comes_back_when_forward_fails() -> None:
    class Fails(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            raise KeyError

    with pytest.raises(KeyError):
        Fails.apply(leaf(1.0))
    assert plugtorch.is_grad_enabled()


def test_without_create_graph_backward_is_not_recorded() -> None:
    seen = []

    class Watch(Cube):
        @staticmethod
        def backward(ctx: Any, gradient: Any) -> Any:
            seen.append(plugtorch.is_grad_enabled())
            return Cube.backward(ctx, gradient)

    x = leaf(2.0)
    Watch.apply(x).backward()
    plugtorch.autograd.grad(Watch.apply(x), x, create_graph=True)
    assert seen == [False, True]
