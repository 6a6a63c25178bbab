"""How convolutions are cut into tiles. Figures for processors were measured with AVX-512."""

from __future__ import annotations

from plugtorch_opencl.render.convolution_geometry import Geometry
from plugtorch_opencl.render.convolution_text import Tile
from plugtorch_opencl.render.matmul_tiles import SINGLE, GroupTile, registers
from plugtorch_opencl.traits import Traits

PANEL_BYTES = 16 * 1024  # of a panel that a block of t is: half the first-level cache
SUM_BYTES = 96 * 1024  # of a work-item's sums
MOST_TILES = 32
MOST_DEPTH = 512


# {(rows, vectors): time for the same work}, by how many vector registers there are. Every row has a
# pointer of its own, so that more than 8 rows, or 7 with 3 vectors, no longer fit the others.
ROWS_SHAPES = {
    32: {(6, 4): 1.0, (7, 3): 1.05, (8, 2): 1.12, (8, 1): 1.65},
    16: {(4, 3): 1.0, (6, 2): 1.0, (6, 1): 1.3},
}


def rows_shape(traits: Traits, rows: int, columns: int, width: int) -> tuple[float, int, int]:
    """(time, rows, vectors) of the tile that takes the least time, computing in vain included."""
    shapes = ROWS_SHAPES[registers(traits)]

    def cost(shape: tuple[int, int]) -> float:
        high, wide = shape[0], shape[1] * width
        return -(-rows // high) * high * -(-columns // wide) * wide * shapes[shape]

    best = min(shapes, key=cost)
    return cost(best), *best


def rows_tile(traits: Traits, rows: int, columns: int, width: int, itemsize: int) -> Tile:
    """Vectors of filters; as many tiles as have their sums in half of local memory."""
    while width > 2 and width // 2 >= columns:  # panels are as wide, and what is not there is zeros
        width //= 2
    _, high, vectors = rows_shape(traits, rows, columns, width)
    wide = vectors * width
    depth = max(32, min(MOST_DEPTH, PANEL_BYTES // (wide * itemsize)))
    room = min(SUM_BYTES, traits.local_memory // 2)
    tiles = max(1, min(MOST_TILES, room // (high * wide * itemsize)))
    return Tile("rows", high, wide, width, depth, tiles)


# Tiles of vectors of rows: {the most columns: (vectors, columns)}
WIDE_SHAPES = {
    32: {1: (8, 1), 2: (8, 2), 3: (6, 3), 4: (6, 4), 6: (4, 6), 8: (3, 8), 12: (4, 6), 16: (3, 8)},
    16: {1: (4, 1), 2: (4, 2), 3: (3, 3), 4: (3, 4), 6: (2, 6), 8: (1, 8), 12: (2, 6), 16: (3, 4)},
}
WIDE_TIME = 1.2  # of the same work as in ROWS_SHAPES
GATHERED = 3.0  # what a vector of elements that are no neighbours costs more


def wide_pays(traits: Traits, geometry: Geometry, width: int) -> bool:
    """Whether vectors of rows take less time than vectors of filters."""
    columns = geometry.columns
    if columns > max(WIDE_SHAPES[32]):
        return False
    part = max(geometry.parts, key=lambda part: part.row_count)
    last = part.rows[-1]
    time = WIDE_TIME * part.row_count * -(-last.size // width) * width / last.size * columns
    if last.x != 1:
        time *= 1 + GATHERED / columns
    return time < rows_shape(traits, part.row_count, columns, width)[0]


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


DOTS_ROWS = {1: 9, 2: 8, 3: 6, 4: 6}  # {columns: the most rows}
SHORTEST_LINE = 4  # that vectors along it are worth while


def dots_tile(rows: int, columns: int, length: int, width: int) -> Tile | None:
    """Vectors along t, for few columns and lines of some length; else None."""
    if columns not in DOTS_ROWS or length < SHORTEST_LINE:
        return None
    while width > length:
        width //= 2
    most = DOTS_ROWS[columns]
    return Tile("dots", -(-rows // -(-rows // most)), columns, width, 256)
