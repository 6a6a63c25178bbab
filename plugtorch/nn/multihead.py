"""Attention with several heads."""

from __future__ import annotations

from typing import Any

from plugtorch import functional as F
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.module import Module, Parameter
from plugtorch.nn import init
from plugtorch.nn.linear import Linear
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import empty


class NonDynamicallyQuantizableLinear(Linear):
    """Linear, under the name that PyTorch shows in attention layers."""


class MultiheadAttention(Module):
    """Several attentions side by side: [head_1 ... head_h] W_o, each with projections of its own.

    embed_dim: the size of queries and of the result. num_heads: a divisor of it. dropout: the
    probability for a weight to be zeroed in training. bias: whether projections have one.
    add_bias_kv: one more key and value, learnt. add_zero_attn: one more of zeros. kdim, vdim: the
    sizes of keys and values; embed_dim if None. batch_first: (N, L, E) and not (L, N, E).

    Call: output, weights = attention(query, key, value). key_padding_mask: (N, S), attn_mask: (L,
    S) or (N num_heads, L, S); bools, True where a key is NOT to be looked at, or numbers to be
    added. need_weights: False gives None for the weights, and is faster. average_attn_weights: give
    the mean over heads, (N, L, S), and not (N, num_heads, L, S). is_causal: a hint that attn_mask
    is the causal one. Without N for a single sequence.

    Raises ArgumentError for sizes that do not fit; ShapeError, when called, for shapes.

    >>> import plugtorch
    >>> x = plugtorch.randn(5, 2, 8)
    >>> output, weights = plugtorch.nn.MultiheadAttention(8, num_heads=4)(x, x, x)
    >>> output.shape, weights.shape
    (plugtorch.Size([5, 2, 8]), plugtorch.Size([2, 5, 5]))

    Vaswani et al. 2017, arXiv:1706.03762; torch.nn.MultiheadAttention.
    """

    in_proj_weight: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0 or embed_dim % num_heads:
            raise ArgumentError(
                f"[MultiheadAttention] embed_dim must be a multiple of num_heads and both "
                f"positive, got {embed_dim} and {num_heads}."
            )
        super().__init__()
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        self.add_zero_attn = add_zero_attn

        def parameter(name: str, wanted: bool, *shape: int) -> None:
            weight = Parameter(empty(shape, device=device, dtype=dtype)) if wanted else None
            self.register_parameter(name, weight)

        one = self._qkv_same_embed_dim
        parameter("q_proj_weight", not one, embed_dim, embed_dim)
        parameter("k_proj_weight", not one, embed_dim, self.kdim)
        parameter("v_proj_weight", not one, embed_dim, self.vdim)
        parameter("in_proj_weight", one, 3 * embed_dim, embed_dim)
        parameter("in_proj_bias", bias, 3 * embed_dim)
        self.out_proj = NonDynamicallyQuantizableLinear(embed_dim, embed_dim, bias, device, dtype)
        parameter("bias_k", add_bias_kv, 1, 1, embed_dim)
        parameter("bias_v", add_bias_kv, 1, 1, embed_dim)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for bias in (self.bias_k, self.bias_v):
            if bias is not None:
                init.xavier_normal_(bias)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        turn = self.batch_first and query.ndim == 3
        if turn:
            query, key, value = _turned(query, key, value)
        output, weights = F.multi_head_attention_forward(
            query,
            key,
            value,
            self.embed_dim,
            self.num_heads,
            self.in_proj_weight,
            self.in_proj_bias,
            self.bias_k,
            self.bias_v,
            self.add_zero_attn,
            self.dropout,
            self.out_proj.weight,
            self.out_proj.bias,
            training=self.training,
            key_padding_mask=key_padding_mask,
            need_weights=need_weights,
            attn_mask=attn_mask,
            use_separate_proj_weight=not self._qkv_same_embed_dim,
            q_proj_weight=self.q_proj_weight,
            k_proj_weight=self.k_proj_weight,
            v_proj_weight=self.v_proj_weight,
            average_attn_weights=average_attn_weights,
            is_causal=is_causal,
        )
        return output.transpose(0, 1) if turn else output, weights


def _turned(*tensors: Tensor) -> list[Tensor]:
    """The first two axes exchanged; one tensor given twice stays one, which is projected once."""
    if any(x.ndim != 3 for x in tensors):
        raise ShapeError(
            "[MultiheadAttention] query, key and value must all have 3 axes, or 2 without a batch; "
            f"got {', '.join(str(tuple(x.shape)) for x in tensors)}."
        )
    turned = {id(x): x.transpose(0, 1) for x in tensors}
    return [turned[id(x)] for x in tensors]
