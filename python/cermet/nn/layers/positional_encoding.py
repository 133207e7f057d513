"""Encodings of positions: rotations, sinusoids and biases of attention."""

from __future__ import annotations

import functools
import math

import cermet.core as mx
from cermet.nn.layers.base import Module

__all__ = ["ALiBi", "RoPE", "SinusoidalPositionalEncoding"]


class RoPE(Module):
    """Rotates pairs of the first `dims` features of (..., T, D) by angles that grow with the position (Su et al.,
    "RoFormer", arXiv:2104.09864): pair i at position t by scale * t * base^(-2i / dims).

    Pairs are features (i, i + dims / 2), or with `traditional` (2i, 2i + 1). Positions start at `offset` (an int or an
    array), as in decoding with a cache.

    >>> nn.RoPE(8)(mx.ones((1, 2, 5, 8)), offset=3).shape
    (1, 2, 5, 8)
    """

    def __init__(self, dims: int, traditional: bool = False, base: float = 10000, scale: float = 1.0) -> None:
        super().__init__()
        self.dims = dims
        self.traditional = traditional
        self.base = base
        self.scale = scale

    def _extra_repr(self) -> str:
        return f"{self.dims}, traditional={self.traditional}"

    def __call__(self, x: mx.array, offset: int | mx.array = 0) -> mx.array:
        return mx.fast.rope(x, self.dims, traditional=self.traditional, base=self.base, scale=self.scale, offset=offset)


class SinusoidalPositionalEncoding(Module):
    """Sines and cosines of positions (...), as features (..., dims) (Vaswani et al., arXiv:1706.03762, section 3.5).

    The dims / 2 frequencies fall from `max_freq` to `min_freq` in equal ratios; `full_turns` multiplies them by 2 pi.
    The result is multiplied by `scale` (default: sqrt(2 / dims), for vectors of length 1). Sines come first unless
    `cos_first`.

    >>> nn.SinusoidalPositionalEncoding(8)(mx.arange(5)).shape
    (5, 8)
    """

    def __init__(
        self,
        dims: int,
        min_freq: float = 0.0001,
        max_freq: float = 1,
        scale: float | None = None,
        cos_first: bool = False,
        full_turns: bool = False,
    ) -> None:
        super().__init__()
        if dims < 2:
            raise ValueError(f"[SinusoidalPositionalEncoding] `dims` is {dims}; it must be at least 2.")
        half = dims // 2
        fraction = 1 - mx.arange(half, dtype=mx.float32) / max(half - 1, 1)
        low, high = math.log(min_freq), math.log(max_freq)
        self._sigmas = mx.exp(fraction * (high - low) + low)  # the underscore keeps it out of the parameters
        if full_turns:
            self._sigmas = self._sigmas * (2 * math.pi)
        self.scale = scale or math.sqrt(2 / dims)
        self.cos_first = cos_first

    def __call__(self, x: mx.array) -> mx.array:
        angles = mx.expand_dims(x, -1) * self._sigmas
        sines, cosines = mx.sin(angles), mx.cos(angles)
        features = mx.concatenate([cosines, sines] if self.cos_first else [sines, cosines], axis=-1)
        return features if self.scale == 1 else features * self.scale


def _slopes(num_heads: int) -> list[float]:
    """2^(-8 k / n) for k = 1 to n heads; where n is no power of two, those of the next lower power p, and of 2p every
    second (Press et al., appendix A)."""
    p = 1 << (num_heads.bit_length() - 1)
    slopes = [2 ** (-8 * k / p) for k in range(1, p + 1)]
    return slopes + [2 ** (-8 * k / (2 * p)) for k in range(1, 2 * (num_heads - p), 2)]


class ALiBi(Module):
    """Adds to attention scores (N, heads, T, S) a bias that falls with the distance of query and key, by a slope of the
    head (Press et al., "Train Short, Test Long", arXiv:2108.12409).

    `offset` is the position of the first query; `mask` is added too.

    >>> nn.ALiBi()(mx.zeros((1, 2, 1, 3)), offset=2)[0, 0].tolist()
    [[-0.125, -0.0625, 0.0]]
    """

    @staticmethod
    def create_alibi_matrix(
        q_sequence_length: int,
        k_sequence_length: int,
        num_heads: int,
        offset: int = 0,
        dtype: mx.Dtype = mx.float32,
    ) -> mx.array:
        """The biases (1, heads, q_sequence_length - offset, k_sequence_length); queries begin at `offset`."""
        queries = mx.arange(offset, q_sequence_length)
        keys = mx.arange(k_sequence_length)
        distances = -mx.abs(mx.expand_dims(queries, 1) - mx.expand_dims(keys, 0))
        return mx.expand_dims(ALiBi.create_alibi_slope(num_heads, dtype) * distances.astype(dtype), 0)

    @staticmethod
    @functools.cache
    def _slope_values(num_heads: int) -> tuple[float, ...]:
        return tuple(_slopes(num_heads))

    @staticmethod
    def create_alibi_slope(num_heads: int, dtype: mx.Dtype = mx.float32) -> mx.array:
        """The slopes of the heads, (heads, 1, 1)."""
        return mx.array(list(ALiBi._slope_values(int(num_heads)))).astype(dtype).reshape(-1, 1, 1)

    def __call__(self, attention_scores: mx.array, offset: int = 0, mask: mx.array | None = None) -> mx.array:
        biases = self.create_alibi_matrix(
            q_sequence_length=attention_scores.shape[-2] + offset,
            k_sequence_length=attention_scores.shape[-1],
            num_heads=attention_scores.shape[1],
            offset=offset,
            dtype=attention_scores.dtype,
        )
        return attention_scores + (biases if mask is None else biases + mask)
