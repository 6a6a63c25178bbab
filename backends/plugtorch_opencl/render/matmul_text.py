"""What the texts of all matrix products have in common: C types, loads, stores, signatures.

Floats smaller than float32 are stored as they are and added up in float32. Integers are added up
unsigned, because what overflows wraps around there and is undefined in C for signed ones.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

STORED = {
    "float16": "half",
    "bfloat16": "ushort",
    "float32": "float",
    "float64": "double",
    "uint8": "uchar",
    "int8": "char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
    "bool": "uchar",
}
SUMMED = {
    "float16": "float",
    "bfloat16": "float",
    "float32": "float",
    "float64": "double",
    "uint8": "uint",
    "int8": "uint",
    "int16": "uint",
    "int32": "uint",
    "int64": "ulong",
}
SUM_DTYPES = {"float": "float32", "double": "float64", "uint": "int32", "ulong": "int64"}


class Epilogue(Protocol):
    """What happens to a product before it is stored, fused behind it.

    ``name``: a word for the kernel's name; with ``parameters`` and ``results`` it must tell apart
    what has different text. ``parameters``: C declarations, appended to the kernel's. ``results``:
    (variable, dtype) of each output, in the order of the kernel's outputs. All outputs have the
    product's shape and strides.

    ``lines(width, row, column, batch)``: statements that make every result's variable from
    ``value``, the sum. The three are C expressions of type uint: which element of the product it
    is; with ``width`` > 1, ``value`` is a vector of that many columns that begin at ``column``, all
    of them inside. ``value`` is a float or double for floating dtypes, else of the dtype's own C
    type. A result is of its dtype's C type; float for float16 and bfloat16, uchar for bool. The
    statements stand in a block of their own, so only the names that they use must not be the
    kernel's: give parameters telling names, not "x", "rows" or "place".
    """

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> tuple[str, ...]: ...

    @property
    def results(self) -> tuple[tuple[str, str], ...]: ...

    def lines(self, width: int, row: str, column: str, batch: str) -> list[str]: ...


@dataclass(frozen=True)
class Plain:
    """Nothing happens: the product is stored as it is."""

    dtype: str
    name: str = ""
    parameters: tuple[str, ...] = ()

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        return (("value", self.dtype),)

    def lines(self, width: int, row: str, column: str, batch: str) -> list[str]:
        return []


@dataclass(frozen=True)
class ColumnBias:
    """A bias of each column is added, as in ``linear``; ``relu`` cuts at zero behind it."""

    dtype: str
    relu: bool = False

    @property
    def name(self) -> str:
        return "bias_relu" if self.relu else "bias"

    @property
    def parameters(self) -> tuple[str, ...]:
        return (f"global const {STORED[self.dtype]} *bias", "const ulong bias_offset")

    @property
    def results(self) -> tuple[tuple[str, str], ...]:
        return (("result", self.dtype),)

    def lines(self, width: int, row: str, column: str, batch: str) -> list[str]:
        kind = vector(value_type(self.dtype), width)
        bias = load(self.dtype, width, "bias", f"bias_offset + {column}")
        if self.dtype not in FLOATING:
            bias = signed(self.dtype, width, bias)
        text = [f"{kind} result = value + {bias};"]
        if self.relu:
            # NaN stays NaN, which max() would not see to; and a choice between vectors of small
            # integers crashes Mesa's rusticl 22.3.
            choice = f"result < ({kind})(0) ? ({kind})(0) : result"
            integer = self.dtype not in FLOATING
            text.append(f"result = max(result, ({kind})(0));" if integer else f"result = {choice};")
        return text


FLOATING = ("float16", "bfloat16", "float32", "float64")


def vector(scalar: str, width: int) -> str:
    """The C type of ``width`` of them: ``vector("float", 8) == "float8"``."""
    return scalar if width == 1 else f"{scalar}{width}"


def value_type(dtype: str) -> str:
    """The C type of an epilogue's ``value``."""
    return SUMMED[dtype] if dtype in FLOATING else STORED[dtype]


def load(dtype: str, width: int, pointer: str, index: str) -> str:
    """An expression: ``width`` elements from ``pointer[index]`` on, as they are added up."""
    place = f"{pointer} + {index}" if index != "0" else pointer
    if dtype == "float16":
        return f"vload_half{width}(0, {place})" if width > 1 else f"vload_half(0, {place})"
    text = f"vload{width}(0, {place})" if width > 1 else f"{pointer}[{index}]"
    if dtype in ("float32", "float64"):
        return text
    wide = vector("uint", width)
    if dtype == "bfloat16":
        return f"as_{vector('float', width)}(convert_{wide}({text}) << 16)"
    if dtype == "uint8":
        return f"convert_{wide}({text})"
    if dtype in ("int8", "int16"):
        return f"as_{wide}(convert_{vector('int', width)}({text}))"
    return f"as_{vector(SUMMED[dtype], width)}({text})"


def signed(dtype: str, width: int, text: str) -> str:
    """A sum of integers as the dtype's own C type, wrapped around."""
    own = vector(STORED[dtype], width)
    if dtype in ("int32", "int64"):
        return f"as_{own}({text})"
    unsigned, mask = ("ushort", "0xffffu") if dtype == "int16" else ("uchar", "0xffu")
    return f"as_{own}(convert_{vector(unsigned, width)}(({text}) & {mask}))"


def value_of(dtype: str, width: int, sum_text: str) -> str:
    """What an epilogue gets as ``value``."""
    return sum_text if dtype in FLOATING else signed(dtype, width, sum_text)


def store(dtype: str, width: int, variable: str, pointer: str, index: str) -> str:
    """A statement: the variable's ``width`` elements to ``pointer[index]``."""
    if dtype == "float16":
        name = f"vstore_half{width}_rte" if width > 1 else "vstore_half_rte"
        return f"{name}({variable}, 0, {pointer} + {index});"
    if dtype == "bfloat16":
        variable = f"to_bfloat16_{width}({variable})"
    if width == 1:
        return f"{pointer}[{index}] = {variable};"
    return f"vstore{width}({variable}, 0, {pointer} + {index});"


def bfloat16_rounding(width: int) -> list[str]:
    """A function that rounds float32 to the nearest bfloat16, ties to even; NaN stays NaN."""
    real, bits, short = (vector(kind, width) for kind in ("float", "uint", "ushort"))
    one, quiet = ("1u", "0x7fc0u") if width == 1 else (f"({bits})(1)", f"({bits})(0x7fc0)")
    choice = (
        f"isnan(value) ? {quiet} : rounded"
        if width == 1
        else f"select(rounded, {quiet}, isnan(value))"
    )
    return [
        f"{short} to_bfloat16_{width}({real} value)",
        "{",
        f"    const {bits} pattern = as_{bits}(value);",
        f"    const {bits} rounded = (pattern + 0x7fffu + ((pattern >> 16) & {one})) >> 16;",
        f"    return convert_{short}({choice});",
        "}",
        "",
    ]


def preamble(dtypes: Iterable[str], widths: Iterable[int]) -> list[str]:
    """Pragmas and helper functions.

    Contraction is asked for because ``a + b * c`` then becomes one instruction; ``fma()`` and
    ``mad()`` do on some drivers (PoCL 3) call a function for every element, ten times slower.
    """
    dtypes = tuple(dtypes)
    text = ["#pragma OPENCL FP_CONTRACT ON"]
    if "float64" in dtypes:
        text.append("#pragma OPENCL EXTENSION cl_khr_fp64 : enable")
    text.append("")
    if "bfloat16" in dtypes:
        for width in sorted(set(widths)):
            text += bfloat16_rounding(width)
    return text


def indent(lines: Iterable[str], levels: int = 1) -> list[str]:
    """The lines, four spaces a level further in."""
    return [" " * (4 * levels) + line if line else "" for line in lines]
