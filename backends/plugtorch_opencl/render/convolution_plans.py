"""Which kernels a convolution needs on a device, and in how many work-items.

Everything is decided from the shapes and the device alone, so that a convolution gives the same
bits each time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import prod
from typing import cast

from plugtorch_opencl.render import (
    convolution_frame,
    convolution_groups,
    convolution_rows,
    convolution_text,
    convolution_wide,
    matmul_copies,
    matmul_gpu,
)
from plugtorch_opencl.render.convolution_frame import Framing
from plugtorch_opencl.render.convolution_geometry import Frame, Geometry, Part
from plugtorch_opencl.render.convolution_text import Parameter, Tile, Windowed, summed_dtype
from plugtorch_opencl.render.convolution_tiles import group_tile, rows_tile, wide_pays, wide_tile
from plugtorch_opencl.render.matmul_records import Packing, Sum
from plugtorch_opencl.render.matmul_signature import parameters as matmul_parameters
from plugtorch_opencl.render.matmul_text import Plain
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.work import Argument, Launch, Work

IN_PLACE = ("float32", "float64", "int32", "int64")  # stored as they are added up
PACKED_STEPS = 256  # steps of t that a packing work-item copies
FRAMED_ELEMENTS = 2048  # that a framing work-item copies


def up(number: int, step: int) -> int:
    """How many of ``step`` hold ``number``."""
    return -(-number // step)


def vector_width(traits: Traits, dtype: str) -> int:
    """Elements of a vector of the type that ``dtype`` is added up in."""
    return max(1, traits.vector // 2 if dtype in ("float64", "int64") else traits.vector)


class Builder:
    """Collects launches and the scratch memory they share."""

    def __init__(self, traits: Traits, dtype: str, geometry: Geometry) -> None:
        self.traits, self.dtype, self.geometry = traits, dtype, geometry
        self.launches: list[Launch] = []
        self.scratch: list[tuple[str, int]] = []
        self.width = vector_width(traits, dtype)
        self.itemsize = 8 if dtype in ("float64", "int64") else 4

    def room(self, elements: int) -> int:
        """A new scratch, and its number."""
        self.scratch.append((summed_dtype(self.dtype), max(1, elements)))
        return len(self.scratch) - 1

    def launch(
        self,
        name: str,
        text: str,
        items: int,
        group: int,
        parameters: list[Parameter],
        buffers: Mapping[str, tuple[str, int]],
        sizes: Mapping[str, int],
    ) -> None:
        """``buffers``: {parameter: ("operand", 0)}; ``sizes``: {parameter: number}."""
        arguments = []
        for word, declaration in parameters:
            if word in buffers:
                arguments.append(Argument(*buffers[word]))
            elif word.endswith("_offset"):
                sort, number = buffers[word.removesuffix("_offset")]
                arguments.append(Argument(f"{sort}_offset", number))
            else:
                arguments.append(Argument(declaration.split()[1], sizes[word]))
        self.launches.append(Launch(name, text, (items,), (group,), tuple(arguments)))

    def frame(self, slack: int = 0) -> tuple[str, int]:
        """A copy of x with its zeros, as it is added up."""
        frame = cast("Frame", self.geometry.frame)
        return self._framed(0, frame, self.geometry.frame_elements, slack)

    def widened(self) -> tuple[str, int]:
        """A copy of y as it is added up."""
        geometry = self.geometry
        lines, line = geometry.matrices * geometry.columns, geometry.line
        return self._framed(1, Frame(lines, (line,), (line,), (0,), line), lines * line, 0)

    def _framed(self, operand: int, frame: Frame, elements: int, slack: int) -> tuple[str, int]:
        number = self.room(elements + slack)
        kernel = Framing(self.dtype, len(frame.sizes), self.width)
        lines = frame.planes * prod(frame.extents[:-1])
        local = min(64, self.traits.group)
        each = max(1, FRAMED_ELEMENTS // frame.extents[-1])
        sizes = {"plane_step": frame.plane_step, "lines": lines, "each": each, "slack": slack}
        for axis, (n, e, b) in enumerate(zip(frame.sizes, frame.extents, frame.befores)):
            sizes |= {f"size_{axis}": n, f"line_size_{axis}": e, f"before_{axis}": b}
        self.launch(
            kernel.name,
            convolution_frame.render(kernel),
            up(lines, each) if self.width > 1 else up(lines * frame.extents[-1], local) * local,
            1 if self.width > 1 else local,
            convolution_frame.parameters(kernel),
            {"x": ("operand", operand), "out": ("scratch", number)},
            sizes,
        )
        return "scratch", number

    def pack(self, width: int) -> tuple[str, int]:
        """y in panels of ``width`` columns."""
        geometry = self.geometry
        lanes = next(n for n in (16, 8, 4, 2, 1) if n <= self.width and width % n == 0)
        kernel = Packing(self.dtype, "inner", width, lanes, 1)
        panels = up(geometry.columns, width)
        number = self.room(geometry.matrices * panels * width * geometry.line)
        sizes = {
            "source_stride": geometry.line,
            "outer": geometry.columns,
            "inner": geometry.line,
            "depth": PACKED_STEPS,
            "batch_size_0": geometry.matrices,
            "source_batch_0": geometry.columns * geometry.line,
        }
        items = geometry.matrices * panels * up(geometry.line, PACKED_STEPS)
        self.launch(
            kernel.name,
            matmul_copies.render_packing(kernel, self.traits),
            items,
            1,
            matmul_parameters(kernel),
            {"source": ("operand", 1), "panels": ("scratch", number)},
            sizes,
        )
        return "scratch", number

    def sizes(self, part: Part, y_unit: int, y_matrix: int, y_columns: int) -> dict[str, int]:
        """Arguments of a product, for a y whose lines and matrices are so many elements apart."""
        geometry = self.geometry
        result = {
            "x_start": part.x_start,
            "y_start": part.line_start * y_unit,
            "out_start": part.out_start,
            "rows": part.row_count,
            "columns": geometry.columns,
            "inner": part.inner_count,
            "groups": geometry.groups,
            "x_group": geometry.x_group,
            "y_group": geometry.y_group * y_matrix,
            "y_columns": y_columns,
            "out_group": geometry.out_group,
            "out_column": geometry.out_column,
        }
        for axis, (row, inner) in enumerate(zip(part.rows, part.inner)):
            result |= {
                f"row_size_{axis}": row.size,
                f"row_x_{axis}": row.x,
                f"row_out_{axis}": row.out,
                f"inner_size_{axis}": inner.size,
                f"inner_x_{axis}": inner.x,
                f"inner_y_{axis}": inner.matrices * y_matrix + inner.line * y_unit,
            }
        return result

    def product(
        self,
        kernel: Windowed,
        text: str,
        blocks: int,
        splits: int,
        group: int,
        buffers: dict[str, tuple[str, int]],
        sizes: dict[str, int],
    ) -> None:
        """The product of one part; split sums are added up after it."""
        parameters = convolution_text.parameters(kernel)
        if not kernel.split:
            buffers = buffers | {"out": ("result", 0), "bias": ("operand", 2)}
            self.launch(kernel.name, text, blocks * group, group, parameters, buffers, sizes)
            return
        geometry = self.geometry
        elements = geometry.groups * geometry.columns * sizes["rows"]
        number = self.room(splits * elements)
        buffers = buffers | {"out": ("scratch", number)}
        sizes = sizes | {"out_split": elements}
        self.launch(kernel.name, text, blocks * splits * group, group, parameters, buffers, sizes)
        adding = Sum(self.dtype, Plain(self.dtype))
        local = min(64, self.traits.group)
        self.launch(
            adding.name,
            matmul_gpu.render_sum(adding, self.traits),
            up(elements, local) * local,
            local,
            matmul_parameters(adding),
            {"sums": ("scratch", number), "out": ("result", 0)},
            {"splits": splits, "batches": 1, "rows": 1, "columns": elements},
        )

    def work(self) -> Work:
        return Work(tuple(self.launches), tuple(self.scratch))


Shaped = Callable[[bool], Geometry]


def plan(traits: Traits, dtype: str, shaped: Shaped, bias: bool, splits: bool) -> Work:
    """The work of one primitive. ``shaped``: its geometry, with x copied in any case or not."""
    if traits.kind == "cpu" and traits.vector > 1:
        return processor(traits, dtype, shaped, bias, splits)
    return groups(traits, dtype, shaped(False), bias, splits)


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
    if not splits and wide_pays(geometry, width):
        return _wide(traits, dtype, shaped, geometry, bias)
    return _rows(traits, dtype, geometry, bias, splits)


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
