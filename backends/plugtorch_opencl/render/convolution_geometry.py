"""A convolution as products of matrices: where their elements lie, worked out from the shapes.

out[row, column] = sum over t of x[place of row + place of t] y[t, column]

Each of the three primitives is this, for as many groups. x is the operand that is read through
windows: where a window begins and what is read of it add up, so neither windows nor indices are
ever stored. A padded x is copied with its zeros first (a ``Frame``), so nothing is tested later.

| primitive          | x        | y        | rows              | t                  | columns  |
|--------------------|----------|----------|-------------------|--------------------|----------|
| convolution        | x        | weight   | images, positions | channels, taps     | filters  |
| convolution_input  | gradient | weight   | images, elements  | filters, taps      | channels |
| convolution_weight | x        | gradient | channels, taps    | images, positions  | filters  |

An element of convolution_input is reached by the taps that have its remainder by the stride: each
remainder is a ``Part`` of its own, with fewer taps.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import NamedTuple

from plugtorch_opencl.views import contiguous
from plugtorch_opencl.work import Shape

Pairs = tuple[tuple[int, int], ...]


class Row(NamedTuple):
    """An axis of the rows: elements, steps in x and in the result."""

    size: int
    x: int
    out: int


class Inner(NamedTuple):
    """An axis of t: elements, steps in x, and in y: in matrices and within a line of one."""

    size: int
    x: int
    matrices: int
    line: int


@dataclass(frozen=True)
class Part:
    """Rows that share their taps. starts: where x, a line of y and the result begin."""

    rows: tuple[Row, ...]
    inner: tuple[Inner, ...]
    x_start: int = 0
    line_start: int = 0
    out_start: int = 0

    @property
    def row_count(self) -> int:
        return prod(axis.size for axis in self.rows)

    @property
    def inner_count(self) -> int:
        return prod(axis.size for axis in self.inner)


@dataclass(frozen=True)
class Frame:
    """A copy of x: along each axis ``extents`` elements, ``befores`` of them zeros in front."""

    planes: int
    sizes: Shape
    extents: Shape
    befores: Shape
    plane_step: int


@dataclass(frozen=True)
class Geometry:
    """A primitive's products.

    y is (matrices, columns, line), contiguous; group g has its matrices from g y_group on. frame:
    how x is copied, if it must be.
    """

    parts: tuple[Part, ...]
    groups: int
    columns: int
    matrices: int
    line: int
    y_group: int
    x_group: int
    out_group: int
    out_column: int
    frame: Frame | None
    frame_elements: int


@dataclass(frozen=True)
class Field:
    """How x lies where the kernels read it: element 0 of each axis is ``origin`` behind a plane."""

    steps: Shape
    origin: int
    plane: int
    frame: Frame | None


def field_of(planes: int, sizes: Shape, lows: Shape, highs: Shape, framed: bool) -> Field:
    """``lows``, ``highs``: the least and the largest index that is read along each axis."""
    inside = all(low >= 0 and high < n for low, high, n in zip(lows, highs, sizes))
    if inside and not framed:
        return Field(contiguous(sizes), 0, prod(sizes), None)
    extents = tuple(high - low + 1 for low, high in zip(lows, highs))
    steps = contiguous(extents)
    plane = prod(extents)
    if plane % 256 == 0:  # else every plane's elements would want the same lines of the cache
        plane += 16
    origin = -sum(low * step for low, step in zip(lows, steps))
    frame = Frame(planes, sizes, extents, tuple(-low for low in lows), plane)
    return Field(steps, origin, plane, frame)


def geometry_of(field: Field, parts: list[Part], planes: int, **numbers: int) -> Geometry:
    """The record; ``planes`` of the field."""
    elements = planes * field.plane if field.frame else 0
    return Geometry(tuple(parts), frame=field.frame, frame_elements=elements, **numbers)


def _windows(
    x: Shape,
    kernel: Shape,
    counts: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    framed: bool,
) -> tuple[Field, int]:
    """The field of x, and where its first window begins."""
    lows = tuple(-before for before, _ in padding)
    highs = tuple(
        low + (n - 1) * s + (k - 1) * d
        for low, n, s, k, d in zip(lows, counts, stride, kernel, dilation)
    )
    field = field_of(x[0] * x[1], x[2:], lows, highs, framed)
    return field, field.origin + sum(low * step for low, step in zip(lows, field.steps))


def forward(
    x: Shape,
    weight: Shape,
    out: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
    framed: bool = False,
) -> Geometry:
    """convolution. ``framed``: x is copied even where no zeros are added."""
    kernel, counts = weight[2:], out[2:]
    field, start = _windows(x, kernel, counts, stride, padding, dilation, framed)
    out_steps, taps = contiguous(out), contiguous(weight)[1:]
    rows = [Row(x[0], x[1] * field.plane, out_steps[0])]
    rows += [Row(n, s * f, o) for n, s, f, o in zip(counts, stride, field.steps, out_steps[2:])]
    inner = [Inner(weight[1], field.plane, 0, taps[0])]
    inner += [Inner(k, d * f, 0, t) for k, d, f, t in zip(kernel, dilation, field.steps, taps[1:])]
    filters = weight[0] // groups
    return geometry_of(
        field,
        [Part(merged_rows(rows), tuple(inner), start)],
        x[0] * x[1],
        groups=groups,
        columns=filters,
        matrices=groups,
        line=prod(weight[1:]),
        y_group=1,
        x_group=weight[1] * field.plane,
        out_group=filters * out_steps[1],
        out_column=out_steps[1],
    )


def of_weight(
    x: Shape,
    gradient: Shape,
    weight: Shape,
    stride: Shape,
    padding: Pairs,
    dilation: Shape,
    groups: int,
    framed: bool = False,
) -> Geometry:
    """convolution_weight: what are rows in ``forward`` is added up here."""
    kernel, counts = weight[2:], gradient[2:]
    field, start = _windows(x, kernel, counts, stride, padding, dilation, framed)
    taps, positions = contiguous(weight)[1:], contiguous(counts)
    rows = [Row(weight[1], field.plane, taps[0])]
    rows += [Row(k, d * f, t) for k, d, f, t in zip(kernel, dilation, field.steps, taps[1:])]
    inner = [Inner(x[0], x[1] * field.plane, groups, 0)]
    inner += [Inner(n, s * f, 0, p) for n, s, f, p in zip(counts, stride, field.steps, positions)]
    filters, line = weight[0] // groups, prod(weight[1:])
    return geometry_of(
        field,
        [Part(tuple(rows), tuple(inner), start)],
        x[0] * x[1],
        groups=groups,
        columns=filters,
        matrices=x[0] * groups,
        line=prod(counts),
        y_group=1,
        x_group=weight[1] * field.plane,
        out_group=filters * line,
        out_column=line,
    )


def merged_rows(rows: list[Row]) -> tuple[Row, ...]:
    """The same rows in longer runs: axes that continue one another become the last of them."""
    kept = [rows[-1]]
    for row in reversed(rows[:-1]):
        last = kept[0]
        if row.size == 1:
            continue
        if row.x == last.size * last.x and row.out == last.size * last.out:
            kept[0] = Row(row.size * last.size, last.x, last.out)
        elif last.size == 1:
            kept[0] = row
        else:
            kept.insert(0, row)
    return (*[Row(1, 0, 0)] * (len(rows) - len(kept)), *kept)
