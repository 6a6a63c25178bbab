"""Attention and transformers against PyTorch."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
import torch
from helpers import (
    BFLOAT16,
    copy_state,
    same,
    same_error,
    to_numpy,
    to_torch,
)
from torch.nn.attention import SDPBackend, sdpa_kernel

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.errors import ArgumentError, DTypeError, ShapeError

TN: Any = torch.nn
TF: Any = torch.nn.functional
RANDOM = numpy.random.default_rng(23)


def random(*shape: int, kind: str = "float64") -> Any:
    return RANDOM.normal(0, 1, shape).astype(BFLOAT16 if kind == "bfloat16" else kind)


def bools(*shape: int) -> Any:
    return RANDOM.uniform(size=shape) < 0.6


# -- scaled_dot_product_attention ------------------------------------------------------------------

SHAPES = [
    ((3, 4), (5, 4), (5, 4)),
    ((2, 3, 4), (2, 5, 4), (2, 5, 6)),
    ((2, 2, 3, 4), (2, 2, 3, 4), (2, 2, 3, 4)),
    ((2, 1, 3, 4), (1, 2, 5, 4), (2, 2, 5, 1)),
    ((0, 2), (3, 2), (3, 5)),
    ((3, 0), (4, 0), (4, 5)),
    ((3, 2), (0, 2), (0, 5)),
    ((2, 0, 3, 4), (2, 0, 3, 4), (2, 0, 3, 4)),
]


@pytest.mark.parametrize(
    "options", [{}, {"is_causal": True}, {"scale": 0.3}, {"scale": 0.0}], ids=str
)
@pytest.mark.parametrize("shapes", SHAPES, ids=str)
def test_attention(shapes: Any, options: Any) -> None:
    def run(function: Any) -> Any:
        return lambda q, k, v: function(q, k, v, **options)

    inputs = [random(*shape) for shape in shapes]
    run_both = run(F.scaled_dot_product_attention), run(TF.scaled_dot_product_attention)
    same(*run_both, inputs, second=False)
    if 0 not in sum(shapes, ()):
        with sdpa_kernel(SDPBackend.MATH):  # the only one of torch's with second derivatives
            same(*run_both, inputs)


def masks(kind: str) -> list[Any]:
    made: list[Any] = [bools(3, 5), bools(2, 1, 3, 5), bools(1, 5), bools(2, 2, 3, 5)]
    if kind == "bool":
        return made
    return [random(*m.shape, kind=kind) for m in made]


@pytest.mark.parametrize("kind", ["bool", "float64", "float32"])
def test_masks(kind: str) -> None:
    def run(function: Any, **options: Any) -> Any:
        return lambda q, k, v, mask: function(q, k, v, mask, **options)

    inputs = [random(2, 2, 3, 4), random(2, 2, 5, 4), random(2, 2, 5, 3)]
    for mask in masks(kind):
        run_both = run(F.scaled_dot_product_attention), run(TF.scaled_dot_product_attention)
        same(*run_both, [*inputs, mask], second=kind != "float32")


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, "bool", "float64", "learnt"])
def test_long_sequences(mask: Any, causal: bool) -> None:
    """More than one block of pairs."""

    def ours(q: Any, k: Any, v: Any, given: Any) -> Any:
        if given is not None and mask != "learnt":
            given = given.detach()
        return F.scaled_dot_product_attention(q, k, v, given, is_causal=causal)

    def theirs(q: Any, k: Any, v: Any, given: Any) -> Any:
        if given is None:
            return TF.scaled_dot_product_attention(q, k, v, is_causal=causal)
        given = given if mask == "learnt" else given.detach()
        if causal:  # where gradients are wanted, torch does not take both
            later = torch.ones(250, 263, dtype=torch.bool).triu(1)
            given = given & ~later if mask == "bool" else given.masked_fill(later, -math.inf)
        return TF.scaled_dot_product_attention(q, k, v, given)

    inputs = [random(2, 1, 250, 3), random(2, 1, 263, 3), random(2, 1, 263, 2)]
    given: Any = None if mask is None else bools(250, 263)
    if mask == "bool":
        given[7] = False
    elif mask is not None:
        given = numpy.where(given, random(250, 263), -math.inf)
    with sdpa_kernel(SDPBackend.MATH):
        same(ours, theirs, [*inputs, given])


@pytest.mark.parametrize("kind", ["bool", "float64"])
def test_a_query_that_may_look_at_nothing_gets_zeros(kind: str) -> None:
    mask: Any = bools(3, 5)
    mask[1] = False
    if kind == "float64":
        mask = numpy.where(mask, 0.0, -math.inf)

    def run(function: Any) -> Any:
        return lambda q, k, v, mask: function(q, k, v, mask.detach())

    inputs = [random(3, 4), random(5, 4), random(5, 4), mask]
    same(run(F.scaled_dot_product_attention), run(TF.scaled_dot_product_attention), inputs)


def test_a_mask_on_top_of_the_causal_one() -> None:
    def run(function: Any) -> Any:
        return lambda q, k, v, mask: function(q, k, v, mask, 0.0, True)

    inputs = [random(1, 2, 3, 4), random(1, 2, 3, 4), random(1, 2, 3, 4), bools(3, 3)]
    run_both = run(F.scaled_dot_product_attention), run(TF.scaled_dot_product_attention)
    same(*run_both, inputs, grad=False)


@pytest.mark.parametrize(
    "shapes",
    [
        ((1, 4, 3, 2), (1, 2, 5, 2), (1, 2, 5, 3)),
        ((1, 4, 3, 2), (1, 2, 5, 2), (1, 4, 5, 3)),
        ((4, 3, 2), (1, 5, 2), (2, 5, 3)),
    ],
    ids=str,
)
def test_heads_that_serve_several_queries(shapes: Any) -> None:
    def run(function: Any) -> Any:
        return lambda q, k, v: function(q, k, v, enable_gqa=True)

    inputs = [random(*shape) for shape in shapes]
    same(run(F.scaled_dot_product_attention), run(TF.scaled_dot_product_attention), inputs)


@pytest.mark.parametrize("kind", ["float32", "float16", "bfloat16"])
def test_other_dtypes(kind: str) -> None:
    def run(function: Any) -> Any:
        return lambda q, k, v, mask: function(q, k, v, mask)

    inputs = [random(2, 2, 3, 4, kind=kind) for _ in range(3)]
    run_both = run(F.scaled_dot_product_attention), run(TF.scaled_dot_product_attention)
    for mask in (bools(3, 3) | numpy.eye(3, dtype=bool), random(3, 3, kind=kind)):
        same(*run_both, [*inputs, mask], second=False)


@pytest.mark.parametrize(
    ("shapes", "options"),
    [
        (((4,), (3, 4), (3, 4)), {}),
        (((3, 4), (3, 2), (3, 4)), {}),
        (((2, 3, 4), (3, 3, 4), (2, 3, 4)), {}),
        (((3, 3, 4), (2, 3, 4), (2, 3, 4)), {"enable_gqa": True}),
        (((3, 4), (3, 4), (3, 4)), {"dropout_p": 1.5}),
        (((3, 4), (3, 4), (3, 4), (2, 2)), {}),
    ],
    ids=str,
)
def test_what_both_refuse(shapes: Any, options: Any) -> None:
    def run(function: Any) -> Any:
        return lambda *given: function(*given, **options)

    inputs = [random(*shape) for shape in shapes]
    same_error(run(F.scaled_dot_product_attention), run(TF.scaled_dot_product_attention), inputs)


def test_dtypes_that_both_refuse() -> None:
    run = F.scaled_dot_product_attention, TF.scaled_dot_product_attention
    x, other, whole = random(3, 4), random(3, 4, kind="float32"), numpy.ones((3, 4), numpy.int64)
    for inputs in [
        [x, other, x],
        [x, x, other],
        [whole, whole, whole],
        [other, other, other, random(3, 3)],
        [x, x, x, numpy.ones((3, 3), numpy.int64)],
    ]:
        same_error(*run, inputs)


# -- MultiheadAttention ----------------------------------------------------------------------------


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


OPTIONS: list[dict[str, Any]] = [
    {},
    {"bias": False},
    {"add_bias_kv": True},
    {"add_zero_attn": True},
    {"kdim": 3, "vdim": 5},
    {"kdim": 3},
    {"add_bias_kv": True, "add_zero_attn": True, "kdim": 3, "vdim": 5, "bias": False},
]
CALLS: list[dict[str, Any]] = [
    {},
    {"need_weights": False},
    {"average_attn_weights": False},
]


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_multihead(options: Any, call: Any, batch_first: bool) -> None:
    ours, theirs = pair("MultiheadAttention", 6, 2, batch_first=batch_first, **options)
    copy_state(ours, jostled(theirs))
    k, v = options.get("kdim", 6), options.get("vdim", 6)

    def run(module: Any) -> Any:
        return lambda *given: module(*given, **call)

    leaves = (list(ours.parameters()), list(theirs.parameters()))
    inputs = [random(4, 3, 6), random(4, 5, k), random(4, 5, v)]
    if not batch_first:
        inputs = [x.swapaxes(0, 1) for x in inputs]
    same(run(ours), run(theirs), inputs, leaves=leaves, second=call == {})
    inputs = [random(3, 6), random(5, k), random(5, v)]
    same(run(ours), run(theirs), inputs, leaves=leaves, second=False)
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("call", CALLS, ids=str)
@pytest.mark.parametrize("kind", ["bool", "float64"])
@pytest.mark.parametrize("which", [(True, False), (False, True), (True, True)], ids=str)
@pytest.mark.parametrize("three", [False, True])
@pytest.mark.parametrize("options", [{}, {"add_bias_kv": True, "add_zero_attn": True}], ids=str)
def test_multihead_masks(options: Any, three: bool, which: Any, kind: str, call: Any) -> None:
    ours, theirs = pair("MultiheadAttention", 6, 2, **options)
    copy_state(ours, jostled(theirs))
    attn: Any = bools(8, 3, 5) if three else bools(3, 5)
    padding: Any = bools(4, 5)
    attn[..., 0] = padding[:, 0] = False
    if kind != "bool":
        attn, padding = random(*attn.shape), random(*padding.shape)
    given = [m if wanted else None for m, wanted in zip((attn, padding), which)]

    def run(module: Any) -> Any:
        return lambda q, k, m, p: module(q, k, k, p, attn_mask=m, **call)

    leaves = (list(ours.parameters()), list(theirs.parameters()))
    same(run(ours), run(theirs), [random(3, 4, 6), random(5, 4, 6), *given], False, leaves=leaves)
    same(
        run(ours),
        run(theirs),
        [random(3, 4, 6), random(5, 4, 6), *given],
        second=False,
        leaves=leaves,
    )


@pytest.mark.parametrize("need_weights", [False, True])
@pytest.mark.parametrize("padded", [False, True])
def test_causal(need_weights: bool, padded: bool) -> None:
    ours, theirs = pair("MultiheadAttention", 6, 2, batch_first=True)
    copy_state(ours, theirs)
    padding = numpy.array([[False] * 5, [False, False, False, True, True]]) if padded else None

    def run(library: Any, module: Any) -> Any:
        def function(x: Any, padding: Any) -> Any:
            mask = library.ones(5, 5).triu(1) > 0
            return module(
                x, x, x, padding, need_weights=need_weights, attn_mask=mask, is_causal=True
            )

        return function

    same(run(plugtorch, ours), run(torch, theirs), [random(2, 5, 6), padding], second=False)


def test_a_query_that_may_look_at_nothing() -> None:
    ours, theirs = pair("MultiheadAttention", 6, 2)
    copy_state(ours, theirs)
    mask = bools(3, 3)
    mask[1] = True
    for need_weights in (False, True):

        def run(module: Any, need_weights: bool = need_weights) -> Any:
            return lambda x, m: module(x, x, x, attn_mask=m, need_weights=need_weights)

        same(run(ours), run(theirs), [random(3, 2, 6), mask], grad=False)


def test_the_function_with_keys_and_values_given() -> None:
    weight, out = random(18, 6), random(6, 6)
    k, v = random(4, 7, 3), random(4, 7, 3)

    def run(function: Any) -> Any:
        def call(x: Any, weight: Any, out: Any, k: Any, v: Any) -> Any:
            given = (weight, None, None, None, False, 0.0, out, None)
            return function(x, x, x, 6, 2, *given, static_k=k, static_v=v)

        return call

    inputs = [random(3, 2, 6), weight, out, k, v]
    both = run(F.multi_head_attention_forward), run(TF.multi_head_attention_forward)
    same(*both, inputs, second=False)


def test_mixed_masks_warn() -> None:
    x, mask = random(3, 2, 6), random(3, 3)
    for convert, library in ((plugtorch.from_numpy, nn), (to_torch, TN)):
        module = library.MultiheadAttention(6, 2).double()
        x2, padding = convert(x), convert(numpy.zeros((2, 3), bool))
        with pytest.warns(UserWarning, match="attn_mask|other mask"):
            module(x2, x2, x2, padding, attn_mask=convert(mask))


@pytest.mark.parametrize(
    ("shapes", "options", "error"),
    [
        (((6,), (3, 2, 6), (3, 2, 6)), {}, ShapeError),
        (((3, 2, 6), (3, 6), (3, 2, 6)), {}, ShapeError),
        (((3, 2, 6), (4, 2, 6), (3, 2, 6)), {}, ShapeError),
        (((3, 2, 5), (3, 2, 5), (3, 2, 5)), {}, ShapeError),
        (((3, 2, 6),) * 3, {"attn_mask": (2, 2)}, ShapeError),
        (((3, 2, 6),) * 3, {"attn_mask": (3, 3, 3)}, ShapeError),
        (((3, 2, 6),) * 3, {"attn_mask": (3,)}, ShapeError),
        (((3, 2, 6),) * 3, {"key_padding_mask": (2, 2)}, ShapeError),
        (((3, 2, 6),) * 3, {"key_padding_mask": (3,)}, ShapeError),
        (((3, 2, 6),) * 3, {"is_causal": True}, ArgumentError),
    ],
    ids=str,
)
def test_what_multihead_refuses(shapes: Any, options: Any, error: Any) -> None:
    """Torch asserts most of it; an AssertionError is nobody's to catch, so ours are ShapeErrors."""
    ours, theirs = pair("MultiheadAttention", 6, 2)
    arrays = [random(*shape) for shape in shapes]
    for module, convert, kinds in (
        (ours, plugtorch.from_numpy, error),
        (theirs, to_torch, (AssertionError, RuntimeError)),
    ):
        given = {
            k: convert(numpy.zeros(v, bool)) if isinstance(v, tuple) else v
            for k, v in options.items()
        }
        with pytest.raises(kinds):
            module(*[convert(x) for x in arrays], **given)


def test_a_mask_of_whole_numbers_is_refused() -> None:
    x = plugtorch.ones(3, 2, 6)
    with pytest.raises(DTypeError, match="attn_mask"):
        nn.MultiheadAttention(6, 2)(x, x, x, attn_mask=plugtorch.ones(3, 3).long())
    for embed, heads in ((5, 2), (0, 2), (6, 0)):
        with pytest.raises(ArgumentError):
            nn.MultiheadAttention(embed, heads)


def test_weights_begin_as_torchs_do() -> None:
    ours, theirs = pair("MultiheadAttention", 64, 2, add_bias_kv=True)
    for (name, a), b in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        x, y = to_numpy(a), to_numpy(b)
        assert abs(x.std() - y.std()) < 0.03 * (1 + 3 * (x.size < 100)), name
        assert (x == 0).all() == (y == 0).all(), name
