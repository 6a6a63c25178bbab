"""What the texts of all convolution kernels have in common: records, parameters, walks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from plugtorch_opencl.render.matmul_text import (
    STORED,
    SUM_DTYPES,
    SUMMED,
    indent,
    load,
    store,
    value_of,
    value_type,
    vector,
)
from plugtorch_opencl.render.matmul_tiles import GroupTile


@dataclass(frozen=True)
class Tile:
    """On a processor. kind: "rows", "wide", "dots". rows, columns: of one tile's result.

    width: elements of a vector, which is some columns of a row ("rows"), some rows of a column
    ("wide"), or some steps of t ("dots").
    depth: steps of t whose places are worked out at a time. tiles: how many tiles one below the
    other a work-item may have.
    """

    kind: str
    rows: int
    columns: int
    width: int
    depth: int
    tiles: int = 1


@dataclass(frozen=True)
class Windowed:
    """One product kernel.

    axes: of the rows and of t, as many each. x_copied, y_copied: whether these hold elements as
    they are added up; else as they are stored. near: whether neighbours in t are nearer in x than
    neighbouring rows (GPUs). even: whether neighbours among rows are neighbours in x (wide), or
    neighbours in t (dots).
    split: whether t is split between work-items; sums are stored then, for a ``Sum``.
    """

    dtype: str
    axes: int
    tile: Tile | GroupTile
    x_copied: bool = False
    y_copied: bool = False
    bias: bool = False
    split: bool = False
    near: bool = False
    even: bool = True

    @property
    def name(self) -> str:
        tile = self.tile
        rows = tile.group_rows if isinstance(tile, GroupTile) else tile.rows
        columns = tile.group_columns if isinstance(tile, GroupTile) else tile.columns
        words = [
            "convolution",
            self.dtype,
            f"{self.axes - 1}d",
            tile.kind,
            f"{rows}x{columns}",
            "bias" * self.bias,
            "split" * self.split,
        ]
        return "_".join(word for word in words if word)

    @property
    def x_dtype(self) -> str:
        return summed_dtype(self.dtype) if self.x_copied else self.dtype

    @property
    def y_dtype(self) -> str:
        return summed_dtype(self.dtype) if self.y_copied else self.dtype


def tile_of(kernel: Windowed) -> Tile:
    """A processor's tile."""
    return cast("Tile", kernel.tile)


def summed_dtype(dtype: str) -> str:
    """The dtype that elements of ``dtype`` are added up in."""
    return SUM_DTYPES[SUMMED[dtype]]


Parameter = tuple[str, str]


def pointer(name: str, kind: str, constant: bool) -> list[Parameter]:
    """A buffer of a C type and where it begins."""
    return [
        (name, f"global {'const ' * constant}{kind} *{name}"),
        (f"{name}_offset", f"const ulong {name}_offset"),
    ]


def numbers(kind: str, *names: str) -> list[Parameter]:
    """Numbers of a C type."""
    return [(name, f"const {kind} {name}") for name in names]


def parameters(kernel: Windowed) -> list[Parameter]:
    """(name, C declaration) of every parameter, in order."""
    stored, summed = STORED[kernel.dtype], SUMMED[kernel.dtype]
    result = [
        *pointer("x", summed if kernel.x_copied else stored, True),
        *pointer("y", summed if kernel.y_copied else stored, True),
        *pointer("out", summed if kernel.split else stored, False),
    ]
    if kernel.bias:
        result += pointer("bias", stored, True)
    result += numbers("ulong", "x_start", "y_start", "out_start")
    result += numbers("uint", "rows", "columns", "inner", "groups", "row_tiles")
    result += numbers("long", "x_group", "y_group", "y_columns", "out_group", "out_column")
    for axis in range(kernel.axes):
        result += numbers("uint", f"row_size_{axis}", f"inner_size_{axis}")
        result += numbers("long", f"row_x_{axis}", f"row_out_{axis}")
        result += numbers("long", f"inner_x_{axis}", f"inner_y_{axis}")
    if kernel.tile.kind in ("wide", "dots"):
        result += numbers("uint", "length") + numbers("long", "x_near", "out_near")
    if kernel.split:
        result += numbers("uint", "split_depth")
        result += numbers("ulong", "out_split")
    return result


def header(name: str, given: list[Parameter], attributes: str) -> list[str]:
    """From the attributes to the opening brace."""
    lines = [f"{declaration}," for _, declaration in given]
    lines[-1] = lines[-1][:-1] + ")"
    return [f"kernel {attributes}", f"void {name}(", *indent(lines), "{"]


ALONE = "__attribute__((reqd_work_group_size(1, 1, 1)))"


def digits(walk: str, axes: int, number: str, places: Mapping[str, str]) -> list[str]:
    """Statements: the digits of ``number`` along the axes, and ``places`` of what has them.

    places: {variable: the word of its steps}. Steps are long; so are places.
    """
    text = [f"uint {walk}_rest = {number};"]
    for axis in range(axes - 1, 0, -1):
        text += [
            f"uint {walk}_{axis} = {walk}_rest % {walk}_size_{axis};",
            f"{walk}_rest /= {walk}_size_{axis};",
        ]
    text.append(f"uint {walk}_0 = {walk}_rest;")
    for variable, word in places.items():
        terms = [f"{walk}_{axis} * {walk}_{word}_{axis}" for axis in range(axes)]
        text.append(f"long {variable} = {' + '.join(terms)};")
    return text


def advance(walk: str, axes: int, places: Mapping[str, str]) -> list[str]:
    """Statements: one on, the last axis first."""
    text: list[str] = []
    for axis in range(axes):
        step = [f"{variable} += {walk}_{word}_{axis};" for variable, word in places.items()]
        if axis == 0:
            text = [f"++{walk}_0;", *step]
            continue
        back = [
            f"{variable} -= {walk}_size_{axis} * {walk}_{word}_{axis};"
            for variable, word in places.items()
        ]
        text = [
            *step,
            f"if (++{walk}_{axis} == {walk}_size_{axis}) {{",
            *indent([f"{walk}_{axis} = 0;", *back, *text]),
            "}",
        ]
    return text


def where(kernel: Windowed, tile_rows: str, tile_columns: str) -> list[str]:
    """Statements: what this work-group computes; pointers moved to its group's begin."""
    text = [
        f"const uint column_blocks = (columns + {tile_columns} - 1) / {tile_columns};",
        f"const uint row_blocks = (rows + {tile_rows} - 1) / ({tile_rows});",
        "ulong block_number = get_group_id(0);",
        "const uint column_block = (uint)(block_number % column_blocks);",
        "block_number /= column_blocks;",
        f"const uint first_row = (uint)(block_number % row_blocks) * ({tile_rows});",
        "block_number /= row_blocks;",
        "const uint group = (uint)(block_number % groups);",
        f"const uint first_column = column_block * {tile_columns};",
        "x += x_offset + x_start + group * x_group;",
        "y += y_offset + y_start + group * y_group;",
        "out += out_offset + out_start + group * out_group;",
    ]
    if kernel.split:
        text += [
            "const uint split = (uint)(block_number / groups);",
            "out += split * out_split;",
            "const uint first_inner = split * split_depth;",
            "const uint last_inner = min(inner, first_inner + split_depth);",
        ]
    else:
        text += ["const uint first_inner = 0;", "const uint last_inner = inner;"]
    if kernel.bias:
        text.append("bias += bias_offset + group * columns;")
    return text


def finish(kernel: Windowed, width: int, total: str, bias: str, place: str) -> list[str]:
    """Statements: the sum ``total``, with its bias, rounded and stored at ``place``.

    bias: an expression of the bias's index, the same for all elements of a vector.
    """
    dtype = kernel.dtype
    if kernel.split:
        text = [f"const {vector(SUMMED[dtype], width)} value = {total};"]
        return text + [store(summed_dtype(dtype), width, "value", "out", place)]
    if kernel.bias:
        total = f"({total} + {load(dtype, 1, 'bias', bias)})"
    kind = vector(value_type(dtype), width)
    return [
        f"const {kind} value = {value_of(dtype, width, total)};",
        store(dtype, width, "value", "out", place),
    ]
