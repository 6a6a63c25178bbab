"""Strides: only to know what PyTorch would copy, and what it would call contiguous.

Here every reshape of a box is a view. Code that is to run on PyTorch as well must not be told so.
"""

from __future__ import annotations

from typing import Any

from plugtorch.ops import elementwise
from plugtorch.ops import movement as ops
from plugtorch.storage import TensorBase, View
from plugtorch.tensor.axes import shape_of


def strides_of(x: TensorBase) -> tuple[int, ...]:
    """The strides PyTorch would have: how far apart neighbours along each axis are in the box."""
    shape = tuple(x.storage.array.shape)
    strides = dense(shape)
    view = x.through
    for movement, parameters in view.steps if isinstance(view, View) else ():
        if movement is ops.permute:
            axes = parameters["axes"]
            shape = tuple([shape[a] for a in axes])
            strides = tuple([strides[a] for a in axes])
        elif movement is ops.slice:
            spans = parameters["spans"]
            kept = [(i, span) for i, span in enumerate(spans) if not isinstance(span, int)]
            strides = (*[strides[i] * span[2] for i, span in kept], *strides[len(spans) :])
            shape = (*[len(range(*span)) for _, span in kept], *shape[len(spans) :])
        elif movement is ops.expand:
            target = parameters["shape"]
            extra = len(target) - len(shape)
            strides = (0,) * extra + tuple(
                [
                    0 if old != new else stride
                    for old, new, stride in zip(shape, target[extra:], strides)
                ]
            )
            shape = target
        else:
            target = parameters["shape"]
            strides = restride(shape, strides, target) or dense(target)
            shape = target
    return strides


def dense(shape: tuple[int, ...]) -> tuple[int, ...]:
    """The strides of a tensor laid out row by row."""
    strides, step = [], 1
    for size in reversed(shape):
        strides.append(step)
        step *= max(size, 1)
    return tuple(reversed(strides))


def restride(
    shape: tuple[int, ...], strides: tuple[int, ...], target: tuple[int, ...]
) -> tuple[int, ...] | None:
    """The strides of ``target`` over the same memory, None where only a copy has that shape."""
    if 0 in shape:
        return dense(target)
    # axes that continue one another are one run: (size, stride of its last element)
    runs: list[list[int]] = []
    for size, stride in zip(shape, strides):
        if size == 1:
            continue
        if runs and runs[-1][1] == size * stride:
            runs[-1] = [runs[-1][0] * size, stride]
        else:
            runs.append([size, stride])
    result = []
    room, stride = runs.pop() if runs else (1, 1)
    for size in reversed(target):
        if size == 1:
            result.append(stride)
            continue
        if room == 1 and runs:
            room, stride = runs.pop()
        if room % size:
            return None
        result.append(stride)
        stride *= size
        room //= size
    return tuple(reversed(result))


def is_contiguous(input: Any, memory_format: Any = None) -> bool:
    """Whether the elements lie row by row in the box. Source: torch.Tensor.is_contiguous."""
    if input.through is None:
        return True
    shape = shape_of(input)
    if 0 in shape:
        return True
    return all(size == 1 or a == b for size, a, b in zip(shape, strides_of(input), dense(shape)))


def contiguous(input: Any, memory_format: Any = None) -> Any:
    """The tensor itself if it is contiguous, else a copy. Source: torch.Tensor.contiguous."""
    return input if is_contiguous(input) else elementwise.clone.apply(input)
