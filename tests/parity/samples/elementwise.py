"""Functions element by element."""

from __future__ import annotations

import numpy

from samples.sample import D, draw, sample, truth, whole

ANYWHERE = (
    "exp exp2 expm1 sin cos tan atan arctan sinh cosh tanh asinh arcsinh sigmoid relu erf erfc "
    "floor ceil trunc fix round "
    "isnan isinf isfinite isposinf isneginf neg negative positive abs absolute sign sgn signbit "
    "frac square sinc deg2rad "
    "rad2deg nan_to_num logical_not"
)
POSITIVE = "log log2 log10 log1p sqrt rsqrt reciprocal"
SMALL = "asin arcsin acos arccos atanh arctanh"
SHAPES = [(), (1,), (5,), (2, 3), (0,), (2, 0, 3), (2, 1, 3, 2)]

for shape in SHAPES:
    sample(ANYWHERE, draw(*shape))
    sample(POSITIVE, draw(*shape, low=0.1))
    sample(SMALL, draw(*shape, low=-0.9, high=0.9))
    sample("acosh arccosh", draw(*shape, low=1.1, high=4))
    sample("logit", draw(*shape, low=0.1, high=0.9))
    sample("bitwise_not", whole(*shape, low=-9, high=9))
    sample("bitwise_not", truth(*shape))

for decimals in (0, 1, 2, -1, -2):
    sample("round", draw(3, 4, low=-300, high=300), decimals=decimals, casts=False)
sample("round", numpy.array([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5]))
sample("logit", draw(3, 4, low=-0.2, high=1.2), eps=0.1, casts=False)
sample("logit", draw(3, 4, low=-0.2, high=1.2), 1e-3, casts=False)
sample("nan_to_num", numpy.array([1.0, numpy.nan, numpy.inf, -numpy.inf, -0.0]))
sample("nan_to_num", numpy.array([1.0, numpy.nan, numpy.inf, -numpy.inf]), nan=7.0, posinf=1.5)
sample("nan_to_num", numpy.array([1.0, numpy.nan, numpy.inf, -numpy.inf]), 7.0, None, -2.5)

# two operands: all the ways in which shapes broadcast
PAIRS = [
    ((), ()), ((3,), ()), ((), (3,)), ((2, 3), (2, 3)), ((2, 3), (3,)), ((2, 1), (1, 3)),
    ((4, 1, 3), (2, 1)),
    ((1,), (0,)), ((2, 0), (2, 1)), ((1, 1, 1), (2,)),
]  # fmt: skip
SMOOTH = (
    "add sub subtract mul multiply div divide true_divide rsub atan2 arctan2 hypot maximum minimum "
    "logaddexp logaddexp2 fmax fmin remainder fmod"
)
STEPS = (
    "eq ne not_equal lt less le less_equal gt greater ge greater_equal logical_and logical_or "
    "logical_xor copysign isclose allclose"
)
for first, second in PAIRS:
    sample(SMOOTH + " " + STEPS, draw(*first), draw(*second, low=0.2))
    sample("pow float_power", draw(*first, low=0.2), draw(*second))
    sample("xlogy", draw(*first), draw(*second, low=0.2))
    sample("ldexp", draw(*first), draw(*second))
    # these have no derivative in PyTorch
    sample("heaviside floor_divide", draw(*first), draw(*second, low=0.2), grad=False)
    sample(
        "bitwise_and bitwise_or bitwise_xor",
        whole(*first, low=-9, high=9),
        whole(*second, low=-9, high=9),
    )
    sample("bitwise_and bitwise_or bitwise_xor", truth(*first), truth(*second))
    sample(
        "bitwise_left_shift bitwise_right_shift",
        whole(*first, low=-9, high=9),
        whole(*second, high=6),
    )
    sample("where", truth(*first), draw(*first), draw(*second), method=False)
    sample("masked_fill", draw(*first), truth(*second), 0.5)
sample("equal", draw(2, 3), draw(2, 3), grad=False)
sample("equal", draw(2, 3), draw(3), grad=False)
sample("equal", numpy.zeros((2, 3)), numpy.zeros((2, 3)), grad=False)
sample("equal", numpy.zeros((2, 0)), numpy.zeros((2, 0)), grad=False)

# a number on the right, and on the left where PyTorch takes one
for number in (2, 2.5, -1, 0, 0.0, True, -0.5, 3):
    numeric = type(number) is not bool
    sample("add mul multiply copysign", draw(2, 3), number, second=numeric)
    if numeric:
        sample("sub subtract rsub", draw(2, 3), number)
    if number:
        sample("remainder fmod", draw(2, 3), number)
    sample("eq ne lt le gt ge not_equal less greater", draw(2, 3), number)
    sample("float_power", draw(2, 3, low=0.2), number)
    sample("pow", draw(2, 3, low=0.2), number, casts=numeric)
    if number:
        sample("div divide true_divide", draw(2, 3), number)
        sample("floor_divide", draw(2, 3), number, grad=False)
        sample("pow", draw(2, 3), number, casts=numeric)
    sample("masked_fill", draw(2, 3), truth(2, 3), number)
    if number > 0 and numeric:
        sample("pow float_power", number, draw(2, 3), method=False)
    sample("where", truth(2, 3), draw(2, 3), number, method=False)
    sample("where", truth(2, 3), number, draw(2, 3), method=False)
    sample("xlogy", draw(2, 3), abs(number) + 0.5)
    sample("xlogy", number, draw(2, 3, low=0.2), method=False, casts=numeric)
sample("pow", 2, whole(2, 3, high=5), method=False)
sample("pow", whole(2, 3, low=-4, high=5), whole(2, 3, high=4))
for exponent in (0, 1, 2, 3, 4, 0.5, -1, -2, -0.5, 1.0, 2.0):
    sample("pow", draw(2, 3, low=0.2), exponent)
    sample("pow", numpy.array([-2.0, -1.0, 0.5, 3.0]), exponent, casts=False)
sample("where", truth(2, 3), 1.0, 2.0, method=False)
sample("where", truth(2, 3), 1, 2, method=False)
sample("where", truth(2, 3), True, False, method=False)
sample("where", truth(2, 3), 1, 2.5, method=False)
sample("where", truth(2, 3), method=False)
sample("where", draw(2, 3), truth(2, 3), draw(3), function=False)
sample("where", draw(2, 3), truth(2, 3), 0.5, function=False)

# options
for alpha in (2, 0.5, -1, 0):
    sample("add sub subtract rsub", draw(2, 3), draw(3), alpha=alpha)
    sample("add sub", draw(2, 3), 1.5, alpha=alpha, casts=False)
sample("add sub", whole(2, 3), whole(3), alpha=3)
for rounding in (None, "floor", "trunc"):
    sample("div divide", draw(2, 3), draw(3, low=0.3), rounding_mode=rounding)
    sample("div divide", draw(2, 3), -0.7, rounding_mode=rounding)
    sample("div", whole(2, 3, low=-9, high=9), whole(3, low=1, high=5), rounding_mode=rounding)
    sample("div", whole(2, 3, low=-9, high=9), -4, rounding_mode=rounding)
for bounds in (
    {"min": -1},
    {"max": 1},
    {"min": -1, "max": 1},
    {"min": 1.5, "max": 0.5},
    {"min": -0.5, "max": 1},
):
    sample("clamp clip", draw(3, 4), **bounds)
sample("clamp clip", numpy.array([-1.0, 0.0, 1.0, 2.0]), 0, 1)  # at the bounds
sample("clamp clip", draw(3, 4), draw(3, 4), draw(4))
sample("clamp clip", draw(3, 4), draw(4))
sample("clamp clip", draw(3, 4), max=draw(3, 1))
sample("clamp", numpy.array([-1.0, 0.0, numpy.nan, numpy.inf]), -0.5, 0.5)
sample(
    "clamp",
    numpy.array([-1.0, 0.0, 1.0]),
    numpy.array([0.0, 0.0, 2.0]),
    numpy.array([1.0, 0.0, 1.0]),
)
sample("clamp_min clamp_max", draw(3, 4), 0.5)
sample("clamp_min clamp_max", draw(3, 4), draw(4))
sample("masked_fill", draw(2, 3), truth(3), numpy.asarray(2.0))
for weight in (0.3, 0.7, 0.0, 1.0):
    sample("lerp", draw(2, 3), draw(3), weight, casts=False)
sample("lerp", draw(2, 3), draw(2, 3), draw(3))
sample("addcmul", draw(2, 3), draw(3), draw(2, 1))
sample("addcmul", draw(2, 3), draw(3), draw(2, 1), value=0.5, casts=False)
sample("addcmul", whole(2, 3), whole(3), whole(2, 1), value=2)
sample("addcdiv", draw(2, 3), draw(3), draw(2, 1, low=0.3))
sample("addcdiv", draw(2, 3), draw(3), draw(2, 1, low=0.3), value=-2, casts=False)
sample(
    "isclose allclose",
    numpy.array([1.0, numpy.nan, numpy.inf, 2.0]),
    numpy.array([1.0, numpy.nan, numpy.inf, 2.1]),
)
sample(
    "isclose allclose", numpy.array([1.0, numpy.nan]), numpy.array([1.0, numpy.nan]), equal_nan=True
)
sample("isclose allclose", draw(9), draw(9), rtol=0.5, atol=0.1)
sample(
    "xlogy",
    numpy.array([0.0, 0.0, 0.0, 1.0]),
    numpy.array([0.0, 1.0, numpy.nan, 0.0]),
    grad=False,
)
sample(
    "sinc", numpy.array([0.0, 1.0, -1.0, 0.5]), second=False
)  # at 0 PyTorch's second derivative is NaN
sample("isin", whole(2, 3, high=5), whole(4, high=5))
sample("isin", draw(2, 3), draw(4), invert=True)
sample("isin", whole(2, 3, high=5), 2, method=False)
sample("relu", numpy.array([-1.0, 0.0, 2.0, numpy.nan, numpy.inf]))
sample("abs sign", numpy.array([-1.0, 0.0, -0.0, numpy.inf]))
sample(
    "maximum minimum fmax fmin",
    numpy.array([1.0, 2.0, 2.0, numpy.nan]),
    numpy.array([1.0, 3.0, 1.0, 0.0]),
)
sample("is_nonzero", numpy.asarray(2.0))
sample("is_nonzero", numpy.zeros((1, 1)))
sample("is_floating_point", draw(2))
sample("is_complex is_signed", draw(2), function=False)
sample("result_type", draw(2), whole(2), method=False)
sample("result_type", whole(2), 1.5, method=False)
sample("promote_types", D("int32"), D("float16"), method=False)
