"""Windows as columns, pixels as channels, other sizes, padding layers: against PyTorch."""

from __future__ import annotations

import random as python_random
from collections.abc import Callable
from typing import Any

import numpy
import pytest
import torch
from helpers import BFLOAT16, same, same_error, same_module

import plugtorch.nn.functional as F
from plugtorch import nn

TF: Any = torch.nn.functional
TN: Any = torch.nn
RANDOM = numpy.random.default_rng(9)


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def both(name: str, *args: Any, **options: Any) -> tuple[Callable[..., Any], Callable[..., Any]]:
    ours, theirs = getattr(F, name), getattr(TF, name)
    return lambda *x: ours(*x, *args, **options), lambda *x: theirs(*x, *args, **options)


@pytest.mark.parametrize("seed", range(50))
def test_unfold_and_fold(seed: int) -> None:
    draw = python_random.Random(seed)
    kernel, gaps = draw.choices([1, 2, 3], k=2), draw.choices([1, 1, 2], k=2)
    edges, steps = draw.choices([0, 1, 2], k=2), draw.choices([1, 2, 3], k=2)
    size = [
        max(d * (k - 1) + 1 - 2 * p, 1) + draw.randint(0, 4)
        for d, k, p in zip(gaps, kernel, edges, strict=True)
    ]
    options = {"kernel_size": kernel, "dilation": gaps, "padding": edges, "stride": steps}
    batch = draw.choice([(), (1,), (3,)])
    x = random(*batch, 2, *size)
    same(*both("unfold", **options), [x])
    columns = TF.unfold(torch.from_numpy(x), **options).shape
    same(*both("fold", output_size=size, **options), [random(*columns)])


@pytest.mark.parametrize(
    ("name", "args", "shape"),
    [
        ("unfold", (4,), (1, 2, 3, 5)),
        ("unfold", (0,), (1, 2, 3, 5)),
        ("fold", ((4, 4), 2), (1, 8, 8)),
        ("fold", ((4, 4), 2), (1, 7, 9)),
        ("fold", ((4, 4), 5), (1, 25, 1)),
        ("pixel_shuffle", (2,), (1, 6, 2, 2)),
        ("pixel_shuffle", (2,), (4, 4)),
        ("pixel_unshuffle", (2,), (1, 1, 3, 4)),
        ("pixel_unshuffle", (0,), (1, 1, 3, 4)),
    ],
)
def test_what_is_refused(name: str, args: Any, shape: Any) -> None:
    error = same_error(*both(name, *args), [random(*shape)])
    assert str(error).startswith(f"[{name}]")


@pytest.mark.parametrize("shape", [(8, 2, 3), (2, 16, 2, 3), (2, 3, 4, 1, 2)])
def test_pixels_and_channels(shape: tuple[int, ...]) -> None:
    same(*both("pixel_shuffle", 2), [random(*shape)])
    large = (*shape[:-2], 2 * shape[-2], 2 * shape[-1])
    same(*both("pixel_unshuffle", 2), [random(*large)])


def test_channel_shuffle() -> None:
    same(*both("channel_shuffle", 3), [random(2, 6, 3, 2)], second=False)


NAMES = {1: "linear", 2: "bilinear", 3: "trilinear"}
TARGETS: list[dict[str, Any]] = [
    *[{"size": 3}, {"size": 7}, {"size": 1}, {"size": 5}, {"size": 12}],
    *[{"scale_factor": 2}, {"scale_factor": 0.5}, {"scale_factor": 1.7}, {"scale_factor": 0.34}],
    *[{"scale_factor": 1.7, "recompute_scale_factor": True}],
]


@pytest.mark.parametrize("n", [1, 2, 3])
@pytest.mark.parametrize("target", TARGETS, ids=str)
@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear", "bicubic", "area"])
def test_interpolate(n: int, target: dict[str, Any], mode: str) -> None:
    if mode == "bicubic" and n != 2:
        return
    mode = NAMES[n] if mode == "linear" else mode
    x = random(2, 2, *(5, 6, 4)[:n])
    smooth = mode in NAMES.values() or mode == "bicubic"
    for align in (False, True) if smooth else (None,):
        same(*both("interpolate", mode=mode, align_corners=align, **target), [x], second=n < 3)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("target", [*TARGETS, {"size": (3, 9)}], ids=str)
def test_interpolate_against_aliasing(mode: str, target: dict[str, Any]) -> None:
    for align in (False, True):
        options = {"mode": mode, "align_corners": align, "antialias": True, **target}
        same(*both("interpolate", **options), [random(2, 2, 8, 7)], second=False)


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("mode", ["nearest", "bilinear", "bicubic"])
def test_interpolate_in_other_dtypes(mode: str, kind: str) -> None:
    x = random(2, 3, 5, 4).astype(BFLOAT16 if kind == "bfloat16" else kind)
    same(*both("interpolate", size=(7, 3), mode=mode), [x], second=False)


@pytest.mark.parametrize("size", range(1, 40))
def test_nearest_places(size: int) -> None:
    for mode in ("nearest", "nearest-exact"):
        for kind in ("float64", "float32"):
            x = numpy.arange(31, dtype=kind).reshape(1, 1, 31)
            same(*both("interpolate", size=size, mode=mode), [x], grad=False)
            same(*both("interpolate", scale_factor=size / 13, mode=mode), [x], grad=False)


def test_interpolate_keeps_infinities_where_they_are() -> None:
    x = random(1, 1, 6, 6)
    x[0, 0, 0, 0] = numpy.inf
    same(*both("interpolate", size=(9, 9), mode="bilinear"), [x], second=False)


@pytest.mark.parametrize(
    ("options", "shape"),
    [
        ({"size": 3, "scale_factor": 2}, (1, 1, 4)),
        ({}, (1, 1, 4)),
        ({"size": (3, 3)}, (1, 1, 4)),
        ({"size": 3, "mode": "bilinear"}, (1, 1, 4)),
        ({"size": 3, "mode": "cubic"}, (1, 1, 4)),
        ({"size": 3, "mode": "nearest", "align_corners": True}, (1, 1, 4)),
        ({"size": 0}, (1, 1, 4)),
        ({"size": 3}, (1, 1, 0)),
        ({"size": 3, "recompute_scale_factor": True}, (1, 1, 4)),
        ({"size": 3, "mode": "linear", "antialias": True}, (1, 1, 4)),
    ],
)
def test_interpolations_that_are_refused(options: dict[str, Any], shape: Any) -> None:
    same_error(*both("interpolate", **options), [random(*shape)])


LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("Unfold", (2,), {"padding": 1, "stride": 2}, (2, 3, 4, 5)),
    ("Fold", ((4, 5), (2, 2)), {}, (2, 8, 12)),
    ("PixelShuffle", (2,), {}, (2, 8, 3, 2)),
    ("PixelUnshuffle", (2,), {}, (2, 2, 4, 6)),
    ("ChannelShuffle", (2,), {}, (2, 4, 3, 2)),
    ("Upsample", (), {"scale_factor": 2}, (2, 3, 4, 5)),
    ("Upsample", (), {"size": (3, 7), "mode": "bilinear"}, (2, 3, 4, 5)),
    ("Upsample", (), {"scale_factor": (2, 3), "mode": "bicubic"}, (2, 3, 4, 5)),
    ("UpsamplingNearest2d", (), {"scale_factor": 2}, (2, 3, 4, 5)),
    ("UpsamplingBilinear2d", (), {"size": 7}, (2, 3, 4, 5)),
    ("ConstantPad1d", ((1, 2), 3.5), {}, (2, 3, 4)),
    ("ConstantPad2d", (1, -2.0), {}, (3, 4, 5)),
    ("ConstantPad3d", (1, 0.5), {}, (2, 3, 2, 3, 2)),
    ("ZeroPad1d", ((1, -1),), {}, (2, 3, 4)),
    ("ZeroPad2d", ((1, 0, 2, 1),), {}, (2, 3, 4, 5)),
    ("ZeroPad3d", (1,), {}, (2, 3, 2, 3, 2)),
    ("ReflectionPad1d", (2,), {}, (2, 3, 4)),
    ("ReflectionPad2d", ((1, 2, 0, 1),), {}, (2, 3, 4, 5)),
    ("ReflectionPad3d", (1,), {}, (2, 3, 2, 3, 2)),
    ("ReplicationPad1d", ((3, 1),), {}, (3, 4)),
    ("ReplicationPad2d", (2,), {}, (2, 3, 4, 5)),
    ("ReplicationPad3d", (1,), {}, (2, 3, 2, 3, 2)),
    ("CircularPad1d", ((3, 1),), {}, (2, 3, 4)),
    ("CircularPad2d", (2,), {}, (2, 3, 4, 5)),
    ("CircularPad3d", (1,), {}, (2, 3, 2, 3, 2)),
]


@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers(name: str, args: Any, options: dict[str, Any], shape: tuple[int, ...]) -> None:
    ours, theirs = getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)
    second = name != "ChannelShuffle"  # PyTorch has none there
    same_module(ours, theirs, [random(*shape).astype("float32")], second=second)
