"""Batch, instance, group and local response normalisation against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import (
    BFLOAT16,
    assert_same,
    copy_state,
    same,
    same_error,
    same_module,
    to_plugtorch,
    to_torch,
)

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn

TF: Any = torch.nn.functional
TN: Any = torch.nn
RANDOM = numpy.random.default_rng(8)
SHAPES = [(5, 3), (4, 3, 5), (2, 3, 4, 5), (2, 3, 2, 3, 2), (1, 3, 4, 5)]


def random(*shape: int) -> Any:
    return RANDOM.normal(1, 2, shape)


def both(name: str, **options: Any) -> Any:
    ours, theirs = getattr(F, name), getattr(TF, name)
    return lambda *x: ours(*x, **options), lambda *x: theirs(*x, **options)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("affine", [True, False])
def test_batch_norm(shape: tuple[int, ...], training: bool, affine: bool) -> None:
    mean, variance = random(3), random(3) ** 2 + 0.1
    inputs = [random(*shape), *([random(3), random(3)] if affine else [])]

    def call(library: Any, convert: Any) -> Any:
        running = convert(mean), convert(variance)

        def function(x: Any, *parameters: Any) -> Any:
            result = library(x, *running, *parameters, training=training, momentum=0.3, eps=1e-3)
            return result, running[0], running[1]

        return function

    same(call(F.batch_norm, to_plugtorch), call(TF.batch_norm, to_torch), inputs)


def test_batch_norm_without_running_statistics() -> None:
    same(*both("batch_norm", running_mean=None, running_var=None, training=True), [random(4, 3, 5)])


@pytest.mark.parametrize("shape", SHAPES[1:])
@pytest.mark.parametrize("stats", [True, False])
def test_instance_norm(shape: tuple[int, ...], stats: bool) -> None:
    mean, variance = random(3), random(3) ** 2 + 0.1

    def call(library: Any, convert: Any) -> Any:
        running = convert(mean), convert(variance)

        def function(x: Any, *parameters: Any) -> Any:
            result = library(x, *running, *parameters, use_input_stats=stats, momentum=0.3)
            return result, running[0], running[1]

        return function

    inputs = [random(*shape), random(3), random(3)]
    same(call(F.instance_norm, to_plugtorch), call(TF.instance_norm, to_torch), inputs)
    same(*both("instance_norm"), inputs[:1])


@pytest.mark.parametrize("shape", [(2, 6), (3, 6, 5), (2, 6, 3, 4), (0, 6, 3), (1, 6, 1)])
@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_group_norm(shape: tuple[int, ...], groups: int) -> None:
    def call(library: Any) -> Any:
        return lambda x, *parameters: library(x, groups, *parameters, eps=1e-3)

    inputs = [random(*shape), random(6), random(6)]
    if groups == numpy.prod(shape):  # one value a group
        same_error(call(F.group_norm), call(TF.group_norm), inputs)
        return
    for given in (inputs, inputs[:2], inputs[:1]):
        same(call(F.group_norm), call(TF.group_norm), given)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("shape", [(2, 5, 3), (2, 5, 3, 4), (2, 4, 2, 3, 2)])
def test_local_response_norm(size: int, shape: tuple[int, ...]) -> None:
    same(*both("local_response_norm", size=size, alpha=0.3, beta=0.6, k=2.0), [random(*shape)])


@pytest.mark.parametrize(
    ("name", "options", "shape"),
    [
        ("batch_norm", {"running_mean": None, "running_var": None, "training": True}, (1, 3)),
        ("batch_norm", {"running_mean": None, "running_var": None, "training": True}, (1, 3, 1)),
        ("batch_norm", {"running_mean": None, "running_var": None}, (2, 3)),
        ("instance_norm", {}, (2, 3, 1)),
        ("group_norm", {"num_groups": 2}, (2, 3, 4)),
        ("local_response_norm", {"size": 2}, (2, 3)),
    ],
)
def test_what_is_refused(name: str, options: Any, shape: Any) -> None:
    error = same_error(*both(name, **options), [random(*shape)])
    assert str(error).startswith(f"[{name}]")


def test_parameters_of_other_sizes_are_refused() -> None:
    call = both("batch_norm", training=True)
    for inputs in (
        [random(2, 3, 4), random(2), random(3)],
        [random(2, 3, 4), random(3), random(4)],
    ):
        same_error(*call, inputs)


LAYERS: list[tuple[str, tuple[Any, ...], dict[str, Any], tuple[int, ...]]] = [
    ("BatchNorm1d", (3,), {}, (5, 3)),
    ("BatchNorm1d", (3,), {"momentum": None}, (5, 3, 4)),
    ("BatchNorm2d", (3, 1e-3, 0.3), {}, (2, 3, 4, 5)),
    ("BatchNorm2d", (3,), {"affine": False}, (2, 3, 4, 5)),
    ("BatchNorm2d", (3,), {"bias": False}, (2, 3, 4, 5)),
    ("BatchNorm2d", (3,), {"track_running_stats": False}, (2, 3, 4, 5)),
    ("BatchNorm3d", (3,), {}, (2, 3, 2, 3, 2)),
    ("InstanceNorm1d", (3,), {}, (2, 3, 5)),
    ("InstanceNorm1d", (3,), {}, (3, 5)),
    ("InstanceNorm2d", (3,), {"affine": True}, (2, 3, 4, 5)),
    ("InstanceNorm2d", (3,), {"track_running_stats": True}, (2, 3, 4, 5)),
    ("InstanceNorm2d", (3,), {"affine": True, "bias": False}, (3, 4, 5)),
    ("InstanceNorm3d", (3,), {"affine": True, "track_running_stats": True}, (2, 3, 2, 3, 2)),
    ("GroupNorm", (2, 6), {}, (2, 6, 4)),
    ("GroupNorm", (3, 6, 1e-3), {"affine": False}, (2, 6)),
    ("GroupNorm", (3, 6), {"bias": False}, (2, 6, 3, 2)),
    ("LocalResponseNorm", (3, 0.1, 0.5, 2.0), {}, (2, 5, 4)),
]


@pytest.mark.parametrize("mode", ["train", "eval"])
@pytest.mark.parametrize(("name", "args", "options", "shape"), LAYERS)
def test_layers(name: str, args: Any, options: Any, shape: Any, mode: str) -> None:
    ours, theirs = getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter)
    getattr(ours, mode)(), getattr(theirs, mode)()
    same_module(ours, theirs, [random(*shape).astype("float32")])
    assert_same(dict(ours.state_dict()), dict(theirs.state_dict()))


@pytest.mark.parametrize("momentum", [0.1, None, 0.0])
def test_running_statistics_over_several_batches(momentum: float | None) -> None:
    for name in ("BatchNorm2d", "InstanceNorm2d"):
        options: Any = {"momentum": momentum, "track_running_stats": True}
        if name == "InstanceNorm2d" and momentum is None:
            continue  # not PyTorch's
        ours, theirs = getattr(nn, name)(3, **options), getattr(TN, name)(3, **options)
        for _ in range(4):
            x = random(2, 3, 4, 5).astype("float32")
            ours(plugtorch.from_numpy(x)), theirs(torch.from_numpy(x))
        assert_same(dict(ours.state_dict()), dict(theirs.state_dict()))
        same(ours.eval(), theirs.eval(), [random(2, 3, 4, 5).astype("float32")])


@pytest.mark.parametrize("kind", ["float64", "float16", "bfloat16"])
@pytest.mark.parametrize("name", ["BatchNorm2d", "InstanceNorm2d", "GroupNorm"])
def test_dtypes(name: str, kind: str) -> None:
    args = (1, 3) if name == "GroupNorm" else (3,)
    ours, theirs = getattr(nn, name)(*args), getattr(TN, name)(*args)
    ours.to(getattr(plugtorch, kind)), theirs.to(getattr(torch, kind))
    copy_state(ours, theirs)
    x = random(4, 3, 5, 4).astype(BFLOAT16 if kind == "bfloat16" else kind)
    same(ours, theirs, [x], second=False)


@pytest.mark.parametrize(
    ("name", "args", "shape"),
    [
        ("BatchNorm1d", (3,), (2, 3, 4, 5)),
        ("BatchNorm2d", (3,), (2, 3, 4)),
        ("BatchNorm2d", (3,), (2, 4, 4, 4)),
        ("InstanceNorm2d", (3,), (2, 3)),
        ("GroupNorm", (2, 4), (2, 6, 4)),
    ],
)
def test_inputs_that_layers_refuse(name: str, args: Any, shape: Any) -> None:
    ours, theirs = getattr(nn, name)(*args), getattr(TN, name)(*args)
    same_error(ours, theirs, [random(*shape).astype("float32")])


def test_a_state_dict_of_old_goes_on() -> None:
    ours: Any = nn.BatchNorm2d(3)
    state = dict(ours.state_dict())
    state["running_mean"] = plugtorch.ones(3)
    ours.load_state_dict(state)
    assert ours.running_mean.tolist() == [1, 1, 1]
    ours.reset_running_stats()
    assert ours.running_mean.tolist() == [0, 0, 0]
