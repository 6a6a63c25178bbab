"""Matrix products as records: what the text of each kernel depends on, and how it is launched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from plugtorch_opencl.render.matmul_text import SUM_DTYPES, SUMMED, Epilogue
from plugtorch_opencl.render.matmul_tiles import GroupTile, Tile

LAYOUTS = ("rows", "columns", "panels")


@dataclass(frozen=True)
class Operand:
    """A stack of matrices: layout, elements from line to line, and from matrix to matrix.

    batch: strides of the batch axes, in the order of ``Sizes.batch``; 0 repeats a matrix.
    aligned: whether its offset is a multiple of 4 elements.
    """

    layout: str
    stride: int
    batch: tuple[int, ...] = ()
    aligned: bool = False


@dataclass(frozen=True)
class Sizes:
    """(batch..., rows, inner) (batch..., inner, columns). batch: outermost first, 3 at most."""

    rows: int
    columns: int
    inner: int
    batch: tuple[int, ...] = ()


@dataclass(frozen=True)
class Product:
    """One product kernel.

    x, y: layouts. batch_axes: how many axes of batches have strides of their own (a stride of 0
    repeats a matrix). blocked: whether the inner axis is longer than tile.depth (processors).
    inner_edges: whether it is no multiple of tile.depth (GPUs). aligned: whether every extent,
    stride and offset along neighbours is a multiple of 4 elements (GPUs; allows vector loads).
    split: whether the inner axis is split between work-groups; the kernel then stores unfinished
    sums, which a ``Sum`` adds up in a fixed order.
    """

    dtype: str
    x: str
    y: str
    tile: Tile
    epilogue: Epilogue
    batch_axes: int = 0
    blocked: bool = False
    inner_edges: bool = False
    aligned: bool = False
    split: bool = False

    @property
    def name(self) -> str:
        """The kernel's name: ``product_float32_rows_columns_blocks_8x48_bias``."""
        tile = self.tile
        shape = (
            f"{tile.group_rows}x{tile.group_columns}"
            if isinstance(tile, GroupTile)
            else f"{tile.rows}x{tile.columns}"
        )
        last = "split" if self.split else self.epilogue.name
        words = ["product", self.dtype, self.x, self.y, tile.kind, shape, last]
        return "_".join(word for word in words if word)

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        """(variable, dtype) of each output."""
        if self.split:
            return (("value", SUM_DTYPES[SUMMED[self.dtype]]),)
        return self.epilogue.results


@dataclass(frozen=True)
class Packing:
    """One packing kernel: an operand into panels of ``width`` rows of x, or columns of y.

    Element (i, k), i counting rows of x or columns of y, goes to
    ((i // width) inner + k) width + i % width. What is missing in the last panel is 0. layout:
    "inner" if elements along k are neighbours in the operand, else "outer". lanes: of the vectors
    it is copied in; they divide width. Floats smaller than float32 become float32.
    """

    dtype: str
    layout: str
    width: int
    lanes: int
    batch_axes: int = 0

    @property
    def name(self) -> str:
        return f"pack_{self.dtype}_{self.layout}_{self.width}"


@dataclass(frozen=True)
class Sum:
    """Adds up what a split product left: out = epilogue(sum over s of sums[s])."""

    dtype: str
    epilogue: Epilogue

    @property
    def name(self) -> str:
        words = ["product_sum", self.dtype, self.epilogue.name]
        return "_".join(word for word in words if word)

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        return self.epilogue.results


Kernel = Product | Packing | Sum


@dataclass(frozen=True)
class Launch:
    """A kernel, its global and local size, and the arguments that follow from the shape alone."""

    kernel: Kernel
    items: tuple[int]
    group: tuple[int]
    sizes: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """The launches a product needs, in order: pack_x, pack_y, product, sum.

    x_panels, y_panels, sums: elements of scratch memory, of the dtype products are added in; 0
    where none is needed. A buffer of panels begins at a multiple of 64 bytes. What packs an operand
    takes it as "source" and writes "panels"; those are the product's "x" or "y" then, with offset
    0. A split product's "out" is the sum's "sums".
    """

    product: Launch
    pack_x: Launch | None = None
    pack_y: Launch | None = None
    sum: Launch | None = None
    x_panels: int = 0
    y_panels: int = 0
    sums: int = 0
