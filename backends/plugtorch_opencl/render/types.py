"""How element types are spelt in OpenCL C: in memory, in a variable, one or many at a time.

A variable of float16 or bfloat16 is a float that such a number equals: every operation rounds its
result, so that it does not depend on what is fused with what. A bool in a variable is a char, 0 or
1; in a vector 0 or -1, all bits, as OpenCL's own comparisons have it.
"""

from __future__ import annotations

from plugtorch_opencl.render.matmul_text import STORED, bfloat16_rounding, vector

VARIABLE = {
    "float16": "float",
    "bfloat16": "float",
    "float32": "float",
    "float64": "double",
    "uint8": "uchar",
    "int8": "char",
    "int16": "short",
    "int32": "int",
    "int64": "long",
    "bool": "char",
}
UNSIGNED = {"char": "uchar", "uchar": "uchar", "short": "ushort", "int": "uint", "long": "ulong"}
SIGNED_OF_SIZE = {1: "char", 2: "short", 4: "int", 8: "long"}
SIZE = {"char": 1, "uchar": 1, "short": 2, "int": 4, "long": 8, "float": 4, "double": 8}
FLOATING = frozenset(("float16", "bfloat16", "float32", "float64"))
SMALL = frozenset(("float16", "bfloat16"))  # floats that are computed in float32

__all__ = ["FLOATING", "SIZE", "SMALL", "STORED", "UNSIGNED", "VARIABLE", "vector"]


def kind(dtype: str, width: int = 1) -> str:
    """The C type of a variable: ``kind("bfloat16", 8) == "float8"``."""
    return vector(VARIABLE[dtype], width)


def splat(dtype: str, width: int, text: str) -> str:
    """A scalar expression in every lane of a vector."""
    return text if width == 1 else f"({kind(dtype, width)})({text})"


def mask(dtype: str, width: int, condition: str) -> str:
    """A bool variable as what ``select`` wants beside numbers of a dtype."""
    size = SIZE[VARIABLE[dtype]]
    if width == 1 or size == 1:
        return condition
    return f"convert_{SIGNED_OF_SIZE[size]}{width}({condition})"


def choose(dtype: str, width: int, condition: str, yes: str, no: str) -> str:
    """An expression: ``yes`` where the bool variable holds, else ``no``."""
    if width == 1:
        own = VARIABLE[dtype]
        if SIZE[own] == 1:  # see quirks: "llvmpipe-small-choice"
            return f"select(({own})({no}), ({own})({yes}), (char)({condition}))"
        return f"{condition} ? {yes} : {no}"
    return f"select({no}, {yes}, {mask(dtype, width, condition)})"


def truth(width: int, comparison: str) -> str:
    """A bool variable from an OpenCL comparison."""
    return f"({comparison})" if width == 1 else f"convert_char{width}({comparison})"


def load(dtype: str, width: int, place: str) -> str:
    """An expression: the elements from the pointer ``place`` on, as a variable."""
    if dtype == "float16":
        return f"vload_half{width}(0, {place})" if width > 1 else f"vload_half(0, {place})"
    text = f"vload{width}(0, {place})" if width > 1 else f"*({place})"
    if dtype == "bfloat16":
        return f"as_{kind(dtype, width)}(convert_{vector('uint', width)}({text}) << 16)"
    if dtype == "bool":
        return f"-as_char{width}({text})" if width > 1 else f"as_char({text})"
    return text


def store(dtype: str, width: int, variable: str, place: str) -> str:
    """A statement: a variable to the pointer ``place``."""
    if dtype == "float16":
        name = f"vstore_half{width}" if width > 1 else "vstore_half"
        return f"{name}({variable}, 0, {place});"
    if dtype == "bfloat16":
        upper = f"convert_{vector('ushort', width)}(as_{vector('uint', width)}({variable}) >> 16)"
        return f"vstore{width}({upper}, 0, {place});" if width > 1 else f"*({place}) = {upper};"
    if dtype == "bool":
        if width == 1:
            return f"*({place}) = as_uchar({variable});"
        return f"vstore{width}(as_uchar{width}(-{variable}), 0, {place});"
    return f"vstore{width}({variable}, 0, {place});" if width > 1 else f"*({place}) = {variable};"


def rounding(dtype: str, width: int) -> list[str]:
    """A function ``round_<dtype>_<width>``: a float to the nearest that the dtype has."""
    own = kind(dtype, width)
    name = f"round_{dtype}_{width}"
    if dtype == "bfloat16":
        wide = vector("uint", width)
        return [
            *bfloat16_rounding(width),
            f"{own} {name}({own} value)",
            "{",
            f"    return as_{own}(convert_{wide}(to_bfloat16_{width}(value)) << 16);",
            "}",
            "",
        ]
    end = str(width) if width > 1 else ""
    return [
        f"{own} {name}({own} value)",
        "{",
        # without cl_khr_fp16 there are pointers to half, but no variables
        f"    ushort bits[{width}];",
        "    half *stored = (half *)bits;",
        f"    vstore_half{end}_rte(value, 0, stored);",
        f"    return vload_half{end}(0, stored);",
        "}",
        "",
    ]


def some_loads(dtype: str, width: int) -> list[str]:
    """Functions that load, and store, the first ``count`` lanes only; others are 0."""
    own, memory = kind(dtype, width), STORED[dtype]
    return [
        f"{own} load_some_{dtype}_{width}(global const {memory} *place, const int count)",
        "{",
        f"    {VARIABLE[dtype]} lanes[{width}];",
        f"    for (int lane = 0; lane < {width}; ++lane)",
        "        lanes[lane] = 0;",
        "    for (int lane = 0; lane < count; ++lane)",
        f"        lanes[lane] = {_lane(dtype, load(dtype, 1, 'place + lane'))};",
        f"    return vload{width}(0, lanes);",
        "}",
        "",
    ]


def some_stores(dtype: str, width: int) -> list[str]:
    """A function that stores the first ``count`` lanes."""
    own, memory = kind(dtype, width), STORED[dtype]
    lane = "lanes[lane]" if dtype != "bool" else "(char)(lanes[lane] & 1)"
    return [
        f"void store_some_{dtype}_{width}(const {own} value, global {memory} *place, "
        "const int count)",
        "{",
        f"    {VARIABLE[dtype]} lanes[{width}];",
        f"    vstore{width}(value, 0, lanes);",
        "    for (int lane = 0; lane < count; ++lane)",
        f"        {store(dtype, 1, lane, 'place + lane')}",
        "}",
        "",
    ]


def strided_loads(dtype: str, width: int) -> list[str]:
    """A function that loads ``count`` lanes that lie ``stride`` elements apart."""
    own, memory = kind(dtype, width), STORED[dtype]
    one = _lane(dtype, load(dtype, 1, "place + lane * stride"))
    return [
        f"{own} load_strided_{dtype}_{width}(global const {memory} *place, const long stride, "
        "const int count)",
        "{",
        f"    {VARIABLE[dtype]} lanes[{width}];",
        f"    for (int lane = 0; lane < {width}; ++lane)",
        f"        lanes[lane] = lane < count ? {one} : 0;",
        f"    return vload{width}(0, lanes);",
        "}",
        "",
    ]


def _lane(dtype: str, text: str) -> str:
    """One loaded element as a lane of a vector."""
    return f"(char)(-{text})" if dtype == "bool" else text
