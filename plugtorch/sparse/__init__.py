"""Sparse tensors: PyTorch's torch.sparse, as far as graph networks need it."""

from __future__ import annotations

from typing import Any

from plugtorch import dtypes
from plugtorch.dtypes import dtype as DType
from plugtorch.errors import DTypeError
from plugtorch.tensor import Tensor
from plugtorch.tensor.products import added
from plugtorch.tensor.sparse import SparseTensor, product
from plugtorch.tensor.sparse_creation import sparse_coo_tensor

__all__ = ["DoubleTensor", "FloatTensor", "LongTensor", "SparseTensor", "addmm", "mm", "sum"]


def mm(mat1: SparseTensor | Tensor, mat2: SparseTensor | Tensor) -> Any:
    """The product of a sparse matrix and a dense one; dense, with gradients to both.

    Raises ShapeError and DTypeError where they do not fit.

    >>> import plugtorch
    >>> adjacency = plugtorch.sparse_coo_tensor([[0, 0, 1], [0, 1, 1]], [1.0, 2.0, 3.0])
    >>> mm(adjacency, plugtorch.ones(2, 1))
    tensor([[3.],
            [3.]])

    Source: torch.sparse.mm.
    """
    return product("sparse.mm", mat1, mat2)


def addmm(
    mat: Tensor, mat1: SparseTensor, mat2: Tensor, *, beta: float = 1.0, alpha: float = 1.0
) -> Any:
    """beta mat + alpha mat1 mat2, with mat1 sparse. Source: torch.sparse.addmm."""
    return added("sparse.addmm", mat, mm(mat1, mat2), beta, alpha)


def sum(input: SparseTensor, dim: Any = None, dtype: DType | None = None) -> Any:
    """The sum of all elements, or over axes. Source: torch.sparse.sum."""
    if not isinstance(input, SparseTensor):
        raise DTypeError(f"[sparse.sum] needs a sparse tensor, got {type(input).__name__}.")
    return input.sum(dim, dtype=dtype)


def FloatTensor(indices: Any, values: Any = None, size: Any = None) -> SparseTensor:  # noqa: N802
    """The older name of ``sparse_coo_tensor``, in float32."""
    return sparse_coo_tensor(indices, values, size, dtype=dtypes.float32)


def DoubleTensor(indices: Any, values: Any = None, size: Any = None) -> SparseTensor:  # noqa: N802
    """The older name of ``sparse_coo_tensor``, in float64."""
    return sparse_coo_tensor(indices, values, size, dtype=dtypes.float64)


def LongTensor(indices: Any, values: Any = None, size: Any = None) -> SparseTensor:  # noqa: N802
    """The older name of ``sparse_coo_tensor``, in int64."""
    return sparse_coo_tensor(indices, values, size, dtype=dtypes.int64)
