"""How matrix products are cut into tiles, by device and by shape.

A device's parameters are looked up by tier, as CLBlast's are: its name, its architecture (a word
of its name), its vendor, the default. Figures for processors were measured on AVX-512 with Intel's
runtime and PoCL; those for GPUs follow from registers and local memory and await a tuner.
"""

from __future__ import annotations

from dataclasses import dataclass

from plugtorch_opencl.traits import Traits


@dataclass(frozen=True)
class ProcessorTile:
    """One work-item's share on a processor (traits.kind "cpu" with vector types).

    kind: "blocks" (operands copied to local memory block by block), "panels" (operands packed by
    kernels of their own before), "thin" (few rows; y read in place), "dots" (vectors along the
    inner axis). rows x vectors * width: the tile in registers; for "dots" rows x vectors sums, each
    a vector. depth: of the blocks of the inner axis. strips, row_tiles: how many tiles side by side
    and one below the other a work-item's block may have.
    """

    kind: str
    rows: int
    vectors: int
    width: int
    depth: int = 1
    strips: int = 1
    row_tiles: int = 1

    @property
    def columns(self) -> int:
        return self.vectors if self.kind == "dots" else self.vectors * self.width


@dataclass(frozen=True)
class GroupTile:
    """One work-group's share on a GPU.

    group_rows x group_columns of the result, in steps of ``depth`` along the inner axis; each
    work-item has rows x columns of it, columns in runs of ``lanes`` neighbours.
    """

    group_rows: int
    group_columns: int
    depth: int
    rows: int
    columns: int
    lanes: int = 1
    kind: str = "groups"

    @property
    def items(self) -> int:
        return (self.group_rows // self.rows) * (self.group_columns // self.columns)

    def local_bytes(self, itemsize: int) -> int:
        return self.depth * (self.group_rows + self.group_columns + 2 * PADDING) * itemsize


Tile = ProcessorTile | GroupTile

PADDING = 4  # elements between rows of a local tile, so that columns fall on different banks

# -- processors ------------------------------------------------------------------------------------

# Tiles by how many vector registers a processor has. Block tiles: {(rows, vectors): time for the
# same work}. With 32: 24 sums, 4 vectors of y, and x read from memory by the multiply-add itself.
# With 16: 12, 3, and 1.
BLOCK_SHAPES = {
    32: {(6, 4): 1.0, (8, 3): 1.06, (12, 2): 1.06, (8, 2): 1.15, (12, 1): 1.3},
    16: {(4, 3): 1.0, (6, 2): 1.0, (6, 1): 1.3},
}
# The same where x is copied to local memory as well: narrow strips leave more of it for each copy.
COPIED_SHAPES = {
    32: {(6, 4): 1.06, (8, 3): 1.03, (12, 2): 1.0, (8, 2): 1.15, (12, 1): 1.3},
    16: BLOCK_SHAPES[16],
}
# Tiles of packed operands: rows are copied as vectors, so they are a power of 2.
PANEL_SHAPES = {32: (8, 3), 16: (4, 3)}
# Few rows: {the most of them: (rows, vectors)}. Wide ones read long runs of each row of y.
THIN_SHAPES = {
    32: {1: (1, 16), 2: (2, 8), 4: (4, 4), 6: (6, 4), 8: (8, 3), 12: (6, 4), 16: (8, 3)},
    16: {1: (1, 8), 2: (2, 6), 4: (4, 3), 6: (6, 2), 12: (6, 2)},
}
# Few rows, y by columns: {the most rows: (rows, columns)}, every sum a vector.
DOTS_SHAPES = {
    32: {1: (1, 8), 2: (2, 8), 4: (4, 4), 6: (6, 4), 8: (8, 3)},
    16: {1: (1, 8), 2: (2, 4), 4: (4, 2)},
}
STREAMED = 3 << 18  # elements of y that a second-level cache no longer holds
LOCAL = 224 * 1024  # bytes of local memory used at most: it is the second-level cache
DEPTHS = (64, 96, 128, 192, 256, 384)  # of blocks
MOST_STRIPS = 8
MOST_ROW_TILES = 64
# Deep: sums that are kept between blocks pass through the second-level cache (measured at 1024 and
# 2048: 256 to 1024 steps give 5 to 9 % more); a strip of y takes 256 KB there.
PANEL_DEPTH, PANEL_STRIPS = 1024, 2


def registers(traits: Traits) -> int:
    """Vector registers: AVX-512 (16 float32) and ARM (4) have 32, AVX2 (8) has 16."""
    return 16 if traits.vector == 8 else 32


def best_shape(
    traits: Traits, rows: int, columns: int, width: int, x_copied: bool = False
) -> tuple[int, int]:
    """(rows, vectors) of the tile that takes the least time, what is computed in vain included."""
    shapes = (COPIED_SHAPES if x_copied else BLOCK_SHAPES)[registers(traits)]

    def cost(shape: tuple[int, int]) -> float:
        high, wide = shape[0], shape[1] * width
        return -(-rows // high) * high * -(-columns // wide) * wide * shapes[shape]

    return min(shapes, key=cost)


def thin_tile(
    traits: Traits, rows: int, columns: int, inner: int, width: int
) -> ProcessorTile | None:
    """The tile for few rows times y by rows, or None.

    Wide tiles are best while y is in a cache, narrow ones where it streams from memory (measured:
    by a fifth each; rows of y shorter than 1024 always want wide ones).
    """
    shapes = THIN_SHAPES[registers(traits)]
    if rows > max(shapes):
        return None
    high, vectors = next(shapes[most] for most in shapes if most >= rows)
    if inner * columns >= STREAMED and columns >= 1024:
        vectors = min(vectors, 4)
    vectors = max(1, min(vectors, columns // width))
    return ProcessorTile("thin", high, vectors, width)


def dots_tile(traits: Traits, rows: int, columns: int, width: int) -> ProcessorTile | None:
    """The tile for few rows, or one or two columns, times y by columns; or None."""
    shapes = DOTS_SHAPES[registers(traits)]
    if columns <= 2 and columns < rows:
        return ProcessorTile("dots", 8 // columns, columns, width)
    if rows > max(shapes):
        return None
    high, wide = next(shapes[most] for most in shapes if most >= rows)
    return ProcessorTile("dots", high, wide, width)


# -- GPUs ------------------------------------------------------------------------------------------

SMALL = GroupTile(32, 32, 16, 4, 4, 2)  # 64 work-items: any device has groups of that size
MIDDLE = GroupTile(64, 64, 16, 4, 4, 4)  # 256
LARGE = GroupTile(128, 128, 8, 8, 8, 4)  # 256, 64 sums each: wants 128 registers
TINY = GroupTile(16, 16, 8, 2, 2, 2)  # 64 work-items, 1.2 KB
FLAT = GroupTile(16, 128, 16, 2, 4, 4)  # 256: few rows
TALL = GroupTile(128, 16, 16, 4, 2, 2)  # 256: few columns
SINGLE = GroupTile(4, 4, 4, 4, 4, 4)  # one work-item, for devices without groups

# Tiers: words that the device's name or vendor has -> its tile for large products. The first that
# fits, so names come before architectures and those before vendors.
TIERS: tuple[tuple[tuple[str, ...], GroupTile], ...] = (
    (("h100", "h200", "a100", "rtx", "tesla", "quadro"), LARGE),
    (("gfx9", "gfx10", "gfx11", "gfx12", "radeon", "instinct"), LARGE),
    (("arc", "iris", "uhd", "hd graphics"), GroupTile(64, 64, 16, 8, 4, 4)),
    (("mali", "adreno", "powervr", "videocore"), SMALL),
    (("nvidia",), LARGE),
    (("amd", "advanced micro"), LARGE),
    (("intel",), GroupTile(64, 64, 16, 8, 4, 4)),
    (("llvmpipe",), TINY),
)


def group_tile(traits: Traits, rows: int, columns: int, itemsize: int) -> GroupTile:
    """The tile for a product of this shape: large ones where they fill the device."""
    named = f"{traits.name} {traits.vendor}".lower()
    tier = next((tile for words, tile in TIERS if any(word in named for word in words)), MIDDLE)
    if itemsize == 8 and tier is LARGE:  # twice the registers
        tier = MIDDLE
    if rows <= 16 < columns:
        wanted: list[GroupTile] = [FLAT]
    elif columns <= 16 < rows:
        wanted = [TALL]
    else:
        wanted = [tier, MIDDLE, SMALL]
        wanted = [
            tile
            for tile in wanted
            if -(-rows // tile.group_rows) * -(-columns // tile.group_columns) >= traits.units
            and tile.items <= 256
        ]
    for tile in (*wanted, SMALL, TINY):
        if tile.items <= traits.group and tile.local_bytes(itemsize) <= traits.local_memory:
            return tile
    return SINGLE
