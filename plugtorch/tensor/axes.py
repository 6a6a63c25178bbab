"""Axis arguments as users write them, made into what primitives take."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from operator import index
from typing import Any, TypeVar

from plugtorch.errors import ArgumentError, DTypeError, IndexRangeError, ShapeError
from plugtorch.storage import TensorBase


class Size(tuple[int, ...]):
    """The shape of a tensor: a tuple of int that counts its elements. Source: torch.Size."""

    __slots__ = ()

    def numel(self) -> int:
        """The number of elements of a tensor of this shape."""
        count = 1
        for size in self:
            count *= size
        return count

    def __repr__(self) -> str:
        return f"plugtorch.Size({list(self)})"

    def __getitem__(self, key: Any) -> Any:
        got = tuple.__getitem__(self, key)
        return Size(got) if isinstance(key, slice) else got

    def __add__(self, other: Any) -> Any:
        return Size(tuple.__add__(self, tuple(other)))


Function = TypeVar("Function", bound=Callable[..., Any])


def numpy_words(function: Function) -> Function:
    """Lets ``axis`` and ``keepdims`` stand for ``dim`` and ``keepdim``, as PyTorch does."""

    @functools.wraps(function)
    def renamed(*args: Any, **options: Any) -> Any:
        if "axis" in options:
            options["dim"] = options.pop("axis")
        if "keepdims" in options:
            options["keepdim"] = options.pop("keepdims")
        return function(*args, **options)

    return renamed  # type: ignore[return-value]


def one_axis(name: str, axis: Any, count: int) -> int:
    """An axis number from 0, for one that may count from the end. 0-d tensors have the one axis 0,
    as in PyTorch.
    """
    bound = count or 1
    try:
        place = axis.__index__()
    except AttributeError:
        raise DTypeError(
            f"[{name}] an axis must be a whole number, got {type(axis).__name__} {axis!r}."
        ) from None
    if not -bound <= place < bound:
        raise IndexRangeError(
            f"[{name}] axis {place} is outside a tensor of {count} axes: it must be from {-bound} "
            f"to {bound - 1}."
        )
    return place + bound if place < 0 else place


_ALL = tuple([tuple(range(count)) for count in range(9)])
_ONE = tuple([(axis,) for axis in range(9)])


def some_axes(name: str, axes: Any, count: int) -> tuple[int, ...]:
    """Sorted axis numbers from 0; None and () mean all."""
    if axes is None:
        return _ALL[count] if count < 9 else tuple(range(count))
    if type(axes) is int:
        if 0 <= axes < count:
            return _ONE[axes] if axes < 9 else (axes,)
        if -count <= axes < 0:
            return (axes + count,)
    if not isinstance(axes, (tuple, list)):
        place = one_axis(name, axes, count)
        return (place,) if count else ()
    if not axes:
        return tuple(range(count))
    places = sorted([one_axis(name, axis, count) for axis in axes])
    if len(set(places)) != len(places):
        raise ArgumentError(f"[{name}] axes {tuple(axes)} name an axis twice.")
    return tuple(places) if count else ()


def sizes(name: str, given: Sequence[Any]) -> tuple[int, ...]:
    """A shape written as f(2, 3), f((2, 3)) or f([2, 3])."""
    if len(given) == 1 and isinstance(given[0], (tuple, list)):
        given = given[0]
    try:
        return tuple(map(index, given))
    except TypeError:
        raise DTypeError(f"[{name}] a shape is whole numbers, got {given!r}.") from None


def positive(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """``shape``, unless a size is negative."""
    for size in shape:
        if size < 0:
            raise ShapeError(f"[{name}] shape {shape} has a negative size.")
    return shape


def shape_of(x: TensorBase) -> tuple[int, ...]:
    """The shape as a plain tuple: cheaper than ``x.shape``."""
    view = x.through
    return x.storage.array.shape if view is None else x.value().shape
