"""Normalisation layers: inputs moved to mean 0 and scaled to variance 1 (or mean square 1), over different axes."""

from __future__ import annotations

import math

import cermet.core as mx
from cermet.nn.layers.base import Module

__all__ = ["BatchNorm", "GroupNorm", "InstanceNorm", "LayerNorm", "RMSNorm"]


def _normalized(x: mx.array, axes: tuple, eps: float) -> mx.array:
    """(x - mean) / sqrt(variance + eps) over axes."""
    mean = mx.mean(x, axis=axes, keepdims=True)
    variance = mx.var(x, axis=axes, keepdims=True)
    return (x - mean) * mx.rsqrt(variance + eps)


class _Affine(Module):
    """A layer that may scale and shift what it normalised, by `weight` and `bias` of its channels."""

    def _affine(self, x: mx.array) -> mx.array:
        return self.weight * x + self.bias if "weight" in self else x


class LayerNorm(Module):
    """Normalises over the last axis, of size `dims` (Ba et al., arXiv:1607.06450).

    Parameters, with `affine`: `weight` (dims,), initially 1, and, with `bias`, `bias` (dims,), initially 0.

    >>> nn.LayerNorm(4)(mx.array([[1.0, 2.0, 3.0, 4.0]])).sum().item()
    0.0
    """

    def __init__(self, dims: int, eps: float = 1e-5, affine: bool = True, bias: bool = True) -> None:
        super().__init__()
        if affine:
            self.weight = mx.ones((dims,))
            if bias:
                self.bias = mx.zeros((dims,))
        self.eps = eps
        self.dims = dims

    def _extra_repr(self) -> str:
        return f"{self.dims}, eps={self.eps}, affine={'weight' in self}"

    def __call__(self, x: mx.array) -> mx.array:
        return mx.fast.layer_norm(x, self.get("weight"), self.get("bias"), self.eps)


class RMSNorm(Module):
    """x / sqrt(mean(x^2) + eps) * weight over the last axis, of size `dims` (Zhang and Sennrich, arXiv:1910.07467).

    Parameter: `weight` (dims,), initially 1. Sums are in float32 whatever the dtype.
    """

    def __init__(self, dims: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight = mx.ones((dims,))
        self.eps = eps

    def _extra_repr(self) -> str:
        return f"{self.weight.shape[0]}, eps={self.eps}"

    def __call__(self, x: mx.array) -> mx.array:
        return mx.fast.rms_norm(x, self["weight"], self.eps)


class InstanceNorm(_Affine):
    """Normalises each channel of each example: (N, ..., dims) over the axes between (Ulyanov et al., arXiv:1607.08022).

    Parameters, with `affine`: `weight` (dims,), initially 1, and `bias` (dims,), initially 0.
    """

    def __init__(self, dims: int, eps: float = 1e-5, affine: bool = False) -> None:
        super().__init__()
        if affine:
            self.weight = mx.ones((dims,))
            self.bias = mx.zeros((dims,))
        self.dims = dims
        self.eps = eps

    def _extra_repr(self) -> str:
        return f"{self.dims}, eps={self.eps}, affine={'weight' in self}"

    def __call__(self, x: mx.array) -> mx.array:
        if x.ndim < 3:
            raise ValueError(f"[InstanceNorm] Expected (N, ..., {self.dims}) with an axis between; got {x.shape}.")
        return self._affine(_normalized(x, tuple(range(1, x.ndim - 1)), self.eps))


class GroupNorm(_Affine):
    """Normalises groups of the channels of each example: (N, ..., dims) (Wu and He, arXiv:1803.08494).

    Channel c belongs to group c % num_groups, or with `pytorch_compatible` (weights trained with PyTorch) to group
    c // (dims / num_groups). Parameters, with `affine`: `weight` (dims,), initially 1, and `bias` (dims,), initially 0.

    >>> nn.GroupNorm(2, 8)(mx.ones((1, 3, 3, 8))).shape
    (1, 3, 3, 8)
    """

    def __init__(
        self,
        num_groups: int,
        dims: int,
        eps: float = 1e-5,
        affine: bool = True,
        pytorch_compatible: bool = False,
    ) -> None:
        super().__init__()
        if dims % num_groups:
            raise ValueError(f"[GroupNorm] {dims} channels cannot be split into {num_groups} groups.")
        if affine:
            self.bias = mx.zeros((dims,))
            self.weight = mx.ones((dims,))
        self.num_groups = num_groups
        self.dims = dims
        self.eps = eps
        self.pytorch_compatible = pytorch_compatible

    def _extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.dims}, eps={self.eps}, affine={'weight' in self}, "
            f"pytorch_compatible={self.pytorch_compatible}"
        )

    def __call__(self, x: mx.array) -> mx.array:
        if x.ndim < 2 or x.shape[-1] != self.dims:
            raise ValueError(f"[GroupNorm] Expected an input (N, ..., {self.dims}); got {x.shape}.")
        # From the statistics of the channels: two reductions over whole rows, and the rest is as small as they are.
        axes = tuple(range(1, x.ndim - 1))
        mean, variance = self._of_groups(mx.mean(x, axis=axes, keepdims=True), mx.var(x, axis=axes, keepdims=True))
        return self._affine((x - mean) * mx.rsqrt(variance + self.eps))

    def _of_groups(self, means: mx.array, variances: mx.array) -> tuple[mx.array, mx.array]:
        """Mean and variance of each channel's group: variances add up with the squared distances of the means."""
        size = self.dims // self.num_groups
        shape, axis = ((self.num_groups, size), -1) if self.pytorch_compatible else ((size, self.num_groups), -2)
        means, variances = mx.unflatten(means, -1, shape), mx.unflatten(variances, -1, shape)
        mean = mx.mean(means, axis=axis, keepdims=True)
        variance = mx.mean(variances + mx.square(means - mean), axis=axis, keepdims=True)
        return tuple(mx.broadcast_to(y, means.shape).flatten(-2, -1) for y in (mean, variance))


class BatchNorm(_Affine):
    """Normalises each channel over the batch: (N, C), (N, L, C) or (N, H, W, C) (Ioffe and Szegedy, arXiv:1502.03167).

    In training mode it uses the batch's mean and variance and, with `track_running_stats`, moves `running_mean` and
    `running_var` towards them: (1 - momentum) running + momentum batch, where the variance is the unbiased one (over
    n - 1). In evaluation mode it uses the running ones. They are parameters in files, but never trainable. Parameters,
    with `affine`: `weight` (num_features,), initially 1, and `bias` (num_features,), initially 0.

    >>> layer = nn.BatchNorm(4)
    >>> layer(mx.random.normal((8, 4))).shape
    (8, 4)
    """

    _buffers = ("running_mean", "running_var")

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.track_running_stats = track_running_stats
        if affine:
            self.weight = mx.ones((num_features,))
            self.bias = mx.zeros((num_features,))
        if track_running_stats:
            self.running_mean = mx.zeros((num_features,))
            self.running_var = mx.ones((num_features,))
            self._freeze(list(self._buffers))

    def _unfreeze(self, keys: list[str] | None) -> None:
        super()._unfreeze(keys)
        if self.track_running_stats:
            self._freeze(list(self._buffers))

    def _extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={'weight' in self}, "
            f"track_running_stats={self.track_running_stats}"
        )

    def _statistics(self, x: mx.array) -> tuple[mx.array, mx.array]:
        """The batch's mean and variance, towards which the running ones move."""
        axes = tuple(range(x.ndim - 1))
        mean, variance = mx.mean(x, axis=axes), mx.var(x, axis=axes)
        if not self.track_running_stats:
            return mean, variance
        count = math.prod(x.shape[:-1])
        if count < 2:
            raise ValueError(f"[BatchNorm] Training needs more than one value a channel; the input is {x.shape}.")
        unbiased = variance * (count / (count - 1)) if isinstance(count, int) else mx.var(x, axis=axes, ddof=1)
        m = self.momentum
        self.running_mean = (1 - m) * self.running_mean + m * mean
        self.running_var = (1 - m) * self.running_var + m * unbiased
        return mean, variance

    def __call__(self, x: mx.array) -> mx.array:
        if not 2 <= x.ndim <= 4:
            raise ValueError(f"[BatchNorm] Expected an input of 2 to 4 dimensions, channels last; got {x.shape}.")
        if x.shape[-1] != self.num_features:
            raise ValueError(f"[BatchNorm] The input has shape {x.shape}; its last axis must be {self.num_features}.")
        if self.track_running_stats and not self.training:
            mean, variance = self.running_mean, self.running_var
        else:
            mean, variance = self._statistics(x)
        return self._affine((x - mean) * mx.rsqrt(variance + self.eps))
