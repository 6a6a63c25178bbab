"""Functions that make one tensor of several, or several of the same shape. Names and meaning are
PyTorch's.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

from plugtorch import dtypes
from plugtorch.errors import ArgumentError, DTypeError, ShapeError
from plugtorch.ops import movement as ops
from plugtorch.primitive import match
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of
from plugtorch.tensor.creation import tensor as make
from plugtorch.tensor.shapes import expand, reshape, transpose, unsqueeze

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "block_diag",
    "cartesian_prod",
    "cat",
    "column_stack",
    "combinations",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "meshgrid",
    "row_stack",
    "stack",
    "vstack",
]


@numpy_words
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors one after the other along an axis.

    >>> import plugtorch
    >>> plugtorch.cat([plugtorch.zeros(1, 2), plugtorch.ones(1, 2)])
    tensor([[0., 0.],
            [1., 1.]])

    Source: torch.cat.
    """
    listed = list(tensors)
    if not listed:
        raise ArgumentError("[cat] needs at least one tensor.")
    for place, tensor in enumerate(listed):
        if not isinstance(tensor, TensorBase):
            raise DTypeError(f"[cat] element {place} is a {type(tensor).__name__}, not a tensor.")
        if not shape_of(tensor):
            raise ShapeError(f"[cat] element {place} is 0-d, which cannot be joined. Use stack().")
    # an empty vector joins with anything, as in PyTorch
    joined = [x for x in listed if shape_of(x) != (0,)] or listed[:1]
    axis = one_axis("cat", dim, len(shape_of(joined[0])))
    if any(x.dtype is not joined[0].dtype for x in listed):
        joined = [
            m for m, x in zip(match("cat", tuple(listed)), listed) if shape_of(x) != (0,)
        ] or listed[:1]
    return ops.concatenate(*joined, axis=axis)


concat = concatenate = cat


@numpy_words
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape side by side, along a new axis. Source: torch.stack."""
    listed = list(tensors)
    if not listed:
        raise ArgumentError("[stack] needs at least one tensor.")
    shape = shape_of(listed[0])
    for place, tensor in enumerate(listed):
        if shape_of(tensor) != shape:
            raise ShapeError(
                f"[stack] all shapes must be equal, but element 0 has {shape} and element {place} "
                f"{shape_of(tensor)}."
            )
    axis = one_axis("stack", dim, len(shape) + 1)
    return cat([unsqueeze(x, axis) for x in listed], axis)


def hstack(tensors: Sequence[Any]) -> Any:
    """Joined along the second axis, vectors along their only one. Source: torch.hstack."""
    listed = [reshape(x, 1) if not shape_of(x) else x for x in tensors]
    return cat(listed, 0 if len(shape_of(listed[0])) == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Joined along the first axis, vectors as rows. Source: torch.vstack."""
    return cat([reshape(x, 1, -1) if len(shape_of(x)) < 2 else x for x in tensors])


row_stack = vstack


def dstack(tensors: Sequence[Any]) -> Any:
    """Joined along the third axis, matrices side by side. Source: torch.dstack."""
    return cat(atleast_3d(list(tensors)), 2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """Joined along the second axis, vectors as columns. Source: torch.column_stack."""
    return cat([reshape(x, -1, 1) if len(shape_of(x)) < 2 else x for x in tensors], 1)


def _at_least(count: int, tensors: tuple[Any, ...], grow: Any) -> Any:
    """Each tensor with at least ``count`` axes; one, or a tuple of several."""
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        return tuple([_at_least(count, (x,), grow) for x in tensors[0]])
    if len(tensors) > 1:
        return tuple([_at_least(count, (x,), grow) for x in tensors])
    x = tensors[0]
    return x if len(shape_of(x)) >= count else reshape(x, grow(shape_of(x)))


def atleast_1d(*tensors: Any) -> Any:
    """0-d tensors with one axis. Source: torch.atleast_1d."""
    return _at_least(1, tensors, lambda shape: (1,))


def atleast_2d(*tensors: Any) -> Any:
    """Vectors as rows. Source: torch.atleast_2d."""
    return _at_least(2, tensors, lambda shape: (1, *(shape or (1,))))


def atleast_3d(*tensors: Any) -> Any:
    """Matrices with a last axis, vectors with one before and one after.

    Source: torch.atleast_3d.
    """
    return _at_least(
        3, tensors, lambda shape: (*shape, 1) if len(shape) == 2 else (1, *(shape or (1,)), 1)
    )


def block_diag(*tensors: Any) -> Any:
    """Matrices along the diagonal of one, zeros elsewhere. Source: torch.block_diag."""
    blocks = [atleast_2d(x) for x in tensors]
    for block in blocks:
        if len(shape_of(block)) > 2:
            raise ShapeError(f"[block_diag] needs at most 2 axes, got shape {shape_of(block)}.")
    kind = functools.reduce(dtypes.promote_types, [block.dtype for block in blocks])
    blocks = [block.to(kind) for block in blocks]
    rows, columns = [sum(shape_of(block)[i] for block in blocks) for i in range(2)]
    result = blocks[0].new_zeros((rows, columns))
    row = column = 0
    for block in blocks:
        down, right = shape_of(block)
        spans = ((row, row + down, 1), (column, column + right, 1))
        result = ops.put_slice(result, block, spans=spans)
        row, column = row + down, column + right
    return result


# -- grids -----------------------------------------------------------------------------------------


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """Coordinates on the grid that vectors span, one tensor for each; "xy" exchanges the first two
    axes.

    >>> import plugtorch
    >>> rows, columns = plugtorch.meshgrid(plugtorch.arange(2), plugtorch.arange(3), indexing="ij")
    >>> rows
    tensor([[0, 0, 0],
            [1, 1, 1]])

    Source: torch.meshgrid.
    """
    listed = (
        list(tensors[0])
        if len(tensors) == 1 and isinstance(tensors[0], (tuple, list))
        else list(tensors)
    )
    if indexing not in ("ij", "xy"):
        raise ArgumentError(f"[meshgrid] indexing must be 'ij' or 'xy', got {indexing!r}.")
    for x in listed:
        if len(shape_of(x)) > 1:
            raise ShapeError(f"[meshgrid] needs vectors, got shape {shape_of(x)}.")
        if x.dtype is not listed[0].dtype:
            raise DTypeError(f"[meshgrid] dtypes differ: {listed[0].dtype!r} and {x.dtype!r}.")
    shape = tuple([x.numel() for x in listed])
    count = len(shape)
    grids = [
        expand(reshape(x, *[-1 if i == place else 1 for i in range(count)]), shape)
        for place, x in enumerate(listed)
    ]
    if indexing == "xy" and count > 1:
        grids = [transpose(x, 0, 1) for x in grids]
    return tuple(grids)


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of an element from each vector, as rows. Source: torch.cartesian_prod."""
    if len(tensors) == 1:
        return tensors[0]
    return reshape(stack(meshgrid(*tensors), -1), -1, len(tensors))


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All choices of r elements of a vector, as rows. Source: torch.combinations."""
    if len(shape_of(input)) != 1:
        raise ShapeError(f"[combinations] needs a vector, got shape {shape_of(input)}.")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = list(choose(range(shape_of(input)[0]), r))
    if not places:
        return input.new_zeros((0, r))
    return input[make(places, device=input.device)]
