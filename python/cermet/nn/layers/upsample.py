"""Upsampling of spatial axes: nearest, linear and cubic interpolation.

Along each axis an output is a weighted sum of a few inputs (taps). Their positions and weights depend on the sizes
alone: they are computed here, exactly, and the array code is a gather and a sum an axis.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Literal

import cermet.core as mx
from cermet.nn.layers.base import Module

__all__ = ["Upsample", "upsample_cubic", "upsample_linear", "upsample_nearest"]

# For each tap: the input that each output takes, and its weight.
Taps = list[tuple[list[int], list[float]]]


# ---- Taps of one axis -----------------------------------------------------------------------------------------------


def _positions(n: int, scale: float, align_corners: bool) -> list[float]:
    """Where the outputs lie among the inputs 0 to n - 1.

    With `align_corners` the first and last coincide; else the outputs' centres are 1 / scale apart, around the inputs'
    centre.
    """
    m = int(scale * n)
    if align_corners:
        return [i * (n - 1) / (m - 1) if m > 1 else 0.0 for i in range(m)]
    start = ((m - 1) / scale - n + 1) / 2
    return [i / scale - start for i in range(m)]


def _nearest_taps(n: int, scale: float) -> Taps:
    m = int(scale * n)
    if m > n:
        sources = [round(Fraction((2 * i + 1) * n - m, 2 * m)) for i in range(m)]
    else:
        sources = [i * n // m for i in range(m)]
    return [([min(max(s, 0), n - 1) for s in sources], [1.0] * m)]


def _triangle(t: float) -> float:
    return max(1 - abs(t), 0.0)


def _cubic(a: float) -> Callable[[float], float]:
    """The kernel of Keys, "Cubic Convolution Interpolation for Digital Image Processing", 1981 (equation 4), which
    leaves a, the slope at 1, open: -0.5 reproduces quadratics, -0.75 is what image libraries use."""

    def kernel(t: float) -> float:
        t = abs(t)
        if t <= 1:
            return ((a + 2) * t - (a + 3)) * t * t + 1
        return (((t - 5) * t + 8) * t - 4) * a if t < 2 else 0.0

    return kernel


def _interpolating_taps(n: int, positions: list[float], kernel: Callable[[float], float], radius: int) -> Taps:
    """2 radius taps around each position; those beyond an end take the end's input."""
    taps: Taps = []
    for k in range(1 - radius, radius + 1):
        at = [math.floor(p) + k for p in positions]
        taps.append(([min(max(j, 0), n - 1) for j in at], [kernel(p - j) for p, j in zip(positions, at)]))
    return taps


def _smoothing_taps(n: int, scale: float, kernel: Callable[[float], float], radius: int) -> Taps:
    """Taps of the kernel stretched to the outputs' distance where that is above 1, normalised over those inside."""
    stretch = max(1 / scale, 1.0)
    positions = _positions(n, scale, False)
    first = [math.ceil(p - radius * stretch) for p in positions]
    count = math.floor(2 * radius * stretch) + 1
    taps: Taps = []
    for k in range(count):
        at = [j + k for j in first]
        weights = [kernel((p - j) / stretch) if 0 <= j < n else 0.0 for p, j in zip(positions, at)]
        taps.append(([min(max(j, 0), n - 1) for j in at], weights))
    totals = [sum(weights) for weights in zip(*(weights for _, weights in taps))]
    normalised = ((at, [w / t for w, t in zip(weights, totals)]) for at, weights in taps)
    return [(at, weights) for at, weights in normalised if any(weights)]


# ---- Arrays ---------------------------------------------------------------------------------------------------------


def _apply(x: mx.array, axis: int, taps: Taps) -> mx.array:
    """The weighted sums of one axis, in float32 for narrower dtypes."""
    after = (1,) * (x.ndim - 1 - axis)
    total = None
    for sources, weights in taps:
        term = mx.take(x, mx.array(sources, dtype=mx.int32), axis=axis)
        if any(w != 1 for w in weights):
            term = term * mx.array(weights, dtype=mx.float32).reshape(-1, *after)
        total = term if total is None else total + term
    return total


def _scales(op: str, x: mx.array, scale_factor: float | tuple) -> tuple[float, ...]:
    """One scale for each spatial axis."""
    spatial = x.ndim - 2
    if spatial < 1:
        raise ValueError(
            f"[{op}] Expected an input of at least 3 dimensions, (N, spatial..., C); got one of shape {x.shape}."
        )
    if isinstance(scale_factor, (int, float)):
        scale_factor = (scale_factor,) * spatial
    if len(scale_factor) != spatial:
        raise ValueError(
            f"[{op}] `scale_factor` {tuple(scale_factor)} has {len(scale_factor)} numbers; an input of shape {x.shape} "
            f"has {spatial} spatial axes."
        )
    for axis, scale in enumerate(scale_factor, 1):
        if int(scale * x.shape[axis]) < 1:
            raise ValueError(f"[{op}] A scale of {scale} leaves nothing of axis {axis} of an input of shape {x.shape}.")
    return tuple(float(s) for s in scale_factor)


def _resample(op: str, x: mx.array, scale_factor: float | tuple, taps_of: Callable[[int, float], Taps]) -> mx.array:
    dtype = x.dtype
    for axis, scale in enumerate(_scales(op, x, scale_factor), 1):
        if scale != 1:
            x = _apply(x, axis, taps_of(x.shape[axis], scale))
    return x.astype(dtype) if mx.issubdtype(dtype, mx.floating) else x


def upsample_nearest(x: mx.array, scale_factor: float | tuple) -> mx.array:
    """(N, spatial..., C) with each spatial size multiplied by its scale: copies of the nearest inputs.

    >>> from cermet.nn.layers.upsample import upsample_nearest
    >>> upsample_nearest(mx.array([[[1.0], [2.0]]]), 2).flatten().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """
    scales = _scales("upsample_nearest", x, scale_factor)
    x = _repeated(x, [int(scale) if scale.is_integer() else 1 for scale in scales])
    for axis, scale in enumerate(scales, 1):
        if not scale.is_integer():
            x = _apply(x, axis, _nearest_taps(x.shape[axis], scale))
    return x


def _repeated(x: mx.array, counts: list[int]) -> mx.array:
    """Each element of the spatial axes as often as the axis's count: one broadcast, whose gradient is one sum."""
    if all(count == 1 for count in counts):
        return x
    spatial = range(len(counts))
    x = mx.expand_dims(x, [2 * i + 2 for i in spatial])
    shape = list(x.shape)
    for i in spatial:
        shape[2 * i + 2] = counts[i]
    x = mx.broadcast_to(x, shape)
    for i in spatial:
        x = x.flatten(i + 1, i + 2)
    return x


def _expect_no_corners(op: str, align_corners: bool, antialias: bool) -> None:
    if align_corners and antialias:
        raise ValueError(f"[{op}] `antialias` is not for aligned corners; leave `align_corners` False.")


def upsample_linear(
    x: mx.array, scale_factor: float | tuple, align_corners: bool = False, antialias: bool = False
) -> mx.array:
    """(N, spatial..., C) with each spatial size multiplied by its scale, interpolated linearly between neighbours.

    Outputs beyond the first and last input take these. `antialias` averages over the outputs' distance where a scale is
    below 1.
    """
    _expect_no_corners("upsample_linear", align_corners, antialias)

    def taps_of(n: int, scale: float) -> Taps:
        if antialias:
            return _smoothing_taps(n, scale, _triangle, 1)
        positions = [min(max(p, 0.0), n - 1) for p in _positions(n, scale, align_corners)]
        return _interpolating_taps(n, positions, _triangle, 1)

    return _resample("upsample_linear", x, scale_factor, taps_of)


def upsample_cubic(
    x: mx.array, scale_factor: float | tuple, align_corners: bool = False, antialias: bool = False
) -> mx.array:
    """(N, spatial..., C) with each spatial size multiplied by its scale, by cubic convolution of 4 neighbours.

    Inputs beyond the ends count as those at the ends. `antialias` averages over the outputs' distance where a scale is
    below 1 and leaves inputs beyond the ends out.
    """
    _expect_no_corners("upsample_cubic", align_corners, antialias)

    def taps_of(n: int, scale: float) -> Taps:
        if antialias:
            return _smoothing_taps(n, scale, _cubic(-0.5), 2)
        return _interpolating_taps(n, _positions(n, scale, align_corners), _cubic(-0.75), 2)

    return _resample("upsample_cubic", x, scale_factor, taps_of)


class Upsample(Module):
    """Multiplies the spatial sizes of (N, spatial..., C) by `scale_factor`, a number or one for each spatial axis.

    `mode` is "nearest", "linear" or "cubic"; `align_corners` puts the outer outputs on the outer inputs; `antialias`
    smooths where a scale is below 1 (linear and cubic). Floating dtypes are kept.

    >>> nn.Upsample(scale_factor=2, mode="linear")(mx.ones((1, 4, 4, 3))).shape
    (1, 8, 8, 3)
    """

    def __init__(
        self,
        scale_factor: float | tuple,
        mode: Literal["nearest", "linear", "cubic"] = "nearest",
        align_corners: bool = False,
        antialias: bool = False,
    ) -> None:
        super().__init__()
        if mode not in ("nearest", "linear", "cubic"):
            raise ValueError(f"[Upsample] `mode` is {mode!r}; allowed are 'nearest', 'linear' and 'cubic'.")
        if mode == "nearest" and antialias:
            raise ValueError("[Upsample] `antialias` is for linear and cubic interpolation; mode is 'nearest'.")
        _expect_no_corners("Upsample", align_corners, antialias)
        if isinstance(scale_factor, (list, tuple)):
            self.scale_factor = tuple(map(float, scale_factor))
        else:
            self.scale_factor = float(scale_factor)
        self.mode = mode
        self.align_corners = align_corners
        self.antialias = antialias

    def _extra_repr(self) -> str:
        smoothed = ", antialias=True" if self.antialias else ""
        return f"scale_factor={self.scale_factor}, mode={self.mode!r}, align_corners={self.align_corners}{smoothed}"

    def __call__(self, x: mx.array) -> mx.array:
        if self.mode == "nearest":
            return upsample_nearest(x, self.scale_factor)
        function = upsample_linear if self.mode == "linear" else upsample_cubic
        return function(x, self.scale_factor, self.align_corners, self.antialias)
