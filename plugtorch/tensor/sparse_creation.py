"""Making sparse tensors."""

from __future__ import annotations

from typing import Any

from plugtorch.dtypes import int64
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.ops import indexing
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import shape_of
from plugtorch.tensor.creation import tensor, zeros
from plugtorch.tensor.places import nonzero
from plugtorch.tensor.sparse import SparseTensor

__all__ = ["sparse_coo_tensor", "to_sparse"]


def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
    is_coalesced: bool | None = None,
    **_: Any,
) -> SparseTensor:
    """A tensor that has the given values at the given places, and zeros elsewhere.

    indices: (D, count), whole numbers; values: (count, ...), of which those of equal places are
    added up. size: of D axes and those of each value, None for as large as need be. Called with a
    size only, it has no values. requires_grad: begin a graph at the values.

    Raises ShapeError where shapes do not fit, ArgumentError for places outside the size.

    >>> import plugtorch
    >>> sparse_coo_tensor([[0, 1], [2, 0]], [3.0, 4.0], (2, 3)).to_dense()
    tensor([[0., 0., 3.],
            [4., 0., 0.]])

    Source: torch.sparse_coo_tensor.
    """
    if values is None:
        size = tuple(size if indices is None else indices)
        if any(n < 0 for n in size):
            raise ShapeError(f"[sparse_coo_tensor] size {size} has a negative number.")
        nowhere = zeros(len(size), 0, dtype=int64, device=device)
        nothing = zeros(0, dtype=dtype, device=device, requires_grad=requires_grad)
        return SparseTensor(nowhere, nothing, size, True)
    given: Any = values if isinstance(values, TensorBase) else tensor(values, device=device)
    numbers = given.to(dtype=dtype or given.dtype, device=device)
    if requires_grad:
        numbers = numbers.detach().requires_grad_()
    places: Any = indices if isinstance(indices, TensorBase) else tensor(indices, dtype=int64)
    places = places.to(dtype=int64, device=numbers.device)
    if places.ndim != 2 or numbers.ndim < 1 or places.shape[1] != numbers.shape[0]:
        raise ShapeError(
            f"[sparse_coo_tensor] indices of shape {tuple(places.shape)} do not fit values of "
            f"shape {tuple(numbers.shape)}: needed (D, count) and (count, ...)."
        )
    _check_places(places, numbers, size)
    if size is None:
        sizes = [int(n) + 1 for n in places.amax(1).tolist()] if places.numel() else []
        size = (*(sizes or [0] * places.shape[0]), *numbers.shape[1:])
    return SparseTensor(places, numbers, size, bool(is_coalesced))


def _check_places(places: Any, numbers: Any, size: Any) -> None:
    count = places.numel()
    if count and int(places.amin()) < 0:
        raise ArgumentError("[sparse_coo_tensor] an index is negative.")
    if size is None:
        return
    sizes, axes = tuple(size), places.shape[0]
    if len(sizes) != axes + numbers.ndim - 1 or sizes[axes:] != tuple(numbers.shape[1:]):
        raise ShapeError(
            f"[sparse_coo_tensor] size {sizes} does not fit {axes} rows of indices and values of "
            f"shape {tuple(numbers.shape)}."
        )
    found = places.amax(1).tolist() if count else []
    for axis, (most, limit) in enumerate(zip(found, sizes)):
        if most >= limit:
            raise ArgumentError(
                f"[sparse_coo_tensor] index {most} is outside axis {axis} of size {limit}."
            )


def to_sparse(input: Any, sparse_dim: int | None = None, **_: Any) -> SparseTensor:
    """The elements that are not 0, and where they are.

    sparse_dim: how many of the first axes are coordinates, None for all.

    >>> import plugtorch
    >>> plugtorch.tensor([[0.0, 3.0], [0.0, 0.0]]).to_sparse().indices()
    tensor([[0],
            [1]])

    Source: torch.Tensor.to_sparse.
    """
    shape = shape_of(input)
    axes = len(shape) if sparse_dim is None else sparse_dim
    if not min(len(shape), 1) <= axes <= len(shape):
        raise ArgumentError(
            f"[to_sparse] sparse_dim must be from 1 to {len(shape)}, got {sparse_dim}."
        )
    there = input.detach() != 0
    if axes < len(shape):
        there = there.flatten(axes).any(-1)
    places = nonzero(there).t()
    if not shape:  # at no place, if it is not 0
        return SparseTensor(places, input.reshape(1)[: places.shape[1]], shape, True)
    numbers = indexing.index(input, *places.unbind(0), axes=tuple(range(axes)))
    return SparseTensor(places, numbers, shape, True)
