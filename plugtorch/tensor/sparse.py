"""Matrices and tensors that are mostly zeros: coordinates and values.

A sparse tensor is no ``Tensor``. It is two of them, the places of its values and the values, and
every operation on it is made of operations on those; gradients come with them.

Long because the class has the names of a tensor, three lines each.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

from plugtorch import dtypes
from plugtorch.dtypes import bool_, int64
from plugtorch.errors import ArgumentError, AutogradError, DTypeError, ShapeError, StateError
from plugtorch.ops import indexing
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import Size, one_axis, shape_of
from plugtorch.tensor.creation import tensor
from plugtorch.tensor.joining import cat
from plugtorch.tensor.memory import sparse_coo
from plugtorch.tensor.ordering import unique
from plugtorch.tensor.printing import format_part

__all__ = ["SparseTensor"]


class SparseTensor:
    """Coordinates and values. Made by ``sparse_coo_tensor`` and ``Tensor.to_sparse``.

    It has shape, dtype, device and gradients; products with dense matrices, sums, transposition,
    arithmetic with numbers. What else a tensor can do, ``to_dense()`` can.

    Source: torch.Tensor with layout torch.sparse_coo.
    """

    __array_priority__ = 1000  # so that array * sparse comes here
    layout = sparse_coo
    is_sparse = True

    def __init__(self, indices: Any, values: Any, size: Any, coalesced: bool = False) -> None:
        self._places = indices
        self._numbers = values
        self.shape = Size(size)
        self._coalesced = coalesced or indices.shape[1] < 2

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"[{name}] is nothing that sparse tensors have. Use to_dense() first, or work with "
            "indices() and values()."
        )

    # -- what it is --------------------------------------------------------------------------------

    @property
    def dtype(self) -> Any:
        """That of the values."""
        return self._numbers.dtype

    @property
    def device(self) -> Any:
        """Where it lives."""
        return self._numbers.device

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def dim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or one size of it."""
        return self.shape if dim is None else self.shape[dim]

    def __len__(self) -> int:
        if not self.shape:
            raise DTypeError("[len] a 0-d tensor has no length.")
        return self.shape[0]

    def numel(self) -> int:
        """The number of elements, zeros included."""
        return self.shape.numel()

    def sparse_dim(self) -> int:
        """How many axes the coordinates have."""
        return int(self._places.shape[0])

    def dense_dim(self) -> int:
        """How many axes each value has."""
        return int(self._numbers.ndim - 1)

    def _nnz(self) -> int:
        return int(self._places.shape[1])

    def _indices(self) -> Any:
        return self._places

    def _values(self) -> Any:
        return self._numbers

    def is_coalesced(self) -> bool:
        """Whether each place comes once, in order."""
        return self._coalesced

    def indices(self) -> Any:
        """The coordinates, (sparse_dim, count). Raises StateError before ``coalesce()``."""
        return self._certainly("indices")._places

    def values(self) -> Any:
        """The values, (count, ...). Raises StateError before ``coalesce()``."""
        return self._certainly("values")._numbers

    def _certainly(self, name: str) -> SparseTensor:
        if not self._coalesced:
            raise StateError(f"[{name}] places may come more than once. Call coalesce() first.")
        return self

    # -- gradients ---------------------------------------------------------------------------------

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to the values."""
        return self._numbers.requires_grad

    def requires_grad_(self, requires_grad: bool = True) -> SparseTensor:
        """Say whether the values get gradients."""
        self._numbers.requires_grad_(requires_grad)
        return self

    @property
    def is_leaf(self) -> bool:
        """Whether the values were made by the user."""
        return self._numbers.is_leaf

    @property
    def grad_fn(self) -> Any:
        """What made the values."""
        return self._numbers.grad_fn

    @property
    def grad(self) -> SparseTensor | None:
        """The gradient of the values, at the same places."""
        found = self._numbers.grad
        return None if found is None else self._with(found)

    def detach(self) -> SparseTensor:
        """The same without gradients."""
        return self._with(self._numbers.detach())

    def backward(self, *args: Any, **kwargs: Any) -> None:
        """Not from a sparse tensor. Raises AutogradError."""
        raise AutogradError("[backward] begins at a number: use sum() or to_dense() first.")

    # -- to others ---------------------------------------------------------------------------------

    def coalesce(self) -> SparseTensor:
        """The values of equal places added up, and places in order."""
        if self._coalesced:
            return self
        sizes = self.shape[: self.sparse_dim()]
        flat, where = unique(_flattened(self._places, sizes), return_inverse=True)
        numbers = self._numbers
        if numbers.dtype is bool_:
            summed = _scattered(numbers.to(int64), where, flat.shape[0]) > 0
        else:
            summed = _scattered(numbers, where, flat.shape[0])
        rows = []
        for size in reversed(sizes):
            rows.append(flat % max(size, 1))
            flat = flat // max(size, 1)
        places = cat([row.unsqueeze(0) for row in reversed(rows)]) if rows else self._places[:, :1]
        return SparseTensor(places, summed, self.shape, True)

    def to_dense(self, dtype: Any = None, **_: Any) -> Any:
        """An ordinary tensor."""
        sizes = self.shape[: self.sparse_dim()]
        numbers = self._numbers
        whole = numbers.dtype is bool_
        flat = _scattered(
            numbers.to(int64) if whole else numbers,
            _flattened(self._places, sizes),
            math.prod(sizes),
        )
        dense = (flat > 0 if whole else flat).reshape(self.shape)
        return dense if dtype is None else dense.to(dtype)

    def to_sparse(self, sparse_dim: int | None = None, **_: Any) -> SparseTensor:
        """Itself."""
        return self

    def to(self, *args: Any, **kwargs: Any) -> SparseTensor:
        """In another dtype, on another device, or both."""
        numbers = self._numbers.to(*args, **kwargs)
        return SparseTensor(self._places.to(numbers.device), numbers, self.shape, self._coalesced)

    def item(self) -> Any:
        """The only element, as a Python number."""
        return self.to_dense().item()

    def __float__(self) -> Any:
        return self.to_dense().__float__()

    def cpu(self) -> SparseTensor:
        """On the CPU."""
        return self.to("cpu")

    def float(self) -> SparseTensor:
        """In float32."""
        return self.to(dtypes.float32)

    def double(self) -> SparseTensor:
        """In float64."""
        return self.to(dtypes.float64)

    def clone(self) -> SparseTensor:
        """The same in memory of its own."""
        return SparseTensor(
            self._places.clone(), self._numbers.clone(), self.shape, self._coalesced
        )

    def _with(self, numbers: Any) -> SparseTensor:
        return SparseTensor(self._places, numbers, self.shape, self._coalesced)

    # -- axes --------------------------------------------------------------------------------------

    def transpose(self, dim0: int, dim1: int) -> SparseTensor:
        """Two of the coordinates' axes exchanged."""
        a, b = [one_axis("transpose", d, self.ndim) for d in (dim0, dim1)]
        if a == b:
            return self
        if max(a, b) >= self.sparse_dim():
            raise ArgumentError("[transpose] exchanges only axes of the coordinates.")
        order, sizes = list(range(self.sparse_dim())), list(self.shape)
        order[a], order[b] = order[b], order[a]
        sizes[a], sizes[b] = sizes[b], sizes[a]
        places = self._places[tensor(order, device=self.device)]
        return SparseTensor(places, self._numbers, sizes)

    def t(self) -> SparseTensor:
        """A matrix's rows as its columns."""
        if self.ndim > 2:
            raise ShapeError(f"[t] needs a matrix, got shape {tuple(self.shape)}.")
        return self.transpose(0, 1) if self.ndim == 2 else self

    @property
    def T(self) -> SparseTensor:
        """A matrix's rows as its columns."""
        return self.t()

    def sum(self, dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
        """The sum of all elements, as a dense number; or over axes, sparse unless no coordinate is
        left.
        """
        made = self if dtype is None else self.to(dtype)
        if dim is None:
            return made._numbers.sum()
        given = dim if isinstance(dim, (tuple, list)) else (dim,)
        axes = sorted({one_axis("sum", d, self.ndim) for d in given})
        if keepdim:
            raise ArgumentError("[sum] of a sparse tensor takes no keepdim.")
        count = self.sparse_dim()
        dense = [axis - count + 1 for axis in axes if axis >= count]
        numbers = made._numbers.sum(dense) if dense else made._numbers
        kept = [axis for axis in range(count) if axis not in axes]
        if not kept:
            return numbers.sum(0)
        sizes = [size for axis, size in enumerate(self.shape) if axis not in axes]
        places = self._places[tensor(kept, device=self.device)]
        return SparseTensor(places, numbers, sizes, self._coalesced and len(kept) == count)

    # -- arithmetic --------------------------------------------------------------------------------

    def __neg__(self) -> SparseTensor:
        return self._with(-self._numbers)

    def __mul__(self, other: Any) -> SparseTensor:
        if isinstance(other, SparseTensor):
            raise ArgumentError("[mul] multiplies a sparse tensor by a number or a dense tensor.")
        if not isinstance(other, TensorBase) or not shape_of(other):
            return self._with(self._numbers * other)
        if shape_of(other) != self.shape:
            raise ShapeError(
                f"[mul] a dense tensor of shape {shape_of(other)} does not fit a sparse one of "
                f"shape {tuple(self.shape)}."
            )
        made = self.coalesce()
        there = indexing.index(other, *made._places.unbind(0), axes=tuple(range(self.sparse_dim())))
        return made._with(made._numbers * there)

    __rmul__ = __mul__
    mul = __mul__

    def __truediv__(self, other: Any) -> SparseTensor:
        if isinstance(other, SparseTensor) or (isinstance(other, TensorBase) and shape_of(other)):
            raise ArgumentError("[div] divides a sparse tensor by a number.")
        return self._with(self._numbers / other)

    div = __truediv__

    def __add__(self, other: Any) -> SparseTensor:
        if isinstance(other, TensorBase):
            raise ArgumentError("[add] a dense tensor must come first: dense + sparse.")
        if not isinstance(other, SparseTensor):
            raise DTypeError("[add] of a number would fill a sparse tensor. Use to_dense() first.")
        if other.shape != self.shape or other.sparse_dim() != self.sparse_dim():
            raise ShapeError(
                f"[add] sparse tensors of shapes {tuple(self.shape)} and {tuple(other.shape)} do "
                "not fit."
            )
        places = cat([self._places, other._places], 1)
        return SparseTensor(places, cat([self._numbers, other._numbers]), self.shape).coalesce()

    def __radd__(self, other: Any) -> Any:
        if isinstance(other, TensorBase):
            if shape_of(other) != self.shape:
                raise ShapeError(
                    f"[add] a dense tensor of shape {shape_of(other)} does not fit a sparse one of "
                    f"shape {tuple(self.shape)}."
                )
            return other + self.to_dense()
        return self + other

    def __sub__(self, other: Any) -> SparseTensor:
        return self + (-other)

    def add(self, other: Any, *, alpha: Any = 1) -> SparseTensor:
        """self + alpha other."""
        return self + (other if alpha == 1 else other * alpha)

    def __rsub__(self, other: Any) -> Any:
        return other + (-self)

    # by the name of the operation whose second operand it is; the first is dense
    reflected: ClassVar = {"add": __radd__, "subtract": __rsub__, "multiply": __rmul__}

    def __matmul__(self, other: Any) -> Any:
        return product("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return product("matmul", other, self)

    matmul = __matmul__
    mm = __matmul__
    mv = __matmul__

    def __repr__(self) -> str:
        facts = [f"size={tuple(self.shape)}", f"nnz={self._nnz()}", "layout=plugtorch.sparse_coo"]
        if self.device.type != "cpu":
            facts.insert(0, f"device='{self.device}'")
        if self.dtype not in (dtypes.get_default_dtype(), int64, bool_):
            facts.insert(-1, f"dtype={self.dtype}")
        if self.grad_fn is not None:
            facts.append(f"grad_fn=<{self.grad_fn.name()}>")
        elif self.requires_grad:
            facts.append("requires_grad=True")
        parts = [
            "indices=" + format_part(self._places).replace("\n", "\n" + " " * 15),
            "values=" + format_part(self._numbers).replace("\n", "\n" + " " * 14),
            ", ".join(facts),
        ]
        return "tensor(" + (",\n" + " " * 7).join(parts) + ")"


def _flattened(places: Any, sizes: Any) -> Any:
    """Where each place lies when the axes are one."""
    flat = places.new_zeros(places.shape[1])
    for row, size in zip(places.unbind(0), sizes):
        flat = flat * size + row
    return flat


def _scattered(numbers: Any, where: Any, count: int) -> Any:
    return numbers.new_zeros(count, *shape_of(numbers)[1:]).index_add(0, where, numbers)


def product(name: str, left: Any, right: Any) -> Any:
    """The product of a sparse matrix and a dense matrix or vector, either way round; dense.

    Raises ShapeError and DTypeError where they do not fit.
    """
    if not isinstance(left, SparseTensor):  # (A B)^T = B^T A^T
        if isinstance(left, TensorBase) and left.ndim == 1:  # type: ignore[attr-defined]
            return product(name, right.t(), left)
        if not isinstance(left, TensorBase):
            raise DTypeError(f"[{name}] needs a tensor, got {type(left).__name__}.")
        return product(name, right.t(), left.t()).t()  # type: ignore[attr-defined]
    if not isinstance(right, TensorBase):
        raise DTypeError(
            f"[{name}] multiplies a sparse matrix by a dense one, got {type(right).__name__}. Use "
            "to_dense() on one of two sparse ones."
        )
    if left.sparse_dim() != 2 or left.ndim != 2 or not 1 <= len(shape_of(right)) <= 2:
        raise ShapeError(
            f"[{name}] needs a sparse matrix and a dense matrix or vector, got shapes "
            f"{tuple(left.shape)} and {shape_of(right)}."
        )
    if left.shape[1] != shape_of(right)[0]:
        raise ShapeError(
            f"[{name}] cannot multiply {tuple(left.shape)} by {shape_of(right)}: the inner sizes "
            f"{left.shape[1]} and {shape_of(right)[0]} differ."
        )
    if left.dtype is not right.dtype:
        raise DTypeError(
            f"[{name}] dtypes differ: {left.dtype!r} and {right.dtype!r}. Convert one with .to()."
        )
    row, column = left._places.unbind(0)
    numbers, read = left._numbers, indexing.index(right, column, axes=(0,))
    if len(shape_of(right)) == 2:
        numbers = numbers.unsqueeze(1)
    return _scattered(numbers * read, row, left.shape[0])
