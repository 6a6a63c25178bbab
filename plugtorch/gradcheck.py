"""Derivatives against differences: PyTorch's torch.autograd.gradcheck."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from plugtorch.autograd import grad
from plugtorch.dtypes import float64
from plugtorch.errors import ArgumentError, AutogradError
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import zeros_like
from plugtorch.tensor.joining import stack
from plugtorch.tensor.random import rand_like

__all__ = ["gradcheck", "gradgradcheck"]


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    **_: Any,
) -> bool:
    """Whether the gradients of a function are (f(x + eps) - f(x - eps)) / (2 eps), element by
    element.

    func: of the inputs, to a tensor or several. inputs: a tensor or a tuple; those that require a
    gradient are checked, and should be float64. eps: the step. atol, rtol: by how much gradients
    may differ. raise_exception: False to return False where they do. nondet_tol: by how much
    gradients may differ between two calls. PyTorch's other options have no effect.

    Raises AutogradError for a wrong gradient, ArgumentError if no input requires one.

    >>> import plugtorch
    >>> x = plugtorch.randn(3, dtype=plugtorch.float64, requires_grad=True)
    >>> plugtorch.autograd.gradcheck(plugtorch.sin, (x,))
    True

    Source: torch.autograd.gradcheck.
    """
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [i for i, x in enumerate(given) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ArgumentError("[gradcheck] no input requires a gradient. Use requires_grad_().")
    if any(given[i].dtype is not float64 for i in checked):
        warnings.warn("[gradcheck] of less than float64 differences tell little.", stacklevel=2)
    try:
        for place, output in enumerate(_outputs(func(*given))):
            _check(func, given, checked, place, output, eps, (atol, rtol), nondet_tol)
    except AutogradError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any], inputs: Any, grad_outputs: Any = None, **options: Any
) -> bool:
    """``gradcheck`` of the gradients, for second derivatives. grad_outputs: what they start from,
    random without. Source: torch.autograd.gradgradcheck.
    """
    given = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    if grad_outputs is None:
        starts = [rand_like(y).requires_grad_() for y in _outputs(func(*given))]
    else:
        starts = list(_outputs(grad_outputs))

    def gradients(*everything: Any) -> Any:
        own, seeds = everything[: len(given)], everything[len(given) :]
        leaves = [x for x in own if isinstance(x, Tensor) and x.requires_grad]
        outputs = _outputs(func(*own))
        found = grad(outputs, leaves, list(seeds), create_graph=True, allow_unused=True)
        return [slope for slope in found if slope is not None and slope.requires_grad]

    return gradcheck(gradients, (*given, *starts), **options)


def _outputs(value: Any) -> list[Tensor]:
    """Those that a gradient can come from."""
    listed = [value] if isinstance(value, Tensor) else list(value)
    return [y for y in listed if y.dtype.is_floating_point]


def _check(
    func: Callable[..., Any],
    given: tuple[Any, ...],
    checked: list[int],
    place: int,
    output: Tensor,
    eps: float,
    slack: tuple[float, float],
    nondet_tol: float,
) -> None:
    leaves = [given[i] for i in checked]
    rows = [_rows(output, leaves), _rows(output, leaves)]
    for i, found, again in zip(checked, *rows):
        if not bool(((found - again).abs() <= nondet_tol).all()):
            raise AutogradError(f"[gradcheck] gradient {i} of output {place} differs each time.")
        if not given[i].numel():
            continue
        expected = _differences(func, given, i, place, eps)
        if not found.allclose(expected, atol=slack[0], rtol=slack[1]):
            raise AutogradError(
                f"[gradcheck] the gradient of output {place} by input {i} is wrong: each row of\n"
                f"{found}\nis that of an element of the input, where differences give\n{expected}."
            )


def _rows(output: Tensor, leaves: list[Tensor]) -> list[Tensor]:
    """By each leaf the gradients of all elements of the output, an element of the leaf each row."""
    columns: list[list[Tensor]] = [[] for _ in leaves]
    for element in output.reshape(-1).unbind() if output.requires_grad else ():
        found = grad(element, leaves, retain_graph=True, allow_unused=True)
        for column, leaf, slope in zip(columns, leaves, found):
            column.append((zeros_like(leaf) if slope is None else slope.detach()).reshape(-1))
    flat = [leaf.detach().reshape(-1, 1) * output.new_zeros(output.numel()) for leaf in leaves]
    return [stack(c, -1) if c else empty for c, empty in zip(columns, flat)]


def _differences(
    func: Callable[..., Any], given: tuple[Any, ...], i: int, place: int, eps: float
) -> Tensor:
    x, rows = given[i].detach(), []
    for k in range(x.numel()):
        ends = []
        for step in (eps, -eps):
            moved = x.clone()
            moved.reshape(-1)[k] += step
            moved.requires_grad_()
            arguments = (*given[:i], moved, *given[i + 1 :])
            ends.append(_outputs(func(*arguments))[place].detach().reshape(-1))
        rows.append((ends[0] - ends[1]) / (2 * eps))
    return stack(rows)
