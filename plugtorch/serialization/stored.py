"""Storages of PyTorch's files, and the tensors that look at them with an offset and strides."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy
from numpy.lib.stride_tricks import as_strided

from plugtorch import dtypes
from plugtorch.dtypes import dtype
from plugtorch.errors import CheckpointError
from plugtorch.serialization.keys import shown
from plugtorch.serialization.placement import MapLocation, place
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import from_numpy, to_numpy

Array = numpy.ndarray[Any, Any]
AXES = 64  # NumPy's most
COPIES = 8  # of a storage, in all tensors whose strides no view has; more only a trap would have


class Stored:
    """One storage of a file: a row of elements that several tensors may share.

    read: gives its bytes, as many as asked for. count: how many elements. It is read when a tensor
    is first made of it, which has been checked to lie inside.
    """

    def __init__(
        self,
        name: str,
        kind: dtype | None,
        count: int,
        where: str,
        read: Callable[[int], bytearray],
        swapped: bool,
    ) -> None:
        self.name = name
        self.described = kind, count  # as the file does
        self.kind = kind  # None until a tensor says what bytes without a dtype mean
        self.count = count
        self.where = where
        self.read = read
        self.swapped = swapped
        self.host: Array | None = None
        self.base: Tensor | None = None
        self.copied = 0  # bytes

    def tensor(
        self,
        file: str,
        kind: dtype | None,
        offset: Any,
        size: Any,
        stride: Any,
        map_location: MapLocation | None,
    ) -> Tensor:
        """The tensor of ``size`` that begins at ``offset`` and steps by ``stride``, in elements.

        Raises CheckpointError for one that does not lie inside, or has more elements than there
        are, other than by repeating along an axis of stride 0.
        """

        def wrong(what: str) -> CheckpointError:
            return CheckpointError(
                f"[load] a tensor of {file} with size {shown(size)}, stride {shown(stride)} and "
                f"offset {shown(offset)} {what}."
            )

        kind = self._typed(file, kind)
        count = self.count
        if not (_sizes(size) and _sizes(stride) and _sizes((offset,))):
            raise wrong("is not described by whole numbers from 0 on")
        if len(size) != len(stride) or len(size) > AXES:
            raise wrong(f"needs as many strides as sizes, and {AXES} at most")
        last = offset + sum((n - 1) * s for n, s in zip(size, stride) if n)
        if 0 not in size and last >= count:
            raise wrong(f"reaches beyond its storage {self.name!r} of {count} elements")
        if math.prod(n for n, s in zip(size, stride) if s) > count and 0 not in size:
            raise wrong(f"shows the {count} elements of its storage {self.name!r} several times")
        if math.prod(n for n in size if n) * kind.itemsize >= 2**63:
            raise wrong("has more elements than there can be")
        return self._seen(file, kind, offset, tuple(size), tuple(stride), map_location)

    def _typed(self, file: str, asked: dtype | None) -> dtype:
        if self.kind is None and asked is not None:
            self.kind, self.count = asked, self.count // asked.itemsize
        if self.kind is None or asked not in (None, self.kind):
            raise CheckpointError(
                f"[load] {file} takes the storage {self.name!r} for {asked!r}, and it is of "
                f"{self.kind!r}."
            )
        return self.kind

    def _seen(
        self,
        file: str,
        kind: dtype,
        offset: int,
        size: tuple[int, ...],
        stride: tuple[int, ...],
        map_location: MapLocation | None,
    ) -> Tensor:
        host = self._host(file, kind)
        if 0 in size:
            return place(
                from_numpy(numpy.zeros(size, host.dtype)), self.name, self.where, map_location
            )
        if offset == 0 and math.prod(size) == len(host) and _in_rows(size, stride):
            if self.base is None:
                whole = from_numpy(host.reshape(size))
                self.base = place(whole, self.name, self.where, map_location)
            return self.base.detach().view(size)
        once = tuple(n if s else 1 for n, s in zip(size, stride))
        view = _Box(offset, once, stride, len(host)).indices()
        if view is None:  # strides that no view here has: a copy
            steps = [s * host.itemsize for s in stride]
            seen = as_strided(host[offset:], once, steps)
            self.copied += seen.nbytes
            if self.copied > COPIES * max(host.nbytes, 1 << 16):
                raise CheckpointError(
                    f"[load] {file} has more copies of the storage {self.name!r} than a checkpoint "
                    "would: it is not read."
                )
            copied = seen.copy()
            part = place(from_numpy(copied), self.name, self.where, map_location)
        else:
            if self.base is None:
                self.base = place(from_numpy(host), self.name, self.where, map_location)
            part = view(self.base.detach().view(-1))
        return part if once == size else part.expand(size)

    def _host(self, file: str, kind: dtype) -> Array:
        if self.host is None:
            width = 1 if self.described[0] is None else kind.itemsize
            raw = self.read(self.described[1] * width)
            element = to_numpy(kind)
            host = numpy.frombuffer(raw, element, self.count)
            if self.swapped:
                host = host.view(f"u{element.itemsize}").byteswap().view(element)
            if kind is dtypes.bool_ and (host.view(numpy.uint8) > 1).any():
                raise CheckpointError(
                    f"[load] the storage {self.name!r} of {file} has bytes that are not booleans."
                )
            self.host = host
        return self.host


class _Box:
    """A strided part of a row, as slices of the row cut into a box."""

    def __init__(
        self, offset: int, size: tuple[int, ...], stride: tuple[int, ...], count: int
    ) -> None:
        self.size = size
        axes = [axis for axis, n in enumerate(size) if n > 1]
        self.axes = sorted(axes, key=lambda axis: -stride[axis])
        self.strides = [stride[axis] for axis in self.axes]
        self.offset, self.count = offset, count

    def indices(self) -> Callable[[Any], Any] | None:
        """A function from the row to the part; None if no box has it."""
        steps = self.strides or [1]
        if any(outer % inner for outer, inner in pairwise(steps)):
            return None
        starts, rest = [], self.offset
        for step in steps:
            starts.append(rest // step)
            rest %= step
        sizes = [self.size[axis] for axis in self.axes] or [1]
        room = [outer // inner for outer, inner in pairwise(steps)]
        if any(start + n > space for start, n, space in zip(starts[1:], sizes[1:], room)):
            return None
        begin, end = starts[0] * steps[0], (starts[0] + sizes[0]) * steps[0]
        if end > self.count:  # the last row of the box is not all there
            return None
        inside = tuple(slice(start, start + n) for start, n in zip(starts[1:], sizes[1:]))
        order = [self.axes.index(axis) for axis in sorted(self.axes)]

        def part(row: Any) -> Any:
            box = row[begin:end].view(sizes[0], *room, steps[-1])
            if self.strides != [] or steps[-1] > 1:
                box = box[(slice(None), *inside, rest)]
            if order:
                box = box.permute(order)
            return box.reshape(self.size)

        return part


def _in_rows(size: tuple[int, ...], stride: tuple[int, ...]) -> bool:
    step = 1
    for n, s in zip(reversed(size), reversed(stride)):
        if n != 1 and s != step:
            return False
        step *= n
    return True


def _sizes(values: Any) -> bool:
    return isinstance(values, (tuple, list)) and all(
        type(value) is int and 0 <= value < 2**63 for value in values
    )
