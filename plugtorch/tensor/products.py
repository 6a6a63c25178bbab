"""Products of vectors and matrices, each also a method. Names and meaning are PyTorch's."""

from __future__ import annotations

from typing import Any

from plugtorch.autocasting import AS_IT_IS, LOWER, WIDEST, autocasts
from plugtorch.errors import ShapeError
from plugtorch.ops import elementwise, movement, reduction
from plugtorch.ops import matmul as ops
from plugtorch.primitive import as_number, not_a_tensor, same_type
from plugtorch.storage import TensorBase
from plugtorch.tensor.arithmetic import add
from plugtorch.tensor.axes import shape_of

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "baddbmm",
    "bmm",
    "dot",
    "ger",
    "matmul",
    "mm",
    "mv",
    "outer",
    "spmm",
    "vdot",
]


@autocasts(LOWER)
def matmul(input: Any, other: Any) -> Any:
    """The matrix product; a vector is a row on the left, a column on the right; leading axes
    broadcast.

    input (..., n, k), other (..., k, m): result (..., n, m).
    Raises ShapeError where the inner sizes differ, DTypeError where dtypes do.

    >>> import plugtorch
    >>> plugtorch.ones(2, 3) @ plugtorch.ones(3)
    tensor([3., 3.])

    Source: torch.matmul.
    """
    if not isinstance(input, TensorBase) or not isinstance(other, TensorBase):
        return _sparse("matmul", input, other)
    if input.dtype is not other.dtype:
        same_type(input, other, "matmul")
    x, y = shape_of(input), shape_of(other)
    if len(x) == 2 and len(y) == 2:
        return ops.matmul(input, other)
    if not x or not y:
        raise ShapeError(
            f"[matmul] needs at least 1 axis on both sides, got {x} and {y}. Use * with a 0-d "
            "tensor."
        )
    if len(x) == 1:
        if len(y) == 1:
            return dot(input, other)
        product = matmul(movement.reshape(input, shape=(1, *x)), other)
        return product.squeeze(-2)
    if len(y) == 1:
        product = matmul(input, movement.reshape(other, shape=(*y, 1)))
        return product.squeeze(-1)
    if len(y) == 2:
        # one large product is faster than many small ones
        if x[-1] != y[0]:
            ops.product_shape(x, y)
        rows = 1
        for size in x[:-1]:
            rows *= size
        stacked: Any = input
        return ops.matmul(stacked.reshape(rows, x[-1]), other).reshape(*x[:-1], y[1])
    return ops.matmul(input, other)


def _sparse(name: str, input: Any, other: Any) -> Any:
    """The product where one is a sparse tensor, which knows by itself how."""
    for operand in (input, other):
        if getattr(operand, "is_sparse", False):
            return operand @ other if operand is input else operand.__rmatmul__(input)
    raise not_a_tensor(name, other if isinstance(input, TensorBase) else input)


@autocasts(cpu=AS_IT_IS, elsewhere=WIDEST)
def dot(input: Any, other: Any) -> Any:
    """The sum of products of two vectors. Source: torch.dot."""
    x, y = shape_of(input), shape_of(other)
    if len(x) != 1 or len(y) != 1 or x != y:
        raise ShapeError(f"[dot] needs two vectors of one length, got {x} and {y}.")
    same_type(input, other, "dot")
    row = movement.reshape(input, shape=(1, *x))
    return movement.reshape(ops.matmul(row, movement.reshape(other, shape=(*y, 1))), shape=())


def _exact(name: str, input: Any, other: Any, left: int, right: int) -> None:
    x, y = shape_of(input), shape_of(other)
    if len(x) != left or len(y) != right:
        raise ShapeError(
            f"[{name}] needs {left} and {right} axes, got {x} and {y}. matmul takes any."
        )
    same_type(input, other, name)


@autocasts(LOWER)
def mm(input: Any, mat2: Any) -> Any:
    """The product of two matrices, of which one may be sparse. Source: torch.mm."""
    if not isinstance(input, TensorBase) or not isinstance(mat2, TensorBase):
        return _sparse("mm", input, mat2)
    _exact("mm", input, mat2, 2, 2)
    return ops.matmul(input, mat2)


@autocasts(cpu=AS_IT_IS, elsewhere=LOWER)
def mv(input: Any, vec: Any) -> Any:
    """The product of a matrix, which may be sparse, and a vector. Source: torch.mv."""
    if not isinstance(input, TensorBase):
        return _sparse("mv", input, vec)
    _exact("mv", input, vec, 2, 1)
    return matmul(input, vec)


@autocasts(LOWER)
def bmm(input: Any, mat2: Any) -> Any:
    """Products of two stacks of matrices. Source: torch.bmm."""
    _exact("bmm", input, mat2, 3, 3)
    if shape_of(input)[0] != shape_of(mat2)[0]:
        raise ShapeError(
            f"[bmm] stacks of {shape_of(input)[0]} and {shape_of(mat2)[0]} matrices do not pair."
        )
    return ops.matmul(input, mat2)


def outer(input: Any, vec2: Any) -> Any:
    """Every product of an element of one vector with one of another. Source: torch.outer."""
    x, y = shape_of(input), shape_of(vec2)
    if len(x) != 1 or len(y) != 1:
        raise ShapeError(f"[outer] needs two vectors, got {x} and {y}.")
    return elementwise.multiply.apply(movement.reshape(input, shape=(*x, 1)), vec2)


def added(name: str, input: Any, product: Any, beta: Any, alpha: Any) -> Any:
    """beta input + alpha product."""
    same_type(input, product, name)
    if not product.dtype.is_floating_point:
        alpha, beta = as_number(alpha, product.dtype), as_number(beta, product.dtype)
    product = add(0, product, alpha=alpha) if alpha != 1 else product
    if beta == 0:  # PyTorch: what input holds, NaN too, is then ignored
        return product
    return elementwise.add.apply(input if beta == 1 else add(0, input, alpha=beta), product)


@autocasts(LOWER)
def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha mat1 mat2. Source: torch.addmm."""
    return added("addmm", input, mm(mat1, mat2), beta, alpha)


@autocasts(cpu=AS_IT_IS, elsewhere=LOWER)
def addmv(input: Any, mat: Any, vec: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha mat vec. Source: torch.addmv."""
    return added("addmv", input, mv(mat, vec), beta, alpha)


@autocasts(LOWER)
def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha times the sum of the products of two stacks. Source: torch.addbmm."""
    return added(
        "addbmm", input, reduction.sum(bmm(batch1, batch2), axes=(0,), keep=False), beta, alpha
    )


@autocasts(LOWER)
def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """beta input + alpha times the products of two stacks. Source: torch.baddbmm."""
    return added("baddbmm", input, bmm(batch1, batch2), beta, alpha)


ger, vdot, spmm = outer, dot, mm
