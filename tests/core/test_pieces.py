"""A formula run in pieces gives what its kernels give at once, and writes only what it may."""

import random

import numpy as np
import pytest

from plugtorch import dtypes
from plugtorch.backend import Formula
from plugtorch_numpy.kernels import TABLE
from plugtorch_numpy.pieces import Pieces

BINARY = ["add", "subtract", "multiply", "divide", "maximum", "minimum", "gate"]
UNARY = ["negative", "square", "sqrt", "absolute", "sign", "rsqrt", "clone"]


def made(seed: int) -> tuple[Formula, list[float]]:
    """A formula that no author would write: results that are inputs, or one another's, unused
    lines, numbers everywhere.
    """
    pick = random.Random(seed)
    inputs = pick.randint(1, 4)
    kind = pick.choice([dtypes.float32, dtypes.float64, dtypes.float16])
    values, lines, numbers, conditions = list(range(inputs)), [], [], []

    def operand() -> int:
        if pick.random() < 0.3:
            numbers.append(pick.uniform(-2, 2))
            return ~(len(numbers) - 1)
        return pick.choice(values)

    for _ in range(pick.randint(0, 12)):
        result = inputs + len(lines)
        sort = pick.random()
        if sort < 0.1:
            lines.append(("less", (pick.choice(values), operand()), ()))
            conditions.append(result)
            continue
        if sort < 0.2 and conditions:
            lines.append(("where", (pick.choice(conditions), pick.choice(values), operand()), ()))
        elif sort < 0.3:
            lines.append(("cast", (pick.choice(values),), (("dtype", kind),)))
        elif sort < 0.35:
            lines.append(("clamp", (pick.choice(values), operand(), operand()), ()))
        elif sort < 0.6:
            lines.append((pick.choice(UNARY), (pick.choice(values),), ()))
        else:
            pair = [pick.choice(values), operand()]
            name = pick.choice(BINARY)
            if name == "gate":
                pair[1] = pick.choice(values)
            elif pick.random() < 0.5:
                pair.reverse()
            lines.append((name, tuple(pair), ()))
        values.append(result)
    into = pick.sample(range(inputs), pick.randint(0, inputs))
    results = [(pick.choice(values), k) for k in into]
    results += [(pick.choice(values + conditions), None) for _ in range(pick.randint(0, 2))]
    types = tuple(type(number) for number in numbers)
    return Formula((kind,) * inputs, types, tuple(lines), tuple(results)), numbers


def at_once(formula, numbers, arrays):
    values = list(arrays)
    for name, operands, parameters in formula.lines:
        given = [values[o] if o >= 0 else numbers[~o] for o in operands]
        values.append(TABLE[name](*given, **dict(parameters)))
    return [np.array(values[value]) for value, _ in formula.results]


def inputs_of(formula, shape, seed):
    generator = np.random.default_rng(seed)
    kind = np.dtype(formula.inputs[0].name)
    return [generator.normal(size=shape).astype(kind) for _ in formula.inputs]


def equal(got, needed):
    for a, b in zip(got, needed, strict=True):
        assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("seed", range(300))
def test_in_pieces_as_at_once(seed):
    formula, numbers = made(seed)
    shape = [(97,), (5, 7), (), (1, 3, 1), (0, 4)][seed % 5]
    arrays = inputs_of(formula, shape, seed)
    needed = at_once(formula, numbers, arrays)

    run = Pieces(formula, numbers, 256).run
    held = [np.array(a) for a in arrays]
    (got,) = run([[[a] for a in held]])  # ``held`` holds them too
    equal(got, needed)
    equal(held, arrays)

    one, other = (run([[[np.array(a)] for a in arrays]])[0] for _ in range(2))
    equal(one, needed)  # nothing of it is in memory that the other run wrote
    equal(other, needed)


@pytest.mark.parametrize("seed", range(300, 330))
def test_however_the_inputs_lie(seed):
    formula, numbers = made(seed)
    arrays = [a.T if k % 2 else a[::-1] for k, a in enumerate(inputs_of(formula, (6, 6), seed))]
    needed = at_once(formula, numbers, arrays)
    (got,) = Pieces(formula, numbers, 256).run([[[a] for a in arrays]])
    equal(got, needed)


def test_what_nobody_else_holds_is_written_in_place():
    step = Formula(
        inputs=(dtypes.float32, dtypes.float32),
        numbers=(float,),
        lines=(("multiply", (~0, 1), ()), ("subtract", (0, 2), ())),
        results=((3, 0),),
    )
    holders = [[np.ones(1000, np.float32)], [np.ones(1000, np.float32)]]
    address = holders[0][0].ctypes.data
    ((result,),) = Pieces(step, [0.5], 1 << 20).run([holders])
    assert result.ctypes.data == address
    assert (result == 0.5).all()
    assert (holders[1][0] == 1).all()
    view = result[3:]  # holds the array
    ((second,),) = Pieces(step, [0.5], 1 << 20).run([[[result], holders[1]]])
    assert (second == 0).all()
    assert (view == 0.5).all()


def test_one_arrangement_serves_all_numbers():
    formula = Formula((dtypes.float64,), (float,), (("add", (0, ~0), ()),), ((1, None),))
    runs = [Pieces(formula, [number], 64) for number in (1.0, 2.0)]
    assert runs[0].plan is runs[1].plan
    assert [run.run([[[np.zeros(3)]]])[0][0][2] for run in runs] == [1.0, 2.0]
