"""Which kernels a matrix product needs on a device, and in how many work-items.

Everything is decided from the shape and the device alone, so that a product gives the same bits
each time.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import cast

from plugtorch_opencl.render.matmul_cpu import x_in_place
from plugtorch_opencl.render.matmul_records import (
    Launch,
    Operand,
    Packing,
    Plan,
    Product,
    Sizes,
    Sum,
)
from plugtorch_opencl.render.matmul_text import Plain
from plugtorch_opencl.render.matmul_tiles import (
    DEPTHS,
    LOCAL,
    MOST_ROW_TILES,
    MOST_STRIPS,
    PANEL_DEPTH,
    PANEL_SHAPES,
    PANEL_STRIPS,
    ProcessorTile,
    best_shape,
    dots_tile,
    group_tile,
    registers,
    thin_tile,
)
from plugtorch_opencl.traits import Traits

PACKED_WORK = 900**3  # products at least so large are packed first,
PACKED_WORK_TURNED = 480**3  # with x by columns sooner, as blocks would copy it again and again,
PACKED_SIDE = 192  # unless a side is shorter: packing reads and writes each operand once
PACKED_INNER = 1280  # from so long an inner axis on, x by rows is packed too
PACKED_STEPS = 256  # inner steps that a packing work-item copies


def _numbers(x: Operand, y: Operand, sizes: Sizes) -> dict[str, int]:
    """The arguments that do not depend on the tile."""
    result = {
        "x_stride": x.stride,
        "y_stride": y.stride,
        "out_stride": sizes.columns,
        "rows": sizes.rows,
        "columns": sizes.columns,
        "inner": sizes.inner,
        "batches": math.prod(sizes.batch),
        "out_batch": sizes.rows * sizes.columns,
    }
    for axis in range(len(sizes.batch)):  # in the kernels the innermost comes first
        result[f"batch_size_{axis}"] = sizes.batch[-1 - axis]
        result[f"x_batch_{axis}"] = x.batch[-1 - axis]
        result[f"y_batch_{axis}"] = y.batch[-1 - axis]
    return result


def itemsize_of(dtype: str) -> int:
    """Bytes of the type that products of ``dtype`` are added up in."""
    return 8 if dtype in ("float64", "int64") else 4


def _up(number: int, step: int) -> int:
    return -(-number // step)


# -- processors ------------------------------------------------------------------------------------


def processor(traits: Traits, product: Product, x: Operand, y: Operand, sizes: Sizes) -> Plan:
    """The plan for a processor: few rows are read in place, others copied, large ones packed."""
    width = max(2, traits.vector * 4 // itemsize_of(product.dtype))
    tile = None
    if product.y == "rows":
        tile = thin_tile(traits, sizes.rows, sizes.columns, sizes.inner, width)
    elif product.x == "rows":
        tile = dots_tile(traits, sizes.rows, sizes.columns, width)
    if tile is not None:
        return _simple(traits, product, tile, x, y, sizes)
    work = sizes.rows * sizes.columns * sizes.inner
    least = PACKED_WORK if product.x == "rows" else PACKED_WORK_TURNED
    if work >= least and min(sizes.rows, sizes.columns, sizes.inner) >= PACKED_SIDE:
        return _packed(traits, product, width, x, y, sizes)
    rows, vectors = best_shape(traits, sizes.rows, sizes.columns, width, not x_in_place(product))
    tile, blocked = _block_tile(traits, product, sizes, rows, vectors, width)
    return _blocks(traits, replace(product, tile=tile, blocked=blocked), x, y, sizes)


def _simple(
    traits: Traits, product: Product, tile: ProcessorTile, x: Operand, y: Operand, sizes: Sizes
) -> Plan:
    """One tile a work-item."""
    product = replace(product, tile=tile)
    items = _up(sizes.rows, tile.rows) * _up(sizes.columns, tile.columns)
    return _split(traits, product, items, (1,), _numbers(x, y, sizes), sizes, 2048)


def _block_tile(
    traits: Traits, product: Product, sizes: Sizes, rows: int, vectors: int, width: int
) -> tuple[ProcessorTile, bool]:
    """The tile that fits local memory, and whether the inner axis takes several blocks.

    Measured shares of a tile's own time: copying x once a strip 0.15 (reading it in place
    0.05), copying y 0.4, keeping the sums of a block 4 steps of the inner loop.
    """
    itemsize = itemsize_of(product.dtype)
    local = min(traits.local_memory, LOCAL)
    columns = vectors * width * itemsize
    copied = not x_in_place(product)
    best, least = None, math.inf
    for depth in DEPTHS:
        for strips in range(1, MOST_STRIPS + 1):
            tile_sums, blocked = rows * columns, sizes.inner > depth
            free = local - strips * depth * columns - copied * depth * 24 * itemsize
            row_tiles = free // (strips * tile_sums if blocked else tile_sums)
            row_tiles = min(row_tiles, MOST_ROW_TILES) if blocked else min(row_tiles, 1)
            if row_tiles < 1:
                continue
            used = min(strips, _up(sizes.columns, vectors * width))
            loops = min(row_tiles if blocked else MOST_ROW_TILES, _up(sizes.rows, rows))
            time = (0.15 if copied else 0.05) / used + 0.4 / loops + 4 / min(depth, sizes.inner)
            if time < least:
                tile = ProcessorTile("blocks", rows, vectors, width, depth, strips, row_tiles)
                best, least = (tile, blocked), time
    if best is None:  # a device with little local memory
        tile = ProcessorTile("blocks", rows, 1, width, width, 1, 1)
        best = tile, sizes.inner > width
    return best


def _blocks(traits: Traits, product: Product, x: Operand, y: Operand, sizes: Sizes) -> Plan:
    """Blocks as large as they may be, but enough of them for every compute unit."""
    tile = cast("ProcessorTile", product.tile)
    all_tiles, all_strips = _up(sizes.rows, tile.rows), _up(sizes.columns, tile.columns)
    batches = math.prod(sizes.batch)
    strips = _even(all_strips, tile.strips)
    row_tiles = _even(all_tiles, tile.row_tiles if product.blocked else 64)
    wanted = 1 if traits.units == 1 else 2 * traits.units

    def blocks() -> int:
        return batches * _up(all_tiles, row_tiles) * _up(all_strips, strips)

    while blocks() < wanted and (strips > 1 or row_tiles > 4):
        if strips > 1 and strips * tile.columns >= row_tiles * tile.rows // 4:
            strips = _up(strips, 2)
        else:
            row_tiles = _up(row_tiles, 2)
    depth = _even(sizes.inner, tile.depth)
    if product.blocked:  # whole vectors, for y by columns
        depth = _up(depth, tile.width) * tile.width
    numbers = _numbers(x, y, sizes)
    numbers |= {"row_tiles": row_tiles, "strips": strips, "block_depth": depth}
    items = _up(all_tiles, row_tiles) * _up(all_strips, strips)
    return _split(traits, product, items, (1,), numbers, sizes, 4096)


def _even(count: int, most: int) -> int:
    """The size of equal parts of ``count``, ``most`` at most."""
    return _up(count, _up(count, most))


def _packed(
    traits: Traits,
    product: Product,
    width: int,
    x: Operand,
    y: Operand,
    sizes: Sizes,
) -> Plan:
    """y to panels, and x where that pays; then the product of those."""
    in_place = x_in_place(product) and len(sizes.batch) < 2 and sizes.inner < PACKED_INNER
    if in_place:
        rows, vectors = best_shape(traits, sizes.rows, sizes.columns, width)
    else:
        rows, vectors = PANEL_SHAPES[registers(traits)]
    sums = PANEL_STRIPS * rows * vectors * width * itemsize_of(product.dtype)
    row_tiles = max(1, min(MOST_ROW_TILES, min(traits.local_memory, LOCAL) // sums))
    blocked = sizes.inner > PANEL_DEPTH
    tile = ProcessorTile("panels", rows, vectors, width, PANEL_DEPTH, PANEL_STRIPS, row_tiles)
    flat = replace(sizes, batch=(math.prod(sizes.batch),) if sizes.batch else ())
    y_launch, y_size = packing(
        product.dtype, y, sizes, sizes.columns, tile.columns, product.y == "columns", width
    )
    y_batches = y_launch.sizes["batches"]
    y_panels = Operand("panels", 0, (y_size if y_batches > 1 else 0,))
    packed = replace(product, y="panels", tile=tile, blocked=blocked, batch_axes=len(flat.batch))
    if in_place:
        result = _blocks(traits, packed, x, y_panels, flat)
        return replace(result, pack_y=y_launch, y_panels=y_size * y_batches)
    x_launch, x_size = packing(
        product.dtype, x, sizes, sizes.rows, rows, product.x == "rows", width
    )
    x_batches = x_launch.sizes["batches"]
    x_panels = Operand("panels", 0, (x_size if x_batches > 1 else 0,))
    result = _blocks(traits, replace(packed, x="panels"), x_panels, y_panels, flat)
    return replace(
        result,
        pack_x=x_launch,
        pack_y=y_launch,
        x_panels=x_size * x_batches,
        y_panels=y_size * y_batches,
    )


def packing(
    dtype: str,
    operand: Operand,
    sizes: Sizes,
    outer: int,
    panel: int,
    along_inner: bool,
    width: int,
) -> tuple[Launch, int]:
    """How an operand is packed into panels of so many of its ``outer`` lines, and how many elements
    one matrix of it then has. along_inner: whether elements along the inner axis are neighbours.
    """
    lanes = next(lanes for lanes in (16, 8, 4, 2) if lanes <= width and panel % lanes == 0)
    axes = len(sizes.batch) if any(operand.batch) else 0
    batches = math.prod(sizes.batch) if axes else 1
    kernel = Packing(dtype, "inner" if along_inner else "outer", panel, lanes, axes)
    numbers = {
        "source_stride": operand.stride,
        "outer": outer,
        "inner": sizes.inner,
        "depth": PACKED_STEPS,
        "batches": batches,
    }
    for axis in range(axes):
        numbers[f"batch_size_{axis}"] = sizes.batch[-1 - axis]
        numbers[f"source_batch_{axis}"] = operand.batch[-1 - axis]
    items = batches * _up(outer, panel) * _up(sizes.inner, PACKED_STEPS)
    return Launch(kernel, (items,), (1,), numbers), _up(outer, panel) * panel * sizes.inner


# -- GPUs ------------------------------------------------------------------------------------------


def groups(traits: Traits, product: Product, x: Operand, y: Operand, sizes: Sizes) -> Plan:
    """The plan for a GPU."""
    itemsize = itemsize_of(product.dtype)
    batches = math.prod(sizes.batch)
    tile = group_tile(traits, sizes.rows * batches, sizes.columns, itemsize)
    aligned = all(
        operand.aligned
        and extent % 4 == 0
        and operand.stride % 4 == 0
        and all(step % 4 == 0 for step in operand.batch)
        for operand, extent in (
            (x, sizes.inner if product.x == "rows" else sizes.rows),
            (y, sizes.columns if product.y == "rows" else sizes.inner),
        )
    )
    product = replace(
        product, tile=tile, aligned=aligned, inner_edges=sizes.inner % tile.depth != 0
    )
    blocks = _up(sizes.rows, tile.group_rows) * _up(sizes.columns, tile.group_columns)
    return _split(
        traits, product, blocks, (tile.items,), _numbers(x, y, sizes), sizes, 16 * tile.depth
    )


# -- split sums ------------------------------------------------------------------------------------


def _split(
    traits: Traits,
    product: Product,
    blocks: int,
    group: tuple[int],
    numbers: dict[str, int],
    sizes: Sizes,
    least: int,
) -> Plan:
    """The product's launch; where few blocks have long sums, in parts of ``least`` steps or more.

    The number of parts depends on the shape and the device only, so results are the same each time.
    """
    batches = math.prod(sizes.batch)
    splits = 1
    if blocks * batches < traits.units:
        splits = max(1, min(_up(traits.units, blocks * batches), sizes.inner // least))
    depth = _up(_up(sizes.inner, splits), product.tile.depth) * product.tile.depth
    splits = _up(sizes.inner, depth)
    if splits == 1:
        items = blocks * batches * group[0]
        return Plan(Launch(product, (items,), group, numbers))
    kernel = Sum(product.dtype, product.epilogue)
    size = batches * sizes.rows * sizes.columns
    product = replace(product, split=True, epilogue=Plain(product.dtype))
    launch = Launch(
        product, (blocks * batches * splits * group[0],), group, numbers | {"split_depth": depth}
    )
    adding = {
        "splits": splits,
        "batches": batches,
        "rows": sizes.rows,
        "columns": sizes.columns,
    }
    local = min(64, traits.group)
    items = _up(size, local) * local
    return Plan(launch, sum=Launch(kernel, (items,), (local,), adding), sums=size * splits)
