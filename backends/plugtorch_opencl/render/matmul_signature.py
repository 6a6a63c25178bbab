"""The parameters of product kernels, and how they begin: which tile of which product is this?"""

from __future__ import annotations

from plugtorch_opencl.render.matmul_records import Kernel, Packing, Product, Sum
from plugtorch_opencl.render.matmul_text import (
    STORED,
    SUMMED,
    indent,
    store,
    value_of,
    value_type,
    vector,
)

MOST_BATCH_AXES = 3


def parameters(kernel: Kernel) -> list[tuple[str, str]]:
    """(name, C declaration) of every parameter but those of the epilogue, in order."""
    if isinstance(kernel, Packing):
        return _packing_parameters(kernel)
    if isinstance(kernel, Sum):
        return [
            _pointer("sums", SUMMED[kernel.dtype], True),
            *_numbers("ulong", "sums_offset"),
            *_outputs(kernel.results),
            *_numbers("uint", "splits", "batches", "rows", "columns"),
        ]
    result = []
    for operand, layout in (("x", kernel.x), ("y", kernel.y)):
        stored = SUMMED if layout == "panels" else STORED
        result.append(_pointer(operand, stored[kernel.dtype], True))
        result += _numbers("ulong", f"{operand}_offset")
        if layout != "panels":
            result += _numbers("uint", f"{operand}_stride")
    if kernel.split:
        result.append(_pointer("out", SUMMED[kernel.dtype], False))
        result += _numbers("ulong", "out_offset")
    else:
        result += _outputs(kernel.results)
    result += _numbers("uint", "out_stride", "rows", "columns", "inner")
    if kernel.tile.kind in ("blocks", "panels"):
        result += _numbers("uint", "row_tiles", "strips", "block_depth")
    if kernel.split:
        result += _numbers("uint", "batches", "split_depth")
    for axis in range(kernel.batch_axes):
        result += _numbers("uint", f"batch_size_{axis}")
        result += _numbers("ulong", f"x_batch_{axis}", f"y_batch_{axis}")
    if kernel.batch_axes or kernel.split:
        result += _numbers("ulong", "out_batch")
    return result


def _packing_parameters(kernel: Packing) -> list[tuple[str, str]]:
    result = [
        _pointer("source", STORED[kernel.dtype], True),
        *_numbers("ulong", "source_offset"),
        *_numbers("uint", "source_stride"),
        _pointer("panels", SUMMED[kernel.dtype], False),
        *_numbers("ulong", "panels_offset"),
        *_numbers("uint", "outer", "inner", "depth"),
    ]
    for axis in range(kernel.batch_axes):
        result += _numbers("uint", f"batch_size_{axis}")
        result += _numbers("ulong", f"source_batch_{axis}")
    return result


def _pointer(name: str, kind: str, constant: bool) -> tuple[str, str]:
    return name, f"global {'const ' * constant}{kind} *{name}"


def _numbers(kind: str, *names: str) -> list[tuple[str, str]]:
    return [(name, f"const {kind} {name}") for name in names]


def output_names(results: tuple[tuple[str, str], ...]) -> list[str]:
    """What the outputs are called: out, out_1 ..."""
    return ["out", *(f"out_{number}" for number in range(1, len(results)))]


def _outputs(results: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    text = []
    for name, (_, dtype) in zip(output_names(results), results, strict=True):
        text.append(_pointer(name, STORED[dtype], False))
        text += _numbers("ulong", f"{name}_offset")
    return text


def header(kernel: Kernel, attributes: str) -> list[str]:
    """From the attributes to the opening brace."""
    declarations = [text for _, text in parameters(kernel)]
    if not (isinstance(kernel, Packing) or (isinstance(kernel, Product) and kernel.split)):
        declarations += kernel.epilogue.parameters
    lines = [f"{declaration}," for declaration in declarations]
    lines[-1] = lines[-1][:-1] + ")"
    return [f"kernel {attributes}", f"void {kernel.name}(", *indent(lines), "{"]


def where(product: Product, tile_rows: str, tile_columns: str) -> list[str]:
    """Statements: what this work-group computes; x, y and out moved to its batch.

    Work-groups are numbered in one dimension, because some devices allow few in the others;
    neighbours share rows of x.
    """
    text = [
        f"const uint column_blocks = (columns + {tile_columns} - 1) / ({tile_columns});",
        f"const uint row_blocks = (rows + {tile_rows} - 1) / ({tile_rows});",
        "ulong block_number = get_group_id(0);",
        f"const uint first_column = (uint)(block_number % column_blocks) * ({tile_columns});",
        "block_number /= column_blocks;",
        f"const uint first_row = (uint)(block_number % row_blocks) * ({tile_rows});",
    ]
    batched = product.batch_axes or product.split
    if product.split:
        text += [
            "const ulong out_number = block_number / row_blocks;",
            "const uint batch = (uint)(out_number % batches);",
            "const uint first_inner = (uint)(out_number / batches) * split_depth;",
            "const uint last_inner = min(inner, first_inner + split_depth);",
        ]
    else:
        if batched:
            text.append("const uint batch = (uint)(block_number / row_blocks);")
        else:
            text.append("const uint batch = 0;")
        text += ["const uint first_inner = 0;", "const uint last_inner = inner;"]
    text += batch_places(product.batch_axes, ("x", "y"))
    number = "out_number" if product.split else "batch"
    for name in output_names(product.results):
        text.append(f"{name} += {name}_offset" + (f" + {number} * out_batch;" if batched else ";"))
    return text


def batch_places(axes: int, operands: tuple[str, ...]) -> list[str]:
    """Statements: the operands moved to their offset and to matrix number ``batch``."""
    text = [f"{operand} += {operand}_offset;" for operand in operands]
    rest = "batch"
    for axis in range(axes):
        index = rest if axis == axes - 1 else f"{rest} % batch_size_{axis}"
        text += [f"{operand} += ({index}) * {operand}_batch_{axis};" for operand in operands]
        rest = f"{rest} / batch_size_{axis}"
    return text


def finish(
    kernel: Product | Sum, width: int, total: str, row: str, column: str, place: str
) -> list[str]:
    """Statements: the epilogue of the sum ``total`` and its stores at ``place`` of every output."""
    if isinstance(kernel, Product) and kernel.split:
        return [f"const {vector(SUMMED[kernel.dtype], width)} value = {total};"] + [
            store("unsigned", width, "value", "out", place)
        ]
    kind = vector(value_type(kernel.dtype), width)
    text = [f"const {kind} value = {value_of(kernel.dtype, width, total)};"]
    text += kernel.epilogue.lines(width, row, column, "batch")
    for name, (variable, dtype) in zip(output_names(kernel.results), kernel.results, strict=True):
        text.append(store(dtype, width, variable, name, place))
    return text
