"""Diagonals and triangles of matrices. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

import math
from typing import Any

from plugtorch import dtypes
from plugtorch.autocasting import AS_IT_IS, FLOAT32, autocasts
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.ops import elementwise, movement
from plugtorch.primitive import as_number, cast
from plugtorch.tensor.axes import one_axis, shape_of
from plugtorch.tensor.creation import Where, arange
from plugtorch.tensor.reductions import sum as total
from plugtorch.tensor.shapes import flatten, movedim

__all__ = [
    "diag",
    "diag_embed",
    "diagflat",
    "diagonal",
    "diagonal_scatter",
    "trace",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
    "vander",
]


def _lower(rows: int, columns: int, diagonal: int, device: Any) -> Any:
    """Where column - row <= diagonal."""
    row, column = arange(rows, device=device), arange(columns, device=device)
    return column - row.reshape(-1, 1) <= diagonal


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """Powers of a vector, a column each, falling. Source: torch.vander."""
    if len(shape_of(x)) != 1:
        raise ShapeError(f"[vander] needs a vector, got shape {shape_of(x)}.")
    columns = shape_of(x)[0] if N is None else N
    if columns < 0:
        raise ArgumentError(f"[vander] N must not be negative, got {N}.")
    powers = powers_of(x, columns)
    return powers if increasing else powers.flip(-1)


def powers_of(x: Any, count: int) -> Any:
    """x^0, x^1, ... along a new last axis."""
    if x.dtype is dtypes.bool_:
        x = cast(x, dtypes.int64)
    if not count:
        return x.new_zeros((*shape_of(x), 0))
    one = x.new_ones((*shape_of(x), 1))
    if count == 1:
        return one
    rest = x.unsqueeze(-1).expand((*shape_of(x), count - 1))
    return movement.concatenate(one, rest.cumprod(-1), axis=len(shape_of(x)))


def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle of the last two axes, zeros elsewhere.

    >>> import plugtorch
    >>> plugtorch.tril(plugtorch.ones(2, 3))
    tensor([[1., 0., 0.],
            [1., 1., 0.]])

    Source: torch.tril.
    """
    rows, columns = _matrix("tril", input)
    zero = as_number(0, input.dtype)
    return elementwise.where.apply(_lower(rows, columns, diagonal, input.device), input, zero)


def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle of the last two axes, zeros elsewhere. Source: torch.triu."""
    rows, columns = _matrix("triu", input)
    zero = as_number(0, input.dtype)
    return elementwise.where.apply(_lower(rows, columns, diagonal - 1, input.device), zero, input)


def _matrix(name: str, input: Any) -> tuple[int, ...]:
    shape = shape_of(input)
    if len(shape) < 2:
        raise ShapeError(f"[{name}] needs at least 2 axes, got shape {shape}.")
    return shape[-2:]


def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtypes.dtype | None = None,
    device: Where = None,
) -> Any:
    """The places of the lower triangle of a (row, col) matrix: rows above columns. Source:
    torch.tril_indices.
    """
    places = _lower(row, col, offset, device).nonzero().t().contiguous()
    return places if dtype is None else cast(places, dtype)


def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: dtypes.dtype | None = None,
    device: Where = None,
) -> Any:
    """The places of the upper triangle of a (row, col) matrix: rows above columns. Source:
    torch.triu_indices.
    """
    places = (~_lower(row, col, offset - 1, device)).nonzero().t().contiguous()
    return places if dtype is None else cast(places, dtype)


# A diagonal is every (columns + 1)-th element of the matrix laid out in one row: a view.


def _span(rows: int, columns: int, offset: int) -> tuple[int, int, int]:
    length = min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns)
    if length <= 0:
        return 0, 0, 1
    start = offset if offset >= 0 else -offset * columns
    return start, start + (length - 1) * (columns + 1) + 1, columns + 1


def _rows(name: str, x: Any, dim1: int, dim2: int) -> tuple[Any, int, int]:
    """The two axes last and as one, and their sizes."""
    count = len(shape_of(x))
    first, second = one_axis(name, dim1, count), one_axis(name, dim2, count)
    if first == second:
        raise ArgumentError(f"[{name}] the two axes must differ, got {dim1} and {dim2}.")
    if (first, second) != (count - 2, count - 1):
        x = movedim(x, (first, second), (-2, -1))
    *rest, rows, columns = shape_of(x)
    return movement.reshape(x, shape=(*rest, rows * columns)), rows, columns


def _spans(shape: tuple[int, ...], last: movement.Span) -> tuple[movement.Span, ...]:
    return (*[(0, size, 1) for size in shape[:-1]], last)


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two axes as a last axis: a view. Source: torch.diagonal.

    >>> import plugtorch
    >>> plugtorch.arange(9).reshape(3, 3).diagonal(1)
    tensor([1, 5])
    """
    flat, rows, columns = _rows("diagonal", input, dim1, dim2)
    return movement.slice(flat, spans=_spans(shape_of(flat), _span(rows, columns, offset)))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """input with src written on the diagonal of two axes. Source: torch.diagonal_scatter."""
    flat, rows, columns = _rows("diagonal_scatter", input, dim1, dim2)
    spans = _spans(shape_of(flat), _span(rows, columns, offset))
    fits = (*shape_of(flat)[:-1], len(range(*_span(rows, columns, offset))))
    if shape_of(src) != fits:
        raise ShapeError(f"[diagonal_scatter] src of shape {shape_of(src)} must be {fits}.")
    whole = movement.put_slice(flat, cast(src, input.dtype), spans=spans)
    return movedim(whole.reshape(*shape_of(flat)[:-1], rows, columns), (-2, -1), (dim1, dim2))


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last axis as the diagonal of matrices of zeros. Source: torch.diag_embed."""
    *rest, length = shape_of(input)
    size = length + abs(offset)
    spans = _spans((*rest, size * size), _span(size, size, offset))
    flat = movement.put_slice(input.new_zeros((*rest, size * size)), input, spans=spans)
    return movedim(flat.reshape(*rest, size, size), (-2, -1), (dim1, dim2))


def diag(input: Any, diagonal: int = 0) -> Any:
    """A vector as a diagonal matrix; of a matrix, its diagonal. Source: torch.diag."""
    shape = shape_of(input)
    if len(shape) == 1:
        return diag_embed(input, diagonal)
    if len(shape) != 2:
        raise ShapeError(f"[diag] needs a vector or a matrix, got shape {shape}.")
    flat, rows, columns = _rows("diag", input, 0, 1)
    spans = (_span(rows, columns, diagonal),)
    return elementwise.clone.apply(movement.slice(flat, spans=spans))


def diagflat(input: Any, offset: int = 0) -> Any:
    """All elements as the diagonal of one matrix. Source: torch.diagflat."""
    return diag_embed(flatten(input), offset)


@autocasts(cpu=FLOAT32, elsewhere=AS_IT_IS)
def trace(input: Any) -> Any:
    """The sum of the diagonal of a matrix. Source: torch.trace."""
    if len(shape_of(input)) != 2:
        raise ShapeError(f"[trace] needs a matrix, got shape {shape_of(input)}.")
    return total(diagonal(input))


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write a number on the main diagonal. Source: torch.Tensor.fill_diagonal_."""
    shape = shape_of(self)
    if len(shape) < 2 or (len(shape) > 2 and len(set(shape)) > 1):
        raise ShapeError(f"[fill_diagonal_] needs a matrix, or equal sizes; got shape {shape}.")
    if len(shape) == 2 and not wrap:
        diagonal(self).fill_(fill_value)
        return self
    step = sum(math.prod(shape[axis + 1 :]) for axis in range(len(shape)))
    count = math.prod(shape)
    flat = movement.reshape(self, shape=(count,))
    movement.slice(flat, spans=((0, count, step),)).fill_(fill_value)
    return self
