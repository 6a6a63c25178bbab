"""Matrix products: which kernels a shape needs, their text, how they are launched.

out[b, i, j] = epilogue(sum over k of x[b, i, k] y[b, k, j])

x and y are matrices whose elements lie ``stride`` apart in one direction and side by side in the
other: layout "rows" (neighbours in a row) or "columns" (neighbours in a column: transposed). A
matrix with neither is copied first. out is written by rows. ``linear`` is y by columns and a
``ColumnBias``.

`plan` says which kernels a product needs, `render` writes each, `arguments` names what each takes.
No size may be 0: without rows, columns or batches there is nothing to launch, and without inner
elements the result is the epilogue of zeros; the caller sees to both.
"""

from __future__ import annotations

import functools
import math

from plugtorch.errors import ArgumentError, UnsupportedError
from plugtorch_opencl.render import matmul_copies, matmul_cpu, matmul_gpu, matmul_plans
from plugtorch_opencl.render.matmul_records import (
    Kernel,
    Launch,
    Operand,
    Packing,
    Plan,
    Product,
    Sizes,
    Sum,
)
from plugtorch_opencl.render.matmul_signature import MOST_BATCH_AXES, parameters
from plugtorch_opencl.render.matmul_text import SUMMED, ColumnBias, Epilogue, Plain
from plugtorch_opencl.render.matmul_tiles import SINGLE, GroupTile
from plugtorch_opencl.traits import Traits

__all__ = [
    "SUMMED",
    "ColumnBias",
    "Epilogue",
    "Kernel",
    "Launch",
    "Operand",
    "Packing",
    "Plain",
    "Plan",
    "Product",
    "Sizes",
    "Sum",
    "arguments",
    "numbers",
    "plan",
    "render",
]

LARGEST_SIZE = 2**31 - 1  # of rows, columns, inner, strides: they are uint in the kernels


@functools.lru_cache(maxsize=1024)
def render(kernel: Kernel, traits: Traits) -> str:
    """The program with the kernel ``kernel.name``. A text fits many sizes: other shapes ask for it
    again.
    """
    if isinstance(kernel, Packing):
        return matmul_copies.render_packing(kernel, traits)
    if isinstance(kernel, Sum):
        return matmul_gpu.render_sum(kernel, traits)
    if isinstance(kernel.tile, GroupTile):
        return matmul_gpu.render(kernel, traits)
    return matmul_cpu.render(kernel, traits)


def arguments(kernel: Kernel) -> list[str]:
    """Names of the kernel's arguments in order; those of the epilogue follow.

    A product takes buffers "x", "y", "out" ("out_1", ...), each but panels with an offset in
    elements, then numbers: uint, but ulong for offsets and batch strides (``numbers`` tells).
    """
    return [name for name, _ in parameters(kernel)]


def numbers(kernel: Kernel) -> dict[str, str]:
    """{name: "uint" or "ulong"} of the arguments that are numbers."""
    return {
        name: text.split()[1] for name, text in parameters(kernel) if not text.startswith("global")
    }


def plan(
    traits: Traits,
    dtype: str,
    x: Operand,
    y: Operand,
    sizes: Sizes,
    epilogue: Epilogue | None = None,
) -> Plan:
    """What to launch for a product on a device.

    Raises UnsupportedError for a dtype the device has not, and for sizes or strides that do not fit
    32 bits; ArgumentError for sizes of 0 and for too many batch axes.
    """
    _check(traits, dtype, x, y, sizes)
    after = epilogue or Plain(dtype)
    product = Product(dtype, x.layout, y.layout, SINGLE, after, len(sizes.batch))
    if traits.kind == "cpu" and traits.vector > 1:
        return matmul_plans.processor(traits, product, x, y, sizes)
    return matmul_plans.groups(traits, product, x, y, sizes)


def _check(traits: Traits, dtype: str, x: Operand, y: Operand, sizes: Sizes) -> None:
    if dtype not in SUMMED:
        raise UnsupportedError(f"[matmul] there is no product of {dtype}. Convert to int32 first.")
    if dtype == "float64" and not traits.float64:
        raise UnsupportedError(
            f"[matmul] {traits.name} cannot compute with float64. Use float32 or another device."
        )
    extents = (sizes.rows, sizes.columns, sizes.inner, *sizes.batch)
    if min(extents) < 1:
        raise ArgumentError(f"[matmul] sizes must not be 0, got {sizes}.")
    if len(sizes.batch) > MOST_BATCH_AXES:
        raise ArgumentError(
            f"[matmul] at most {MOST_BATCH_AXES} batch axes, got {len(sizes.batch)}. "
            "Merge axes or copy an operand."
        )
    if max(*extents, x.stride, y.stride, math.prod(sizes.batch)) > LARGEST_SIZE:
        raise UnsupportedError(f"[matmul] sizes and strides must be below 2**31, got {sizes}.")
