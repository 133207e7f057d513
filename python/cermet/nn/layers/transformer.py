"""Attention and the transformer of Vaswani et al., "Attention Is All You Need", arXiv:1706.03762."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cermet.core as mx
from cermet.nn.layers.activations import relu
from cermet.nn.layers.base import Module
from cermet.nn.layers.dropout import Dropout
from cermet.nn.layers.linear import Linear
from cermet.nn.layers.normalization import LayerNorm

__all__ = [
    "MultiHeadAttention",
    "Transformer",
    "TransformerDecoder",
    "TransformerDecoderLayer",
    "TransformerEncoder",
    "TransformerEncoderLayer",
]


class MultiHeadAttention(Module):
    """softmax(Q K^T / sqrt(d) + mask) V for `num_heads` heads of d = dims / num_heads features, then a linear layer.

    Takes queries (N, T, query_input_dims), keys (N, S, key_input_dims) and values (N, S, value_input_dims), returns
    (N, T, value_output_dims). `mask` is added to the scores, or says with booleans where to look; its shape broadcasts
    to (N, heads, T, S). The dims default to `dims`, those of values' inputs to those of keys'.

    >>> attention = nn.MultiHeadAttention(8, 2)
    >>> x = mx.ones((1, 5, 8))
    >>> attention(x, x, x, attention.create_additive_causal_mask(5)).shape
    (1, 5, 8)
    """

    def __init__(
        self,
        dims: int,
        num_heads: int,
        query_input_dims: int | None = None,
        key_input_dims: int | None = None,
        value_input_dims: int | None = None,
        value_dims: int | None = None,
        value_output_dims: int | None = None,
        bias: bool = False,
    ) -> None:
        super().__init__()
        if dims % num_heads:
            raise ValueError(f"[MultiHeadAttention] {dims} features cannot be split into {num_heads} heads.")
        query_input_dims = query_input_dims or dims
        key_input_dims = key_input_dims or dims
        value_input_dims = value_input_dims or key_input_dims
        value_dims = value_dims or dims
        value_output_dims = value_output_dims or dims
        if value_dims % num_heads:
            raise ValueError(f"[MultiHeadAttention] {value_dims} values cannot be split into {num_heads} heads.")
        self.num_heads = num_heads
        self.query_proj = Linear(query_input_dims, dims, bias=bias)
        self.key_proj = Linear(key_input_dims, dims, bias=bias)
        self.value_proj = Linear(value_input_dims, value_dims, bias=bias)
        self.out_proj = Linear(value_dims, value_output_dims, bias=bias)

    def _heads(self, x: mx.array) -> mx.array:
        """(N, T, features) to (N, heads, T, features / heads)."""
        return mx.unflatten(x, -1, (self.num_heads, -1)).swapaxes(-3, -2)

    def __call__(
        self, queries: mx.array, keys: mx.array, values: mx.array, mask: mx.array | str | None = None
    ) -> mx.array:
        queries = self._heads(self.query_proj(queries))
        keys = self._heads(self.key_proj(keys))
        values = self._heads(self.value_proj(values))
        scale = math.sqrt(1 / queries.shape[-1])
        output = mx.fast.scaled_dot_product_attention(queries, keys, values, scale=scale, mask=mask)
        return self.out_proj(output.swapaxes(-3, -2).flatten(-2, -1))

    @staticmethod
    def create_additive_causal_mask(N: int, dtype: mx.Dtype = mx.float32) -> mx.array:
        """(N, N): 0 up to the diagonal, the lowest finite number above it."""
        positions = mx.arange(N)
        later = mx.expand_dims(positions, 1) < mx.expand_dims(positions, 0)
        return mx.where(later, mx.finfo(dtype).min, 0).astype(dtype)


class TransformerEncoderLayer(Module):
    """Self-attention and an MLP of width `mlp_dims` (default: 4 dims), each added to its input.

    With `norm_first` each normalises its input (Xiong et al., arXiv:2002.04745), else the sums are normalised, as in
    the original.
    """

    def __init__(
        self,
        dims: int,
        num_heads: int,
        mlp_dims: int | None = None,
        dropout: float = 0.0,
        activation: Callable[[mx.array], mx.array] = relu,
        norm_first: bool = True,
    ) -> None:
        super().__init__()
        mlp_dims = mlp_dims or dims * 4
        self.attention = MultiHeadAttention(dims, num_heads)
        self.ln1 = LayerNorm(dims)
        self.ln2 = LayerNorm(dims)
        self.linear1 = Linear(dims, mlp_dims)
        self.linear2 = Linear(mlp_dims, dims)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = activation
        self.norm_first = norm_first

    def _mlp(self, x: mx.array) -> mx.array:
        return self.linear2(self.dropout2(self.activation(self.linear1(x))))

    def __call__(self, x: mx.array, mask: mx.array | str | None) -> mx.array:
        if self.norm_first:
            y = self.ln1(x)
            x = x + self.dropout1(self.attention(y, y, y, mask))
            return x + self._mlp(self.ln2(x))
        x = self.ln1(x + self.dropout1(self.attention(x, x, x, mask)))
        return self.ln2(x + self._mlp(x))


def _maybe_checkpointed(layer: Module, checkpoint: bool) -> Callable:
    if not checkpoint:
        return layer
    from cermet.nn.utils import checkpoint as checkpointed

    return checkpointed(layer)


class TransformerEncoder(Module):
    """`num_layers` encoder layers and a last normalisation: (N, T, dims) to (N, T, dims).

    With `checkpoint` the layers' intermediate values are computed again for the gradient instead of kept.

    >>> nn.TransformerEncoder(2, dims=8, num_heads=2)(mx.ones((1, 5, 8)), mask=None).shape
    (1, 5, 8)
    """

    def __init__(
        self,
        num_layers: int,
        dims: int,
        num_heads: int,
        mlp_dims: int | None = None,
        dropout: float = 0.0,
        activation: Callable[[mx.array], mx.array] = relu,
        norm_first: bool = True,
        checkpoint: bool = False,
    ) -> None:
        super().__init__()
        self.layers = [
            TransformerEncoderLayer(dims, num_heads, mlp_dims, dropout, activation, norm_first)
            for _ in range(num_layers)
        ]
        self.ln = LayerNorm(dims)
        self.checkpoint = checkpoint

    def __call__(self, x: mx.array, mask: mx.array | str | None) -> mx.array:
        for layer in self.layers:
            x = _maybe_checkpointed(layer, self.checkpoint)(x, mask)
        return self.ln(x)


class TransformerDecoderLayer(Module):
    """Self-attention, attention to `memory` (the encoder's output) and an MLP, each added to its input.

    `norm_first` as in TransformerEncoderLayer.
    """

    def __init__(
        self,
        dims: int,
        num_heads: int,
        mlp_dims: int | None = None,
        dropout: float = 0.0,
        activation: Callable[[mx.array], mx.array] = relu,
        norm_first: bool = True,
    ) -> None:
        super().__init__()
        mlp_dims = mlp_dims or dims * 4
        self.self_attention = MultiHeadAttention(dims, num_heads)
        self.cross_attention = MultiHeadAttention(dims, num_heads)
        self.ln1 = LayerNorm(dims)
        self.ln2 = LayerNorm(dims)
        self.ln3 = LayerNorm(dims)
        self.linear1 = Linear(dims, mlp_dims)
        self.linear2 = Linear(mlp_dims, dims)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = activation
        self.norm_first = norm_first

    def _mlp(self, x: mx.array) -> mx.array:
        return self.linear2(self.dropout3(self.activation(self.linear1(x))))

    def __call__(
        self,
        x: mx.array,
        memory: mx.array,
        x_mask: mx.array | str | None,
        memory_mask: mx.array | str | None,
    ) -> mx.array:
        if self.norm_first:
            y = self.ln1(x)
            x = x + self.dropout1(self.self_attention(y, y, y, x_mask))
            y = self.ln2(x)
            x = x + self.dropout2(self.cross_attention(y, memory, memory, memory_mask))
            return x + self._mlp(self.ln3(x))
        x = self.ln1(x + self.dropout1(self.self_attention(x, x, x, x_mask)))
        x = self.ln2(x + self.dropout2(self.cross_attention(x, memory, memory, memory_mask)))
        return self.ln3(x + self._mlp(x))


class TransformerDecoder(Module):
    """`num_layers` decoder layers and a last normalisation: (N, T, dims) and a memory (N, S, dims) to (N, T, dims).

    `checkpoint` as in TransformerEncoder.
    """

    def __init__(
        self,
        num_layers: int,
        dims: int,
        num_heads: int,
        mlp_dims: int | None = None,
        dropout: float = 0.0,
        activation: Callable[[mx.array], mx.array] = relu,
        norm_first: bool = True,
        checkpoint: bool = False,
    ) -> None:
        super().__init__()
        self.layers = [
            TransformerDecoderLayer(dims, num_heads, mlp_dims, dropout, activation, norm_first)
            for _ in range(num_layers)
        ]
        self.ln = LayerNorm(dims)
        self.checkpoint = checkpoint

    def __call__(
        self,
        x: mx.array,
        memory: mx.array,
        x_mask: mx.array | str | None,
        memory_mask: mx.array | str | None,
    ) -> mx.array:
        for layer in self.layers:
            x = _maybe_checkpointed(layer, self.checkpoint)(x, memory, x_mask, memory_mask)
        return self.ln(x)


class Transformer(Module):
    """An encoder of sources and a decoder of targets that attends to what the encoder made of the sources.

    Takes sources (N, S, dims), targets (N, T, dims) and masks of the encoder's self-attention, the decoder's, and the
    decoder's attention to the encoder's output (None where none is needed). `custom_encoder` and `custom_decoder`
    stand for the default ones.

    >>> model = nn.Transformer(dims=8, num_heads=2, num_encoder_layers=1, num_decoder_layers=1)
    >>> model(mx.ones((1, 5, 8)), mx.ones((1, 3, 8)), None, None, None).shape
    (1, 3, 8)
    """

    def __init__(
        self,
        dims: int = 512,
        num_heads: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        mlp_dims: int | None = None,
        dropout: float = 0.0,
        activation: Callable[[mx.array], mx.array] = relu,
        custom_encoder: Any | None = None,
        custom_decoder: Any | None = None,
        norm_first: bool = True,
        checkpoint: bool = False,
    ) -> None:
        super().__init__()
        common = (dims, num_heads, mlp_dims, dropout, activation, norm_first, checkpoint)
        self.encoder = TransformerEncoder(num_encoder_layers, *common) if custom_encoder is None else custom_encoder
        self.decoder = TransformerDecoder(num_decoder_layers, *common) if custom_decoder is None else custom_decoder

    def __call__(
        self,
        src: mx.array,
        tgt: mx.array,
        src_mask: mx.array | str | None,
        tgt_mask: mx.array | str | None,
        memory_mask: mx.array | str | None,
    ) -> mx.array:
        memory = self.encoder(src, src_mask)
        return self.decoder(tgt, memory, tgt_mask, memory_mask)
