"""Pooling of every kind against PyTorch: values, indices, first and second derivatives, over a grid
of options and odd shapes.
"""

from __future__ import annotations

import random as python_random
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same, same_error, same_module

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn

TF: Any = torch.nn.functional
TN: Any = torch.nn
RANDOM = numpy.random.default_rng(6)


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def ties(*shape: int) -> Any:
    """Few different numbers, so that windows have several largest ones."""
    return RANDOM.integers(-2, 3, shape).astype("float64")


def both(name: str, *args: Any, **options: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    ours, theirs = getattr(F, name), getattr(TF, name)
    return lambda *x: ours(*x, *args, **options), lambda *x: theirs(*x, *args, **options)


def drawn(seed: int) -> tuple[int, tuple[int, ...], dict[str, Any]]:
    """Axes, shape and options of one pooling, drawn; every window has an element."""
    draw = python_random.Random(seed)
    n = draw.choice([1, 2, 2, 3])
    kernel = [draw.choice([1, 2, 3, 4]) for _ in range(n)]
    padding = [draw.randint(0, k // 2) for k in kernel]
    size = [k + draw.choice([0, 1, 2, 3]) for k in kernel]
    options = {
        "kernel_size": kernel,
        "stride": draw.choice([None, [draw.choice([1, 2, 3, 4]) for _ in range(n)]]),
        "padding": padding,
        "ceil_mode": draw.random() < 0.5,
    }
    if n == 1:
        options = {k: v[0] if isinstance(v, list) else v for k, v in options.items()}
    batch = draw.choice([[], [0], [1], [3]])
    return n, (*batch, 2, *size), options


@pytest.mark.parametrize("seed", range(80))
def test_max_pool(seed: int) -> None:
    n, shape, options = drawn(seed)
    x = ties(*shape) if seed % 3 == 0 else random(*shape)
    same(*both(f"max_pool{n}d", return_indices=seed % 2 == 0, **options), [x])


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("ceil_mode", [False, True])
def test_max_pool_with_dilation(n: int, ceil_mode: bool) -> None:
    options = {"dilation": 2, "padding": 1, "ceil_mode": ceil_mode, "return_indices": True}
    same(*both(f"max_pool{n}d", 3, 2, **options), [ties(2, 3, *(8,) * n)])


def test_max_pool_of_what_is_not_finite() -> None:
    x = random(2, 3, 6, 6)
    x[0, 0, 1, 1] = x[0, 0, 2, 2] = x[1, 2, 0, 0] = numpy.nan
    x[0, 1], x[1, 1, 3, 3] = -numpy.inf, numpy.inf
    for options in ({}, {"stride": 1}, {"padding": 1}):
        same(*both("max_pool2d", 3, return_indices=True, **options), [x], second=False)


@pytest.mark.parametrize("seed", range(80))
def test_avg_pool(seed: int) -> None:
    n, shape, options = drawn(seed)
    options["count_include_pad"] = seed % 2 == 0
    if n > 1 and seed % 5 == 0:
        options["divisor_override"] = 7
    same(*both(f"avg_pool{n}d", **options), [random(*shape)])


@pytest.mark.parametrize("seed", range(40))
def test_lp_pool(seed: int) -> None:
    n, shape, options = drawn(seed)
    del options["padding"]
    if shape[0] == 0:
        shape = (1, *shape[1:])
    p = [1.0, 2.0, 3.0][seed % 3]
    same(*both(f"lp_pool{n}d", p, **options), [numpy.abs(random(*shape)) + 0.1])


SIZES: list[tuple[tuple[int, ...], Any]] = [
    ((2, 3, 7), 3),
    ((2, 3, 6), 2),
    ((3, 7), 1),
    ((2, 3, 2), 5),
    ((2, 3, 7, 5), (3, 2)),
    ((2, 3, 8, 6), (4, 2)),
    ((2, 3, 8, 6), 1),
    ((3, 8, 5), (None, 2)),
    ((2, 3, 3, 2), (5, 7)),
    ((0, 3, 4, 4), 2),
    ((2, 3, 5, 4, 3), (2, 4, 2)),
    ((2, 4, 4, 4), 2),
]


@pytest.mark.parametrize("kind", ["avg", "max"])
@pytest.mark.parametrize(("shape", "size"), SIZES)
def test_adaptive_pool(kind: str, shape: tuple[int, ...], size: Any) -> None:
    axes = len(size) if isinstance(size, tuple) else len(shape) - 2
    options = {"return_indices": True} if kind == "max" else {}
    for x in (random(*shape), ties(*shape)):
        same(*both(f"adaptive_{kind}_pool{max(axes, 1)}d", size, **options), [x])


def test_adaptive_pool_of_infinities_stays_in_its_windows() -> None:
    x = random(1, 2, 7, 5)
    x[0, 0, 0, 0] = numpy.inf
    same(*both("adaptive_avg_pool2d", (3, 2)), [x], second=False)


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("batched", [True, False])
def test_max_unpool(n: int, batched: bool) -> None:
    shape = ((2,) if batched else ()) + (3, *(6,) * n)
    x = random(*shape)
    pooled, index = getattr(TF, f"max_pool{n}d")(torch.from_numpy(x), 2, return_indices=True)
    inputs = [pooled.numpy(), index.numpy()]
    same(*both(f"max_unpool{n}d", 2), inputs)
    same(*both(f"max_unpool{n}d", 2, output_size=(7,) * n), inputs)


@pytest.mark.parametrize("n", [2, 3])
def test_fractional_max_pool(n: int) -> None:
    x, samples = random(2, 3, *(9,) * n), RANDOM.random((2, 3, n))
    for options in (
        {"output_size": (4, 5, 3)[:n]},
        {"output_ratio": (0.6,) * n},
        {"output_size": 1},
    ):

        def call(library: Any, x: Any, samples: Any, options: Any = options) -> Any:
            function = getattr(library, f"fractional_max_pool{n}d")
            return function(x, 2, return_indices=True, _random_samples=samples, **options)

        same(
            lambda x: call(F, x, plugtorch.from_numpy(samples)),
            lambda x: call(TF, x, torch.from_numpy(samples)),
            [x],
        )


def test_fractional_max_pool_draws() -> None:
    x = plugtorch.from_numpy(random(2, 3, 20, 20))
    drawn = [F.fractional_max_pool2d(x, 2, output_size=9) for _ in range(3)]
    assert not plugtorch.equal(drawn[0], drawn[1]) or not plugtorch.equal(drawn[1], drawn[2])


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32"])
def test_dtypes(kind: str) -> None:
    dtype = BFLOAT16 if kind == "bfloat16" else kind
    x = random(2, 3, 7, 6).astype(dtype)
    same(*both("max_pool2d", 3, 2, 1), [x], second=False)
    same(*both("avg_pool2d", 3, 2, 1), [x], second=False)
    if kind == "float32":
        same(*both("adaptive_avg_pool2d", (3, 2)), [x], second=False)


@pytest.mark.parametrize(
    ("name", "args", "options", "shape"),
    [
        ("max_pool2d", (5,), {}, (1, 2, 4, 4)),
        ("max_pool2d", (2,), {"padding": 2}, (1, 2, 4, 4)),
        ("max_pool2d", (2,), {"padding": -1}, (1, 2, 4, 4)),
        ("max_pool2d", (2,), {"stride": 0}, (1, 2, 4, 4)),
        ("max_pool2d", ((2, 2, 2),), {}, (1, 2, 4, 4)),
        ("max_pool2d", (2,), {}, (4, 4)),
        ("max_pool2d", (2,), {}, (1, 2, 0, 4)),
        ("max_pool1d", (2,), {}, (1, 2, 3, 4)),
        ("avg_pool2d", (5,), {}, (1, 2, 4, 4)),
        ("avg_pool2d", (2,), {"padding": 2}, (1, 2, 4, 4)),
        ("avg_pool2d", (2,), {"divisor_override": 0}, (1, 2, 4, 4)),
        ("avg_pool3d", (2,), {}, (2, 4, 4)),
        ("adaptive_avg_pool2d", ((2, 2, 2),), {}, (1, 2, 4, 4)),
        ("adaptive_avg_pool2d", ((2, -2),), {}, (1, 2, 4, 4)),
        ("adaptive_avg_pool2d", (2,), {}, (4, 4)),
        ("adaptive_max_pool2d", (2,), {}, (1, 2, 0, 4)),
        ("fractional_max_pool2d", (3,), {"output_size": 5}, (1, 2, 4, 4)),
        ("fractional_max_pool2d", (3,), {}, (1, 2, 4, 4)),
    ],
)
def test_what_is_refused(name: str, args: Any, options: Any, shape: Any) -> None:
    error = same_error(*both(name, *args, **options), [random(*shape)])
    assert f"[{name}]" in str(error)


def test_unpooling_refuses_bad_indices() -> None:
    x, index = random(1, 1, 2, 2), numpy.full((1, 1, 2, 2), 16)
    same_error(*both("max_unpool2d", 2), [x, index])
    same_error(*both("max_unpool2d", 2), [x, index[..., :1]])
    same_error(*both("max_unpool2d", 2), [x, index.astype("int32")])
    same_error(*both("max_unpool2d", 2, output_size=(9, 9)), [x, index * 0])


LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("MaxPool1d", (2,), {}, (2, 3, 7)),
    ("MaxPool2d", (3, 2, 1), {}, (2, 3, 7, 6)),
    ("MaxPool2d", ((2, 3),), {"return_indices": True, "ceil_mode": True}, (3, 7, 7)),
    ("MaxPool3d", (2,), {"dilation": 2}, (2, 3, 4, 5, 4)),
    ("AvgPool1d", (3, 2, 1), {"count_include_pad": False}, (2, 3, 8)),
    ("AvgPool2d", (2,), {}, (2, 3, 7, 6)),
    ("AvgPool2d", ((2, 3), 1), {"ceil_mode": True, "divisor_override": 3}, (2, 3, 7, 6)),
    ("AvgPool3d", (2,), {}, (2, 3, 4, 5, 4)),
    ("LPPool1d", (2, 3), {}, (2, 3, 8)),
    ("LPPool2d", (1.5, 2), {"stride": 1}, (2, 3, 5, 5)),
    ("LPPool3d", (2, 2), {}, (2, 3, 4, 4, 4)),
    ("AdaptiveAvgPool1d", (3,), {}, (2, 3, 8)),
    ("AdaptiveAvgPool2d", ((1, None),), {}, (2, 3, 7, 6)),
    ("AdaptiveAvgPool3d", (2,), {}, (2, 3, 4, 5, 4)),
    ("AdaptiveMaxPool1d", (3,), {}, (2, 3, 8)),
    ("AdaptiveMaxPool2d", (2,), {"return_indices": True}, (2, 3, 7, 6)),
    ("AdaptiveMaxPool3d", (2,), {}, (2, 3, 4, 5, 4)),
]


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers(name: str, args: Any, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    x = numpy.abs(random(*shape)).astype("float32") + 0.1
    ours, theirs = getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)
    same_module(ours, theirs, [x.astype("float32")])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_unpooling_layers(n: int) -> None:
    x = random(2, 3, *(6,) * n).astype("float32")

    def there_and_back(library: Any) -> Any:
        pool = getattr(library, f"MaxPool{n}d")(2, return_indices=True)
        unpool = getattr(library, f"MaxUnpool{n}d")(2)
        return lambda x: unpool(*pool(x))

    assert repr(getattr(nn, f"MaxUnpool{n}d")(2)) == repr(getattr(TN, f"MaxUnpool{n}d")(2))
    same(there_and_back(nn), there_and_back(TN), [x])


def test_fractional_layers() -> None:
    for name, n in (("FractionalMaxPool2d", 2), ("FractionalMaxPool3d", 3)):
        x, samples = random(2, 3, *(9,) * n), RANDOM.random((2, 3, n))
        options: Any = {"output_ratio": 0.5}
        ours = getattr(nn, name)(2, _random_samples=plugtorch.from_numpy(samples), **options)
        theirs = getattr(TN, name)(2, _random_samples=torch.from_numpy(samples), **options)
        same_module(ours, theirs, [x])
        same_error(lambda name=name: getattr(nn, name)(2), lambda name=name: getattr(TN, name)(2))
