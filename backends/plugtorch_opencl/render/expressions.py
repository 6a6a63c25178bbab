"""What each elementwise operation is in OpenCL C.

``expression`` is one table: a name, and a function from the operands' texts to an expression.
Operands are names of variables (or scalars spread over a vector), so they may be written twice.
What takes more than an expression is a function of ``functions``, written above the kernel that
uses it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from plugtorch_opencl.render.types import (
    FLOATING,
    SMALL,
    UNSIGNED,
    VARIABLE,
    choose,
    kind,
    splat,
    truth,
    vector,
)


@dataclass
class Context:
    """The operation at hand: dtypes of the result and of operands, the vector's width.

    one_by_one: functions that may get no vector there. needs: names of helper functions used.
    """

    dtype: str
    given: tuple[str, ...]
    width: int
    one_by_one: frozenset[str] = frozenset()
    needs: list[tuple[str, str, int]] = field(default_factory=list)

    @property
    def type(self) -> str:
        """The C type of the first numeric operand."""
        return kind(self.given[-1], self.width)

    def number(self, text: str, dtype: str = "") -> str:
        """A constant, in every lane."""
        return splat(dtype or self.given[-1], self.width, text)

    def call(self, name: str, *operands: str) -> str:
        """A function of OpenCL C."""
        if self.width == 1 or name not in self.one_by_one:
            return f"{name}({', '.join(operands)})"
        lanes = [
            f"{name}({', '.join(f'{o}.s{lane:x}' for o in operands)})" for lane in range(self.width)
        ]
        return f"({kind(self.dtype, self.width)})({', '.join(lanes)})"

    def helper(self, name: str, *operands: str) -> str:
        """A function of ours, see ``functions``; of a vector lane by lane."""
        dtype = self.given[-1]
        need = (name, dtype, 1)
        if need not in self.needs:
            self.needs.append(need)
        full = f"{name}_{dtype}"
        if self.width == 1:
            return f"{full}({', '.join(operands)})"
        lanes = [
            f"{full}({', '.join(f'{o}.s{lane:x}' for o in operands)})" for lane in range(self.width)
        ]
        return f"({kind(self.dtype, self.width)})({', '.join(lanes)})"

    def select(self, condition: str, yes: str, no: str, dtype: str = "") -> str:
        """``yes`` where a comparison of OpenCL holds."""
        if self.width == 1:
            return choose(self.dtype, 1, f"({condition})", yes, no)
        return f"select({no}, {yes}, {condition})"


def _wrapping(sign: str) -> Callable[..., str]:
    """Sums and products of integers wrap around, which C promises only of unsigned ones."""

    def text(c: Context, x: str, y: str) -> str:
        if c.dtype in FLOATING:
            return f"{x} {sign} {y}"
        own = VARIABLE[c.dtype]
        if own in ("int", "long"):
            wide = vector(UNSIGNED[own], c.width)
            return f"as_{kind(c.dtype, c.width)}(as_{wide}({x}) {sign} as_{wide}({y}))"
        if c.width == 1:
            return f"({own})({x} {sign} {y})"
        return f"{x} {sign} {y}"

    return text


def _add(c: Context, x: str, y: str) -> str:
    return f"{x} | {y}" if c.dtype == "bool" else _wrapping("+")(c, x, y)


def _multiply(c: Context, x: str, y: str) -> str:
    return f"{x} & {y}" if c.dtype == "bool" else _wrapping("*")(c, x, y)


def _compare(sign: str) -> Callable[..., str]:
    def text(c: Context, x: str, y: str) -> str:
        if c.given[0] == "bool" and c.width > 1 and sign not in ("==", "!="):
            x, y = f"-{x}", f"-{y}"  # true is -1 in a vector
        return truth(c.width, f"{x} {sign} {y}")

    return text


def _true(c: Context, x: str, dtype: str) -> str:
    """A bool variable: whether x is not 0."""
    return x if dtype == "bool" else truth(c.width, f"{x} != {splat(dtype, c.width, '0')}")


def _logical(sign: str) -> Callable[..., str]:
    def text(c: Context, x: str, y: str) -> str:
        return f"{_true(c, x, c.given[0])} {sign} {_true(c, y, c.given[1])}"

    return text


def _logical_not(c: Context, x: str) -> str:
    if c.given[0] == "bool":
        return f"{x} ^ 1" if c.width == 1 else f"~{x}"
    return truth(c.width, f"{x} == {c.number('0')}")


def _larger(c: Context, x: str, y: str) -> str:
    """The larger, NaN if either is: fmax and max do not promise that."""
    if c.dtype == "bool":
        return f"{x} | {y}"
    if c.dtype not in FLOATING:
        return f"max({x}, {y})"
    return c.select(
        f"{x} > {y} || isnan({x})" if c.width == 1 else f"({x} > {y}) | isnan({x})", x, y
    )


def _smaller(c: Context, x: str, y: str) -> str:
    if c.dtype == "bool":
        return f"{x} & {y}"
    if c.dtype not in FLOATING:
        return f"min({x}, {y})"
    return c.select(
        f"{x} < {y} || isnan({x})" if c.width == 1 else f"({x} < {y}) | isnan({x})", x, y
    )


def _sign(c: Context, x: str) -> str:
    zero, one = c.number("0"), c.number("1")
    if c.dtype == "bool":
        return x
    minus = c.number("-1")
    if c.width == 1:
        if c.dtype == "uint8":
            return f"{x} > 0 ? 1 : 0"
        return f"{x} > 0 ? 1 : {x} < 0 ? -1 : 0"
    above = c.select(f"{x} > {zero}", one, zero)
    return above if c.dtype == "uint8" else c.select(f"{x} < {zero}", minus, above)


def _absolute(c: Context, x: str) -> str:
    if c.dtype in FLOATING:
        return f"fabs({x})"
    if c.dtype in ("uint8", "bool"):
        return x
    return f"as_{kind(c.dtype, c.width)}(abs({x}))"


def _negative(c: Context, x: str) -> str:
    return f"({kind(c.dtype)})(-{x})" if c.width == 1 else f"-{x}"


def _relu(c: Context, x: str) -> str:
    if c.dtype not in FLOATING:
        return f"max({x}, {c.number('0')})" if c.width > 1 else f"{x} > 0 ? {x} : 0"
    return c.select(f"{x} < {c.number('0')}", c.number("0"), x)


def _gate(c: Context, x: str, y: str) -> str:
    # not y > 0, which NaN is not
    return c.select(f"{y} <= {c.number('0')}", c.number("0", c.dtype), x)


def _where(c: Context, condition: str, x: str, y: str) -> str:
    test = _true(c, condition, c.given[0])
    return choose(c.dtype, c.width, test if test == condition else f"({test})", x, y)


def _shift(name: str) -> Callable[..., str]:
    return lambda c, x, y: c.helper(name, x, y)


def _bits(sign: str) -> Callable[..., str]:
    return lambda c, x, y: f"{x} {sign} {y}"


def _bitwise_not(c: Context, x: str) -> str:
    if c.dtype == "bool":
        return f"{x} ^ 1" if c.width == 1 else f"~{x}"
    return f"~{x}"


def _softplus(c: Context, x: str) -> str:
    # ln(1 + e^x) = max(x, 0) + ln(1 + e^-|x|): e^x would overflow
    return f"{_relu_sum(c, x)} + log1p(exp(-fabs({x})))"


def _relu_sum(c: Context, x: str) -> str:
    return f"({_relu(c, x)})"


def _whole(name: str) -> Callable[..., str]:
    return lambda c, x: f"{name}({x})"


def _plain(name: str) -> Callable[..., str]:
    return lambda c, *operands: c.call(name, *operands)


def _floor_divide(c: Context, x: str, y: str) -> str:
    return c.helper("floor_divide", x, y)


def _power(c: Context, x: str, y: str) -> str:
    return c.call("pow", x, y) if c.dtype in FLOATING else c.helper("power", x, y)


EXPRESSIONS: dict[str, Callable[..., str]] = {
    "copy": lambda c, x: x,
    "full": lambda c, x: x,
    "add": _add,
    "subtract": _wrapping("-"),
    "multiply": _multiply,
    "divide": lambda c, x, y: f"{x} / {y}",
    "negative": _negative,
    "square": lambda c, x: _multiply(c, x, x),
    "cube": lambda c, x: f"{x} * {x} * {x}",
    "exp": _plain("exp"),
    "exp2": _plain("exp2"),
    "expm1": _plain("expm1"),
    "log": _plain("log"),
    "log2": _plain("log2"),
    "log10": _plain("log10"),
    "log1p": _plain("log1p"),
    "sqrt": _plain("sqrt"),
    "rsqrt": lambda c, x: f"{c.number('1')} / sqrt({x})",
    "reciprocal": lambda c, x: f"{c.number('1')} / {x}",
    "sin": _plain("sin"),
    "cos": _plain("cos"),
    "tan": _plain("tan"),
    "asin": _plain("asin"),
    "acos": _plain("acos"),
    "atan": _plain("atan"),
    "sinh": _plain("sinh"),
    "cosh": _plain("cosh"),
    "tanh": _plain("tanh"),
    "asinh": _plain("asinh"),
    "acosh": _plain("acosh"),
    "atanh": _plain("atanh"),
    "sigmoid": lambda c, x: f"{c.number('1')} / ({c.number('1')} + exp(-{x}))",
    "softplus": _softplus,
    "relu": _relu,
    "gate": _gate,
    "erf": _plain("erf"),
    "erfc": _plain("erfc"),
    "absolute": _absolute,
    "sign": _sign,
    "floor": _whole("floor"),
    "ceil": _whole("ceil"),
    "round": _whole("rint"),
    "trunc": _whole("trunc"),
    "power": _power,
    "maximum": _larger,
    "clamp": lambda c, x, low, high: _smaller(c, f"({_larger(c, x, low)})", high),
    "minimum": _smaller,
    "floor_divide": _floor_divide,
    "remainder": lambda c, x, y: c.helper("remainder", x, y),
    "fmod": lambda c, x, y: c.call("fmod", x, y) if c.dtype in FLOATING else c.helper("fmod", x, y),
    "atan2": _plain("atan2"),
    "equal": _compare("=="),
    "not_equal": _compare("!="),
    "less": _compare("<"),
    "less_equal": _compare("<="),
    "greater": _compare(">"),
    "greater_equal": _compare(">="),
    "logical_and": _logical("&"),
    "logical_or": _logical("|"),
    "logical_xor": _logical("^"),
    "logical_not": _logical_not,
    "isnan": lambda c, x: (
        truth(c.width, f"isnan({x})") if c.given[0] in FLOATING else splat("bool", c.width, "0")
    ),
    "isinf": lambda c, x: (
        truth(c.width, f"isinf({x})") if c.given[0] in FLOATING else splat("bool", c.width, "0")
    ),
    "bitwise_and": _bits("&"),
    "bitwise_or": _bits("|"),
    "bitwise_xor": _bits("^"),
    "bitwise_not": _bitwise_not,
    "left_shift": _shift("left_shift"),
    "right_shift": _shift("right_shift"),
    "where": _where,
}

EXACT = frozenset(
    "copy full negative relu gate absolute sign floor ceil round trunc maximum minimum clamp "
    "where".split()
)
"""Operations on float16 and bfloat16 whose result needs no rounding."""


def expression(c: Context, name: str, operands: list[str]) -> str:
    """The operation on operands that are variables, rounded to its dtype."""
    if name == "cast":
        return _cast(c, operands[0])
    text = EXPRESSIONS[name](c, *operands)
    return text if name in EXACT else rounded(c, text)


def rounded(c: Context, text: str) -> str:
    """``text`` as a number of the result's dtype."""
    if c.dtype not in SMALL:
        return text
    need = ("round", c.dtype, c.width)
    if need not in c.needs:
        c.needs.append(need)
    return f"round_{c.dtype}_{c.width}({text})"


def _cast(c: Context, x: str) -> str:
    source = c.given[0]
    own, before = VARIABLE[c.dtype], VARIABLE[source]
    if c.dtype == "bool":
        return _true(c, x, source)
    if source == "bool" and c.width > 1:
        x = f"-{x}"  # from 0 and -1
    if own == before:
        return x if c.dtype == source else rounded(c, x)
    if source in FLOATING and c.dtype not in FLOATING and c.dtype != "int64":
        # fractions are cut and what is too large wraps, as it does by way of a longer integer
        return f"convert_{kind(c.dtype, c.width)}(convert_{vector('long', c.width)}({x}))"
    return rounded(c, f"convert_{kind(c.dtype, c.width)}({x})")
