"""Attention and transformers, without PyTorch at hand."""

from __future__ import annotations

import math
from typing import Any

import pytest

import plugtorch
import plugtorch.nn.functional as F
from plugtorch import nn
from plugtorch.errors import ArgumentError, DTypeError, ShapeError

attend = F.scaled_dot_product_attention


def close(a: Any, b: Any) -> bool:
    return plugtorch.allclose(a, b, rtol=1e-4, atol=1e-5)


def by_hand(q: Any, k: Any, v: Any, may: Any) -> Any:
    """Attention of one head, a query and a key at a time."""
    q, k, v = q.tolist(), k.tolist(), v.tolist()
    result = []
    for i, row in enumerate(q):
        fits = [
            math.exp(sum(a * b for a, b in zip(row, key, strict=True)) / math.sqrt(len(row)))
            * bool(may[i][j])
            for j, key in enumerate(k)
        ]
        total = sum(fits) or 1.0
        result.append([sum(f * x[c] for f, x in zip(fits, v)) / total for c in range(len(v[0]))])
    return plugtorch.tensor(result)


def test_attention_is_a_weighted_mean() -> None:
    q, k, v = plugtorch.randn(3, 4), plugtorch.randn(5, 4), plugtorch.randn(5, 2)
    everywhere = plugtorch.ones(3, 5, dtype=plugtorch.bool)
    assert close(attend(q, k, v), by_hand(q, k, v, everywhere))
    assert close(attend(q, k, v, is_causal=True), by_hand(q, k, v, everywhere.tril()))
    some = plugtorch.rand(3, 5) < 0.5
    some[1] = False
    assert close(attend(q, k, v, some), by_hand(q, k, v, some))
    both = attend(q, k, v, some, is_causal=True)
    assert close(both, by_hand(q, k, v, some.logical_and(everywhere.tril())))
    numbers = plugtorch.zeros(3, 5).masked_fill(some.logical_not(), -math.inf)
    assert close(attend(q, k, v, numbers), by_hand(q, k, v, some))


def test_what_sees_nothing_lets_no_gradient_through_and_no_nan() -> None:
    q, k, v = [plugtorch.randn(3, 4, requires_grad=True) for _ in range(3)]
    mask = plugtorch.tensor([[True, False, True], [False] * 3, [True, True, False]])
    result = attend(q, k, v, mask)
    assert result[1].tolist() == [0.0] * 4
    result.sum().backward()
    assert q.grad[1].tolist() == [0.0] * 4
    assert all(bool(x.grad.isfinite().all()) for x in (q, k, v))


@pytest.mark.parametrize("masked", [False, True])
def test_queries_are_answered_each_for_itself(masked: bool) -> None:
    q, k, v = [plugtorch.randn(2, n, 4, requires_grad=True) for n in (320, 220, 220)]
    mask = plugtorch.rand(320, 220) < 0.5 if masked else None
    scale = plugtorch.randn(2, 320, 4)

    def alone(start: int) -> Any:
        rows = slice(start, start + 80)
        return attend(q[:, rows], k, v, None if mask is None else mask[rows])

    whole = attend(q, k, v, mask)
    parts = plugtorch.cat([alone(start) for start in range(0, 320, 80)], 1)
    assert close(whole, parts)
    ours = plugtorch.autograd.grad((whole * scale).sum(), (q, k, v))
    expected = plugtorch.autograd.grad((parts * scale).sum(), (q, k, v))
    for a, b in zip(ours, expected, strict=True):
        assert plugtorch.allclose(a, b, rtol=1e-3, atol=1e-4)


def test_large_scores_do_not_overflow() -> None:
    q, v = plugtorch.full((1, 1), 1e4), plugtorch.tensor([[1.0], [2.0]])
    assert attend(q, plugtorch.tensor([[1.0], [-1.0]]), v).tolist() == [[1.0]]
    assert attend(q, plugtorch.tensor([[1.0], [-1.0]]), v, plugtorch.zeros(1, 2)).tolist() == [
        [1.0]
    ]


def test_heads_that_serve_several_queries() -> None:
    q, k, v = plugtorch.randn(2, 6, 3, 4), plugtorch.randn(2, 2, 5, 4), plugtorch.randn(2, 3, 5, 4)
    expected = attend(q, k.repeat_interleave(3, 1), v.repeat_interleave(2, 1))
    assert close(attend(q, k, v, enable_gqa=True), expected)


def test_dropout_acts_on_weights_and_keeps_their_mean() -> None:
    q, k = plugtorch.zeros(2000, 1), plugtorch.zeros(10, 1)
    result = attend(q, k, plugtorch.ones(10, 1), dropout_p=0.5)
    places = {round(x * 5) for x in result.flatten().tolist()}  # so many kept, each worth 1 / 5
    assert places <= set(range(11))
    assert len(places) > 3
    assert abs(float(result.mean()) - 1.0) < 0.05
    assert float(attend(q, k, plugtorch.ones(10, 1), dropout_p=1.0).sum()) == 0.0


def test_several_heads_are_attentions_side_by_side() -> None:
    layer = nn.MultiheadAttention(6, 2)
    with plugtorch.no_grad():
        layer.in_proj_bias.uniform_(-1, 1)
        layer.out_proj.bias.uniform_(-1, 1)
    x, memory = plugtorch.randn(3, 6), plugtorch.randn(5, 6)
    weights, biases = layer.in_proj_weight.chunk(3), layer.in_proj_bias.chunk(3)
    q, k, v = [F.linear(y, w, b) for y, w, b in zip((x, memory, memory), weights, biases)]
    heads = [attend(q[:, i : i + 3], k[:, i : i + 3], v[:, i : i + 3]) for i in (0, 3)]
    expected = layer.out_proj(plugtorch.cat(heads, 1))
    output, shown = layer(x, memory, memory)
    assert close(output, expected)
    assert close(shown.sum(-1), plugtorch.ones(3))
    assert close(layer(x, memory, memory, need_weights=False)[0], expected)
    batch = layer(*[y.unsqueeze(1).expand(-1, 4, -1) for y in (x, memory, memory)])
    assert close(batch[0][:, 2], expected)
    assert batch[1].shape == (4, 3, 5)


def test_self_attention_with_one_product_or_three() -> None:
    layer = nn.MultiheadAttention(6, 2, batch_first=True)
    x = plugtorch.randn(2, 3, 6)
    assert close(layer(x, x, x)[0], layer(x, x.clone(), x)[0])


def test_dropout_of_a_layer_is_for_training() -> None:
    layer = nn.MultiheadAttention(6, 2, dropout=0.5)
    x = plugtorch.randn(9, 2, 6)
    for need_weights in (True, False):
        layer.train()
        assert not close(*[layer(x, x, x, need_weights=need_weights)[0] for _ in range(2)])
        layer.eval()
        assert close(*[layer(x, x, x, need_weights=need_weights)[0] for _ in range(2)])


def test_names_of_weights() -> None:
    one = nn.MultiheadAttention(6, 2, add_bias_kv=True)
    assert list(one.state_dict()) == (
        ["in_proj_weight", "in_proj_bias", "bias_k", "bias_v", "out_proj.weight", "out_proj.bias"]
    )
    three = nn.MultiheadAttention(6, 2, bias=False, kdim=3)
    assert list(three.state_dict()) == (
        ["q_proj_weight", "k_proj_weight", "v_proj_weight", "out_proj.weight"]
    )


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("norm_first", [False, True])
def test_a_decoder_does_not_see_the_future(norm_first: bool, batch_first: bool) -> None:
    model = nn.Transformer(
        8, 2, 1, 2, 16, dropout=0.0, norm_first=norm_first, batch_first=batch_first
    )
    source, target = plugtorch.randn(4, 2, 8), plugtorch.randn(5, 2, 8)
    if batch_first:
        source, target = source.transpose(0, 1), target.transpose(0, 1)
    mask = model.generate_square_subsequent_mask(5)
    other = target.clone()
    place: Any = (slice(None), 3) if batch_first else 3
    other[place] = 7.0
    a, b = model(source, target, tgt_mask=mask), model(source, other, tgt_mask=mask)
    before: Any = (slice(None), slice(3)) if batch_first else slice(3)
    assert close(a[before], b[before])
    assert not close(a, b)
    assert close(a, model(source, target, tgt_mask=mask, tgt_is_causal=True))


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_layer_normalises_before_or_after(norm_first: bool) -> None:
    layer = nn.TransformerEncoderLayer(8, 2, 16, 0.0, activation="gelu", norm_first=norm_first)
    x = plugtorch.randn(5, 1, 8) * 3

    def within(x: Any) -> Any:
        return layer.linear2(F.gelu(layer.linear1(x)))

    if norm_first:
        y = layer.norm1(x)
        y = x + layer.self_attn(y, y, y)[0]
        expected = y + within(layer.norm2(y))
    else:
        y = layer.norm1(x + layer.self_attn(x, x, x)[0])
        expected = layer.norm2(y + within(y))
    assert close(layer(x), expected)


def test_padding_is_not_looked_at() -> None:
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, 0.0), 2)
    x = plugtorch.randn(5, 1, 8)
    padding = plugtorch.tensor([[False, False, False, True, True]])
    other = x.clone()
    other[3:] = 9.0
    a, b = [encoder(y, src_key_padding_mask=padding)[:3] for y in (x, other)]
    assert close(a, b)
    assert close(a, encoder(x[:3]))


def test_copies_of_a_layer_have_weights_of_their_own() -> None:
    layer = nn.TransformerDecoderLayer(8, 2, 16, activation=nn.GELU())
    decoder = nn.TransformerDecoder(layer, 2, nn.LayerNorm(8))
    first, second = decoder.layers
    assert close(first.linear1.weight, second.linear1.weight)
    with plugtorch.no_grad():
        first.linear1.weight.zero_()
    assert not close(first.linear1.weight, second.linear1.weight)
    assert "layers.1.multihead_attn.in_proj_weight" in decoder.state_dict()


def test_a_transformer_learns_to_copy() -> None:
    plugtorch.manual_seed(0)
    model = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
    head = nn.Linear(8, 4)
    table = nn.Embedding(4, 8)
    parameters = [*model.parameters(), *head.parameters(), *table.parameters()]
    optimizer = plugtorch.optim.Adam(parameters, lr=0.02)
    x = plugtorch.randint(0, 4, (8, 6))
    losses = []
    for _ in range(25):
        optimizer.zero_grad()
        loss = F.cross_entropy(head(model(table(x))).reshape(-1, 4), x.reshape(-1))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0] / 3


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda x: attend(x[0], x, x), ShapeError, "query"),
        (lambda x: attend(x, x[:, :2], x), ShapeError, "key"),
        (lambda x: attend(x, x[:2], x), ShapeError, "value"),
        (lambda x: attend(x, x, x.half()), DTypeError, "one dtype"),
        (lambda x: attend(x.long(), x.long(), x.long()), DTypeError, "floating"),
        (lambda x: attend(x, x, x, plugtorch.ones(3, 3).long()), DTypeError, "attn_mask"),
        (lambda x: attend(x, x, x, dropout_p=-1.0), ArgumentError, "probability"),
        (lambda x: attend(x, x, x, enable_gqa=True), ShapeError, "multiple"),
        (lambda x: nn.MultiheadAttention(6, 4), ArgumentError, "multiple of num_heads"),
        (lambda x: nn.MultiheadAttention(6, 2)(x, x, x.unsqueeze(1)), ShapeError, "axes"),
        (
            lambda x: nn.MultiheadAttention(6, 2, batch_first=True)(x.unsqueeze(1), x, x),
            ShapeError,
            "axes",
        ),
        (
            lambda x: nn.MultiheadAttention(6, 2)(x, x, x, is_causal=True),
            ArgumentError,
            "attn_mask",
        ),
        (lambda x: nn.TransformerEncoderLayer(6, 2, activation="elu"), ArgumentError, "elu"),
        (lambda x: nn.Transformer(6, 2, 1, 1, 8)(x, x.unsqueeze(1)), ShapeError, "batches"),
    ],
)
def test_what_is_refused(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make(plugtorch.ones(3, 6))
