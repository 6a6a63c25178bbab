"""Transformers: layers of attention and of a network for every place."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

from plugtorch import functional as F
from plugtorch.errors import ArgumentError, ShapeError
from plugtorch.functional.attention import additive_mask
from plugtorch.module import Module
from plugtorch.nn import init
from plugtorch.nn.containers import ModuleList
from plugtorch.nn.dropout import Dropout
from plugtorch.nn.linear import Linear
from plugtorch.nn.multihead import MultiheadAttention
from plugtorch.nn.normalization import LayerNorm
from plugtorch.tensor import Tensor
from plugtorch.tensor.creation import full

Activation = str | Callable[[Tensor], Tensor]


def _activation(given: Activation) -> Callable[[Tensor], Tensor]:
    if not isinstance(given, str):
        return given
    if given not in ("relu", "gelu"):
        raise ArgumentError(
            f'[Transformer] activation is "relu", "gelu" or callable, got {given!r}.'
        )
    return F.relu if given == "relu" else F.gelu


class _Layer(Module):
    """What layers of encoder and decoder share: the network for every place, and its options."""

    def _feed_forward(
        self, d_model: int, dim_feedforward: int, dropout: float, bias: bool, where: dict[str, Any]
    ) -> None:
        self.linear1 = Linear(d_model, dim_feedforward, bias=bias, **where)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias=bias, **where)

    def _after(self, x: Tensor, norm: Module, block: Callable[[Tensor], Tensor]) -> Tensor:
        """x + block(x), normalised before or after."""
        if self.norm_first:
            return x + block(norm(x))
        return norm(x + block(x))

    def _fed(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """x + attention(x, x, x), normalised, then x + W_2 activation(W_1 x), normalised.

    d_model: the size of a place. nhead: heads of attention. dim_feedforward: the size within.
    dropout: after attention, within and after the network. activation: "relu", "gelu" or callable.
    batch_first: (N, L, d_model) and not (L, N, d_model). norm_first: normalise what goes into a
    block, not what comes out. bias: whether linear and normalising layers have one.

    Call: layer(src, src_mask, src_key_padding_mask, is_causal), masks as for MultiheadAttention.

    Raises ArgumentError for options that do not fit; ShapeError, when called, for shapes.

    >>> import plugtorch
    >>> layer = plugtorch.nn.TransformerEncoderLayer(d_model=8, nhead=2, dim_feedforward=16)
    >>> layer(plugtorch.randn(5, 3, 8)).shape
    plugtorch.Size([5, 3, 8])

    Vaswani et al. 2017, arXiv:1706.03762; torch.nn.TransformerEncoderLayer.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, **where
        )
        self._feed_forward(d_model, dim_feedforward, dropout, bias, where)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        def attended(x: Tensor) -> Tensor:
            masks = src_key_padding_mask, False, src_mask
            return self.dropout1(self.self_attn(x, x, x, *masks, is_causal=is_causal)[0])

        x = self._after(src, self.norm1, attended)
        return self._after(x, self.norm2, lambda x: self.dropout2(self._fed(x)))


class TransformerDecoderLayer(_Layer):
    """As TransformerEncoderLayer, with attention to ``memory``, what an encoder gave, in between.

    Options as for TransformerEncoderLayer. Call: layer(tgt, memory, tgt_mask, memory_mask,
    tgt_key_padding_mask, memory_key_padding_mask, tgt_is_causal, memory_is_causal).

    Raises ArgumentError for options that do not fit; ShapeError, when called, for shapes.

    >>> import plugtorch
    >>> layer = plugtorch.nn.TransformerDecoderLayer(d_model=8, nhead=2, dim_feedforward=16)
    >>> layer(plugtorch.randn(5, 3, 8), plugtorch.randn(7, 3, 8)).shape
    plugtorch.Size([5, 3, 8])

    Vaswani et al. 2017, arXiv:1706.03762; torch.nn.TransformerDecoderLayer.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, **where
        )
        self.multihead_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, **where
        )
        self._feed_forward(d_model, dim_feedforward, dropout, bias, where)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation(activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        def attended(x: Tensor) -> Tensor:
            masks = tgt_key_padding_mask, False, tgt_mask
            return self.dropout1(self.self_attn(x, x, x, *masks, is_causal=tgt_is_causal)[0])

        def remembered(x: Tensor) -> Tensor:
            masks = memory_key_padding_mask, False, memory_mask
            found = self.multihead_attn(x, memory, memory, *masks, is_causal=memory_is_causal)[0]
            return self.dropout2(found)

        x = self._after(tgt, self.norm1, attended)
        x = self._after(x, self.norm2, remembered)
        return self._after(x, self.norm3, lambda x: self.dropout3(self._fed(x)))


class TransformerEncoder(Module):
    """Layers one after the other, and after the last a normalisation if one is given.

    encoder_layer: of which num_layers copies are made, all with the same weights to begin with.
    norm: a module or None. enable_nested_tensor, mask_check: accepted; there are no nested tensors.

    Call: encoder(src, mask, src_key_padding_mask, is_causal).

    >>> import plugtorch
    >>> layer = plugtorch.nn.TransformerEncoderLayer(8, nhead=2, dim_feedforward=16)
    >>> plugtorch.nn.TransformerEncoder(layer, num_layers=2)(plugtorch.randn(5, 3, 8)).shape
    plugtorch.Size([5, 3, 8])

    As torch.nn.TransformerEncoder.
    """

    def __init__(
        self,
        encoder_layer: Module,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = _copies(encoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        mask_dtype = None if mask is None else mask.dtype
        padding = additive_mask("src_key_padding_mask", src_key_padding_mask, src, mask_dtype)
        mask = additive_mask("mask", mask, src)
        for layer in self.layers:
            src = layer(
                src, src_mask=mask, src_key_padding_mask=padding, is_causal=is_causal is True
            )
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """Layers one after the other, and after the last a normalisation if one is given.

    decoder_layer: of which num_layers copies are made, all with the same weights to begin with.
    norm: a module or None.

    Call: decoder(tgt, memory), then masks as for TransformerDecoderLayer.

    >>> import plugtorch
    >>> layer = plugtorch.nn.TransformerDecoderLayer(8, nhead=2, dim_feedforward=16)
    >>> decoder = plugtorch.nn.TransformerDecoder(layer, num_layers=2)
    >>> decoder(plugtorch.randn(5, 3, 8), plugtorch.randn(7, 3, 8)).shape
    plugtorch.Size([5, 3, 8])

    As torch.nn.TransformerDecoder.
    """

    def __init__(self, decoder_layer: Module, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = _copies(decoder_layer, num_layers)
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=tgt_is_causal is True,
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


def _copies(layer: Module, count: int) -> ModuleList:
    return ModuleList([copy.deepcopy(layer) for _ in range(count)])


class Transformer(Module):
    """An encoder of the source and a decoder of the target, which looks at what the encoder gave.

    Options as for TransformerEncoderLayer. custom_encoder, custom_decoder: in place of those made.

    Call: transformer(src, tgt, src_mask, tgt_mask, memory_mask, src_key_padding_mask,
    tgt_key_padding_mask, memory_key_padding_mask, src_is_causal, tgt_is_causal, memory_is_causal).

    Raises ArgumentError for options that do not fit; ShapeError, when called, for shapes.

    >>> import plugtorch
    >>> model = plugtorch.nn.Transformer(8, 2, 1, 1, dim_feedforward=16)
    >>> mask = model.generate_square_subsequent_mask(5)
    >>> model(plugtorch.randn(7, 3, 8), plugtorch.randn(5, 3, 8), tgt_mask=mask).shape
    plugtorch.Size([5, 3, 8])

    Vaswani et al. 2017, arXiv:1706.03762; torch.nn.Transformer.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = F.relu,
        custom_encoder: Module | None = None,
        custom_decoder: Module | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        where = {"device": device, "dtype": dtype}
        options: tuple[Any, ...] = (d_model, nhead, dim_feedforward, dropout, activation)
        options += (layer_norm_eps, batch_first, norm_first, bias)

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, **where)

        if custom_encoder is None:
            layer: Module = TransformerEncoderLayer(*options, **where)
            custom_encoder = TransformerEncoder(layer, num_encoder_layers, norm())
        if custom_decoder is None:
            layer = TransformerDecoderLayer(*options, **where)
            custom_decoder = TransformerDecoder(layer, num_decoder_layers, norm())
        self.encoder = custom_encoder
        self.decoder = custom_decoder
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        batch = 0 if self.batch_first else 1
        if src.ndim != tgt.ndim or (src.ndim == 3 and src.shape[batch] != tgt.shape[batch]):
            raise ShapeError(
                f"[Transformer] the batches of src {tuple(src.shape)} and tgt {tuple(tgt.shape)} "
                "must be equal."
            )
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise ShapeError(
                f"[Transformer] the last sizes of src {tuple(src.shape)} and tgt "
                f"{tuple(tgt.shape)} must be d_model, {self.d_model}."
            )
        memory = self.encoder(
            src,
            mask=src_mask,
            src_key_padding_mask=src_key_padding_mask,
            is_causal=src_is_causal,
        )
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Any = None, dtype: Any = None) -> Tensor:
        """The causal mask, (sz, sz): -infinity after the diagonal, 0 elsewhere."""
        return full((sz, sz), -math.inf, device=device, dtype=dtype).triu(1)
