"""Embeddings: rows of a table, chosen by integers."""

from __future__ import annotations

from typing import Any

import cermet.core as mx
from cermet.nn.layers.base import Module
from cermet.nn.layers.initial_scale import initial_scale

__all__ = ["Embedding"]


class Embedding(Module):
    """Maps integers (...) to vectors (..., dims).

    Parameter: `weight` (num_embeddings, dims), initially normal with standard deviation 1/sqrt(dims).

    >>> nn.Embedding(10, 4)(mx.array([[1, 2, 3]])).shape
    (1, 3, 4)
    """

    def __init__(self, num_embeddings: int, dims: int) -> None:
        super().__init__()
        self.weight = mx.random.normal(shape=(num_embeddings, dims), scale=initial_scale("Embedding", dims))

    def _extra_repr(self) -> str:
        return f"{self.weight.shape[0]}, {self.weight.shape[1]}"

    def __call__(self, x: mx.array) -> mx.array:
        return self["weight"][x]

    def as_linear(self, x: mx.array) -> mx.array:
        """The products with all rows, (..., dims) to (..., num_embeddings): output layers that share their weights."""
        return x @ self["weight"].T

    def to_quantized(self, *args: Any, **kwargs: Any) -> Module:
        """Quantised layers are not there yet: raises NotImplementedError."""
        from cermet.nn.layers.quantized import QuantizedEmbedding

        return QuantizedEmbedding(*args, **kwargs)
