"""PyTorch's torch.autograd.functional: Jacobians, Hessians, and their products with vectors.

Here, and not in ``autograd``, because it puts tensors together, which is a layer above.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from plugtorch.autograd import enable_grad, grad
from plugtorch.errors import AutogradError, DTypeError, ShapeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import ones_like, zeros_like
from plugtorch.tensor.joining import stack

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

Function = Callable[..., Any]


def _tuple(name: str, what: str, given: Any) -> tuple[tuple[Any, ...], bool]:
    """Tensors as a tuple, and whether they were one."""
    several = isinstance(given, tuple)
    tensors = given if several else (given,)
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise DTypeError(
                f"[autograd.functional.{name}] {what} must be a tensor or a tuple of tensors, got "
                f"{type(tensor).__name__}."
            )
    return tensors, several


class _Call:
    """A function at a place: fresh inputs that need gradients, and what it gave for them."""

    def __init__(self, name: str, func: Function, inputs: Any, create_graph: bool) -> None:
        self.name, self.graph = name, create_graph
        given, self.several = _tuple(name, "inputs", inputs)
        with enable_grad():
            self.inputs = tuple(
                x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_()
                for x in given
            )
            self.outputs, self.many = _tuple(name, "the result", func(*self.inputs))

    def pull(self, output: Any, vector: Any, strict: bool, graph: bool) -> tuple[Any, ...]:
        """vector @ d output / d inputs, one for each input; zeros where it does not depend."""
        if not output.requires_grad:
            parts: tuple[Any, ...] = (None,) * len(self.inputs)
        else:
            parts = grad(output, self.inputs, vector, True, graph, allow_unused=True)
        if strict and any(part is None for part in parts):
            raise AutogradError(
                f"[autograd.functional.{self.name}] the result does not depend on an input, and "
                "strict=True wants it to."
            )
        return tuple(zeros_like(x) if part is None else part for x, part in zip(self.inputs, parts))

    def done(self, tensors: tuple[Any, ...], several: bool) -> Any:
        """Tensors as a user gets them: without a graph unless one was asked for."""
        tensors = tensors if self.graph else tuple(t.detach() for t in tensors)
        return tensors if several else tensors[0]

    def single(self) -> Any:
        """The only element that it gave."""
        if self.many or self.outputs[0].numel() != 1:
            raise AutogradError(
                f"[autograd.functional.{self.name}] needs a function whose result is one tensor "
                "with one element."
            )
        return self.outputs[0]


def _vectors(name: str, v: Any, like: tuple[Any, ...]) -> tuple[Any, ...]:
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise AutogradError(
                f"[autograd.functional.{name}] v can be left out for a single element only."
            )
        return (ones_like(like[0]),)
    vectors, _ = _tuple(name, "v", v)
    if [x.shape for x in vectors] != [x.shape for x in like]:
        raise ShapeError(
            f"[autograd.functional.{name}] v has shapes {[tuple(x.shape) for x in vectors]}, and "
            f"needs {[tuple(x.shape) for x in like]}."
        )
    return vectors


def jacobian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """d func(inputs) / d inputs: for an output and an input, their shapes one after the other.

    inputs: a tensor or a tuple; the result is a tensor, a tuple by input, by output, or a tuple of
    tuples. strict: an output that does not depend on an input is an error. vectorize and strategy
    are taken for PyTorch's sake.

    >>> import plugtorch
    >>> plugtorch.autograd.functional.jacobian(lambda x: x**2, plugtorch.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])

    Source: torch.autograd.functional.jacobian.
    """
    call = _Call("jacobian", func, inputs, create_graph)
    rows = []
    for output in call.outputs:
        flat = output.reshape(-1)
        pulled = [call.pull(element, None, strict, create_graph) for element in flat]
        blocks = []
        for i, x in enumerate(call.inputs):
            shape = (*output.shape, *x.shape)
            block = stack([parts[i] for parts in pulled]) if pulled else x.new_zeros(shape)
            blocks.append(block.reshape(shape))
        rows.append(call.done(tuple(blocks), call.several))
    return tuple(rows) if call.many else rows[0]


def vjp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), and v @ its Jacobian. v: of the outputs' shapes; 1 for a single element.

    Source: torch.autograd.functional.vjp.
    """
    call = _Call("vjp", func, inputs, create_graph)
    total: list[Any] = [zeros_like(x) for x in call.inputs]
    for output, vector in zip(call.outputs, _vectors("vjp", v, call.outputs)):
        parts = call.pull(output, vector, strict, create_graph)
        total = [before + part for before, part in zip(total, parts)]
    return call.done(call.outputs, call.many), call.done(tuple(total), call.several)


def jvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), and its Jacobian @ v, by going back twice. v: of the inputs' shapes.

    Source: torch.autograd.functional.jvp.
    """
    call = _Call("jvp", func, inputs, create_graph)
    vectors = _vectors("jvp", v, call.inputs)
    along = []
    for output in call.outputs:
        u = zeros_like(output).requires_grad_()
        pulled = call.pull(output, u, strict, graph=True)  # linear in u: its derivative is J
        product = sum(((p * x).sum() for p, x in zip(pulled, vectors)), start=(u * 0).sum())
        along.append(grad(product, u, create_graph=create_graph)[0])
    return call.done(call.outputs, call.many), call.done(tuple(along), call.many)


def hessian(
    func: Function,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a function whose result is one element.

    >>> import plugtorch
    >>> plugtorch.autograd.functional.hessian(lambda x: (x**3).sum(), plugtorch.ones(2))
    tensor([[6., 0.],
            [0., 6.]])

    Source: torch.autograd.functional.hessian.
    """
    several = isinstance(inputs, tuple)

    def slope(*xs: Any) -> Any:
        call = _Call("hessian", func, xs, create_graph=True)
        parts = call.pull(call.single(), None, strict, graph=True)
        return parts if several else parts[0]

    return jacobian(slope, inputs, create_graph, strict)


def vhp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), and v @ its Hessian. Source: torch.autograd.functional.vhp."""
    call = _Call("vhp", func, inputs, create_graph)
    output = call.single()
    vectors = _vectors("vhp", v, call.inputs)
    slope = call.pull(output, None, strict, graph=True)
    product = sum(((s * x).sum() for s, x in zip(slope, vectors)), start=output.sum() * 0)
    parts = call.pull(product, None, strict, create_graph)
    return call.done(call.outputs, False), call.done(parts, call.several)


def hvp(
    func: Function, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """func(inputs), and its Hessian @ v, which is symmetric. As torch.autograd.functional.hvp."""
    return vhp(func, inputs, v, create_graph, strict)
