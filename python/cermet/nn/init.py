"""Initialisers: functions that return an array of the shape of another, filled in some way.

>>> model = nn.Linear(2, 3).apply(nn.init.normal(std=0.02))
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import cermet.core as mx

__all__ = [
    "constant",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "normal",
    "orthogonal",
    "sparse",
    "uniform",
]

Initialiser = Callable[[mx.array], mx.array]


def constant(value: float, dtype: mx.Dtype = mx.float32) -> Initialiser:
    """All elements `value`.

    >>> nn.init.constant(0.5)(mx.zeros((2, 2)))
    array([[0.5, 0.5],
           [0.5, 0.5]], dtype=float32)
    """
    return lambda a: mx.full(a.shape, value, dtype=dtype)


def normal(mean: float = 0.0, std: float = 1.0, dtype: mx.Dtype = mx.float32) -> Initialiser:
    """Normally distributed."""
    return lambda a: mx.random.normal(shape=a.shape, dtype=dtype, loc=mean, scale=std)


def uniform(low: float = 0.0, high: float = 1.0, dtype: mx.Dtype = mx.float32) -> Initialiser:
    """Uniform between `low` and `high`."""
    return lambda a: mx.random.uniform(low, high, a.shape, dtype=dtype)


def identity(dtype: mx.Dtype = mx.float32) -> Initialiser:
    """The identity matrix; for square matrices."""

    def initialise(a: mx.array) -> mx.array:
        if a.ndim != 2 or a.shape[0] != a.shape[1]:
            raise ValueError(f"[init.identity] Expected a square matrix; got shape {a.shape}.")
        return mx.eye(a.shape[0], dtype=dtype)

    return initialise


# ---- Scaled by the numbers of inputs and outputs --------------------------------------------------------------------


def _fans(op: str, a: mx.array) -> tuple[int, int]:
    """The numbers of inputs and outputs of each unit, for weights (out, *kernel, in)."""
    if a.ndim < 2:
        raise ValueError(f"[init.{op}] Expected at least 2 dimensions, (out, ..., in); got shape {a.shape}.")
    kernel = math.prod(a.shape[1:-1])
    return a.shape[-1] * kernel, a.shape[0] * kernel


def _chosen_fan(op: str, a: mx.array, mode: str) -> int:
    fan_in, fan_out = _fans(op, a)
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"[init.{op}] `mode` is {mode!r}; allowed are 'fan_in' and 'fan_out'.")
    return fan_in if mode == "fan_in" else fan_out


def glorot_normal(dtype: mx.Dtype = mx.float32) -> Callable[[mx.array, float], mx.array]:
    """Normal with standard deviation gain * sqrt(2 / (fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010).

    >>> nn.init.glorot_normal()(mx.zeros((2, 3)), gain=2.0).shape
    (2, 3)
    """

    def initialise(a: mx.array, gain: float = 1.0) -> mx.array:
        std = gain * math.sqrt(2.0 / sum(_fans("glorot_normal", a)))
        return mx.random.normal(shape=a.shape, dtype=dtype, scale=std)

    return initialise


def glorot_uniform(dtype: mx.Dtype = mx.float32) -> Callable[[mx.array, float], mx.array]:
    """Uniform within gain * sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio, AISTATS 2010)."""

    def initialise(a: mx.array, gain: float = 1.0) -> mx.array:
        limit = gain * math.sqrt(6.0 / sum(_fans("glorot_uniform", a)))
        return mx.random.uniform(-limit, limit, a.shape, dtype=dtype)

    return initialise


def he_normal(dtype: mx.Dtype = mx.float32) -> Callable[[mx.array, Literal["fan_in", "fan_out"], float], mx.array]:
    """Normal with standard deviation gain / sqrt(fan) (He et al., arXiv:1502.01852, where gain is sqrt(2))."""

    def initialise(a: mx.array, mode: Literal["fan_in", "fan_out"] = "fan_in", gain: float = 1.0) -> mx.array:
        std = gain / math.sqrt(_chosen_fan("he_normal", a, mode))
        return mx.random.normal(shape=a.shape, dtype=dtype, scale=std)

    return initialise


def he_uniform(dtype: mx.Dtype = mx.float32) -> Callable[[mx.array, Literal["fan_in", "fan_out"], float], mx.array]:
    """Uniform within gain * sqrt(3 / fan) (He et al., arXiv:1502.01852)."""

    def initialise(a: mx.array, mode: Literal["fan_in", "fan_out"] = "fan_in", gain: float = 1.0) -> mx.array:
        limit = gain * math.sqrt(3.0 / _chosen_fan("he_uniform", a, mode))
        return mx.random.uniform(-limit, limit, a.shape, dtype=dtype)

    return initialise


# ---- Structured -----------------------------------------------------------------------------------------------------


def sparse(sparsity: float, mean: float = 0.0, std: float = 1.0, dtype: mx.Dtype = mx.float32) -> Initialiser:
    """A matrix, normally distributed, with a fraction `sparsity` of each row's elements (rounded up) zero
    (Martens, "Deep Learning via Hessian-free Optimization", ICML 2010)."""

    def initialise(a: mx.array) -> mx.array:
        if a.ndim != 2:
            raise ValueError(f"[init.sparse] Expected 2 dimensions; got shape {a.shape}.")
        zeros = math.ceil(sparsity * a.shape[1])
        order = mx.argsort(mx.random.uniform(shape=a.shape), axis=1)
        values = mx.random.normal(shape=a.shape, dtype=dtype, loc=mean, scale=std)
        return mx.put_along_axis(values, order[:, :zeros], mx.array(0, dtype=dtype), axis=1)

    return initialise


def orthogonal(gain: float = 1.0, dtype: mx.Dtype = mx.float32) -> Initialiser:
    """A matrix with orthogonal rows or columns, of length `gain` (Saxe et al., arXiv:1312.6120).

    >>> w = nn.init.orthogonal()(mx.zeros((2, 3)))
    >>> mx.allclose(w @ w.T, mx.eye(2), atol=1e-5).item()
    True
    """

    def initialise(a: mx.array) -> mx.array:
        if a.ndim != 2:
            raise ValueError(f"[init.orthogonal] Expected 2 dimensions; got shape {a.shape}.")
        rows, columns = a.shape
        n = max(rows, columns)
        q, r = mx.linalg.qr(mx.random.normal(shape=(n, n)), stream=mx.cpu)
        q = q * mx.sign(mx.diag(r))  # without it the distribution would not be uniform over orthogonal matrices
        return (gain * q[:rows, :columns]).astype(dtype)

    return initialise
