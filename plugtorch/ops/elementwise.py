"""Primitives that work element by element, trivial derivatives first, tricky ones last.

Operands broadcast; a rule may return a gradient of the broadcast shape. Sources of the derivatives:
any table of derivatives; where a function has none at a point, PyTorch's choice is taken and named.

Long because it is one table: a paragraph for each of about a hundred functions.
"""

from __future__ import annotations

from math import log as ln
from math import pi
from typing import Any

from plugtorch.dtypes import bool_
from plugtorch.primitive import FLOAT, NUMERIC, SIGNED, WHOLE, Primitive, elementwise

# -- arithmetic ------------------------------------------------------------------------------------

add = elementwise("add", "x y", doc="x + y.")


@add.gradient("x")
@add.gradient("y")
def _(gradient: Any) -> Any:
    return gradient


subtract = elementwise("subtract", "x y", takes=SIGNED, doc="x - y.")


@subtract.gradient("x")
def _(gradient: Any) -> Any:
    return gradient


@subtract.gradient("y")
def _(gradient: Any) -> Any:
    return -gradient


multiply = elementwise("multiply", "x y", doc="x y.")


@multiply.gradient("x")
def _(gradient: Any, y: Any) -> Any:
    return gradient * y


@multiply.gradient("y")
def _(gradient: Any, x: Any) -> Any:
    return gradient * x


divide = elementwise("divide", "x y", takes=FLOAT, doc="x / y.")


@divide.gradient("x")
def _(gradient: Any, y: Any) -> Any:
    return gradient / y


@divide.gradient("y")
def _(gradient: Any, y: Any, output: Any) -> Any:
    return -gradient * (output / y)  # d (x/y) / dy = -x/y^2


negative = elementwise("negative", takes=SIGNED, doc="-x.")


@negative.gradient
def _(gradient: Any) -> Any:
    return -gradient


square = elementwise("square", takes=NUMERIC, doc="x^2.")


@square.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * (x + x)


# -- exponentials and roots ------------------------------------------------------------------------

exp = elementwise("exp", takes=FLOAT, doc="e^x.")


@exp.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient * output


exp2 = elementwise("exp2", takes=FLOAT, doc="2^x.")


@exp2.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient * (output * 0.6931471805599453)  # d 2^x / dx = 2^x ln 2


expm1 = elementwise("expm1", takes=FLOAT, doc="e^x - 1, exact near 0.")


@expm1.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient * (output + 1)


log = elementwise("log", takes=FLOAT, doc="ln x.")


@log.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient / x


log2 = elementwise("log2", takes=FLOAT, doc="log2 x.")


@log2.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient / (x * 0.6931471805599453)


log10 = elementwise("log10", takes=FLOAT, doc="log10 x.")


@log10.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient / (x * 2.302585092994046)


log1p = elementwise("log1p", takes=FLOAT, doc="ln(1 + x), exact near 0.")


@log1p.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient / (x + 1)


sqrt = elementwise("sqrt", takes=FLOAT, doc="Square root.")


@sqrt.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient / (output + output)  # d sqrt x / dx = 1 / (2 sqrt x)


rsqrt = elementwise("rsqrt", takes=FLOAT, doc="1 / sqrt(x).")


@rsqrt.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient * (output * output * output * -0.5)


reciprocal = elementwise("reciprocal", takes=FLOAT, doc="1 / x.")


@reciprocal.gradient
def _(gradient: Any, output: Any) -> Any:
    return -gradient * (output * output)


# -- trigonometric and hyperbolic ------------------------------------------------------------------

sin = elementwise("sin", takes=FLOAT, doc="Sine of x radians.")


@sin.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * cos.apply(x)


cos = elementwise("cos", takes=FLOAT, doc="Cosine of x radians.")


@cos.gradient
def _(gradient: Any, x: Any) -> Any:
    return -gradient * sin.apply(x)


tan = elementwise("tan", takes=FLOAT, doc="Tangent of x radians.")


@tan.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient * (output * output + 1)


asin = elementwise("asin", takes=FLOAT, doc="Inverse sine, in radians.")


@asin.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * rsqrt.apply(1 - x * x)


acos = elementwise("acos", takes=FLOAT, doc="Inverse cosine, in radians.")


@acos.gradient
def _(gradient: Any, x: Any) -> Any:
    return -gradient * rsqrt.apply(1 - x * x)


atan = elementwise("atan", takes=FLOAT, doc="Inverse tangent, in radians.")


@atan.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient / (x * x + 1)


sinh = elementwise("sinh", takes=FLOAT, doc="Hyperbolic sine.")


@sinh.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * cosh.apply(x)


cosh = elementwise("cosh", takes=FLOAT, doc="Hyperbolic cosine.")


@cosh.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * sinh.apply(x)


tanh = elementwise("tanh", takes=FLOAT, doc="Hyperbolic tangent.")


@tanh.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient * (1 - output * output)  # d tanh x / dx = 1 - tanh^2 x


asinh = elementwise("asinh", takes=FLOAT, doc="Inverse hyperbolic sine.")


@asinh.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * rsqrt.apply(x * x + 1)


acosh = elementwise("acosh", takes=FLOAT, doc="Inverse hyperbolic cosine.")


@acosh.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * rsqrt.apply(x * x - 1)


atanh = elementwise("atanh", takes=FLOAT, doc="Inverse hyperbolic tangent.")


@atanh.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient / (1 - x * x)


# -- what networks use -----------------------------------------------------------------------------

sigmoid = elementwise("sigmoid", takes=FLOAT, doc="1 / (1 + e^-x).")


@sigmoid.gradient
def _(gradient: Any, output: Any) -> Any:
    return gradient * (output * (1 - output))


softplus = elementwise("softplus", takes=FLOAT, doc="ln(1 + e^x), exact for every x.")


@softplus.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * sigmoid.apply(x)


relu = elementwise("relu", takes=NUMERIC, doc="max(x, 0).")


@relu.gradient
def _(gradient: Any, output: Any) -> Any:
    return gate.apply(gradient, output)  # PyTorch: 0 where x is 0


gate = elementwise("gate", "x y", doc="x where y > 0 (or is NaN), else 0: what relu lets back.")


@gate.gradient("x")
def _(gradient: Any, y: Any) -> Any:
    return gate.apply(gradient, y)


@gate.gradient("y")
def _(gradient: Any) -> Any:
    return None  # a step: flat on both sides


erf = elementwise("erf", takes=FLOAT, doc="2/sqrt(pi) times the integral of e^(-t^2) from 0 to x.")


@erf.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * (exp.apply(-(x * x)) * (2 / pi**0.5))


erfc = elementwise("erfc", takes=FLOAT, doc="1 - erf x, exact where erf x is nearly 1.")


@erfc.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * (exp.apply(-(x * x)) * (-2 / pi**0.5))


# -- steps: flat almost everywhere -----------------------------------------------------------------

absolute = elementwise("absolute", takes=NUMERIC, doc="|x|.")


@absolute.gradient
def _(gradient: Any, x: Any) -> Any:
    return gradient * sign.apply(x)  # PyTorch: 0 where x is 0


def _flat(gradient: Any) -> Any:
    return gradient.new_zeros(gradient.shape)  # also where the gradient is infinite


sign = elementwise("sign", takes=NUMERIC, doc="-1, 0 or 1.")
floor = elementwise("floor", takes=NUMERIC, doc="The largest whole number not above x.")
ceil = elementwise("ceil", takes=NUMERIC, doc="The smallest whole number not below x.")
round = elementwise("round", takes=NUMERIC, doc="The nearest whole number, halves to even.")
trunc = elementwise("trunc", takes=NUMERIC, doc="x without its fraction.")
for _step in (sign, floor, ceil, round, trunc):
    _step.gradient(_flat)


# -- two operands ----------------------------------------------------------------------------------

power = elementwise("power", "x y", takes=NUMERIC, doc="x^y.")


@power.gradient("x")
def _(gradient: Any, x: Any, y: Any) -> Any:
    slope = y * power.apply(x, y - 1)
    if not isinstance(y, (int, float)):
        slope = where.apply(y == 0, 0.0, slope)  # 0 times the infinite 0^-1 would be NaN
    elif y == 0:
        return _flat(gradient)
    return gradient * slope


@power.gradient("y")
def _(gradient: Any, x: Any, y: Any, output: Any) -> Any:
    base = where.apply((x == 0) & (y >= 0), 1.0, x) if not isinstance(x, (int, float)) else x
    if isinstance(base, (int, float)):
        if base == 0:
            return gradient * where.apply(y >= 0, 0.0, output * float("-inf"))
        return gradient * (output * (ln(base) if base > 0 else float("nan")))
    return gradient * (output * log.apply(base))  # d x^y / dy = x^y ln x, and 0 where x is 0


maximum = elementwise("maximum", "x y", doc="The larger of x and y; NaN if either is.")
minimum = elementwise("minimum", "x y", doc="The smaller of x and y; NaN if either is.")


def _larger_side(gradient: Any, x: Any, y: Any) -> Any:
    # PyTorch: equal values share the gradient, and beside NaN both get it
    return where.apply(x == y, gradient * 0.5, where.apply(x < y, 0.0, gradient))


def _smaller_side(gradient: Any, x: Any, y: Any) -> Any:
    return where.apply(x == y, gradient * 0.5, where.apply(x > y, 0.0, gradient))


maximum.gradient("x")(lambda gradient, x, y: _larger_side(gradient, x, y))
maximum.gradient("y")(lambda gradient, x, y: _larger_side(gradient, y, x))
minimum.gradient("x")(lambda gradient, x, y: _smaller_side(gradient, x, y))
minimum.gradient("y")(lambda gradient, x, y: _smaller_side(gradient, y, x))

clamp = elementwise(
    "clamp", "x low high", takes=NUMERIC, doc="min(max(x, low), high); NaN if any is."
)


@clamp.gradient("x")
def _(gradient: Any, x: Any, low: Any, high: Any) -> Any:
    # PyTorch: all of it within the bounds, ends included, where max and min would share it
    return where.apply((x >= low) & (x <= high), gradient, 0.0)


@clamp.gradient("low")
def _(gradient: Any, x: Any, low: Any, high: Any) -> Any:
    return where.apply((x < low) & (low < high), gradient, 0.0)


@clamp.gradient("high")
def _(gradient: Any, x: Any, low: Any, high: Any) -> Any:
    return where.apply((x > high) | (high < low), gradient, 0.0)


floor_divide = elementwise(
    "floor_divide", "x y", takes=NUMERIC, doc="The largest whole number not above x / y."
)
floor_divide.gradient("x")(_flat)
floor_divide.gradient("y")(_flat)
remainder = elementwise(
    "remainder", "x y", takes=NUMERIC, doc="x - y floor(x / y): has the sign of y."
)
fmod = elementwise("fmod", "x y", takes=NUMERIC, doc="x - y trunc(x / y): has the sign of x.")


@remainder.gradient("x")
@fmod.gradient("x")
def _(gradient: Any) -> Any:
    return gradient


@remainder.gradient("y")
def _(gradient: Any, x: Any, y: Any) -> Any:
    return -gradient * floor.apply(x / y)


@fmod.gradient("y")
def _(gradient: Any, x: Any, y: Any) -> Any:
    return -gradient * trunc.apply(x / y)


atan2 = elementwise("atan2", "x y", takes=FLOAT, doc="The angle of the point (y, x), in radians.")


def _distance(x: Any, y: Any) -> Any:
    """x^2 + y^2, but 1 at the origin: PyTorch takes both derivatives of the angle as 0 there."""
    squares = x * x + y * y
    return where.apply(squares == 0, 1.0, squares)


@atan2.gradient("x")
def _(gradient: Any, x: Any, y: Any) -> Any:
    return gradient * (y / _distance(x, y))


@atan2.gradient("y")
def _(gradient: Any, x: Any, y: Any) -> Any:
    return -gradient * (x / _distance(x, y))


# -- questions: bool results, nothing to differentiate ---------------------------------------------


def _question(name: str, inputs: str, doc: str) -> Any:
    return elementwise(name, inputs, gives=bool_, differentiable=False, doc=doc)


equal = _question("equal", "x y", "x == y.")
not_equal = _question("not_equal", "x y", "x != y.")
less = _question("less", "x y", "x < y.")
less_equal = _question("less_equal", "x y", "x <= y.")
greater = _question("greater", "x y", "x > y.")
greater_equal = _question("greater_equal", "x y", "x >= y.")
logical_and = _question("logical_and", "x y", "x and y, as truth values.")
logical_or = _question("logical_or", "x y", "x or y, as truth values.")
logical_xor = _question("logical_xor", "x y", "x or y but not both, as truth values.")
logical_not = _question("logical_not", "x", "not x, as a truth value.")
isnan = _question("isnan", "x", "Whether x is not a number.")
isinf = _question("isinf", "x", "Whether x is infinite.")

# -- bits ------------------------------------------------------------------------------------------


def _bits(name: str, inputs: str, doc: str) -> Any:
    return elementwise(name, inputs, takes=WHOLE, differentiable=False, doc=doc)


bitwise_and = _bits("bitwise_and", "x y", "Bits set in both.")
bitwise_or = _bits("bitwise_or", "x y", "Bits set in either.")
bitwise_xor = _bits("bitwise_xor", "x y", "Bits set in one.")
bitwise_not = _bits("bitwise_not", "x", "Every bit turned.")
left_shift = _bits("left_shift", "x y", "x moved y bits up.")
right_shift = _bits("right_shift", "x y", "x moved y bits down, keeping its sign.")

# -- choosing and converting -----------------------------------------------------------------------

where = elementwise("where", "condition x y", doc="x where condition holds, else y.")


@where.gradient("x")
def _(gradient: Any, condition: Any) -> Any:
    return where.apply(condition, gradient, 0.0)


@where.gradient("y")
def _(gradient: Any, condition: Any) -> Any:
    return where.apply(condition, 0.0, gradient)


cast = Primitive(
    "cast",
    "x",
    "dtype",
    shape=lambda x, dtype: x,
    gives="dtype",
    doc="x in another dtype; fractions are cut, integers wrap.",
)


@cast.gradient
def _(gradient: Any, x_dtype: Any) -> Any:
    return cast(gradient, dtype=x_dtype)


clone = elementwise("clone", doc="x, in memory of its own.")


@clone.gradient
def _(gradient: Any) -> Any:
    return gradient
