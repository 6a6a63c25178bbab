"""Which kernels a convolution needs on a device, and in how many work-items.

Everything is decided from the shapes and the device alone, so that a convolution gives the same
bits each time.
"""

from __future__ import annotations

from collections.abc import Callable

from plugtorch.errors import UnsupportedError
from plugtorch_opencl.render import (
    convolution_dots,
    convolution_groups,
    convolution_rows,
    convolution_wide,
)
from plugtorch_opencl.render.convolution_build import Builder, up, vector_width
from plugtorch_opencl.render.convolution_geometry import Geometry
from plugtorch_opencl.render.convolution_text import Tile, Windowed
from plugtorch_opencl.render.convolution_tiles import (
    dots_tile,
    group_tile,
    rows_tile,
    wide_pays,
    wide_tile,
)
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.work import Work

LARGEST = 2**31 - 1  # of what is counted in uint
IN_PLACE = ("float32", "float64", "int32", "int64")  # stored as they are added up

Shaped = Callable[[bool], Geometry]


def plan(traits: Traits, dtype: str, shaped: Shaped, bias: bool, splits: bool) -> Work:
    """The work of one primitive. ``shaped``: its geometry, with x copied in any case or not."""
    geometry = shaped(False)
    for part in geometry.parts:
        if max(part.row_count, part.inner_count, geometry.frame_elements) > LARGEST:
            raise UnsupportedError(
                "[convolution] there are 2**31 windows or more. Split the batch into smaller ones."
            )
    if traits.kind == "cpu" and traits.vector > 1:
        return processor(traits, dtype, shaped, bias, splits)
    return groups(traits, dtype, geometry, bias, splits)


def groups(traits: Traits, dtype: str, geometry: Geometry, bias: bool, splits: bool) -> Work:
    """The plan for a GPU: y is read in place, and x where it needs no zeros."""
    build = Builder(traits, dtype, geometry)
    copied = geometry.frame is not None
    x = build.frame() if copied else ("operand", 0)
    most = max(part.row_count for part in geometry.parts)
    tile = group_tile(traits, most, geometry.columns, geometry.groups, build.itemsize, splits)
    for part in geometry.parts:
        blocks = up(part.row_count, tile.group_rows) * up(geometry.columns, tile.group_columns)
        blocks *= geometry.groups
        parts = 1
        if splits and blocks < traits.units:
            parts = max(1, min(up(traits.units, blocks), part.inner_count // (16 * tile.depth)))
            parts = up(part.inner_count, up(part.inner_count, parts))
        kernel = Windowed(
            dtype,
            len(part.rows),
            tile,
            copied,
            bias=bias,
            split=parts > 1,
            near=part.inner[-1].x < part.rows[-1].x or splits,
        )
        sizes = build.sizes(part, 1, geometry.columns * geometry.line, geometry.line)
        sizes |= {"row_tiles": 1, "split_depth": up(part.inner_count, parts)}
        buffers = {"x": x, "y": ("operand", 1)}
        text = convolution_groups.render(kernel)
        build.product(kernel, text, blocks, parts, tile.items, buffers, sizes)
    return build.work()


def processor(traits: Traits, dtype: str, shaped: Shaped, bias: bool, splits: bool) -> Work:
    """The plan for a processor with vectors."""
    geometry = shaped(dtype not in IN_PLACE)
    width = vector_width(traits, dtype)
    if not splits and wide_pays(traits, geometry, width):
        return _wide(traits, dtype, shaped, geometry, bias)
    part = geometry.parts[0]
    line = part.inner[-1]
    tile = dots_tile(part.row_count, geometry.columns, line.size, width)
    if splits and tile is not None and width > 1:
        return _dots(traits, dtype, geometry, tile)
    return _rows(traits, dtype, geometry, bias, splits)


def _dots(traits: Traits, dtype: str, geometry: Geometry, tile: Tile) -> Work:
    """Vectors along t, for weights of few filters."""
    build = Builder(traits, dtype, geometry)
    (part,) = geometry.parts
    line = part.inner[-1]
    x = build.frame() if geometry.frame else ("operand", 0)
    y = ("operand", 1) if dtype in IN_PLACE else build.widened()
    sizes = build.sizes(part, 1, geometry.columns * geometry.line, geometry.line)
    lines = part.inner_count // line.size
    blocks = up(part.row_count, tile.rows) * up(geometry.columns, tile.columns) * geometry.groups
    parts = up(2 * traits.units, blocks) if blocks < traits.units else 1
    parts = max(1, min(parts, part.inner_count // 1024))
    parts = up(lines, up(lines, parts))
    kernel = Windowed(
        dtype,
        len(part.rows),
        tile,
        geometry.frame is not None,
        dtype not in IN_PLACE,
        split=parts > 1,
        even=line.x == 1,
    )
    sizes |= {"inner": lines, f"inner_size_{len(part.inner) - 1}": 1, "row_tiles": 1}
    sizes |= {"length": line.size, "x_near": line.x, "out_near": 0}
    sizes |= {"split_depth": up(lines, parts)}
    text = convolution_dots.render(kernel)
    build.product(kernel, text, blocks, parts, 1, {"x": x, "y": y}, sizes)
    return build.work()


def _rows(traits: Traits, dtype: str, geometry: Geometry, bias: bool, splits: bool) -> Work:
    """Vectors of filters, from panels."""
    build = Builder(traits, dtype, geometry)
    x = build.frame() if geometry.frame else ("operand", 0)
    most = max(part.row_count for part in geometry.parts)
    tile = rows_tile(traits, most, geometry.columns, build.width, build.itemsize)
    panels = up(geometry.columns, tile.columns)
    y = build.pack(tile.columns)
    for part in geometry.parts:
        row_tiles, parts = _row_tiles(
            traits, tile, part.row_count, part.inner_count, geometry.groups * panels, splits
        )
        copied = geometry.frame is not None
        kernel = Windowed(dtype, len(part.rows), tile, copied, True, bias, parts > 1)
        line = geometry.line * tile.columns
        sizes = build.sizes(part, tile.columns, panels * line, line)
        sizes |= {"row_tiles": row_tiles, "split_depth": up(part.inner_count, parts)}
        blocks = panels * up(part.row_count, tile.rows * row_tiles) * geometry.groups
        text = convolution_rows.render(kernel)
        build.product(kernel, text, blocks, parts, 1, {"x": x, "y": y}, sizes)
    return build.work()


def _wide(traits: Traits, dtype: str, shaped: Shaped, geometry: Geometry, bias: bool) -> Work:
    """Vectors of neighbouring rows, for few columns."""
    width = vector_width(traits, dtype)
    if not geometry.frame and min(part.rows[-1].size for part in geometry.parts) < width:
        geometry = shaped(True)
    build = Builder(traits, dtype, geometry)
    slack = max(part.rows[-1].x for part in geometry.parts) * width
    x = build.frame(slack) if geometry.frame else ("operand", 0)
    y = ("operand", 1) if dtype in IN_PLACE else build.widened()
    units = [
        part.row_count // part.rows[-1].size * up(part.rows[-1].size, width)
        for part in geometry.parts
    ]
    tile = wide_tile(traits, max(units), geometry.columns, width, build.itemsize)
    for part, count in zip(geometry.parts, units):
        last = part.rows[-1]
        row_tiles, _ = _row_tiles(
            traits,
            tile,
            count * width,
            part.inner_count,
            geometry.groups * up(geometry.columns, tile.columns),
            False,
        )
        kernel = Windowed(
            dtype,
            len(part.rows),
            tile,
            geometry.frame is not None,
            dtype not in IN_PLACE,
            bias,
            even=last.x == 1,
        )
        sizes = build.sizes(part, 1, geometry.columns * geometry.line, geometry.line)
        axis = len(part.rows) - 1
        sizes |= {
            "rows": count,
            "row_tiles": row_tiles,
            "length": last.size,
            "x_near": last.x,
            "out_near": last.out,
            f"row_size_{axis}": up(last.size, width),
            f"row_x_{axis}": last.x * width,
            f"row_out_{axis}": last.out * width,
        }
        blocks = up(geometry.columns, tile.columns) * geometry.groups
        blocks *= up(count * width, tile.rows * row_tiles)
        text = convolution_wide.render(kernel)
        build.product(kernel, text, blocks, 1, 1, {"x": x, "y": y}, sizes)
    return build.work()


def _row_tiles(
    traits: Traits, tile: Tile, rows: int, inner: int, others: int, splits: bool
) -> tuple[int, int]:
    """How many tiles a work-item has, and in how many parts its sums are computed."""
    tiles = up(rows, tile.rows)
    wanted = 1 if traits.units == 1 else 4 * traits.units
    blocks = max(up(tiles, tile.tiles), min(up(tiles, 4), up(wanted, others)))
    row_tiles = up(tiles, blocks)
    blocks = up(tiles, row_tiles) * others
    parts = 1
    if splits and blocks < traits.units:
        parts = max(1, min(up(traits.units, blocks), inner // 2048))
        parts = up(inner, up(inner, parts))
    return row_tiles, parts
