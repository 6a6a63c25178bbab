"""Pruned parameters: against PyTorch."""

from __future__ import annotations

from typing import Any

import numpy
import pytest
import torch
import torch.nn.utils.prune
from helpers import assert_same, copy_state, same_error, same_module

import plugtorch
from plugtorch import nn

TN: Any = torch.nn
LIBRARIES: Any = ((nn, plugtorch), (TN, torch))
RANDOM = numpy.random.default_rng(2)


def pair() -> Any:
    made = [
        lib.Sequential(lib.Conv2d(2, 4, 3), lib.Flatten(), lib.Linear(16, 6))
        for lib, _ in LIBRARIES
    ]
    copy_state(*made)
    return made


WAYS = {
    "identity": lambda p, net: p.identity(net[0], "weight"),
    "l1": lambda p, net: p.l1_unstructured(net[2], "weight", amount=0.3),
    "l1 count": lambda p, net: p.l1_unstructured(net[2], name="bias", amount=2),
    "l1 twice": lambda p, net: p.l1_unstructured(
        p.l1_unstructured(net[2], "weight", 0.3), "weight", 0.5
    ),
    "ln": lambda p, net: p.ln_structured(net[0], "weight", 0.5, n=2, dim=0),
    "ln of columns": lambda p, net: p.ln_structured(net[2], "weight", 3, n=1, dim=-1),
    "ln twice": lambda p, net: p.ln_structured(
        p.ln_structured(net[2], "weight", 2, n=1, dim=0), "weight", 0.5, n=2, dim=0
    ),
    "slices and elements": lambda p, net: p.l1_unstructured(
        p.ln_structured(net[2], "weight", 2, n=1, dim=0), "weight", 0.25
    ),
    "global": lambda p, net: p.global_unstructured(
        [(net[0], "weight"), (net[2], "weight"), (net[2], "bias")], p.L1Unstructured, amount=0.4
    ),
    "global after": lambda p, net: (
        p.l1_unstructured(net[2], "weight", 0.3),
        p.global_unstructured(
            [(net[0], "weight"), (net[2], "weight")], pruning_method=p.L1Unstructured, amount=10
        ),
    ),
    "nothing": lambda p, net: p.l1_unstructured(net[2], "weight", amount=0.0),
}


@pytest.mark.parametrize("way", WAYS)
def test_pruning(way: str) -> None:
    nets = pair()
    for net, (lib, _) in zip(nets, LIBRARIES):
        WAYS[way](lib.utils.prune, net)
        assert lib.utils.prune.is_pruned(net)
        assert not lib.utils.prune.is_pruned(net[1])
    ours, theirs = nets
    assert_same(dict(ours.state_dict()), dict(theirs.state_dict()))
    same_module(ours, theirs, [RANDOM.normal(0, 1, (3, 2, 4, 4)).astype("float32")], second=False)
    for net, (lib, _) in zip(nets, LIBRARIES):
        for layer in (net[0], net[2]):
            for name in ("weight", "bias"):
                if hasattr(layer, f"{name}_orig"):
                    lib.utils.prune.remove(layer, name)
        assert not lib.utils.prune.is_pruned(net)
    assert_same(dict(ours.state_dict()), dict(theirs.state_dict()))


def test_scores_and_masks() -> None:
    nets = pair()
    scores = RANDOM.uniform(size=(6, 16)).astype("float32")
    mask = RANDOM.integers(0, 2, (6, 16)).astype("float32")
    for net, (lib, t) in zip(nets, LIBRARIES):
        p = lib.utils.prune
        p.custom_from_mask(net[2], "weight", t.tensor(mask))
        p.l1_unstructured(net[2], "weight", 0.5, importance_scores=t.tensor(scores))
    assert_same(dict(nets[0].state_dict()), dict(nets[1].state_dict()))


@pytest.mark.parametrize("way", ["random_unstructured", "random_structured"])
def test_at_random(way: str) -> None:
    for lib, _ in LIBRARIES:
        layer = lib.Linear(10, 8)
        prune = getattr(lib.utils.prune, way)
        prune(layer, "weight", 0.25, *(() if "unstructured" in way else (0,)))
        assert float(layer.weight_mask.sum()) == 60
        rows = layer.weight_mask.sum(1)
        assert (float(rows.min()) == 0) is ("unstructured" not in way)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda p, lib: p.l1_unstructured(lib.Linear(2, 2), "weight", 1.5),
        lambda p, lib: p.l1_unstructured(lib.Linear(2, 2), "weight", -1),
        lambda p, lib: p.l1_unstructured(lib.Linear(2, 2), "weight", 9),
        lambda p, lib: p.l1_unstructured(lib.Linear(2, 2), "weight", "all"),
        lambda p, lib: p.ln_structured(lib.Linear(2, 2), "bias", 1, 2, 0),
        lambda p, lib: p.ln_structured(lib.Linear(2, 2), "weight", 1, 2, 2),
        lambda p, lib: p.remove(lib.Linear(2, 2), "weight"),
        lambda p, lib: p.global_unstructured([(lib.Linear(2, 2), "weight")], p.LnStructured, n=1),
    ],
)
def test_what_is_refused(wrong: Any) -> None:
    error = same_error(lambda: wrong(nn.utils.prune, nn), lambda: wrong(TN.utils.prune, TN))
    assert str(error).startswith("[")
