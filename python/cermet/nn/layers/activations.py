"""Activation functions, and the layers that apply them.

All work element by element on arrays of any shape, but for the softmax family and `glu`, which work along an axis. The
dtype of floating inputs is kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import ClassVar

import cermet.core as mx
from cermet.nn.layers.base import Module

# The constants of Klambauer et al., "Self-Normalizing Neural Networks", NeurIPS 2017 (section 2), for which mean 0 and
# variance 1 are a fixed point.
_selu_alpha = 1.6732632423543772
_selu_scale = 1.0507009873554805


# ---- Functions ------------------------------------------------------------------------------------------------------


def sigmoid(x: mx.array) -> mx.array:
    """1 / (1 + exp(-x))."""
    return mx.sigmoid(x)


def relu(x: mx.array) -> mx.array:
    """max(x, 0)."""
    return mx.maximum(x, 0)


def relu2(x: mx.array) -> mx.array:
    """max(x, 0)^2 (So et al., "Primer", NeurIPS 2021)."""
    return mx.square(mx.maximum(x, 0))


def relu6(x: mx.array) -> mx.array:
    """min(max(x, 0), 6)."""
    return mx.minimum(mx.maximum(x, 0), 6.0)


def leaky_relu(x: mx.array, negative_slope: float = 0.01) -> mx.array:
    """max(x, negative_slope * x)."""
    return mx.maximum(negative_slope * x, x)


def prelu(x: mx.array, alpha: mx.array) -> mx.array:
    """max(x, 0) + alpha * min(x, 0), with a slope that can be trained (He et al., arXiv:1502.01852)."""
    return mx.maximum(0, x) + alpha * mx.minimum(0, x)


def elu(x: mx.array, alpha: float = 1.0) -> mx.array:
    """x where positive, else alpha * (exp(x) - 1) (Clevert et al., arXiv:1511.07289)."""
    # The minimum keeps exp finite, whose gradient where it is not taken would else be 0 * inf.
    return mx.where(x > 0, x, alpha * mx.expm1(mx.minimum(x, 0)))


def celu(x: mx.array, alpha: float = 1.0) -> mx.array:
    """max(x, 0) + alpha * (exp(min(x, 0) / alpha) - 1) (Barron, arXiv:1704.07483)."""
    return mx.maximum(x, 0) + alpha * mx.expm1(mx.minimum(x, 0) / alpha)


def selu(x: mx.array) -> mx.array:
    """elu(x, 1.6733) * 1.0507, which drives activations to mean 0 and variance 1."""
    return elu(x, _selu_alpha) * _selu_scale


def silu(x: mx.array) -> mx.array:
    """x * sigmoid(x), also known as Swish."""
    return x * mx.sigmoid(x)


def gelu(x: mx.array) -> mx.array:
    """x * Phi(x), with the normal distribution's function Phi (Hendrycks and Gimpel, arXiv:1606.08415)."""
    return x * (1 + mx.erf(x * math.sqrt(0.5))) * 0.5


def gelu_approx(x: mx.array) -> mx.array:
    """0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))): `gelu` to about 5e-4 (ibidem, section 2)."""
    return 0.5 * x * (1 + mx.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x * x * x)))


def gelu_fast_approx(x: mx.array) -> mx.array:
    """x * sigmoid(1.702 x): `gelu` to about 0.02 (ibidem, section 2)."""
    return x * mx.sigmoid(1.702 * x)


def glu(x: mx.array, axis: int = -1) -> mx.array:
    """a * sigmoid(b) for the two halves a, b of x along an axis (Dauphin et al., arXiv:1612.08083)."""
    a, b = mx.split(x, 2, axis=axis)
    return a * mx.sigmoid(b)


def mish(x: mx.array) -> mx.array:
    """x * tanh(softplus(x)) (Misra, arXiv:1908.08681)."""
    return x * mx.tanh(softplus(x))


def hardswish(x: mx.array) -> mx.array:
    """x * relu6(x + 3) / 6 (Howard et al., arXiv:1905.02244)."""
    return x * relu6(x + 3) * (1 / 6)


def hard_tanh(x: mx.array, min_val: float = -1.0, max_val: float = 1.0) -> mx.array:
    """min(max(x, min_val), max_val)."""
    return mx.minimum(mx.maximum(x, min_val), max_val)


def hard_shrink(x: mx.array, lambd: float = 0.5) -> mx.array:
    """x where |x| > lambd, else 0."""
    return mx.where(mx.abs(x) > lambd, x, 0)


def softshrink(x: mx.array, lambd: float = 0.5) -> mx.array:
    """x moved towards 0 by lambd, and 0 between -lambd and lambd."""
    return mx.where(mx.abs(x) > lambd, x - mx.sign(x) * lambd, 0)


def softsign(x: mx.array) -> mx.array:
    """x / (1 + |x|)."""
    return x / (1 + mx.abs(x))


def softplus(x: mx.array) -> mx.array:
    """log(1 + exp(x))."""
    return mx.logaddexp(x, 0)


def log_sigmoid(x: mx.array) -> mx.array:
    """log(sigmoid(x)) = -softplus(-x)."""
    return -softplus(-x)


def softmax(x: mx.array, axis: int = -1) -> mx.array:
    """exp(x) / sum(exp(x)) along an axis."""
    return mx.softmax(x, axis=axis)


def softmin(x: mx.array, axis: int = -1) -> mx.array:
    """softmax(-x)."""
    return mx.softmax(-x, axis=axis)


def log_softmax(x: mx.array, axis: int = -1) -> mx.array:
    """x - logsumexp(x) along an axis."""
    return x - mx.logsumexp(x, axis=axis, keepdims=True)


def step(x: mx.array, threshold: float = 0.0) -> mx.array:
    """1 where x > threshold, else 0, as int32."""
    return mx.where(x > threshold, 1, 0)


def tanh(x: mx.array) -> mx.array:
    """The hyperbolic tangent."""
    return mx.tanh(x)


# ---- Layers ---------------------------------------------------------------------------------------------------------


def _layer(name: str, function: Callable[[mx.array], mx.array]) -> type[Module]:
    """A layer without parameters or arguments that applies a function."""

    def call(self: Module, x: mx.array) -> mx.array:
        return function(x)

    doc = f"Applies `{function.__name__}`: {function.__doc__}"
    return type(name, (Module,), {"__call__": call, "__doc__": doc, "__module__": __name__})


HardTanh = _layer("HardTanh", hard_tanh)
Hardswish = _layer("Hardswish", hardswish)
LogSigmoid = _layer("LogSigmoid", log_sigmoid)
LogSoftmax = _layer("LogSoftmax", log_softmax)
Mish = _layer("Mish", mish)
ReLU = _layer("ReLU", relu)
ReLU2 = _layer("ReLU2", relu2)
ReLU6 = _layer("ReLU6", relu6)
SELU = _layer("SELU", selu)
SiLU = _layer("SiLU", silu)
Sigmoid = _layer("Sigmoid", sigmoid)
Softmax = _layer("Softmax", softmax)
Softmin = _layer("Softmin", softmin)
Softplus = _layer("Softplus", softplus)
Softsign = _layer("Softsign", softsign)
Tanh = _layer("Tanh", tanh)


class CELU(Module):
    """Applies `celu` with the given alpha."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self._alpha = alpha

    def __call__(self, x: mx.array) -> mx.array:
        return celu(x, self._alpha)


class ELU(Module):
    """Applies `elu` with the given alpha."""

    def __init__(self, alpha: float = 1.0) -> None:
        super().__init__()
        self._alpha = alpha

    def __call__(self, x: mx.array) -> mx.array:
        return elu(x, self._alpha)


class GELU(Module):
    """Applies `gelu`, or an approximation: `approx` is "none", "precise" or "tanh" (`gelu_approx`), or "fast".

    >>> nn.GELU("tanh")(mx.array(0.0)).item()
    0.0
    """

    _functions: ClassVar = {"none": gelu, "precise": gelu_approx, "tanh": gelu_approx, "fast": gelu_fast_approx}

    def __init__(self, approx: str = "none") -> None:
        super().__init__()
        if approx not in self._functions:
            raise ValueError(f"[GELU] `approx` is {approx!r}; allowed are {', '.join(map(repr, self._functions))}.")
        self._approx = approx

    def __call__(self, x: mx.array) -> mx.array:
        return self._functions[self._approx](x)


class GLU(Module):
    """Applies `glu` along an axis, which it halves."""

    def __init__(self, axis: int = -1) -> None:
        super().__init__()
        self.axis = axis

    def __call__(self, x: mx.array) -> mx.array:
        return glu(x, self.axis)


class HardShrink(Module):
    """Applies `hard_shrink` with the given lambd."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def __call__(self, x: mx.array) -> mx.array:
        return hard_shrink(x, self.lambd)


class LeakyReLU(Module):
    """Applies `leaky_relu` with the given slope for negative inputs."""

    def __init__(self, negative_slope: float = 0.01) -> None:
        super().__init__()
        self._negative_slope = negative_slope

    def __call__(self, x: mx.array) -> mx.array:
        return leaky_relu(x, self._negative_slope)


class PReLU(Module):
    """Applies `prelu` with the parameter `weight` (num_parameters,), initially `init`: one slope, or one a channel."""

    def __init__(self, num_parameters: int = 1, init: float = 0.25) -> None:
        super().__init__()
        self.weight = mx.full([num_parameters], init)

    def __call__(self, x: mx.array) -> mx.array:
        return prelu(x, self.weight)


class Softshrink(Module):
    """Applies `softshrink` with the given lambd."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def __call__(self, x: mx.array) -> mx.array:
        return softshrink(x, self.lambd)


class Step(Module):
    """Applies `step` with the given threshold."""

    def __init__(self, threshold: float = 0.0) -> None:
        super().__init__()
        self.threshold = threshold

    def __call__(self, x: mx.array) -> mx.array:
        return step(x, self.threshold)


__all__ = sorted(
    name
    for name, value in list(globals().items())
    if not name.startswith("_") and getattr(value, "__module__", None) == __name__
)
