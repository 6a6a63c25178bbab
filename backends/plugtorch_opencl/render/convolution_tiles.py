"""How convolutions are cut into tiles. Figures for processors were measured with AVX-512."""

from __future__ import annotations

from plugtorch_opencl.render.convolution_text import Tile
from plugtorch_opencl.render.matmul_tiles import best_shape
from plugtorch_opencl.traits import Traits

PANEL_BYTES = 32 * 1024  # of a panel that a block of t is: it stays in the first-level cache
SUM_BYTES = 96 * 1024  # of a work-item's sums
MOST_TILES = 64


def rows_tile(traits: Traits, rows: int, columns: int, width: int, itemsize: int) -> Tile:
    """Vectors of filters; as many tiles as have their sums in half of local memory."""
    high, vectors = best_shape(traits, rows, columns, width)
    wide = vectors * width
    depth = max(32, min(512, PANEL_BYTES // (wide * itemsize)))
    room = min(SUM_BYTES, traits.local_memory // 2)
    tiles = max(1, min(MOST_TILES, room // (high * wide * itemsize)))
    return Tile("rows", high, wide, width, depth, tiles)
