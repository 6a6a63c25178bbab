"""Puts the launches of a convolution together: copies, the products of its parts, sums."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import cast

from plugtorch_opencl.render import (
    convolution_frame,
    convolution_text,
    matmul_copies,
    matmul_gpu,
)
from plugtorch_opencl.render.convolution_frame import Framing
from plugtorch_opencl.render.convolution_geometry import Frame, Geometry, Part
from plugtorch_opencl.render.convolution_text import Parameter, Windowed, summed_dtype
from plugtorch_opencl.render.matmul_records import Packing, Sum
from plugtorch_opencl.render.matmul_signature import parameters as matmul_parameters
from plugtorch_opencl.render.matmul_text import Plain
from plugtorch_opencl.traits import Traits
from plugtorch_opencl.work import Argument, Launch, Work

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
