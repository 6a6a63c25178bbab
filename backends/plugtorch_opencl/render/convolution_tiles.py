"""How convolutions are cut into tiles. Figures for processors were measured with AVX-512."""

from __future__ import annotations

from plugtorch_opencl.render.convolution_geometry import Geometry
from plugtorch_opencl.render.convolution_text import Tile
from plugtorch_opencl.render.matmul_tiles import SINGLE, GroupTile, best_shape, registers
from plugtorch_opencl.traits import Traits

PANEL_BYTES = 32 * 1024  # of a panel that a block of t is: it stays in the first-level cache
SUM_BYTES = 96 * 1024  # of a work-item's sums
MOST_TILES = 64
MOST_DEPTH = 512


def rows_tile(traits: Traits, rows: int, columns: int, width: int, itemsize: int) -> Tile:
    """Vectors of filters; as many tiles as have their sums in half of local memory."""
    while width > 2 and width // 2 >= columns:  # panels are as wide, and what is not there is zeros
        width //= 2
    high, vectors = best_shape(traits, rows, columns, width)
    wide = vectors * width
    depth = max(32, min(MOST_DEPTH, PANEL_BYTES // (wide * itemsize)))
    room = min(SUM_BYTES, traits.local_memory // 2)
    tiles = max(1, min(MOST_TILES, room // (high * wide * itemsize)))
    return Tile("rows", high, wide, width, depth, tiles)


# Tiles of vectors of rows: {the most columns: (vectors, columns)}
WIDE_SHAPES = {
    32: {1: (8, 1), 2: (8, 2), 3: (6, 3), 4: (6, 4), 6: (4, 6), 8: (3, 8)},
    16: {1: (4, 1), 2: (4, 2), 3: (3, 3), 4: (3, 4), 6: (2, 6), 8: (1, 8)},
}
GATHERED = 3.0  # what a vector of elements that are no neighbours costs more


def wide_pays(geometry: Geometry, width: int) -> bool:
    """Whether vectors of rows waste less than vectors of filters."""
    columns = geometry.columns
    if columns > max(WIDE_SHAPES[32]):
        return False
    last = max((part.rows[-1] for part in geometry.parts), key=lambda row: row.size)
    wide = -(-last.size // width) * width / last.size
    if last.x != 1:
        wide *= 1 + GATHERED / columns
    return wide < 1.2 * -(-columns // width) * width / columns


def wide_tile(traits: Traits, units: int, columns: int, width: int, itemsize: int) -> Tile:
    """Vectors of rows."""
    shapes = WIDE_SHAPES[registers(traits)]
    vectors, wide = next(shapes[most] for most in shapes if most >= columns)
    vectors = min(vectors, units)
    room = min(SUM_BYTES, traits.local_memory // 2)
    tiles = max(1, min(MOST_TILES, room // (vectors * wide * width * itemsize)))
    return Tile("wide", vectors * width, wide, width, 256, tiles)


# Tiles of work-groups on GPUs, the largest first; many rows by few columns for few filters.
GROUPS = (
    GroupTile(64, 64, 16, 4, 4),  # 256 work-items
    GroupTile(32, 32, 16, 4, 4),  # 64
    GroupTile(64, 16, 16, 4, 4),  # 64
    GroupTile(128, 4, 8, 4, 2),  # 64
    GroupTile(128, 1, 8, 2, 1),  # 64
    GroupTile(16, 16, 16, 2, 2),  # 64
    GroupTile(16, 4, 32, 2, 1),  # 32
    GroupTile(16, 1, 64, 1, 1),  # 16
)


def group_tile(
    traits: Traits, rows: int, columns: int, groups: int, itemsize: int, splits: bool
) -> GroupTile:
    """The tile that computes and loads least; without ``splits`` one that fills the device."""
    best, least = SINGLE, float("inf")
    for tile in GROUPS:
        local = tile.local_bytes(itemsize) + 16 * (tile.group_rows + tile.depth)
        if tile.items > traits.group or local > traits.local_memory:
            continue
        blocks = -(-rows // tile.group_rows) * -(-columns // tile.group_columns)
        # A multiply-add, and what of it is loads from local memory.
        cost = (
            blocks * tile.group_rows * tile.group_columns * (1 + 1 / tile.rows + 1 / tile.columns)
        )
        if blocks * groups < traits.units and not splits:
            cost *= 1.5
        if cost < 0.85 * least:
            best, least = tile, cost
    return best
