"""Convolutions and transposed ones against PyTorch: values, first and second derivatives, over a
grid of options and odd shapes.
"""

from __future__ import annotations

import random as python_random
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same, same_error, same_module, spaced

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn

TF: Any = torch.nn.functional
TN: Any = torch.nn
RANDOM = numpy.random.default_rng(5)


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def both(name: str, **options: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    ours, theirs = getattr(F, name), getattr(TF, name)
    return lambda *x: ours(*x, **options), lambda *x: theirs(*x, **options)


def drawn(seed: int) -> dict[str, Any]:
    """Sizes and options of one convolution, drawn."""
    draw = python_random.Random(seed)
    n = draw.choice([1, 2, 2, 3])

    def each(*values: int) -> list[int]:
        return [draw.choice(values) for _ in range(n)]

    kernel, dilation, padding = each(1, 2, 3), each(1, 1, 2), each(0, 1, 2)
    least = [
        max(d * (k - 1) + 1 - 2 * p, 1) for k, d, p in zip(kernel, dilation, padding, strict=True)
    ]
    return {
        "axes": n,
        "groups": draw.choice([1, 1, 2, 3]),
        "channels": draw.choice([1, 2]),
        "filters": draw.choice([1, 2]),
        "kernel": kernel,
        "size": [size + draw.choice([0, 1, 2, 3]) for size in least],
        "batch": draw.choice([[], [0], [1], [3]]),
        "bias": draw.random() < 0.6,
        "options": {"stride": each(1, 2, 3), "padding": padding, "dilation": dilation},
    }


@pytest.mark.parametrize("seed", range(120))
def test_convolution_of_drawn_sizes(seed: int) -> None:
    case = drawn(seed)
    groups = case["groups"]
    x = random(*case["batch"], groups * case["channels"], *case["size"])
    weight = random(groups * case["filters"], case["channels"], *case["kernel"])
    inputs = [x, weight, random(groups * case["filters"])] if case["bias"] else [x, weight]
    same(*both(f"conv{case['axes']}d", groups=groups, **case["options"]), inputs)


@pytest.mark.parametrize("seed", range(120))
def test_transposed_convolution_of_drawn_sizes(seed: int) -> None:
    case = drawn(seed)
    options, groups, draw = case["options"], case["groups"], python_random.Random(-seed)
    steps = list(zip(options["stride"], options["dilation"], strict=True))
    extra = [draw.randrange(max(pair)) for pair in steps]
    out = [
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, (s, d), p, k, e in zip(
            case["size"], steps, options["padding"], case["kernel"], extra, strict=True
        )
    ]
    if min(out) < 1:
        options["padding"] = 0
    batch = case["batch"] if case["batch"] != [0] else [2]
    x = random(*batch, groups * case["channels"], *case["size"])
    weight = random(groups * case["channels"], case["filters"], *case["kernel"])
    inputs = [x, weight, random(groups * case["filters"])] if case["bias"] else [x, weight]
    name = f"conv_transpose{case['axes']}d"
    same(*both(name, groups=groups, output_padding=extra, **options), inputs)


@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel")
@pytest.mark.parametrize("kernel", [1, 2, 3, 4])
@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("dilation", [1, 2])
def test_padding_by_name(kernel: int, padding: str, dilation: int) -> None:
    for n in (1, 2, 3):
        x, weight = random(2, 2, *(7,) * n), random(3, 2, *(kernel,) * n)
        same(*both(f"conv{n}d", padding=padding, dilation=dilation), [x, weight], second=n < 3)


def test_large_sizes_go_in_several_blocks() -> None:
    x, weight, bias = random(3, 16, 40, 60), random(24, 16, 3, 3), random(24)
    for options in ({"padding": 1}, {"stride": 2}, {"dilation": 3, "padding": 2}):
        same(*both("conv2d", **options), [x, weight, bias], second=False)
    same(*both("conv2d"), [random(300, 3, 9, 9), random(5, 3, 3, 3)], second=False)
    same(
        *both("conv_transpose2d", stride=2, padding=1),
        [random(3, 16, 40, 60), random(16, 24, 4, 4)],
        second=False,
    )


@pytest.mark.parametrize("kind", ["float16", "bfloat16", "float32"])
def test_dtypes(kind: str) -> None:
    dtype = BFLOAT16 if kind == "bfloat16" else kind
    inputs = [random(2, 4, 6, 5), random(3, 4, 3, 3), random(3)]
    same(*both("conv2d", padding=1), [x.astype(dtype) for x in inputs], second=False)
    inputs = [random(2, 4, 6, 5), random(4, 3, 3, 3), random(3)]
    same(*both("conv_transpose2d", stride=2), [x.astype(dtype) for x in inputs], second=False)


def test_operands_that_are_views() -> None:
    x, weight = random(6, 5, 3, 2).transpose(3, 2, 1, 0), random(3, 3, 3, 4).transpose(3, 0, 1, 2)
    same(*both("conv2d", padding=1), [x, weight])
    same(*both("conv2d"), [spaced(random(2, 3, 5, 6)), spaced(random(4, 3, 2, 2))])


def test_what_is_not_finite_stays_in_its_windows() -> None:
    x, weight = random(1, 2, 6, 6), random(3, 2, 3, 3)
    x[0, 0, 2, 3], x[0, 1, 5, 5] = numpy.inf, numpy.nan
    same(*both("conv2d", padding=1), [x, weight], second=False)


@pytest.mark.parametrize(
    ("name", "shapes", "options"),
    [
        ("conv2d", [(1, 3, 5, 5), (2, 4, 3, 3)], {}),  # channels
        ("conv2d", [(1, 4, 5, 5), (3, 2, 3, 3)], {"groups": 2}),
        ("conv2d", [(1, 3, 2, 5), (2, 3, 3, 3)], {}),  # too small
        ("conv2d", [(5, 5), (2, 3, 3, 3)], {}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3)], {}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3, 3), (3,)], {}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3, 3)], {"stride": 0}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3, 3)], {"padding": -1}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3, 3)], {"dilation": 0}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3, 3)], {"stride": (1, 1, 1)}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3, 3)], {"padding": "same", "stride": 2}),
        ("conv2d", [(1, 3, 5, 5), (2, 3, 3, 3)], {"padding": "all"}),
        ("conv1d", [(1, 3, 5), (2, 3, 6)], {}),
        ("conv3d", [(1, 3, 5, 5, 5), (2, 2, 3, 3, 3)], {}),
        ("conv_transpose2d", [(1, 3, 5, 5), (4, 2, 3, 3)], {}),
        ("conv_transpose2d", [(1, 3, 5, 5), (3, 2, 3, 3), (3,)], {}),
        ("conv_transpose2d", [(1, 3, 5, 5), (3, 2, 3, 3)], {"output_padding": 1}),
        ("conv_transpose2d", [(1, 3, 1, 1), (3, 2, 3, 3)], {"padding": 2}),
    ],
)
def test_what_is_refused(name: str, shapes: Any, options: dict[str, Any]) -> None:
    error = same_error(*both(name, **options), [random(*shape) for shape in shapes])
    assert str(error).startswith(f"[{name}]")


def test_mixed_dtypes_are_refused() -> None:
    same_error(*both("conv2d"), [random(1, 3, 5, 5).astype("float32"), random(2, 3, 3, 3)])


LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("Conv1d", (4, 6, 3), {}, (2, 4, 8)),
    ("Conv1d", (4, 6, 3, 2, 1), {"groups": 2, "bias": False}, (4, 8)),
    ("Conv2d", (3, 4, 3), {}, (2, 3, 6, 5)),
    ("Conv2d", (3, 4, (3, 2)), {"stride": (2, 1), "padding": (1, 0), "dilation": 2}, (2, 3, 7, 6)),
    ("Conv2d", (4, 4, 3), {"groups": 4, "padding": "same"}, (1, 4, 5, 5)),
    ("Conv2d", (3, 4, 3), {"padding": 1, "padding_mode": "reflect"}, (2, 3, 6, 5)),
    ("Conv2d", (3, 4, 3), {"padding": (2, 1), "padding_mode": "replicate"}, (2, 3, 6, 5)),
    ("Conv2d", (3, 4, 4), {"padding": "same", "padding_mode": "circular"}, (2, 3, 6, 5)),
    ("Conv2d", (3, 4, 3), {"padding": "valid", "padding_mode": "circular"}, (2, 3, 6, 5)),
    ("Conv3d", (2, 3, 2), {"padding": 1}, (1, 2, 3, 4, 3)),
    ("ConvTranspose1d", (4, 6, 3, 2), {"output_padding": 1}, (2, 4, 5)),
    ("ConvTranspose2d", (3, 4, 4, 2, 1), {"bias": False}, (2, 3, 4, 5)),
    ("ConvTranspose2d", (4, 4, 3), {"groups": 2, "dilation": 2}, (4, 4, 5)),
    ("ConvTranspose3d", (2, 3, 2, 2), {}, (1, 2, 3, 2, 3)),
]


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers(name: str, args: Any, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    ours, theirs = getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)
    same_module(ours, theirs, [random(*shape).astype("float32")])


def test_layers_begin_as_pytorch_s_do() -> None:
    for name, args in (("Conv2d", (16, 256, 3)), ("ConvTranspose2d", (16, 256, 3))):
        ours, theirs = getattr(nn, name)(*args), getattr(TN, name)(*args)
        for mine, its in zip(ours.parameters(), theirs.parameters(), strict=True):
            a, b = mine.detach().abs(), its.detach().abs()
            assert float(a.max()) == pytest.approx(float(b.max()), rel=0.03)
            assert float(a.mean()) == pytest.approx(float(b.mean()), rel=0.15)
            assert abs(float(mine.detach().mean())) < float(a.max()) / 5


@pytest.mark.parametrize("output_size", [(9, 11), (10, 12), (2, 4, 9, 11)])
def test_transposed_to_an_output_size(output_size: Any) -> None:
    ours, theirs = nn.ConvTranspose2d(3, 4, 3, 2, 1), TN.ConvTranspose2d(3, 4, 3, 2, 1)
    x = random(2, 3, 5, 6).astype("float32")
    theirs(torch.from_numpy(x), output_size)
    assert ours(plugtorch.from_numpy(x), output_size).shape[2:] == tuple(output_size)[-2:]


@pytest.mark.parametrize(
    ("name", "args", "options"),
    [
        ("Conv2d", (3, 4, 3), {"groups": 2}),
        ("Conv2d", (3, 4, 3), {"padding_mode": "mirror"}),
        ("Conv2d", (3, 4, 3), {"padding": "half"}),
        ("Conv2d", (3, 4, 3), {"padding": "same", "stride": 2}),
        ("ConvTranspose2d", (3, 4, 3), {"padding_mode": "reflect"}),
    ],
)
def test_options_of_layers_that_are_refused(name: str, args: Any, options: Any) -> None:
    same_error(
        lambda: getattr(nn, name)(*args, **options), lambda: getattr(TN, name)(*args, **options)
    )
