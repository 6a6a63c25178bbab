"""Which layouts operations with kernels of their own can read; others are copied first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from plugtorch_opencl.traits import Traits
from plugtorch_opencl.views import Shape, contiguous, merged


class Seen(Protocol):
    """An operand as it is seen: shape, strides, and whether its elements lie one after another."""

    @property
    def shape(self) -> Shape: ...

    @property
    def strides(self) -> Shape: ...

    @property
    def flat(self) -> bool: ...


def as_it_lies(traits: Traits, name: str, reads: Sequence[Seen]) -> list[bool]:
    """For each operand of an operation with kernels of its own, whether they can read it so."""
    if name in ("matmul", "linear"):
        fits = [_is_matrix(read) for read in reads[:2]]
        if name == "linear":
            fits[0] = fits[0] and len(merged(reads[0].shape[:-1], reads[0].strides[:-1])[0]) <= 1
            return [*fits, reads[2].flat]
        return fits
    if name.startswith("convolution"):
        return [read.flat for read in reads]
    if name.startswith("attention"):
        count = 3 if name == "attention" else 4  # matrices; the mask comes last
        matrix = _is_flat if traits.vector == 1 else _has_rows
        rest = reads[count : 3 if name == "attention" else 6]
        mask = reads[count + len(rest) :]
        return [*map(matrix, reads[:count]), *map(_is_flat, rest), *[True for _ in mask]]
    if name.startswith("recurrence"):
        return [_is_whole(read) for read in reads]
    return [True] * len(reads)


def _is_flat(read: Seen) -> bool:
    return read.flat


def _is_whole(read: Seen) -> bool:
    """Whether elements lie one after another, wherever the first is."""
    pairs = zip(read.shape, read.strides, contiguous(read.shape))
    return all(n == 1 or step == needed for n, step, needed in pairs)


def _has_rows(read: Seen) -> bool:
    """Whether elements are neighbours along the last axis, and there are few leading ones."""
    return _is_matrix(read) and (read.strides[-1] == 1 or read.shape[-1] == 1)


def _is_matrix(read: Seen) -> bool:
    """Whether elements are neighbours along one of the last two axes, and there are few others."""
    if len(read.shape) == 1:
        return read.strides[0] == 1
    *batch, rows, columns = read.shape
    *_, down, along = read.strides
    neighbours = (along == 1 or columns == 1) or (down == 1 or rows == 1)
    return neighbours and min(read.strides) >= 0 and len([n for n in batch if n != 1]) <= 3


OPAQUE = frozenset(
    "matmul linear convolution convolution_input convolution_weight max_pool max_pool_index "
    "sum_pool sum_pool_input index_put scatter scatter_add cumsum argsort nonzero_count nonzero "
    "concatenate put_slice attention attention_slope "
    "recurrence recurrence_slope".split()
)
"""Operations with kernels of their own."""
