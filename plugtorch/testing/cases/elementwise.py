"""Rows of ``plugtorch.ops.elementwise``."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from plugtorch import dtypes
from plugtorch.dtypes import dtype as DType
from plugtorch.errors import ShapeError
from plugtorch.testing.cases import scalars as s
from plugtorch.testing.cases.row import (
    FLOATS,
    TRUTH,
    WHOLE,
    Case,
    Draw,
    Fixed,
    Host,
    Refusal,
    Row,
    kind_of,
)
from plugtorch.testing.cases.scalars import inf, nan, odd, total
from plugtorch.testing.compare import LARGEST, NUMPY, SMALLEST

Span = tuple[float, float]

SHAPES: dict[int, tuple[tuple[tuple[int, ...], ...], ...]] = {
    1: (((),), ((0,),), ((1,),), ((7,),), ((3, 5),), ((2, 0, 3),), ((2, 1, 3),)),
    2: (
        ((), ()),
        ((7,), (7,)),
        ((3, 5), (3, 5)),
        ((3, 5), (5,)),
        ((3, 1), (1, 5)),
        ((), (4,)),
        ((1, 1), ()),
        ((2, 0), (1,)),
        ((1,), (2, 3, 2)),
    ),
}
MATHEMATICS = 16.0  # ulps: what OpenCL's full profile asks of its hardest functions


def everywhere(function: Callable[..., Any]) -> Callable[..., Host]:
    """A function of Python numbers as one of arrays, which broadcast."""

    def reference(*operands: Any) -> Host:
        arrays = np.broadcast_arrays(*[np.asarray(operand) for operand in operands])
        values = [
            function(*numbers) for numbers in zip(*[array.ravel().tolist() for array in arrays])
        ]
        result = np.empty(len(values), object)
        result[:] = values
        return result.reshape(arrays[0].shape)

    return reference


def special(kind: DType) -> Host:
    """The numbers that go wrong first."""
    if kind_of(kind) == TRUTH:
        return np.array([False, True])
    if kind_of(kind) == WHOLE:
        bounds = np.iinfo(NUMPY[kind])
        return np.array(
            [0, 1, 2, 7, bounds.max - 1, bounds.max, bounds.min, bounds.min + 1], np.int64
        )
    large, small = LARGEST[kind], SMALLEST[kind]
    numbers = [0.0, 1.0, 3.5, 30.0, 100.0, large, small, inf]
    return np.array([nan, 1e-5, -1e-5, *numbers, *[-number for number in numbers]])


def _stepped(draw: Draw, shape: tuple[int, ...], fraction: float) -> Host:
    """Numbers whose fraction is near ``fraction``: away from wholes, halves and one another."""
    steps = draw.random.integers(-3, 3, shape) + fraction
    return np.asarray(steps + draw.between(*shape, low=-0.05, high=0.05))


def row(
    function: Callable[..., Any],
    *spans: Span,
    kinds: str = FLOATS,
    ulps: float = MATHEMATICS,
    whole: tuple[Span, ...] = (),
    wrong: Callable[..., bool] | None = None,
    smooth: tuple[Span, ...] | str = "as spans",
    numbers: bool = True,
) -> Row:
    """A row for an elementwise primitive.

    function: of Python numbers. spans: for each operand, the floats to try; whole: the whole
    numbers, where -9 to 9 will not do (the largest are then left out). wrong: says which extremes
    have no agreed result. smooth: where it can be differentiated twice, "stepped" for one that
    jumps at whole numbers or where its operands are equal, "" for one that cannot be
    differentiated. numbers: whether an operand may be a Python number.
    """
    arity = len(spans)
    reference = everywhere(function)

    def cases(kind: str) -> Iterator[Case]:
        draw = Draw(1)
        bounds = spans if kind == FLOATS else whole or ((-9, 9),) * arity
        for shapes in SHAPES[arity]:
            yield Case(
                tuple(draw(kind, *shape, low=a, high=b) for shape, (a, b) in zip(shapes, bounds))
            )
        if numbers and arity == 2 and kind != TRUTH:
            x, y = (draw(kind, 3, 2, low=a, high=b) for a, b in bounds)
            first, second = (int(b) if kind == WHOLE else float(int(b)) or 0.5 for _, b in bounds)
            yield Case((x, second))
            yield Case((first, y))

    def extremes(kind: DType) -> Iterator[Case]:
        if kind_of(kind) == WHOLE and whole:
            return
        together = [*product(special(kind).tolist(), repeat=arity)]
        kept = [numbers for numbers in together if wrong is None or not wrong(*numbers)]
        yield Case(tuple(np.array(column) for column in zip(*kept)))

    def points() -> Iterator[Case]:
        draw = Draw(2)
        pairs = (((3,),), ((2, 2),)) if arity == 1 else (((3,), (3,)), ((2, 1), (3,)))
        for shapes in pairs:
            if smooth == "stepped":
                fractions = zip(shapes, (0.2, 0.7))
                case = Case(tuple(_stepped(draw, shape, fraction) for shape, fraction in fractions))
            else:
                where = spans if isinstance(smooth, str) else smooth
                bounds = zip(shapes, where)
                case = Case(tuple(draw.between(*shape, low=a, high=b) for shape, (a, b) in bounds))
            yield case
        if numbers and arity == 2:
            x, y = case.operands
            yield Case((x, 0.45 if smooth == "stepped" else 2.0))
            yield Case((0.45 if smooth == "stepped" else 1.5, y))

    misfits = (Refusal(Case((np.ones(2), np.ones(3))), ShapeError),) if arity == 2 else ()
    return Row(
        reference=reference,
        cases=cases,
        extremes=extremes,
        smooth=points if smooth else lambda: (),
        refused=misfits,
        kinds=kinds,
        ulps=ulps,
        numbers=numbers and arity == 2,
    )


def _where(condition: Host, x: Any, y: Any) -> Host:
    return everywhere(lambda c, a, b: a if c else b)(condition, x, y)


def _where_cases(kind: str) -> Iterator[Case]:
    draw = Draw(3)
    shapes: Any = [
        ((), (), ()),
        ((3, 5),) * 3,
        ((3, 1), (5,), ()),
        ((2, 3), (1, 3), (2, 1)),
        ((0,), (1,), (0,)),
    ]
    for c, x, y in shapes:
        yield Case((Fixed(draw(TRUTH, *c)), draw(kind, *x), draw(kind, *y)))
    number: Any = {FLOATS: 0.5, WHOLE: 7, TRUTH: True}[kind]
    yield Case((Fixed(draw(TRUTH, 2, 3)), draw(kind, 2, 3), number))
    yield Case((Fixed(draw(TRUTH, 2, 3)), number, draw(kind, 3)))


def _where_extremes(kind: DType) -> Iterator[Case]:
    numbers = special(kind)
    yield Case((Fixed(Draw()(TRUTH, numbers.size)), numbers, numbers[::-1].copy()))


def _where_smooth() -> Iterator[Case]:
    draw = Draw(4)
    condition = Fixed(np.array([[True, False, True], [False, False, True]]))
    yield Case((condition, draw.distinct(2, 3), draw.distinct(3)))
    yield Case((condition, draw.distinct(2, 1), 0.5))


def _clamp_cases(kind: str) -> Iterator[Case]:
    draw = Draw(7)
    shapes: Any = [
        ((), (), ()),
        ((3, 5),) * 3,
        ((3, 1), (5,), ()),
        ((5,), (2, 1), (2, 5)),
        ((0,), (1,), (0,)),
    ]
    for three in shapes:
        yield Case(tuple(draw(kind, *shape) for shape in three))
    low, high = (1, 3) if kind == WHOLE else (-0.5, 1.5)
    yield Case((draw(kind, 2, 3), low, high))
    yield Case((draw(kind, 2, 3), high, low))  # the second bound wins
    yield Case((draw(kind, 2, 3), draw(kind, 3), high))


def _clamp_extremes(kind: DType) -> Iterator[Case]:
    together = [*product(special(kind).tolist(), repeat=3)]
    yield Case(tuple(np.array(column) for column in zip(*together)))


def _clamp_smooth() -> Iterator[Case]:
    draw = Draw(8)
    x = np.array([[-2.5, 0.25, 1.75], [-0.75, 2.5, -1.25]])
    yield Case((x, draw.between(2, 3, low=-0.5, high=0), draw.between(2, 1, low=0.5, high=1)))
    yield Case((x, draw.between(3, low=0.75, high=1), draw.between(3, low=0.5, high=0.7)))
    yield Case((x, -1.0, 2.0))


def _cast(x: Host, dtype: DType) -> Host:
    if dtype is dtypes.bool_:
        return everywhere(bool)(x)
    return everywhere(lambda v: v if dtype.is_floating_point else int(v))(x)


def _cast_cases(kind: str) -> Iterator[Case]:
    draw = Draw(5)
    for target in dtypes.ALL:
        # what does not fit a whole number has no agreed result, and a negative float is nothing
        # unsigned
        low = 0 if kind == FLOATS and target is dtypes.uint8 else -9
        for shape in ((), (0,), (3, 5)):
            yield Case((draw(kind, *shape, low=low, high=9),), {"dtype": target})


def _cast_extremes(kind: DType) -> Iterator[Case]:
    for target in dtypes.ALL:
        if kind_of(kind) != FLOATS or target.is_floating_point or target is dtypes.bool_:
            yield Case((special(kind),), {"dtype": target})


def _cast_smooth() -> Iterator[Case]:
    for target in (dtypes.float64, dtypes.float32):
        yield Case((Draw(6)(FLOATS, 2, 3),), {"dtype": target})


def _question(function: Callable[..., bool], arity: int) -> Row:
    return row(function, *((-3, 3),) * arity, kinds="fib", ulps=0, smooth="")


def _bits(function: Callable[..., int], arity: int, kinds: str = "ib") -> Row:
    # Python's ~True is -2: of truth values the bits are the values
    return row(function, *((-3, 3),) * arity, kinds=kinds, ulps=0, smooth="")


def _shift(function: Callable[..., int]) -> Row:
    return row(function, (0, 1), (0, 1), kinds=WHOLE, whole=((-9, 9), (0, 6)), ulps=0, smooth="")


def _far(x: float, y: float) -> bool:
    """Whether a quotient is so large that its fraction is rounding error."""
    return math.isfinite(x) and math.isfinite(y) and abs(x) > 1000 * abs(y) > 0


ANY, POSITIVE, WIDE = (-3.0, 3.0), (0.25, 4.0), (-20.0, 20.0)
AWAY = ((1.25, 4.0),)  # from 1 and from 0
APART = ((2.1, 2.3), (1.5, 1.9))  # x / y is not near a whole number
DIVISORS = ((-9, 9), (1, 9))

ROWS = {
    "add": row(operator.add, ANY, ANY, kinds="fib", ulps=1),
    "subtract": row(operator.sub, ANY, ANY, kinds="fi", ulps=1),
    "multiply": row(operator.mul, ANY, ANY, kinds="fib", ulps=1),
    "divide": row(s.divide, ANY, POSITIVE, ulps=4),
    "negative": row(operator.neg, ANY, kinds="fi", ulps=0),
    "square": row(lambda x: x * x, ANY, kinds="fi", ulps=1),
    "exp": row(total(math.exp), ANY),
    "exp2": row(total(math.exp2), ANY),
    "expm1": row(total(math.expm1), ANY),
    "log": row(total(math.log, {0: -inf}), POSITIVE),
    "log2": row(total(math.log2, {0: -inf}), POSITIVE),
    "log10": row(total(math.log10, {0: -inf}), POSITIVE),
    "log1p": row(total(math.log1p, {-1: -inf}), (-0.75, 4)),
    "sqrt": row(total(math.sqrt), POSITIVE, ulps=4),
    "rsqrt": row(total(lambda x: s.divide(1.0, math.sqrt(x))), POSITIVE, ulps=4),
    "reciprocal": row(lambda x: s.divide(1.0, x), POSITIVE, ulps=4),
    "sin": row(total(math.sin), ANY, wrong=lambda x: abs(x) > 100),
    "cos": row(total(math.cos), ANY, wrong=lambda x: abs(x) > 100),
    "tan": row(total(math.tan), (-1.2, 1.2), wrong=lambda x: abs(x) > 100),
    "asin": row(total(math.asin), (-0.9, 0.9)),
    "acos": row(total(math.acos), (-0.9, 0.9)),
    "atan": row(math.atan, ANY),
    "sinh": row(odd(total(math.sinh)), ANY),
    "cosh": row(total(math.cosh), ANY),
    "tanh": row(math.tanh, ANY),
    "asinh": row(math.asinh, ANY),
    "acosh": row(total(math.acosh), *AWAY),
    "atanh": row(total(math.atanh, {1: inf, -1: -inf}), (-0.9, 0.9)),
    "sigmoid": row(s.sigmoid, WIDE, smooth=(ANY,)),
    "softplus": row(s.softplus, WIDE, smooth=(ANY,)),
    "relu": row(s.relu, ANY, kinds="fi", ulps=0, smooth="stepped"),
    "gate": row(s.gate, ANY, ANY, ulps=0, smooth="stepped", numbers=False),
    "erf": row(math.erf, ANY),
    "erfc": row(math.erfc, ANY),
    "absolute": row(abs, ANY, kinds="fi", ulps=0, smooth="stepped"),
    "sign": row(s.sign, ANY, kinds="fi", ulps=0, smooth="stepped", wrong=lambda x: x != x),
    "floor": row(s.whole(math.floor), ANY, kinds="fi", ulps=0, smooth="stepped"),
    "ceil": row(s.whole(math.ceil), ANY, kinds="fi", ulps=0, smooth="stepped"),
    "round": row(s.whole(round), ANY, kinds="fi", ulps=0, smooth="stepped"),
    "trunc": row(s.whole(math.trunc), ANY, kinds="fi", ulps=0, smooth="stepped"),
    "power": row(s.power, POSITIVE, ANY, kinds="fi", whole=((-3, 3), (0, 4))),
    "maximum": row(s.maximum, ANY, ANY, kinds="fib", ulps=0, smooth="stepped"),
    "minimum": row(s.minimum, ANY, ANY, kinds="fib", ulps=0, smooth="stepped"),
    "clamp": Row(
        reference=everywhere(s.clamp),
        cases=_clamp_cases,
        extremes=_clamp_extremes,
        smooth=_clamp_smooth,
        kinds="fi",
    ),
    "floor_divide": row(
        s.floor_divide, ANY, POSITIVE, kinds="fi", whole=DIVISORS, smooth=APART, wrong=_far
    ),
    "remainder": row(
        s.remainder, ANY, POSITIVE, kinds="fi", whole=DIVISORS, smooth=APART, wrong=_far
    ),
    "fmod": row(s.fmod, ANY, POSITIVE, kinds="fi", whole=DIVISORS, smooth=APART, wrong=_far),
    "atan2": row(math.atan2, ANY, POSITIVE),
    "equal": _question(operator.eq, 2),
    "not_equal": _question(operator.ne, 2),
    "less": _question(operator.lt, 2),
    "less_equal": _question(operator.le, 2),
    "greater": _question(operator.gt, 2),
    "greater_equal": _question(operator.ge, 2),
    "logical_and": _question(lambda x, y: bool(x) and bool(y), 2),
    "logical_or": _question(lambda x, y: bool(x) or bool(y), 2),
    "logical_xor": _question(lambda x, y: bool(x) != bool(y), 2),
    "logical_not": _question(operator.not_, 1),
    "isnan": _question(lambda x: x != x, 1),
    "isinf": _question(lambda x: abs(x) == inf, 1),
    "bitwise_and": _bits(operator.and_, 2),
    "bitwise_or": _bits(operator.or_, 2),
    "bitwise_xor": _bits(operator.xor, 2),
    "bitwise_not": _bits(lambda x: not x if isinstance(x, bool) else ~x, 1),
    "left_shift": _shift(operator.lshift),
    "right_shift": _shift(operator.rshift),
    "where": Row(
        reference=_where, cases=_where_cases, extremes=_where_extremes, smooth=_where_smooth
    ),
    "cast": Row(reference=_cast, cases=_cast_cases, extremes=_cast_extremes, smooth=_cast_smooth),
    "clone": row(lambda x: x, ANY, kinds="fib", ulps=0),
}
