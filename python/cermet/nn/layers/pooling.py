"""Pooling: maxima and means of windows over 1, 2 or 3 spatial axes of (N, spatial..., C).

The output has (size + 2 padding - kernel) // stride + 1 windows an axis. Both are computed from strided slices, one for
each offset in a window, in one kernel. Windows side by side (blocks) have gradients of their own: an element's depends
on its own window alone, which is element-wise, while the general way adds the slices' gradients up one by one (5 times
the time for 2 x 2 blocks).
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable

import cermet.core as mx
from cermet.nn.layers.base import Module

__all__ = ["AvgPool1d", "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d"]

Combine = Callable[[mx.array, mx.array], mx.array]


# ---- Windows --------------------------------------------------------------------------------------------------------


def _combined(combine: Combine, x: mx.array, kernel: tuple[int, ...], stride: tuple[int, ...]) -> mx.array:
    """What becomes of the elements of each window, for an input that holds at least one.

    Large windows go one axis after the other: 3 + 3 slices instead of 9.
    """
    n = len(kernel)
    for axes in [range(n)] if math.prod(kernel) <= 4 else [[i] for i in range(n)]:
        counts = {i: (x.shape[i + 1] - kernel[i]) // stride[i] + 1 for i in axes}
        parts = []
        for offsets in itertools.product(*(range(kernel[i]) for i in axes)):
            at = [slice(None)] * (n + 2)
            for i, offset in zip(axes, offsets):
                at[i + 1] = slice(offset, offset + stride[i] * (counts[i] - 1) + 1, stride[i])
            parts.append(x[tuple(at)])
        x = functools.reduce(combine, parts)
    return x


def _blocks(x: mx.array, kernel: tuple[int, ...]) -> mx.array:
    """(N, counts[0], kernel[0], counts[1], kernel[1], ..., C)."""
    for i in reversed(range(len(kernel))):
        x = mx.unflatten(x, i + 1, (-1, kernel[i]))
    return x


def _joined(blocks: mx.array, n: int) -> mx.array:
    """The reverse of _blocks."""
    for i in range(n):
        blocks = blocks.flatten(i + 1, i + 2)
    return blocks


def _inner(n: int) -> list[int]:
    """The axes of blocks that go along a block."""
    return [2 * i + 2 for i in range(n)]


@functools.cache
def _block_maxima(kernel: tuple[int, ...]) -> Callable[[mx.array], mx.array]:
    """Maxima of blocks. Elements that share a maximum share its gradient equally."""
    n = len(kernel)

    @mx.custom_function
    def maxima(x: mx.array) -> mx.array:
        return _combined(mx.maximum, x, kernel, kernel)

    def block_sums(blocks: mx.array, dtype: mx.Dtype) -> mx.array:
        if math.prod(kernel) > 16:
            return mx.sum(blocks.astype(dtype), axis=_inner(n))
        every = slice(None)
        ats = ((every, *itertools.chain(*((every, k) for k in at))) for at in itertools.product(*map(range, kernel)))
        return functools.reduce(mx.add, (blocks[at].astype(dtype) for at in ats))  # before: one more kernel

    def shares(x: mx.array, y: mx.array) -> tuple[mx.array, mx.array]:
        """Which elements of the blocks are the maxima, and how many of each block."""
        hits = _blocks(x, kernel) == mx.expand_dims(y, _inner(n))
        return hits, block_sums(hits, y.dtype)

    @maxima.vjp
    def maxima_vjp(x: mx.array, cotangent: mx.array, y: mx.array) -> mx.array:
        hits, among = shares(x, y)
        return _joined(mx.where(hits, mx.expand_dims(cotangent / among, _inner(n)), 0), n)

    @maxima.jvp
    def maxima_jvp(x: mx.array, tangent: mx.array) -> mx.array:
        hits, among = shares(x, _combined(mx.maximum, x, kernel, kernel))
        return block_sums(mx.where(hits, _blocks(tangent, kernel), 0), tangent.dtype) / among

    return maxima


@functools.cache
def _block_means(kernel: tuple[int, ...]) -> Callable[[mx.array], mx.array]:
    """Means of blocks."""
    n, scale = len(kernel), 1 / math.prod(kernel)

    @mx.custom_function
    def means(x: mx.array) -> mx.array:
        return _combined(mx.add, x, kernel, kernel) * scale

    @means.vjp
    def means_vjp(x: mx.array, cotangent: mx.array, y: mx.array) -> mx.array:
        shape = _blocks(x, kernel).shape
        return _joined(mx.broadcast_to(mx.expand_dims(cotangent * scale, _inner(n)), shape), n)

    @means.jvp
    def means_jvp(x: mx.array, tangent: mx.array) -> mx.array:
        return _combined(mx.add, tangent, kernel, kernel) * scale

    return means


# ---- Layers ---------------------------------------------------------------------------------------------------------


def _integers(value: int | tuple, n: int, layer: str, name: str) -> tuple[int, ...]:
    if hasattr(value, "__index__"):
        return (int(value),) * n
    if isinstance(value, (tuple, list)) and len(value) == n and all(hasattr(v, "__index__") for v in value):
        return tuple(map(int, value))
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

    def _windows(self, x: mx.array) -> mx.array:
        """The result for a padded input that holds at least one window."""
        raise NotImplementedError

    def _cut(self, x: mx.array) -> mx.array:
        """x without what is left over behind the last of windows side by side."""
        sizes = [x.shape[i + 1] // k * k for i, k in enumerate(self._kernel_size)]
        if all(x.shape[i + 1] == size for i, size in enumerate(sizes)):
            return x
        return x[(slice(None), *(slice(size) for size in sizes))]

    def __call__(self, x: mx.array) -> mx.array:
        n, name = self._spatial, type(self).__name__
        if x.ndim != n + 2:
            raise ValueError(f"[{name}] Expected an input of {n + 2} dimensions, (N, spatial..., C); got {x.shape}.")
        if any(self._padding):
            widths = [(0, 0), *((p, p) for p in self._padding), (0, 0)]
            x = mx.pad(x, widths, constant_values=self._padding_value)
        if any(x.shape[i + 1] < k for i, k in enumerate(self._kernel_size)):
            raise ValueError(f"[{name}] An input of shape {x.shape} (padded) has no window of {self._kernel_size}.")
        return self._windows(x)


class _MaxPool(_Pool):
    _padding_value = -float("inf")

    def _windows(self, x: mx.array) -> mx.array:
        if self._kernel_size == self._stride:
            return _block_maxima(self._kernel_size)(self._cut(x))
        return _combined(mx.maximum, x, self._kernel_size, self._stride)


class _AvgPool(_Pool):
    _padding_value = 0

    def _windows(self, x: mx.array) -> mx.array:
        if self._kernel_size == self._stride:
            return _block_means(self._kernel_size)(self._cut(x))
        return _combined(mx.add, x, self._kernel_size, self._stride) * (1 / math.prod(self._kernel_size))


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
