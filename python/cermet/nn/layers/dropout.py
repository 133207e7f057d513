"""Dropout: random elements, or whole channels, set to zero while training.

Srivastava et al., "Dropout: A Simple Way to Prevent Neural Networks from Overfitting", JMLR 2014; of channels: Tompson
et al., "Efficient Object Localization Using Convolutional Networks", CVPR 2015. What is kept is divided by the
probability of keeping it, so that expectations stay and evaluation needs no scale.
"""

from __future__ import annotations

import cermet.core as mx
from cermet.nn.layers.base import Module

__all__ = ["Dropout", "Dropout2d", "Dropout3d"]


class _Dropout(Module):
    """What the three have in common; they differ in the axes that share one draw."""

    def __init__(self, p: float = 0.5) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"[{type(self).__name__}] The probability p of dropping is {p}; it must be in [0, 1).")
        self._p_1 = 1 - p

    def _extra_repr(self) -> str:
        return f"p={1 - self._p_1}"

    def _drop(self, x: mx.array, shared: int) -> mx.array:
        """x with draws shared along `shared` axes before the last."""
        if self._p_1 == 1 or not self.training:
            return x
        first = x.ndim - 1 - shared
        shape = [1 if first <= i < x.ndim - 1 else x.shape[i] for i in range(x.ndim)]
        keep = mx.random.bernoulli(self._p_1, shape)
        return mx.where(keep, x * (1 / self._p_1), 0)

    def _expect_ndim(self, x: mx.array, allowed: tuple[int, int]) -> None:
        if x.ndim not in allowed:
            raise ValueError(
                f"[{type(self).__name__}] The input has shape {x.shape}; expected {allowed[1]} dimensions (batch "
                f"first, channels last), or {allowed[0]} without the batch."
            )


class Dropout(_Dropout):
    """Sets each element to zero with probability `p` while training.

    >>> layer = nn.Dropout(0.5).eval()
    >>> layer(mx.ones(3)).tolist()
    [1.0, 1.0, 1.0]
    """

    def __call__(self, x: mx.array) -> mx.array:
        return self._drop(x, 0)


class Dropout2d(_Dropout):
    """Sets whole channels of (N, H, W, C) or (H, W, C) to zero with probability `p` while training."""

    def __call__(self, x: mx.array) -> mx.array:
        self._expect_ndim(x, (3, 4))
        return self._drop(x, 2)


class Dropout3d(_Dropout):
    """Sets whole channels of (N, D, H, W, C) or (D, H, W, C) to zero with probability `p` while training."""

    def __call__(self, x: mx.array) -> mx.array:
        self._expect_ndim(x, (4, 5))
        return self._drop(x, 3)
