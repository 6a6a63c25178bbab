"""A tensor taken apart for good: pieces that only their reader needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from plugtorch.autograd import Function, is_grad_enabled
from plugtorch.ops.movement import slice
from plugtorch.tensor import Tensor
from plugtorch.tensor.joining import cat


class _Pieces(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, sizes: Sequence[int], axis: int) -> tuple[Tensor, ...]:
        ctx.axis = axis
        return _cut(x, sizes, axis)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Any:
        return cat(gradients, ctx.axis), None, None


def pieces(x: Tensor, sizes: Sequence[int], axis: int) -> tuple[Tensor, ...]:
    """Pieces of the sizes given along an axis, whose gradients are joined at once.

    The gradient of a slice is as large as the whole; of a hundred slices it would be a hundred
    times that. Unlike those of ``split``, these are not to be written to.
    """
    return _Pieces.apply(x, sizes, axis) if is_grad_enabled() else _cut(x, sizes, axis)


def _cut(x: Tensor, sizes: Sequence[int], axis: int) -> tuple[Tensor, ...]:
    before = tuple([(0, size, 1) for size in x.shape[:axis]])
    parts, start = [], 0
    for size in sizes:
        parts.append(slice(x, spans=(*before, (start, start + size, 1))))
        start += size
    return tuple(parts)
