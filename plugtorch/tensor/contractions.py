"""Sums of products over named axes, made of matrix products. Names, arguments and meaning are
PyTorch's.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from math import prod
from typing import Any

from plugtorch.autocasting import LOWER, WIDEST, autocasts
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.ops import elementwise, movement
from plugtorch.primitive import broadcast, same_type
from plugtorch.storage import TensorBase
from plugtorch.tensor.arithmetic import add
from plugtorch.tensor.axes import one_axis, shape_of
from plugtorch.tensor.diagonals import diagonal
from plugtorch.tensor.products import matmul, outer
from plugtorch.tensor.reductions import sum as total

__all__ = [
    "addr",
    "chain_matmul",
    "cross",
    "einsum",
    "inner",
    "kron",
    "matrix_power",
    "tensordot",
]

Labels = list[str]


def einsum(equation: str, *operands: Any) -> Any:
    """Products of tensors summed over axes, by the summation convention of Einstein.

    equation: a letter for each axis of each operand, such as "ij,jk->ik"; what the right side does
    not name is summed. Without "->" the right side has every letter that occurs once, in the order
    of the alphabet. "..." stands for further axes, which broadcast. Operands are combined from left
    to right. Raises ArgumentError for an equation that does not fit.

    >>> import plugtorch
    >>> plugtorch.einsum("ij,ij->i", plugtorch.ones(2, 3), plugtorch.ones(2, 3))
    tensor([3., 3.])

    Source: torch.einsum.
    """
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        operands = tuple(operands[0])
    inputs, output = _parsed(equation, [len(shape_of(x)) for x in operands])
    tensors = [_once(x, labels) for x, labels in zip(operands, inputs)]
    result, labels = tensors[0]
    for place, (other, other_labels) in enumerate(tensors[1:], 1):
        later = {label for _, rest in tensors[place + 1 :] for label in rest} | set(output)
        result, labels = _contracted(result, labels, other, other_labels, later)
    summed = tuple([i for i, label in enumerate(labels) if label not in output])
    if summed:
        result = total(result, summed)
    kept = [label for label in labels if label in output]
    return result.permute([kept.index(label) for label in output])


def _parsed(equation: str, ranks: list[int]) -> tuple[list[Labels], Labels]:
    """The labels of the axes of each operand, and of the result. Axes under "..." are labelled by
    digits from the end.
    """
    left, arrow, right = equation.replace(" ", "").partition("->")
    terms = left.split(",")
    if len(terms) != len(ranks):
        raise ArgumentError(
            f"[einsum] {equation!r} is for {len(terms)} operands, got {len(ranks)}."
        )
    inputs = []
    for term, rank in zip(terms, ranks):
        before, dots, after = term.partition("...")
        hidden = rank - len(before) - len(after)
        letters = before + after
        if hidden < 0 or (hidden and not dots) or not (letters.isalpha() or not letters):
            raise ArgumentError(
                f"[einsum] {term!r} in {equation!r} does not fit a tensor of {rank} axes."
            )
        inputs.append([*before, *[str(i) for i in range(hidden, 0, -1)], *after])
    used = [label for labels in inputs for label in labels]
    dotted = sorted({label for label in used if label.isdigit()}, key=int, reverse=True)
    if not arrow:
        return inputs, dotted + sorted(x for x in set(used) if x.isalpha() and used.count(x) == 1)
    before, dots, after = right.partition("...")
    output = [*before, *(dotted if dots else []), *after]
    if len(set(output)) != len(output) or not set(output) <= set(used):
        raise ArgumentError(
            f"[einsum] the right side of {equation!r} may name each label of the left side once."
        )
    return inputs, output


def _once(x: Any, labels: Labels) -> tuple[Any, Labels]:
    """x with a label that it has twice taken along the diagonal."""
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        while labels.count(label) > 1:
            first = labels.index(label)
            second = labels.index(label, first + 1)
            if shape_of(x)[first] != shape_of(x)[second]:
                raise ShapeError(
                    f"[einsum] the axes {label!r} of shape {shape_of(x)} differ in size."
                )
            x = diagonal(x, 0, first, second)
            labels = [*[n for i, n in enumerate(labels) if i not in (first, second)], label]
    return x, labels


def _contracted(
    a: Any, ours: Labels, b: Any, theirs: Labels, later: set[str]
) -> tuple[Any, Labels]:
    """Both as one tensor, summed over what they share and nobody needs later: one stack of matrix
    products.
    """
    batch = [label for label in ours if label in theirs and label in later]
    inner = [label for label in ours if label in theirs and label not in later]
    left = [label for label in ours if label not in theirs]
    right = [label for label in theirs if label not in ours]
    size = dict(zip(right, [shape_of(b)[theirs.index(label)] for label in right]))
    size.update(zip(left, [shape_of(a)[ours.index(label)] for label in left]))
    for label in batch + inner:
        pair = ((shape_of(a)[ours.index(label)],), (shape_of(b)[theirs.index(label)],))
        (size[label],) = broadcast(f"einsum: {label}", pair)

    def stacked(x: Any, labels: Labels, *groups: Labels) -> Any:
        wanted = [label for group in groups for label in group]
        x = x.permute([labels.index(label) for label in wanted])
        x = x.expand([size[label] for label in wanted])
        return x.reshape([prod([size[label] for label in group]) for group in groups])

    product = matmul(stacked(a, ours, batch, left, inner), stacked(b, theirs, batch, inner, right))
    result = batch + left + right
    return product.reshape([size[label] for label in result]), result


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """Products summed over axes: the last ``dims`` of a with the first of b, or those two lists
    name.

    Source: torch.tensordot.
    """
    if isinstance(dims, TensorBase):
        dims = dims.tolist()  # type: ignore[attr-defined]
    rank_a, rank_b = len(shape_of(a)), len(shape_of(b))
    if isinstance(dims, int):
        if not 0 <= dims <= min(rank_a, rank_b):
            raise ArgumentError(
                f"[tensordot] cannot sum over {dims} axes of {rank_a} and {rank_b}."
            )
        dims = (list(range(rank_a - dims, rank_a)), list(range(dims)))
    first = [one_axis("tensordot", d, rank_a) for d in dims[0]]
    second = [one_axis("tensordot", d, rank_b) for d in dims[1]]
    for axis_a, axis_b in zip(first, second):  # an axis of size 1 stretches: its sum is taken
        if shape_of(a)[axis_a] == 1 != shape_of(b)[axis_b]:
            b = total(b, axis_b, True)
        elif shape_of(b)[axis_b] == 1 != shape_of(a)[axis_a]:
            a = total(a, axis_a, True)
    sizes = [shape_of(a)[d] for d in first], [shape_of(b)[d] for d in second]
    if sizes[0] != sizes[1]:
        raise ShapeError(f"[tensordot] the sizes summed over differ: {sizes[0]} and {sizes[1]}.")
    same_type(a, b, "tensordot")
    rows = [d for d in range(rank_a) if d not in first]
    columns = [d for d in range(rank_b) if d not in second]
    inner = prod(sizes[0])
    shape = [shape_of(a)[d] for d in rows] + [shape_of(b)[d] for d in columns]
    x = a.permute([*rows, *first]).reshape(prod([shape_of(a)[d] for d in rows]), inner)
    y = b.permute([*second, *columns]).reshape(inner, prod([shape_of(b)[d] for d in columns]))
    return matmul(x, y).reshape(shape)


def inner(input: Any, other: Any) -> Any:
    """Sums of products along the last axes of both. Source: torch.inner."""
    if not shape_of(input) or not shape_of(other):
        return elementwise.multiply.apply(input, other)
    return tensordot(input, other, ([-1], [-1]))


def kron(input: Any, other: Any) -> Any:
    """Each element of input times the whole of other, side by side. Source: torch.kron."""
    count = max(len(shape_of(input)), len(shape_of(other)))
    a, b = [(1,) * (count - len(shape_of(x))) + shape_of(x) for x in (input, other)]
    wide_a = input.reshape([n for size in a for n in (size, 1)])
    wide_b = other.reshape([n for size in b for n in (1, size)])
    return elementwise.multiply.apply(wide_a, wide_b).reshape([m * n for m, n in zip(a, b)])


@autocasts(elsewhere=LOWER)
def addr(input: Any, vec1: Any, vec2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha times the outer product of two vectors. Source: torch.addr."""
    product = outer(vec1, vec2)
    if beta == 0:
        return add(product.new_zeros(()), product, alpha=alpha)
    return add(
        input if beta == 1 else add(input.new_zeros(()), input, alpha=beta), product, alpha=alpha
    )


@autocasts(elsewhere=WIDEST)
def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """The vector product along an axis of size 3, the first such if none is given. Source:
    torch.cross.
    """
    shape = broadcast("cross", (shape_of(input), shape_of(other)))
    if dim is None:
        if 3 not in shape:
            raise ShapeError(f"[cross] no axis of {shape} has size 3.")
        dim = shape.index(3)
    axis = one_axis("cross", dim, len(shape))
    if shape[axis] != 3:
        raise ShapeError(f"[cross] axis {dim} of {shape} must have size 3.")
    a, b = movement.expand(input, shape=shape), movement.expand(other, shape=shape)
    return a.roll(-1, axis) * b.roll(-2, axis) - a.roll(-2, axis) * b.roll(-1, axis)


def matrix_power(input: Any, n: int) -> Any:
    """A square matrix, or a stack of them, multiplied n times. Source: torch.matrix_power."""
    shape = shape_of(input)
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise ShapeError(f"[matrix_power] needs square matrices, got shape {shape}.")
    if n < 0:
        from plugtorch.tensor.solving import inv  # which needs this module

        return matrix_power(inv(input), -n)
    if n == 0:
        return input.new_ones(shape[-1]).diag().expand(shape).clone()
    result, square = None, input
    while n:
        if n % 2:
            result = square if result is None else matmul(result, square)
        n //= 2
        if n:
            square = matmul(square, square)
    return elementwise.clone.apply(result) if result is input else result


def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices, from left to right. Source: torch.chain_matmul."""
    listed: Sequence[Any] = matrices[0] if isinstance(matrices[0], (tuple, list)) else matrices
    return functools.reduce(matmul, listed)
