"""Norms of vectors and matrices, as torch.linalg has them. Names, arguments and meaning are
PyTorch's.
"""

from __future__ import annotations

import math
from typing import Any

from plugtorch.autocasting import FLOAT32, LOWER, autocasts
from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.ops import elementwise
from plugtorch.primitive import broadcast, not_a_tensor, same_type
from plugtorch.storage import TensorBase
from plugtorch.tensor import diagonals, reductions
from plugtorch.tensor.axes import one_axis, shape_of, some_axes
from plugtorch.tensor.contractions import cross as any_cross
from plugtorch.tensor.contractions import matrix_power as power
from plugtorch.tensor.decompositions import svdvals
from plugtorch.tensor.solving import by_lapack, inv_ex, matrices, refuse

__all__ = ["dist", "renorm"]

Axes = int | tuple[int, ...] | list[int] | None


def _number(name: str, x: Any, dtype: Any) -> Any:
    if not isinstance(x, TensorBase):
        raise not_a_tensor(f"linalg.{name}", x)
    given: Any = x
    if not given.dtype.is_floating_point:
        raise DTypeError(f"[linalg.{name}] needs a floating-point tensor, got {given.dtype!r}.")
    if dtype is None:
        return given
    if not dtype.is_floating_point or dtype.itemsize < given.dtype.itemsize:
        raise DTypeError(f"[linalg.{name}] {given.dtype!r} does not widen to {dtype!r}.")
    return given.to(dtype)


def vector_norm(
    x: Any, ord: Any = 2, dim: Axes = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """(sum |x|^ord)^(1/ord) over axes, all of them by default; the largest |x| for infinity.

    >>> import plugtorch
    >>> plugtorch.linalg.vector_norm(plugtorch.tensor([3.0, -4.0]))
    tensor(5.)

    Source: torch.linalg.vector_norm.
    """
    x = _number("vector_norm", x, dtype)
    if not isinstance(ord, (int, float)):
        raise ArgumentError(f"[linalg.vector_norm] ord must be a number, got {ord!r}.")
    shape = shape_of(x)
    if (ord < 0 or ord == math.inf) and shape:
        axes = some_axes("linalg.vector_norm", dim, len(shape))
        if not math.prod([shape[axis] for axis in axes]):
            raise ShapeError(f"[linalg.vector_norm] no element of {tuple(shape)} is the extreme.")
    return reductions.norm(x, ord, dim, keepdim)


ORDERS = ("nuc", 1, -1, 2, -2, math.inf, -math.inf)


def matrix_norm(
    A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """A norm of matrices: "fro", "nuc" (the sum of singular values), 2 and -2 (the largest and the
    smallest), 1 and -1 (of columns' sums of sizes), inf and -inf (of rows').

    Source: torch.linalg.matrix_norm.
    """
    A = _number("matrix_norm", A, dtype)
    shape = shape_of(A)
    if len(shape) < 2:
        raise ShapeError(f"[linalg.matrix_norm] needs a matrix, got shape {tuple(shape)}.")
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise ArgumentError(f"[linalg.matrix_norm] dim must be two axes, got {dim!r}.")
    rows, columns = [one_axis("linalg.matrix_norm", d, len(shape)) for d in dim]
    if rows == columns:
        raise ArgumentError(f"[linalg.matrix_norm] dim {dim} names an axis twice.")
    if ord != "fro" and ord in ORDERS and not min(shape[rows], shape[columns]):
        return A.sum((rows, columns), keepdim)  # there is nothing
    if ord == "fro":
        return reductions.norm(A, 2, (rows, columns), keepdim)
    if isinstance(ord, str) and ord != "nuc":
        raise ArgumentError(f"[linalg.matrix_norm] there is no order {ord!r}.")
    if ord == "nuc" or abs(ord) == 2:
        values = svdvals(A.movedim((rows, columns), (-2, -1)))
        result = values.sum(-1) if ord == "nuc" else values.amax(-1) if ord > 0 else values.amin(-1)
    elif abs(ord) in (1, math.inf):
        summed, left = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = elementwise.absolute.apply(A).sum(summed, True)
        result = sums.amax(left, True) if ord > 0 else sums.amin(left, True)
        return result if keepdim else result.squeeze((rows, columns))
    else:
        raise ArgumentError(f"[linalg.matrix_norm] there is no order {ord!r}.")
    for axis in sorted((rows, columns)) if keepdim else ():
        result = result.unsqueeze(axis)
    return result


def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """``vector_norm`` or, of two axes or for a name, ``matrix_norm``. Source: torch.linalg.norm."""
    axes = (dim,) if isinstance(dim, int) else dim
    if ord is None:
        return vector_norm(A, 2, axes, keepdim, dtype=dtype)
    if axes is None:
        if len(shape_of(A)) not in (1, 2):
            raise ShapeError(
                f"[linalg.norm] with an order and no dim it takes a vector or a matrix, got shape "
                f"{tuple(shape_of(A))}."
            )
        axes = tuple(range(len(shape_of(A))))
    if len(axes) not in (1, 2):
        raise ArgumentError(f"[linalg.norm] dim must be one or two axes, got {dim!r}.")
    if isinstance(ord, str) or len(axes) == 2:
        return matrix_norm(A, ord, axes, keepdim, dtype=dtype)
    return vector_norm(A, ord, axes, keepdim, dtype=dtype)


@by_lapack
def cond(A: Any, p: Any = None) -> Any:
    """The condition number: the norm of A times that of its inverse; infinite for a singular one.
    p: as the order of ``matrix_norm``; the ratio of singular values for None, 2 and -2.

    Source: torch.linalg.cond.
    """
    matrices("cond", A, p not in (None, 2, -2))
    lead = tuple(shape_of(A))[:-2]
    if not A.numel():
        return A.new_zeros(lead)
    if p in (None, 2, -2):
        values = svdvals(A)
        high, low = values.select(-1, 0), values.select(-1, -1)
        return low / high if p == -2 else high / low
    inverse, infos = inv_ex(A)
    product = matrix_norm(A, p) * matrix_norm(inverse, p)
    if isinstance(p, str) and p == "nuc":
        refuse("cond", infos, "the matrix is singular.")
    return elementwise.where.apply(infos != 0, math.inf, product)


def matrix_power(A: Any, n: int) -> Any:
    """Square matrices multiplied n times; their inverses -n times for a negative n. Source:
    torch.linalg.matrix_power.
    """
    return power(A, n)


def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The vector product along an axis of size 3. Source: torch.linalg.cross."""
    if len(shape_of(input)) != len(shape_of(other)):
        raise ShapeError(
            f"[linalg.cross] {tuple(shape_of(input))} and {tuple(shape_of(other))} must have as "
            "many axes."
        )
    for x in (input, other):
        axis = one_axis("linalg.cross", dim, len(shape_of(x)))
        if shape_of(x)[axis] != 3:
            raise ShapeError(f"[linalg.cross] axis {dim} of {tuple(shape_of(x))} must have size 3.")
    return any_cross(input, other, dim)


@autocasts(LOWER)
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sum of products along an axis; the others broadcast. Source: torch.linalg.vecdot."""
    same_type(x, y, "linalg.vecdot")
    shape = broadcast("linalg.vecdot", (shape_of(x), shape_of(y)))
    if not shape:
        raise IndexRangeError("[linalg.vecdot] needs at least 1 axis, got 0-d tensors.")
    return (x * y).sum(dim)


def vander(x: Any, *, N: int | None = None) -> Any:
    """Powers 0 to N - 1 of each element, along a new last axis. Source: torch.linalg.vander."""
    shape = shape_of(x)
    if not shape and N is None:
        raise ShapeError("[linalg.vander] needs at least 1 axis, or N, for a 0-d tensor.")
    x = x if shape else x.reshape(1)
    if N is not None and N <= 1:
        raise ArgumentError(f"[linalg.vander] N must be above 1, got {N}.")
    return diagonals.powers_of(x, shape_of(x)[-1] if N is None else N)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """As torch.diagonal, of the last two axes. Source: torch.linalg.diagonal."""
    return diagonals.diagonal(A, offset, dim1, dim2)


@autocasts(elsewhere=FLOAT32)
def dist(input: Any, other: Any, p: Any = 2) -> Any:
    """The p-norm of the difference. Source: torch.dist."""
    return reductions.norm(input - other, p)


@autocasts(elsewhere=FLOAT32)
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """input with the slices along an axis whose p-norm is above maxnorm made as short as that.

    >>> import plugtorch
    >>> plugtorch.renorm(plugtorch.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 1.0)
    tensor([[0.6000, 0.8000],
            [0.0000, 1.0000]])

    Source: torch.renorm.
    """
    if not input.dtype.is_floating_point:
        raise DTypeError(f"[renorm] needs a floating-point tensor, got {input.dtype!r}.")
    if p <= 0:
        raise ArgumentError(f"[renorm] p must be positive, got {p}.")
    if maxnorm < 0:
        raise ArgumentError(f"[renorm] maxnorm must not be negative, got {maxnorm}.")
    if input.ndim < 2:
        raise ShapeError(f"[renorm] needs at least 2 axes, got shape {tuple(input.shape)}.")
    axis = one_axis("renorm", dim, input.ndim)
    others = [a for a in range(input.ndim) if a != axis]
    length = reductions.norm(input, p, others, True)
    factor = elementwise.where.apply(length > maxnorm, maxnorm / (length + 1e-7), 1.0)
    return input * factor
