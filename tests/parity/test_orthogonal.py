"""parametrizations.orthogonal against torch's: weights, gradients, states, what is refused."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
from helpers import same_error

import plugtorch

SHAPES = [(3, 3), (5, 2), (2, 5), (2, 4, 3), (1, 1), (2, 3, 3)]
LIBRARIES = (torch, plugtorch)
MAPS = ["matrix_exp", "cayley", "householder"]


def holder(lib: Any, array: Any) -> Any:
    module = lib.nn.Module()
    module.weight = lib.nn.Parameter(lib.tensor(array))
    return module


def wrap(lib: Any, *args: Any, **options: Any) -> Any:
    return lib.nn.utils.parametrizations.orthogonal(*args, **options)


def near(ours: Any, theirs: Any) -> None:
    numpy.testing.assert_allclose(
        ours.detach().numpy(), theirs.detach().numpy(), rtol=1e-9, atol=1e-9
    )


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("which", MAPS)
def test_weights_and_gradients(shape: Any, which: str) -> None:
    random = numpy.random.default_rng(3)
    start = random.normal(size=shape)
    theirs, ours = [wrap(lib, holder(lib, start), orthogonal_map=which) for lib in LIBRARIES]
    assert list(ours.state_dict()) == list(theirs.state_dict())
    if shape[-2] == shape[-1]:
        near(ours.weight, theirs.weight)
    # base has random columns where it was not square
    moved = theirs.state_dict()
    noise = random.normal(size=shape) * (1 - numpy.eye(*shape[-2:]))  # the diagonal never moves
    moved["parametrizations.weight.original"] += 0.3 * torch.tensor(noise)
    theirs.load_state_dict(moved)
    ours.load_state_dict({k: plugtorch.tensor(v.numpy()) for k, v in moved.items()})
    seed = random.normal(size=shape)
    for lib, module in zip(LIBRARIES, (theirs, ours)):
        (module.weight * lib.tensor(seed)).sum().backward()
    near(ours.weight, theirs.weight)
    found, expected = [m.parametrizations.weight.original.grad for m in (ours, theirs)]
    near(found, expected)


@pytest.mark.parametrize("shape", SHAPES)
def test_without_trivialization(shape: Any) -> None:
    start = numpy.random.default_rng(4).normal(size=shape)
    theirs, ours = [
        wrap(lib, holder(lib, start), orthogonal_map="householder", use_trivialization=False)
        for lib in LIBRARIES
    ]
    near(ours.parametrizations.weight.original, theirs.parametrizations.weight.original)
    near(ours.weight, theirs.weight)
    for lib, module in zip(LIBRARIES, (theirs, ours)):
        module.weight = lib.eye(*shape[-2:], dtype=lib.float64).expand(shape)
    near(ours.weight, theirs.weight)


def test_the_default_map() -> None:
    for sizes, which in (((3, 3), "matrix_exp"), ((2, 3), "householder")):
        made = wrap(plugtorch, plugtorch.nn.Linear(*sizes))
        assert made.parametrizations.weight[0].orthogonal_map == which
        theirs = wrap(torch, torch.nn.Linear(*sizes))
        assert theirs.parametrizations.weight[0].orthogonal_map.name == which


@pytest.mark.parametrize(
    "wrong",
    [
        lambda lib: wrap(lib, lib.nn.Linear(2, 2), "wait"),
        lambda lib: wrap(lib, lib.nn.Linear(2, 2), "bias"),
        lambda lib: wrap(lib, lib.nn.Linear(2, 2), orthogonal_map="polar"),
        lambda lib: wrap(
            lib, lib.nn.Linear(2, 2), orthogonal_map="cayley", use_trivialization=False
        ).__setattr__("weight", lib.eye(2)),
    ],
)
def test_what_is_refused(wrong: Any) -> None:
    same_error(lambda: wrong(plugtorch), lambda: wrong(torch))
