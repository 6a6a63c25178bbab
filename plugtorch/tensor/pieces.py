"""Functions that take a tensor apart along an axis. Names, arguments and meaning are PyTorch's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.errors import ArgumentError, IndexRangeError, ShapeError
from plugtorch.ops import indexing
from plugtorch.ops import movement as ops
from plugtorch.storage import TensorBase
from plugtorch.tensor.axes import numpy_words, one_axis, shape_of
from plugtorch.tensor.creation import arange

__all__ = [
    "chunk",
    "dsplit",
    "hsplit",
    "narrow",
    "select",
    "split",
    "split_with_sizes",
    "tensor_split",
    "unbind",
    "vsplit",
]


@numpy_words
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """length elements from start along an axis. Source: torch.narrow."""
    shape = shape_of(input)
    if not shape:
        raise ShapeError("[narrow] a 0-d tensor has no axis to narrow.")
    axis = one_axis("narrow", dim, len(shape))
    start = int(start)
    if not -shape[axis] <= start <= shape[axis]:
        raise IndexRangeError(
            f"[narrow] start {start} is outside axis {axis} of size {shape[axis]}."
        )
    start += shape[axis] if start < 0 else 0
    if length < 0 or start + length > shape[axis]:
        raise ShapeError(
            f"[narrow] {length} elements from {start} do not fit axis {axis} of size {shape[axis]}."
        )
    spans = [(0, size, 1) for size in shape]
    spans[axis] = (start, start + length, 1)
    return ops.slice(input, spans=tuple(spans))


@numpy_words
def select(input: Any, dim: int, index: int) -> Any:
    """The slice at index along an axis, without that axis. Source: torch.select."""
    shape = shape_of(input)
    if not shape:
        raise IndexRangeError("[select] a 0-d tensor cannot be indexed. Use item() for its value.")
    axis = one_axis("select", dim, len(shape))
    place = index + shape[axis] if index < 0 else index
    if not 0 <= place < shape[axis]:
        raise IndexRangeError(
            f"[select] index {index} is outside axis {axis} of size {shape[axis]}."
        )
    return ops.slice(input, spans=(*[(0, size, 1) for size in shape[:axis]], place))


@numpy_words
def split(input: Any, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Pieces of one size, or of the sizes given, along an axis. Source: torch.split."""
    shape = shape_of(input)
    axis = one_axis("split", dim, len(shape))
    size = shape[axis] if shape else 1
    if isinstance(split_size_or_sections, (tuple, list)):
        sections = list(split_size_or_sections)
        if sum(sections) != size or any(s < 0 for s in sections):
            raise ShapeError(
                f"[split] sections {sections} must add up to {size}, the size of axis {axis}."
            )
    else:
        step = int(split_size_or_sections)
        if step < 0 or (step == 0 and size):
            raise ArgumentError(f"[split] a piece must have at least 1 element, got {step}.")
        sections = [min(step, size - start) for start in range(0, size, step)] if step else []
        sections = sections or [0]
    pieces, start = [], 0
    for length in sections:
        pieces.append(narrow(input, axis, start, length))
        start += length
    return tuple(pieces)


@numpy_words
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most ``chunks`` pieces of equal size, the last perhaps smaller. Source: torch.chunk."""
    if chunks < 1:
        raise ArgumentError(f"[chunk] needs at least 1 chunk, got {chunks}.")
    shape = shape_of(input)
    size = shape[one_axis("chunk", dim, len(shape))]
    if not size:
        return tuple(narrow(input, dim, 0, 0) for _ in range(chunks))
    return split(input, -(-size // chunks), dim)


@numpy_words
def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """All slices along an axis, without that axis. Source: torch.unbind."""
    shape = shape_of(input)
    axis = one_axis("unbind", dim, len(shape))
    if not shape:
        raise IndexRangeError("[unbind] a 0-d tensor has no axis to take apart.")
    return tuple([select(input, axis, i) for i in range(shape[axis])])


def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Pieces of the sizes given, along an axis. Source: torch.split_with_sizes."""
    return split(input, list(split_sizes), dim)


@numpy_words
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """So many pieces, sizes differing by at most 1; or pieces cut at the places given. Source:
    torch.tensor_split.
    """
    shape = shape_of(input)
    if not shape:
        raise ShapeError("[tensor_split] a 0-d tensor has no axis to split.")
    axis = one_axis("tensor_split", dim, len(shape))
    size = shape[axis]
    if isinstance(indices_or_sections, TensorBase):
        indices_or_sections = indices_or_sections.tolist()  # type: ignore[attr-defined]
    if isinstance(indices_or_sections, int):
        count = indices_or_sections
        if count < 1:
            raise ArgumentError(f"[tensor_split] needs at least 1 piece, got {count}.")
        ends = [i * (size // count) + min(i, size % count) for i in range(1, count)]
    else:
        ends = [slice(None, end).indices(size)[1] for end in indices_or_sections]
    pieces = []
    for start, end in zip([0, *ends], [*ends, size]):
        pieces.append(narrow(input, axis, start, max(0, end - start)))
    return tuple(pieces)


def hsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along the second axis, of a vector along its only one. Source: torch.hsplit."""
    return _evenly("hsplit", input, indices_or_sections, 0 if len(shape_of(input)) == 1 else 1, 1)


def vsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along the first axis. Source: torch.vsplit."""
    return _evenly("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Any, indices_or_sections: Any) -> tuple[Any, ...]:
    """Pieces along the third axis. Source: torch.dsplit."""
    return _evenly("dsplit", input, indices_or_sections, 2, 3)


def _evenly(name: str, x: Any, sections: Any, axis: int, least: int) -> tuple[Any, ...]:
    shape = shape_of(x)
    if len(shape) < least:
        raise ShapeError(f"[{name}] needs at least {least} axes, got shape {shape}.")
    if isinstance(sections, int) and (sections < 1 or shape[axis] % sections):
        raise ShapeError(
            f"[{name}] axis {axis} of size {shape[axis]} has no {sections} equal pieces."
        )
    return tensor_split(x, sections, axis)


def unfold(input: Any, dimension: int, size: int, step: int) -> Any:
    """Windows of ``size`` elements, ``step`` apart, along an axis; the windows' elements are a new
    last axis.

    Here a copy, in PyTorch a view. Source: torch.Tensor.unfold.
    """
    shape = shape_of(input)
    if not shape:
        return unfold(input.reshape(1), dimension, size, step).reshape(size)
    axis = one_axis("unfold", dimension, len(shape))
    if not 0 <= size <= shape[axis] or step < 1:
        raise ArgumentError(
            f"[unfold] windows of {size} in steps of {step} do not fit axis {axis} of size "
            f"{shape[axis]}."
        )
    starts = arange(0, shape[axis] - size + 1, step, device=input.device)
    windows = starts.unsqueeze(1) + arange(size, device=input.device)
    return indexing.index(input, windows, axes=(axis,)).movedim(axis + 1, -1)
