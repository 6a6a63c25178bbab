"""Every activation against PyTorch: values, dtypes, first and second derivatives, edges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same, same_error, spaced

import plugtorch
import plugtorch.nn.functional as F

TF: Any = torch.nn.functional
RANDOM = numpy.random.default_rng(7)

ACTIVATIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("relu", (), {}),
    ("relu6", (), {}),
    ("leaky_relu", (), {}),
    ("leaky_relu", (0.3,), {}),
    ("elu", (), {}),
    ("elu", (0.7,), {}),
    ("selu", (), {}),
    ("celu", (), {}),
    ("celu", (2.0,), {}),
    ("rrelu", (), {}),
    ("rrelu", (0.1, 0.6), {}),
    ("threshold", (0.2, -1.5), {}),
    ("hardtanh", (), {}),
    ("hardtanh", (-0.5, 2.0), {}),
    ("hardsigmoid", (), {}),
    ("hardswish", (), {}),
    ("hardshrink", (), {}),
    ("hardshrink", (0.0,), {}),
    ("softshrink", (), {}),
    ("softshrink", (0.0,), {}),
    ("gelu", (), {}),
    ("gelu", (), {"approximate": "tanh"}),
    ("silu", (), {}),
    ("mish", (), {}),
    ("softplus", (), {}),
    ("softplus", (2.5, 3.0), {}),
    ("softsign", (), {}),
    ("logsigmoid", (), {}),
    ("tanhshrink", (), {}),
    ("sigmoid", (), {}),
    ("tanh", (), {}),
]
INPLACE = ["relu", "relu6", "leaky_relu", "elu", "selu", "celu", "rrelu", "hardtanh", "hardsigmoid"]
INPLACE += ["hardswish", "silu", "mish"]


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 2, shape)


def both(name: str, *args: Any, **options: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    ours, theirs = getattr(F, name), getattr(TF, name)
    return (
        lambda *x: ours(*x, *args, **options),
        lambda *x: theirs(*x, *args, **options),
    )


SHAPES: dict[str, Any] = {
    "scalar": lambda: numpy.array(RANDOM.normal()),
    "empty": lambda: numpy.zeros((0, 3)),
    "one": lambda: random(1),
    "matrix": lambda: random(3, 4),
    "transposed": lambda: random(3, 4, 2).transpose(2, 0, 1),
    "spaced": lambda: spaced(random(3, 4)),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("name", "args", "options"), ACTIVATIONS, ids=lambda x: str(x) if x else ""
)
def test_activation(name: str, args: Any, options: Any, shape: str) -> None:
    second = name != "hardsigmoid"  # torch has no second derivative of it
    same(
        *both(name, *args, **options), [SHAPES[shape]()], second=second, tolerances=ROUGH.get(name)
    )


# torch's hardsigmoid takes 1/6 as a float32, also for float64
ROUGH = {"hardsigmoid": {"float64": (1e-7, 1e-8)}}


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize(
    ("name", "args", "options"), ACTIVATIONS, ids=lambda x: str(x) if x else ""
)
def test_activation_in_narrower_dtypes(name: str, args: Any, options: Any, kind: str) -> None:
    values = random(3, 5).astype(BFLOAT16 if kind == "bfloat16" else kind)
    second = kind == "float32" and name != "hardsigmoid"
    same(*both(name, *args, **options), [values], second=second)


# where the pieces of each meet, and what overflows a careless formula
EDGES = numpy.array(
    [0.0, -0.0, -3.0, 3.0, 6.0, -1.0, 1.0, 0.5, -0.5, 2.0, 0.2, 1e-30, -1e-30, 21.0, -21.0]
    + [90.0, -90.0, 800.0, -800.0, 1e30, -1e30]
)
SPECIAL = numpy.array([numpy.inf, -numpy.inf, numpy.nan])


@pytest.mark.parametrize(
    ("name", "args", "options"), ACTIVATIONS, ids=lambda x: str(x) if x else ""
)
def test_activation_at_edges(name: str, args: Any, options: Any) -> None:
    same(*both(name, *args, **options), [EDGES], second=False, tolerances=ROUGH.get(name))
    if name == "hardswish":  # its limit at -infinity is 0, where torch gives NaN
        ends = plugtorch.tensor([-numpy.inf, numpy.inf], requires_grad=True)
        assert F.hardswish(ends)[0].item() == 0
        (slope,) = plugtorch.autograd.grad(F.hardswish(ends).sum(), ends)
        assert slope.tolist() == [0.0, 1.0]
        same(*both(name), [SPECIAL[[0, 2]]], grad=False)
    else:
        same(*both(name, *args, **options), [SPECIAL], grad=False)


@pytest.mark.parametrize("name", INPLACE)
def test_activation_in_place(name: str) -> None:
    def ours(x: Any) -> Any:
        y = x * 1
        return getattr(F, name)(y, inplace=True), y

    def theirs(x: Any) -> Any:
        y = x * 1
        return getattr(TF, name)(y, inplace=True), y

    same(ours, theirs, [random(3, 4)], second=False, tolerances=ROUGH.get(name))


@pytest.mark.parametrize(
    "name", ["relu_", "leaky_relu_", "elu_", "selu_", "celu_", "rrelu_", "hardtanh_"]
)
def test_name_with_underscore_works_in_place(name: str) -> None:
    same(
        lambda x: (getattr(F, name)(x), x)[1],
        lambda x: (getattr(TF, name)(x), x)[1],
        [random(3)],
        grad=False,
    )


@pytest.mark.parametrize(
    "name", ["relu", "relu6", "hardtanh", "threshold", "softsign", "tanh", "sigmoid"]
)
def test_activation_of_whole_numbers(name: str) -> None:
    args = (1, 20) if name == "threshold" else ()
    same(*both(name, *args), [numpy.array([-3, 0, 2, 9])])


@pytest.mark.parametrize(
    "name",
    ["leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "logsigmoid"]
    + ["hardsigmoid", "hardswish", "softshrink", "rrelu"],
)
def test_activation_refuses_whole_numbers(name: str) -> None:
    same_error(*both(name), [numpy.array([1, 2])])
