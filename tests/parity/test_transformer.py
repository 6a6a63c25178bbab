"""Transformers against PyTorch."""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy
import pytest
import torch
from helpers import assert_same, copy_state, same, same_error, same_module, to_numpy, to_torch

import plugtorch
from plugtorch import nn

TN: Any = torch.nn
RANDOM = numpy.random.default_rng(29)


def random(*shape: int) -> Any:
    return RANDOM.normal(0, 1, shape)


def bools(*shape: int) -> Any:
    return RANDOM.uniform(size=shape) < 0.6


def pair(name: str, *args: Any, **options: Any) -> tuple[Any, Any]:
    ours, theirs = getattr(nn, name)(*args, **options), getattr(TN, name)(*args, **options)
    return ours.double(), theirs.double()


def jostled(module: Any) -> Any:
    """Biases begin at 0, which would hide that one is not used."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.ndim == 1:
                parameter.add_(torch.from_numpy(random(*parameter.shape)) / 4)
    return module


LAYERS: list[dict[str, Any]] = [
    {"batch_first": first, "norm_first": norm, "activation": activation, "bias": bias}
    for first, norm, activation, bias in itertools.product(
        (False, True), (False, True), ("relu", "gelu"), (False, True)
    )
]


def quiet_pair(name: str, *args: Any, **options: Any) -> tuple[Any, Any]:
    with warnings.catch_warnings():  # torch says when it will not use nested tensors
        warnings.simplefilter("ignore")
        return pair(name, *args, **options)


@pytest.mark.parametrize("options", LAYERS, ids=str)
@pytest.mark.parametrize("name", ["TransformerEncoderLayer", "TransformerDecoderLayer"])
def test_layers(name: str, options: Any) -> None:
    ours, theirs = pair(name, 6, 2, 8, 0.0, **options)
    count = 1 if name == "TransformerEncoderLayer" else 2
    jostled(theirs)
    same_module(ours, theirs, [random(3, 4, 6) for _ in range(count)], second=False)
    inputs = [random(3, 6), random(5, 6)][:count]
    same_module(ours, theirs, inputs, second=False)


def test_activations_that_are_called() -> None:
    for make in (lambda lib: lib.nn.GELU(), lambda lib: lib.nn.functional.silu):
        ours = nn.TransformerEncoderLayer(6, 2, 8, 0.0, make(plugtorch)).double()
        theirs = TN.TransformerEncoderLayer(6, 2, 8, 0.0, make(torch)).double()
        same_module(ours, theirs, [random(3, 2, 6)], second=False)
    same_error(
        lambda: nn.TransformerDecoderLayer(6, 2, activation="tanh"),
        lambda: TN.TransformerDecoderLayer(6, 2, activation="tanh"),
    )


@pytest.mark.parametrize("batch_first", [False, True])
def test_masks_in_layers(batch_first: bool) -> None:
    options = {"batch_first": batch_first}
    padding, memory_padding = numpy.zeros((2, 3), bool), numpy.zeros((2, 5), bool)
    padding[0, 2:] = memory_padding[1, 3:] = True
    x, memory = random(3, 2, 6), random(5, 2, 6)
    if batch_first:
        x, memory = x.swapaxes(0, 1).copy(), memory.swapaxes(0, 1).copy()
    ours, theirs = quiet_pair("TransformerEncoderLayer", 6, 2, 8, 0.0, **options)
    copy_state(ours, theirs)
    leaves = (list(ours.parameters()), list(theirs.parameters()))
    mask = numpy.triu(numpy.ones((3, 3), bool), 1)
    same(ours, theirs, [x, mask, padding], leaves=leaves, second=False)
    ours, theirs = quiet_pair("TransformerDecoderLayer", 6, 2, 8, 0.0, **options)
    copy_state(ours, theirs)
    leaves = (list(ours.parameters()), list(theirs.parameters()))
    between = bools(3, 5)
    between[:, 0] = False
    inputs = [x, memory, mask, between, padding, memory_padding]
    same(ours, theirs, inputs, leaves=leaves, second=False)


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("norm_first", [False, True])
def test_transformer(batch_first: bool, norm_first: bool) -> None:
    options = {"batch_first": batch_first, "norm_first": norm_first}
    ours, theirs = quiet_pair("Transformer", 6, 2, 2, 2, 8, 0.0, **options)
    jostled(theirs)
    copy_state(ours, theirs)
    assert repr(ours) == repr(theirs)
    source, target = (2, 5), (2, 3)
    if not batch_first:
        source, target = source[::-1], target[::-1]
    padding = numpy.zeros((2, 5), bool)
    padding[0, 3:] = True

    def run(library: Any, module: Any) -> Any:
        def function(source: Any, target: Any, padding: Any) -> Any:
            mask = module.generate_square_subsequent_mask(3, dtype=library.float64)
            plain = module(source, target)
            masked = module(
                source,
                target,
                tgt_mask=mask,
                src_key_padding_mask=padding,
                memory_key_padding_mask=padding,
            )
            hinted = module(source, target, tgt_mask=mask, tgt_is_causal=True)
            return plain, masked, hinted, mask

        return function

    leaves = (list(ours.parameters()), list(theirs.parameters()))
    inputs = [random(*source, 6), random(*target, 6), padding]
    same(run(plugtorch, ours), run(torch, theirs), inputs, leaves=leaves, second=False)
    state = {name: to_torch(to_numpy(value)) for name, value in ours.state_dict().items()}
    theirs.load_state_dict(state)


def test_transformer_in_use() -> None:
    """Torch has a path of its own for this: in eval mode, no gradients, batches first."""
    ours, theirs = pair("Transformer", 6, 2, 2, 2, 8, 0.1, batch_first=True)
    copy_state(ours.eval(), theirs.eval())
    inputs = [random(2, 5, 6), random(2, 3, 6)]
    with plugtorch.no_grad(), torch.no_grad():
        same(ours, theirs, inputs, grad=False)
    ours, theirs = pair("MultiheadAttention", 6, 2, batch_first=True)
    copy_state(ours.eval(), theirs.eval())
    padding = numpy.array([[False] * 3, [False, False, True]])

    def run(module: Any) -> Any:
        return lambda x, p: module(x, x, x, p)

    with plugtorch.no_grad(), torch.no_grad():
        same(run(ours), run(theirs), [random(2, 3, 6), padding], grad=False)


def test_parts_of_ones_own() -> None:
    layer = nn.TransformerEncoderLayer(6, 2, 8)
    encoder = nn.TransformerEncoder(layer, 3, nn.LayerNorm(6), enable_nested_tensor=False)
    model = nn.Transformer(6, 2, custom_encoder=encoder, num_decoder_layers=1, dim_feedforward=8)
    assert model.encoder is encoder
    assert len(encoder.layers) == 3
    assert encoder.layers[0].linear1.weight is not encoder.layers[1].linear1.weight
    assert_same(
        model.generate_square_subsequent_mask(4), TN.Transformer.generate_square_subsequent_mask(4)
    )


@pytest.mark.parametrize(
    "shapes",
    [((5, 2, 6), (3, 3, 6)), ((5, 2, 5), (3, 2, 5)), ((5, 2, 6), (3, 2, 5))],
    ids=str,
)
def test_what_transformers_refuse(shapes: Any) -> None:
    ours, theirs = quiet_pair("Transformer", 6, 2, 1, 1, 8)
    same_error(ours, theirs, [random(*shape) for shape in shapes])
