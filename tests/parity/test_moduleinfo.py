"""PyTorch's own samples of layers (ModuleInfo): names, results, and gradients of everything."""

from __future__ import annotations

import warnings
from typing import Any

import numpy
import pytest
import torch
from helpers import _assert_same_gradient, _differentiable, assert_same, copy_state, to_numpy
from opinfo.running import Converter, OutOfScopeError, in_scope, leaves_of

import plugtorch

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.common_modules import module_db

LAZY = "nn.Lazy"  # without parameters to be compared before they have seen something
HERE = [
    m
    for m in module_db
    if hasattr(plugtorch.nn, m.name.removeprefix("nn.")) and not m.name.startswith(LAZY)
]
MOST = 12  # samples of a layer and mode, taken evenly from all
TOLERANCES = {"float64": (1e-7, 1e-9), "float32": (1e-4, 1e-5)}
RANDOM = ("Dropout", "RReLU", "Fractional")
DIFFERS = {
    "nn.CTCLoss": "PyTorch's gradient is that of a log_softmax before it",
    "nn.PoissonNLLLoss": "PyTorch's gradient of ln target! is NaN where the target is negative",
    "nn.FractionalMaxPool3d": "samples of a batch for an input without one are refused",
    "nn.TransformerEncoder": "takes a layer; compared in test_transformer.py",
}
"""Layers with another result on purpose, and why."""


def compare(info: Any, sample: Any, training: bool) -> None:
    """One sample through both layers, with the same state."""
    constructor, forward = sample.constructor_input, sample.forward_input
    theirs = info.module_cls(*constructor.args, **constructor.kwargs).to(torch.float64)
    convert = Converter(None, False)
    ours = getattr(plugtorch.nn, info.name.removeprefix("nn."))(
        *convert(constructor.args), **convert(constructor.kwargs)
    ).to(plugtorch.float64)
    copy_state(ours, theirs)
    ours.train(training)
    theirs.train(training)
    if forward is None:
        return
    arguments = (forward.args, forward.kwargs)
    mine, other = Converter(None, True)(arguments), leaves_of(arguments, True)
    try:
        expected = in_scope(theirs(*other[0], **other[1]))
    except RuntimeError as error:
        if "not differentiable with respect to argument 'target'" not in str(error):
            raise
        raise OutOfScopeError from error
    found = ours(*mine[0], **mine[1])
    if training and any(word in info.name for word in RANDOM):
        return
    assert_same(found, expected, tolerances=TOLERANCES)
    pairs = list(zip(_differentiable(found), _differentiable(expected), strict=True))
    if not pairs:
        return
    sum(a.sum() for a, _ in pairs).backward()
    sum(b.sum() for _, b in pairs).backward()
    named = dict(theirs.named_parameters())
    for name, parameter in ours.named_parameters():
        _assert_same_gradient(parameter.grad, named[name].grad, name, TOLERANCES)
    for a, b in zip(_differentiable(list(mine)), _differentiable(list(other)), strict=True):
        _assert_same_gradient(a.grad, b.grad, "gradient of an argument", TOLERANCES)
    for name, buffer in theirs.named_buffers():
        numpy.testing.assert_allclose(to_numpy(dict(ours.named_buffers())[name]), to_numpy(buffer))


def samples(info: Any, training: bool) -> list[Any]:
    torch.manual_seed(0)
    every = info.module_inputs_func(
        info, device="cpu", dtype=torch.float64, requires_grad=False, training=training
    )
    return every if len(every) <= MOST else [every[i * len(every) // MOST] for i in range(MOST)]


@pytest.mark.parametrize("info", HERE, ids=lambda info: info.name)
@pytest.mark.filterwarnings("ignore")
def test_samples(info: Any) -> None:
    if info.name in DIFFERS:
        pytest.xfail(DIFFERS[info.name])
    failures, ran = [], 0
    for training in (False, True):
        for sample in samples(info, training):
            try:
                compare(info, sample, training)
                ran += 1
            except OutOfScopeError:
                continue
            except Exception as error:
                given = f"{sample.constructor_input.args} {sample.constructor_input.kwargs}"
                failures.append(f"{given:.200}: {type(error).__name__}: {error}")
    assert ran or failures or info.name == "nn.SoftMarginLoss", "no sample was run"
    assert not failures, "\n".join(failures)


def test_most_layers_are_here() -> None:
    """Names that were here stay."""
    missing = {m.name for m in module_db if not m.name.startswith(LAZY)}
    missing -= {m.name for m in HERE}
    assert len(HERE) >= 95, f"not there: {sorted(missing)}"
