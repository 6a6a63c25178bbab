"""The dtype of a result, and its values, for every pair of dtypes and every rank of operand.

A tensor with axes, a 0-d tensor and a Python number have a say in this order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import TOLERANCES, assert_same, to_plugtorch, to_torch
from samples.sample import DTYPES, cast

import plugtorch

VALUES = numpy.array([1.0, 2.0, 3.0, 0.0])
TENSORS = {"axes": VALUES, "0-d": numpy.asarray(2.0)}
NUMBERS = [True, False, 0, 2, -1, 300, 2.5, -0.5, float("inf")]
WIDE = {**TOLERANCES, "float16": (2e-3, 2e-3)}

OPERATIONS: dict[str, Callable[[Any, Any, Any], Any]] = {
    name: lambda library, x, y, name=name: getattr(library, name)(x, y)
    for name in (
        "add sub mul div true_divide floor_divide remainder fmod pow eq ne lt le gt ge maximum "
        "minimum "
        "atan2 bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift "
        "logical_and "
        "logical_xor copysign fmax hypot xlogy result_type float_power"
    ).split()
}
OPERATIONS["where"] = lambda library, x, y: library.where(library.ones(4) > 0, x, y)
OPERATIONS["clamp"] = lambda library, x, y: library.clamp(x, min=y)
OPERATIONS["operator -"] = lambda library, x, y: x - y
OPERATIONS["operator / from the right"] = lambda library, x, y: y / x
OPERATIONS["operator - from the right"] = lambda library, x, y: y - x
OPERATIONS["operator ** from the right"] = lambda library, x, y: y**x
OPERATIONS["operator // from the right"] = lambda library, x, y: y // x
OPERATIONS["operator % from the right"] = lambda library, x, y: y % x
OPERATIONS["add_"] = lambda library, x, y: x.clone().add_(y)
OPERATIONS["mul_"] = lambda library, x, y: x.clone().mul_(y)
OPERATIONS["div_"] = lambda library, x, y: x.clone().div_(y)
OPERATIONS["sub_"] = lambda library, x, y: x.clone().sub_(y)
OPERATIONS["pow_"] = lambda library, x, y: x.clone().pow_(y)
OPERATIONS["clamp_"] = lambda library, x, y: x.clone().clamp_(max=y)
OPERATIONS["fill_"] = lambda library, x, y: x.clone().fill_(y)
OPERATIONS["masked_fill"] = lambda library, x, y: x.masked_fill(x == 2, y)
OPERATIONS["lerp"] = lambda library, x, y: library.lerp(x, x, y)

TENSORS_ONLY = {  # PyTorch takes no number here
    "maximum", "minimum", "atan2", "logical_and", "logical_xor", "fmax", "hypot",
}  # fmt: skip


def outcome(library: Any, operation: str, x: Any, y: Any) -> tuple[Any, Exception | None]:
    try:
        return OPERATIONS[operation](library, x, y), None
    except Exception as error:
        return None, error


# PyTorch: a bool to the power of a Python bool is a bool, to that of a bool tensor an error
BOOL_POWERS = {f"bool {rank}, {number}" for rank in TENSORS for number in (True, False)}


def compare(
    operation: str, ours: tuple[Any, Any], theirs: tuple[Any, Any], label: str
) -> list[str]:
    """What differs between two outcomes, a result or an error each."""
    (result, error), (expected, refused) = ours, theirs
    if refused is not None:
        missing = isinstance(refused, NotImplementedError) or "not implemented for" in str(refused)
        if error is None and not missing:
            return [f"{label}: gives {result.dtype}, PyTorch refuses: {refused}"]
        if error is not None and not isinstance(
            error, (plugtorch.errors.PlugtorchError, type(refused))
        ):
            return [f"{label}: {error!r}, PyTorch {refused!r}"]
        return []
    if error is not None:
        if operation in ("pow", "pow_") and label in BOOL_POWERS:
            return []
        return [f"{label}: {error!r}, PyTorch gives {expected}"]
    try:
        assert_same(result, expected, tolerances=WIDE)
    except AssertionError as difference:
        return [f"{label}: {difference}"]
    return []


@pytest.mark.parametrize("operation", OPERATIONS)
def test_two_tensors(operation: str) -> None:
    wrong = []
    for first in DTYPES:
        for second in DTYPES:
            for rank, other in (("axes", "axes"), ("axes", "0-d"), ("0-d", "axes"), ("0-d", "0-d")):
                x, y = cast(TENSORS[rank], first), cast(TENSORS[other], second)
                ours = outcome(plugtorch, operation, to_plugtorch(x), to_plugtorch(y))
                theirs = outcome(torch, operation, to_torch(x), to_torch(y))
                wrong += compare(operation, ours, theirs, f"{first} {rank}, {second} {other}")
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong)


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in TENSORS_ONLY])
def test_a_tensor_and_a_number(operation: str) -> None:
    wrong = []
    for dtype in DTYPES:
        for rank in TENSORS:
            for number in NUMBERS:
                x = cast(TENSORS[rank], dtype)
                ours = outcome(plugtorch, operation, to_plugtorch(x), number)
                theirs = outcome(torch, operation, to_torch(x), number)
                wrong += compare(operation, ours, theirs, f"{dtype} {rank}, {number!r}")
    assert not wrong, f"{len(wrong)} differ\n" + "\n".join(wrong)


@pytest.mark.parametrize("join", ["cat", "stack", "hstack"])
def test_joining(join: str) -> None:
    for first in DTYPES:
        for second in DTYPES:
            arrays = [cast(VALUES, first), cast(VALUES, second)]
            ours = getattr(plugtorch, join)([to_plugtorch(a) for a in arrays])
            theirs = getattr(torch, join)([to_torch(a) for a in arrays])
            assert_same(ours, theirs, f"{first}, {second}")


def test_conversion() -> None:
    strange = numpy.array([0.0, -1.0, 1.9, -1.9, 300.0, 70000.0, 3e9])
    for first in DTYPES:
        for second in DTYPES:
            # what does not fit a whole number is whatever the processor makes of it
            fits = numpy.abs(strange) < (2 if {"uint8", "int8", "bool"} & {first, second} else 301)
            wide = strange if {first, second} <= {"float32", "float64", "bool"} else strange[fits]
            wide = numpy.abs(wide) if "uint8" in (first, second) else wide
            array = cast(wide, first)
            ours = to_plugtorch(array).to(getattr(plugtorch, second))
            assert_same(ours, to_torch(array).to(getattr(torch, second)), f"{first} to {second}")


def test_promote_types() -> None:
    for first in DTYPES:
        for second in DTYPES:
            ours = plugtorch.promote_types(getattr(plugtorch, first), getattr(plugtorch, second))
            assert_same(ours, torch.promote_types(getattr(torch, first), getattr(torch, second)))


@pytest.mark.parametrize("default", ["float64", "float16"])
def test_the_default_dtype_is_what_numbers_become(default: str) -> None:
    before = plugtorch.get_default_dtype(), torch.get_default_dtype()
    results = []
    try:
        for library, dtype in ((plugtorch, plugtorch), (torch, torch)):
            library.set_default_dtype(getattr(dtype, default))
            whole = library.arange(3)
            results.append([
                whole / 2, whole + 0.5, whole.exp(), library.ones(2), library.tensor([1.5]),
                library.linspace(0, 1, 3),
                library.tensor([1.5], dtype=library.float32) + 1.5, library.full((1,), 2.0),
                library.arange(0, 1, 0.5),
            ])  # fmt: skip
    finally:
        plugtorch.set_default_dtype(before[0])
        torch.set_default_dtype(before[1])
    assert_same(*results)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@pytest.mark.parametrize("operation", ["mul", "div", "add", "sub", "mul_", "div_"])
def test_numbers_are_rounded_as_pytorch_does(dtype: str, operation: str) -> None:
    """A factor is not rounded to 16 bits first: 0.999 would be 1 in bfloat16."""
    values = cast(numpy.random.default_rng(0).uniform(1, 10, 200), dtype)
    for number in (0.9371, 0.999, 1e-3, 3.1):
        exact = {dtype: (0.0, 0.0)}
        ours = OPERATIONS[operation](plugtorch, to_plugtorch(values), number)
        theirs = OPERATIONS[operation](torch, to_torch(values), number)
        assert_same(ours, theirs, f"{operation} {number}", exact)
