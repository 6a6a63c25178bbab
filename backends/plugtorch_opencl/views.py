"""How a view lies over what it views: shapes and strides, in elements, without memory at hand."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence

Shape = tuple[int, ...]


@functools.lru_cache(maxsize=4096)
def contiguous(shape: Shape) -> Shape:
    """The strides of elements that lie one after the other, the last axis first.

    >>> contiguous((2, 3, 4))
    (12, 4, 1)
    """
    strides = []
    step = 1
    for size in reversed(shape):
        strides.append(step)
        step *= size
    return tuple(reversed(strides))


def merged(shape: Shape, *strides: Shape) -> tuple[Shape, ...]:
    """The same walk through each memory with as few axes as it takes, none of size 1: the sizes,
    then each memory's strides.

    >>> merged((2, 3, 1, 4), (12, 4, 99, 1))
    ((24,), (1,))
    >>> merged((2, 1, 3, 4), (12, 5, 4, 1), (0, 0, 4, 1))
    ((2, 12), (12, 1), (0, 1))
    """
    sizes: list[int] = []
    steps: list[list[int]] = [[] for _ in strides]
    for size, *own in zip(shape, *strides):
        if size == 1:
            continue
        if sizes and all(many[-1] == step * size for many, step in zip(steps, own)):
            sizes[-1] *= size
            for many, step in zip(steps, own):
                many[-1] = step
        else:
            sizes.append(size)
            for many, step in zip(steps, own):
                many.append(step)
    return (tuple(sizes), *[tuple(many) for many in steps])


def broadcast(shape: Shape, strides: Shape, target: Shape) -> Shape:
    """The strides of a view of ``shape`` stretched to ``target``: 0 where it repeats."""
    extra = len(target) - len(shape)
    stretched = [
        stride if size == wanted else 0
        for size, stride, wanted in zip(shape, strides, target[extra:])
    ]
    return (0,) * extra + tuple(stretched)


def reshaped(shape: Shape, strides: Shape, target: Shape) -> Shape | None:
    """The strides under which the same memory has shape ``target``; None if there are none.

    >>> reshaped((4, 6), (6, 1), (2, 2, 6))
    (12, 6, 1)
    >>> reshaped((4, 6), (1, 4), (24,)) is None
    True
    """
    sizes, steps = merged(shape, strides)
    result = [0] * len(target)
    position = len(sizes) - 1
    left = sizes[position] if sizes else 1
    step = steps[position] if sizes else 1
    for axis in range(len(target) - 1, -1, -1):
        size = target[axis]
        if size == 1:
            result[axis] = step
            continue
        if left == 1:
            position -= 1
            left, step = sizes[position], steps[position]
        if left % size:
            return None
        result[axis] = step
        left //= size
        step *= size
    return tuple(result)


def breaks(sizes: Iterable[int]) -> frozenset[int]:
    """Where a flat index turns from one axis to the next: products of the last sizes, but the
    whole.

    >>> sorted(breaks((2, 3, 4)))
    [4, 12]
    """
    found = set()
    step = 1
    for size in reversed(tuple(sizes)):
        found.add(step)
        step *= size
    return frozenset(found - {1, step})


def chain(points: Iterable[int], total: int) -> Shape | None:
    """The axes with all these turning points, over ``total`` elements; None where they cross.

    >>> chain({4, 12}, 24)
    (2, 3, 4)
    >>> chain({4, 6}, 24) is None
    True
    """
    sizes = []
    last = 1
    for point in (*sorted(points), total):
        if point % last:
            return None
        if point != last:
            sizes.append(point // last)
        last = point
    return tuple(reversed(sizes))


def over(axes: Sequence[int], shape: Shape, strides: Shape) -> Shape:
    """The strides of a walk along ``axes`` whose turning points include those of the view.

    >>> over((2, 3, 4), (2, 12), (0, 1))
    (0, 4, 1)
    """
    sizes, steps = merged(shape, strides)
    result = []
    position = len(sizes) - 1
    left = sizes[position] if sizes else 1
    step = steps[position] if sizes else 0
    for size in reversed(axes):
        if left == 1 and position > 0:
            position -= 1
            left, step = sizes[position], steps[position]
        result.append(step)
        left //= size
        step *= size
    return tuple(reversed(result))
