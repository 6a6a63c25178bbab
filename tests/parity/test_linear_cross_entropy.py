"""The layer that ends in a cross-entropy against PyTorch's."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import copy_state, same, same_error
from loss_cases import REDUCTIONS, draw, grid

import plugtorch
from plugtorch import nn


def pair(*sizes: int, weight: Any = None, **options: Any) -> tuple[Any, Any]:
    a, b = (
        lib.nn.LinearCrossEntropyLoss(
            *sizes, weight=None if weight is None else lib.tensor(weight), **options
        )
        for lib in (plugtorch, torch)
    )
    copy_state(a, b)
    assert repr(a) == repr(b)
    assert list(a.state_dict()) == list(b.state_dict())
    return a, b


@pytest.mark.parametrize(
    "options",
    grid(
        reduction=REDUCTIONS,
        bias=[False, True],
        weight=[None, [0.5, 1.5, 2.0, 0.0]],
        label_smoothing=[0.0, 0.3],
        ignore_index=[None, 2],
    ),
    ids=str,
)
def test_values_and_gradients(options: dict[str, Any]) -> None:
    rng = numpy.random.default_rng()
    for inner in ((), (3,), (2, 3)):
        a, b = pair(5, 4, out_features=inner, **options)
        leaves = [*a.parameters()], [*b.parameters()]
        same(a, b, [draw(6, 5, dtype="float32"), rng.integers(4, size=(6, *inner))], leaves=leaves)
        if options["ignore_index"] is None:
            shares = rng.random((6, 4, *inner), dtype="float32")
            same(
                a,
                b,
                [draw(6, 5, dtype="float32"), shares / shares.sum(1, keepdims=True)],
                leaves=leaves,
            )
    a, b = pair(5, 4, **options)
    same(a, b, [draw(5, dtype="float32"), numpy.array(3 if options["weight"] is None else 1)])


@pytest.mark.parametrize("smoothing", [1.5, -0.1])
def test_smoothing_that_is_refused(smoothing: float) -> None:
    same_error(
        lambda: plugtorch.nn.LinearCrossEntropyLoss(3, 4, label_smoothing=smoothing),
        lambda: torch.nn.LinearCrossEntropyLoss(3, 4, label_smoothing=smoothing),
    )


def test_a_weight_that_is_refused() -> None:
    same_error(
        lambda: plugtorch.nn.LinearCrossEntropyLoss(3, 4, weight=plugtorch.ones(3)),
        lambda: torch.nn.LinearCrossEntropyLoss(3, 4, weight=torch.ones(3)),
    )


@pytest.mark.parametrize(("shape", "target"), [((2, 5), (2,)), ((2, 3), (3,)), ((2, 2, 3), (2,))])
def test_operands_that_are_refused(shape: Any, target: Any) -> None:
    a, b = pair(3, 4)
    same_error(
        lambda: a(plugtorch.zeros(shape), plugtorch.zeros(target, dtype=plugtorch.int64)),
        lambda: b(torch.zeros(shape), torch.zeros(target, dtype=torch.int64)),
    )


def test_options_are_without_effect() -> None:
    options = nn.LinearCrossEntropyOptions(batch_chunk_size=2)
    assert repr(options) == repr(torch.nn.LinearCrossEntropyOptions(batch_chunk_size=2))
    a, b = nn.LinearCrossEntropyLoss(3, 4, options=options), nn.LinearCrossEntropyLoss(3, 4)
    b.load_state_dict(a.state_dict())
    x, target = plugtorch.randn(5, 3), plugtorch.randint(4, (5,))
    assert a(x, target).item() == b(x, target).item()
