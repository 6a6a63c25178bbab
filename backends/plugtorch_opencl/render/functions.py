"""Functions that stand above a kernel: of integers, and what is more than an expression."""

from __future__ import annotations

from plugtorch_opencl.render.types import FLOATING, UNSIGNED, VARIABLE


def functions(name: str, dtype: str) -> list[str]:
    """The helper functions of integers, and ``remainder``."""
    own = VARIABLE[dtype]
    unsigned = UNSIGNED.get(own, own)
    bits = {"char": 8, "uchar": 8, "short": 16, "int": 32, "long": 64}.get(own, 0)
    is_signed = own != "uchar"
    bodies = {
        "floor_divide": [
            "if (y == 0)",
            "    return 0;",
            *(["if (y == -1)", f"    return ({own})(({unsigned})0 - ({unsigned})x);"] * is_signed),
            f"const {own} quotient = x / y;",
            "return quotient - (x % y != 0 && (x < 0) != (y < 0));",
        ],
        "remainder": [
            "if (y == 0)",
            "    return 0;",
            *(["if (y == -1)", "    return 0;"] * is_signed),
            f"const {own} rest = x % y;",
            f"return ({own})(rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest);",
        ],
        "fmod": [
            "if (y == 0)",
            "    return 0;",
            *(["if (y == -1)", "    return 0;"] * is_signed),
            f"return ({own})(x % y);",
        ],
        "power": [
            "if (y < 0)  // only 1 and -1 have whole inverses",
            f"    return x == 1 ? 1 : ({own})(x == ({own})-1 ? ((y & 1) ? -1 : 1) : 0);",
            f"{unsigned} result = 1;",
            f"{unsigned} base = ({unsigned})x;",
            f"for ({unsigned} rest = ({unsigned})y; rest != 0; rest >>= 1) {{",
            "    if (rest & 1)",
            "        result *= base;",
            "    base *= base;",
            "}",
            f"return ({own})result;",
        ],
        "left_shift": [
            f"return y < 0 || y >= {bits} ? 0 : ({own})(({unsigned})x << y);",
        ],
        "right_shift": [
            f"return y < 0 || y >= {bits} ? ({own})(x < 0 ? -1 : 0) : ({own})(x >> y);",
        ],
    }
    if dtype in FLOATING:
        bodies["floor_divide"] = [
            f"{own} rest = fmod(x, y);",
            f"{own} quotient = (x - rest) / y;",
            "if (y == 0)",
            "    return x / y;",
            "if (rest != 0 && (rest < 0) != (y < 0))",
            "    quotient -= 1;",
            "if (quotient == 0)",
            f"    return copysign(({own})0, x / y);",
            f"const {own} whole = floor(quotient);",
            f"return quotient - whole > ({own})0.5 ? whole + 1 : whole;",
        ]
        bodies["remainder"] = [
            f"const {own} rest = fmod(x, y);",
            "if (rest == 0)",
            "    return copysign(rest, y);",
            "return (rest < 0) != (y < 0) ? rest + y : rest;",
        ]
    lines = [f"{own} {name}_{dtype}(const {own} x, const {own} y)", "{"]
    return [*lines, *[f"    {line}" for line in bodies[name]], "}", ""]
