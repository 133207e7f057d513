"""Pooling: maxima and means of windows over 1, 2 or 3 spatial axes of (N, spatial..., C).

The output has (size + 2 padding - kernel) // stride + 1 windows an axis. Maxima are of strided slices, one for each
offset in a window: one kernel, and cheap gradients. Means of windows side by side are a reshape and a reduction, whose
gradient is a broadcast; other means are sums of slices too.
"""

from __future__ import annotations

import itertools
import math

import cermet.core as mx
from cermet.nn.layers.base import Module

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d"]


def _integers(value: int | tuple, n: int, layer: str, name: str) -> tuple[int, ...]:
    if isinstance(value, int):
        return (value,) * n
    if isinstance(value, (tuple, list)) and len(value) == n and all(isinstance(v, int) for v in value):
        return tuple(value)
    raise ValueError(f"[{layer}] `{name}` is {value!r}; expected an integer or a tuple of {n}.")


class _Pool(Module):
    """Pooling over n spatial axes; subclasses say how the elements of a window combine."""

    _spatial: int
    _padding_value: float

    def __init__(
        self, kernel_size: int | tuple, stride: int | tuple | None = None, padding: int | tuple | None = 0
    ) -> None:
        super().__init__()
        n, name = self._spatial, type(self).__name__
        self._kernel_size = _integers(kernel_size, n, name, "kernel_size")
        self._stride = self._kernel_size if stride is None else _integers(stride, n, name, "stride")
        self._padding = _integers(0 if padding is None else padding, n, name, "padding")
        if min(self._kernel_size) < 1 or min(self._stride) < 1 or min(self._padding) < 0:
            raise ValueError(f"[{name}] Windows and strides must be positive and padding not negative: {self!r}.")

    def _extra_repr(self) -> str:
        return f"kernel_size={self._kernel_size}, stride={self._stride}, padding={self._padding}"

    def _combine(self, x: mx.array, y: mx.array) -> mx.array:
        raise NotImplementedError

    def __call__(self, x: mx.array) -> mx.array:
        n, name = self._spatial, type(self).__name__
        if x.ndim != n + 2:
            raise ValueError(f"[{name}] Expected an input of {n + 2} dimensions, (N, spatial..., C); got {x.shape}.")
        if any(self._padding):
            widths = [(0, 0), *((p, p) for p in self._padding), (0, 0)]
            x = mx.pad(x, widths, constant_values=self._padding_value)
        counts = [(x.shape[i + 1] - k) // s + 1 for i, (k, s) in enumerate(zip(self._kernel_size, self._stride))]
        if min(counts) < 1:
            raise ValueError(f"[{name}] An input of shape {x.shape} (padded) has no window of {self._kernel_size}.")
        return self._windows(x, counts)

    def _windows(self, x: mx.array, counts: list[int]) -> mx.array:
        """The windows of an input that holds at least one: one strided slice for each offset in a window, combined.

        Large windows go one axis after the other: 3 + 3 slices instead of 9.
        """
        n = self._spatial
        passes = [range(n)] if math.prod(self._kernel_size) <= 4 else [[i] for i in range(n)]
        for axes in passes:
            total = None
            for offsets in itertools.product(*(range(self._kernel_size[i]) for i in axes)):
                at = [slice(None)] * (n + 2)
                for i, offset in zip(axes, offsets):
                    stride = self._stride[i]
                    at[i + 1] = slice(offset, offset + stride * (counts[i] - 1) + 1, stride)
                part = x[tuple(at)]
                total = part if total is None else self._combine(total, part)
            x = total
        return x


class _MaxPool(_Pool):
    _padding_value = -float("inf")

    def _combine(self, x: mx.array, y: mx.array) -> mx.array:
        return mx.maximum(x, y)


class _AvgPool(_Pool):
    _padding_value = 0

    def _combine(self, x: mx.array, y: mx.array) -> mx.array:
        return x + y

    def _windows(self, x: mx.array, counts: list[int]) -> mx.array:
        if self._kernel_size != self._stride:
            return super()._windows(x, counts) * (1 / math.prod(self._kernel_size))
        sizes = [c * k for c, k in zip(counts, self._kernel_size)]
        if list(x.shape[1:-1]) != sizes:
            x = x[(slice(None), *(slice(size) for size in sizes))]
        for i in reversed(range(self._spatial)):
            x = mx.unflatten(x, i + 1, (counts[i], self._kernel_size[i]))
        return mx.mean(x, axis=tuple(2 * i + 2 for i in range(self._spatial)))


class MaxPool1d(_MaxPool):
    """Maxima of windows of (N, L, C); padding counts as -infinity. `stride` is `kernel_size` by default.

    >>> nn.MaxPool1d(2)(mx.array([[[1.0], [3.0], [2.0], [0.0]]])).tolist()
    [[[3.0], [2.0]]]
    """

    _spatial = 1


class MaxPool2d(_MaxPool):
    """Maxima of windows of (N, H, W, C); padding counts as -infinity. `stride` is `kernel_size` by default.

    >>> nn.MaxPool2d(2)(mx.ones((1, 4, 6, 3))).shape
    (1, 2, 3, 3)
    """

    _spatial = 2


class MaxPool3d(_MaxPool):
    """Maxima of windows of (N, D, H, W, C); padding counts as -infinity. `stride` is `kernel_size` by default."""

    _spatial = 3


class AvgPool1d(_AvgPool):
    """Means of windows of (N, L, C); padding counts as zeros. `stride` is `kernel_size` by default.

    >>> nn.AvgPool1d(2)(mx.array([[[1.0], [3.0], [2.0], [0.0]]])).tolist()
    [[[2.0], [1.0]]]
    """

    _spatial = 1


class AvgPool2d(_AvgPool):
    """Means of windows of (N, H, W, C); padding counts as zeros. `stride` is `kernel_size` by default."""

    _spatial = 2


class AvgPool3d(_AvgPool):
    """Means of windows of (N, D, H, W, C); padding counts as zeros. `stride` is `kernel_size` by default."""

    _spatial = 3
